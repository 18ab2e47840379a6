//! YOLO detection as Ultralytics reads it: a text file for each picture, each line a class and the middle, width and height
//! of a box, as shares of the picture.

use super::{Placed, classes};
use crate::export::ExportError;
use std::fmt::Write as _;
use std::path::Path;

/// Writes `data.yaml` and `labels/train`. The file of a good part is empty.
pub fn write(folder: &Path, placed: &[Placed]) -> Result<(), ExportError> {
    let classes = classes(placed);
    let labels = folder.join("labels").join("train");
    std::fs::create_dir_all(&labels)?;
    std::fs::create_dir_all(folder.join("images").join("train"))?;
    for (name, picture) in placed {
        let [width, height] = picture.size.map(f64::from);
        let mut lines = String::new();
        for drawn in &picture.boxes {
            let [left, top, wide, high] = drawn.area.map(f64::from);
            let class = classes.iter().position(|class| *class == drawn.class);
            // Eight digits: a millionth of a pixel on the widest picture.
            let written = writeln!(
                lines,
                "{} {:.8} {:.8} {:.8} {:.8}",
                class.unwrap_or_default(),
                (left + wide / 2.0) / width,
                (top + high / 2.0) / height,
                wide / width,
                high / height
            );
            written.map_err(std::io::Error::other)?;
        }
        let file = Path::new(name).with_extension("txt");
        std::fs::write(labels.join(file.file_name().unwrap_or_default()), lines)?;
    }
    let mut about =
        "# Parts that people reviewed. Split them before you train: `val` are the same pictures.\n"
            .to_owned();
    // No `path`: Ultralytics takes the folder of this file then, and `.` for that of its own settings.
    about += "train: images/train\nval: images/train\nnames:";
    about += if classes.is_empty() { " {}\n" } else { "\n" };
    for (n, class) in classes.iter().enumerate() {
        // A text of JSON is one of YAML.
        about += &format!("  {n}: {}\n", serde_json::Value::from(class.as_str()));
    }
    Ok(std::fs::write(folder.join("data.yaml"), about)?)
}
