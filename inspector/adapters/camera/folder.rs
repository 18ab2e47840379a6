//! Plays images from a folder as if a camera took them: PNG, JPEG, TIFF, BMP, in the order of names or
//! of a manifest, at a fixed rate, once or for ever. Each image is one part.
//!
//! Images are decoded when they are due, so `acquire` allocates; this adapter is for trials on recorded
//! images, not for a line.

use crate::clock::Clock;
use crate::decode::folder::{ENDINGS, pictures};
use crate::decode::picture;
use crate::lists::table::{Columns, ListError, Table};
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use crate::station::part::{PartId, Style};
use crate::station::time::Instant;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// `[[camera]] kind = "folder"`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderSettings {
    /// The folder whose pictures are played.
    pub path: PathBuf,
    /// Milliseconds from image to image.
    #[serde(default = "half_a_second")]
    pub interval_ms: u64,
    /// Whether to begin anew after the last image.
    #[serde(default)]
    pub repeat: bool,
    /// A CSV file in the folder with the columns `file,part_id,style` (the last two may be absent or empty);
    /// absent: every image of the folder, by name.
    #[serde(default)]
    pub manifest: Option<PathBuf>,
    /// What plays the next image.
    #[serde(default)]
    pub trigger: FolderTrigger,
    /// `mono` reads images as Mono8; the default is RGB8.
    #[serde(default)]
    pub mono: bool,
}

/// What plays the next image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FolderTrigger {
    /// One after the other, `interval_ms` apart.
    #[default]
    Off,
    /// The station, for each part.
    Software,
}

fn half_a_second() -> u64 {
    500
}

struct Entry {
    path: PathBuf,
    part_id: Option<PartId>,
    style: Option<Style>,
}

/// A folder of images, opened.
pub struct FolderCamera {
    settings: FolderSettings,
    entries: Vec<Entry>,
    shape: FrameShape,
    clock: Arc<dyn Clock>,
    next: u64,
    due: Instant,
    /// When the station triggered, until that image was played.
    triggered_at: Option<Instant>,
}

const MANIFEST: Columns = Columns {
    required: &["file"],
    optional: &["part_id", "style"],
};

impl FolderCamera {
    /// Lists the images and checks that all have one size. Nothing is decoded yet.
    pub fn open(settings: FolderSettings, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let entries = match &settings.manifest {
            Some(manifest) => listed(&settings.path, manifest)?,
            None => found(&settings.path)?,
        };
        let shape = common_shape(&settings, &entries)?;
        let due = clock.now();
        Ok(Self {
            settings,
            entries,
            shape,
            clock,
            next: 0,
            due,
            triggered_at: None,
        })
    }

    /// How many images one round has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Never: an empty folder does not open.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FolderCamera {
    /// When the next image is exposed, as soon as it is.
    fn exposed(&mut self, timeout: Duration) -> Result<Instant, AcquireError> {
        let now = self.clock.now();
        if self.settings.trigger == FolderTrigger::Software {
            let Some(at) = self.triggered_at.take() else {
                self.clock.sleep_until(now + timeout);
                return Err(AcquireError::Timeout);
            };
            return Ok(at);
        }
        if now + timeout < self.due {
            self.clock.sleep_until(now + timeout);
            return Err(AcquireError::Timeout);
        }
        self.clock.sleep_until(self.due);
        Ok(self.clock.now())
    }
}

impl Camera for FolderCamera {
    fn shape(&self) -> FrameShape {
        self.shape
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        let round = self.entries.len() as u64;
        if self.next >= round && !self.settings.repeat {
            return Err(AcquireError::Ended);
        }
        let exposed_at = self.exposed(timeout)?;
        let block_id = self.next;
        let entry = &self.entries[usize::try_from(block_id % round).unwrap_or(0)];
        let (part_id, style) = (entry.part_id, entry.style);
        let expected = self.shape.bytes();
        let decoded = picture::open(&entry.path);
        if let Err(error @ picture::PictureError::Unreadable(_)) = &decoded
            && !self.settings.path.is_dir()
        {
            // Files are not damaged where the folder is gone: a drive was taken away.
            let reason = format!("image {}: {error}", entry.path.display());
            return Err(AcquireError::Disconnected { reason });
        }
        self.next += 1;
        // The next image is due one interval later even if this one was taken late.
        self.due = self.due.max(exposed_at) + Duration::from_millis(self.settings.interval_ms);
        let decoded = decoded
            .ok()
            .map(|picture| picture.into_pixels(self.shape.pixel_format));
        let Some(bytes) = decoded.filter(|bytes| bytes.len() == expected) else {
            return Err(AcquireError::Incomplete {
                block_id: Some(block_id),
                received: 0,
                expected,
                part_id,
                style,
            });
        };
        pixels[..expected].copy_from_slice(&bytes);
        Ok(FrameMeta {
            block_id,
            device_timestamp_ns: None,
            exposed_at,
            shape: self.shape,
            part_id,
            style,
            counts: None,
            lines: None,
        })
    }

