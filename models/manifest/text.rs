//! `model.toml`, written.

use super::{Activation, Manifest, References};
use crate::tables::quoted;
use std::fmt;

impl fmt::Display for Manifest {
    /// The text of `model.toml`, which [`parse`](Manifest::parse) reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Manifest {
            input,
            output,
            provenance,
            ..
        } = self;
        let activation = match output.activation {
            Activation::None => "none",
            Activation::Sigmoid => "sigmoid",
        };
        let classes: Vec<String> = output.classes.iter().map(|name| quoted(name)).collect();
        writeln!(f, "name = {}", quoted(&self.name))?;
        writeln!(
            f,
            "task = \"{}\"\nsha256 = \"{}\"\n",
            self.task.name(),
            self.sha256
        )?;
        writeln!(f, "[input]\nname = {}", quoted(&input.name))?;
        writeln!(f, "width = {}\nheight = {}", input.width, input.height)?;
        writeln!(
            f,
            "channels = \"{}\"\nlayout = \"NCHW\"\ndtype = \"f32\"",
            input.channels.name()
        )?;
        writeln!(
            f,
            "scale = {:?}\nmean = {:?}\nstd = {:?}\n",
            input.scale, input.mean, input.std
        )?;
        writeln!(
            f,
            "[output]\nname = {}\nkind = \"score-map\"",
            quoted(&output.name)
        )?;
        writeln!(
            f,
            "activation = \"{activation}\"\nclasses = [{}]\n",
            classes.join(", ")
        )?;
        writeln!(f, "[provenance]\nmade_by = {}", quoted(&provenance.made_by))?;
        writeln!(f, "trained_on = {}", quoted(&provenance.trained_on))?;
        writeln!(f, "licence = {}", quoted(&provenance.licence))?;
        writeln!(f, "created = {}", quoted(&provenance.created))?;
        match &self.references {
            Some(references) => write!(
                f,
                "
{references}"
            ),
            None => Ok(()),
        }
    }
}

impl fmt::Display for References {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "[references]\ncount = {}\nsha256 = \"{}\"",
            self.count, self.sha256
        )?;
        writeln!(
            f,
            "tolerance = {:?}\nmade_by = {}",
            self.tolerance,
            quoted(&self.made_by)
        )
    }
}
