//! `inspector line handshake`: this program stands in for the station. It takes every trigger, takes no picture, rejects
//! every part, and says at each step which side waits for what.

use super::super::line_wiring::Ends;
use super::device_name;
use super::opened::{self, Line};
use super::rules::{Bit, Change, Rules};
use super::steps::{STEPS, Steps, Taken};
use crate::cli::interrupt;
use crate::error::{Error, ErrorKind};
use crate::ports::line::{Heard, LineStatus, Told};
use crate::settings::StationSettings;
use crate::station::handshake::{Control, Flag};
use crate::station::outcome::Outcome;
use crate::station::part::{PartId, PartNo};
use crate::station::time::Instant;
use crate::station::verdict::{Cause, Disposition, Verdict};
use crate::telemetry::signals::{BitState, HandshakeState};
use std::collections::VecDeque;
use std::time::Duration;

/// Arguments of `inspector line handshake`.
#[derive(clap::Args)]
pub struct HandshakeArgs {
    /// How many parts are taken before it ends.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    parts: u32,
    /// How long one step may take, in seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    wait_s: u64,
}

/// As a camera takes, and as a model.
const EXPOSED_AFTER: Duration = Duration::from_millis(20);
const DECIDED_AFTER: Duration = Duration::from_millis(60);
const LOOK_EVERY: Duration = Duration::from_millis(2);
const ALIVE_EVERY: Duration = Duration::from_millis(100);
/// An acknowledgement that is not dropped is waited for so long at the end.
const LINGER: Duration = Duration::from_millis(2_500);
/// Who waits for what is said again so often.
const REMIND_EVERY: Duration = Duration::from_secs(5);

pub(super) fn handshake(settings: &StationSettings, args: &HandshakeArgs) -> Result<(), Error> {
    let devices = settings.line.devices.iter();
    let device = devices
        .clone()
        .position(|device| device.kind.role().has_handshake)
        .and_then(|at| u8::try_from(at).ok());
    let Some(device) = device else {
        let kinds: Vec<&str> = devices.map(|device| device.kind.name()).collect();
        let message = format!(
            "{}: expected a [[device]] with a handshake (kind = \"modbus-server\" or \"modbus-poll\"), found {}",
            settings.file.display(),
            kinds.join(", ")
        );
        return Err(Error::new(ErrorKind::Settings, message));
    };
    interrupt::note();
    let mut line = opened::open(settings)?;
    remark!(
        "this program stands in for the station: it takes every trigger, takes no picture, and rejects every part"
    );
    let ends = line.wired.ends();
    let following = line.follow(settings);
    let mut trial = Trial::new(&line, ends, device, device_name(settings, device));
    let ended = trial.run(args);
    drop(following);
    trial.sum_up();
    ended?;
    match trial.rules.is_broken() {
        false => Ok(()),
        true => Err(Error::new(
            ErrorKind::Device,
            format!(
                "device {:?}: its PLC broke rules of the handshake; docs/ref/plc.md shows them in a diagram",
                trial.name
            ),
        )),
    }
}

struct Trial<'a> {
    line: &'a Line,
    ends: Ends,
    device: u8,
    name: &'a str,
    begun: Instant,
    seen: [Vec<u64>; 2],
    steps: Option<Steps>,
    rules: Rules,
    beats: u32,
    beat_at: Option<Instant>,
    part_no: u64,
    under_way: VecDeque<(PartNo, Instant, bool)>,
    alive_at: Instant,
    results: u32,
}

impl<'a> Trial<'a> {
    fn new(line: &'a Line, ends: Ends, device: u8, name: &'a str) -> Self {
        let now = line.clock.now();
        Self {
            line,
            ends,
            device,
            name,
            begun: now,
            seen: [Vec::new(), Vec::new()],
            steps: None,
            rules: Rules::new(),
            beats: 0,
            beat_at: None,
            part_no: 0,
            under_way: VecDeque::new(),
            alive_at: Instant::default(),
            results: 0,
        }
    }

