//! Intel's build of ONNX Runtime, where it was fetched (`make onnxruntime-test`): what runs where, what is
//! refused, and that an acceptance is for one precision. A process loads one library, so this is its own.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was skipped is told"
)]

mod bundles;

use bundles::{Folder, HEIGHT, MANIFEST, WIDTH, fixture, plain};
use models::runtime::{self, PINNED_OPENVINO_BUILD, Runtime};
use models::tuned::{self, Trial};
use models::{
    Bundle, Channels, Device, ImageView, LoadError, Precision, Provider, Reference, Session,
    SessionOptions, acceptance,
};
use std::path::Path;

fn openvino() -> Option<&'static Runtime> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../.cache/onnxruntime")
        .join(format!("{PINNED_OPENVINO_BUILD}-openvino"));
    if !folder.is_dir() {
        eprintln!(
            "SKIPPED: {} is absent; `make onnxruntime-test` fetches it",
            folder.display()
        );
        return None;
    }
    Some(runtime::init(Some(&folder)).unwrap_or_else(|error| panic!("{error}")))
}

fn options(precision: Precision) -> SessionOptions {
    SessionOptions {
        provider: Provider::OpenVino(Device::Cpu),
        precision,
        ..SessionOptions::default()
    }
}

fn required(precision: Precision) -> SessionOptions {
    SessionOptions {
        is_required: true,
        ..options(precision)
    }
}

fn bundle_of(name: &str) -> (Folder, Bundle) {
    let folder = Folder::with(MANIFEST, &fixture(name));
    let bundle = Bundle::load(&folder.0).unwrap();
    (folder, bundle)
}

#[test]
fn a_graph_that_openvino_takes_runs_there_and_scores_as_on_the_processor() {
    let Some(runtime) = openvino() else { return };
    let (_folder, bundle) = bundle_of("segment");
    let mut session = Session::new(runtime, &bundle, &required(Precision::F32)).unwrap();
    assert_eq!(session.assignment().to_string(), "all 2 nodes");
    session.load_resized(&plain([255, 0, 0])).unwrap();
    // sigmoid(1 - 0.5) for red.
    let score = session.run().unwrap().score;
    assert!((score - 0.6225).abs() < 1e-4, "{score}");

    let mut on_cpu = Session::new(runtime, &bundle, &SessionOptions::default()).unwrap();
    assert_eq!(on_cpu.assignment().nodes_on_provider, 2);
    on_cpu.load_resized(&plain([255, 0, 0])).unwrap();
    assert!((on_cpu.run().unwrap().score - score).abs() < 1e-5);
}

#[test]
fn an_operator_that_openvino_does_not_take_is_counted_and_refused_where_openvino_is_required() {
    let Some(runtime) = openvino() else { return };
    let (_folder, bundle) = bundle_of("unsteady");
    let session = Session::new(runtime, &bundle, &options(Precision::F32)).unwrap();
    assert_eq!(
        session.assignment().to_string(),
        "4 of 5 nodes, 1 on the CPU (RandomUniformLike 1)"
    );
    let refused = Session::new(runtime, &bundle, &required(Precision::F32)).unwrap_err();
    assert!(matches!(refused, LoadError::FellBack { .. }), "{refused}");
    let said = refused.to_string();
    assert!(
        said.contains("expected OpenVINO on CPU, f32, 1 thread to run the whole graph"),
        "{said}"
    );
    assert!(said.contains("RandomUniformLike 1"), "{said}");
}

#[test]
fn a_graph_of_which_openvino_takes_nothing_is_refused_even_where_it_is_not_required() {
    let Some(runtime) = openvino() else { return };
    let (_folder, bundle) = bundle_of("bytes-in");
    let refused = Session::new(runtime, &bundle, &options(Precision::F32)).unwrap_err();
    assert!(matches!(refused, LoadError::FellBack { .. }), "{refused}");
    assert!(refused.to_string().contains("0 of 1 nodes"), "{refused}");
}

#[test]
fn a_device_that_is_not_there_and_a_precision_that_the_provider_lacks_are_refused() {
    let Some(runtime) = openvino() else { return };
    let (_folder, bundle) = bundle_of("segment");
    let refusal = |provider, precision| {
        let options = SessionOptions {
            provider,
            precision,
            ..SessionOptions::default()
        };
        let refused = Session::new(runtime, &bundle, &options).unwrap_err();
        assert!(matches!(refused, LoadError::Provider { .. }), "{refused}");
        refused.to_string()
    };
    let said = refusal(Provider::Cpu, Precision::Bf16);
    assert!(said.contains("expected a precision that cpu"), "{said}");
    let said = refusal(Provider::Cuda, Precision::F32);
    assert!(said.contains("make ORT=gpu onnxruntime"), "{said}");
    if runtime.behind(Provider::OpenVino(Device::Npu)).is_err() {
        let said = refusal(Provider::OpenVino(Device::Npu), Precision::F16);
        assert!(
            said.contains("OpenVINO finds no NPU here, only CPU"),
            "{said}"
        );
    }
}

#[test]
fn auto_runs_on_what_is_there_and_in_the_precision_asked_for() {
    let Some(runtime) = openvino() else { return };
    let (_folder, bundle) = bundle_of("segment");
    let options = SessionOptions {
        provider: Provider::OpenVino(Device::Auto),
        ..required(Precision::F32)
    };
    let mut session = Session::new(runtime, &bundle, &options).unwrap();
    assert_eq!(session.assignment().to_string(), "all 2 nodes");
    session.load_resized(&plain([100, 7, 31])).unwrap();
    // Blue minus green is 24 / 255, which has no short form in 16 bits.
    let score = session.run().unwrap().map.unwrap().score_at(1, 0, 0);
    let exact = 1.0 / (1.0 + (-24.0_f32 / 255.0).exp());
    assert!((score - exact).abs() < 1e-6, "{score} {exact}");
}

