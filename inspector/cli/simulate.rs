//! `inspector simulate`: the data plane under faults drawn from seeds, every law checked.

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::simulation;
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
}

/// Runs the seeds and prints what they met. `Verification` when a law was broken.
pub fn run(args: &SimulateArgs, clock: &dyn Clock) -> Result<(), Error> {
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
