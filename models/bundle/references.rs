//! Reference images of a bundle: `references/<name>.png` with the answer that the model must give beside it:
//! `<name>.map.png` (16 bits grey, 65,535 for a score of 1, one class below the other) where there is a map, and
//! `<name>.toml` (score, scores of classes, boxes) where that is not all.

use super::error::BundleError;
use super::expected::Expected;
use super::file;
use super::manifest::{REFERENCE_COUNT, References};
use crate::answer::Answer;
use crate::image::{Channels, ImageView};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder within a bundle.
pub(crate) const FOLDER: &str = "references";
/// How far a cell of the map may be off, where nobody says otherwise.
pub const TOLERANCE: f32 = 1e-3;
const BYTES_MAX: u64 = 64 << 20;
/// Of the scores kept in 16 bits.
const WHOLE: f32 = 65_535.0;

/// An image and what the model must say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Name of the file, without ending.
    pub name: String,
    /// `width * height * channels.count()` bytes, rows from the top.
    pub pixels: Vec<u8>,
    /// Pixels a row.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
    /// Layout of a pixel.
    pub channels: Channels,
    /// The answer that the model must give.
    pub expected: Expected,
}

/// Files by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

impl Reference {
    /// The image, as a session takes it.
    pub fn view(&self) -> ImageView<'_> {
        ImageView {
            pixels: &self.pixels,
            width: self.width,
            height: self.height,
            channels: self.channels,
        }
    }

    /// An image with the answer just given.
    pub fn of(name: String, image: &ImageView, answer: &Answer) -> Self {
        Self {
            name,
            pixels: image.pixels.to_vec(),
            width: image.width,
            height: image.height,
            channels: image.channels,
            expected: Expected::of(answer),
        }
    }

    fn files(&self) -> Result<Files, png::EncodingError> {
        let colour = match self.channels {
            Channels::Mono => png::ColorType::Grayscale,
            Channels::Rgb => png::ColorType::Rgb,
        };
        let image = encoded(
            &self.pixels,
            self.width,
            self.height,
            colour,
            png::BitDepth::Eight,
        )?;
        let mut files = Files::from([(format!("{}.png", self.name), image)]);
        let Expected { map, map_width, .. } = &self.expected;
        if !map.is_empty() {
            let bytes: Vec<u8> = map
                .iter()
                .flat_map(|score| ((score * WHOLE).round() as u16).to_be_bytes())
                .collect();
            let rows = map.len() as u32 / map_width.max(&1);
            let (grey, depth) = (png::ColorType::Grayscale, png::BitDepth::Sixteen);
            let map = encoded(&bytes, *map_width, rows, grey, depth)?;
            files.insert(format!("{}.map.png", self.name), map);
        }
        if self.expected.has_more_than_map() {
            files.insert(
                format!("{}.toml", self.name),
                self.expected.text().into_bytes(),
            );
        }
        Ok(files)
    }
}

/// Their files, and what `model.toml` says of them.
pub(crate) fn files(
    references: &[Reference],
    made_by: String,
    folder: &Path,
) -> Result<(Files, References), BundleError> {
    let mut files = Files::new();
    for reference in references {
        let written = reference.files().map_err(|error| BundleError::Write {
            path: folder.join(FOLDER),
            source: io::Error::other(error),
        })?;
        files.extend(written);
    }
    let said = References {
        count: references.len() as u32,
        sha256: digest(&files),
        tolerance: TOLERANCE,
        made_by,
    };
    Ok((files, said))
}

