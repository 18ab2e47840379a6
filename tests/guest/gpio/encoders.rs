//! Encoders of two lines.

use super::board::{Board, ENCODER_A, EYE, Heard, INPUTS, counts, heard, opened, poll};
use crate::cases::{Outcome, expect};
use inspector::clock::{Clock, SystemClock};
use inspector::ports::signal::SignalDevice;
use std::time::Duration;

const BELT: [&str; 1] = ["ENC_A+ENC_B"];

pub fn an_encoder_counts_both_ways() -> Outcome {
    let mut board = Board::new();
    let mut lines = opened("", &BELT, &[]);
    let mut found = Vec::new();
    for to in [4, 11, 3, -2, 0, 25] {
        board.turn_to(to);
        found.push(counts(&heard(&mut lines)?));
    }
    let expected = [4, 11, 3, u32::MAX - 1, 0, 25].map(Some);
    expect(found == expected, format!("{found:?}"))
}

/// As fast as edges can be made here, while the station asks every 2 ms.
pub fn an_encoder_counts_at_speed() -> Outcome {
    let mut board = Board::new();
    let mut lines = opened("", &BELT, &[]);
    let began = SystemClock.now();
    let mut found = 0;
    for to in (0..=4_000).step_by(50) {
        board.turn_to(to);
        found = counts(&heard(&mut lines)?).unwrap_or_default();
    }
    let took = SystemClock.now().since(began);
    let rate = 4_000.0 / took.as_secs_f64();
    println!("MEASURED gpio: encoder at {rate:.0} edges a second, none lost");
    expect(found == 4_000, format!("{found} of 4000 in {took:?}"))
}

pub fn a_trigger_has_the_count_of_its_moment() -> Outcome {
    let mut board = Board::new();
    let mut lines = opened("", &INPUTS, &[]);
    board.turn_to(7);
    board.pull(EYE, true);
    board.turn_to(30);
    std::thread::sleep(Duration::from_millis(3));
    let heard = heard(&mut lines)?;
    let at = heard
        .iter()
        .position(|it| matches!(it, Heard::Bit(0, true, _)))
        .ok_or_else(|| format!("{heard:?}"))?;
    let before = counts(&heard[..at]);
    expect(
        before == Some(7) && counts(&heard) == Some(30),
        format!("{heard:?}"),
    )
}

/// Further than any belt runs between two readings.
fn is_jump(from: Option<u32>, to: Option<u32>) -> bool {
    match (from, to) {
        (Some(from), Some(to)) => (to.wrapping_sub(from) as i32).unsigned_abs() > 1 << 30,
        _ => false,
    }
}

pub fn noise_and_lost_edges_make_the_count_jump() -> Outcome {
    let mut board = Board::new();
    let mut lines = opened("", &BELT, &[]);
    board.turn_to(6);
    let before = counts(&heard(&mut lines)?);
    // A line that trembles is no harm.
    for _ in 0..50 {
        board.pull(ENCODER_A, true);
        board.pull(ENCODER_A, false);
        board.pull(ENCODER_A, true);
    }
    let trembled = counts(&heard(&mut lines)?);
    expect(
        before == Some(6) && trembled == Some(6),
        format!("{before:?}, {trembled:?}"),
    )?;
    // Nobody asks for so long that the kernel throws edges away.
    board.turn_to(2_006);
    std::thread::sleep(Duration::from_millis(5));
    let (_, first) = poll(&mut lines);
    // What is missing might still come.
    std::thread::sleep(Duration::from_millis(25));
    let (_, second) = poll(&mut lines);
    let lost = first.and(second);
    super::board::says(lost, &["line ENC_A+ENC_B", "edges were lost"])?;
    lines.reopen().map_err(|error| error.to_string())?;
    let after = counts(&heard(&mut lines)?);
    expect(is_jump(Some(2_006), after), format!("{after:?}"))?;
    board.turn_to(2_010);
    let on = counts(&heard(&mut lines)?);
    let step = on.zip(after).map(|(on, after)| on.wrapping_sub(after));
    expect(
        step == Some(4),
        format!("it goes on from there: {on:?} after {after:?}"),
    )
}
