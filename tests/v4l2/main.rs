//! The V4L2 camera adapter against the kernel's own `vivid` driver, in a virtual machine.
//!
//! This one program is both sides: on the host it builds an initramfs around itself, boots it and
//! reads the serial line; in the machine `init` starts it again for the cases. So it includes the
//! adapter's sources instead of linking the library, and needs no OpenCV in the machine.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was skipped is told"
)]
// What the adapter does not use of these modules is used elsewhere.
#![allow(dead_code, unused_imports)]

mod camera;
mod cases;
#[path = "../../inspector/clock.rs"]
mod clock;
#[path = "../station/conformance.rs"]
mod conformance;
#[path = "../../inspector/decode/mod.rs"]
mod decode;
mod kernel;
mod listing;
mod plugging;
#[path = "../../inspector/ports/mod.rs"]
mod ports;
#[path = "../../inspector/station/mod.rs"]
mod station;
/// The ports name events; nothing is told from here.
#[path = "../../inspector/telemetry"]
mod telemetry {
    pub mod catalogue;
    mod texts;
}
mod vm;

use std::collections::BTreeMap;

/// Set by `init` in the machine, and by nobody else.
const IN_GUEST: &str = "INSPECTOR_TEST_GUEST";

#[test]
fn the_v4l2_camera_keeps_its_contract_against_vivid() {
    let serial = match kernel::ready().and_then(|kernel| vm::boot(&kernel)) {
        Ok(serial) => serial,
        Err(why) if std::env::var_os("INSPECTOR_TEST_REQUIRE_VM").is_none() => {
            eprintln!("SKIPPED: the V4L2 camera was not tested: {why}");
            return;
        }
        Err(why) => panic!("the virtual machine is required here: {why}"),
    };
    let results: BTreeMap<&str, &str> = serial
        .lines()
        .filter_map(|line| line.trim_end().strip_prefix("RESULT ")?.split_once(' '))
        .collect();
    let mut wrong = Vec::new();
    for name in cases::all().iter().map(|case| case.0.as_str()) {
        match results.get(name) {
            Some(&"ok") => {}
            Some(said) => wrong.push(format!("{name}: {said}")),
            None => wrong.push(format!("{name}: no result")),
        }
    }
    if results.get("end") != Some(&"ok") {
        wrong.push("the guest did not reach its end".to_owned());
    }
    assert!(
        wrong.is_empty(),
        "{}\n\nthe serial line said:\n{serial}",
        wrong.join("\n")
    );
    eprintln!("{} cases passed in the virtual machine", results.len() - 1);
}

/// What `init` runs: prints one `RESULT name ok` or `RESULT name FAIL why` a case.
#[test]
#[ignore = "runs inside the virtual machine that the other test boots"]
fn guest() {
    if std::env::var_os(IN_GUEST).is_none() {
        eprintln!("SKIPPED: this is the machine's side of the test, and this is no machine");
        return;
    }
    // libtest has begun a line of its own.
    println!();
    for (name, case) in cases::all() {
        match case() {
            Ok(()) => println!("RESULT {name} ok"),
            Err(why) => println!("RESULT {name} FAIL {why}"),
        }
    }
    println!("RESULT end ok");
}
