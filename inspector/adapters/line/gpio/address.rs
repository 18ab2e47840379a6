//! Addresses of lines: a name (`GPIO17`), an offset on the device's chip (`17`), or chip and offset (`gpiochip0:17`); two
//! joined by `+` are an encoder; behind commas stands how the line is used: `pull-up`, `debounce 2ms`, `open-drain`.

use crate::ports::signal::{AddressError, Width};
use gpiocdev::line::{Bias, Drive};
use std::fmt;
use std::time::Duration;

/// The longest time a contact may bounce.
const DEBOUNCE_MAX: Duration = Duration::from_secs(1);

/// One line, as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its chip: a path, a name such as `gpiochip0`, or a label; `None` where every chip is searched.
    pub chip: Option<String>,
    /// Which of it.
    pub id: LineId,
}

/// A line of a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineId {
    /// Counted from 0.
    Offset(u32),
    /// As the driver, the device tree or the firmware names it.
    Name(String),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.chip, &self.id) {
            (_, LineId::Name(name)) => f.write_str(name),
            (Some(chip), LineId::Offset(offset)) => write!(f, "{chip}:{offset}"),
            (None, LineId::Offset(offset)) => write!(f, "{offset}"),
        }
    }
}

/// An input as the settings say it: which lines, and how they are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The only one, or line A of an encoder.
    pub line: Line,
    /// Line B of an encoder.
    pub second: Option<Line>,
    /// A resistor of the chip; `None` leaves it as it is.
    pub bias: Option<Bias>,
    /// A change is told when the line has been still for so long.
    pub debounce: Duration,
}

/// An output as the settings say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Which line it drives.
    pub line: Line,
    /// `None` drives both levels.
    pub drive: Option<Drive>,
}

const EXPECTED_INPUT: &str = "a line of a GPIO chip: its name \"GPIO17\", chip and offset \"gpiochip0:17\", or with chip = \"…\" \
     in the [[device]] the offset alone \"17\"; two lines of an encoder \"GPIO20+GPIO21\"; behind it \", pull-up\", \
     \", pull-down\", \", no-pull\" or \", debounce 2ms\" (up to 1s; us, ms or s)";
const EXPECTED_OUTPUT: &str = "a line of a GPIO chip: its name \"GPIO27\", chip and offset \"gpiochip0:27\", or with chip = \"…\" \
     in the [[device]] the offset alone \"27\"; behind it \", open-drain\" or \", open-source\"";

fn refused(expected: &'static str, found: &str) -> AddressError {
    AddressError {
        expected,
        found: found.to_owned(),
    }
}

impl Input {
    /// Of an input; `chip` is the device's.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(text: &str, chip: Option<&str>) -> Result<Self, AddressError> {
        input(text, chip).ok_or_else(|| refused(EXPECTED_INPUT, text))
    }

    /// What it holds.
    pub const fn width(&self) -> Width {
        match self.second {
            Some(_) => Width::Double,
            None => Width::Bit,
        }
    }
}

impl Output {
    /// Of an output; `chip` is the device's.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(text: &str, chip: Option<&str>) -> Result<Self, AddressError> {
        output(text, chip).ok_or_else(|| refused(EXPECTED_OUTPUT, text))
    }
}

fn input(text: &str, chip: Option<&str>) -> Option<Input> {
    let mut words = text.split(',').map(str::trim);
    let place = words.next()?;
    let (first, second) = match place.split_once('+') {
        Some((first, second)) => (first.trim(), Some(line(second.trim(), chip)?)),
        None => (place, None),
    };
    let mut input = Input {
        line: line(first, chip)?,
        second,
        bias: None,
        debounce: Duration::ZERO,
    };
    if input.second.as_ref() == Some(&input.line) {
        return None;
    }
    for word in words {
        match word {
            "pull-up" if input.bias.is_none() => input.bias = Some(Bias::PullUp),
            "pull-down" if input.bias.is_none() => input.bias = Some(Bias::PullDown),
            "no-pull" if input.bias.is_none() => input.bias = Some(Bias::Disabled),
            _ if input.debounce.is_zero() => {
                input.debounce = time(word.strip_prefix("debounce ")?)?;
            }
            _ => return None,
        }
    }
    Some(input)
}

