//! What every signal device promises, on GPIO lines.

use super::board::{Board, INPUTS, OUTPUTS, opened};
use crate::cases::{Case, Outcome};
use crate::parts::Parts;
use crate::promises::{self, Subject, Told, Trial};
use std::time::Duration;

fn subject() -> Subject<Board> {
    let board = Board::new();
    let device = opened("chip = \"board\"", &INPUTS, &OUTPUTS);
    let trial = |input, rest, set| Trial { input, rest, set };
    let bit = |input| trial(input, ("0", Told::Bit(false)), ("1", Told::Bit(true)));
    let encoder = trial(2, ("0", Told::Double(0)), ("300", Told::Double(300)));
    Subject {
        far: board,
        device: Box::new(device),
        trials: vec![bit(0), bit(1), encoder],
        limit: Duration::from_millis(150),
    }
}

fn a_part_allocates_nothing() -> Outcome {
    let parts = Parts {
        keys: "kind = \"gpio\"",
        trigger: (0, "EYE"),
        encoder: (2, "ENC_A+ENC_B"),
        part_id: None,
        gate: "GATE",
    };
    parts.allocate_nothing_from_trigger_to_output(&mut Board::new());
    Ok(())
}

pub fn all() -> Vec<Case> {
    // A promise that is broken panics, which is this case's failure.
    let promise = |name: &str, run: fn(Subject<Board>)| -> Case {
        let run = move || {
            run(subject());
            Ok(())
        };
        (format!("gpio-conforms-{name}"), Box::new(run))
    };
    vec![
        promise(
            "inputs",
            promises::every_input_is_told_with_its_value_and_time,
        ),
        promise(
            "outputs",
            promises::a_write_is_done_when_it_returns_and_touches_nothing_else,
        ),
        promise(
            "death",
            promises::a_far_side_that_dies_is_gone_in_time_and_back_when_it_is_there_again,
        ),
        promise(
            "allocations",
            promises::nothing_allocates_after_the_first_calls,
        ),
        (
            "gpio-conforms-part".to_owned(),
            Box::new(a_part_allocates_nothing),
        ),
    ]
}
