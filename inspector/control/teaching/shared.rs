//! What the service and the thread that works for it share.

use super::asked::{Study, Tools};
use super::folder::Folder;
use super::lesson::{ImageKind, Lesson, LessonImage, Note, NoteKind, Phase};
use crate::clock::Clock;
use crate::control::handle::Handle;
use crate::station::frame::FrameShape;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
pub(super) struct State {
    pub(super) lesson: Option<Lesson>,
    pub(super) study: Option<Study>,
}

/// What the service and its thread share.
pub(super) struct Inner {
    pub(super) handle: Arc<Handle>,
    pub(super) tools: Arc<dyn Tools>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) data: PathBuf,
    pub(super) models: PathBuf,
    pub(super) folder: Folder,
    pub(super) stop: AtomicBool,
    pub(super) is_closing: AtomicBool,
    pub(super) dropped_before: AtomicU64,
    pub(super) state: Mutex<State>,
    /// Held while a file is taken in.
    pub(super) uploading: Mutex<()>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Reads the lesson, which is there while a thread works on it.
    pub(super) fn with_lesson<T>(&self, read: impl FnOnce(&Lesson) -> T) -> T {
        match &self.state().lesson {
            Some(lesson) => read(lesson),
            None => unreachable!("a lesson is not discarded while a thread works on it"),
        }
    }

    /// Changes the lesson, on the disk first.
    pub(super) fn change(&self, change: impl FnOnce(&mut Lesson)) -> std::io::Result<()> {
        let mut state = self.state();
        if let Some(lesson) = &mut state.lesson {
            let mut changed = lesson.clone();
            change(&mut changed);
            self.folder.save(&changed)?;
            *lesson = changed;
        }
        Ok(())
    }

    /// A number that no image of the lesson has had or will have.
    pub(super) fn number(&self) -> u32 {
        match &mut self.state().lesson {
            Some(lesson) => {
                lesson.numbered += 1;
                lesson.numbered
            }
            None => 0,
        }
    }

    /// Adds an image, whose file is there already.
    pub(super) fn take_in(&self, kind: ImageKind, image: LessonImage) -> std::io::Result<()> {
        self.change(|lesson| {
            lesson.numbered = lesson.numbered.max(image.n);
            lesson.of_mut(kind).push(image);
        })
    }

    /// Ends what goes on. Shown even where the disk does not take it.
    pub(super) fn settle(&self, note: Option<Note>) {
        let mut state = self.state();
        state.study = None;
        if let Some(lesson) = &mut state.lesson {
            lesson.settle(note);
            let _ = self.folder.save(lesson);
        }
    }

    pub(super) fn show(&self, study: Study) {
        self.state().study = Some(study);
    }

    pub(super) fn stopped_in(&self, phase: Phase) -> Note {
        let kind = if self.is_closing.load(Ordering::Acquire) {
            NoteKind::Restarted
        } else {
            NoteKind::Stopped
        };
        Note {
            kind,
            phase,
            message: String::new(),
        }
    }

    /// Index of a camera.
    pub(super) fn camera(&self, name: &str) -> Result<u8, String> {
        let cameras = &self.handle.info().cameras;
        let index = cameras.iter().position(|camera| camera.name == name);
        let known = || {
            let names: Vec<&str> = cameras.iter().map(|camera| camera.name.as_str()).collect();
            format!("expected camera to be one of {names:?}, found {name:?}")
        };
        index
            .and_then(|index| u8::try_from(index).ok())
            .ok_or_else(known)
    }

    /// Of a camera's frames.
    pub(super) fn shape(&self, camera: &str) -> Result<FrameShape, String> {
        let index = self.camera(camera)?;
        Ok(self.handle.info().cameras[usize::from(index)].shape)
    }
}
