//! `inspector calibrate`: from images of a chessboard, or a white and a covered frame, to
//! `configuration/<camera>.toml`.

mod board;
mod source;

use self::source::{Pictures, Source, shape_of};
use crate::cli::load_settings_of;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::settings::StationSettings;
use crate::station::name::file_name;
use calibration::{
    Board, BoardImages, BoardSize, Calibration, Channels, Configuration, FlatField, FrameMean,
    ImageOutcome, ImageReport, ImageView, Method, Offer, Offers, Options, PlaneChoice, Size,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::board::{BoardArgs, print_board};

/// Arguments of `inspector calibrate`.
#[derive(clap::Args)]
pub struct CalibrateArgs {
    /// Folder with images of the board, or `live` to take them from the camera.
    images: Option<Source>,
    /// Inner corners of the board: one fewer than squares, each way.
    #[arg(long, value_name = "9x6", requires = "images")]
    board: Option<BoardSize>,
    /// Side of a square, measured on the print.
    #[arg(long, value_name = "MM", requires = "images")]
    square_mm: Option<f64>,
    /// The image that shows the board lying on the part plane. Default: the one that faces the camera
    /// most squarely; live: the first.
    #[arg(long, value_name = "IMAGE")]
    plane: Option<String>,
    /// Takes the lens as free of distortion: scale and perspective from one image.
    #[arg(long)]
    plane_only: bool,
    /// Frames of an even white surface: a folder, or `live`.
    #[arg(long, value_name = "FOLDER|live")]
    flat: Option<Source>,
    /// Frames with the lens covered, to go with --flat.
    #[arg(long, value_name = "FOLDER|live", requires = "flat")]
    dark: Option<Source>,
    /// Which camera. Default: the only one of the station settings.
    #[arg(long)]
    camera: Option<String>,
    /// Folder to write to. Default: the station's configuration folder.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The station settings. Default: station.toml, where there is one.
    #[arg(long, short)]
    settings: Option<PathBuf>,
    /// Live: how many images of the board.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=100))]
    count: u32,
    /// Live: how long to wait for them.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    seconds: u64,
}

/// Where it is written, and for which camera.
struct Target {
    settings: Option<StationSettings>,
    camera: String,
    out: PathBuf,
}

/// Calibrates and writes the configuration.
pub fn calibrate(args: &CalibrateArgs) -> Result<(), Error> {
    let target = target(args)?;
    if args.images.is_none() && args.flat.is_none() {
        return Err(wrong(
            "nothing to calibrate from: give a folder of board images with --board and --square-mm, \
             or --flat",
        ));
    }
    let former = Configuration::load(&target.out, &target.camera)?;
    let mut pictures = Pictures::new(target.settings.as_ref(), &target.camera);
    let solved = match &args.images {
        Some(source) => Some(solve(args, source, &target, &mut pictures)?),
        None => None,
    };
    let field = match &args.flat {
        Some(flat) => Some(flat_field(flat, args.dark.as_ref(), &mut pictures)?),
        None => None,
    };
    let frame = match (&solved, &field) {
        (Some(solved), Some(field)) if solved.image_size != field.size() => {
            return Err(wrong(format!(
                "the board images are {}, the flat frames {}; take all with the same settings",
                solved.image_size,
                field.size()
            )));
        }
        (Some(solved), _) => solved.image_size,
        (None, Some(field)) => field.size(),
        (None, None) => return Err(wrong("nothing to calibrate from")),
    };
    let now = jiff::Timestamp::from_microsecond(SystemClock.wall().0).unwrap_or_default();
    let made_at = format!("{now:.0}");
    let mut configuration = Configuration::new(&target.camera, &made_at, frame);
    // What is not calibrated now stays as it was, if it is for the same frames.
    if let Some((former, _)) = former.filter(|(former, _)| former.frame == frame) {
        configuration = Configuration { made_at, ..former };
    }
    if let Some(solved) = &solved {
        configuration.set_geometry(solved);
    }
    if let Some(field) = field {
        say!(
            "flat field: light uneven by a factor of {:.2}, taken away",
            field.unevenness()
        );
        configuration.flat_field = Some(field);
    }
    if let Some(lens) = configuration.lens {
        say!(
            "lens: focal length {:.1} px, distortion moves {:.1} % of the frame out of sight",
            lens.fx,
            configuration.unseen() * 100.0
        );
    }
    let sha256 = configuration.save(&target.out)?;
    let path = target.out.join(format!("{}.toml", target.camera));
    say!("wrote {}, SHA-256 {}", path.display(), &sha256[..12]);
    say!("restart the station to use it");
    Ok(())
}

fn wrong(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Settings, message)
}