/// The cores that a thread may run on, e.g. `0-1`.
fn cores_allowed(thread: &Path) -> String {
    let status = std::fs::read_to_string(Path::new("/proc").join(thread).join("status"));
    let status = status.unwrap();
    let mut lines = status.lines();
    let found = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    found.unwrap().trim().to_owned()
}

#[test]
fn a_thread_that_scores_is_not_bound_to_one_core_where_another_would_be_too() {
    let Some(runtime) = openvino() else { return };
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let bundle = Bundle::load(&demo).unwrap();
    for device in [Device::Cpu, Device::Auto] {
        let options = SessionOptions {
            provider: Provider::OpenVino(device),
            ..SessionOptions::default()
        };
        let mut session = Session::new(runtime, &bundle, &options).unwrap();
        let (say, said) = std::sync::mpsc::sync_channel(1);
        let scoring = std::thread::spawn(move || {
            say.send(std::fs::read_link("/proc/thread-self").unwrap())
                .unwrap();
            for _ in 0..20 {
                session.warm_up().unwrap();
            }
            say.send(std::path::PathBuf::new()).unwrap();
        });
        let thread = said.recv().unwrap();
        let before = cores_allowed(&thread);
        let mut looks = 0;
        while said.try_recv().is_err() {
            assert_eq!(cores_allowed(&thread), before, "{device:?}");
            looks += 1;
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert!(looks > 20, "{looks}");
        scoring.join().unwrap();
    }
}

/// Reference images with the answers of the processor.
fn with_references(runtime: &Runtime) -> (Folder, Bundle) {
    let (folder, bundle) = bundle_of("segment");
    let mut session = Session::new(runtime, &bundle, &SessionOptions::default()).unwrap();
    let colours = [[255, 0, 0], [0, 90, 255], [41, 93, 167]];
    let made = colours.iter().enumerate().map(|(n, colour)| {
        let pixels = plain(*colour);
        let image = ImageView {
            pixels: &pixels,
            width: WIDTH,
            height: HEIGHT,
            channels: Channels::Rgb,
        };
        session.preprocess(&image).unwrap();
        Reference::of(format!("colour-{n}"), &image, &session.run().unwrap())
    });
    let references: Vec<Reference> = made.collect();
    let bundle = bundle.add_references(&references, "a test".to_owned());
    (folder, bundle.unwrap())
}

#[test]
fn an_acceptance_is_for_one_provider_and_precision_and_not_for_another() {
    let Some(runtime) = openvino() else { return };
    let (_folder, bundle) = with_references(runtime);
    let f32 = options(Precision::F32);
    let compared = acceptance::compare(runtime, &bundle, &f32).unwrap();
    let at = "2026-11-25T08:00:00Z";
    let accepted = acceptance::accept(runtime, &bundle, &f32, &compared, at).unwrap();
    assert_eq!(acceptance::of(runtime, &bundle, &f32).unwrap(), accepted);
    let text = bundle
        .folder()
        .join(format!("accepted/{}.toml", accepted.id));
    let text = std::fs::read_to_string(text).unwrap();
    for said in [
        "device = \"CPU\"",
        "precision = \"f32\"",
        "behind = \"OpenVINO 2025.4.1",
    ] {
        assert!(text.contains(said), "{text}");
    }
    // More threads are the same answers; another provider or precision is not.
    let threads = SessionOptions {
        threads: 2,
        ..f32.clone()
    };
    assert!(acceptance::of(runtime, &bundle, &threads).is_ok());
    let cpu = acceptance::of(runtime, &bundle, &SessionOptions::default()).unwrap_err();
    let cpu = cpu.to_string();
    assert!(cpu.contains("run `inspector model accept /"), "{cpu}");
    let f16 = options(Precision::F16);
    if runtime.check(&f16).is_ok() {
        let refused = acceptance::of(runtime, &bundle, &f16).unwrap_err();
        let refused = refused.to_string();
        assert!(
            refused.contains("model accept --provider openvino --precision f16"),
            "{refused}"
        );
    }
}

#[test]
fn the_choice_that_was_noted_is_the_one_found_again() {
    let Some(runtime) = openvino() else { return };
    let (_folder, bundle) = bundle_of("segment");
    assert_eq!(tuned::of(runtime, &bundle), Ok(None));
    let (candidates, missing) = tuned::candidates(runtime, 2);
    assert_eq!(candidates[0], SessionOptions::default());
    assert!(candidates.contains(&SessionOptions {
        threads: 2,
        ..options(Precision::F32)
    }));
    let is_npu = |(provider, _): &&(Provider, String)| *provider == Provider::OpenVino(Device::Npu);
    if let Some((_, reason)) = missing.iter().find(is_npu) {
        assert!(reason.contains("finds no NPU"), "{reason}");
    }
    for options in candidates {
        let trial = Trial {
            options: options.clone(),
            rejected: None,
            slow_ms: 12.5,
            processor_ms: 20.0,
        };
        let at = "2026-11-25T08:00:00Z";
        let path = tuned::note(runtime, &bundle, &trial, at).unwrap();
        assert_eq!(tuned::of(runtime, &bundle), Ok(Some(options)));
        // A note that was spoilt is no silent default.
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("threads = ", "threads = 9999")).unwrap();
        let spoilt = tuned::of(runtime, &bundle).unwrap_err().to_string();
        assert!(spoilt.contains("inspector model tune"), "{spoilt}");
        std::fs::write(&path, text).unwrap();
    }
}
