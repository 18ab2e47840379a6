//! Real graphs on the real runtime: what they answer, and which are refused.

mod bundles;

use bundles::{Folder, HEIGHT, MANIFEST, WIDTH, fixture, plain, runtime, session_of};
use models::{
    Bundle, Channels, ImageView, InputError, LoadError, RunError, Session, SessionOptions,
};

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// An image whose left half is red and whose right half is blue.
fn two_halves() -> Vec<u8> {
    let half = WIDTH as usize / 2;
    let row: Vec<u8> = [[255, 0, 0]; 8]
        .iter()
        .chain(&[[0, 0, 255]; 8])
        .flatten()
        .copied()
        .collect();
    assert_eq!(row.len(), half * 2 * 3);
    row.repeat(HEIGHT as usize)
}

fn assert_halves(session: &mut Session) {
    session.load_resized(&two_halves()).unwrap();
    assert_eq!(session.map_size(), (8, 6));
    let map = session.run().unwrap().map.unwrap();
    assert_eq!(
        (map.classes, map.width, map.height, map.values.len()),
        (2, 8, 6, 96)
    );
    for y in 0..6 {
        for x in 0..8 {
            // Class 0 is red - 0.5, class 1 blue - green, as logits.
            let (red, blue) = if x < 4 { (1.0, 0.0) } else { (0.0, 1.0) };
            assert!(
                (map.score_at(0, x, y) - sigmoid(red - 0.5)).abs() < 1e-6,
                "{x} {y}"
            );
            assert!(
                (map.score_at(1, x, y) - sigmoid(blue)).abs() < 1e-6,
                "{x} {y}"
            );
            assert_eq!(map.class_at(x, y), usize::from(x >= 4));
        }
    }
    assert_eq!((map.peak().class, map.peak().x, map.peak().y), (1, 4, 0));
}

#[test]
fn a_segment_model_gives_the_scores_worked_out_by_hand() {
    assert_halves(&mut session_of("segment", MANIFEST).unwrap());
}

#[test]
fn logits_become_scores_where_the_manifest_says_so() {
    let manifest = MANIFEST.replace("activation = \"none\"", "activation = \"sigmoid\"");
    assert_halves(&mut session_of("logits", &manifest).unwrap());
}

#[test]
fn free_sides_take_the_size_that_the_manifest_gives() {
    assert_halves(&mut session_of("free-sides", MANIFEST).unwrap());
}

#[test]
fn several_images_a_run_are_answered_in_their_order() {
    for name in ["segment", "free-sides"] {
        let folder = Folder::with(MANIFEST, &fixture(name));
        let bundle = Bundle::load(&folder.0).unwrap();
        let options = SessionOptions::default();
        let mut session = Session::of_images(runtime(), &bundle, &options, 3).unwrap();
        assert_eq!(session.images(), 3);
        session.warm_up().unwrap();
        for grey in [10, 250, 90] {
            session.load_resized(&plain([grey, 0, 0])).unwrap();
        }
        let mut answers = session.run_all().unwrap();
        for grey in [10.0, 250.0, 90.0] {
            let answer = answers.next().unwrap().unwrap();
            let found = answer.map.unwrap().score_at(0, 3, 3);
            let expected = sigmoid(grey / 255.0 - 0.5);
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert!(answers.next().is_none());
    }
}

#[test]
fn a_session_scores_the_same_on_another_thread_and_with_more_threads() {
    let folder = Folder::with(MANIFEST, &fixture("segment"));
    let bundle = Bundle::load(&folder.0).unwrap();
    for (threads, real_time) in [(1, false), (2, false), (2, true), (1, true)] {
        let options = SessionOptions {
            threads,
            real_time,
            ..SessionOptions::default()
        };
        let mut session = Session::new(runtime(), &bundle, &options).unwrap();
        let scores = move || assert_halves(&mut session);
        std::thread::spawn(scores).join().unwrap();
    }
}

/// Scheduling policies of this program's threads with such a name, in the kernel's numbers: field 41 of
/// proc_pid_stat(5), counted from 1.
fn policies(begins: &str) -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let stats =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("stat")).ok());
    let of = |stat: String| {
        let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
        let policy = rest.split_whitespace().nth(41 - 3)?;
        name.starts_with(begins).then(|| policy.to_owned())
    };
    stats.filter_map(of).collect()
}

