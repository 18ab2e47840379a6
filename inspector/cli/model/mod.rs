//! `inspector model`: what concerns a bundle alone, without a station.

mod compare;

use crate::error::Error;
use clap::Subcommand;

/// What to do with a model.
#[derive(Subcommand)]
pub enum ModelCommand {
    /// Says how well bundles tell good from bad parts of a set of images, and how long they take.
    Compare(compare::CompareArgs),
}

/// Does it.
pub fn model(command: &ModelCommand) -> Result<(), Error> {
    match command {
        ModelCommand::Compare(args) => compare::compare(args),
    }
}
