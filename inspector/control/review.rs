//! What people say of parts: checked against the part, recorded, and told to whoever listens.

use crate::clock::Clock;
use crate::ports::log::LogError;
use crate::results::reader::{Reader, Reviewable};
use crate::results::review::{NewReview, Region, ReviewRefusal, TakenBack};
use crate::results::writer::{WriteError, Writer};
use crate::station::review::Judgement;
use crate::station::time::WallTime;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Reviews that a slow browser may be behind before it misses some.
const CAME_MAX: usize = 64;

/// A box on the picture of a view, as it was drawn.
#[derive(Clone, Debug)]
pub struct DrawnRegion {
    /// As the recipe calls the view.
    pub view: String,
    /// Left, top, width and height, in pixels of the picture.
    pub area: [u32; 4],
}

/// What somebody says of a part.
#[derive(Clone, Debug)]
pub struct Said {
    /// What was said of the part.
    pub judgement: Judgement,
    /// Which class of defect, by its name in the model.
    pub class: Option<String>,
    /// Where it is.
    pub region: Option<DrawnRegion>,
    /// Why it is so.
    pub reason: Option<String>,
    /// Who said so.
    pub author: String,
}

/// That a review was recorded, or taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewCame {
    /// Number of its row.
    pub id: i64,
    /// Row of the result that it is about.
    pub result_id: i64,
    /// When it was said.
    pub at: WallTime,
}

/// Why nothing was recorded.
#[derive(Clone, Debug)]
pub enum ReviewError {
    /// There is no such result or review.
    NotFound(String),
    /// It does not fit the part: the message says what was expected.
    Invalid(String),
    /// It was taken back before.
    Conflict(String),
    /// The log cannot be read.
    Failed(String),
    /// The log took it not.
    Storage(LogError),
}

impl From<ReviewRefusal> for ReviewError {
    fn from(why: ReviewRefusal) -> Self {
        match why {
            ReviewRefusal::NoResult(_) | ReviewRefusal::NoReview(_) => {
                ReviewError::NotFound(why.to_string())
            }
            ReviewRefusal::TakenBackAlready(_) | ReviewRefusal::IsTakingBack(_) => {
                ReviewError::Conflict(why.to_string())
            }
        }
    }
}

impl From<WriteError> for ReviewError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Review(why) => why.into(),
            error => ReviewError::Storage(error.into_log_error()),
        }
    }
}

/// Takes reviews while a job runs.
pub struct ReviewService {
    data: PathBuf,
    writer: Writer,
    clock: Arc<dyn Clock>,
    came: broadcast::Sender<ReviewCame>,
}

impl ReviewService {
    /// The service of a running job, whose log lies in `data`.
    pub fn new(data: PathBuf, writer: Writer, clock: Arc<dyn Clock>) -> Self {
        Self {
            data,
            writer,
            clock,
            came: broadcast::channel(CAME_MAX).0,
        }
    }

    /// Every review from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<ReviewCame> {
        self.came.subscribe()
    }

    /// Records what somebody says of a part. Durable when it returns.
    ///
    /// # Errors
    /// See [`ReviewError`]; nothing is recorded then.
    pub fn say(&self, result_id: i64, said: Said) -> Result<ReviewCame, ReviewError> {
        let failed = |error: rusqlite::Error| ReviewError::Failed(format!("result log: {error}"));
        let part = self.reader()?.reviewable(result_id).map_err(failed)?;
        let part = part.ok_or(ReviewRefusal::NoResult(result_id))?;
        let region = said.region.as_ref();
        let review = NewReview {
            result_id,
            at: self.clock.wall(),
            region: region.map(|drawn| placed(&part, drawn)).transpose()?,
            class: checked_class(&part, said.judgement, said.class)?,
            author: said.author,
            judgement: said.judgement,
            reason: said.reason,
        };
        let at = review.at;
        let id = self.writer.review(review)?;
        Ok(self.tell(ReviewCame { id, result_id, at }))
    }

    /// Records that somebody takes a review back. Durable when it returns.
    ///
    /// # Errors
    /// See [`ReviewError`]; nothing is recorded then.
    pub fn take_back(
        &self,
        review: i64,
        author: String,
        reason: Option<String>,
    ) -> Result<ReviewCame, ReviewError> {
        let failed = |error: rusqlite::Error| ReviewError::Failed(format!("result log: {error}"));
        let result_id = self.reader()?.reviewed_result(review).map_err(failed)??;
        let at = self.clock.wall();
        let id = self.writer.take_back(TakenBack {
            review,
            at,
            author,
            reason,
        })?;
        Ok(self.tell(ReviewCame { id, result_id, at }))
    }

    fn tell(&self, came: ReviewCame) -> ReviewCame {
        // Nobody may be listening.
        drop(self.came.send(came));
        came
    }

    fn reader(&self) -> Result<Reader, ReviewError> {
        Reader::open(&self.data).map_err(|error| ReviewError::Failed(error.to_string()))
    }
}

fn checked_class(
    part: &Reviewable,
    judgement: Judgement,
    class: Option<String>,
) -> Result<Option<String>, ReviewError> {
    let Some(class) = class else {
        return Ok(None);
    };
    if judgement != Judgement::Defect {
        let found = judgement.name();
        return Err(ReviewError::Invalid(format!(
            "class: expected the judgement \"defect\" with a class, found {found:?}; leave the class out"
        )));
    }
    if part.classes.contains(&class) {
        return Ok(Some(class));
    }
    let expected = match part.classes.as_slice() {
        [] => "expected none, because the part's models have no classes".to_owned(),
        classes => format!("expected one of {}", classes.join(", ")),
    };
    Err(ReviewError::Invalid(format!(
        "class: {expected}; found {class:?}"
    )))
}

fn placed(part: &Reviewable, drawn: &DrawnRegion) -> Result<Region, ReviewError> {
    let invalid = |message: String| ReviewError::Invalid(format!("region: {message}"));
    let view = part.views.iter().find(|view| view.name == drawn.view);
    let view = view.ok_or_else(|| {
        let names: Vec<&str> = part.views.iter().map(|view| view.name.as_str()).collect();
        let names = match names.as_slice() {
            [] => "none, because the part has no view".to_owned(),
            names => format!("one of the views {}", names.join(", ")),
        };
        invalid(format!("expected {names}; found {:?}", drawn.view))
    })?;
    let Some([width, height]) = view.size else {
        return Err(invalid(format!(
            "expected a view with a picture; no frame came of {:?}",
            drawn.view
        )));
    };
    let [left, top, wide, high] = drawn.area;
    let is_inside = |from: u32, length: u32, whole: u32| {
        length >= 1 && from.checked_add(length).is_some_and(|end| end <= whole)
    };
    if !is_inside(left, wide, width) || !is_inside(top, high, height) {
        return Err(invalid(format!(
            "expected a box within the {width} × {height} pixels of the picture, and at least one pixel wide and high; \
             found x {left}, y {top}, width {wide}, height {high}"
        )));
    }
    Ok(Region {
        view: view.view,
        area: drawn.area,
    })
}
