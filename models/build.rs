//! Puts the fetched feature network (`assets/backbone/fetch.sh`) into the program, where it is there.

use std::path::Path;

fn main() {
    // At run time: a target folder may serve several checkouts.
    let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"));
    let (package, out) = (variable("CARGO_MANIFEST_DIR"), variable("OUT_DIR"));
    println!("cargo::rerun-if-env-changed=CARGO_MANIFEST_DIR");
    println!("cargo::rustc-check-cfg=cfg(has_efficientnet_lite)");
    let network = Path::new(&package).join("../.cache/backbone/efficientnet_lite0.onnx");
    if network.is_file() {
        println!("cargo::rerun-if-changed={}", network.display());
        let copy = Path::new(&out).join("efficientnet_lite0.onnx");
        std::fs::copy(&network, &copy).unwrap_or_else(|error| {
            panic!("copy {} to {}: {error}", network.display(), copy.display())
        });
        println!("cargo::rustc-cfg=has_efficientnet_lite");
    } else {
        // A file that is missing would have everything built again each time. `fetch.sh` touches this one.
        println!("cargo::rerun-if-changed=assets/backbone/fetch.sh");
    }
}
