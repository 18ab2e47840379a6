//! What cameras do to whole frames, and what lost packets and flipped bits do.

use super::*;

/// Where the data of the first scan begin.
fn scan_begins(file: &[u8]) -> usize {
    let header = file
        .windows(2)
        .position(|two| two == [0xff, 0xda])
        .expect("a scan");
    header + 2 + usize::from(u16::from_be_bytes([file[header + 2], file[header + 3]]))
}

fn frames() -> impl Iterator<Item = (Wanted, Vec<u8>)> {
    let of = |(sampling, restarts): (&'static [(usize, usize)], usize)| {
        (1..=3).map(move |seed| {
            let mut wanted = Wanted::new(320, 240, sampling);
            (wanted.restarts, wanted.seed) = (restarts, seed);
            let file = encode(&wanted);
            (wanted, file)
        })
    };
    let all = SAMPLINGS
        .into_iter()
        .flat_map(|sampling| [0, 10, 40].map(|restarts| (sampling, restarts)));
    all.flat_map(of)
}

#[test]
fn a_file_that_is_cut_anywhere_is_incomplete_even_if_an_end_follows() {
    let mut progressive = Wanted::new(96, 80, SAMPLINGS[3]);
    progressive.is_progressive = true;
    let small = SAMPLINGS.map(|sampling| Wanted::new(96, 80, sampling));
    for wanted in small.iter().chain([&progressive]) {
        let whole = encode(wanted);
        assert!(check(&whole).is_ok());
        for kept in 0..whole.len() - 2 {
            let cut = &whole[..kept];
            assert!(
                check(cut).is_err(),
                "{kept} of {} bytes, {wanted:?}",
                whole.len()
            );
            let ended = [cut, &[0xff, 0xd9]].concat();
            assert!(
                check(&ended).is_err(),
                "{kept} of {} bytes and an end",
                whole.len()
            );
            let padded = [cut, &vec![0; whole.len() - kept]].concat();
            assert!(
                check(&padded).is_err(),
                "{kept} of {} bytes and zeros",
                whole.len()
            );
        }
        assert!(check(&whole[..whole.len() - 2]).is_err(), "no end");
        assert!(check(&whole[..whole.len() - 1]).is_err(), "half an end");
    }
}

#[test]
fn a_frame_that_lost_a_packet_in_its_middle_is_incomplete() {
    let mut random = fastrand::Rng::with_seed(5);
    let (mut all, mut missed) = (0, 0);
    for (_, file) in frames() {
        let begins = scan_begins(&file);
        for size in [188, 376, 752, 1020, 1504, 3060] {
            for _ in 0..30 {
                let at = random.usize(begins..file.len() - 2 - size);
                let lost = [&file[..at], &file[at + size..]].concat();
                all += 1;
                missed += usize::from(check(&lost).is_ok());
            }
        }
    }
    println!("{missed} of {all} frames with a lost packet taken for whole");
    assert_eq!(missed, 0);
}

#[test]
fn a_packet_that_took_headers_with_it_is_not_overlooked() {
    for (wanted, file) in frames().filter(|(wanted, _)| wanted.seed == 1) {
        let whole = rgb(&file, &wanted);
        for at in (0..scan_begins(&file)).step_by(13) {
            let lost = [&file[..at], &file[at + 188..]].concat();
            let mut pixels = vec![0; whole.len()];
            let decoded = decode_into(&lost, (320, 240), PixelFormat::Rgb8, &mut pixels);
            // Where only tables were lost that are the standard's, nothing is missing.
            assert!(
                decoded.is_err() || pixels == whole,
                "188 bytes lost at {at}: {wanted:?}"
            );
        }
    }
}

#[test]
fn bytes_that_were_written_over_are_found_as_far_as_they_show() {
    let mut random = fastrand::Rng::with_seed(7);
    // Codes fall into step again; where as many blocks came of it as before, nothing shows.
    for (bytes, missed_max) in [(1, 0.75), (8, 0.4), (100, 0.03), (300, 0.0)] {
        let (mut all, mut missed) = (0.0, 0.0);
        for (_, file) in frames() {
            let begins = scan_begins(&file);
            for _ in 0..30 {
                let mut damaged = file.clone();
                let at = random.usize(begins..file.len() - 2 - bytes);
                random.fill(&mut damaged[at..at + bytes]);
                all += 1.0;
                missed += f64::from(check(&damaged).is_ok());
            }
        }
        println!("{bytes} bytes written over: {missed} of {all} taken for whole");
        assert!(missed <= all * missed_max, "{bytes}: {missed} of {all}");
    }
}

