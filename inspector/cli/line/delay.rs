//! `inspector line delay`: from the trigger to a sensor, over several parts, and what that says for the settings.

mod proposal;

use self::proposal::proposal;
use super::super::terminal;
use super::opened::TRIED_WITHIN;
use super::opened::{self, Line};
use super::show::wait_until_tried;
use crate::cli::interrupt;
use crate::error::{Error, ErrorKind};
use crate::settings::StationSettings;
use crate::station::lane::LaneNo;
use crate::station::time::Instant;
use crate::telemetry::signals::{SignalName, SignalState};
use serde_json::json;
use std::time::Duration;

/// Arguments of `inspector line delay`.
#[derive(clap::Args)]
pub struct DelayArgs {
    /// How many parts are measured.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(3..=1_000))]
    parts: u32,
    /// The sensor, by its meaning: "gate", or "lane-confirm reject"; by default the first of them that is wired.
    #[arg(long)]
    sensor: Option<String>,
    /// The lane whose gate or sensor is measured. With --sensor gate that sensor was put before this lane's gate; by default
    /// the sensor is the one in the lane, where one is wired.
    #[arg(long)]
    lane: Option<String>,
    /// How long the next part may be in coming, in seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    wait_s: u64,
}

/// What a sensor in a lane means, before the name of the lane.
const LANE_CONFIRM: &str = "lane-confirm";
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Of an honest measurement the middle half of all delays lies closer together than this share of their median.
const SPREAD_MAX: f64 = 0.2;

pub(super) fn delay(
    settings: &StationSettings,
    args: &DelayArgs,
    is_json: bool,
) -> Result<(), Error> {
    interrupt::note();
    let mut line = opened::open(settings)?;
    let lane = asked_lane(settings, args)?;
    let [trigger, sensor] = signals(settings, args, &line)?;
    let following = line.follow(settings);
    wait_until_tried(&line);
    answer(&line, [trigger, sensor])?;
    remark!(
        "begin with an empty belt, then let {} parts come, one after another",
        args.parts
    );
    let measured = measure(&line, args, [trigger, sensor]);
    drop(following);
    let found = Found::of(measured?)?;
    let all = line.info.board.signals(line.clock.now());
    let sensor = &all[sensor].name;
    let lane = lane.or_else(|| lane_of(settings, &sensor.meaning));
    tell(settings, args, (sensor, lane), &found, is_json);
    if !is_json {
        let asked = (sensor.meaning.as_str(), lane);
        say!(
            "{}",
            proposal(settings, &line.info.ways, asked, found.ends())
        );
    }
    Ok(())
}

fn refused(settings: &StationSettings, message: &str) -> Error {
    let message = format!("{}: {message}", settings.file.display());
    Error::new(ErrorKind::Settings, message)
}

/// The lane of this name.
fn named(settings: &StationSettings, name: &str) -> Option<LaneNo> {
    let mut lanes = settings.line.lanes.iter();
    let found = lanes.find(|(_, lane)| lane.name.as_str() == name);
    found.map(|(number, _)| number)
}

/// The lane in which a sensor stands by its meaning.
fn lane_of(settings: &StationSettings, meaning: &str) -> Option<LaneNo> {
    named(settings, meaning.strip_prefix(LANE_CONFIRM)?.trim())
}

/// The lane that was asked for, which must be one, and that of the sensor if both are said.
fn asked_lane(settings: &StationSettings, args: &DelayArgs) -> Result<Option<LaneNo>, Error> {
    let Some(name) = &args.lane else {
        return Ok(None);
    };
    let lane = named(settings, name).ok_or_else(|| {
        let lanes = settings.line.lanes.iter();
        let known: Vec<&str> = lanes.map(|(_, lane)| lane.name.as_str()).collect();
        refused(
            settings,
            &format!("--lane {name:?}: expected one of {known:?}"),
        )
    })?;
    let sensor = args.sensor.as_deref().unwrap_or("");
    if sensor.starts_with(LANE_CONFIRM) && lane_of(settings, sensor) != Some(lane) {
        let message = format!(
            "--lane {name:?} and --sensor {sensor:?}: expected the sensor of that lane, or \"gate\""
        );
        return Err(refused(settings, &message));
    }
    Ok(Some(lane))
}

