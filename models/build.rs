//! Puts the fetched feature network (`assets/backbone/fetch.sh`) into the program, where it is there.

use std::path::Path;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/backbone");
    let network = folder.join("efficientnet_lite0.onnx");
    println!("cargo::rustc-check-cfg=cfg(has_efficientnet_lite)");
    println!("cargo::rerun-if-changed={}", network.display());
    if network.is_file() {
        println!("cargo::rustc-cfg=has_efficientnet_lite");
        println!("cargo::rustc-env=EFFICIENTNET_LITE={}", network.display());
    }
}
