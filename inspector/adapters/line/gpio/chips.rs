//! Which GPIO chips there are, and where a line is that the settings name.

use super::address::{Line, LineId};
use super::error::GpioError;
use gpiocdev::chip::{Chip, chips};
use gpiocdev::line::Info;
use std::path::PathBuf;

/// So many names that look like a mistyped one are told.
const NEAR_MAX: usize = 4;

/// One chip, as it is now.
#[derive(Clone, Debug)]
pub struct ChipReport {
    /// Where it is opened.
    pub path: PathBuf,
    /// As the kernel counts them, such as `gpiochip0`.
    pub name: String,
    /// What its driver calls it; stays the same however many there are.
    pub label: String,
    /// Its lines, in order.
    pub lines: Vec<Info>,
}

/// The chips of this computer, and those that may not be opened.
#[derive(Clone, Debug, Default)]
pub struct Chips {
    /// In the order of their numbers.
    pub found: Vec<ChipReport>,
    /// Paths that this user may not open.
    pub forbidden: Vec<PathBuf>,
}

fn report(path: PathBuf) -> Result<ChipReport, gpiocdev::Error> {
    let chip = Chip::from_path(&path)?;
    let info = chip.info()?;
    Ok(ChipReport {
        path,
        name: info.name,
        label: info.label,
        lines: chip.line_info_iter()?.filter_map(Result::ok).collect(),
    })
}

impl Chips {
    /// Looks at every chip. One that vanishes meanwhile is left out.
    pub fn list() -> Self {
        let mut all = Self::default();
        for path in chips().unwrap_or_default() {
            match report(path.clone()) {
                Ok(chip) => all.found.push(chip),
                Err(error) if super::error::errno(&error) == libc::EACCES => {
                    all.forbidden.push(path);
                }
                Err(_) => {}
            }
        }
        all
    }

    /// Why none of them can be used; `None` where one can.
    pub fn refusal(&self) -> Option<String> {
        let forbidden = self.forbidden.clone();
        let is_none = self.found.is_empty();
        is_none.then(|| GpioError::NoChips { forbidden }.to_string())
    }

    /// Where a line is: the chip, and its state there.
    pub(super) fn find(&self, line: &Line) -> Result<(&ChipReport, &Info), GpioError> {
        if self.found.is_empty() {
            return Err(GpioError::NoChips {
                forbidden: self.forbidden.clone(),
            });
        }
        match (&line.id, &line.chip) {
            (LineId::Offset(offset), Some(chip)) => {
                let chip = self.chip(chip)?;
                let info = usize::try_from(*offset).ok();
                let info = info.and_then(|offset| chip.lines.get(offset));
                let count = u32::try_from(chip.lines.len()).unwrap_or(u32::MAX);
                let line = line.clone();
                Ok((chip, info.ok_or(GpioError::Offset { line, count })?))
            }
            (LineId::Name(name), Some(chip)) => {
                named(std::slice::from_ref(self.chip(chip)?), line, name)
            }
            (LineId::Name(name), None) => named(&self.found, line, name),
            (LineId::Offset(_), None) => Err(GpioError::NoChip {
                chip: String::new(),
                found: self.names(),
            }),
        }
    }

    fn names(&self) -> Vec<String> {
        let shown = |chip: &ChipReport| format!("{} ({})", chip.path.display(), chip.label);
        self.found.iter().map(shown).collect()
    }

    fn chip(&self, wanted: &str) -> Result<&ChipReport, GpioError> {
        let is_it = |chip: &&ChipReport| {
            chip.name == wanted || chip.label == wanted || is_path(chip, wanted)
        };
        let mut found = self.found.iter().filter(is_it);
        let chip = wanted.to_owned();
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(GpioError::NoChip {
                chip,
                found: self.names(),
            }),
            (Some(_), Some(_)) => {
                let same = self.found.iter().filter(is_it);
                Err(GpioError::Chips {
                    chip,
                    found: same.map(|chip| chip.path.display().to_string()).collect(),
                })
            }
        }
    }
}

/// A link to it, such as one that udev makes by its place, is the chip too.
fn is_path(chip: &ChipReport, wanted: &str) -> bool {
    wanted.starts_with('/') && std::fs::canonicalize(wanted).is_ok_and(|path| path == chip.path)
}

fn named<'a>(
    chips: &'a [ChipReport],
    line: &Line,
    name: &str,
) -> Result<(&'a ChipReport, &'a Info), GpioError> {
    let lines = || {
        let of = |chip: &'a ChipReport| chip.lines.iter().map(move |info| (chip, info));
        chips.iter().flat_map(of)
    };
    let mut found = lines().filter(|(_, info)| info.name == name);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => {
            let same = lines().filter(|(_, info)| info.name == name);
            let place =
                |(chip, info): (&ChipReport, &Info)| format!("{}:{}", chip.name, info.offset);
            Err(GpioError::Lines {
                line: line.clone(),
                found: same.map(place).collect(),
            })
        }
        (None, _) => {
            let wanted = name.to_lowercase();
            let is_near = |found: &str| {
                let found = found.to_lowercase();
                !found.is_empty() && (found.contains(&wanted) || wanted.contains(&found))
            };
            let near = lines().filter(|(_, info)| is_near(&info.name));
            let near = near.map(|(_, info)| info.name.clone());
            Err(GpioError::NoLine {
                line: line.clone(),
                near: near.take(NEAR_MAX).collect(),
            })
        }
    }
}
