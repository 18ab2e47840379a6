//! Pictures on the disk: `images/<job>/<part>-<view>.png` and the score map beside it. A file is whole
//! or not there; its row follows it, so a row never names a file that is not.

mod folder;
mod quota;
pub(super) mod strays;

use self::folder::Folders;
use self::quota::Quota;
use super::open::{OpenError, file_error};
use super::writer::{Change, Pictures, StoredPicture, WriteError, Writer};
use crate::clock::Clock;
use crate::hash::sha256;
use crate::ports::journal::{Entry, Journal};
use crate::ports::log::{ImageStore, LogError, Picture, ResultLog};
use crate::settings::station::{ImageFormat, ImageSettings};
use crate::station::frame::PixelFormat;
use crate::station::time::Instant;
use crate::telemetry::catalogue::Code;
use crate::tell;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageResult};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where a file lies that the log names; `None` for a name that leads anywhere but below `images/`, which no station wrote.
pub(super) fn file_of(data: &Path, relative: &str) -> Option<PathBuf> {
    use std::path::Component::Normal;
    let mut components = Path::new(relative).components();
    let is_below = components.next() == Some(Normal("images".as_ref()));
    let are_normal = components.all(|component| matches!(component, Normal(_)));
    (is_below && are_normal).then(|| data.join(relative))
}

/// The image store of one job.
pub struct Images {
    data: PathBuf,
    folders: Folders,
    settings: ImageSettings,
    writer: Writer,
    clock: Arc<dyn Clock>,
    quota: Quota,
    /// Pictures deleted since the journal was told.
    deleted: u64,
    told_at: Option<Instant>,
}

const JPEG_QUALITY: u8 = 92;
/// The journal is told this often that pictures go; the row of each says so at once.
const TOLD_EVERY: Duration = Duration::from_secs(3_600);

impl Images {
    /// Ready to store pictures of the writer's job.
    ///
    /// # Errors
    /// When the log cannot be read, or the folder cannot be made.
    pub fn open(
        data: &Path,
        writer: Writer,
        settings: ImageSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        Ok(Self {
            quota: Quota::open(data, writer.clone(), settings.quota_bytes)?,
            data: data.to_owned(),
            folders: Folders::open(data).map_err(OpenError::Log)?,
            settings,
            writer,
            clock,
            deleted: 0,
            told_at: None,
        })
    }

    fn write(&self, relative: &str, bytes: &[u8]) -> Result<String, LogError> {
        let path = self.data.join(relative);
        let failed = |error: std::io::Error| file_error(&path, &error);
        let partial = path.with_extension("tmp");
        let written = std::fs::File::create(&partial)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_data()))
            .and_then(|()| std::fs::rename(&partial, &path));
        if let Err(error) = written {
            let _ = std::fs::remove_file(&partial);
            return Err(failed(error));
        }
        Ok(sha256(bytes))
    }

    fn make_room(&mut self, coming: u64) -> Result<(), LogError> {
        let made = self.quota.make_room(coming);
        for error in self.quota.stuck() {
            let message = format!("a picture could not be deleted: {error}");
            tell!(Code::StrayFile, "{message}");
            self.writer.note(Entry {
                message,
                ..Entry::of_station(self.clock.wall(), Code::StrayFile)
            });
        }
        self.deleted += made?;
        let now = self.clock.now();
        if self.told_at.is_none_or(|at| now.since(at) >= TOLD_EVERY) {
            self.tell_deleted();
        }
        let free = rustix::fs::statvfs(&self.data)
            .map(|stat| stat.f_bavail * stat.f_frsize)
            .unwrap_or(u64::MAX);
        if free < self.settings.free_bytes_min + coming {
            let message = format!(
                "{}: {free} bytes free; expected images.free_bytes_min = {} to stay free. Make room, \
                 or lower it",
                self.data.display(),
                self.settings.free_bytes_min
            );
            return Err(LogError::Full { message });
        }
        Ok(())
    }

    fn tell_deleted(&mut self) {
        if self.deleted == 0 {
            return;
        }
        self.told_at = Some(self.clock.now());
        self.writer.note(Entry {
            message: format!(
                "{} pictures were deleted to keep within images.quota_bytes",
                self.deleted
            ),
            details: vec![
                ("pictures", self.deleted.to_string()),
                ("quota_bytes", self.settings.quota_bytes.to_string()),
            ],
            ..Entry::of_station(self.clock.wall(), Code::PicturesDeleted)
        });
        self.deleted = 0;
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        self.tell_deleted();
    }
}