    fn waits_for_trigger(&self) -> bool {
        self.settings.trigger == FolderTrigger::Software
    }

    fn trigger(&mut self) -> Result<(), OpenError> {
        if !self.waits_for_trigger() {
            return Err(OpenError::Unsupported {
                message: "images of this folder are played by the time; set trigger = \"software\""
                    .to_owned(),
            });
        }
        self.triggered_at = Some(self.clock.now());
        Ok(())
    }

    fn apply(&mut self, settings: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        if settings.exposure_time_us.is_some() || settings.gain.is_some() {
            return Err(OpenError::Unsupported {
                message: "a folder of images has no exposure and no gain".to_owned(),
            });
        }
        if let Some(rate) = settings.frame_rate_hz.filter(|rate| *rate > 0.0) {
            self.settings.interval_ms = (1_000.0 / rate).round().max(1.0) as u64;
        }
        Ok(AcquisitionSettings {
            frame_rate_hz: Some(1_000.0 / self.settings.interval_ms as f32),
            ..AcquisitionSettings::default()
        })
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        if self.settings.path.is_dir() {
            return Ok(());
        }
        Err(missing(&self.settings.path, "it is gone"))
    }
}

fn missing(path: &Path, what: &str) -> OpenError {
    OpenError::NotFound {
        message: format!(
            "image folder {}: expected a folder with {ENDINGS:?} files, but {what}",
            path.display()
        ),
    }
}

fn found(folder: &Path) -> Result<Vec<Entry>, OpenError> {
    let paths = pictures(folder).map_err(|error| missing(folder, &error.to_string()))?;
    if paths.is_empty() {
        return Err(missing(folder, "it holds none"));
    }
    let entry = |path| Entry {
        path,
        part_id: None,
        style: None,
    };
    Ok(paths.into_iter().map(entry).collect())
}

fn listed(folder: &Path, manifest: &Path) -> Result<Vec<Entry>, OpenError> {
    let wrong = |error: ListError| OpenError::Unsupported {
        message: error.to_string(),
    };
    let table = Table::read(&folder.join(manifest), MANIFEST).map_err(wrong)?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut lines = BTreeMap::new();
    for row in table.rows() {
        row.required("file").map_err(wrong)?;
        let part_id = row.cell("part_id").map(PartId::new).transpose();
        let part_id = part_id.map_err(|error| wrong(row.wrong(format!("part_id {error}"))))?;
        let style = row.cell("style").map(Style::new).transpose();
        let style = style.map_err(|error| wrong(row.wrong(format!("style {error}"))))?;
        if let Some(part_id) = part_id
            && let Some(before) = lines.insert(part_id, row.line)
        {
            let message = format!(
                "part_id {part_id} stands in line {before}, too; each line is a part of its own"
            );
            return Err(wrong(row.wrong(message)));
        }
        entries.push(Entry {
            path: row.path("file").unwrap_or_default(),
            part_id,
            style,
        });
    }
    if entries.is_empty() {
        return Err(wrong(table.wrong("expected at least one image")));
    }
    Ok(entries)
}

fn common_shape(settings: &FolderSettings, entries: &[Entry]) -> Result<FrameShape, OpenError> {
    let mut common = None;
    for entry in entries {
        let header = picture::open_header(&entry.path).map_err(|error| OpenError::NotFound {
            message: format!("image {}: {error}", entry.path.display()),
        })?;
        let size = (header.width, header.height);
        let expected = *common.get_or_insert(size);
        if size != expected {
            return Err(OpenError::Unsupported {
                message: format!(
                    "image {}: expected {}×{} like the first image, found {}×{}; put images of \
                     another size into a folder of their own",
                    entry.path.display(),
                    expected.0,
                    expected.1,
                    size.0,
                    size.1
                ),
            });
        }
    }
    let (width, height) = common.unwrap_or((0, 0));
    Ok(FrameShape {
        width,
        height,
        pixel_format: if settings.mono {
            PixelFormat::Mono8
        } else {
            PixelFormat::Rgb8
        },
    })
}
