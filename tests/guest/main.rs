//! Adapters against the kernel's own devices, in a virtual machine: the V4L2 camera against `vivid`, GPIO lines against
//! `gpio-sim`, keyboards against `uinput`.
//!
//! This one program is both sides: on the host it builds an initramfs around itself, boots it and reads the serial line;
//! in the machine `init` starts it again for the cases.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was skipped is told"
)]

mod cases;
#[path = "../station/conformance.rs"]
mod conformance;
#[path = "../station/allocation/counting.rs"]
mod counting;
mod gpio;
mod kernel;
mod keyboard;
mod listing;
mod module;
#[path = "../signals/parts.rs"]
mod parts;
mod plugging;
#[path = "../signals/promises.rs"]
mod promises;
#[path = "../signals/rig.rs"]
mod rig;
#[allow(dead_code, reason = "keyboards have no bytes")]
#[path = "../signals/text/suite.rs"]
mod suite;
#[path = "../signals/text/typing.rs"]
mod typing;
mod vm;

use inspector::{clock, ports, station};
use std::collections::BTreeMap;

/// Set by `init` in the machine, and by nobody else: `gpio`, or `no-gpio` where its simulator is missing.
const IN_GUEST: &str = "INSPECTOR_TEST_GUEST";

/// Every case of a machine.
fn cases_of(has_gpio: bool) -> Vec<cases::Case> {
    let mut all = cases::all();
    if has_gpio {
        all.extend(gpio::all());
    }
    all.extend(keyboard::all_cases());
    all
}

#[test]
fn devices_keep_their_contracts_in_a_virtual_machine() {
    let is_required = std::env::var_os("INSPECTOR_TEST_REQUIRE_VM").is_some();
    let kernel = kernel::ready();
    let gpio_sim = kernel
        .as_ref()
        .map_err(String::clone)
        .and_then(module::gpio_sim);
    let booted = kernel.and_then(|kernel| vm::boot(&kernel, gpio_sim.as_deref().unwrap_or(&[])));
    let serial = match booted {
        Ok(serial) => serial,
        Err(why) if !is_required => {
            eprintln!("SKIPPED: cameras, GPIO lines and keyboards were not tested: {why}");
            return;
        }
        Err(why) => panic!("the virtual machine is required here: {why}"),
    };
    if let Err(why) = &gpio_sim {
        assert!(!is_required, "GPIO lines are required here: {why}");
        eprintln!("SKIPPED: GPIO lines were not tested: {why}");
    }
    let results: BTreeMap<&str, &str> = serial
        .lines()
        .filter_map(|line| line.trim_end().strip_prefix("RESULT ")?.split_once(' '))
        .collect();
    let mut wrong = Vec::new();
    for name in cases_of(gpio_sim.is_ok())
        .iter()
        .map(|case| case.0.as_str())
    {
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
    // What was measured in it.
    serial
        .lines()
        .filter(|line| line.starts_with("MEASURED "))
        .for_each(|line| eprintln!("{line}"));
}

/// What `init` runs: prints one `RESULT name ok` or `RESULT name FAIL why` a case.
#[test]
#[ignore = "runs inside the virtual machine that the other test boots"]
fn guest() {
    let Some(guest) = std::env::var_os(IN_GUEST) else {
        eprintln!("SKIPPED: this is the machine's side of the test, and this is no machine");
        return;
    };
    // libtest has begun a line of its own.
    println!();
    for (name, case) in cases_of(guest == "gpio") {
        // A case that asserts says why, and ends no other one.
        let said = std::panic::catch_unwind(std::panic::AssertUnwindSafe(case));
        match said.unwrap_or_else(|_| Err("it panicked; see above".to_owned())) {
            Ok(()) => println!("RESULT {name} ok"),
            Err(why) => println!("RESULT {name} FAIL {}", why.replace('\n', " | ")),
        }
    }
    println!("RESULT end ok");
}
