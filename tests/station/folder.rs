//! The whole station, as its user starts it, on images of real parts.

use crate::served;
use inspector::results::reader::{Filter, Reader};
use std::path::Path;
use std::process::Command;

/// Runs the binary once over a folder of images with one model of a folder of models. Gives the station's home.
pub fn run_over(images: &Path, models: &Path, model: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    served::recipe(home.path(), "part", model, 0.45);
    let (models, folder) = (
        models.canonicalize().unwrap(),
        images.canonicalize().unwrap(),
    );
    let settings = format!(
        "[station]\nname = \"t\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 60\ndecide_by_ms = 2000\nframe_window_ms = 50\n\
         [trigger]\nsource = \"camera\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"none\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = {folder:?}\ninterval_ms = 100\n"
    );
    let file = home.path().join("station.toml");
    std::fs::write(&file, settings).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "127.0.0.1:0", "--settings"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    home
}

/// How many results the demo's model has recorded of a folder of images.
fn results_of(folder: &Path) -> usize {
    crate::accept_demo();
    let home = run_over(folder, Path::new("models/assets"), "demo");
    let reader = Reader::open(&home.path().join("data")).unwrap();
    let filter = Filter {
        limit: Some(500),
        ..Filter::default()
    };
    let page = reader.list(&filter).unwrap();
    let scored = page.items.iter().filter(|item| item.score.is_some());
    assert!(
        scored.count() * 10 >= page.items.len() * 9,
        "most were scored"
    );
    page.items.len()
}

#[test]
fn every_image_of_a_real_part_becomes_a_result() {
    let data = Path::new("../shared/data");
    if !data.is_dir() {
        eprintln!("SKIPPED: {} is absent", data.display());
        return;
    }
    for set in ["toy", "screws", "paper/PA_BDP01_TL"] {
        for folder in [
            "good", "train", "test", "normal", "bad", "anomaly", "def", ".",
        ] {
            let folder = data.join(set).join(folder);
            let images = images_in(&folder);
            if images > 0 {
                assert_eq!(results_of(&folder), images, "{}", folder.display());
                break;
            }
        }
    }
}

fn images_in(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().to_lowercase();
            name.ends_with(".png") || name.ends_with(".jpg")
        })
        .count()
}
