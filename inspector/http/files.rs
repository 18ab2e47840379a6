//! Files as they are on the disk, in pieces: memory for an answer does not grow with the file, nor with how slowly it is
//! taken.

use super::ApiError;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

const PIECE_BYTES: usize = 64 * 1024;
/// One is written while the next is read.
const PIECES_MAX: usize = 1;

/// A file that never changes, as this content type.
///
/// # Errors
/// 404 where it is not there (any more), 500 where it cannot be read.
pub async fn file(path: PathBuf, content_type: &'static str) -> Result<Response, ApiError> {
    let opened = tokio::task::spawn_blocking(move || {
        let opened = File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
        opened.map_err(|error| unreadable(&path, &error))
    });
    let (length, file) = opened
        .await
        .map_err(|error| ApiError::internal(error.to_string()))??;
    let (pieces, body) = mpsc::channel::<std::io::Result<Bytes>>(PIECES_MAX);
    tokio::spawn(read(file, pieces));
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(body))).into_response())
}

/// What is to be said of a file that cannot be read.
pub fn unreadable(path: &std::path::Path, error: &std::io::Error) -> ApiError {
    let message = format!("{}: {error}", path.display());
    match error.kind() {
        std::io::ErrorKind::NotFound => ApiError::not_found(message),
        _ => ApiError::internal(message),
    }
}

/// Until the end, or until nobody takes it any more.
async fn read(mut file: File, pieces: mpsc::Sender<std::io::Result<Bytes>>) {
    loop {
        let next = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE_BYTES];
            let read = file.read(&mut piece);
            piece.truncate(*read.as_ref().unwrap_or(&0));
            (file, read.map(|_| piece))
        });
        let Ok((back, piece)) = next.await else {
            return;
        };
        file = back;
        let is_last = piece.as_ref().map_or(true, Vec::is_empty);
        let said = match piece {
            Ok(piece) if piece.is_empty() => return,
            piece => pieces.send(piece.map(Bytes::from)).await,
        };
        if said.is_err() || is_last {
            return;
        }
    }
}
