//! Pictures on the disk: `images/<job>/<part>-<view>.png` and the score map beside it. A file is whole
//! or not there; its row follows it, so a row never names a file that is not.

use super::open::{self, OpenError, log_error};
use crate::clock::Clock;
use crate::hash::sha256;
use crate::ports::log::{ImageStore, LogError, Picture};
use crate::settings::station::{ImageFormat, ImageSettings};
use crate::station::frame::PixelFormat;
use crate::station::part::JobId;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageResult};
use rusqlite::{Connection, params};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The image store of one job.
pub struct Images {
    data: PathBuf,
    job: JobId,
    settings: ImageSettings,
    connection: Connection,
    clock: Arc<dyn Clock>,
    stored_bytes: u64,
}

const JPEG_QUALITY: u8 = 92;
/// How many pictures one clean-up deletes at least.
const DELETE_AT_ONCE: i64 = 50;

impl Images {
    /// Ready to store pictures of this job.
    pub fn open(
        data: &Path,
        job: JobId,
        settings: ImageSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let connection = open::writable(data)?;
        let stored: i64 = connection
            .query_row(
                "select coalesce(sum(bytes), 0) from image where state = 'stored'",
                [],
                |row| row.get(0),
            )
            .map_err(|error| OpenError::Storage {
                message: error.to_string(),
            })?;
        Ok(Self {
            data: data.to_owned(),
            job,
            settings,
            connection,
            clock,
            stored_bytes: stored.unsigned_abs(),
        })
    }

    fn write(&self, relative: &str, bytes: &[u8]) -> Result<String, LogError> {
        let path = self.data.join(relative);
        let failed = |error: std::io::Error| {
            let message = format!("{}: {error}", path.display());
            match error.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                    LogError::Full { message }
                }
                _ => LogError::Storage { message },
            }
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
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

    /// Deletes the oldest pictures, passes before rejects, until there is room for `coming` bytes.
    fn make_room(&mut self, coming: u64) -> Result<(), LogError> {
        while self.stored_bytes + coming > self.settings.quota_bytes {
            let freed = self
                .delete_oldest()
                .map_err(|error| log_error(&self.data, &error))?;
            if freed == 0 {
                let message = format!(
                    "{}: images.quota_bytes = {} is too small for one picture",
                    self.data.display(),
                    self.settings.quota_bytes
                );
                return Err(LogError::Full { message });
            }
            self.stored_bytes = self.stored_bytes.saturating_sub(freed);
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

    fn delete_oldest(&mut self) -> rusqlite::Result<u64> {
        let transaction = self.connection.transaction()?;
        let mut oldest = transaction.prepare(
            "select image.job_id, image.part_no, view, path, map_path, bytes from image
             left join result on result.job_id = image.job_id and result.part_no = image.part_no
             where image.state = 'stored'
             order by coalesce(result.disposition, 'reject') = 'reject', stored_at_us limit ?1",
        )?;
        type Row = (i64, i64, i64, String, Option<String>, i64);
        let rows: Vec<Row> = oldest
            .query_map([DELETE_AT_ONCE], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                ))
            })?
            .collect::<Result<_, _>>()?;
        drop(oldest);
        let mut freed = 0;
        for (job, part, view, ..) in &rows {
            transaction.execute(
                "update image set state = 'deleted_by_quota'
                 where job_id = ?1 and part_no = ?2 and view = ?3",
                [job, part, view],
            )?;
        }
        transaction.commit()?;
        for (_, _, _, path, map, bytes) in &rows {
            let _ = std::fs::remove_file(self.data.join(path));
            if let Some(map) = map {
                let _ = std::fs::remove_file(self.data.join(map));
            }
            freed += bytes.unsigned_abs();
        }
        Ok(freed)
    }
}

impl ImageStore for Images {
    fn save(&mut self, picture: &Picture<'_>) -> Result<(), LogError> {
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
        let stem = format!(
            "images/{}/{}-{}",
            self.job.0, picture.part_no.0, picture.view
        );
        let path = format!("{stem}.{ending}");
        let hash = self.write(&path, &encoded)?;
        let map_path = map.as_ref().map(|_| format!("{stem}.map.png"));
        let map_hash = match (&map, &map_path) {
            (Some(map), Some(path)) => Some(self.write(path, map)?),
            _ => None,
        };
        self.connection
            .execute(
                "insert into image (job_id, part_no, view, state, path, sha256, bytes, map_path,
                 map_sha256, stored_at_us) values (?1, ?2, ?3, 'stored', ?4, ?5, ?6, ?7, ?8, ?9)
                 on conflict do nothing",
                params![
                    self.job.0 as i64,
                    picture.part_no.0 as i64,
                    picture.view,
                    path,
                    hash,
                    bytes as i64,
                    map_path,
                    map_hash,
                    self.clock.wall().0
                ],
            )
            .map_err(|error| log_error(&self.data, &error))?;
        self.stored_bytes += bytes;
        Ok(())
    }

    fn stored_bytes(&self) -> u64 {
        self.stored_bytes
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
