//! `inspector init`: the folder of a new station.

use crate::adapters::camera::genicam::{self, GenicamSettings};
use crate::adapters::camera::v4l2::list::{Abilities, Format, Sizes, list};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::settings::fresh::{self, FreshCamera};
use crate::station::frame::PixelFormat;
use std::fs::{self, File};
use std::io::{ErrorKind as Io, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folders that a station needs beside its settings.
const FOLDERS: [&str; 4] = ["recipes", "models", "configuration", "data"];
/// The settings by which a folder is a station's.
pub const SETTINGS: &str = "station.toml";
/// What a station is called until somebody says so.
pub const NAME: &str = "Line 1";
/// The most pixels of a frame that are asked for: more take longer to come and to inspect.
const PIXELS_MAX: u64 = 1920 * 1440;

/// Arguments of `inspector init`.
#[derive(clap::Args)]
pub struct InitArgs {
    /// The station's folder, made where it is missing.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// What the station is called on every page.
    #[arg(long, default_value = NAME)]
    name: String,
}

/// Makes the folder and says what is in it.
///
/// # Errors
/// When there is a station already, or the folder cannot be written to.
pub fn init(args: &InitArgs) -> Result<(), Error> {
    let camera = begin(&args.folder, &args.name)?;
    let file = args.folder.join(SETTINGS);
    say!("settings   {}", file.display());
    match &camera {
        Some(camera) => say!("camera     {} {}", camera.kind, camera.device),
        None => say!(
            "camera     none found; {} is awaited",
            FreshCamera::awaited().device
        ),
    }
    say!(
        "next       inspector run -s {}, and open its page",
        file.display()
    );
    Ok(())
}

/// Whether this folder may become a station's: nothing of another one lies in it.
pub fn is_free(folder: &Path) -> bool {
    let holds_something = |name: &&str| {
        fs::read_dir(folder.join(name)).is_ok_and(|mut entries| entries.next().is_some())
    };
    folder.join(SETTINGS).symlink_metadata().is_err() && !FOLDERS.iter().any(holds_something)
}

/// Makes the folders and the settings, and gives the camera that was found.
///
/// # Errors
/// As [`init`].
pub fn begin(folder: &Path, name: &str) -> Result<Option<FreshCamera>, Error> {
    let failed = |path: &Path, error: std::io::Error| {
        let message = format!("{}: {error}", path.display());
        Error::new(ErrorKind::Storage, message)
    };
    let file = folder.join(SETTINGS);
    if file.symlink_metadata().is_ok() {
        let message = format!(
            "{}: a station is here already; its settings are kept as they are, and `inspector run` runs it",
            file.display()
        );
        return Err(Error::new(ErrorKind::Settings, message));
    }
    for name in FOLDERS {
        let path = folder.join(name);
        fs::create_dir_all(&path).map_err(|error| failed(&path, error))?;
    }
    let found = found();
    let camera = found.clone().unwrap_or_else(FreshCamera::awaited);
    // Under another name first: half of a file would be a station that cannot start.
    let part = folder.join(".station.toml.part");
    let write = || -> std::io::Result<()> {
        let mut written = File::create(&part)?;
        written.write_all(fresh::station(name, &camera).as_bytes())?;
        written.sync_all()?;
        // Never over settings that another program wrote meanwhile.
        match fs::hard_link(&part, &file) {
            // A file system without links, as on a USB stick.
            Err(error) if error.kind() != Io::AlreadyExists => {
                let mut whole = File::create_new(&file)?;
                whole.write_all(fresh::station(name, &camera).as_bytes())?;
                whole.sync_all()?;
            }
            linked => linked?,
        }
        File::open(folder).and_then(|folder| folder.sync_all())
    };
    let written = write();
    let removed = fs::remove_file(&part);
    written.map_err(|error| failed(&file, error))?;
    match removed {
        Err(error) if error.kind() != Io::NotFound => Err(failed(&part, error)),
        _ => Ok(found),
    }
}

/// The first camera that this program can read: one for machines before a webcam.
fn found() -> Option<FreshCamera> {
    let network = genicam::list();
    let network = network.iter().find_map(|found| of_network(&found.id));
    network.or_else(|| {
        let reports = list();
        reports.iter().find_map(|report| {
            let abilities = report.found.as_ref().ok()?;
            of_computer(&report.path, abilities)
        })
    })
}

/// A GenICam camera with the sensor and format that it has now; none that does not open.
fn of_network(id: &str) -> Option<FreshCamera> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let camera = genicam::open(GenicamSettings::of(id), clock).ok()?;
    let shape = camera.shape();
    Some(FreshCamera {
        kind: "genicam",
        device: id.to_owned(),
        size: Some((shape.width, shape.height)),
        pixel_format: String::new(),
        output: match shape.pixel_format {
            PixelFormat::Mono8 => "mono8",
            PixelFormat::Rgb8 => "rgb8",
        },
    })
}