/// Reads the references of a bundle and checks that they are those of its `model.toml`.
pub(crate) fn load(bundle: &Path, said: &References) -> Result<Vec<Reference>, BundleError> {
    let folder = bundle.join(FOLDER);
    let failed = |source| BundleError::Read {
        path: folder.clone(),
        source,
    };
    let mut files = Files::new();
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // Left by file managers, as `.DS_Store` and `._0.png`.
        if name.starts_with('.') {
            continue;
        }
        if files.len() >= 3 * REFERENCE_COUNT.end() {
            break;
        }
        files.insert(name, file::read(&path, BYTES_MAX)?);
    }
    let found = digest(&files);
    if found != said.sha256 {
        let expected = said.sha256.clone();
        return Err(BundleError::Hash {
            path: folder,
            expected,
            found,
        });
    }
    let mut references = Vec::new();
    for (name, image) in &files {
        let Some(name) = name
            .strip_suffix(".png")
            .filter(|name| !name.ends_with(".map"))
        else {
            continue;
        };
        let map = files.get(&format!("{name}.map.png"));
        let more = files.get(&format!("{name}.toml"));
        let read = reference(name, image, map.map(Vec::as_slice), more.map(Vec::as_slice));
        references.push(read.ok_or_else(|| BundleError::Read {
            path: folder.join(format!("{name}.png")),
            source: io::Error::other(
                "expected a PNG of 8 bits with its .map.png of 16 bits grey, its .toml, or both",
            ),
        })?);
    }
    if references.len() != said.count as usize {
        let message = format!("expected {} images, found {}", said.count, references.len());
        return Err(BundleError::Read {
            path: folder,
            source: io::Error::other(message),
        });
    }
    Ok(references)
}

fn reference(
    name: &str,
    image: &[u8],
    map: Option<&[u8]>,
    more: Option<&[u8]>,
) -> Option<Reference> {
    let (pixels, image) = decoded(image)?;
    let channels = match (image.color_type, image.bit_depth) {
        (png::ColorType::Rgb, png::BitDepth::Eight) => Channels::Rgb,
        (png::ColorType::Grayscale, png::BitDepth::Eight) => Channels::Mono,
        _ => return None,
    };
    let mut expected = match (map, more) {
        (None, None) => return None,
        (_, Some(text)) => Expected::parse(std::str::from_utf8(text).ok()?)?,
        (Some(_), None) => Expected::default(),
    };
    if let Some(map) = map {
        let (values, map) = decoded(map)?;
        if (map.color_type, map.bit_depth) != (png::ColorType::Grayscale, png::BitDepth::Sixteen) {
            return None;
        }
        let scores = values.as_chunks::<2>().0.iter();
        let scores = scores.map(|bytes| f32::from(u16::from_be_bytes(*bytes)) / WHOLE);
        expected.map = scores.collect();
        expected.map_width = map.width;
        if more.is_none() {
            expected.score = expected.map.iter().copied().fold(0.0, f32::max);
        }
    }
    Some(Reference {
        name: name.to_owned(),
        pixels,
        width: image.width,
        height: image.height,
        channels,
        expected,
    })
}

fn decoded(bytes: &[u8]) -> Option<(Vec<u8>, png::OutputInfo)> {
    let mut decoder = png::Decoder::new(io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::IDENTITY);
    decoder.set_limits(png::Limits {
        bytes: BYTES_MAX as usize,
    });
    let mut reader = decoder.read_info().ok()?;
    let size = reader
        .output_buffer_size()
        .filter(|size| *size <= BYTES_MAX as usize)?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).ok()?;
    pixels.truncate(info.buffer_size());
    Some((pixels, info))
}

fn encoded(
    bytes: &[u8],
    width: u32,
    height: u32,
    colour: png::ColorType,
    depth: png::BitDepth,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(bytes)?;
    writer.finish()?;
    Ok(file)
}

/// Of names and contents, in the order of names.
fn digest(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in files {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    file::hex(&hash.finalize())
}

/// Writes them into a bundle that is being made.
pub(crate) fn write(files: &Files, bundle: &Path) -> Result<(), BundleError> {
    let folder = bundle.join(FOLDER);
    let failed = |path: PathBuf| |source| BundleError::Write { path, source };
    fs::create_dir_all(&folder).map_err(failed(folder.clone()))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        file::write(&path, bytes).map_err(failed(path.clone()))?;
    }
    Ok(())
}
