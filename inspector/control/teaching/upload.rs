//! Image files that a person brings: looked at, and taken into the lesson whole or not at all.

use super::asked::TeachingError;
use super::lesson::{ImageKind, Lesson, LessonImage, Phase};
use super::picture::{self, FileRefused, RefusedFor};
use super::service::TeachingService;
use super::shared::{Inner, lock};
use crate::station::name::is_invisible;
use sha2::{Digest, Sha256};

/// Longest name of a file that is kept, in characters.
const NAME_MAX: usize = 80;

/// SHA-256 of pixels, in hex: tells whether an image is here already.
pub(super) fn digest(pixels: &[u8]) -> String {
    models::bundle::hex(&Sha256::digest(pixels))
}

/// What is shown of a file's name.
fn shown_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = name.chars().filter(|c| !is_invisible(*c));
    shown.take(NAME_MAX).collect()
}

impl TeachingService {
    /// Bytes of the largest file that the lesson's camera can have made.
    ///
    /// # Errors
    /// `NotFound` without such a lesson.
    pub fn file_bytes_max(&self, id: i64) -> Result<u64, TeachingError> {
        let inner = self.inner();
        let camera = {
            let state = inner.state();
            let lesson = state.lesson.as_ref().filter(|lesson| lesson.id == id);
            lesson.ok_or_else(gone)?.camera.clone()
        };
        let shape = inner.shape(&camera).map_err(|_| gone())?;
        Ok(picture::file_bytes_max(shape))
    }

    /// Takes the bytes of a PNG, JPEG or BMP file into the lesson as an image of this kind. When it gives
    /// `Ok`, image and lesson are on the disk.
    ///
    /// # Errors
    /// `Refused` when the file is not like the camera's frames, is there already, or there is no room for it
    /// in the lesson or on the disk; `NotFound` and `Conflict` when the lesson is gone or being taught.
    pub fn upload(
        &self,
        id: i64,
        kind: ImageKind,
        name: &str,
        file: &[u8],
    ) -> Result<(), TeachingError> {
        let inner = self.inner();
        // One at a time, so that memory and the order of numbers are bounded.
        let _turn = lock(&inner.uploading);
        let lesson = open_lesson(inner, id, kind)?;
        let shape = inner
            .shape(&lesson.camera)
            .map_err(TeachingError::Invalid)?;
        let pixels = picture::uploaded(file, shape).map_err(TeachingError::Refused)?;
        let sha256 = digest(&pixels);
        if let Some(twin) = lesson.twin(&sha256) {
            let known_as = twin.file.as_ref().or(twin.part_id.as_ref());
            let found = known_as.cloned().unwrap_or_default();
            let refused = FileRefused::new(RefusedFor::Twice, "", found);
            return Err(TeachingError::Refused(refused));
        }
        let no_room = |error: std::io::Error| {
            TeachingError::Refused(FileRefused::new(RefusedFor::Storage, "", error.to_string()))
        };
        let n = inner.number();
        inner.folder.add(n, &pixels, shape).map_err(no_room)?;
        let image = LessonImage {
            n,
            part_id: None,
            result: None,
            file: Some(shown_name(name)),
            sha256: Some(sha256),
            style: lesson.style,
            at_us: inner.handle.wall().0,
            is_passed: None,
        };
        let mut is_here = false;
        // Looked at once more under the lock: it may have been discarded in the meantime.
        let taken = open_lesson(inner, id, kind).and_then(|_| {
            let changed = inner.change(|lesson| {
                is_here = lesson.id == id;
                if is_here {
                    lesson.of_mut(kind).push(image);
                }
            });
            changed.map_err(no_room)
        });
        let taken = taken.and_then(|()| if is_here { Ok(()) } else { Err(gone()) });
        if taken.is_err() {
            // Named by nothing; the next lesson clears the folder.
            let _ = inner.folder.remove(n);
        }
        taken
    }
}

fn gone() -> TeachingError {
    let message = "this lesson is no more: somebody discarded it; look again";
    TeachingError::NotFound(message.to_owned())
}

/// The lesson, if it takes images of this kind now.
fn open_lesson(inner: &Inner, id: i64, kind: ImageKind) -> Result<Lesson, TeachingError> {
    let state = inner.state();
    let Some(lesson) = state.lesson.as_ref().filter(|lesson| lesson.id == id) else {
        return Err(gone());
    };
    if lesson.phase == Phase::Teaching {
        let message = "a model is being made of these images; wait for it, or stop it first";
        return Err(TeachingError::Conflict(message.to_owned()));
    }
    if lesson.room(kind) == 0 {
        let refused = FileRefused::new(RefusedFor::LessonFull, kind.images_max(), "");
        return Err(TeachingError::Refused(refused));
    }
    Ok(lesson.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_without_its_folders_and_not_too_long() {
        assert_eq!(shown_name("C:\\parts\\a.png"), "a.png");
        assert_eq!(shown_name("../../etc/pass\nwd\u{202e}gpj"), "passwdgpj");
        assert_eq!(shown_name(&"å".repeat(200)).chars().count(), NAME_MAX);
    }
}
