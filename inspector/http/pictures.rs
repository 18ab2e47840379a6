//! Pictures of parts: live ones from memory, stored ones from the disk.

use super::encoder::Picture;
use super::extract::{Path, Query};
use super::files::{file, unreadable};
use super::{ApiError, App, ask, overlay};
use crate::control::handle::LivePicture;
use crate::decode::picture::{self, MEMORY_BYTES_MAX};
use crate::station::frame::{FrameShape, PixelFormat};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use serde::Deserialize;
use std::path::PathBuf;
use utoipa::{IntoParams, ToSchema};

const PART_NO: HeaderName = HeaderName::from_static("x-part-no");
const JPEG_QUALITY: u8 = 85;

fn live(app: &App, view: usize) -> Result<LivePicture, ApiError> {
    app.handle
        .live(view)
        .ok_or_else(|| ApiError::not_found(format!("no picture of view {view} yet")))
}

fn shown(picture: &LivePicture, kind: &'static str, bytes: Bytes) -> Response {
    let part_no = picture.part_no.0.to_string();
    (
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CACHE_CONTROL, "no-store".to_owned()),
            (PART_NO, part_no),
        ],
        bytes,
    )
        .into_response()
}

fn not_made(error: impl std::fmt::Display) -> ApiError {
    ApiError::internal(format!("the picture could not be made: {error}"))
}

fn jpeg(pixels: &[u8], shape: FrameShape) -> Result<Vec<u8>, ApiError> {
    let color = match shape.pixel_format {
        PixelFormat::Mono8 => ExtendedColorType::L8,
        PixelFormat::Rgb8 => ExtendedColorType::Rgb8,
    };
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .write_image(pixels, shape.width, shape.height, color)
        .map_err(not_made)?;
    Ok(bytes)
}

/// Bytes of a picture, for the document.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "for the document")]
pub struct PictureBytes(Vec<u8>);

/// Which live picture.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LiveWanted {
    /// The part that is hoped for, so that browsers keep pictures of different parts apart. The newest is answered
    /// whatever it says; the header `x-part-no` tells which it is.
    #[serde(rename = "part_no")]
    pub _part_no: Option<u64>,
}

/// The newest picture of a view.
#[utoipa::path(get, path = "/api/live/{view}/image.jpg", params(("view" = usize, Path), LiveWanted),
    responses((status = 200, description = "A picture; the header `x-part-no` tells of which part.",
        body = PictureBytes, content_type = "image/jpeg"),
    (status = 404, description = "There is none of this view yet.")))]
pub async fn live_image(
    State(app): State<App>,
    Path(view): Path<usize>,
    Query(_): Query<LiveWanted>,
) -> Result<Response, ApiError> {
    let picture = live(&app, view)?;
    let (pixels, shape) = (picture.pixels.clone(), picture.shape);
    let wanted = Picture::Live {
        view,
        is_heat: false,
        part_no: picture.part_no.0,
    };
    let bytes = app
        .encoder
        .get(wanted, move || jpeg(&pixels, shape))
        .await?;
    Ok(shown(&picture, "image/jpeg", bytes))
}

/// The heat map of the same picture; no content for a part that was not scored, which is nobody's mistake.
#[utoipa::path(get, path = "/api/live/{view}/overlay.png", params(("view" = usize, Path), LiveWanted),
    responses((status = 200, description = "A picture; the header `x-part-no` tells of which part.",
        body = PictureBytes, content_type = "image/png"),
    (status = 204, description = "The newest part was not scored."),
    (status = 404, description = "There is none of this view yet.")))]
pub async fn live_overlay(
    State(app): State<App>,
    Path(view): Path<usize>,
    Query(_): Query<LiveWanted>,
) -> Result<Response, ApiError> {
    let picture = live(&app, view)?;
    if picture.map.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let (map, size) = (picture.map.clone(), picture.map_size);
    let wanted = Picture::Live {
        view,
        is_heat: true,
        part_no: picture.part_no.0,
    };
    let make = move || overlay::png(&map, size).map_err(not_made);
    let bytes = app.encoder.get(wanted, make).await?;
    Ok(shown(&picture, "image/png", bytes))
}

