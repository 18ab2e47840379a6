//! `model.toml`, written.

use super::{Fit, Manifest, Output, OutputKind, References, Resize};
use crate::bundle::tables::quoted;
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
        match input.fit {
            Fit::Stretch => {}
            Fit::Letterbox { pad } => writeln!(f, "fit = \"letterbox\"\npad = {pad:?}")?,
            Fit::Crop { share } => writeln!(f, "fit = \"crop\"\nshare = {share:?}")?,
        }
        match input.resize {
            Resize::Area => {}
            Resize::Linear => writeln!(f, "resize = \"linear\"")?,
            Resize::Triangle => writeln!(f, "resize = \"triangle\"")?,
            Resize::Pillow => writeln!(f, "resize = \"pillow\"")?,
        }
        writeln!(
            f,
            "scale = {:?}\nmean = {:?}\nstd = {:?}\n",
            input.scale, input.mean, input.std
        )?;
        write!(f, "{output}")?;
        if let Some(place) = &self.place {
            writeln!(f, "[place]\n{place}")?;
        }
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

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            names.join(", ")
        };
        writeln!(
            f,
            "[output]\nname = {}\nkind = \"{}\"",
            quoted(&self.name),
            self.kind.name()
        )?;
        match &self.kind {
            OutputKind::ScoreMap { score: Some(score) } => {
                writeln!(f, "score = {}", quoted(score))?
            }
            OutputKind::Boxes { layout, masks, iou } => {
                writeln!(f, "layout = \"{}\"\niou = {iou:?}", layout.name())?;
                if let Some(masks) = masks {
                    writeln!(f, "masks = {}", quoted(masks))?;
                }
            }
            _ => {}
        }
        writeln!(f, "activation = \"{}\"", self.activation.name())?;
        if let Some(range) = self.range {
            writeln!(f, "range = {range:?}")?;
        }
        writeln!(f, "classes = [{}]", list(&self.classes))?;
        if !self.good.is_empty() {
            writeln!(f, "good = [{}]", list(&self.good))?;
        }
        writeln!(f)
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
