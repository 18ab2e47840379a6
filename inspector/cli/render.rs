//! `inspector render`: pictures of the simulated line with the truth about them, to train and test
//! models on.

use crate::camera::sim::{SimLine, SimSettings};
use crate::station::time::Instant;
use clap::Args;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

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
    /// Rows.
    #[arg(long, default_value_t = 960)]
    pub height: u32,
    /// Shrinks the picture by this whole factor, each pixel being the mean of the block it stands
    /// for; a mask pixel is the block's share of defect, 255 for all of it.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub shrink: u32,
}

/// Runs the command.
///
/// # Errors
/// Settings that cannot be, as `InvalidInput` naming each; otherwise what the file system said.
pub fn render(args: &RenderArgs) -> io::Result<()> {
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
    let line = SimLine::new(settings, Instant::default(), 0).map_err(|problems| {
        let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
        io::Error::new(io::ErrorKind::InvalidInput, text.join("; "))
    })?;
    fs::create_dir_all(&args.out)?;
    let mut truth = BufWriter::new(File::create(args.out.join("truth.csv"))?);
    writeln!(
        truth,
        "image,mask,part_id,style,view,is_defective,defect,severity,defect_pixels"
    )?;
    let (width, height) = (args.width as usize, args.height as usize);
    let mut pixels = vec![0; width * height * 3];
    let mut mask = vec![0; width * height];
    let mut painter = line.painter();
    let (mut index, mut written) = (0, 0);
    while written < args.count {
        let part = line.part(index);
        index += 1;
        // What only another camera sees is no example for this one.
        if part.defect.is_some_and(|(_, view)| view != args.view) {
            continue;
        }
        let shot = line.shot(&part, args.view, 1.0);
        painter.paint(&shot, &mut pixels, Some(&mut mask));
        let (image_name, mask_name) = (
            format!("{written:06}.png"),
            format!("{written:06}-mask.png"),
        );
        let small = (args.width / args.shrink, args.height / args.shrink);
        let shrink = args.shrink as usize;
        save(
            &args.out.join(&image_name),
            small,
            png::ColorType::Rgb,
            &shrunk(&pixels, width, 3, shrink),
        )?;
        let seen: Vec<u8> = mask
            .iter()
            .map(|class| if *class > 0 { 255 } else { 0 })
            .collect();
        save(
            &args.out.join(&mask_name),
            small,
            png::ColorType::Grayscale,
            &shrunk(&seen, width, 1, shrink),
        )?;
        writeln!(
            truth,
            "{image_name},{mask_name},{},{},{},{},{},{:.3},{}",
            part.part_id,
            line.style_name(part.style).as_str(),
            args.view,
            part.defect.is_some(),
            part.defect.map_or("", |(defect, _)| defect.class.name()),
            part.defect.map_or(0.0, |(defect, _)| defect.severity),
            mask.iter().filter(|class| **class > 0).count(),
        )?;
        written += 1;
    }
    truth.flush()
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

fn save(path: &Path, size: (u32, u32), color: png::ColorType, pixels: &[u8]) -> io::Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), size.0, size.1);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(())
}
