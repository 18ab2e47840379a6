//! `inspector codes`: reads the codes of pictures as a station would, and says how long each took.

use super::terminal;
use crate::adapters::code::{self, CodeSettings};
use crate::clock::SystemClock;
use crate::decode::picture;
use crate::error::{Error, ErrorKind};
use crate::ports::code::{Code, CodeError, CodeFormat, CodeReader, CodesRead, Unusable};
use crate::station::frame::FrameShape;
use crate::station::part::PART_ID_BYTES_MAX;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments of `inspector codes`.
///
/// Exit code 0 when each picture could be looked at, whether it shows a code or not.
#[derive(clap::Args)]
pub struct CodesArgs {
    /// Pictures: PNG, JPEG, TIFF or BMP.
    #[arg(required = true)]
    images: Vec<PathBuf>,
    /// Symbologies to look for, as QRCode,DataMatrix,Code128,EAN13 (the default); `all` looks for every one.
    #[arg(long, value_delimiter = ',')]
    formats: Vec<String>,
    /// Where to look: left,top,width,height in pixels.
    #[arg(long, value_delimiter = ',', num_args = 4, value_name = "PIXELS")]
    region: Option<Vec<u32>>,
    /// How many codes a part has.
    #[arg(long, default_value_t = CodeSettings::default().count)]
    count: usize,
    /// Looks quickly only: not at every row, not for linear codes that stand upright, nor for light codes on dark ground.
    #[arg(long)]
    fast: bool,
    /// Looks again at half and a third of the size, too.
    #[arg(long)]
    downscale: bool,
    /// One line of JSON a picture.
    #[arg(long)]
    json: bool,
}

/// Prints what each picture says.
pub fn codes(args: &CodesArgs) -> Result<(), Error> {
    let mut reader = code::open(settings(args)?, Arc::new(SystemClock)).map_err(error_of)?;
    let mut problems = Vec::new();
    let mut found = 0;
    let mut slowest = 0.0_f64;
    for image in &args.images {
        match read(&mut *reader, image) {
            Ok((shape, read)) => {
                found += usize::from(!read.codes.is_empty());
                slowest = slowest.max(milliseconds(&read));
                if args.json {
                    terminal::answer_json(&json(image, shape, &read).to_string());
                } else {
                    terminal::answer(&described(image, &read));
                }
            }
            Err(error) => problems.push(error),
        }
    }
    if !args.json {
        let count = args.images.len();
        say!("{found} of {count} pictures show a code; the slowest took {slowest:.1} ms");
    }
    Error::none_of(problems, ())
}

fn settings(args: &CodesArgs) -> Result<CodeSettings, Error> {
    let mut settings = CodeSettings {
        count: args.count,
        try_harder: !args.fast,
        rotate: !args.fast,
        invert: !args.fast,
        downscale: args.downscale,
        ..CodeSettings::default()
    };
    if let Some([left, top, width, height]) = args.region.as_deref() {
        settings.region = Some([*left, *top, *width, *height]);
    }
    if !args.formats.is_empty() {
        settings.formats.clear();
    }
    for name in &args.formats {
        if name.eq_ignore_ascii_case("all") {
            settings.formats.extend(CodeFormat::ALL);
            continue;
        }
        let known = |format: &CodeFormat| format.name().eq_ignore_ascii_case(name);
        let Some(format) = CodeFormat::ALL.into_iter().find(known) else {
            let known = CodeFormat::ALL.map(CodeFormat::name).join(", ");
            let message = format!("--formats: expected some of {known}, or all; found {name:?}");
            return Err(Error::new(ErrorKind::Settings, message));
        };
        settings.formats.push(format);
    }
    Ok(settings)
}

fn error_of(error: CodeError) -> Error {
    let kind = match &error {
        CodeError::Settings { .. } | CodeError::NotBuilt { .. } => ErrorKind::Settings,
        CodeError::Read { .. } => ErrorKind::Internal,
    };
    Error::new(kind, error)
}

fn read(reader: &mut dyn CodeReader, path: &Path) -> Result<(FrameShape, CodesRead), Error> {
    let picture = picture::open(path)
        .map_err(|error| Error::new(ErrorKind::Settings, error).of(path.display()))?;
    let shape = FrameShape {
        width: picture.width,
        height: picture.height,
        pixel_format: picture.format,
    };
    let read = reader.read(&picture.pixels, shape);
    Ok((
        shape,
        read.map_err(|error| error_of(error).of(path.display()))?,
    ))
}

fn milliseconds(read: &CodesRead) -> f64 {
    read.took.as_secs_f64() * 1e3
}

fn why(unusable: Unusable) -> String {
    match unusable {
        Unusable::TooLong { bytes } => {
            format!("a code of {bytes} bytes; a part ID has {PART_ID_BYTES_MAX} at most")
        }
        Unusable::NotText => "a code that is no text".to_owned(),
    }
}

fn described(path: &Path, read: &CodesRead) -> String {
    let mut text = format!("{}: {:.1} ms\n", path.display(), milliseconds(read));
    for code in &read.codes {
        text.push_str(&format!("  {}  {}\n", code.format, code.part_id));
    }
    for unusable in &read.unusable {
        text.push_str(&format!("  cannot be a part ID: {}\n", why(*unusable)));
    }
    if read.codes.is_empty() && read.unusable.is_empty() {
        text.push_str("  no code\n");
    }
    text
}

fn json(path: &Path, shape: FrameShape, read: &CodesRead) -> serde_json::Value {
    let of = |code: &Code| serde_json::json!({ "text": code.part_id, "format": code.format, "corners": code.corners });
    let codes: Vec<_> = read.codes.iter().map(of).collect();
    let unusable: Vec<_> = read
        .unusable
        .iter()
        .map(|unusable| why(*unusable))
        .collect();
    serde_json::json!({
        "image": path.display().to_string(),
        "width": shape.width,
        "height": shape.height,
        "milliseconds": milliseconds(read),
        "codes": codes,
        "unusable": unusable,
    })
}