impl ImageStore for Images {
    fn save(&mut self, picture: &Picture<'_>) -> Result<(), LogError> {
        self.check()?;
        let ending = match self.settings.format {
            ImageFormat::Png => "png",
            ImageFormat::Jpeg => "jpg",
        };
        let encoded = encode(picture, self.settings.format).map_err(|error| LogError::Storage {
            message: format!("encode picture of part {}: {error}", picture.part_no.0),
        })?;
        let map = (!picture.map.is_empty())
            .then(|| grey_png(picture.map, picture.map_size))
            .transpose()
            .map_err(|error| LogError::Storage {
                message: error.to_string(),
            })?;
        let bytes = (encoded.len() + map.as_ref().map_or(0, Vec::len)) as u64;
        self.make_room(bytes)?;
        self.folders.begin(self.writer.job())?;
        let stem = format!(
            "images/{}/{}-{}",
            self.writer.job().0,
            picture.part_no.0,
            picture.view
        );
        let (path, map_path) = (format!("{stem}.{ending}"), format!("{stem}.map.png"));
        let saved = self.write(&path, &encoded).and_then(|sha256| {
            let map = map.as_ref().map(|map| {
                let sha256 = self.write(&map_path, map)?;
                Ok((map_path.clone(), sha256))
            });
            let row = StoredPicture {
                part_no: picture.part_no.0 as i64,
                view: picture.view,
                path: path.clone(),
                sha256,
                map: map.transpose()?,
                bytes: bytes as i64,
                at: self.clock.wall(),
            };
            let asked = self.writer.ask(Change::Pictures(Pictures::Stored(row)));
            asked.map(drop).map_err(WriteError::into_log_error)
        });
        match &saved {
            Ok(()) => self
                .quota
                .stored((picture.part_no.0 as i64, picture.view), bytes),
            // Nobody finds them without a row; they go first.
            Err(_) => [path, map_path]
                .into_iter()
                .for_each(|path| self.quota.strayed(&self.data.join(path))),
        }
        saved
    }

    fn check(&mut self) -> Result<(), LogError> {
        self.folders.check()?;
        self.writer.check()
    }

    fn stored_bytes(&self) -> u64 {
        self.quota.used_bytes()
    }

    fn unreviewed_deleted(&self) -> u64 {
        self.quota.unreviewed
    }
}

fn encode(picture: &Picture<'_>, format: ImageFormat) -> ImageResult<Vec<u8>> {
    let shape = picture.shape;
    let color = match shape.pixel_format {
        PixelFormat::Mono8 => ExtendedColorType::L8,
        PixelFormat::Rgb8 => ExtendedColorType::Rgb8,
    };
    let mut bytes = Vec::new();
    match format {
        ImageFormat::Png => {
            PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up)
                .write_image(picture.pixels, shape.width, shape.height, color)?;
        }
        ImageFormat::Jpeg => {
            JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(
                picture.pixels,
                shape.width,
                shape.height,
                color,
            )?;
        }
    }
    Ok(bytes)
}

/// A score map as a grey PNG: 0 is score 0, 255 is score 1.
pub fn grey_png(map: &[u8], size: (u32, u32)) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up).write_image(
        map,
        size.0,
        size.1,
        ExtendedColorType::L8,
    )?;
    Ok(bytes)
}
