//! Images on disk: the files of a folder, or a list that says what each one shows.

use crate::control::teaching::contrast::Contrast;
use crate::decode::folder::{ENDINGS, pictures};
use crate::decode::picture::{self, Picture};
use crate::error::{Error, ErrorKind};
use crate::lists::table::{Columns, ListError, Table};
use crate::station::frame::PixelFormat;
use models::{Channels, ImageView};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

/// The image files of a folder, by name.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let wrong = |message: String| Error::new(ErrorKind::Settings, message);
    let files =
        pictures(folder).map_err(|error| wrong(format!("{}: {error}", folder.display())))?;
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

/// Names of reference images, by which a bundle keeps them: those of the files, without endings.
///
/// # Errors
/// When two are alike.
pub fn reference_names(files: &[PathBuf]) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::with_capacity(files.len());
    for file in files {
        let name = file.file_stem().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        // `.map` is how the bundle names the answer's map.
        if names.contains(&name) || name.ends_with(".map") {
            let message = format!(
                "{}: expected images with different names, found another {name:?}; rename it",
                file.display()
            );
            return Err(Error::new(ErrorKind::Settings, message));
        }
        names.push(name);
    }
    Ok(names)
}

/// An image and what is known of it.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The file, as the list names it.
    pub path: PathBuf,
    /// Whether the part is defective.
    pub is_bad: bool,
    /// Where: white on black.
    pub mask: Option<PathBuf>,
}

/// A list of images: `path` from the list's folder, `label` good or bad; `defect` is for people.
const LISTED: Columns = Columns {
    required: &["path", "label"],
    optional: &["set", "split", "mask", "defect"],
};

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
    let wrong = |error: ListError| Error::new(ErrorKind::Settings, error);
    let table = Table::read(list, LISTED).map_err(wrong)?;
    let mut images = Vec::new();
    for row in table.rows() {
        let is_asked = |asked: Option<&str>, column: &str| {
            asked.is_none_or(|asked| asked == row.cell(column).unwrap_or_default())
        };
        if !is_asked(set, "set") || !is_asked(split, "split") {
            continue;
        }
        row.required("path").map_err(wrong)?;
        let label = row.required("label").map_err(wrong)?;
        let is_bad = match label.to_lowercase().as_str() {
            "good" | "ok" => false,
            "bad" | "ng" => true,
            _ => {
                let message = format!("expected the label good or ok, bad or ng, found {label:?}");
                return Err(wrong(row.wrong(message)));
            }
        };
        images.push(Labelled {
            path: row.path("path").unwrap_or_default(),
            is_bad,
            mask: row.path("mask"),
        });
    }
    Ok(images)
}

/// Pixels, width and height.
pub type Loaded = (Vec<u8>, u32, u32);

const fn format(channels: Channels) -> PixelFormat {
    match channels {
        Channels::Mono => PixelFormat::Mono8,
        Channels::Rgb => PixelFormat::Rgb8,
    }
}

/// A decoded file; what it is not, with its path.
pub fn picture(path: &Path) -> Result<Picture, Error> {
    picture::open(path)
        .map_err(|error| Error::new(ErrorKind::Settings, format!("{}: {error}", path.display())))
}

/// An image with these channels.
pub fn loaded(path: &Path, channels: Channels) -> Result<Loaded, Error> {
    Ok(with_channels(picture(path)?, channels))
}

/// The pixels of a decoded file with these channels.
pub fn with_channels(picture: Picture, channels: Channels) -> Loaded {
    let (width, height) = (picture.width, picture.height);
    (picture.into_pixels(format(channels)), width, height)
}

/// Counts pictures whose values lost their lower bits.
#[derive(Default)]
pub struct Deep {
    found: usize,
    of: usize,
}

impl Deep {
    /// One more picture.
    pub fn count(&mut self, picture: &Picture) {
        self.found += usize::from(picture.bits > 8);
        self.of += 1;
    }

    /// A note, if there is any.
    pub fn told(&self) -> Option<String> {
        let Self { found, of } = self;
        let note =
            || format!("note: {found} of {of} images have 16 bits a channel; the upper 8 are used");
        (*found > 0).then(note)
    }
}

