//! Every adapter of signal devices, as the conformance suite wants it.

use crate::conformance::{Adapter, conforms};
use inspector::adapters::line::modbus;
use inspector::adapters::line::s7;
use inspector::adapters::line::slmp;
use inspector::clock::SystemClock;
use inspector::ports::signal::SignalDevice;
use std::net::SocketAddr;
use std::sync::Arc;

fn settings<T: serde::de::DeserializeOwned>(adapter: &Adapter, at: SocketAddr) -> T {
    let (_, keys) = adapter.keys.split_once('\n').expect("its kind comes first");
    let keys = format!("address = \"{at}\"\n{keys}\n");
    toml::from_str(&keys).unwrap_or_else(|error| panic!("{keys}: {error}"))
}

fn modbus_client(adapter: &Adapter, at: SocketAddr) -> Box<dyn SignalDevice> {
    use modbus::address::Address;
    let inputs = adapter.inputs.map(|it| Address::input(it).expect(it));
    let outputs = adapter.outputs.map(|it| Address::output(it).expect(it));
    let settings: modbus::client::Settings = settings(adapter, at);
    let clock = Arc::new(SystemClock);
    Box::new(modbus::client::ModbusClient::new(
        &settings,
        inputs.to_vec(),
        outputs.to_vec(),
        clock,
    ))
}

fn slmp_client(adapter: &Adapter, at: SocketAddr) -> Box<dyn SignalDevice> {
    use slmp::address::Address;
    let settings: slmp::client::Settings = settings(adapter, at);
    let input = |it| Address::input(settings.plc, it).expect(it);
    let output = |it| Address::output(settings.plc, it).expect(it);
    let inputs = adapter.inputs.map(input);
    let outputs = adapter.outputs.map(output).to_vec();
    let clock = Arc::new(SystemClock);
    Box::new(slmp::client::SlmpClient::new(
        &settings, &inputs, outputs, clock,
    ))
}

fn s7_client(adapter: &Adapter, at: SocketAddr) -> Box<dyn SignalDevice> {
    use s7::address::Address;
    let inputs = adapter.inputs.map(|it| Address::input(it).expect(it));
    let outputs = adapter.outputs.map(|it| Address::output(it).expect(it));
    let settings: s7::client::Settings = settings(adapter, at);
    let clock = Arc::new(SystemClock);
    let outputs = outputs.to_vec();
    Box::new(s7::client::S7Client::new(
        &settings, &inputs, outputs, clock,
    ))
}

const MODBUS: Adapter = Adapter {
    peer: "modbus.py",
    keys: "kind = \"modbus\"\ntimeout_ms = 150",
    inputs: [
        "discrete:10",
        "holding:20",
        "input:30.u32",
        "holding:40.text20",
        "coil:17",
    ],
    outputs: ["coil:0", "coil:8"],
    device: modbus_client,
};

const SLMP_3E: Adapter = Adapter {
    peer: "slmp.py 3e",
    keys: "kind = \"slmp\"\nplc = \"fx5\"\ntimeout_ms = 150",
    inputs: ["M10", "D20", "D30.u32", "D40.text20", "X17"],
    outputs: ["M0", "Y10"],
    device: slmp_client,
};

const SLMP_4E: Adapter = Adapter {
    peer: "slmp.py 4e",
    keys: "kind = \"slmp\"\nplc = \"fx5\"\nframe = \"4e\"\ntimeout_ms = 150",
    ..SLMP_3E
};

const S7: Adapter = Adapter {
    peer: "s7.py",
    keys: "kind = \"s7\"\ntimeout_ms = 150",
    inputs: [
        "DB1.DBX10.3",
        "DB1.DBW20",
        "MD30",
        "DB1.DBB40.string20",
        "E1.7",
    ],
    outputs: ["DB1.DBX0.0", "A1.5"],
    device: s7_client,
};

conforms!(s7_iso, S7);
conforms!(modbus_tcp, MODBUS);
conforms!(slmp_3e, SLMP_3E);
conforms!(slmp_4e, SLMP_4E);
