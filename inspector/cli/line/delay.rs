//! `inspector line delay`: from the trigger to a sensor, over several parts, and what that says for the settings.

mod found;
mod proposal;
mod travelled;

use self::found::{Found, tell};
use self::proposal::proposal;
use self::travelled::Travelled;
use super::opened::TRIED_WITHIN;
use super::opened::{self, Line};
use super::show::wait_until_tried;
use crate::cli::interrupt;
use crate::error::{Error, ErrorKind};
use crate::settings::StationSettings;
use crate::station::lane::LaneNo;
use crate::station::time::Instant;
use crate::telemetry::signals::SignalState;
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
/// An encoder is looked at so often, as far as its device is.
const ENCODER_LOOK_EVERY: Duration = Duration::from_millis(2);

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
    let measured = measure(&line, args, [trigger, sensor], encoder(settings, &line)?);
    drop(following);
    let Measured { ms, mm } = measured?;
    let (ms, mm) = (Found::of(ms)?, mm.map(Found::of).transpose()?);
    let all = line.info.board.signals(line.clock.now());
    let sensor = &all[sensor].name;
    let lane = lane.or_else(|| lane_of(settings, &sensor.meaning));
    tell(settings, args, (sensor, lane), (&ms, mm.as_ref()), is_json);
    if !is_json {
        let asked = (sensor.meaning.as_str(), lane);
        let ends = mm.as_ref().unwrap_or(&ms).ends();
        say!("{}", proposal(settings, &line.info.ways, asked, ends));
    }
    Ok(())
}

/// Where the encoder is on the board, and what follows it; `None` where parts act by the time.
fn encoder(settings: &StationSettings, line: &Line) -> Result<Option<(usize, Travelled)>, Error> {
    let Some(encoder) = &settings.encoder else {
        return Ok(None);
    };
    let all = line.info.board.signals(line.clock.now());
    let at = all.iter().position(|it| it.name.meaning == "encoder");
    let at = at.ok_or_else(|| {
        let message = "expected an [[input]] with meaning = \"encoder\", found none: parts act by distances here";
        refused(settings, message)
    })?;
    Ok(Some((at, Travelled::new(*encoder.way.scale()))))
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

/// From the trigger to the sensor, part by part.
struct Measured {
    ms: Vec<f64>,
    /// The same, of the belt; `None` without an encoder.
    mm: Option<Vec<f64>>,
}

impl Measured {
    /// Takes a part as soon as the belt is known where it was seen; gives it back before.
    fn take(
        &mut self,
        [trigger, sighting]: [Instant; 2],
        encoder: Option<&Travelled>,
    ) -> Option<[Instant; 2]> {
        let mm = match encoder {
            Some(travelled) if !travelled.knows(sighting) => return Some([trigger, sighting]),
            Some(travelled) => travelled.mm(trigger, sighting),
            None => None,
        };
        let ms = sighting.since(trigger).as_secs_f64() * 1e3;
        match (&mut self.mm, mm) {
            (Some(all), Some(mm)) => {
                all.push(mm);
                remark!("part {}: {mm:.1} mm, {ms:.1} ms", all.len());
            }
            (Some(_), None) => {
                remark!("a part is not counted: the encoder was not known while it passed");
                return None;
            }
            (None, _) => remark!("part {}: {ms:.1} ms", self.ms.len() + 1),
        }
        self.ms.push(ms);
        None
    }
}

fn measure(
    line: &Line,
    args: &DelayArgs,
    [trigger, sensor]: [usize; 2],
    mut encoder: Option<(usize, Travelled)>,
) -> Result<Measured, Error> {
    let mut rises = [Rises::default(), Rises::default()];
    let mut measured = Measured {
        ms: Vec::new(),
        mm: encoder.is_some().then(Vec::new),
    };
    let look_every = match encoder {
        Some(_) => ENCODER_LOOK_EVERY,
        None => LOOK_EVERY,
    };
    let mut moved_at = line.clock.now();
    let begun = moved_at;
    let mut seen = None;
    while measured.ms.len() < args.parts as usize {
        if interrupt::is_told_to_end() {
            break;
        }
        std::thread::sleep(look_every);
        let now = line.clock.now();
        let all = line.info.board.signals(now);
        if let Some((at, travelled)) = &mut encoder {
            travelled.look(&all[*at], now);
        }
        for (rises, at) in rises.iter_mut().zip([trigger, sensor]) {
            if rises.take(&all[at], begun) {
                moved_at = now;
            }
        }
        let travelled = encoder.as_ref().map(|(_, travelled)| travelled);
        while let Some(part) = seen.take().or_else(|| pair(&mut rises)) {
            seen = measured.take(part, travelled);
            if seen.is_some() {
                break;
            }
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
    Ok(measured)
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
fn pair([triggers, sightings]: &mut [Rises; 2]) -> Option<[Instant; 2]> {
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
    Some([trigger, sighting])
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
        while let Some([trigger, sighting]) = pair(&mut rises) {
            delays.push(sighting.since(trigger).as_millis());
        }
        assert_eq!(delays, [250, 260]);
        assert_eq!(rises[0].at.len(), 1, "the third is still on the belt");
    }
}
