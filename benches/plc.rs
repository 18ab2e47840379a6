//! `cargo bench --bench plc`: the handshake with a PLC, and coils of an I/O module, over Modbus TCP on loopback. The other
//! side is in the figures.

#[path = "rig/plc.rs"]
mod rig;

use criterion::{Criterion, criterion_group, criterion_main};
use inspector::adapters::line::modbus::address::Address;
use inspector::adapters::line::modbus::client::{ModbusClient, Settings};
use inspector::adapters::line::modbus::module::Module;
use inspector::clock::SystemClock;
use inspector::ports::signal::SignalDevice;
use rig::PlcRig;
use std::sync::Arc;

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

fn module(criterion: &mut Criterion) {
    let module = Module::start().expect("a socket");
    let settings = format!("address = \"{}\"", module.address());
    let settings: Settings = toml::from_str(&settings).expect("settings");
    let inputs = (0..8).map(|at| Address::input(&format!("coil:{at}")).expect("an address"));
    let output = Address::output("coil:0").expect("an address");
    let clock = Arc::new(SystemClock);
    let mut client = ModbusClient::new(&settings, inputs.collect(), vec![output], clock);
    client.reopen().expect("it listens");
    client.write(0, true).expect("it answers");
    assert_eq!(client.read_back(0), Ok(Some(true)));
    let mut is_on = true;
    criterion.bench_function("one coil written and answered", |bencher| {
        bencher.iter(|| {
            is_on = !is_on;
            client.write(0, is_on).expect("it answers");
        });
    });
    criterion.bench_function("one poll of 8 coils", |bencher| {
        bencher.iter(|| {
            let mut heard = 0;
            client.poll(&mut |_, _, _| heard += 1).expect("it answers");
            assert_eq!(heard, 8);
        });
    });
    drop(client);
    assert!(module.end() > 0);
}

criterion_group!(benches, handshake, module);
criterion_main!(benches);
