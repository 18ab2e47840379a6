//! What a run gave, image by image.

use super::ready::Session;
use crate::answer::{Answer, RunError};

/// What a run gave, image by image, in the order in which they were loaded.
pub struct Answers<'a> {
    session: &'a mut Session,
    next: usize,
}

impl<'a> Answers<'a> {
    pub(super) fn of(session: &'a mut Session) -> Self {
        Self { session, next: 0 }
    }

    /// The answer for the next image, until there was one for each.
    ///
    /// # Errors
    /// When a value is not a number from 0 to 1.
    #[expect(
        clippy::should_implement_trait,
        reason = "each answer borrows from this"
    )]
    pub fn next(&mut self) -> Option<Result<Answer<'_>, RunError>> {
        let image = self.next;
        self.next += 1;
        (image < self.session.images()).then(|| self.session.answer(image))
    }
}
