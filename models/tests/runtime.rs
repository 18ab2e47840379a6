//! Which libraries are taken for ONNX Runtime. One process loads one, so this is one test.

mod bundles;

use bundles::Folder;
use models::runtime::{self, RuntimeError};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds a library that exports what the source says.
fn library(folder: &Path, name: &str, source: &str) -> PathBuf {
    let (file, library) = (
        folder.join(format!("{name}.rs")),
        folder.join(format!("lib{name}.so")),
    );
    fs::write(&file, source).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args([
        "--edition=2024",
        "--crate-type=cdylib",
        "-Copt-level=0",
        "-Cpanic=abort",
        "-o",
    ]);
    assert!(command.arg(&library).arg(&file).status().unwrap().success());
    library
}

/// An ONNX Runtime of version 1.20 as far as one can tell from outside.
const OLD: &str = r#"
    use std::ffi::{c_char, c_void};
    #[repr(C)] pub struct Base(extern "C" fn(u32) -> *const c_void, extern "C" fn() -> *const c_char);
    extern "C" fn api(_: u32) -> *const c_void { std::ptr::null() }
    extern "C" fn version() -> *const c_char { c"1.20.1".as_ptr() }
    static BASE: Base = Base(api, version);
    #[unsafe(no_mangle)] pub extern "C" fn OrtGetApiBase() -> *const Base { &BASE }
"#;

fn reason(path: &Path) -> String {
    let error = runtime::init(Some(path)).unwrap_err();
    let RuntimeError::NoLibrary { reason, .. } = &error else {
        panic!("{error}")
    };
    assert!(error.to_string().contains("make onnxruntime"), "{error}");
    reason.clone()
}

#[test]
fn what_is_no_usable_library_is_refused_with_its_reason_and_the_right_one_then_loads() {
    let folder = Folder::new();
    let missing = runtime::init(Some(&folder.0.join("nothing.so"))).unwrap_err();
    assert!(
        matches!(missing, RuntimeError::NotFound { .. }),
        "{missing}"
    );

    let other = library(&folder.0, "other", "");
    assert_eq!(reason(&other), "it is a library, but not ONNX Runtime");
    let old = runtime::init(Some(&library(&folder.0, "old", OLD))).unwrap_err();
    assert!(
        old.to_string()
            .contains("expected version 1.24 or newer, found \"1.20.1\""),
        "{old}"
    );

    let whole = fs::read(&other).unwrap();
    let file = folder.0.join("spoilt.so");
    let reason_of = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        reason(&file)
    };
    assert_eq!(reason_of(b"ELF"), "it has only 3 bytes");
    assert_eq!(reason_of(&[b'x'; 4096]), "it is no 64-bit ELF file");
    let cut = reason_of(&whole[..whole.len() / 2]);
    assert!(cut.starts_with("it was cut short: it needs "), "{cut}");
    let mut foreign = whole.clone();
    foreign[18..20].copy_from_slice(&8u16.to_le_bytes()); // MIPS
    assert!(reason_of(&foreign).contains("another machine"));

    let loaded = runtime::init(None).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.version().starts_with("1."), "{}", loaded.version());
    assert!(
        loaded
            .providers()
            .iter()
            .any(|name| name == "CPUExecutionProvider")
    );
    assert!(loaded.path().is_absolute(), "{}", loaded.path().display());
    let again = runtime::init(Some(loaded.path())).unwrap();
    assert!(std::ptr::eq(loaded, again));
    let error = runtime::init(Some(&other)).unwrap_err();
    assert!(matches!(error, RuntimeError::OtherLoaded { .. }), "{error}");
}
