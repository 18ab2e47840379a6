//! `inspector render`: pictures of the simulated line with the truth about them, to train and test
//! models on.

use crate::adapters::camera::sim::{SimLine, SimSettings};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::path_error::{At, PathError};
use crate::station::time::Instant;
use clap::Args;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Writes pictures of the simulated line as PNG, with masks and `truth.csv`.
#[derive(Args, Clone, Debug)]
pub struct RenderArgs {
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many parts.
    #[arg(long, default_value_t = 100)]
    pub count: u64,
    /// Which camera: 0 from above, 1 from the side. Defects are drawn where this camera sees them.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..2))]
    pub view: u8,
    /// Folder to write to; made when absent.
    #[arg(long)]
    pub out: PathBuf,
    /// Share of defective parts, 0 to 1.
    #[arg(long, default_value_t = 0.08)]
    pub defect_rate: f32,
    /// Only this style.
    #[arg(long)]
    pub style: Option<String>,
    /// Pixels a row.
    #[arg(long, default_value_t = 1280)]
    pub width: u32,
    /// Rows of each picture.
    #[arg(long, default_value_t = 960)]
    pub height: u32,
    /// Shrinks the picture by this whole factor, each pixel being the mean of the block it stands
    /// for; a mask pixel is the block's share of defect, 255 for all of it.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub shrink: u32,
}

/// What was written.
#[derive(Clone, Copy, Debug)]
pub struct Rendered {
    /// How many were written.
    pub pictures: u64,
    /// Time that painting one took on average, without shrinking and writing.
    pub paint_mean: Duration,
}

/// Runs the command; `clock` measures the painting.
///
/// # Errors
/// Settings that cannot be, naming each; otherwise what the file system said, of which file.
pub fn render(args: &RenderArgs, clock: &dyn Clock) -> Result<Rendered, Error> {
    let line = line_of(args)?;
    write_all(args, &line, clock).map_err(|error| Error::new(ErrorKind::Storage, error))
}

fn write_all(args: &RenderArgs, line: &SimLine, clock: &dyn Clock) -> Result<Rendered, PathError> {
    fs::create_dir_all(&args.out).at("create", &args.out)?;
    let list = args.out.join("truth.csv");
    let mut truth = BufWriter::new(File::create(&list).at("create", &list)?);
    let header = "image,mask,part_id,style,view,is_defective,defect,severity,defect_pixels";
    writeln!(truth, "{header}").at("write", &list)?;
    let area = args.width as usize * args.height as usize;
    let (mut pixels, mut mask) = (vec![0; area * 3], vec![0; area]);
    let mut painter = line.painter();
    let (mut index, mut written, mut painting) = (0, 0, Duration::ZERO);
    while written < args.count {
        let part = line.part(index);
        index += 1;
        // What only another camera sees is no example for this one.
        if part.defect.is_some_and(|(_, view)| view != args.view) {
            continue;
        }
        let begun = clock.now();
        painter.paint(
            &line.shot(&part, args.view, 1.0),
            &mut pixels,
            Some(&mut mask),
        );
        painting += clock.now().since(begun);
        let (image, mask_name) = (
            format!("{written:06}.png"),
            format!("{written:06}-mask.png"),
        );
        save(args, &image, &pixels)?;
        let defect_pixels = mask.iter().filter(|class| **class > 0).count();
        mask.iter_mut()
            .for_each(|class| *class = if *class > 0 { 255 } else { 0 });
        save(args, &mask_name, &mask)?;
        writeln!(
            truth,
            "{image},{mask_name},{},{},{},{},{},{:.3},{defect_pixels}",
            part.part_id,
            line.style_name(part.style).as_str(),
            args.view,
            part.defect.is_some(),
            part.defect.map_or("", |(defect, _)| defect.class.name()),
            part.defect.map_or(0.0, |(defect, _)| defect.severity),
        )
        .at("write", &list)?;
        written += 1;
    }
    truth.flush().at("write", &list)?;
    Ok(Rendered {
        pictures: written,
        paint_mean: painting.div_f64(written.max(1) as f64),
    })
}

fn line_of(args: &RenderArgs) -> Result<Arc<SimLine>, Error> {
    let mut settings = SimSettings {
        seed: args.seed,
        width: args.width,
        height: args.height,
        views: args.view + 1,
        defect_rate: args.defect_rate,
        ..SimSettings::default()
    };
    settings.styles = args
        .style
        .clone()
        .map_or(settings.styles, |style| vec![style]);
    SimLine::new(settings, Instant::default(), 0).map_err(|problems| {
        let messages = problems.iter().map(ToString::to_string).collect();
        Error::all(ErrorKind::Settings, messages)
    })
}

/// The mean of each block of `factor` × `factor` pixels of `lanes` bytes.
fn shrunk(source: &[u8], width: usize, lanes: usize, factor: usize) -> Vec<u8> {
    if factor == 1 {
        return source.to_vec();
    }
    let (columns, rows) = (width / factor, source.len() / lanes / width / factor);
    let count = (factor * factor) as u32;
    let mut out = Vec::with_capacity(columns * rows * lanes);
    for row in 0..rows {
        for column in 0..columns {
            for lane in 0..lanes {
                let mut sum = count / 2;
                for y in row * factor..(row + 1) * factor {
                    for x in column * factor..(column + 1) * factor {
                        sum += u32::from(source[(y * width + x) * lanes + lane]);
                    }
                }
                out.push((sum / count) as u8);
            }
        }
    }
    out
}

fn save(args: &RenderArgs, name: &str, pixels: &[u8]) -> Result<(), PathError> {
    let lanes = pixels.len() / (args.width as usize * args.height as usize);
    let small = shrunk(pixels, args.width as usize, lanes, args.shrink as usize);
    let path = args.out.join(name);
    let file = BufWriter::new(File::create(&path).at("create", &path)?);
    let mut encoder = png::Encoder::new(file, args.width / args.shrink, args.height / args.shrink);
    encoder.set_color(match lanes {
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Grayscale,
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let written = encoder.write_header();
    let written = written.and_then(|mut writer| writer.write_image_data(&small));
    written.map_err(io::Error::from).at("write", &path)
}