fn target(args: &CalibrateArgs) -> Result<Target, Error> {
    let file = match &args.settings {
        Some(file) => Some(file.as_path()),
        None => Some(Path::new("station.toml")).filter(|file| file.exists()),
    };
    let settings = file.map(load_settings_of).transpose()?;
    let known: Vec<&str> = settings
        .iter()
        .flat_map(|s| &s.cameras)
        .map(|c| c.name.as_str())
        .collect();
    let camera = match (&args.camera, &known[..]) {
        (Some(camera), []) => camera.clone(),
        (Some(camera), known) if known.contains(&camera.as_str()) => camera.clone(),
        (None, [only]) => (*only).to_owned(),
        (None, []) => "camera".to_owned(),
        (found, known) => {
            let found = found.as_deref().unwrap_or("none");
            let expected = known.join(", ");
            return Err(wrong(format!(
                "--camera: expected one of {expected}, found {found}"
            )));
        }
    };
    file_name(&camera).map_err(|error| wrong(format!("--camera: the name {camera:?} {error}")))?;
    let out = match (&args.out, &settings) {
        (Some(out), _) => out.clone(),
        (None, Some(settings)) => settings.configuration.clone(),
        (None, None) => PathBuf::from("configuration"),
    };
    Ok(Target {
        settings,
        camera,
        out,
    })
}

fn solve(
    args: &CalibrateArgs,
    source: &Source,
    target: &Target,
    pictures: &mut Pictures<'_>,
) -> Result<Calibration, Error> {
    let (Some(size), Some(square_mm)) = (args.board, args.square_mm) else {
        return Err(wrong(
            "--board and --square-mm are needed with board images, such as --board 9x6 --square-mm 10",
        ));
    };
    let board = Board::new(size.columns, size.rows, square_mm).map_err(wrong)?;
    let mut options = Options {
        method: if args.plane_only {
            Method::PlaneOnly
        } else {
            Method::LensAndPlane
        },
        plane: match (&args.plane, source) {
            (Some(name), _) => PlaneChoice::Named(name.clone()),
            (None, Source::Folder(_)) => PlaneChoice::MostParallel,
            (None, Source::Live) => PlaneChoice::Named("live-01.png".to_owned()),
        },
        ..Options::default()
    };
    let mut images = BoardImages::new(board);
    match source {
        Source::Folder(folder) => {
            for path in source::files(folder)? {
                let name = source::name_of(&path);
                let (pixels, size, channels) = source::pixels(&path, None)?;
                let shown = view(&pixels, size, channels)?;
                let report = images.add(&name, &shown).map_err(internal)?;
                say!("{}", line_of(report));
            }
        }
        Source::Live => {
            if args.plane_only {
                options.plane = PlaneChoice::Last;
            }
            take_live(args, target, pictures, &mut images)?;
        }
    }
    match images.solve(&options) {
        Ok(solved) => {
            report(&solved);
            Ok(solved)
        }
        Err(refusal) => {
            let mut messages: Vec<String> = refusal.images.iter().map(line_of).collect();
            messages.push(refusal.to_string());
            Err(Error::all(ErrorKind::Settings, messages))
        }
    }
}

fn view(pixels: &[u8], size: Size, channels: Channels) -> Result<ImageView<'_>, Error> {
    ImageView::new(pixels, size, channels).map_err(wrong)
}

fn internal(error: calibration::OpencvError) -> Error {
    Error::new(ErrorKind::Internal, error)
}

