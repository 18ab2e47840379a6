//! Where in images a command looks: as its options say, or as a bundle learnt it.

use super::align::{AlignArgs, Aligned};
use super::images::{self, Loaded};
use crate::error::{Error, ErrorKind};
use models::manifest::place::{self, Point};
use models::{Bundle, Channels, Cut, Manifest, Place};
use std::path::{Path, PathBuf};

/// Options that say where the part lies and what does not count.
#[derive(clap::Args)]
pub struct PlaceArgs {
    /// Where the part lies, in pixels: the model sees nothing else. All images must have one size then. The recipe's view
    /// needs the same.
    #[arg(long, value_name = "LEFT,TOP,WIDTH,HEIGHT", value_parser = region)]
    region: Option<[u32; 4]>,
    /// A place in which nothing is a defect, in pixels: a rectangle, or x and y of three corners or more. May be given
    /// several times.
    #[arg(long, value_name = "X,Y,...", value_parser = shape)]
    ignore: Vec<Shape>,
    #[command(flatten)]
    align: AlignArgs,
}

#[derive(Clone)]
struct Shape(Vec<Point>);

fn numbers<T: std::str::FromStr>(text: &str) -> Option<Vec<T>> {
    let numbers = text.split(',').map(|number| number.trim().parse().ok());
    numbers.collect()
}

fn wrong(expected: &str) -> Error {
    Error::new(ErrorKind::Settings, format!("expected {expected}"))
}

pub(super) fn region(text: &str) -> Result<[u32; 4], Error> {
    let four = numbers(text).and_then(|numbers| numbers.try_into().ok());
    four.ok_or_else(|| wrong("left, top, width and height in whole pixels, as 100,80,640,480"))
}

fn shape(text: &str) -> Result<Shape, Error> {
    let shape = numbers(text).and_then(|numbers: Vec<f32>| place::shape(&numbers));
    shape.map(Shape).ok_or_else(|| {
        wrong("left, top, width and height of a rectangle, or x and y of 3 to 64 corners, as 10,10,90,10,50,80")
    })
}

impl PlaceArgs {
    /// Makes what a model that looks there sees of each image, of which the first good one sets the size; and gives where
    /// it looks. Parts that do not lie still are aligned first.
    ///
    /// # Errors
    /// When the place is none in an image, or a part is not found in it; the image is named.
    pub fn cut(
        &self,
        (files, good): (&[PathBuf], &mut [Loaded]),
        (bad_files, bad): (&[PathBuf], &mut [Loaded]),
        channels: Channels,
    ) -> Result<Place, Error> {
        let mut place = self.place(good);
        let reference = self.align.reference()?;
        place.align = reference.as_ref().map(|(align, _)| align.clone());
        if let Some((_, folder)) = &reference {
            straighten(&place, folder, files, good, channels)?;
            straighten(&place, folder, bad_files, bad, channels)?;
        }
        cut(&place, files, good, channels)?;
        cut(&place, bad_files, bad, channels)?;
        Ok(place)
    }

    /// Whether the reference picture will do and can be kept, before anything is learnt.
    ///
    /// # Errors
    /// When a recipe would not take it, or another picture beside the bundle's folder has its name.
    pub fn check_reference(&self, bundle: &Path) -> Result<(), Error> {
        self.align.reference()?;
        self.align.missing_beside(bundle).map(drop)
    }

    /// Puts the reference picture beside a bundle's folder, where a station looks for it, unless it lies there.
    ///
    /// # Errors
    /// When the disk does not take it, or another picture has its name.
    pub fn keep_reference(&self, bundle: &Path) -> Result<(), Error> {
        self.align.keep_beside(bundle)
    }

    fn place(&self, loaded: &[Loaded]) -> Place {
        let frame = loaded.first().map(|(_, width, height)| (*width, *height));
        let place = Place {
            frame,
            region: (self.region)
                .filter(|region| frame.map(|(w, h)| [0, 0, w, h]) != Some(*region)),
            ignore: self.ignore.iter().map(|shape| shape.0.clone()).collect(),
            align: None,
        };
        place.normal()
    }
}

