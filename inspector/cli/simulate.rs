//! `inspector simulate`: the data plane under faults drawn from seeds, every law checked.

use crate::bench::usage::memory_bytes;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::simulation;
use crate::simulation::line::pace::Pace;
use std::collections::BTreeMap;

/// Arguments of `inspector simulate`.
#[derive(clap::Args)]
pub struct SimulateArgs {
    /// How many seeds to run.
    #[arg(long, default_value_t = 500)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs this seed alone, as a violation says.
    #[arg(long)]
    seed: Option<u64>,
    /// A line with belt, encoder, sensors, ejector or PLC, instead of cameras, models and disks.
    #[arg(long)]
    line: bool,
    /// With --line: a line without faults on which so many parts come a second, and every one is looked after.
    #[arg(long, requires = "line", value_parser = clap::value_parser!(u32).range(1..=100))]
    parts_per_s: Option<u32>,
    /// With --parts-per-s: for so many simulated hours.
    #[arg(long, requires = "parts_per_s", default_value_t = 1.0)]
    hours: f64,
}

/// Runs the seeds and prints what they met. `Verification` when a law was broken.
pub fn run(args: &SimulateArgs, clock: &dyn Clock) -> Result<(), Error> {
    if let Some(parts_per_s) = args.parts_per_s {
        return at_a_pace(args, parts_per_s, clock);
    }
    let (from, seeds) = args.seed.map_or((args.from, args.seeds), |seed| (seed, 1));
    let started_at = clock.now();
    let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut parts, mut untouched, mut simulated_ms) = (0, 0, 0);
    let mut broken = Vec::new();
    for n in 0..seeds {
        let seed = from.saturating_add(n);
        let ran = match args.line {
            true => simulation::line::run(seed, None).map(simulation::line::Outcome::plain),
            false => simulation::run(seed),
        };
        match ran {
            Ok(outcome) => {
                parts += outcome.parts;
                untouched += outcome.untouched;
                simulated_ms += outcome.simulated_ms;
                for (name, count) in outcome.tally {
                    *tally.entry(name).or_insert(0) += count;
                }
            }
            Err(violation) => broken.push(violation.to_string()),
        }
        if (n + 1) % 500 == 0 {
            say!(
                "{} of {seeds} seeds, {parts} parts, {} laws broken",
                n + 1,
                broken.len()
            );
        }
    }
    let seconds = clock.now().since(started_at).as_secs_f64();
    for (name, count) in &tally {
        say!("{count:>9}  {name}");
    }
    say!(
        "{seeds} seeds from {from}: {parts} parts, {untouched} of them undisturbed, {} simulated \
         hours in {seconds:.1} s ({:.0} parts/s)",
        simulated_ms / 3_600_000,
        parts as f64 / seconds.max(1e-9),
    );
    if broken.is_empty() {
        say!("every law held");
        return Ok(());
    }
    Err(Error::all(ErrorKind::Verification, broken))
}

/// One line for hours: every part is looked after, and memory must not grow.
fn at_a_pace(args: &SimulateArgs, parts_per_s: u32, clock: &dyn Clock) -> Result<(), Error> {
    let seed = args.seed.unwrap_or(args.from);
    let parts = (args.hours * 3_600.0 * f64::from(parts_per_s))
        .round()
        .max(1.0) as u64;
    let started_at = clock.now();
    let mut memory = [0, 0];
    let mut told = |pace: &Pace| {
        match pace.simulated_ms {
            60_000 => memory = [memory_bytes(); 2],
            ms if ms.is_multiple_of(60_000) => memory[1] = memory_bytes(),
            _ => {}
        }
        if pace.simulated_ms.is_multiple_of(600_000) && pace.simulated_ms > 0 {
            say!(
                "{} simulated minutes: {} parts, {} accepted",
                pace.simulated_ms / 60_000,
                pace.parts,
                pace.accepted
            );
        }
    };
    let pace = simulation::line::pace::run(seed, (parts_per_s, parts), None, &mut told)
        .map_err(|violation| Error::new(ErrorKind::Verification, violation))?;
    let seconds = clock.now().since(started_at).as_secs_f64();
    say!(
        "seed {seed}: {} parts in {:.1} simulated minutes ({:.1} s on this computer), {} accepted, {} confirmed; none \
         was lost, doubled or misjudged",
        pace.parts,
        pace.simulated_ms as f64 / 60_000.0,
        seconds,
        pace.accepted,
        pace.confirmed,
    );
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let [before, after] = memory;
    if before > 0 {
        say!(
            "memory: {:.1} MiB after the first minute, {:.1} MiB in the last one; at most {} parts were held at a time",
            mib(before),
            mib(after),
            pace.held_max
        );
    }
    Ok(())
}
