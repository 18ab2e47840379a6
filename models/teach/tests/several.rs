//! A taught model that scores several images a run.

use super::*;
use crate::answer::RunError;

#[test]
fn several_images_a_run_score_as_each_alone() {
    for is_quantised in [false, true] {
        let options = TeachOptions {
            is_quantised,
            ..options()
        };
        let taught = taught_by(&parsed(18), 16, &options).unwrap();
        let name = format!("several-{is_quantised}");
        let mut one = session(&taught, &name);
        let mut all = session_of_images(&taught, &name, 3);
        let spots = [
            None,
            Some((30, 20)),
            Some((70, 50)),
            None,
            None,
            Some((12, 9)),
        ];
        let pictures: Vec<Vec<u8>> = (200..)
            .zip(spots)
            .map(|(n, spot)| picture(n, spot))
            .collect();
        all.preprocess(&view(&pictures[0])).unwrap();
        let too_few = all.run_all().err();
        assert_eq!(too_few, Some(RunError::NoInput));
        for pictures in pictures.chunks(3) {
            for pixels in pictures {
                all.preprocess(&view(pixels)).unwrap();
            }
            let mut answers = all.run_all().unwrap();
            for pixels in pictures {
                let found = answers.next().unwrap().unwrap().score;
                let alone = score(&mut one, pixels).score;
                assert!((found - alone).abs() < 1e-4, "{found} {alone}");
            }
            assert!(answers.next().is_none());
        }
    }
}
