//! `inspector align teach`: a picture of a good part becomes the reference by which parts are found.

use super::{LimitArgs, align_of, aligner, read};
use crate::cli::images;
use crate::error::{Error, ErrorKind};
use calibration::{Beyond, Distinctness};
use std::path::PathBuf;

/// Arguments of `inspector align teach`.
#[derive(clap::Args)]
pub struct TeachArgs {
    /// A picture of a good part in its place, as the camera gives it.
    picture: PathBuf,
    /// The feature by which parts are found, in pixels: a place with edges in two directions that every part has and that
    /// is there once.
    #[arg(long, value_name = "LEFT,TOP,WIDTH,HEIGHT", value_parser = crate::cli::place::region)]
    region: [u32; 4],
    /// Where the reference picture is written, in the station's folder of models: a PNG in grey, which must not exist.
    #[arg(long, value_name = "FILE.png")]
    out: PathBuf,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Writes the reference, and says what it is worth and what the recipe needs.
pub fn teach(args: &TeachArgs) -> Result<(), Error> {
    let settings = |message: String| Error::new(ErrorKind::Settings, message);
    let name = images::name_of(&args.out);
    if !name.ends_with(".png") {
        let found = args.out.display();
        return Err(settings(format!(
            "--out: expected a name that ends in .png, found {found}"
        )));
    }
    if args.out.exists() {
        let message = format!(
            "{}: there is one already; models and recipes name it by its hash, so give another --out",
            args.out.display()
        );
        return Err(settings(message));
    }
    let (_, grey) = read(&args.picture)?;
    let limits = args.limits.limits((grey.size.width, grey.size.height));
    let mut aligner = aligner(&args.picture, &grey, args.region, limits)?;
    let wrong =
        |error: &dyn std::fmt::Display| settings(format!("{}: {error}", args.picture.display()));
    let view = grey.view().map_err(|error| wrong(&error))?;
    let worth = aligner.distinctness(&view).map_err(|error| wrong(&error))?;
    let image = image::GrayImage::from_raw(grey.size.width, grey.size.height, grey.pixels);
    let image = image.unwrap_or_default();
    image.save(&args.out).map_err(|error| {
        let message = format!("write {}: {error}", args.out.display());
        Error::new(ErrorKind::Storage, message)
    })?;
    let (bytes, _) = read(&args.out)?;
    say!("reference: {}", args.out.display());
    told(&worth);
    if let Some(beyond) = worth.beyond.filter(Beyond::is_alike) {
        say!(
            "warning: the feature is there again, {:.0} px away: a part that lies so far off is put in a wrong place, and not \
             refused. Choose a larger feature, unless no part can lie so far off",
            beyond.away_px
        );
    }
    say!("recipe:  below the keys of the view");
    say!("         [view.align]");
    for line in align_of(&name, &bytes, args.region, &limits)
        .to_string()
        .lines()
    {
        say!("         {line}");
    }
    say!(
        "next:    inspector align try FOLDER with pictures of parts as they come, then teach with --align"
    );
    Ok(())
}

fn told(worth: &Distinctness) {
    say!(
        "feature: its edges differ by {:.1} grey values; likeness to itself (1 cannot be told apart)",
        worth.contrast
    );
    say!(
        "         elsewhere within the limits  {:.2}",
        worth.elsewhere
    );
    if let Some(beyond) = &worth.beyond {
        let (likeness, away) = (beyond.likeness, beyond.away_px);
        say!("         beyond them, {away:5.0} px away     {likeness:.2}");
    }
    say!("         moved by 4 % of its side     {:.2}", worth.moved);
    say!("         turned by 4°                 {:.2}", worth.turned);
    say!("         4 % larger or smaller        {:.2}", worth.zoomed);
}
