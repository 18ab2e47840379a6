//! Acquire, inspect and actuate allocate nothing in Rust after the warm-up, counted by the allocator
//! itself. ONNX Runtime and OpenCV keep their own memory, in C++.

#[path = "../../benches/rig/mod.rs"]
mod rig;

#[path = "../../benches/rig/plc.rs"]
mod plc;

#[path = "allocation/counting.rs"]
mod counting;

use counting::allocations_of;
use plc::PlcRig;
use rig::{Rig, StubScorer, demo_scorer, pictures};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Allocations of 100 parts up to the ejector's command, after 20 to warm up.
fn allocations_per_100_parts(what: &str, mut rig: Rig) -> usize {
    for _ in 0..20 {
        rig.part();
    }
    let before = rig.accepted.load(Ordering::Relaxed);
    let mut count = 0;
    for _ in 0..100 {
        count += allocations_of(|| {
            rig.decide();
            rig.act();
        });
        rig.put_away();
    }
    let accepted = rig.accepted.load(Ordering::Relaxed) - before;
    assert_eq!(accepted, 50, "every second part is good; {what}");
    assert_eq!(rig.recorded(), 120, "every part is recorded");
    count
}

#[test]
fn a_part_allocates_nothing_from_its_trigger_to_the_ejector() {
    let plain = || [vec![10; rig::SHAPE.bytes()], vec![250; rig::SHAPE.bytes()]];
    for camera_leads in [true, false] {
        let rig = Rig::new(Box::new(StubScorer), plain(), camera_leads);
        assert_eq!(
            allocations_per_100_parts("stub", rig),
            0,
            "camera leads: {camera_leads}"
        );
    }
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    for with_lens in [false, true] {
        let rig = Rig::new(Box::new(demo_scorer(home, with_lens)), pictures(), false);
        let count = allocations_per_100_parts("demo model", rig);
        assert_eq!(count, 0, "with the demo model, lens: {with_lens}");
    }
}

#[test]
fn a_part_allocates_nothing_in_the_handshake_with_a_plc() {
    let mut rig = PlcRig::new();
    for _ in 0..20 {
        rig.alive();
        rig.part();
    }
    let count = allocations_of(|| {
        for _ in 0..100 {
            rig.alive();
            rig.part();
        }
    });
    assert_eq!(
        count, 0,
        "from request to answer, and from outcome to status"
    );
}