/// A V4L2 camera: pictures that were not compressed before compressed ones, and then the largest that is not too large.
fn of_computer(path: &Path, abilities: &Abilities) -> Option<FreshCamera> {
    let best = |format: &Format| {
        let pfnc = format.pfnc?;
        let sizes = format.sizes.iter().map(|(sizes, _)| match *sizes {
            Sizes::One(width, height) => (width, height),
            Sizes::Between(_, greatest) => greatest,
        });
        let pixels = |size: &(u32, u32)| u64::from(size.0) * u64::from(size.1);
        let size = sizes
            .filter(|size| pixels(size) <= PIXELS_MAX)
            .max_by_key(pixels)?;
        Some((
            format.fourcc != "MJPG",
            pixels(&size),
            size,
            pfnc,
            format.fourcc.clone(),
        ))
    };
    let best = abilities.formats.iter().filter_map(best);
    let (_, _, size, pfnc, fourcc) = best.max_by_key(|(is_raw, pixels, ..)| (*is_raw, *pixels))?;
    Some(FreshCamera {
        kind: "v4l2",
        // Where it is plugged in, which a new start of the computer does not change as it does numbers.
        device: match abilities.bus.is_empty() {
            true => path.display().to_string(),
            false => abilities.bus.clone(),
        },
        size: Some(size),
        pixel_format: fourcc,
        output: if pfnc.starts_with("Mono") {
            "mono8"
        } else {
            "rgb8"
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::camera::v4l2::list::Rates;

    fn format(fourcc: &str, pfnc: Option<&'static str>, sizes: &[(u32, u32)]) -> Format {
        let sizes = sizes
            .iter()
            .map(|(width, height)| (Sizes::One(*width, *height), Rates::Some(vec![30_000])));
        Format {
            fourcc: fourcc.to_owned(),
            pfnc,
            sizes: sizes.collect(),
        }
    }

    #[test]
    fn the_largest_picture_that_is_neither_compressed_nor_too_large_is_asked_for() {
        let abilities = Abilities {
            card: "Cam".to_owned(),
            bus: "usb-1".to_owned(),
            formats: vec![
                format("MJPG", Some("MJPG"), &[(1920, 1080)]),
                format(
                    "YUYV",
                    Some("YUV422_8"),
                    &[(640, 480), (1280, 720), (3840, 2160)],
                ),
                format("H264", None, &[(1920, 1080)]),
            ],
            controls: Vec::new(),
        };
        let camera = of_computer(Path::new("/dev/video0"), &abilities).expect("usable");
        assert_eq!(
            (camera.size, camera.pixel_format.as_str()),
            (Some((1280, 720)), "YUYV")
        );
        assert_eq!((camera.device.as_str(), camera.output), ("usb-1", "rgb8"));
        let only = Abilities {
            formats: vec![format("H264", None, &[(1920, 1080)])],
            ..abilities
        };
        assert_eq!(of_computer(Path::new("/dev/video0"), &only), None);
    }

    #[test]
    fn a_station_is_made_once_and_its_settings_are_never_written_over() {
        let folder = tempfile::tempdir().expect("room");
        assert!(is_free(folder.path()));
        begin(folder.path(), "Line 9").expect("made");
        let file = folder.path().join(SETTINGS);
        let settings = crate::settings::StationSettings::load(&file).expect("in order");
        assert_eq!(settings.name, "Line 9");
        assert!(settings.recipes.is_dir() && settings.data.is_dir());
        assert!(!is_free(folder.path()));
        fs::write(&file, "mine").expect("written");
        let refused = begin(folder.path(), "Line 10").expect_err("there already");
        assert!(
            refused.to_string().contains("a station is here already"),
            "{refused}"
        );
        assert_eq!(fs::read_to_string(&file).expect("there"), "mine");
        assert!(!folder.path().join(".station.toml.part").exists());
    }

    #[test]
    fn a_folder_with_something_of_a_station_in_it_is_not_free() {
        let folder = tempfile::tempdir().expect("room");
        fs::create_dir(folder.path().join("data")).expect("made");
        assert!(is_free(folder.path()), "nothing is in it");
        fs::write(folder.path().join("data/results.sqlite"), "x").expect("written");
        assert!(!is_free(folder.path()));
    }
}