/// Frames from the camera until there are enough poses, each also written as a file.
fn take_live(
    args: &CalibrateArgs,
    target: &Target,
    pictures: &mut Pictures<'_>,
    images: &mut BoardImages,
) -> Result<(), Error> {
    let wanted = if args.plane_only {
        1
    } else {
        args.count as usize
    };
    let folder = target.out.join(format!("{}-images", target.camera));
    std::fs::create_dir_all(&folder).map_err(|error| {
        Error::new(ErrorKind::Storage, format!("{}: {error}", folder.display()))
    })?;
    say!("lay the board on the part plane first, then tilt it to all sides and into all corners");
    let mut offers = Offers::default();
    let mut said = String::new();
    pictures.each_live(Duration::from_secs(args.seconds), |pixels, shape| {
        let (grey, size) = source::grey(pixels, shape);
        let taken = images.images().len();
        let name = format!("live-{:02}.png", taken + 1);
        let offer = offers
            .offer(images, &name, &view(&grey, size, Channels::Grey)?)
            .map_err(internal)?;
        let now = match offer {
            Offer::Taken => {
                source::save(&folder.join(&name), &grey, size)?;
                format!("{name}: taken, {} to go", wanted - taken - 1)
            }
            Offer::Moving => "hold the board still".to_owned(),
            Offer::SamePose => "move or tilt the board".to_owned(),
            Offer::Refused(refusal) => refusal.to_string(),
        };
        if now != said {
            say!("{now}");
            said = now;
        }
        Ok(images.images().len() < wanted)
    })
}

fn flat_field(
    flat: &Source,
    dark: Option<&Source>,
    pictures: &mut Pictures<'_>,
) -> Result<FlatField, Error> {
    let flat = mean(flat, "flat", pictures)?;
    let dark = dark.map(|dark| mean(dark, "dark", pictures)).transpose()?;
    FlatField::new(&flat, dark.as_ref()).map_err(wrong)
}

fn mean(
    source: &Source,
    which: &'static str,
    pictures: &mut Pictures<'_>,
) -> Result<FrameMean, Error> {
    const FRAMES: u32 = 16;
    const PATIENCE: Duration = Duration::from_secs(30);
    let mut mean: Option<FrameMean> = None;
    let mut add = |pixels: &[u8], size: Size, channels| -> Result<u32, Error> {
        let view = ImageView::new(pixels, size, channels).map_err(wrong)?;
        match &mut mean {
            None => mean = Some(FrameMean::of(&view)),
            Some(mean) => mean
                .add(&view)
                .map_err(|error| wrong(format!("{which}: {error}")))?,
        }
        Ok(mean.as_ref().map_or(0, FrameMean::frames))
    };
    match source {
        Source::Folder(folder) => {
            for path in source::files(folder)? {
                let (pixels, size, channels) = source::pixels(&path, pictures.channels())?;
                add(&pixels, size, channels)?;
            }
        }
        Source::Live => {
            say!("taking {FRAMES} {which} frames");
            pictures.each_live(PATIENCE, |pixels, shape| {
                let (size, channels) = shape_of(shape);
                Ok(add(pixels, size, channels)? < FRAMES)
            })?;
        }
    }
    mean.ok_or_else(|| wrong(calibration::FlatFieldError::NoFrames { which }))
}

fn line_of(image: &ImageReport) -> String {
    let what = match &image.outcome {
        ImageOutcome::Found => "board found".to_owned(),
        ImageOutcome::Used {
            rms_px,
            max_px,
            tilt_deg,
        } => {
            let tilt = tilt_deg.map_or(String::new(), |tilt| {
                format!(", tilted by {tilt:.0} degrees")
            });
            format!("used: {rms_px:.3} px rms, {max_px:.2} px at most{tilt}")
        }
        ImageOutcome::Refused(refusal) => format!("refused: {refusal}"),
    };
    format!("{}: {what}", image.name)
}

fn report(solved: &Calibration) {
    say!("");
    for image in &solved.images {
        say!("{}", line_of(image));
    }
    say!(
        "reprojection error {:.3} px rms, {:.2} px at most, over {} images that cover {:.0} % of the \
         frame",
        solved.rms_px,
        solved.max_px,
        solved.images_used,
        solved.coverage * 100.0
    );
    say!(
        "part plane from {}: {:.4} mm per pixel at the centre",
        solved.plane_image,
        solved.mm_per_px
    );
}
