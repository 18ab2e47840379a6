//! What goes wrong on lines, and what is said of it.

use super::board::{
    Board, EYE, Heard, INPUTS, OUTPUTS, heard, lines, opened, plugged, poll, rises, says,
};
use crate::cases::{Outcome, expect};
use inspector::ports::signal::SignalDevice;

/// More edges than the kernel keeps, before anybody asks: what came is a part, and what did not is told.
pub fn edges_that_are_lost_are_told() -> Outcome {
    let board = Board::new();
    let mut lines = opened("", &["EYE"], &[]);
    for _ in 0..200 {
        board.pull(EYE, true);
        board.pull(EYE, false);
    }
    let (all, polled) = poll(&mut lines);
    says(
        polled,
        &[
            "line EYE: 144 edges were lost",
            "parts may have passed unseen",
            "debounce",
        ],
    )?;
    let found = rises(&all, 0, false);
    expect(
        found == 128,
        format!("{found} of the 128 that the kernel kept"),
    )?;
    says(poll(&mut lines).1, &["closed"])?;
    lines.reopen().map_err(|error| error.to_string())?;
    board.pull(EYE, true);
    let heard = heard(&mut lines)?;
    expect(rises(&heard, 0, false) == 1, format!("{heard:?}"))
}

pub fn a_chip_that_is_unplugged_is_gone_and_back() -> Outcome {
    let mut board = Board::new();
    let mut lines = opened("chip = \"board\"", &INPUTS, &OUTPUTS);
    lines.write(0, true).map_err(|error| error.to_string())?;
    board.unplug();
    says(
        lines.write(0, false),
        &["line GATE of gpiochip", "unplugged"],
    )?;
    says(poll(&mut lines).1, &["closed"])?;
    says(lines.reopen(), &["no GPIO chip", "plug"])?;
    let other = plugged("other");
    says(lines.reopen(), &["no GPIO chip \"board\"", "(other)"])?;
    drop(other);
    board.plug();
    lines.reopen().map_err(|error| error.to_string())?;
    board.pull(EYE, true);
    let heard = heard(&mut lines)?;
    expect(
        heard.iter().any(|it| matches!(it, Heard::Bit(0, true, _))),
        format!("{heard:?}"),
    )
}

/// As a user who may not open chips.
fn unprivileged(run: impl FnOnce() -> Outcome) -> Outcome {
    // SAFETY: takes no pointers; the cases run on one thread, and root comes back below.
    let become_user = |user: libc::uid_t| unsafe { libc::seteuid(user) } == 0;
    expect(become_user(1000), "seteuid was refused")?;
    let ran = run();
    expect(become_user(0), "seteuid was refused")?;
    ran
}

pub fn what_cannot_be_used_is_named_with_what_to_do() -> Outcome {
    let board = Board::new();
    let open = |keys: &str, input: &str| lines(keys, &[input], &[]).reopen();
    says(
        open("", "EYES"),
        &[
            "no GPIO chip has a line named EYES",
            "did you mean EYE?",
            "inspector line gpio",
        ],
    )?;
    says(open("", "PHOTO"), &["named PHOTO;"])?;
    says(open("", "board:8"), &["line board:8", "has 8 lines"])?;
    says(open("chip = \"boards\"", "EYE"), &["\"boards\"", "(board)"])?;
    let holder = opened("", &["EYE"], &["GATE"]);
    says(open("", "EYE"), &["line EYE is in use by \"inspector\""])?;
    says(lines("", &[], &["GATE"]).reopen(), &["line GATE is in use"])?;
    says(open("", "SWITCH+EYE"), &["line EYE is in use"])?;
    drop(holder);
    let path = board.path();
    unprivileged(|| says(open("", "EYE"), &[&path, "join the group", "gpio"]))?;
    let second = plugged("second");
    says(
        open("", "EYE"),
        &["several lines are named EYE", "by chip and offset"],
    )?;
    open("chip = \"second\"", "EYE").map_err(|error| error.to_string())?;
    open(&format!("chip = {path:?}"), "EYE").map_err(|error| error.to_string())?;
    says(open("", "board:2+second:3"), &["board:2+second:3"])?;
    drop(second);
    open("", "EYE").map_err(|error| error.to_string())
}