fn output(text: &str, chip: Option<&str>) -> Option<Output> {
    let mut words = text.split(',').map(str::trim);
    let place = words.next()?;
    let drive = match words.next() {
        None => None,
        Some("open-drain") => Some(Drive::OpenDrain),
        Some("open-source") => Some(Drive::OpenSource),
        Some(_) => return None,
    };
    let is_one = !place.contains('+') && words.next().is_none();
    is_one.then_some(Output {
        line: line(place, chip)?,
        drive,
    })
}

/// A name that is a number is an offset.
fn line(text: &str, chip: Option<&str>) -> Option<Line> {
    if let Some(offset) = offset(text) {
        return Some(Line {
            chip: Some(chip?.to_owned()),
            id: LineId::Offset(offset),
        });
    }
    let (chip, id) = match text.rsplit_once(':') {
        Some((chip, number)) if offset(number).is_some() => {
            let chip = (!chip.is_empty()).then_some(chip)?;
            (Some(chip), LineId::Offset(offset(number)?))
        }
        _ => (chip, LineId::Name(text.to_owned())),
    };
    (!text.is_empty()).then(|| Line {
        chip: chip.map(str::to_owned),
        id,
    })
}

fn offset(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn time(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    let number: u64 = number.parse().ok()?;
    let time = match unit.trim_start() {
        "us" => Duration::from_micros(number),
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        _ => return None,
    };
    (!time.is_zero() && time <= DEBOUNCE_MAX).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, chip: Option<&str>) -> String {
        match Input::parse(text, chip) {
            Ok(input) => {
                let second = input.second.map(|line| format!("+{line}"));
                let (bias, us) = (input.bias, input.debounce.as_micros());
                format!("{}{} {bias:?} {us}", input.line, second.unwrap_or_default())
            }
            Err(_) => "refused".to_owned(),
        }
    }

    #[test]
    fn lines_are_named_by_name_offset_or_chip_and_offset() {
        for (text, chip, expected) in [
            ("GPIO17", None, "GPIO17 None 0"),
            ("gpiochip0:17", None, "gpiochip0:17 None 0"),
            ("pinctrl-rp1:17", Some("gpiochip4"), "pinctrl-rp1:17 None 0"),
            ("17", Some("gpiochip4"), "gpiochip4:17 None 0"),
            ("17", None, "refused"),
            ("PCIe:CLK", None, "PCIe:CLK None 0"),
            ("[UART4_RX] P9.11", None, "[UART4_RX] P9.11 None 0"),
            ("", Some("gpiochip4"), "refused"),
            (":3", None, "refused"),
            ("99999999999", Some("c"), "99999999999 None 0"),
        ] {
            assert_eq!(shown(text, chip), expected, "{text:?}");
        }
    }

    #[test]
    fn an_encoder_is_two_lines_and_words_behind_say_how_a_line_is_used() {
        for (text, expected) in [
            ("ENC_A+ENC_B", "ENC_A+ENC_B None 0"),
            ("ENC_A + ENC_B, pull-up", "ENC_A+ENC_B Some(PullUp) 0"),
            ("ENC_A+ENC_A", "refused"),
            ("ENC_A+", "refused"),
            ("A+5", "refused"),
            ("EYE,pull-down, debounce 2ms", "EYE Some(PullDown) 2000"),
            ("EYE, debounce 500us, no-pull", "EYE Some(Disabled) 500"),
            ("EYE, debounce 1s", "EYE None 1000000"),
            ("EYE, debounce 2s", "refused"),
            ("EYE, debounce 0ms", "refused"),
            ("EYE, debounce 5", "refused"),
            ("EYE, pull-up, pull-down", "refused"),
            ("EYE, open-drain", "refused"),
        ] {
            assert_eq!(shown(text, None), expected, "{text:?}");
        }
    }

    #[test]
    fn outputs_are_single_lines_that_may_be_open() {
        let drive = |text| Output::parse(text, None).map(|output| output.drive);
        assert_eq!(drive("GATE"), Ok(None));
        assert_eq!(drive("GATE, open-drain"), Ok(Some(Drive::OpenDrain)));
        for text in [
            "GATE+LAMP",
            "GATE, pull-up",
            "GATE, open-drain, open-source",
            "5",
        ] {
            let error = drive(text).expect_err(text);
            assert_eq!(error.found, text);
        }
    }
}