/// All of them, as [`loaded`]. Says where values lost their lower bits.
pub fn all_loaded(files: &[PathBuf], channels: Channels) -> Result<Vec<Loaded>, Error> {
    let mut deep = Deep::default();
    let load = |file: &PathBuf| -> Result<_, Error> {
        let picture = picture(file)?;
        deep.count(&picture);
        Ok(with_channels(picture, channels))
    };
    let all = files.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    deep.told().iter().for_each(|note| say!("{note}"));
    Ok(all)
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
        let wrong = |error| Error::new(ErrorKind::Settings, format!("{}: {error}", path.display()));
        if picture::open_header(path).map_err(wrong)?.has_colour {
            return Ok(Channels::Rgb);
        }
    }
    Ok(Channels::Mono)
}

/// Whether images show something, and none twice. What shows nothing, or is called both good and bad, is refused by
/// name; copies are left out of both lists, as they show nothing that the first one does not, and told.
///
/// # Errors
/// For the first that is refused.
pub fn distinct(
    kinds: [(&mut Vec<PathBuf>, &mut Vec<Loaded>); 2],
    channels: Channels,
) -> Result<(), Error> {
    let mut seen = Seen::default();
    for ((files, loaded), is_bad) in kinds.into_iter().zip([false, true]) {
        let mut is_new = Vec::with_capacity(files.len());
        for (file, image) in files.iter().zip(loaded.iter()) {
            let contrast = Contrast::of(&image.0, format(channels));
            contrast.is_enough().map_err(|shows| {
                let message = format!("{}: {shows}; take it out", file.display());
                Error::new(ErrorKind::Settings, message)
            })?;
            is_new.push(seen.add(file, is_bad, image)?);
        }
        let (mut of_files, mut of_loaded) = (is_new.iter(), is_new.iter());
        files.retain(|_| of_files.next() == Some(&true));
        loaded.retain(|_| of_loaded.next() == Some(&true));
    }
    seen.told().iter().for_each(|note| say!("{note}"));
    Ok(())
}

/// What was seen before, by its pixels.
#[derive(Default)]
pub struct Seen {
    by_pixels: BTreeMap<[u8; 32], (PathBuf, bool)>,
    copies: Vec<(PathBuf, PathBuf)>,
}

impl Seen {
    /// Whether the image is none that was seen before.
    ///
    /// # Errors
    /// When it was seen as the opposite.
    pub fn add(
        &mut self,
        file: &Path,
        is_bad: bool,
        (pixels, width, height): &Loaded,
    ) -> Result<bool, Error> {
        let mut digest = Sha256::new();
        digest.update(width.to_le_bytes());
        digest.update(height.to_le_bytes());
        digest.update(pixels);
        let before = match self.by_pixels.entry(digest.finalize().into()) {
            Entry::Vacant(vacant) => {
                vacant.insert((file.to_owned(), is_bad));
                return Ok(true);
            }
            Entry::Occupied(before) => before,
        };
        let (before, was_bad) = before.get();
        if *was_bad != is_bad {
            let kind = |is_bad: bool| if is_bad { "bad" } else { "good" };
            let message = format!(
                "{}: expected an image to be good or bad, found it as {} here and as {} in {}; take one of them out",
                file.display(),
                kind(is_bad),
                kind(*was_bad),
                before.display()
            );
            return Err(Error::new(ErrorKind::Settings, message));
        }
        self.copies.push((file.to_owned(), before.clone()));
        Ok(false)
    }

    /// Which images are copies, for people.
    pub fn told(&self) -> Vec<String> {
        const TOLD_MAX: usize = 10;
        let of = |(copy, first): &(PathBuf, PathBuf)| {
            format!(
                "note: {} is the same image as {}: they count once",
                copy.display(),
                first.display()
            )
        };
        let mut told: Vec<String> = self.copies.iter().take(TOLD_MAX).map(of).collect();
        if self.copies.len() > TOLD_MAX {
            let rest = self.copies.len() - TOLD_MAX;
            told.push(format!("note: {rest} more images are copies, too"));
        }
        told
    }
}
