//! `inspector model`: what concerns a bundle alone, without a station.

pub mod accept;
mod answers;
mod asked;
mod compare;
mod import;
mod operating;
mod quantise;
mod tune;

use crate::control::teaching::bundle::NamesFolder;
use crate::error::Error;
use clap::Subcommand;

/// What to do with a model.
#[derive(Subcommand)]
pub enum ModelCommand {
    /// Makes a bundle of a model from elsewhere: Anomalib, Ultralytics, torchvision, or your own.
    Import(Box<asked::ImportArgs>),
    /// Runs the reference images of bundles on this machine, and accepts those that answer as they should.
    Accept(accept::AcceptArgs),
    /// Makes reference images for a bundle that has none, with the answers that it gives here.
    References(accept::ReferencesArgs),
    /// Says how well bundles tell good from bad parts of a set of images, and how long they take.
    Compare(compare::CompareArgs),
    /// Makes the same model in 8-bit whole numbers, twice as fast on a processor, where its verdicts stay the same.
    #[command(visible_alias = "quantize")]
    Quantise(quantise::QuantiseArgs),
    /// Measures providers, precisions and threads on this machine, and notes the best that is accepted.
    Tune(tune::TuneArgs),
}

impl NamesFolder for Error {
    fn reworded(self, reword: impl Fn(&str) -> String) -> Self {
        let messages = self.messages.iter().map(|message| reword(message));
        Self::all(self.kind, messages.collect())
    }
}

/// Does what the subcommand says.
pub fn model(command: &ModelCommand) -> Result<(), Error> {
    match command {
        ModelCommand::Import(args) => import::import(args),
        ModelCommand::Accept(args) => accept::accept(args),
        ModelCommand::References(args) => accept::references(args),
        ModelCommand::Compare(args) => compare::compare(args),
        ModelCommand::Quantise(args) => quantise::quantise(args),
        ModelCommand::Tune(args) => tune::tune(args),
    }
}
