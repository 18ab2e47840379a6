//! Images on disk: the files of a folder, or a list that says what each one shows.

use crate::error::{Error, ErrorKind};
use models::{Channels, ImageView};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The image files of a folder, by name.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "tif", "tiff", "bmp"];
    let wrong = |message: String| Error::new(ErrorKind::Settings, message);
    let entries = std::fs::read_dir(folder)
        .map_err(|error| wrong(format!("{}: {error}", folder.display())))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
            ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
        })
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(wrong(format!(
            "{}: expected images ({}), found none",
            folder.display(),
            ENDINGS.join(", ")
        )));
    }
    Ok(files)
}

/// The file's name without its folder.
pub fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// An image and what is known of it.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The file.
    pub path: PathBuf,
    /// Whether the part is defective.
    pub is_bad: bool,
    /// Where: white on black.
    pub mask: Option<PathBuf>,
}

/// A row of a list of images: `path` from the list's folder, `label` good or bad; the others may be
/// absent.
#[derive(Deserialize)]
struct Row {
    path: PathBuf,
    label: String,
    #[serde(default)]
    set: String,
    #[serde(default)]
    split: String,
    #[serde(default)]
    mask: Option<PathBuf>,
}

/// Images from a folder with the folders `good` and `bad` (and `mask`, with files of the same name as in
/// `bad`), or from a CSV list with the columns `path,label[,set][,split][,mask]`, of which those rows are
/// taken whose `set` and `split` are as asked.
pub fn labelled(
    from: &Path,
    set: Option<&str>,
    split: Option<&str>,
) -> Result<Vec<Labelled>, Error> {
    let images = if from.is_dir() {
        in_folders(from)?
    } else {
        listed(from, set, split)?
    };
    if images.is_empty() {
        let message = format!(
            "{}: no image of set {set:?} and split {split:?}",
            from.display()
        );
        return Err(Error::new(ErrorKind::Settings, message));
    }
    Ok(images)
}

fn in_folders(folder: &Path) -> Result<Vec<Labelled>, Error> {
    let mut images = Vec::new();
    for (name, is_bad) in [("good", false), ("bad", true)] {
        let within = folder.join(name);
        if !within.is_dir() {
            let message = format!(
                "{}: expected the folders good and bad, or a CSV list; there is no {name}",
                folder.display()
            );
            return Err(Error::new(ErrorKind::Settings, message));
        }
        for path in files(&within)? {
            let mask = folder.join("mask").join(name_of(&path));
            let mask = Some(mask).filter(|mask| is_bad && mask.is_file());
            images.push(Labelled { path, is_bad, mask });
        }
    }
    Ok(images)
}

fn listed(list: &Path, set: Option<&str>, split: Option<&str>) -> Result<Vec<Labelled>, Error> {
    let wrong = |message: String| Error::new(ErrorKind::Settings, message);
    let at = |error: csv::Error| wrong(format!("{}: {error}", list.display()));
    let folder = list.parent().unwrap_or(Path::new("."));
    let mut images = Vec::new();
    for row in csv::Reader::from_path(list).map_err(at)?.deserialize() {
        let row: Row = row.map_err(at)?;
        if set.is_some_and(|set| set != row.set) || split.is_some_and(|split| split != row.split) {
            continue;
        }
        let is_bad = match row.label.as_str() {
            "good" => false,
            "bad" => true,
            other => {
                return Err(wrong(format!(
                    "{}: {}: expected the label good or bad, found {other:?}",
                    list.display(),
                    row.path.display()
                )));
            }
        };
        let mask = row.mask.filter(|mask| !mask.as_os_str().is_empty());
        images.push(Labelled {
            path: folder.join(row.path),
            is_bad,
            mask: mask.map(|mask| folder.join(mask)),
        });
    }
    Ok(images)
}

/// An image as red, green and blue, with its width and height.
pub fn rgb(path: &Path) -> Result<Loaded, Error> {
    let wrong = |error| Error::new(ErrorKind::Settings, format!("{}: {error}", path.display()));
    let image = image::open(path).map_err(wrong)?.into_rgb8();
    let (width, height) = image.dimensions();
    Ok((image.into_raw(), width, height))
}

/// An image as grey, with its width and height.
pub fn mono(path: &Path) -> Result<Loaded, Error> {
    let wrong = |error| Error::new(ErrorKind::Settings, format!("{}: {error}", path.display()));
    let image = image::open(path).map_err(wrong)?.into_luma8();
    let (width, height) = image.dimensions();
    Ok((image.into_raw(), width, height))
}

/// Pixels, width and height.
pub type Loaded = (Vec<u8>, u32, u32);

/// An image with these channels.
pub fn loaded(path: &Path, channels: Channels) -> Result<Loaded, Error> {
    match channels {
        Channels::Mono => mono(path),
        Channels::Rgb => rgb(path),
    }
}

/// All of them, as [`loaded`].
pub fn all_loaded(files: &[PathBuf], channels: Channels) -> Result<Vec<Loaded>, Error> {
    files.iter().map(|file| loaded(file, channels)).collect()
}

/// A loaded image as models take it.
pub fn view((pixels, width, height): &Loaded, channels: Channels) -> ImageView<'_> {
    ImageView {
        pixels,
        width: *width,
        height: *height,
        channels,
    }
}

/// All of them, as [`view`].
pub fn views(loaded: &[Loaded], channels: Channels) -> Vec<ImageView<'_>> {
    loaded.iter().map(|image| view(image, channels)).collect()
}

/// Mono where every file is stored in grey, as a Mono8 camera's are; else RGB.
pub fn channels(files: &[PathBuf]) -> Result<Channels, Error> {
    for path in files {
        let wrong = |error: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Settings, format!("{}: {error}", path.display()))
        };
        let reader = image::ImageReader::open(path).and_then(|reader| reader.with_guessed_format());
        let decoder = reader.map_err(|error| wrong(&error))?.into_decoder();
        let decoder = decoder.map_err(|error| wrong(&error))?;
        if image::ImageDecoder::color_type(&decoder).has_color() {
            return Ok(Channels::Rgb);
        }
    }
    Ok(Channels::Mono)
}
