//! Every law under faults from seeds, and the proof that breaking a law is noticed.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was skipped is told"
)]

use inspector::simulation::{Law, Sabotage, Violation, run, run_sabotaged};

const SEEDS: u64 = 600;

#[test]
fn every_law_holds_under_every_seed() {
    let halves = std::thread::scope(|scope| {
        let half = |from: u64| {
            scope.spawn(move || -> Vec<Violation> {
                (from..SEEDS)
                    .step_by(2)
                    .filter_map(|seed| run(seed).err())
                    .collect()
            })
        };
        [half(0), half(1)].map(|half| half.join().expect("a run panicked"))
    });
    let broken: Vec<String> = halves.iter().flatten().map(ToString::to_string).collect();
    assert!(
        broken.is_empty(),
        "{} of {SEEDS}:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 0..40 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
    let digests: std::collections::BTreeSet<u64> = (0..40)
        .filter_map(|seed| Some(run(seed).ok()?.digest))
        .collect();
    assert!(
        digests.len() > 30,
        "different seeds must differ: {}",
        digests.len()
    );
}

#[test]
fn runs_meet_every_fault_and_decide_most_parts() {
    let (mut untouched, mut accepted) = (0, 0);
    let mut met = std::collections::BTreeMap::new();
    for outcome in (0..200).filter_map(|seed| run(seed).ok()) {
        untouched += outcome.untouched;
        accepted += outcome.accepted;
        for (name, count) in outcome.tally {
            *met.entry(name).or_insert(0) += count;
        }
    }
    assert!(
        untouched > 3_000 && accepted > 2_000,
        "{untouched} untouched, {accepted} accepted"
    );
    let missing: Vec<_> = met.iter().filter(|(_, count)| **count == 0).collect();
    assert!(missing.is_empty(), "never met: {missing:?}");
}

/// Some seed of the first hundred must show the break, as a break of this law.
fn is_noticed(sabotage: Sabotage, law: Law) {
    let shown = (0..100).find_map(|seed| {
        run_sabotaged(seed, Some(sabotage))
            .err()
            .filter(|v| v.law == law)
    });
    let Some(violation) = shown else {
        panic!("{sabotage:?} was not noticed as a break of law {law:?}");
    };
    println!("{sabotage:?}: {violation}");
    assert!(violation.to_string().contains("inspector simulate --seed"));
}

macro_rules! noticed {
    ($($test:ident: $sabotage:ident breaks $law:ident;)*) => {
        $(#[test]
        fn $test() {
            is_noticed(Sabotage::$sabotage, Law::$law);
        })*
    };
}

noticed! {
    a_dropped_result_is_noticed: ResultDropped breaks Accounted;
    a_reversed_ejector_is_noticed: EjectorReversed breaks SafeDefault;
    an_ejector_that_ignores_reject_is_noticed: EjectorIgnoresReject breaks SafeDefault;
    rejecting_everything_is_noticed: RejectEverything breaks NeverWaits;
    accepting_while_the_disk_hangs_is_noticed: HungDiskAccepts breaks Durable;
    a_log_that_is_gone_and_takes_rows_is_noticed: GoneLogTakes breaks Durable;
    a_log_that_is_gone_while_nothing_comes_is_noticed: GoneLogUnasked breaks Durable;
    decisions_that_wait_for_the_disk_are_noticed: DecisionsWait breaks NeverWaits;
    a_log_that_forgets_is_noticed: LogForgets breaks Durable;
    a_leaking_pool_is_noticed: LoanLeaks breaks Bounded;
    a_frame_of_another_part_is_noticed: WrongPart breaks SafeDefault;
    rows_without_thresholds_are_noticed: Unexplained breaks Explained;
    a_version_without_its_models_is_noticed: ModelForgotten breaks Explained;
    parts_judged_by_a_later_version_are_noticed: VersionTooEarly breaks Explained;
}

mod on_a_line {
    use inspector::simulation::line::{Sabotage, pace, run};
    use inspector::station::position::Reverse;
    use std::collections::BTreeMap;

    const SEEDS: u64 = 800;

    #[test]
    fn every_law_holds_on_a_line_with_belt_sensors_and_plc() {
        let halves = std::thread::scope(|scope| {
            let half = |from: u64| {
                scope.spawn(move || {
                    let runs = (from..SEEDS).step_by(2).map(|seed| run(seed, None));
                    runs.collect::<Vec<_>>()
                })
            };
            [half(0), half(1)].map(|half| half.join().expect("a run panicked"))
        });
        let mut met: BTreeMap<&str, u64> = BTreeMap::new();
        let mut broken = Vec::new();
        let mut accepted = 0;
        for run in halves.into_iter().flatten() {
            match run {
                Ok(outcome) => {
                    accepted += outcome.accepted;
                    for (name, count) in outcome.tally {
                        *met.entry(name).or_insert(0) += count;
                    }
                }
                Err(violation) => broken.push(violation.to_string()),
            }
        }
        assert!(
            broken.is_empty(),
            "{} of {SEEDS}:\n{}",
            broken.len(),
            broken.join("\n")
        );
        assert!(accepted > SEEDS * 10, "most good parts pass: {accepted}");
        for name in [
            "position_lost",
            "no_identity",
            "unknown_style",
            "frame_lost",
            "frame_ambiguous",
            "deadline",
            "overrun",
            "trigger_missed",
            "not_acknowledged",
            "ejector_fault",
            "line_fault",
            "confirm_missing",
            "unknown_part",
            "bin_full",
            "low_air",
            "many_rejects",
            "encoder_dead",
            "line_stops",
            "triggered_again",
            "left_over",
            "challenge_due",
            "challenge_overdue",
            "challenge_failed",
            "challenge_passed",
            "challenge_missed",
            "challenge_not_taken_out",
            "unannounced",
            "parts_unseen",
            "back_and_ignored",
            "back_and_both",
        ] {
            assert!(
                met.get(name).is_some_and(|count| *count > 0),
                "{name} was never met: {met:?}"
            );
        }
    }

    /// A challenge part that was decided between two gates, and lost before it came to its own.
    #[test]
    fn seeds_that_once_broke_a_law_keep_every_one() {
        for seed in [866, 1012] {
            let run = run(seed, None);
            assert!(run.is_ok(), "{}", run.expect_err("it broke one"));
        }
    }

    /// By an encoder, by the time and by a PLC; IDs by readers, by codes and by none.
    #[test]
    fn no_part_is_lost_or_doubled_at_a_hundred_a_second() {
        let minute = (100, 6_000);
        for seed in 0..6 {
            let paced = pace::run(seed, minute, None, &mut |_| {});
            let paced = paced.unwrap_or_else(|violation| panic!("{violation}"));
            assert_eq!(paced.parts, 6_000, "seed {seed}");
            assert!((55_000..66_000).contains(&paced.simulated_ms), "{paced:?}");
            assert!((3_500..4_300).contains(&paced.accepted), "{paced:?}");
            assert!(paced.confirmed > 5_900 && paced.held_max < 64, "{paced:?}");
        }
        for sabotage in [
            Sabotage::EverythingAccepted,
            Sabotage::RowForgotten,
            Sabotage::GateStaysOpen,
        ] {
            let noticed = pace::run(0, minute, Some(sabotage), &mut |_| {});
            let Err(violation) = noticed else {
                panic!("{sabotage:?} went unnoticed");
            };
            let (pace, parts) = minute;
            let hours = parts as f64 / (3_600.0 * f64::from(pace));
            let again = format!("simulate --line --parts-per-s {pace} --hours {hours} --seed 0");
            assert!(violation.to_string().ends_with(&again), "{violation}");
        }
    }

    #[test]
    fn the_laws_of_a_line_notice_when_they_are_broken() {
        for sabotage in [
            Sabotage::EncoderSlips,
            Sabotage::EverythingAccepted,
            Sabotage::LanesMixedUp,
            Sabotage::GateStaysOpen,
            Sabotage::GatesTakenForOne,
            Sabotage::OneGateClosesAll,
            Sabotage::SafeGateForgotten,
            Sabotage::GateBlind,
            Sabotage::PlcTakesThePartBefore,
            Sabotage::IdsOfTheNextPart,
            Sabotage::PowerForgotten,
            Sabotage::LineRunsOn,
            Sabotage::PitchKept,
            Sabotage::CameraMistaken,
            Sabotage::RowForgotten,
            Sabotage::ChallengeForgotten,
            Sabotage::ChallengeOnlyTold,
            Sabotage::LockForgotten,
            Sabotage::AnnouncerForgotten,
            Sabotage::KeyForName,
            Sabotage::ReverseMistaken(Reverse::Track),
            Sabotage::ReverseMistaken(Reverse::Ignore),
            Sabotage::ReverseMistaken(Reverse::Both),
        ] {
            let noticed = (0..400).find_map(|seed| run(seed, Some(sabotage)).err());
            let Some(violation) = noticed else {
                panic!("{sabotage:?} went unnoticed");
            };
            let again = format!(
                "Replay: inspector simulate --line --seed {}",
                violation.seed
            );
            assert!(violation.to_string().ends_with(&again), "{violation}");
        }
    }
}
