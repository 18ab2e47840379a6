//! Collecting images of good parts as they pass, or from the station's history.

use super::lesson::{GoodImage, Lesson, Note, NoteKind, Phase};
use super::shared::Inner;
use crate::pipeline::samples::{Sample, Wanted};
use crate::results::reader::{Reader, StoredImage};
use crate::station::verdict::Verdict;
use std::sync::atomic::Ordering;
use std::time::Duration;

const NAP: Duration = Duration::from_millis(100);

/// Copies images until there are as many as wanted, somebody stops it, or one cannot be written.
pub(super) fn capture(inner: &Inner, wanted: Wanted) {
    inner.handle.want_samples(Some(wanted));
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
        if let Err(note) = keep(inner, &sample) {
            break Some(note);
        }
    };
    inner.handle.want_samples(None);
    inner.settle(note);
}

fn keep(inner: &Inner, sample: &Sample) -> Result<(), Note> {
    let n = inner.with_lesson(|lesson| lesson.numbered + 1);
    let size = (sample.shape.width, sample.shape.height);
    let added = inner.folder.add(n, &sample.pixels, size);
    added.map_err(|error| unwritten(inner, &error))?;
    let image = GoodImage {
        n,
        part_id: sample.part_id.to_string(),
        style: sample.style.map(|style| style.to_string()),
        at_us: inner.handle.wall().0,
        is_passed: sample.verdict == Verdict::Pass,
    };
    take_in(inner, image)
}

fn take_in(inner: &Inner, image: GoodImage) -> Result<(), Note> {
    let changed = inner.change(|lesson| {
        lesson.numbered = image.n;
        lesson.images.push(image);
    });
    changed.map_err(|error| unwritten(inner, &error))
}

fn unwritten(inner: &Inner, error: &std::io::Error) -> Note {
    Note {
        kind: NoteKind::Storage,
        phase: Phase::Capturing,
        message: format!("{}: {error}", inner.folder.path().display()),
    }
}

/// Takes the newest passes of the history instead.
pub(super) fn recall(inner: &Inner) {
    let lesson = inner.with_lesson(Lesson::clone);
    let missing = (lesson.wanted as usize).saturating_sub(lesson.images.len());
    let note = recalled(inner, &lesson, missing).unwrap_or_else(Some);
    inner.settle(note);
}

fn recalled(inner: &Inner, lesson: &Lesson, missing: usize) -> Result<Option<Note>, Note> {
    let failed = |message: String| Note {
        kind: NoteKind::Failed,
        phase: Phase::Capturing,
        message,
    };
    let found = stored(inner, lesson, Verdict::Pass, missing).map_err(failed)?;
    for stored in &found {
        if inner.stop.load(Ordering::Acquire) {
            return Ok(Some(inner.stopped_in(Phase::Capturing)));
        }
        // Deleted by the quota in the meantime, perhaps.
        let Ok(image) = image::open(&stored.path) else {
            continue;
        };
        let rgb = image.into_rgb8();
        let n = inner.with_lesson(|lesson| lesson.numbered + 1);
        let added = inner.folder.add(n, &rgb, rgb.dimensions());
        added.map_err(|error| unwritten(inner, &error))?;
        take_in(
            inner,
            GoodImage {
                n,
                part_id: stored.part_id.clone(),
                style: stored.style.clone(),
                at_us: stored.triggered_at_us,
                is_passed: true,
            },
        )?;
    }
    let few = Note {
        kind: NoteKind::Few,
        phase: Phase::Capturing,
        message: String::new(),
    };
    let has_enough = inner.with_lesson(|lesson| lesson.images.len() >= lesson.wanted as usize);
    Ok((!has_enough).then_some(few))
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
