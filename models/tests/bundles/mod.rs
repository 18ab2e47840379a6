//! Bundles made from `fixtures/` in a temporary folder, for the tests of this folder.

#![allow(dead_code, reason = "each test file takes what it needs")]

use models::runtime::{self, Runtime};
use models::{Bundle, LoadError, Session, SessionOptions};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Size of the fixtures' input.
pub const WIDTH: u32 = 16;
/// Size of the fixtures' input.
pub const HEIGHT: u32 = 12;

/// A `model.toml` for the fixture `segment`; `@SHA256@` is replaced when a bundle is written.
pub const MANIFEST: &str = r#"name = "fixture"
task = "segment"
sha256 = "@SHA256@"

[input]
name = "image"
width = 16
height = 12
channels = "RGB"
layout = "NCHW"
dtype = "f32"
scale = 255
mean = [0.0, 0.0, 0.0]
std = [1, 1, 1]

[output]
name = "scores"
kind = "score-map"
activation = "none"
classes = ["scratch", "stain"]

[provenance]
made_by = "make_fixtures.py"
trained_on = "nothing"
licence = "MIT OR Apache-2.0"
created = "2026-11-24"
"#;

/// A folder that is removed with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("models-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a bundle whose hash is right.
    pub fn with(manifest: &str, model: &[u8]) -> Self {
        let folder = Self::new();
        let digest = Sha256::digest(model);
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let manifest = manifest.replace("@SHA256@", &sha256);
        fs::write(folder.0.join("model.toml"), manifest).unwrap();
        fs::write(folder.0.join("model.onnx"), model).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The runtime; without it the test fails and says what to do.
pub fn runtime() -> &'static Runtime {
    runtime::init(None).unwrap_or_else(|error| panic!("{error}"))
}

/// The bytes of a fixture.
pub fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fs::read(folder.join(format!("{name}.onnx"))).unwrap()
}

/// A session of a fixture under a manifest.
pub fn session_of(name: &str, manifest: &str) -> Result<Session, LoadError> {
    let folder = Folder::with(manifest, &fixture(name));
    let bundle = Bundle::load(&folder.0).unwrap();
    Session::new(runtime(), &bundle, &SessionOptions::default())
}

/// An RGB image of one colour, of the fixtures' input size.
pub fn plain(colour: [u8; 3]) -> Vec<u8> {
    colour.repeat((WIDTH * HEIGHT) as usize)
}
