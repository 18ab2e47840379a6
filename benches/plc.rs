//! `cargo bench --bench plc`: the handshake with a PLC over Modbus TCP on loopback. The PLC's side is in the figures.

#[path = "rig/plc.rs"]
mod rig;

use criterion::{Criterion, criterion_group, criterion_main};
use rig::PlcRig;

fn handshake(criterion: &mut Criterion) {
    let mut rig = PlcRig::new();
    rig.part();
    criterion.bench_function("one request answered, 102 registers", |bencher| {
        rig.alive();
        bencher.iter(|| rig.status());
    });
    criterion.bench_function("one part by the handshake, 6 requests", |bencher| {
        bencher.iter(|| {
            rig.alive();
            rig.part();
        });
    });
}

criterion_group!(benches, handshake);
criterion_main!(benches);
