//! The one place where a lesson is begun, stopped, taught and thrown away: one thing at a time, whoever
//! asks.

use super::asked::{
    NewLesson, Shown, Source, TeachingError, Tools, checked_author, checked_name, checked_wanted,
};
use super::folder::{Folder, SMALL_PX};
use super::lesson::{ImageKind, Lesson, Note, NoteKind, Phase, WANTED};
use super::shared::{Inner, State, lock};
use super::{capture, study};
use crate::clock::Clock;
use crate::control::handle::Handle;
use crate::pipeline::samples::Wanted;
use crate::station::part::Style;
use crate::station::place::ViewPlace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// How far a lesson is that takes images from there.
fn phase_of(source: Option<Source>) -> Phase {
    match source {
        Some(Source::Line) => Phase::Capturing,
        Some(Source::History) => Phase::Recalling,
        None => Phase::Collected,
    }
}

/// See the module.
pub struct TeachingService {
    inner: Arc<Inner>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl TeachingService {
    /// With the lesson that an earlier run left. `free_bytes_min` stay free on the disk.
    pub fn open(
        handle: Arc<Handle>,
        tools: Arc<dyn Tools>,
        clock: Arc<dyn Clock>,
        (data, models): (&Path, &Path),
        free_bytes_min: u64,
    ) -> Self {
        let folder = Folder::new(data, free_bytes_min);
        let lesson = folder.load();
        Self {
            inner: Arc::new(Inner {
                handle,
                tools,
                clock,
                data: data.to_owned(),
                models: models.to_owned(),
                folder,
                stop: AtomicBool::new(false),
                is_closing: AtomicBool::new(false),
                dropped_before: AtomicU64::new(0),
                state: Mutex::new(State {
                    lesson,
                    study: None,
                }),
                uploading: Mutex::new(()),
            }),
            thread: Mutex::new(None),
        }
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// What there is and what goes on.
    pub fn shown(&self) -> Shown {
        let inner = &self.inner;
        let state = inner.state();
        let camera = state.lesson.as_ref().map(|lesson| lesson.camera.as_str());
        let index = camera.and_then(|name| inner.camera(name).ok());
        let cameras = &inner.handle.stats().cameras;
        let counted = index.and_then(|index| cameras.get(usize::from(index)));
        let before = inner.dropped_before.load(Ordering::Relaxed);
        Shown {
            lesson: state.lesson.clone(),
            study: state.study,
            dropped: inner.handle.samples_dropped().saturating_sub(before),
            shape: index.map(|index| inner.handle.info().cameras[usize::from(index)].shape),
            is_connected: counted.is_some_and(|c| c.is_connected.load(Ordering::Relaxed)),
        }
    }

    /// Begins a lesson. An unfinished one is in the way until it is discarded.
    pub fn begin(&self, new: &NewLesson) -> Result<(), TeachingError> {
        let author = checked_author(&new.author)?;
        let wanted = checked_wanted(new.wanted)?;
        let mut state = self.inner.state();
        if let Some(lesson) = &state.lesson {
            let message = format!(
                "there is a lesson by {} with {} images; go on with it, or discard it first",
                lesson.author,
                lesson.images.len()
            );
            return Err(TeachingError::Conflict(message));
        }
        let request = self.request(&new.camera, new.style.as_deref(), new.only_passes)?;
        let lesson = Lesson {
            id: self.inner.handle.wall().0,
            camera: new.camera.clone(),
            style: new.style.clone(),
            only_passes: new.only_passes,
            author,
            wanted,
            phase: phase_of(new.source),
            note: None,
            images: Vec::new(),
            defects: Vec::new(),
            thrown_out: Vec::new(),
            keeps_odd: false,
            place: ViewPlace::default(),
            numbered: 0,
            taught: None,
        };
        let folder = &self.inner.folder;
        let saved = folder.clear().and_then(|()| folder.save(&lesson));
        saved.map_err(|error| TeachingError::of_disk(&error))?;
        state.lesson = Some(lesson);
        drop(state);
        match new.source {
            Some(source) => self.collect(source, request),
            None => Ok(()),
        }
    }

    /// Collects more images of good parts into the lesson, until there are as many as wanted.
    pub fn go_on(
        &self,
        id: i64,
        wanted: u32,
        author: &str,
        source: Source,
    ) -> Result<(), TeachingError> {
        let author = checked_author(author)?;
        let wanted = checked_wanted(wanted)?;
        let lesson = self.idle_lesson(id)?;
        let request = self.request(&lesson.camera, lesson.style.as_deref(), lesson.only_passes)?;
        self.set_phase(phase_of(Some(source)), |lesson| {
            lesson.wanted = wanted;
            lesson.author = author;
        })?;
        self.collect(source, request)
    }

    fn collect(&self, source: Source, request: Wanted) -> Result<(), TeachingError> {
        let dropped = self.inner.handle.samples_dropped();
        self.inner.dropped_before.store(dropped, Ordering::Relaxed);
        self.start(move |inner| match source {
            Source::Line => capture::capture(inner, request),
            Source::History => capture::recall_passes(inner),
        })
    }

    /// Takes so many of the newest parts that the station rejected as images of defects; those that are
    /// here, or were thrown out, are not taken again.
    pub fn recall_rejects(&self, id: i64, count: u32, author: &str) -> Result<(), TeachingError> {
        let author = checked_author(author)?;
        let lesson = self.idle_lesson(id)?;
        let room = lesson.room(ImageKind::Defect);
        if count == 0 || count as usize > room {
            return Err(TeachingError::Invalid(format!(
                "expected 1 to {room} more images of defects, found {count}"
            )));
        }
        self.set_phase(Phase::Recalling, |lesson| lesson.author = author)?;
        self.start(move |inner| capture::recall_rejects(inner, count as usize))
    }

    fn request(
        &self,
        camera: &str,
        style: Option<&str>,
        only: bool,
    ) -> Result<Wanted, TeachingError> {
        let index = self.inner.camera(camera).map_err(TeachingError::Invalid)?;
        let style = style.map(Style::new).transpose();
        let style = style.map_err(|error| TeachingError::Invalid(format!("the style {error}")))?;
        Ok(Wanted {
            camera: index,
            style,
            only_passes: only,
        })
    }

    /// Stops what goes on; what was collected stays.
    pub fn stop(&self, id: i64) -> Result<(), TeachingError> {
        if self.is_at_work(id) {
            self.inner.stop.store(true, Ordering::Release);
            return Ok(());
        }
        Err(TeachingError::NotFound("nothing goes on".to_owned()))
    }

    /// Throws one image out.
    pub fn throw_out(&self, id: i64, n: u32) -> Result<(), TeachingError> {
        let mut found = false;
        let is_teaching = |lesson: &Lesson| lesson.phase == Phase::Teaching;
        if self.inner.state().lesson.as_ref().is_some_and(is_teaching) {
            return Err(TeachingError::Conflict(
                "a model is being made of these images; stop it first".to_owned(),
            ));
        }
        let changed = self.inner.change(|lesson| {
            let image = lesson.all().find(|image| lesson.id == id && image.n == n);
            found = image.is_some();
            if let Some(image) = image.cloned() {
                lesson.thrown_out.extend(image.result);
                lesson.images.retain(|image| image.n != n);
                lesson.defects.retain(|image| image.n != n);
            }
        });
        changed.map_err(|error| TeachingError::of_disk(&error))?;
        if !found {
            return Err(TeachingError::NotFound(format!("there is no image {n}")));
        }
        // Named by nothing any more; the next lesson clears the folder.
        let _ = self.inner.folder.remove(n);
        Ok(())
    }

    /// Makes a model of the lesson's images that looks at a place of the frames; `keeps_odd` has it learn from those
    /// that are unlike all the others, too.
    pub fn teach(
        &self,
        id: i64,
        name: &str,
        author: &str,
        (keeps_odd, place): (bool, ViewPlace),
    ) -> Result<(), TeachingError> {
        let name = checked_name(name)?.to_owned();
        let author = checked_author(author)?;
        let lesson = self.idle_lesson(id)?;
        let camera = self.inner.camera(&lesson.camera);
        let camera = camera.map_err(TeachingError::Invalid)?;
        let place = study::aligned_as_in_use(&self.inner, &lesson, camera, place);
        let fits = self.inner.tools.place(camera, &place);
        fits.map_err(|error| TeachingError::Invalid(error.to_string()))?;
        let (found, least) = (lesson.images.len(), *WANTED.start());
        if found < least as usize {
            return Err(TeachingError::Invalid(format!(
                "expected at least {least} images of good parts, found {found}; collect more"
            )));
        }
        let folder = self.inner.models.join(&name);
        if folder.exists() {
            let message = format!(
                "{}: there is one already; take another name",
                folder.display()
            );
            return Err(TeachingError::Conflict(message));
        }
        let writable = rustix::fs::access(&self.inner.models, rustix::fs::Access::WRITE_OK);
        if let Err(error) = writable {
            let models = self.inner.models.display();
            return Err(TeachingError::Storage(format!(
                "{models}: {error}; the station must be allowed to write there to teach"
            )));
        }
        self.set_phase(Phase::Teaching, |lesson| {
            (lesson.keeps_odd, lesson.place) = (keeps_odd, place);
        })?;
        self.start(move |inner| study::study(inner, &name, &author))
    }

    /// Notes that a version of a style uses the model.
    pub fn used(&self, style: &str, version: u32) {
        // The version is in the recipe file and in the log; this is only for the page.
        let _ = self.inner.change(|lesson| {
            if let Some(taught) = &mut lesson.taught {
                taught.used_by.push(format!("{style} {version}"));
            }
        });
    }

    /// Throws the lesson away; models that were made of it stay.
    pub fn discard(&self, id: i64) -> Result<(), TeachingError> {
        self.idle_lesson(id)?;
        let mut state = self.inner.state();
        self.inner
            .folder
            .clear()
            .map_err(|error| TeachingError::of_disk(&error))?;
        *state = State::default();
        Ok(())
    }

    /// The file of an image, for a page that shows it so wide and no wider; `None` when the lesson has no
    /// such image any more.
    pub fn image(&self, id: i64, n: u32, width: Option<u32>) -> Option<PathBuf> {
        let state = self.inner.state();
        let lesson = state.lesson.as_ref().filter(|lesson| lesson.id == id)?;
        let is_there = lesson.all().any(|image| image.n == n);
        let folder = &self.inner.folder;
        let small = width
            .filter(|width| *width <= SMALL_PX)
            .map(|_| folder.small(n));
        is_there.then(|| {
            let small = small.filter(|path| path.is_file());
            small.unwrap_or_else(|| folder.image(n))
        })
    }

    /// Stops what goes on and waits for it: before the process ends.
    pub fn close(&self) {
        self.inner.is_closing.store(true, Ordering::Release);
        self.inner.stop.store(true, Ordering::Release);
        if let Some(thread) = lock(&self.thread).take() {
            // Should it have died, the lesson says so at the next start.
            let _ = thread.join();
        }
    }

    fn is_at_work(&self, id: i64) -> bool {
        let working = |lesson: &Lesson| lesson.id == id && lesson.is_at_work();
        self.inner.state().lesson.as_ref().is_some_and(working)
    }

    /// The lesson, unless somebody is at it.
    fn idle_lesson(&self, id: i64) -> Result<Lesson, TeachingError> {
        let state = self.inner.state();
        let Some(lesson) = state.lesson.as_ref().filter(|lesson| lesson.id == id) else {
            let message = "this lesson is no more: somebody discarded it; look again";
            return Err(TeachingError::NotFound(message.to_owned()));
        };
        let doing = match lesson.phase {
            Phase::Capturing | Phase::Recalling => "images are being collected",
            Phase::Teaching => "a model is being made",
            Phase::Collected | Phase::Taught => return Ok(lesson.clone()),
        };
        Err(TeachingError::Conflict(format!(
            "{doing}, begun by {}; wait for it, or stop it first",
            lesson.author
        )))
    }

    fn set_phase(
        &self,
        phase: Phase,
        change: impl FnOnce(&mut Lesson),
    ) -> Result<(), TeachingError> {
        // Looked at and changed under one lock: of two who ask at once, one is told.
        let mut state = self.inner.state();
        let Some(lesson) = &mut state.lesson else {
            return Err(TeachingError::NotFound("there is no lesson".to_owned()));
        };
        if lesson.is_at_work() {
            let message = format!("somebody was faster: {} is at it", lesson.author);
            return Err(TeachingError::Conflict(message));
        }
        let mut changed = lesson.clone();
        changed.phase = phase;
        changed.note = None;
        change(&mut changed);
        let saved = self.inner.folder.save(&changed);
        saved.map_err(|error| TeachingError::of_disk(&error))?;
        *lesson = changed;
        Ok(())
    }

    fn start(&self, body: impl FnOnce(&Inner) + Send + 'static) -> Result<(), TeachingError> {
        let inner = Arc::clone(&self.inner);
        let mut thread = lock(&self.thread);
        // Ended, or about to: only one works at a time.
        if let Some(before) = thread.take() {
            let _ = before.join();
        }
        inner.stop.store(false, Ordering::Release);
        let work = move || {
            if catch_unwind(AssertUnwindSafe(|| body(&inner))).is_err() {
                inner.handle.want_samples(None);
                inner.settle(Some(Note {
                    kind: NoteKind::Failed,
                    phase: Phase::Teaching,
                    message: "a bug: see what the station printed".to_owned(),
                }));
            }
        };
        let spawned = std::thread::Builder::new()
            .name("teaching".to_owned())
            .spawn(work);
        match spawned {
            Ok(started) => {
                *thread = Some(started);
                Ok(())
            }
            Err(error) => {
                self.inner.settle(None);
                Err(TeachingError::Internal(format!("start a thread: {error}")))
            }
        }
    }
}
