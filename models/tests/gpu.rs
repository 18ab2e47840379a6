//! Microsoft's build for CUDA and TensorRT, where it was fetched (`make ORT=gpu onnxruntime`). A process loads
//! one library, so this is its own.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was skipped is told"
)]

mod bundles;

use bundles::{Folder, MANIFEST, fixture, plain};
use models::runtime::{self, PINNED_GPU_BUILD};
use models::{Bundle, LoadError, Precision, Provider, Session, SessionOptions, tuned};
use std::path::Path;

#[test]
fn the_build_for_gpus_runs_on_the_processor_and_says_what_a_gpu_needs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../.cache/onnxruntime")
        .join(format!("{PINNED_GPU_BUILD}-gpu"));
    if !folder.is_dir() {
        eprintln!(
            "SKIPPED: {} is absent; `make ORT=gpu onnxruntime` fetches it (1.6 GB)",
            folder.display()
        );
        return;
    }
    let runtime = runtime::init(Some(&folder)).unwrap_or_else(|error| panic!("{error}"));
    for provider in [Provider::Cuda, Provider::TensorRt] {
        assert!(
            runtime
                .providers()
                .iter()
                .any(|name| name == provider.name())
        );
    }
    let model = Folder::with(MANIFEST, &fixture("segment"));
    let bundle = Bundle::load(&model.0).unwrap();
    let mut session = Session::new(runtime, &bundle, &SessionOptions::default()).unwrap();
    session.load_resized(&plain([255, 0, 0])).unwrap();
    assert!((session.run().unwrap().score - 0.6225).abs() < 1e-4);
    session.load_resized(&plain([0, 0, 0])).unwrap();
    assert!((session.run().unwrap().score - 0.5).abs() < 1e-4);

    for (provider, precision) in [
        (Provider::Cuda, Precision::F32),
        (Provider::TensorRt, Precision::F16),
    ] {
        let options = SessionOptions {
            provider,
            precision,
            is_required: true,
            ..SessionOptions::default()
        };
        match runtime.behind(provider) {
            // Here is what it needs, so it must run, all of it.
            Ok(behind) => {
                println!("{behind}");
                let mut session = Session::new(runtime, &bundle, &options).unwrap();
                session.load_resized(&plain([255, 0, 0])).unwrap();
                assert!((session.run().unwrap().score - 0.6225).abs() < 1e-2);
                // It is shown each image, and not the first for ever; answers are there when the run is over.
                for (red, expected) in [(0, 0.5), (255, 0.6225)].repeat(50) {
                    session.load_resized(&plain([red, 0, 0])).unwrap();
                    assert!((session.run().unwrap().score - expected).abs() < 1e-2);
                }
            }
            Err(missing) => {
                let refused = Session::new(runtime, &bundle, &options).unwrap_err();
                assert!(matches!(refused, LoadError::Provider { .. }), "{refused}");
                assert!(refused.to_string().ends_with(&missing), "{refused}");
                assert!(missing.contains("install") || missing.contains("nvidia-smi"));
                let (candidates, reasons) = tuned::candidates(runtime, 1);
                assert!(
                    candidates
                        .iter()
                        .all(|options| options.provider != provider)
                );
                assert!(reasons.contains(&(provider, missing)));
            }
        }
    }
}
