//! Collecting images: of good parts as they pass, and of good parts and defects from the station's history.

use super::contrast::Contrast;
use super::lesson::{ImageKind, Lesson, LessonImage, Note, NoteKind, Phase};
use super::picture;
use super::shared::Inner;
use super::upload::digest;
use crate::pipeline::samples::{Sample, Wanted};
use crate::results::reader::{Reader, StoredImage};
use crate::results::result_id;
use crate::station::frame::FrameShape;
use crate::station::verdict::Verdict;
use std::sync::atomic::Ordering;
use std::time::Duration;

const NAP: Duration = Duration::from_millis(100);
/// After so many in a row that are of no use, a person is told.
const UNFIT_MAX: usize = 20;

/// Copies images until there are as many as wanted, somebody stops it, or one cannot be written.
pub(super) fn capture(inner: &Inner, wanted: Wanted) {
    inner.handle.want_samples(Some(wanted));
    let mut unfit = 0;
    let note = loop {
        if inner.stop.load(Ordering::Acquire) {
            break Some(inner.stopped_in(Phase::Capturing));
        }
        if inner.with_lesson(|lesson| lesson.images.len() >= lesson.wanted as usize) {
            break None;
        }
        let Some(sample) = inner.handle.sample(NAP) else {
            continue;
        };
        let fit = fit(inner, &sample.pixels, sample.shape);
        match fit {
            Ok(sha256) => {
                unfit = 0;
                if let Err(note) = keep(inner, &sample, sha256) {
                    break Some(note);
                }
            }
            Err(kind) => {
                unfit += 1;
                if unfit == UNFIT_MAX {
                    break Some(Note {
                        kind,
                        phase: Phase::Capturing,
                        message: String::new(),
                    });
                }
            }
        }
    };
    inner.handle.want_samples(None);
    inner.settle(note);
}

/// SHA-256 of pixels that a lesson can learn from: a picture that shows nothing, or that is here already, would only
/// make the figures look surer than they are.
fn fit(inner: &Inner, pixels: &[u8], shape: FrameShape) -> Result<String, NoteKind> {
    let contrast = Contrast::of(pixels, shape.pixel_format);
    contrast.is_enough().map_err(|_| NoteKind::NoContrast)?;
    let sha256 = digest(pixels);
    match inner.with_lesson(|lesson| lesson.twin(&sha256).is_some()) {
        true => Err(NoteKind::Twice),
        false => Ok(sha256),
    }
}

fn keep(inner: &Inner, sample: &Sample, sha256: String) -> Result<(), Note> {
    let n = inner.number();
    let added = inner.folder.add(n, &sample.pixels, sample.shape);
    added.map_err(|error| unwritten(Phase::Capturing, &error))?;
    let image = LessonImage {
        n,
        part_id: Some(sample.part_id.to_string()),
        result: Some(result_id(inner.handle.info().job, sample.part_no)),
        file: None,
        sha256: Some(sha256),
        style: sample.style.map(|style| style.to_string()),
        at_us: inner.handle.wall().0,
        is_passed: Some(sample.verdict == Verdict::Pass),
    };
    let taken = inner.take_in(ImageKind::Good, image);
    taken.map_err(|error| unwritten(Phase::Capturing, &error))
}

fn unwritten(phase: Phase, error: &std::io::Error) -> Note {
    Note {
        kind: NoteKind::Storage,
        phase,
        message: error.to_string(),
    }
}

/// Takes the newest passes of the history until there are as many as wanted.
pub(super) fn recall_passes(inner: &Inner) {
    let lesson = inner.with_lesson(Lesson::clone);
    let missing = (lesson.wanted as usize).saturating_sub(lesson.images.len());
    let recalled = recall(inner, &lesson, ImageKind::Good, missing);
    let note = recalled.map_or_else(Some, |taken| {
        (taken < missing).then(|| recalling(NoteKind::Few, String::new()))
    });
    inner.settle(note);
}

/// Takes so many of the newest rejects of the history as defects; a person throws out what is none.
pub(super) fn recall_rejects(inner: &Inner, count: usize) {
    let lesson = inner.with_lesson(Lesson::clone);
    let count = count.min(lesson.room(ImageKind::Defect));
    let recalled = recall(inner, &lesson, ImageKind::Defect, count);
    let note = recalled.map_or_else(Some, |taken| {
        (taken == 0).then(|| recalling(NoteKind::NoDefects, String::new()))
    });
    inner.settle(note);
}

fn recalling(kind: NoteKind, message: String) -> Note {
    Note {
        kind,
        phase: Phase::Recalling,
        message,
    }
}

/// Copies stored pictures into the lesson and says how many. None comes twice, or after it was thrown out.
fn recall(inner: &Inner, lesson: &Lesson, kind: ImageKind, count: usize) -> Result<usize, Note> {
    let failed = |message| recalling(NoteKind::Failed, message);
    let unwritten = |error| unwritten(Phase::Recalling, &error);
    let verdict = match kind {
        ImageKind::Good => Verdict::Pass,
        ImageKind::Defect => Verdict::Fail,
    };
    let shape = inner.shape(&lesson.camera).map_err(failed)?;
    let known = lesson.known_results();
    let found = stored(inner, lesson, verdict, count + known.len() + UNFIT_MAX).map_err(failed)?;
    let new = found.iter().filter(|stored| !known.contains(&stored.id));
    let mut taken = 0;
    for stored in new {
        if inner.stop.load(Ordering::Acquire) {
            return Err(inner.stopped_in(Phase::Recalling));
        }
        if taken == count || inner.with_lesson(|lesson| lesson.room(kind)) == 0 {
            break;
        }
        // Deleted by the quota in the meantime, or from before the camera's size was changed.
        let Ok(pixels) = picture::opened(&stored.path, shape) else {
            continue;
        };
        let Ok(sha256) = fit(inner, &pixels, shape) else {
            continue;
        };
        let n = inner.number();
        inner.folder.add(n, &pixels, shape).map_err(unwritten)?;
        let image = LessonImage {
            n,
            part_id: Some(stored.part_id.clone()),
            result: Some(stored.id),
            file: None,
            sha256: Some(sha256),
            style: stored.style.clone(),
            at_us: stored.triggered_at_us,
            is_passed: Some(verdict == Verdict::Pass),
        };
        inner.take_in(kind, image).map_err(unwritten)?;
        taken += 1;
    }
    Ok(taken)
}

/// Stored pictures of the lesson's camera and style with this verdict, newest first.
pub(super) fn stored(
    inner: &Inner,
    lesson: &Lesson,
    verdict: Verdict,
    limit: usize,
) -> Result<Vec<StoredImage>, String> {
    let reader = Reader::open(&inner.data).map_err(|error| error.to_string())?;
    let style = lesson.style.as_deref();
    reader
        .stored_images(&lesson.camera, style, verdict, limit)
        .map_err(|error| format!("result log: {error}"))
}