async fn stored(app: &App, id: i64, view: u8) -> Result<(PathBuf, Option<PathBuf>), ApiError> {
    ask(app, move |reader| reader.image_paths(id, view))
        .await?
        .ok_or_else(|| ApiError::not_found(format!("no picture of result {id}, view {view}")))
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, ApiError> {
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// How wide a picture is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Pixels a row. Absent: the file as it is on the disk.
    #[param(minimum = 32, maximum = 2048)]
    pub(super) width: Option<u32>,
}

const WIDTHS: std::ops::RangeInclusive<u32> = 32..=2_048;

impl Wanted {
    /// A width that can be had.
    pub(super) fn width(&self) -> Result<Option<u32>, ApiError> {
        match self.width {
            Some(width) if !WIDTHS.contains(&width) => {
                let (least, most) = (WIDTHS.start(), WIDTHS.end());
                Err(ApiError::bad_request(format!(
                    "width: expected {least} to {most} pixels, found {width}"
                )))
            }
            width => Ok(width),
        }
    }
}

/// A stored picture: as it is on the disk, or as a JPEG no wider than asked.
#[utoipa::path(get, path = "/api/results/{id}/views/{view}/image",
    params(("id" = i64, Path), ("view" = u8, Path), Wanted),
    responses((status = 200, description = "A picture.",
        content((PictureBytes = "image/png"), (PictureBytes = "image/jpeg"))),
    (status = 404, description = "There is no such picture, or it was deleted.")))]
pub async fn stored_image(
    State(app): State<App>,
    Path((id, view)): Path<(i64, u8)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let width = wanted.width()?;
    let (path, _) = stored(&app, id, view).await?;
    let wanted = width.map(|width| Picture::Narrow {
        result: id,
        view,
        width,
    });
    shown_file(&app, path, wanted.zip(width)).await
}

/// A file that never changes: as it is, or as the JPEG that is called so and is no wider than so many pixels.
pub(super) async fn shown_file(
    app: &App,
    path: PathBuf,
    narrowed: Option<(Picture, u32)>,
) -> Result<Response, ApiError> {
    let cached = [(header::CACHE_CONTROL, FOR_EVER)];
    if let Some((wanted, width)) = narrowed {
        let make = move || narrow(&read(&path)?, width);
        let bytes = app.encoder.get(wanted, make).await?;
        let kind = [(header::CONTENT_TYPE, "image/jpeg")];
        return Ok((kind, cached, bytes).into_response());
    }
    let kind = match path.extension().and_then(|ending| ending.to_str()) {
        Some("jpg") => "image/jpeg",
        _ => "image/png",
    };
    Ok((cached, file(path, kind).await?).into_response())
}

fn narrow(file: &[u8], width: u32) -> Result<Vec<u8>, ApiError> {
    let whole = picture::decode(file, MEMORY_BYTES_MAX).map_err(not_made)?;
    let whole = whole.into_image();
    // The height is free: the width alone decides.
    let small = if whole.width() > width {
        whole.thumbnail(width, u32::MAX)
    } else {
        whole
    };
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    small.write_with_encoder(encoder).map_err(not_made)?;
    Ok(bytes)
}

/// The heat map of a stored picture.
#[utoipa::path(get, path = "/api/results/{id}/views/{view}/overlay.png",
    params(("id" = i64, Path), ("view" = u8, Path)),
    responses((status = 200, description = "A picture.", body = PictureBytes, content_type = "image/png"),
    (status = 404, description = "There is no such picture, or the part was not scored.")))]
pub async fn stored_overlay(
    State(app): State<App>,
    Path((id, view)): Path<(i64, u8)>,
) -> Result<Response, ApiError> {
    let (_, map) = stored(&app, id, view).await?;
    let Some(map) = map else {
        return Err(ApiError::not_found(format!(
            "result {id} was not scored, so it has no heat map"
        )));
    };
    let make = move || {
        let map = picture::decode(&read(&map)?, MEMORY_BYTES_MAX).map_err(not_made)?;
        let size = (map.width, map.height);
        overlay::png(&map.into_pixels(PixelFormat::Mono8), size).map_err(not_made)
    };
    let wanted = Picture::Heat { result: id, view };
    let bytes = app.encoder.get(wanted, make).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    Ok((headers, bytes).into_response())
}