#[test]
fn the_threads_that_help_with_a_run_are_scheduled_as_the_one_that_runs() {
    let folder = Folder::with(MANIFEST, &fixture("segment"));
    let bundle = Bundle::load(&folder.0).unwrap();
    let options = SessionOptions {
        threads: 2,
        real_time: true,
        ..SessionOptions::default()
    };
    let mut session = Session::new(runtime(), &bundle, &options).unwrap();
    let ran = std::thread::spawn(move || {
        // Everybody may have this one.
        let parameters = libc::sched_param { sched_priority: 0 };
        // SAFETY: 0 is the calling thread, and the pointer is to a live variable.
        let status =
            unsafe { libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const parameters) };
        assert_eq!(status, 0);
        assert_halves(&mut session);
        policies("model-")
    });
    let found = ran.join().unwrap();
    // One that helps with the model, and one that helps to resize. Tests beside this one have such sessions too.
    let followed = found
        .iter()
        .filter(|policy| **policy == libc::SCHED_BATCH.to_string());
    assert_eq!(followed.count(), 2, "{found:?}");
}

#[test]
fn logits_taken_for_scores_are_an_error_and_no_score() {
    let mut session = session_of("logits", MANIFEST).unwrap();
    session.load_resized(&plain([0, 0, 0])).unwrap();
    let error = session.run().unwrap_err();
    let RunError::Output { message } = &error else {
        panic!("{error}")
    };
    assert!(
        message.contains("found -0.5 at 0 and 48 such in 96 values"),
        "{message}"
    );
}

#[test]
fn not_a_number_is_an_error_and_the_next_good_image_is_scored() {
    let mut session = session_of("not-a-number", MANIFEST).unwrap();
    session.load_resized(&plain([0, 0, 0])).unwrap();
    let error = session.run().unwrap_err().to_string();
    assert!(
        error.contains("found NaN at 0 and 48 such in 96 values"),
        "{error}"
    );
    session.load_resized(&plain([255, 0, 0])).unwrap();
    let score = session.run().unwrap().score;
    assert!((score - 0.5f32.sqrt()).abs() < 1e-6, "{score}");
}

#[test]
fn an_image_is_scored_once() {
    let mut session = session_of("segment", MANIFEST).unwrap();
    assert_eq!(session.run().unwrap_err(), RunError::NoInput);
    session.load_resized(&plain([1, 2, 3])).unwrap();
    session.run().unwrap();
    assert_eq!(session.run().unwrap_err(), RunError::NoInput);
    session.load_resized(&plain([1, 2, 3])).unwrap();
    assert!(session.load_resized(&[0; 5]).is_err());
    assert_eq!(
        session.run().unwrap_err(),
        RunError::NoInput,
        "a refused image leaves none"
    );
    session.warm_up().unwrap();
    assert_eq!(session.run().unwrap_err(), RunError::NoInput);
}

#[test]
fn images_of_any_size_are_preprocessed_and_others_are_refused() {
    let mut session = session_of("segment", MANIFEST).unwrap();
    for (width, height) in [(16, 12), (32, 24), (37, 29), (8, 6), (640, 480)] {
        let pixels = [51, 102, 204].repeat((width * height) as usize);
        let image = ImageView {
            pixels: &pixels,
            width,
            height,
            channels: Channels::Rgb,
        };
        session.preprocess(&image).unwrap();
        for (plane, expected) in session.input().chunks_exact(192).zip([0.2, 0.4, 0.8]) {
            assert!(
                plane.iter().all(|value| (value - expected).abs() < 1e-5),
                "{width}×{height}"
            );
        }
        let map = session.run().unwrap().map.unwrap();
        assert!((map.score_at(1, 7, 5) - sigmoid(0.4)).abs() < 1e-5);
    }
    let rgb = Channels::Rgb;
    let view = |pixels, width, height, channels| ImageView {
        pixels,
        width,
        height,
        channels,
    };
    let pixels = vec![0; 3 * 1025];
    for (image, expected) in [
        (
            view(&pixels[..47], 4, 4, rgb),
            InputError::Length {
                expected: 48,
                found: 47,
            },
        ),
        (
            view(&pixels[..16], 4, 4, Channels::Mono),
            InputError::Channels {
                expected: rgb,
                found: Channels::Mono,
            },
        ),
        (
            view(&[], 0, 0, rgb),
            InputError::Size {
                found: (0, 0),
                max: (1024, 768),
            },
        ),
        // More than 64 pixels for one.
        (
            view(&pixels, 1025, 1, rgb),
            InputError::Size {
                found: (1025, 1),
                max: (1024, 768),
            },
        ),
    ] {
        assert_eq!(session.preprocess(&image), Err(expected));
        assert_eq!(session.run().unwrap_err(), RunError::NoInput);
    }
}