#[test]
fn an_exchanged_repeated_or_missing_restart_interval_is_found() {
    let mut wanted = Wanted::new(320, 240, SAMPLINGS[2]);
    wanted.restarts = 20;
    let file = encode(&wanted);
    let begins = scan_begins(&file);
    let marks: Vec<usize> = (begins..file.len() - 2)
        .filter(|at| file[*at] == 0xff && (0xd0..=0xd7).contains(&file[at + 1]))
        .collect();
    assert!(marks.len() > 20);
    let (a, b, c) = (marks[4], marks[5], marks[6]);
    let missing = [&file[..a], &file[b..]].concat();
    assert_eq!(check(&missing), Err(JpegError::Damaged(Damage::Restart)));
    let repeated = [&file[..b], &file[a..]].concat();
    assert_eq!(check(&repeated), Err(JpegError::Damaged(Damage::Restart)));
    let exchanged = [&file[..a], &file[b..c], &file[a..b], &file[c..]].concat();
    assert_eq!(check(&exchanged), Err(JpegError::Damaged(Damage::Restart)));
    let unmarked = [&file[..a], &file[a + 2..]].concat();
    assert!(check(&unmarked).is_err());
    // Eight are as many as there are numbers: the sequence alone would not show it.
    let eight = [&file[..a], &file[marks[12]..]].concat();
    assert_eq!(check(&eight), Err(JpegError::Damaged(Damage::EndsEarly)));
}

#[test]
fn what_cameras_do_to_whole_frames_is_no_damage_and_changes_no_pixel() {
    let mut random = fastrand::Rng::with_seed(9);
    for (wanted, file) in frames().filter(|(wanted, _)| wanted.seed == 2) {
        let expected = rgb(&file, &wanted);
        let begins = scan_begins(&file);
        let same = |changed: &[u8], what: &str| {
            assert!(rgb(changed, &wanted) == expected, "{what}: {wanted:?}");
        };
        // Logitech's C270 and C910 leave up to nine bytes before restarts and between headers.
        let mut extra = file[..begins].to_vec();
        let mut at = begins;
        for next in begins..file.len() - 1 {
            let is_restart = file[next] == 0xff && (0xd0..=0xd9).contains(&file[next + 1]);
            if is_restart {
                extra.extend(&file[at..next]);
                extra.extend((0..random.usize(0..10)).map(|_| random.u8(0..0xff)));
                at = next;
            }
        }
        extra.extend(&file[at..]);
        assert!(wanted.restarts == 0 || extra.len() > file.len());
        same(&extra, "bytes before restarts");
        let end = file.len() - 2;
        for padding in [
            vec![0; 7],
            vec![0; 500],
            vec![0xff; 33],
            vec![1, 2, 3, 4, 5, 6, 7, 8],
        ] {
            same(
                &[&file[..end], &padding[..], &file[end..]].concat(),
                "padding before the end",
            );
        }
        same(&[&file[..], &[0; 900]].concat(), "zeros behind the end");
        same(
            &[&file[..], &file[..]].concat(),
            "another frame behind the end",
        );
        same(&[&[0xff, 0xd8], &file[..]].concat(), "two starts");
        let table = file
            .windows(2)
            .position(|two| two == [0xff, 0xc4])
            .expect("a table");
        for between in [&[0][..], &[0, 1, 2, 3, 4], &[0xff, 0xff], &[0; 100]] {
            same(
                &[&file[..table], between, &file[table..]].concat(),
                "bytes between headers",
            );
        }
        same(
            &[&file[..2], &[0xff, 0xe0, 0, 4, 0, 0], &file[2..]].concat(),
            "an empty APP0",
        );
    }
}

#[test]
fn nothing_that_stands_in_a_file_ends_the_program() {
    let mut random = fastrand::Rng::with_seed(11);
    let mut progressive = Wanted::new(64, 48, SAMPLINGS[3]);
    progressive.is_progressive = true;
    let kinds = SAMPLINGS.map(|sampling| Wanted {
        restarts: 3,
        ..Wanted::new(64, 48, sampling)
    });
    let files: Vec<Vec<u8>> = kinds.iter().chain([&progressive]).map(encode).collect();
    let mut pixels = vec![0; 64 * 48 * 3];
    for _ in 0..6_000 {
        let mut file = files[random.usize(..files.len())].clone();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(2..file.len());
            match random.u8(..3) {
                0 => file[at] = random.u8(..),
                1 => drop(file.drain(at..(at + random.usize(1..40)).min(file.len()))),
                _ => file.insert(at, [0xff, 0, 0xd8, 0xc4][random.usize(..4)]),
            }
        }
        let _ = decode_into(&file, (64, 48), PixelFormat::Rgb8, &mut pixels);
        let _ = decode_into(&file, (64, 48), PixelFormat::Mono8, &mut pixels[..64 * 48]);
    }
}
