//! Pictures inside the page: small JPEGs, and maps over them.

use crate::cli::place::within_seen;
use crate::error::{Error, ErrorKind};
use crate::http::overlay;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, RgbImage};
use models::{Channels, ImageView, Session};

/// Width of a picture.
const WIDTH_MAX: u32 = 220;
/// And its height, of an image that is much higher than wide.
const HEIGHT_MAX: u32 = 300;
const JPEG_QUALITY: u8 = 72;

/// An image as the page shows it.
pub(super) struct Shown {
    /// Its place among the images of its kind.
    pub n: usize,
    /// By a model that had not seen it.
    pub held_out: f32,
    /// A JPEG, as an address.
    pub picture: String,
    /// What the finished model says of it, where it tells where: a transparent PNG, as an address.
    pub map: Option<String>,
}

/// Looks at an image again with the finished model, for its map.
///
/// # Errors
/// When the model does not run on it.
pub(super) fn shown(
    session: &mut Session,
    view: &ImageView,
    n: usize,
    held_out: f32,
) -> Result<Shown, Error> {
    // It was cut already; nothing may glow where nothing counts.
    let place = within_seen(session.manifest());
    session
        .look_at(&place, (view.width, view.height))
        .map_err(model)?;
    session.preprocess(view).map_err(model)?;
    let answer = session.run().map_err(model)?;
    let map = answer.map.map(|map| {
        let mut cells = vec![0.0; map.cells()];
        map.fold_max(&mut cells);
        let values: Vec<u8> = cells
            .iter()
            .map(|cell| (cell * 255.0).round() as u8)
            .collect();
        overlay::png(&values, (map.width as u32, map.height as u32))
    });
    let map = map.transpose().map_err(model)?;
    Ok(Shown {
        n,
        held_out,
        picture: address("image/jpeg", &small(view)?),
        map: map.map(|png| address("image/png", &png)),
    })
}

fn model(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, error)
}

fn address(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", BASE64_STANDARD.encode(bytes))
}

fn small(view: &ImageView) -> Result<Vec<u8>, Error> {
    let pixels = view.pixels.to_vec();
    let whole = match view.channels {
        Channels::Mono => {
            GrayImage::from_raw(view.width, view.height, pixels).map(DynamicImage::ImageLuma8)
        }
        Channels::Rgb => {
            RgbImage::from_raw(view.width, view.height, pixels).map(DynamicImage::ImageRgb8)
        }
    };
    let whole =
        whole.ok_or_else(|| model("expected as many pixels as its size says, found fewer"))?;
    let small = match whole.width() > WIDTH_MAX || whole.height() > HEIGHT_MAX {
        true => whole.thumbnail(WIDTH_MAX, HEIGHT_MAX),
        false => whole,
    };
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    small.write_with_encoder(encoder).map_err(model)?;
    Ok(bytes)
}