/// The message with which a graph is refused under a manifest.
fn mismatch(name: &str, manifest: &str) -> String {
    let error = session_of(name, manifest).unwrap_err();
    assert!(matches!(error, LoadError::Mismatch { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_graph_that_is_not_as_described_is_refused_with_expected_and_found() {
    let text = mismatch("segment", &MANIFEST.replace("width = 16", "width = 32"));
    assert!(
        text.contains("expects input \"image\" f32 1×3×12×32 and no other"),
        "{text}"
    );
    assert!(
        text.contains("the graph has \"image\" f32 1×3×12×16"),
        "{text}"
    );
    let text = mismatch(
        "segment",
        &MANIFEST.replace("name = \"scores\"", "name = \"map\""),
    );
    assert!(
        text.contains("expects output \"map\" f32 1×2×?×?"),
        "{text}"
    );
    assert!(
        text.contains("the graph has \"scores\" f32 1×2×6×8"),
        "{text}"
    );
    let text = mismatch("segment", &MANIFEST.replace(", \"stain\"", ""));
    assert!(
        text.contains("1×1×?×?") && text.contains("1×2×6×8"),
        "{text}"
    );
    let mono = MANIFEST
        .replace("\"RGB\"", "\"Mono\"")
        .replace("[0.0, 0.0, 0.0]", "[0]")
        .replace("[1, 1, 1]", "[1]");
    assert!(mismatch("segment", &mono).contains("\"image\" f32 1×1×12×16"));
    let text = mismatch("two-inputs", MANIFEST);
    assert!(text.contains("\"other\" f32 1×3×12×16"), "{text}");
    let text = mismatch(
        "bytes-in",
        &MANIFEST.replace("\"stain\"", "\"stain\", \"chip\""),
    );
    assert!(
        text.contains("the graph has \"image\" u8 1×3×12×16"),
        "{text}"
    );
}

#[test]
fn an_output_that_only_a_run_shows_to_be_wrong_is_refused() {
    let text = mismatch("three-channels", MANIFEST);
    assert!(
        text.contains("expects output \"scores\" f32 1×2×?×?"),
        "{text}"
    );
    assert!(text.contains("1×3×12×16 from a run"), "{text}");
}

#[test]
fn a_file_that_is_no_graph_is_refused_in_the_runtimes_words() {
    let whole = fixture("segment");
    for model in [&whole[..whole.len() / 2], b"hello", b""] {
        let folder = Folder::with(MANIFEST, model);
        let bundle = Bundle::load(&folder.0).unwrap();
        let error = Session::new(runtime(), &bundle, &SessionOptions::default()).unwrap_err();
        assert!(matches!(error, LoadError::Runtime { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("model.onnx: ONNX Runtime refuses it: "),
            "{error}"
        );
    }
}

#[test]
fn a_graph_that_fails_when_it_runs_is_refused_when_it_is_loaded() {
    let error = session_of("fails-to-run", MANIFEST).unwrap_err();
    assert!(matches!(error, LoadError::Runtime { .. }), "{error}");
    assert!(
        error.to_string().to_lowercase().contains("reshape"),
        "{error}"
    );
}
