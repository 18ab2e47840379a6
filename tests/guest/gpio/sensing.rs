//! Inputs and outputs that work.

use super::board::{Board, EYE, GATE, Heard, LAMP, OUTPUTS, SWITCH, heard, lines, opened, rises};
use crate::cases::{Outcome, expect};
use inspector::clock::{Clock, SystemClock};
use inspector::ports::signal::{SignalDevice, SignalError};
use inspector::station::time::Instant;
use std::time::Duration;

fn nap(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

pub fn edges_have_the_kernels_times() -> Outcome {
    let board = Board::new();
    let mut lines = opened("", &["EYE", "SWITCH"], &[]);
    let mut late = Vec::new();
    for round in 0..40 {
        let is_high = round % 2 == 0;
        let before = SystemClock.now();
        board.pull(EYE, is_high);
        let after = SystemClock.now();
        nap(5);
        let heard = heard(&mut lines)?;
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
        "MEASURED gpio: edge after its cause, median {:?}, at most {:?}",
        late[20], late[39]
    );
    Ok(())
}

/// What comes right after the lines were opened is a change, before anybody has asked.
pub fn the_first_edge_is_a_change() -> Outcome {
    let board = Board::new();
    let mut lines = lines("", &["EYE"], &[]);
    lines.reopen().map_err(|error| error.to_string())?;
    board.pull(EYE, true);
    nap(2);
    let heard = heard(&mut lines)?;
    let is_change = matches!(
        heard[..],
        [Heard::Bit(0, false, first), Heard::Bit(0, true, edge), Heard::Bit(0, true, last)]
            if first < edge && edge < last
    );
    expect(is_change, format!("{heard:?}"))
}

pub fn edges_of_two_lines_come_in_the_order_of_time() -> Outcome {
    let board = Board::new();
    let mut lines = opened("", &["SWITCH", "EYE"], &[]);
    for (line, is_high) in [
        (EYE, true),
        (SWITCH, true),
        (EYE, false),
        (EYE, true),
        (SWITCH, false),
    ] {
        board.pull(line, is_high);
        nap(1);
    }
    let heard = heard(&mut lines)?;
    let bits: Vec<(u8, bool)> = heard
        .iter()
        .filter_map(|it| match it {
            Heard::Bit(input, is_on, _) => Some((*input, *is_on)),
            Heard::Counts(..) => None,
        })
        .collect();
    let expected = [
        (1, true),
        (0, true),
        (1, false),
        (1, true),
        (0, false),
        (0, false),
        (1, true),
    ];
    expect(bits == expected, format!("{bits:?}"))?;
    let times = heard.iter().map(|it| match it {
        Heard::Bit(.., at) | Heard::Counts(.., at) => *at,
    });
    expect(times.is_sorted(), format!("{heard:?}"))
}

pub fn a_contact_that_bounces_is_one_change() -> Outcome {
    let board = Board::new();
    let mut lines = opened("", &["SWITCH, debounce 20ms"], &[]);
    for bounce in 0..9 {
        board.pull(SWITCH, bounce % 2 == 0);
        nap(1);
    }
    let ended = SystemClock.now();
    nap(60);
    let heard = heard(&mut lines)?;
    let Some(Heard::Bit(0, true, at)) = heard.first().copied() else {
        return Err(format!("{heard:?}"));
    };
    // The kernel's time is that of the end of the wait.
    let is_late = at.since(ended) >= Duration::from_millis(10);
    expect(
        rises(&heard, 0, false) == 1 && is_late,
        format!("after {ended:?}: {heard:?}"),
    )
}

pub fn a_line_with_a_pull_rests_there() -> Outcome {
    let board = Board::new();
    let mut lines = opened("", &["EYE, pull-up", "SWITCH, pull-down"], &[]);
    expect(
        board.pulled(EYE) && !board.pulled(SWITCH),
        "the pulls were not set",
    )?;
    let heard = heard(&mut lines)?;
    expect(
        matches!(heard[..], [Heard::Bit(0, true, _), Heard::Bit(1, false, _)]),
        format!("{heard:?}"),
    )
}

pub fn lines_without_interrupts_are_asked() -> Outcome {
    let board = Board::new();
    let mut lines = opened("edges = false", &["EYE"], &[]);
    let mut found: Vec<(bool, bool)> = Vec::new();
    for is_high in [true, false, true] {
        board.pull(EYE, is_high);
        nap(2);
        let before = SystemClock.now();
        let heard = heard(&mut lines)?;
        let Some(Heard::Bit(0, is_on, at)) = heard.first().copied() else {
            return Err(format!("{heard:?}"));
        };
        found.push((is_on, at >= before));
    }
    expect(
        found == [(true, true), (false, true), (true, true)],
        format!("at the time of asking: {found:?}"),
    )
}

pub fn outputs_stay_as_they_are_until_they_are_set() -> Outcome {
    let board = Board::new();
    board.pull(LAMP, true);
    let mut lines = opened("chip = \"board\"", &["EYE"], &["GATE", "5, open-drain"]);
    let say = |error: SignalError| error.to_string();
    expect(
        lines.read_back(1) == Ok(Some(true)),
        "the lamp's line floats high",
    )?;
    expect(
        board.level(LAMP) && !board.level(GATE),
        "opening sets nothing",
    )?;
    for is_on in [true, false, true] {
        lines.write(0, is_on).map_err(say)?;
        let back = lines.read_back(0);
        expect(
            board.level(GATE) == is_on && back == Ok(Some(is_on)),
            format!("{is_on}: {back:?}"),
        )?;
        expect(board.level(LAMP), "the lamp's line was touched")?;
    }
    // Opened again while it drives: nothing falls before somebody says so.
    lines.reopen().map_err(say)
}

/// Without hardware help, so much slower than on a computer.
pub fn asking_and_setting_takes_no_time() -> Outcome {
    let _board = Board::new();
    let mut lines = opened("", &["EYE", "SWITCH", "ENC_A+ENC_B"], &OUTPUTS);
    let mut took: [Vec<Duration>; 2] = Default::default();
    for round in 0..400 {
        let began = SystemClock.now();
        heard(&mut lines)?;
        let asked = SystemClock.now();
        lines
            .write(0, round % 2 == 0)
            .map_err(|error| error.to_string())?;
        took[0].push(asked.since(began));
        took[1].push(SystemClock.now().since(asked));
    }
    took.iter_mut().for_each(|all| all.sort());
    let [poll, write] = took.map(|all| all[200]);
    println!("MEASURED gpio: one poll of 4 lines {poll:?}, one output {write:?} (medians)");
    expect(
        poll.max(write) < Duration::from_millis(2),
        format!("{poll:?}, {write:?}"),
    )
}

/// A station that is killed has no time to set anything: the kernel lets its lines go, and the chip decides.
pub fn lines_of_a_killed_process_are_let_go() -> Outcome {
    let board = Board::new();
    // SAFETY: the child calls nothing that another thread of the parent may hold a lock of: there is none.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let mut lines = opened("", &[], &OUTPUTS);
        let _ = lines.write(0, true);
        loop {
            nap(1_000);
        }
    }
    let began = SystemClock.now();
    let within = |began: Instant| SystemClock.now().since(began) < Duration::from_secs(3);
    while !board.level(GATE) && within(began) {
        nap(1);
    }
    let was_on = board.level(GATE);
    // SAFETY: it is the child, and nobody has waited for it.
    unsafe {
        libc::kill(child, libc::SIGKILL);
        libc::waitpid(child, std::ptr::null_mut(), 0);
    }
    expect(was_on, "the child did not drive the gate")?;
    expect(
        !board.level(GATE),
        "this chip lets a line go to its pull, and it is on",
    )?;
    // Whoever comes next finds the line free.
    let mut lines = opened("", &[], &OUTPUTS);
    lines.write(0, true).map_err(|error| error.to_string())
}
