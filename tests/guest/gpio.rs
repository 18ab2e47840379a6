//! GPIO lines against the kernel's `gpio-sim`.

use crate::cases::{Case, Outcome, expect};
use gpiosim::{Bank, Level, Sim};
use inspector::adapters::line::gpio::address::{Input, Output};
use inspector::adapters::line::gpio::client::{GpioLines, Settings};
use inspector::clock::{Clock, SystemClock};
use inspector::ports::signal::{SignalDevice, SignalError, Value};
use inspector::station::time::Instant;
use std::sync::Arc;
use std::time::Duration;

const EYE: u32 = 0;
const SWITCH: u32 = 1;
const ENCODER_A: u32 = 2;
const ENCODER_B: u32 = 3;
const GATE: u32 = 4;
const LAMP: u32 = 5;

/// A board with named lines, plugged in.
fn board() -> Result<Sim, String> {
    let mut bank = Bank::new(8, "board");
    bank.name(EYE, "EYE")
        .name(SWITCH, "SWITCH")
        .name(ENCODER_A, "ENC_A")
        .name(ENCODER_B, "ENC_B")
        .name(GATE, "GATE")
        .name(LAMP, "LAMP");
    let live = gpiosim::builder()
        .with_name("board")
        .with_bank(&bank)
        .live();
    live.map_err(|error| error.to_string())
}

fn pull(sim: &Sim, line: u32, is_high: bool) -> Outcome {
    let level = if is_high { Level::High } else { Level::Low };
    let pulled = sim.chips()[0].set_pull(line, level);
    pulled.map_err(|error| error.to_string())
}

fn level(sim: &Sim, line: u32) -> Result<bool, String> {
    let level = sim.chips()[0].get_level(line);
    level
        .map(|level| level == Level::High)
        .map_err(|error| error.to_string())
}

fn lines(keys: &str, inputs: &[&str], outputs: &[&str]) -> Result<GpioLines, String> {
    let settings: Settings = toml::from_str(keys).map_err(|error| error.to_string())?;
    let chip = settings.chip.as_deref();
    let inputs = inputs
        .iter()
        .map(|it| Input::parse(it, chip).map_err(|e| e.to_string()));
    let outputs = outputs
        .iter()
        .map(|it| Output::parse(it, chip).map_err(|e| e.to_string()));
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
    let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
    Ok(GpioLines::new(
        &settings,
        inputs,
        outputs,
        Arc::new(SystemClock),
    ))
}

fn opened(keys: &str, inputs: &[&str], outputs: &[&str]) -> Result<GpioLines, String> {
    let mut lines = lines(keys, inputs, outputs)?;
    lines.reopen().map_err(|error| error.to_string())?;
    Ok(lines)
}

/// What was heard: number and time of a bit, or a count.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    Bit(u8, bool, Instant),
    Counts(u32),
}

fn poll(lines: &mut GpioLines) -> Result<Vec<Heard>, SignalError> {
    let mut heard = Vec::new();
    let polled = lines.poll(&mut |input, value, at| match value {
        Value::Bit(is_on) => heard.push(Heard::Bit(input, is_on, at)),
        Value::Double(counts) => heard.push(Heard::Counts(counts)),
        _ => {}
    });
    polled.map(|()| heard)
}

fn edges_have_the_kernels_times() -> Outcome {
    let sim = board()?;
    let mut lines = opened("", &["EYE", "SWITCH"], &[])?;
    let mut late = Vec::new();
    for round in 0..20 {
        let is_high = round % 2 == 0;
        let before = SystemClock.now();
        pull(&sim, EYE, is_high)?;
        let after = SystemClock.now();
        std::thread::sleep(Duration::from_millis(5));
        let heard = poll(&mut lines).map_err(|error| error.to_string())?;
        let Some(Heard::Bit(0, found, at)) = heard.first().copied() else {
            return Err(format!("{heard:?}"));
        };
        expect(
            found == is_high && before <= at && at <= after + Duration::from_millis(2),
            format!("{is_high} between {before:?} and {after:?}: {heard:?}"),
        )?;
        expect(
            heard.len() == 3,
            format!("one edge and two states: {heard:?}"),
        )?;
        late.push(at.since(before));
    }
    late.sort();
    println!(
        "MEASURED gpio edge after the change: median {:?}, at most {:?}",
        late[10], late[19]
    );
    Ok(())
}

fn outputs_stay_as_they_are_until_they_are_set() -> Outcome {
    let sim = board()?;
    pull(&sim, LAMP, true)?;
    let mut lines = opened("chip = \"board\"", &["EYE"], &["GATE", "5, open-drain"])?;
    let say = |error: SignalError| error.to_string();
    expect(
        lines.read_back(1) == Ok(Some(true)),
        "the lamp's line floats high",
    )?;
    expect(
        level(&sim, LAMP)? && !level(&sim, GATE)?,
        "opening sets nothing",
    )?;
    for is_on in [true, false, true] {
        lines.write(0, is_on).map_err(say)?;
        expect(
            level(&sim, GATE)? == is_on,
            format!("the gate is not {is_on}"),
        )?;
        expect(
            lines.read_back(0) == Ok(Some(is_on)),
            format!("{:?}", lines.read_back(0)),
        )?;
        expect(level(&sim, LAMP)?, "the lamp's line was touched")?;
    }
    let refused = lines.write(2, true);
    expect(
        matches!(refused, Err(SignalError::Refused { .. })),
        format!("{refused:?}"),
    )
}

/// Every case, in the order of running.
pub fn all() -> Vec<Case> {
    let case = |name: &str, run: fn() -> Outcome| (name.to_owned(), Box::new(run) as Box<_>);
    vec![
        case(
            "gpio-edges-have-the-kernels-times",
            edges_have_the_kernels_times,
        ),
        case(
            "gpio-outputs-stay-until-set",
            outputs_stay_as_they_are_until_they_are_set,
        ),
    ]
}