/// Places of the trigger and of the sensor on the board.
fn signals(settings: &StationSettings, args: &DelayArgs, line: &Line) -> Result<[usize; 2], Error> {
    let all = line.info.board.signals(line.clock.now());
    let at = |is_it: &dyn Fn(&str) -> bool| {
        all.iter()
            .position(|signal| !signal.name.is_output && is_it(&signal.name.meaning))
    };
    let trigger = at(&|meaning| meaning == "trigger").ok_or_else(|| {
        let message = "expected an [[input]] with meaning = \"trigger\", found none: a PLC with a handshake announces parts by \
                       itself, and is measured in its own program";
        refused(settings, message)
    })?;
    let sensor = match (&args.sensor, &args.lane) {
        (Some(asked), _) => at(&|meaning| meaning == asked),
        (None, Some(lane)) => at(&|meaning| meaning == format!("{LANE_CONFIRM} {lane}")),
        (None, None) => at(&|meaning| meaning == "gate")
            .or_else(|| at(&|meaning| meaning.starts_with(LANE_CONFIRM))),
    };
    let sensor = sensor.ok_or_else(|| {
        let expected = match (&args.sensor, &args.lane) {
            (Some(asked), _) => format!("meaning = {asked:?}"),
            (None, Some(lane)) => format!(
                "meaning = {LANE_CONFIRM:?} and lane = {lane:?}, or --sensor gate with that sensor put before the gate of this lane"
            ),
            (None, None) => format!("meaning = \"gate\" or {LANE_CONFIRM:?}"),
        };
        let message = format!(
            "expected an [[input]] with {expected}; found none, and without a sensor behind the trigger nothing can be measured"
        );
        refused(settings, &message)
    })?;
    Ok([trigger, sensor])
}

fn answer(line: &Line, signals: [usize; 2]) -> Result<(), Error> {
    let all = line.info.board.signals(line.clock.now());
    let devices = line.info.board.devices();
    for signal in signals {
        let device = &devices[usize::from(all[signal].name.device)];
        if !device.is_connected {
            let message = format!(
                "device {:?} does not answer within {} s: {}",
                device.name.name,
                TRIED_WITHIN.as_secs(),
                device.reason
            );
            return Err(Error::new(ErrorKind::Device, message));
        }
    }
    Ok(())
}

fn measure(
    line: &Line,
    args: &DelayArgs,
    [trigger, sensor]: [usize; 2],
) -> Result<Vec<Duration>, Error> {
    let mut rises = [Rises::default(), Rises::default()];
    let mut delays = Vec::new();
    let mut moved_at = line.clock.now();
    let begun = moved_at;
    while delays.len() < args.parts as usize {
        if interrupt::is_told_to_end() {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
        let now = line.clock.now();
        let all = line.info.board.signals(now);
        for (rises, at) in rises.iter_mut().zip([trigger, sensor]) {
            if rises.take(&all[at], begun) {
                moved_at = now;
            }
        }
        while let Some(delay) = pair(&mut rises) {
            delays.push(delay);
            remark!("part {}: {:.1} ms", delays.len(), delay.as_secs_f64() * 1e3);
        }
        if now.since(moved_at).as_secs() >= args.wait_s {
            let [triggers, sightings] = rises.each_ref().map(|rises| rises.seen);
            let message = format!(
                "expected a part within {} s, found {triggers} at the trigger and {sightings} at the sensor so far; \
                 `inspector line` shows both live",
                args.wait_s
            );
            return Err(Error::new(ErrorKind::Device, message));
        }
    }
    Ok(delays)
}

/// Times at which a signal turned on and that are not used up yet.
#[derive(Default)]
struct Rises {
    at: std::collections::VecDeque<Instant>,
    newest: Option<Instant>,
    seen: u32,
}

impl Rises {
    fn take(&mut self, signal: &SignalState, begun: Instant) -> bool {
        let before = self.newest.unwrap_or(begun);
        let new = signal
            .edges
            .iter()
            .filter(|edge| edge.is_on && edge.at > before);
        let new: Vec<Instant> = new.map(|edge| edge.at).collect();
        self.newest = new.last().copied().or(self.newest);
        self.seen += new.len() as u32;
        self.at.extend(&new);
        !new.is_empty()
    }
}

/// The oldest trigger with the first sighting after it: parts stay in their order. One that was on the belt before is no
/// part's sighting.
fn pair([triggers, sightings]: &mut [Rises; 2]) -> Option<Duration> {
    let trigger = *triggers.at.front()?;
    while sightings
        .at
        .front()
        .is_some_and(|sighting| *sighting < trigger)
    {
        sightings.at.pop_front();
    }
    let sighting = sightings.at.pop_front()?;
    triggers.at.pop_front();
    Some(sighting.since(trigger))
}

/// What was measured.
#[derive(Debug, PartialEq)]
struct Found {
    /// In milliseconds, in order of size.
    sorted: Vec<f64>,
    median: f64,
    /// Of the middle half.
    spread: f64,
}

impl Found {
    fn of(delays: Vec<Duration>) -> Result<Self, Error> {
        let mut sorted: Vec<f64> = delays
            .iter()
            .map(|delay| delay.as_secs_f64() * 1e3)
            .collect();
        sorted.sort_by(f64::total_cmp);
        let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
            return Err(Error::new(ErrorKind::Device, "no part was measured"));
        };
        let at = |share: f64| {
            let place = share * (sorted.len() - 1) as f64;
            let (low, high) = (place.floor() as usize, place.ceil() as usize);
            sorted[low] + (sorted[high] - sorted[low]) * place.fract()
        };
        debug_assert!(first <= last);
        Ok(Self {
            median: at(0.5),
            spread: at(0.75) - at(0.25),
            sorted,
        })
    }

    fn ends(&self) -> [f64; 2] {
        [self.sorted[0], self.sorted[self.sorted.len() - 1]]
    }
}

