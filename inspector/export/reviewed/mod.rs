//! Reviewed parts as pictures with what is known of them, for teaching here and elsewhere: COCO, YOLO, or a folder for each
//! class. Which of them say something is decided once ([`choice`]); here it is how they are written.

pub mod choice;
mod coco;
mod yolo;

use super::ExportError;
use super::name::safe;
use crate::results::reader::{Filter, Reader};
use choice::{Choice, LabelledPicture, LeftOut, Wanted, chosen};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

/// Class of a defect that nobody named.
pub const UNNAMED: &str = "defect";
/// The list of all pictures, which `inspector teach` and `inspector model compare` read.
pub const LIST: &str = "list.csv";

/// How reviewed parts are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Layout {
    /// COCO: `annotations.json` and the folder `images`; boxes in pixels of the pictures.
    Coco,
    /// YOLO: `data.yaml`, and the folders `images/train` and `labels/train`; boxes as shares of the pictures.
    Yolo,
    /// The folders `good` and `bad/CLASS`.
    Folder,
}

impl Layout {
    /// Whether a defect without a box says nothing there, or the wrong thing.
    const fn needs_boxes(self) -> bool {
        matches!(self, Layout::Coco | Layout::Yolo)
    }
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Pictures of good parts.
    pub good: u64,
    /// Pictures of defective parts.
    pub bad: u64,
    /// Boxes that reviewers drew.
    pub boxes: u64,
    /// Parts that say nothing.
    pub left_out: LeftOut,
}

/// Writes pictures of reviewed parts into an empty folder.
///
/// # Errors
/// When the log cannot be read, the folder cannot be written, or `go_on` says that nobody wants it any more. It is given
/// how many pictures were written, and the share of all.
pub fn write(
    data: &Path,
    filter: &Filter,
    layout: Layout,
    folder: &Path,
    go_on: &mut dyn FnMut(u64, f64) -> bool,
) -> Result<Written, ExportError> {
    let reader = Reader::open(data).map_err(ExportError::Open)?;
    let parts = reader.reviewed_parts(filter);
    let parts = parts.map_err(|error| super::unread(data, &error))?;
    drop(reader);
    let wanted = Wanted {
        needs_boxes: layout.needs_boxes(),
        view: None,
    };
    let Choice {
        pictures,
        mut left_out,
    } = chosen(&parts, &wanted);
    let folders = folders(pictures.iter().filter(|picture| picture.is_bad));
    let mut placed = Vec::with_capacity(pictures.len());
    let total = pictures.len().max(1) as f64;
    for (n, picture) in pictures.into_iter().enumerate() {
        if !go_on(n as u64, n as f64 / total) {
            return Err(ExportError::Cancelled);
        }
        let name = place_of(&picture, layout, &folders);
        let to = folder.join(&name);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        match std::fs::copy(&picture.file, &to) {
            Ok(_) => placed.push((name, picture)),
            // The quota took it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => left_out.no_picture += 1,
            Err(error) => return Err(error.into()),
        }
    }
    match layout {
        Layout::Coco => coco::write(folder, &placed)?,
        Layout::Yolo => yolo::write(folder, &placed)?,
        Layout::Folder => {}
    }
    list(folder, &placed)?;
    let bad = placed.iter().filter(|(_, picture)| picture.is_bad).count() as u64;
    Ok(Written {
        good: placed.len() as u64 - bad,
        bad,
        boxes: placed
            .iter()
            .map(|(_, picture)| picture.boxes.len() as u64)
            .sum(),
        left_out,
    })
}

/// A picture and its place below the folder.
type Placed = (String, LabelledPicture);

/// Folder of each class, by its name.
type Folders = BTreeMap<String, String>;

/// A folder for each class that occurs. Two classes that would have the same one, also where capitals do not count, get numbers,
/// in the order of their names.
fn folders<'a>(bad: impl Iterator<Item = &'a LabelledPicture>) -> Folders {
    let classes: BTreeSet<&str> = bad.map(LabelledPicture::class).collect();
    let mut taken = BTreeSet::new();
    let mut folders = Folders::new();
    for class in classes {
        let plain = safe(class);
        let numbered = (2_u32..).map(|number| format!("{plain}_{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        let name = names.find(|name| taken.insert(name.to_lowercase()));
        folders.insert(class.to_owned(), name.unwrap_or(plain.clone()));
    }
    folders
}

/// Below the folder. The row and the view make it the only one of its name, whatever the part is called.
fn place_of(picture: &LabelledPicture, layout: Layout, folders: &Folders) -> String {
    let ending = picture.file.extension().unwrap_or_default();
    let ending = ending.to_string_lossy();
    let name = format!(
        "{}_{}-{}.{ending}",
        safe(&picture.part_id),
        picture.id,
        picture.view
    );
    match layout {
        Layout::Coco => format!("images/{name}"),
        Layout::Yolo => format!("images/train/{name}"),
        Layout::Folder if picture.is_bad => {
            let class = picture.class();
            let folder = folders.get(class).map_or(class, String::as_str);
            format!("bad/{folder}/{name}")
        }
        Layout::Folder => format!("good/{name}"),
    }
}

/// Classes that occur, by name.
fn classes(placed: &[Placed]) -> Vec<String> {
    let boxes = placed.iter().flat_map(|(_, picture)| &picture.boxes);
    let classes: BTreeSet<&str> = boxes.map(|drawn| drawn.class.as_str()).collect();
    classes.into_iter().map(str::to_owned).collect()
}

/// `path,label,set,defect`: what each picture shows; the set is the style.
fn list(folder: &Path, placed: &[Placed]) -> Result<(), ExportError> {
    let mut csv = csv::Writer::from_path(folder.join(LIST)).map_err(io::Error::other)?;
    let mut line = |cells: [&str; 4]| csv.write_record(cells).map_err(io::Error::other);
    line(["path", "label", "set", "defect"])?;
    for (name, picture) in placed {
        let style = picture.style.as_deref().unwrap_or_default();
        match picture.is_bad {
            true => line([name, "bad", style, picture.class()])?,
            false => line([name, "good", style, ""])?,
        }
    }
    Ok(csv.flush()?)
}

/// Indented, so that people can read it.
fn json(path: &Path, value: &Value) -> io::Result<()> {
    let mut file = io::BufWriter::new(std::fs::File::create(path)?);
    serde_json::to_writer_pretty(&mut file, value).map_err(io::Error::other)?;
    file.flush()
}