    fn run(&mut self, args: &HandshakeArgs) -> Result<(), Error> {
        let wait = Duration::from_secs(args.wait_s);
        let (mut moved_at, mut said_at) = (self.begun, self.begun);
        let mut said = "";
        let mut done_at = None;
        while !interrupt::is_told_to_end() {
            std::thread::sleep(LOOK_EVERY);
            let now = self.line.clock.now();
            self.stand_in(now);
            let devices = self.line.info.board.devices();
            let Some(state) = &devices[usize::from(self.device)].handshake else {
                return Ok(());
            };
            if self.look(state, now) {
                (moved_at, said_at) = (now, now);
            }
            if self.results >= args.parts {
                // What comes after the last result belongs to it.
                let done_at = *done_at.get_or_insert(now);
                let is_ack = state
                    .plc
                    .iter()
                    .any(|bit| is(bit, Control::InspectionResultsAck as u8));
                if !is_ack || now.since(done_at) > LINGER {
                    self.rules.end(now);
                    return Ok(());
                }
                continue;
            }
            let waits = state
                .result
                .or(state.trigger)
                .map_or("", |(it, _)| it.explained()[0]);
            let is_new = waits != said && now.since(moved_at) > Duration::from_millis(300);
            if is_new || now.since(said_at) > REMIND_EVERY {
                (said, said_at) = (waits, now);
                say!(
                    "{:>9.3} s  …  {waits} ({:.0} s)",
                    self.seconds(now),
                    now.since(moved_at).as_secs_f64()
                );
            }
            if now.since(moved_at) > wait {
                self.rules.end(now);
                let message = format!(
                    "device {:?}: nothing for {} s. {waits}",
                    self.name, args.wait_s
                );
                return Err(Error::new(ErrorKind::Device, message));
            }
        }
        Ok(())
    }

    fn seconds(&self, at: Instant) -> f64 {
        at.since(self.begun).as_secs_f64()
    }

    /// What a station would tell the device now.
    fn stand_in(&mut self, now: Instant) {
        let told = self.ends.told_of(self.device);
        if now.since(self.alive_at) >= ALIVE_EVERY {
            self.alive_at = now;
            let status = LineStatus {
                is_online: true,
                ..LineStatus::default()
            };
            drop(told.push(Told::Status(status)));
        }
        while let Some(heard) = self.ends.heard.pop() {
            let Heard::Arrival(arrival) = heard else {
                continue;
            };
            self.part_no += 1;
            let part_no = PartNo(self.part_no);
            drop(told.push(Told::Numbered(part_no)));
            self.under_way.push_back((part_no, now, false));
            let id = arrival
                .part_id
                .map_or(String::new(), |id| format!(", part ID {id}"));
            let missed = if arrival.is_missed {
                ", which came while not ready"
            } else {
                ""
            };
            say!(
                "{:>9.3} s      part {}{id}{missed}",
                self.seconds(now),
                self.part_no
            );
        }
        while self.ends.identities.pop().is_some() {}
        for (part_no, _, is_exposed) in self
            .under_way
            .iter_mut()
            .filter(|part| !part.2 && now.since(part.1) >= EXPOSED_AFTER)
        {
            *is_exposed = true;
            drop(told.push(Told::Exposed(*part_no)));
        }
        while let Some((part_no, at, _)) = self.under_way.front().copied()
            && now.since(at) >= DECIDED_AFTER
        {
            self.under_way.pop_front();
            drop(told.push(Told::Outcome(self.rejected(part_no))));
        }
    }

    fn rejected(&self, part_no: PartNo) -> Outcome {
        Outcome {
            part_no,
            part_id: PartId::counted(0, part_no),
            style: None,
            verdict: Verdict::NotDecided,
            cause: Some(Cause::ShutDown),
            disposition: Disposition::Reject,
            lane: self.line.info.lanes.safe(),
            score: None,
            class: None,
            act_by: None,
        }
    }

