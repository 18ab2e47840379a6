//! The lesson on the disk: `teaching/lesson.json`, and `teaching/<n>.png` with a small `<n>.jpg` for the
//! page, below the data folder. A file is whole or not there.

use super::lesson::Lesson;
use crate::path_error::At;
use crate::station::frame::{FrameShape, PixelFormat};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, GrayImage, ImageEncoder, RgbImage};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Width of the small pictures that a page shows many of.
pub(super) const SMALL_PX: u32 = 320;

/// The folder of the lesson.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    free_bytes_min: u64,
}

impl Folder {
    pub(super) fn new(data: &Path, free_bytes_min: u64) -> Self {
        Self {
            path: data.join("teaching"),
            free_bytes_min,
        }
    }

    /// The lesson that an earlier run left, without images that are gone.
    pub(super) fn load(&self) -> Option<Lesson> {
        let text = fs::read(self.lesson()).ok()?;
        let mut lesson: Lesson = serde_json::from_slice(&text).ok()?;
        lesson.images.retain(|image| self.image(image.n).is_file());
        lesson.defects.retain(|image| self.image(image.n).is_file());
        lesson.found_again();
        Some(lesson)
    }

    pub(super) fn save(&self, lesson: &Lesson) -> io::Result<()> {
        fs::create_dir_all(&self.path).at("create", &self.path)?;
        let text = serde_json::to_vec_pretty(lesson).map_err(io::Error::other)?;
        write(&self.lesson(), &text)
    }

    /// Writes an image, whole or not at all.
    ///
    /// # Errors
    /// `StorageFull` when too little stays free, and what the disk says.
    pub(super) fn add(&self, n: u32, pixels: &[u8], shape: FrameShape) -> io::Result<()> {
        fs::create_dir_all(&self.path).at("create", &self.path)?;
        let mut bytes = Vec::new();
        let colour = match shape.pixel_format {
            PixelFormat::Mono8 => ExtendedColorType::L8,
            PixelFormat::Rgb8 => ExtendedColorType::Rgb8,
        };
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up)
            .write_image(pixels, shape.width, shape.height, colour)
            .map_err(io::Error::other)?;
        let free =
            rustix::fs::statvfs(&self.path).map_or(u64::MAX, |stat| stat.f_bavail * stat.f_frsize);
        let wanted = self.free_bytes_min + bytes.len() as u64;
        if free < wanted {
            let message = format!(
                "{}: {free} bytes free; expected images.free_bytes_min = {} to stay free. Make room, or \
                 lower it",
                self.path.display(),
                self.free_bytes_min
            );
            return Err(io::Error::new(io::ErrorKind::StorageFull, message));
        }
        write(&self.image(n), &bytes)?;
        // Only for the page, which can do without.
        let _ = self.add_small(n, pixels, shape);
        Ok(())
    }

    fn add_small(&self, n: u32, pixels: &[u8], shape: FrameShape) -> io::Result<()> {
        let (width, height) = (shape.width, shape.height);
        let pixels = pixels.to_vec();
        let whole = match shape.pixel_format {
            PixelFormat::Mono8 => {
                GrayImage::from_raw(width, height, pixels).map(DynamicImage::from)
            }
            PixelFormat::Rgb8 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
        };
        let whole = whole.ok_or_else(|| io::Error::other("too few pixels"))?;
        let height = (height * SMALL_PX / width.max(1)).max(1);
        let small = whole.thumbnail_exact(SMALL_PX, height);
        let mut bytes = Vec::new();
        small
            .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 85))
            .map_err(io::Error::other)?;
        write(&self.small(n), &bytes)
    }

    pub(super) fn image(&self, n: u32) -> PathBuf {
        self.path.join(format!("{n:04}.png"))
    }

    /// The same, [`SMALL_PX`] wide; it may be absent.
    pub(super) fn small(&self, n: u32) -> PathBuf {
        self.path.join(format!("{n:04}.jpg"))
    }

    pub(super) fn remove(&self, n: u32) -> io::Result<()> {
        let _ = fs::remove_file(self.small(n));
        let image = self.image(n);
        Ok(fs::remove_file(&image).at("remove", &image)?)
    }

    /// Removes the lesson with all its images.
    pub(super) fn clear(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            cleared => Ok(cleared.at("remove", &self.path)?),
        }
    }

    fn lesson(&self) -> PathBuf {
        self.path.join("lesson.json")
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("tmp");
    let written = fs::File::create(&part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_data()))
        .and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    Ok(written.at("write", path)?)
}
