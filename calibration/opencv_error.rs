//! What OpenCV says when it fails.

/// What OpenCV itself said when it failed. Not expected: the inputs were checked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpencvError(pub String);

impl From<opencv::Error> for OpencvError {
    fn from(error: opencv::Error) -> Self {
        Self(error.to_string())
    }
}

impl std::fmt::Display for OpencvError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenCV: {}", self.0)
    }
}

impl std::error::Error for OpencvError {}
