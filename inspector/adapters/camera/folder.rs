//! Plays images from a folder as if a camera took them: PNG, JPEG, TIFF, BMP, in the order of names or
//! of a manifest, at a fixed rate, once or for ever. Each image is one part.
//!
//! Images are decoded when they are due, so `acquire` allocates; this adapter is for trials on recorded
//! images, not for a line.

use crate::clock::Clock;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use crate::station::part::{PartId, Style};
use crate::station::time::Instant;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// `[[camera]] kind = "folder"`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderSettings {
    /// The folder.
    pub path: PathBuf,
    /// Milliseconds from image to image.
    #[serde(default = "half_a_second")]
    pub interval_ms: u64,
    /// Whether to begin anew after the last image.
    #[serde(default)]
    pub repeat: bool,
    /// A CSV file in the folder with the columns `file,part_id,style` (the last two may be empty);
    /// absent: every image of the folder, by name.
    #[serde(default)]
    pub manifest: Option<PathBuf>,
    /// `mono` reads images as Mono8; the default is RGB8.
    #[serde(default)]
    pub mono: bool,
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
}

const ENDINGS: &[&str] = &["png", "jpg", "jpeg", "tif", "tiff", "bmp"];

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

impl Camera for FolderCamera {
    fn shape(&self) -> FrameShape {
        self.shape
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        let round = self.entries.len() as u64;
        if self.next >= round && !self.settings.repeat {
            return Err(AcquireError::Ended);
        }
        let now = self.clock.now();
        if now + timeout < self.due {
            self.clock.sleep_until(now + timeout);
            return Err(AcquireError::Timeout);
        }
        self.clock.sleep_until(self.due);
        let exposed_at = self.clock.now();
        let block_id = self.next;
        let entry = &self.entries[usize::try_from(block_id % round).unwrap_or(0)];
        self.next += 1;
        // The next image is due one interval later even if this one was taken late.
        self.due = self.due.max(exposed_at) + Duration::from_millis(self.settings.interval_ms);
        let expected = self.shape.bytes();
        let decoded = decode(&entry.path, self.settings.mono).ok();
        let Some(bytes) = decoded.filter(|bytes| bytes.len() == expected) else {
            return Err(AcquireError::Incomplete {
                block_id: Some(block_id),
                received: 0,
                expected,
            });
        };
        pixels[..expected].copy_from_slice(&bytes);
        Ok(FrameMeta {
            block_id,
            device_timestamp_ns: None,
            exposed_at,
            shape: self.shape,
            part_id: entry.part_id,
            style: entry.style,
        })
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
    let read = std::fs::read_dir(folder).map_err(|error| missing(folder, &error.to_string()))?;
    let mut paths: Vec<PathBuf> = read
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let ending = path.extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| ENDINGS.contains(&ending.to_lowercase().as_str()))
        })
        .collect();
    paths.sort();
    if paths.is_empty() {
        return Err(missing(folder, "it holds none"));
    }
    Ok(paths
        .into_iter()
        .map(|path| Entry {
            path,
            part_id: None,
            style: None,
        })
        .collect())
}

fn listed(folder: &Path, manifest: &Path) -> Result<Vec<Entry>, OpenError> {
    let path = folder.join(manifest);
    let wrong = |line: usize, message: String| OpenError::Unsupported {
        message: format!("{}:{line}: {message}", path.display()),
    };
    let mut reader = csv::Reader::from_path(&path).map_err(|error| wrong(1, error.to_string()))?;
    let headers = reader
        .headers()
        .map_err(|error| wrong(1, error.to_string()))?;
    let column = |name: &str| headers.iter().position(|header| header == name);
    let Some(file) = column("file") else {
        return Err(wrong(
            1,
            "expected the columns file,part_id,style".to_owned(),
        ));
    };
    let (part_id, style) = (column("part_id"), column("style"));
    let mut entries = Vec::new();
    for (index, row) in reader.records().enumerate() {
        let line = index + 2;
        let row = row.map_err(|error| wrong(line, error.to_string()))?;
        let cell = |column: Option<usize>| {
            column
                .and_then(|column| row.get(column))
                .filter(|cell| !cell.is_empty())
        };
        let part_id = cell(part_id).map(PartId::new).transpose();
        let style = cell(style).map(Style::new).transpose();
        entries.push(Entry {
            path: folder.join(cell(Some(file)).unwrap_or_default()),
            part_id: part_id.map_err(|error| wrong(line, format!("part_id {error}")))?,
            style: style.map_err(|error| wrong(line, format!("style {error}")))?,
        });
    }
    if entries.is_empty() {
        return Err(wrong(1, "expected at least one image".to_owned()));
    }
    Ok(entries)
}

fn common_shape(settings: &FolderSettings, entries: &[Entry]) -> Result<FrameShape, OpenError> {
    let mut common = None;
    for entry in entries {
        let size = image::image_dimensions(&entry.path).map_err(|error| OpenError::NotFound {
            message: format!("image {}: {error}", entry.path.display()),
        })?;
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

fn decode(path: &Path, mono: bool) -> Result<Vec<u8>, image::ImageError> {
    let image = image::open(path)?;
    Ok(if mono {
        image.into_luma8().into_raw()
    } else {
        image.into_rgb8().into_raw()
    })
}
