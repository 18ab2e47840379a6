//! By what pictures were aligned before a model saw them: a feature of a reference picture, which lies beside the
//! bundle's folder. Nothing here aligns.

use crate::bundle::tables::{Problems, Table, number, quoted};
use std::fmt;

/// See the module. The numbers are those of a recipe's view.
#[derive(Clone, Debug, PartialEq)]
pub struct Align {
    /// File name of the reference picture.
    pub reference: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The feature: left, top, width and height in pixels.
    pub region: [u32; 4],
    /// Farthest that a part lies from its place, in pixels.
    pub shift_px_max: f32,
    /// Most degrees that it is turned, either way.
    pub turn_deg_max: f32,
    /// Most that it is larger or smaller, as a share.
    pub zoom_max: f32,
    /// Least correlation of edges with the reference's.
    pub quality_min: f32,
}

impl fmt::Display for Align {
    /// As it stands below `[place.align]` in `model.toml`, and below `[view.align]` in a recipe.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "reference = {}", quoted(&self.reference))?;
        writeln!(f, "sha256 = {}", quoted(&self.sha256))?;
        writeln!(f, "region = {:?}", self.region)?;
        writeln!(f, "shift_px_max = {:?}", self.shift_px_max)?;
        writeln!(f, "turn_deg_max = {:?}", self.turn_deg_max)?;
        writeln!(f, "zoom_max = {:?}", self.zoom_max)?;
        writeln!(f, "quality_min = {:?}", self.quality_min)
    }
}

pub(super) fn read(mut table: Table, problems: &mut Problems) -> Option<Align> {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let is_digit = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    let name = |name: &str| text(name).filter(|name| !name.contains(['/', '\\']));
    let hash =
        |hash: &str| text(hash).filter(|hash| hash.len() == 64 && hash.bytes().all(is_digit));
    let reference = table.string("reference", "a file name without folders", problems, name);
    let sha256 = table.string("sha256", "64 digits of lower-case hex", problems, hash);
    let expected = "left, top, width and height in pixels";
    let region = table.list("region", expected, problems, |value| {
        number(value).filter(|n| *n >= 0.0 && n.fract() == 0.0)
    });
    let region = region.and_then(|(start, sides)| {
        let four = <[f32; 4]>::try_from(&sides[..]).ok();
        if four.is_none() {
            table.problem("region", start, &format!("expected {expected}"), problems);
        }
        four.map(|four| four.map(|side| side as u32))
    });
    let shift_px_max = table.ranged("shift_px_max", 0.0..=8192.0, problems);
    let turn_deg_max = table.ranged("turn_deg_max", 0.0..=45.0, problems);
    let zoom_max = table.ranged("zoom_max", 0.0..=0.25, problems);
    let quality_min = table.ranged("quality_min", 0.1..=0.99, problems);
    table.finish(problems);
    Some(Align {
        reference: reference?,
        sha256: sha256?,
        region: region?,
        shift_px_max: shift_px_max?,
        turn_deg_max: turn_deg_max?,
        zoom_max: zoom_max?,
        quality_min: quality_min?,
    })
}