    /// Takes in what changed since the last look, in the order of time; says whether something did.
    fn look(&mut self, state: &HandshakeState, now: Instant) -> bool {
        if self.steps.is_none() {
            let controls = Control::ALL.iter().copied();
            let controls =
                controls.filter(|known| state.plc.iter().any(|bit| bit.place == *known as u8));
            let flags = Flag::ALL.iter().copied();
            let flags =
                flags.filter(|known| state.station.iter().any(|bit| bit.place == *known as u8));
            let (controls, flags): (Vec<_>, Vec<_>) = (controls.collect(), flags.collect());
            self.steps = Some(Steps::new(&controls, &flags, now));
        }
        if state.plc_beat_at.is_some() && state.plc_beat_at != self.beat_at {
            self.beat_at = state.plc_beat_at;
            self.beats += 1;
            if self.beats == 2 {
                say!(
                    "{:>9.3} s  ok  the PLC's heartbeat changes",
                    self.seconds(now)
                );
            }
        }
        let changes = self.changes(state);
        for change in &changes {
            self.rules.change(*change);
            let is_taken = change.bit == Bit::Station(Flag::ResultsValid) && !change.is_on;
            self.results += u32::from(is_taken);
            let taken = self
                .steps
                .as_mut()
                .map_or(Vec::new(), |steps| steps.change(*change));
            taken
                .into_iter()
                .for_each(|taken| self.tell(taken, change.at));
        }
        !changes.is_empty()
    }

    fn tell(&self, taken: Taken, at: Instant) {
        let (bit, is_on) = STEPS[taken.step];
        let verb = if is_on { "sets" } else { "drops" };
        let (side, name) = match bit {
            Bit::Plc(control) => ("PLC", control.name()),
            Bit::Station(flag) => ("station", flag.name()),
        };
        say!(
            "{:>9.3} s  ok  {}. {side} {verb} {name} after {:.1} ms",
            self.seconds(at),
            taken.step + 1,
            taken.after.as_secs_f64() * 1e3
        );
    }

    fn changes(&mut self, state: &HandshakeState) -> Vec<Change> {
        let plc = |place| {
            Control::ALL
                .iter()
                .find(|bit| **bit as u8 == place)
                .map(|bit| Bit::Plc(*bit))
        };
        let station = |place| {
            Flag::ALL
                .iter()
                .find(|flag| **flag as u8 == place)
                .map(|flag| Bit::Station(*flag))
        };
        let mut all = new_edges(&mut self.seen[0], &state.plc, plc);
        all.extend(new_edges(&mut self.seen[1], &state.station, station));
        // At the same time, what the PLC did comes before what the station did because of it.
        all.sort_by_key(|change| (change.at, matches!(change.bit, Bit::Station(_))));
        all
    }

    fn sum_up(&self) {
        say!("");
        say!(
            "{} part(s) announced, {} result(s) taken",
            self.part_no,
            self.results
        );
        if self.beats < 2 {
            say!(
                "not seen   the PLC's heartbeat: without one, plc_timeout_ms alone tells that it is gone"
            );
        }
        for rule in self.rules.all() {
            match (rule.broken.first(), rule.kept) {
                (Some(first), kept) => say!(
                    "BROKEN     {}: {} time(s), first after {:.3} s; kept {kept} time(s)",
                    rule.said,
                    rule.broken.len(),
                    self.seconds(*first)
                ),
                (None, 0) => say!("not seen   {}", rule.said),
                (None, kept) => say!("kept       {}: {kept} time(s)", rule.said),
            }
        }
    }
}

fn is(bit: &BitState, place: u8) -> bool {
    bit.place == place && bit.is_on
}

/// Edges that came since the last look; the first look takes all.
fn new_edges(
    seen: &mut Vec<u64>,
    bits: &[BitState],
    named: impl Fn(u8) -> Option<Bit>,
) -> Vec<Change> {
    seen.resize(bits.len(), 0);
    let mut all = Vec::new();
    for (seen, state) in seen.iter_mut().zip(bits) {
        let new = usize::try_from(state.changes - *seen).unwrap_or(usize::MAX);
        *seen = state.changes;
        let Some(bit) = named(state.place) else {
            continue;
        };
        let edges = &state.edges[state.edges.len().saturating_sub(new)..];
        all.extend(edges.iter().map(|edge| Change {
            at: edge.at,
            bit,
            is_on: edge.is_on,
        }));
    }
    all
}
