//! What went wrong decides the exit code, wherever in a command it went wrong.

use crate::served::{SIM, home};
use image::{GrayImage, Luma};
use std::path::Path;
use std::process::Command;

/// Exit code, and everything that was said.
fn inspector(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args)
        .output()
        .expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).expect("copied")),
        }
    }
}

fn assert_code(args: &[&str], code: i32, expected: &str) {
    let (found, said) = inspector(args);
    assert_eq!(found, Some(code), "{args:?}: {said}");
    assert!(said.contains(expected), "{args:?}: {said}");
}

#[test]
fn a_model_that_is_gone_or_changed_is_no_matter_of_settings() {
    let home = home(SIM);
    let settings = home.path().join("station.toml");
    let models = home.path().join("models");
    let check = ["check", "--settings", settings.to_str().expect("text")];
    assert_code(&check, 0, "everything is in order");
    let graph = models.join("demo/model.onnx");
    let whole = std::fs::read(&graph).expect("read");
    std::fs::write(&graph, &whole[..whole.len() / 2]).expect("written");
    assert_code(&check, 5, "model.toml expects SHA-256");
    std::fs::remove_dir_all(models.join("demo")).expect("removed");
    assert_code(&check, 5, "No such file or directory");
    let run = ["run", "--settings", check[2], "--listen", "127.0.0.1:0"];
    assert_code(&run, 5, "No such file or directory");
}

#[test]
fn a_calibration_that_cannot_be_read_is_no_matter_of_the_disk() {
    let home = tempfile::tempdir().expect("a folder");
    let images = home.path().join("images");
    std::fs::create_dir(&images).expect("a folder");
    GrayImage::from_pixel(64, 48, Luma([90]))
        .save(images.join("0.png"))
        .expect("written");
    std::fs::write(home.path().join("top.toml"), "camera = 3\n").expect("written");
    let out = home.path().to_str().expect("text");
    let images = images.to_str().expect("text");
    let calibrate = [
        "calibrate",
        "--camera",
        "top",
        "--out",
        out,
        "--board",
        "9x6",
        "--square-mm",
        "5",
        images,
    ];
    assert_code(&calibrate, 3, "top.toml");
}

#[test]
fn an_acceptance_that_cannot_be_written_is_the_disks_doing() {
    let home = tempfile::tempdir().expect("a folder");
    let bundle = home.path().join("demo");
    copy(Path::new("models/assets/demo"), &bundle);
    let _ = std::fs::remove_dir_all(bundle.join("accepted"));
    // Root may write everywhere, but into no file as if it were a folder.
    std::fs::write(bundle.join("accepted"), "").expect("written");
    assert_code(
        &["model", "accept", bundle.to_str().expect("text")],
        6,
        "accepted",
    );
}

#[test]
fn too_few_images_are_a_matter_of_images() {
    let home = tempfile::tempdir().expect("a folder");
    let images = home.path().join("images");
    std::fs::create_dir(&images).expect("a folder");
    let striped = GrayImage::from_fn(96, 64, |x, y| Luma([(x * 2 + y) as u8]));
    striped.save(images.join("0.png")).expect("written");
    let (images, out) = (images.to_str().expect("text"), home.path().join("out"));
    let teach = ["teach", images, "--out", out.to_str().expect("text")];
    assert_code(&teach, 3, "expected at least");
    assert!(!out.exists());
}

/// A grey camera before a model that takes colours: the camera, or the recipe, is to be set otherwise.
#[test]
fn a_camera_that_does_not_fit_its_model_is_a_matter_of_settings() {
    crate::accept_demo();
    let home = home(SIM);
    let images = home.path().join("images");
    std::fs::create_dir(&images).expect("a folder");
    let grey = GrayImage::from_fn(64, 48, |x, y| Luma([(x * 4 + y) as u8]));
    grey.save(images.join("0.png")).expect("written");
    std::fs::write(
        images.join("list.csv"),
        "file,part_id,style\n0.png,A1,bracket\n",
    )
    .expect("written");
    let models = Path::new("models/assets").canonicalize().expect("models");
    let recipes = home.path().join("grey/bracket");
    std::fs::create_dir_all(&recipes).expect("a folder");
    std::fs::write(
        recipes.join("1.toml"),
        "[recipe]\nauthor = \"a\"\nreason = \"r\"\ncreated = \"2026-01-01T00:00:00Z\"\n\
         [[view]]\nname = \"top\"\ncamera = \"top\"\nmodel = \"demo\"\nreject_above = 0.45\n",
    )
    .expect("written");
    let settings = home.path().join("grey.toml");
    let text = format!(
        "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"grey\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 60\ndecide_by_ms = 2000\nframe_window_ms = 50\n[trigger]\nsource = \"camera\"\n\
         [ejector]\nkind = \"none\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = \"images\"\nmanifest = \"list.csv\"\nmono = true\n"
    );
    std::fs::write(&settings, text).expect("written");
    let settings = settings.to_str().expect("text");
    assert_code(
        &["check", "--settings", settings],
        3,
        "Set the camera's output",
    );
}