/// Puts the parts of all images in their place.
///
/// # Errors
/// When the place is none in an image, or parts are not found: all of their images are named.
fn straighten(
    place: &Place,
    folder: &Path,
    files: &[PathBuf],
    loaded: &mut [Loaded],
    channels: Channels,
) -> Result<(), Error> {
    let mut lost = Vec::new();
    let mut aligned = Aligned::new(place, folder);
    for (file, image) in files.iter().zip(loaded) {
        if let Err(error) = aligned.straighten(image, channels)? {
            lost.push(format!("{}: {error}", file.display()));
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    lost.push(format!(
        "{} of {} images are not aligned: take them out of the folder, or find better limits with `inspector align try`",
        lost.len(),
        files.len()
    ));
    Err(Error::all(ErrorKind::Settings, lost))
}

/// Makes what a model that looks there sees of each image.
///
/// # Errors
/// When the place is none in an image, which is named.
pub fn cut(
    place: &Place,
    files: &[PathBuf],
    loaded: &mut [Loaded],
    channels: Channels,
) -> Result<(), Error> {
    if place.is_whole() {
        return Ok(());
    }
    for (file, image) in files.iter().zip(loaded) {
        let wrong = |error: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Settings, format!("{}: {error}", file.display()))
        };
        let cut = Cut::new(place, (image.1, image.2), true).map_err(|error| wrong(&error))?;
        let mut seen = Vec::new();
        let applied = cut.apply(&images::view(image, channels), &mut seen);
        let (width, height) = applied
            .map(|view| (view.width, view.height))
            .map_err(|error| wrong(&error))?;
        *image = (seen, width, height);
    }
    Ok(())
}

/// The same where a bundle learnt to look.
///
/// # Errors
/// As [`cut`].
pub fn cut_as_taught(
    bundle: &Bundle,
    files: &[PathBuf],
    loaded: &mut [Loaded],
) -> Result<(), Error> {
    let manifest = bundle.manifest();
    let place = manifest.place.clone().unwrap_or_default();
    let channels = manifest.input.channels;
    if place.align.is_some() {
        let folder = bundle.folder().parent().unwrap_or(bundle.folder());
        straighten(&place, folder, files, loaded, channels)?;
    }
    cut(&place, files, loaded, channels)
}

/// What the recipe's view needs beside the model, so that it looks where the model learnt to.
pub fn recipe_lines(manifest: &Manifest) -> Vec<String> {
    let place = manifest.place.clone().unwrap_or_default().to_string();
    let lines = place.lines().filter(|line| !line.starts_with("frame"));
    let lines = lines.filter(|line| !line.is_empty());
    lines
        .map(|line| line.replace("[place.align]", "[view.align]"))
        .collect()
}

/// Where a bundle learnt to look, in pixels of images that were cut so already.
pub fn within_seen(manifest: &Manifest) -> Place {
    let taught = manifest.place.clone().unwrap_or_default();
    let [left, top, width, height] = taught.seen(taught.frame.unwrap_or_default());
    let moved = |[x, y]: &Point| [x - left as f32, y - top as f32];
    let ignore = taught.ignore.iter();
    Place {
        frame: taught.frame.map(|_| (width, height)),
        region: None,
        ignore: ignore
            .map(|shape| shape.iter().map(moved).collect())
            .collect(),
        align: None,
    }
}

/// Where a bundle's masks of defects are cut: as images are, and painted nowhere.
pub fn of_masks(manifest: &Manifest) -> Place {
    Place {
        ignore: Vec::new(),
        ..manifest.place.clone().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_as_large_as_the_images_is_no_place() {
        let loaded = [(vec![0; 64 * 48], 64, 48)];
        let place = |region, ignore: &[Shape]| {
            let (ignore, align) = (ignore.to_vec(), AlignArgs::default());
            let args = PlaceArgs {
                region,
                ignore,
                align,
            };
            args.place(&loaded)
        };
        assert_eq!(place(Some([0, 0, 64, 48]), &[]), Place::default());
        assert_eq!(
            place(Some([0, 0, 64, 47]), &[]).region,
            Some([0, 0, 64, 47])
        );
        let shape = shape("1,1,9,9").expect("a rectangle");
        let ignores = place(Some([0, 0, 64, 48]), &[shape]);
        assert_eq!((ignores.frame, ignores.region), (Some((64, 48)), None));
    }
}
