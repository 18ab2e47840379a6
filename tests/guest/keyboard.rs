//! Keyboards against the kernel's input devices: the suite of all text devices, and what only a real device can show. The
//! devices are of `uinput`, which are for the kernel as if they were plugged in.

mod uinput;

use crate::cases::{Case, Outcome, expect};
use crate::rig::all;
use crate::suite::{self, Far as _, Promise, Rig, id};
use inspector::ports::line::Heard;
use inspector::telemetry::catalogue::Code;
use uinput::Uinput;

/// Nobody else hears what is typed: no window, no login.
fn taken_for_the_station_alone() -> Outcome {
    let far = Uinput::new();
    let others = far.listener();
    let mut rig = Rig::plugged(Box::new(far), "");
    let mut heard = others()?;
    let who = rig.ids(b"SN-1\r", 1);
    expect(who == [id("SN-1")], format!("{who:?}"))?;
    expect(heard.read() == 0, "another program read the keys too")?;
    drop(rig);
    // As long as it is the station's only.
    Ok(())
}

fn taken_by_another_program() -> Outcome {
    let far = Uinput::new();
    let others = far.listener();
    let mut rig = Rig::new(Box::new(far), "");
    rig.far.plug(&mut || {});
    let heard = others()?;
    heard.grab(true);
    let message = rig.alarm(Code::LineDeviceGone, true);
    expect(
        message.contains("another program has it for itself"),
        message,
    )?;
    heard.grab(false);
    rig.alarm(Code::LineDeviceGone, false);
    let who = rig.ids(b"SN-1\r", 1);
    expect(who == [id("SN-1")], format!("{who:?}"))
}

/// The kernel itself repeats a key that is held down; that is one press.
fn a_pedal_that_is_held_is_one_part() -> Outcome {
    let far = Uinput::new();
    let mut rig = Rig::plugged(
        Box::new(far),
        "announces = true\nkey = \"F\"\nignore_repeat_ms = 50\n",
    );
    for _ in 0..2 {
        rig.far.send(b"\x02f");
        rig.turn(900);
        rig.far.send(b"\x03f");
        rig.turn(100);
    }
    // Another key says nothing.
    rig.far.send(b"x\r");
    rig.turn(50);
    let parts = all(&rig.station.triggers);
    let are_two = matches!(parts[..], [Heard::Arrival(_), Heard::Arrival(_)]);
    expect(are_two, format!("{parts:?}"))
}

/// More keys than the kernel keeps, while nobody reads: what is left is no ID.
fn keys_that_were_lost_make_no_id() -> Outcome {
    let far = Uinput::new();
    let mut rig = Rig::plugged(Box::new(far), "");
    let long = "A".repeat(120);
    rig.far.send(format!("{long}\r").as_bytes());
    // It types meanwhile.
    std::thread::sleep(std::time::Duration::from_millis(900));
    let message = rig.alarm(Code::TextRefused, true);
    expect(message.contains("faster than they could be read"), message)?;
    let found = all(&rig.station.identities);
    expect(found.is_empty(), format!("{found:?}"))?;
    let who = rig.ids(b"SN-2\r", 1);
    expect(who == [id("SN-2")], format!("{who:?}"))
}

fn what_cannot_be_used_is_named() -> Outcome {
    let mut far = Uinput::new();
    let mut rig = Rig::new(Box::new(Uinput::at("/dev/null")), "");
    let message = rig.alarm(Code::LineDeviceGone, true);
    expect(message.contains("expected an input device"), message)?;
    far.plug(&mut || {});
    // SAFETY: takes no pointers; the cases run on one thread, and root comes back below.
    let become_user = |user: libc::uid_t| unsafe { libc::seteuid(user) } == 0;
    expect(become_user(1000), "seteuid was refused")?;
    let mut rig = Rig::new(Box::new(far), "");
    let message = rig.alarm(Code::LineDeviceGone, true);
    expect(become_user(0), "seteuid was refused")?;
    expect(message.contains("join the group input"), message)
}

/// Every case, in the order of running.
pub fn all_cases() -> Vec<Case> {
    let case =
        |name: &str, run: fn() -> Outcome| (format!("keyboard-{name}"), Box::new(run) as Box<_>);
    let promise = |(name, run): &Promise| -> Case {
        let run = *run;
        // A promise that is broken panics, which is this case's failure.
        let run = move || {
            run("keyboard", Box::new(Uinput::new()));
            Ok(())
        };
        (format!("keyboard-{name}"), Box::new(run))
    };
    let mut cases: Vec<Case> = suite::PROMISES.iter().map(promise).collect();
    cases.extend([
        case("taken-for-itself", taken_for_the_station_alone),
        case("taken-by-another", taken_by_another_program),
        case("held-pedal", a_pedal_that_is_held_is_one_part),
        case("lost-keys", keys_that_were_lost_make_no_id),
        case("named", what_cannot_be_used_is_named),
    ]);
    cases
}
