//! Several networks used together.

use super::*;
use crate::teach::backbone::Eye;

fn named(networks: &[(&str, i64, f32)]) -> Result<Backbone, TeachError> {
    let networks = networks.iter().map(|(name, opset, mean)| {
        let backbone = Backbone::parse(&backbone(*opset), Vec::new(), [*mean; 3], [0.3; 3]);
        ((*name).to_owned(), backbone.unwrap())
    });
    Backbone::joined(networks.collect())
}

fn features(backbone: &Backbone) -> Vec<Vec<f32>> {
    let front = graph::Front {
        input: (WIDTH, HEIGHT),
        network: (WIDTH, HEIGHT),
        grey: None,
    };
    let runtime = runtime::init(None).unwrap();
    let mut eye = Eye::new(runtime, backbone, front, 1, &[]).unwrap();
    let pixels = picture(3, Some((50, 20)));
    let plane = |channel: usize| pixels.iter().skip(channel).step_by(3);
    let planes: Vec<f32> = (0..3)
        .flat_map(plane)
        .map(|v| f32::from(*v) / 255.0)
        .collect();
    eye.look(&planes).unwrap()
}

#[test]
fn networks_side_by_side_describe_a_picture_as_each_does_alone() {
    let both = named(&[("first", 17, 0.4), ("second", 18, 0.0)]).unwrap();
    let names = ["first.fine", "first.coarse", "second.fine", "second.coarse"];
    assert_eq!(both.names(), names);
    let alone = [(17, 0.4), (18, 0.0)].map(|(opset, mean)| {
        let network = named(&[("alone", opset, mean)]).unwrap();
        assert_eq!(network.names(), ["fine", "coarse"]);
        features(&network)
    });
    for (together, alone) in features(&both).iter().zip(alone.iter().flatten()) {
        assert_eq!(together.len(), alone.len());
        for (together, alone) in together.iter().zip(alone) {
            assert!((together - alone).abs() < 1e-4, "{together}, not {alone}");
        }
    }
}

#[test]
fn a_model_is_taught_by_networks_side_by_side() {
    let both = named(&[("first", 18, 0.4), ("second", 18, 0.0)]).unwrap();
    let taught = taught_by(&both, 8, &options()).unwrap();
    let used = |name: &str| {
        let of = taught.weights.iter().filter(|w| w.name.starts_with(name));
        of.map(|w| w.weight).sum::<f32>()
    };
    assert!(used("first.") > 0.0 && used("second.") > 0.0);
    let mut session = session(&taught, "joined");
    let good = score(&mut session, &picture(101, None)).score;
    let bad = score(&mut session, &picture(101, Some((40, 30)))).score;
    assert!(good < 0.5 && bad >= 0.5, "good {good}, bad {bad}");
}

#[test]
fn networks_that_cannot_stand_side_by_side_are_refused() {
    let told = |networks| named(networks).unwrap_err().to_string();
    let twice = told(&[("one", 18, 0.0), ("one", 18, 0.0)]);
    assert!(twice.contains("found \"one\" twice"), "{twice}");
    let mixed = told(&[("old", 12, 0.0), ("new", 18, 0.0)]);
    assert!(
        mixed.contains("old cannot stand beside the others"),
        "{mixed}"
    );
    assert!(mixed.contains("versions 12 and 18"), "{mixed}");
    assert!(told(&[]).contains("found none"));
}
