//! `inspector align try`: how parts lie in the pictures of a folder.

use super::{AlignArgs, aligner, read};
use crate::cli::images;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::station::time::micros;
use calibration::{AlignError, Alignment, ImageView};
use models::Channels;
use std::path::PathBuf;

/// Arguments of `inspector align try`.
#[derive(clap::Args)]
pub struct TryArgs {
    /// Pictures of parts as they come.
    folder: PathBuf,
    #[command(flatten)]
    align: AlignArgs,
}

/// The largest of each, over the pictures in which the part was found.
#[derive(Default)]
struct Most {
    shift_px: f64,
    turn_deg: f64,
    zoom: f64,
    quality: Option<f64>,
    next: f64,
}

impl Most {
    fn add(&mut self, found: &Alignment) {
        self.shift_px = self.shift_px.max(found.pose.distance_px());
        self.turn_deg = self.turn_deg.max(found.pose.turn_deg.abs());
        self.zoom = self.zoom.max((found.pose.zoom - 1.0).abs());
        self.quality = Some(
            self.quality
                .map_or(found.quality, |least| least.min(found.quality)),
        );
        self.next = self.next.max(found.next);
    }
}

/// Says of every picture how its part lies.
pub fn try_folder(args: &TryArgs) -> Result<(), Error> {
    let settings = |message: String| Error::new(ErrorKind::Settings, message);
    let Some((align, folder)) = args.align.reference()? else {
        return Err(settings(
            "expected --align FILE.png and --align-region, as `inspector align teach` told them"
                .to_owned(),
        ));
    };
    let path = folder.join(&align.reference);
    let (_, grey) = read(&path)?;
    let limits = args
        .align
        .limits
        .limits((grey.size.width, grey.size.height));
    let mut aligner = aligner(&path, &grey, align.region, limits)?;
    let files = images::files(&args.folder)?;
    let channels = images::channels(&files)?;
    let (clock, mut most, mut lost, mut times) = (SystemClock, Most::default(), 0usize, Vec::new());
    say!("shift px   right    down   turn °   zoom   likeness   next   picture");
    for file in &files {
        let (pixels, width, height) = images::loaded(file, channels)?;
        let layout = match channels {
            Channels::Mono => calibration::Channels::Grey,
            Channels::Rgb => calibration::Channels::Rgb,
        };
        let size = calibration::Size::new(width, height);
        let view = ImageView::new(&pixels, size, layout);
        let view = view.map_err(|error| settings(format!("{}: {error}", file.display())))?;
        let started = clock.now();
        let found = aligner.align(&view);
        times.push(micros(clock.now().since(started)));
        let name = images::name_of(file);
        match found {
            Ok(found) => {
                most.add(&found);
                let pose = &found.pose;
                say!(
                    "{:8.1} {:7.1} {:7.1} {:8.2} {:6.3} {:10.3} {:6.2}   {name}",
                    pose.distance_px(),
                    pose.shift_px.0,
                    pose.shift_px.1,
                    pose.turn_deg,
                    pose.zoom,
                    found.quality,
                    found.next
                );
            }
            Err(AlignError::Part(refusal)) => {
                lost += 1;
                say!("not aligned: {name}: {refusal}");
            }
            Err(error) => return Err(settings(format!("{}: {error}", file.display()))),
        }
    }
    times.sort_unstable();
    summary(&most, (files.len(), lost), times[times.len() / 2]);
    Ok(())
}

fn summary(most: &Most, (pictures, lost): (usize, usize), median_us: u32) {
    say!(
        "aligned: {} of {pictures} pictures, {:.1} ms each",
        pictures - lost,
        f64::from(median_us) / 1000.0
    );
    if let Some(quality) = most.quality {
        say!(
            "most:    shift {:.1} px, turned {:.2}°, zoomed {:.1} %; least likeness {quality:.2}, likeness elsewhere up to {:.2}",
            most.shift_px,
            most.turn_deg,
            most.zoom * 100.0,
            most.next
        );
    }
}