fn tell(
    settings: &StationSettings,
    args: &DelayArgs,
    (sensor, lane): (&SignalName, Option<LaneNo>),
    found: &Found,
    is_json: bool,
) {
    let meaning = &sensor.meaning;
    let [least, most] = found.ends();
    let period = settings.line.devices[usize::from(sensor.device)].period;
    if is_json {
        let lane = lane.and_then(|lane| settings.line.lanes.get(lane));
        let told = json!({
            "sensor": meaning, "parts": found.sorted.len(), "median_ms": found.median, "spread_ms": found.spread,
            "min_ms": least, "max_ms": most, "period_ms": period.as_secs_f64() * 1e3,
            "lane": lane.map(|lane| lane.name.as_str()),
        });
        return terminal::answer_json(&told.to_string());
    }
    say!(
        "trigger to {meaning}: median {:.1} ms, the middle half within {:.1} ms, {least:.1} to {most:.1} ms, {} part(s); read every {} ms",
        found.median,
        found.spread,
        found.sorted.len(),
        period.as_millis()
    );
    if found.sorted.len() < args.parts as usize {
        say!("warning   it was ended early");
    }
    if found.spread > found.median * SPREAD_MAX {
        say!(
            "warning   the spread is wide: the belt does not run evenly (an [encoder] takes that along), or parts were on the belt \
             at the beginning, or came otherwise than in their order"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_paired_in_their_order_and_one_from_before_is_nobodys() {
        let at = |ms: &[u64]| Rises {
            at: ms.iter().map(|ms| Instant::from_millis(*ms)).collect(),
            ..Rises::default()
        };
        let mut rises = [at(&[100, 200, 300]), at(&[50, 350, 460])];
        let mut delays = Vec::new();
        while let Some(delay) = pair(&mut rises) {
            delays.push(delay.as_millis());
        }
        assert_eq!(delays, [250, 260]);
        assert_eq!(rises[0].at.len(), 1, "the third is still on the belt");
    }

    #[test]
    fn median_and_spread_are_of_the_middle() {
        let delays = [100, 101, 102, 103, 400].map(Duration::from_millis);
        let found = Found::of(delays.into()).expect("some");
        assert_eq!((found.median, found.spread), (102.0, 2.0));
        assert_eq!(found.ends(), [100.0, 400.0]);
        assert!(Found::of(Vec::new()).is_err());
    }
}
