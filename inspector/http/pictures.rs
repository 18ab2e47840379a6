//! Pictures of parts: live ones from memory, stored ones from the disk.

use super::{ApiError, App, ask, overlay};
use crate::control::handle::LivePicture;
use crate::station::frame::PixelFormat;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

const PART_NO: HeaderName = HeaderName::from_static("x-part-no");
const JPEG_QUALITY: u8 = 85;

fn live(app: &App, view: usize) -> Result<LivePicture, ApiError> {
    app.handle
        .live(view)
        .ok_or_else(|| ApiError::not_found(format!("no picture of view {view} yet")))
}

fn shown(picture: &LivePicture, kind: &'static str, bytes: Vec<u8>) -> Response {
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

async fn encoded<T: Send + 'static>(
    encode: impl FnOnce() -> image::ImageResult<T> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(encode)
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?
        .map_err(|error| ApiError::internal(error.to_string()))
}

/// The newest picture of a view.
pub async fn live_image(
    State(app): State<App>,
    Path(view): Path<usize>,
) -> Result<Response, ApiError> {
    let picture = live(&app, view)?;
    let shape = picture.shape;
    let pixels = picture.pixels.clone();
    let bytes = encoded(move || {
        let color = match shape.pixel_format {
            PixelFormat::Mono8 => ExtendedColorType::L8,
            PixelFormat::Rgb8 => ExtendedColorType::Rgb8,
        };
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(
            &pixels,
            shape.width,
            shape.height,
            color,
        )?;
        Ok(bytes)
    })
    .await?;
    Ok(shown(&picture, "image/jpeg", bytes))
}

/// The heat map of the same picture; no content for a part that was not scored, which is nobody's mistake.
pub async fn live_overlay(
    State(app): State<App>,
    Path(view): Path<usize>,
) -> Result<Response, ApiError> {
    let picture = live(&app, view)?;
    if picture.map.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let (map, size) = (picture.map.clone(), picture.map_size);
    let bytes = encoded(move || overlay::png(&map, size)).await?;
    Ok(shown(&picture, "image/png", bytes))
}

async fn stored(
    app: &App,
    id: i64,
    view: u8,
) -> Result<(std::path::PathBuf, Option<std::path::PathBuf>), ApiError> {
    ask(app, move |reader| reader.image_paths(id, view))
        .await?
        .ok_or_else(|| ApiError::not_found(format!("no picture of result {id}, view {view}")))
}

async fn file(path: std::path::PathBuf) -> Result<Vec<u8>, ApiError> {
    let shown = path.display().to_string();
    tokio::task::spawn_blocking(move || std::fs::read(path))
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?
        .map_err(|error| ApiError::not_found(format!("{shown}: {error}")))
}

const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// How wide a picture is wanted.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Pixels. Absent: the file as it is on the disk.
    pub(super) width: Option<u32>,
}

const WIDTHS: std::ops::RangeInclusive<u32> = 32..=2_048;

/// A stored picture: as it is on the disk, or as a JPEG no wider than asked.
pub async fn stored_image(
    State(app): State<App>,
    Path((id, view)): Path<(i64, u8)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let (path, _) = stored(&app, id, view).await?;
    shown_file(path, &wanted).await
}

/// A file that never changes: as it is, or as a JPEG no wider than asked.
pub(super) async fn shown_file(
    path: std::path::PathBuf,
    wanted: &Wanted,
) -> Result<Response, ApiError> {
    if let Some(width) = wanted.width {
        if !WIDTHS.contains(&width) {
            let (least, most) = (WIDTHS.start(), WIDTHS.end());
            return Err(ApiError::bad_request(format!(
                "width: expected {least} to {most} pixels, found {width}"
            )));
        }
        let whole = file(path).await?;
        let bytes = encoded(move || narrow(&whole, width)).await?;
        let headers = [
            (header::CONTENT_TYPE, "image/jpeg"),
            (header::CACHE_CONTROL, FOR_EVER),
        ];
        return Ok((headers, bytes).into_response());
    }
    let kind = match path.extension().and_then(|ending| ending.to_str()) {
        Some("jpg") => "image/jpeg",
        _ => "image/png",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    Ok((headers, file(path).await?).into_response())
}

fn narrow(file: &[u8], width: u32) -> image::ImageResult<Vec<u8>> {
    let whole = image::load_from_memory(file)?;
    // The height is free: the width alone decides.
    let small = if whole.width() > width {
        whole.thumbnail(width, u32::MAX)
    } else {
        whole
    };
    let mut bytes = Vec::new();
    small.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))?;
    Ok(bytes)
}

/// The heat map of a stored picture.
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
    let grey = file(map).await?;
    let bytes = encoded(move || {
        let grey = image::load_from_memory(&grey)?.into_luma8();
        overlay::png(grey.as_raw(), grey.dimensions())
    })
    .await?;
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    Ok((headers, bytes).into_response())
}
