//! Lanes whose gates stand one behind the other along the belt, on the outputs of a module that is not ours.

use crate::line::until;
use crate::peer::{Peer, python};
use crate::served::{self, Station};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Inputs of the simulator by number.
const TRIGGER: u8 = 0;
const PART_ID: u8 = 3;
/// Outputs of the lanes.
const NEAR: &str = "coil:0";
const FAR: &str = "coil:8";
const HOLD_MS: u64 = 300;

/// The gate of the lane near stands 1.5 s behind the camera, that of the lane far 4 s; the safe lane is the end of the belt.
fn home(peer: &Peer) -> tempfile::TempDir {
    crate::accept_demo();
    let home = tempfile::tempdir().unwrap();
    let pictures = served::flat_pictures(home.path());
    // Whatever the model says of flat pictures, they pass.
    served::recipe(home.path(), "part", "demo", 1.0);
    let models = Path::new("models/assets").canonicalize().unwrap();
    let signal = |kind: &str, address: &str, meaning: &str| {
        format!("[[{kind}]]\ndevice = \"io\"\naddress = {address:?}\nmeaning = {meaning}\n")
    };
    let settings = format!(
        "[station]\nname = \"apart\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 600\ndecide_by_ms = 1500\nframe_window_ms = 380\n\
         [trigger]\nsource = \"line\"\n\
         [ejector]\nkind = \"line\"\nresting = \"energise-to-accept\"\nhold_ms = {HOLD_MS}\n\
         [[lane]]\nname = \"near\"\ntakes = \"accept\"\n\
         [[lane]]\nname = \"far\"\ntakes = \"accept\"\ntravel_ms = 4000\n\
         [[lane]]\nname = \"scrap\"\ntakes = \"reject\"\nsafe = true\n\
         [identity]\nwithin_ms = 300\nlook_up_lane = true\n\
         [[identity.rule]]\nprefix = \"N-\"\nstyle = \"part\"\nlane = \"near\"\n\
         [[identity.rule]]\nprefix = \"F-\"\nstyle = \"part\"\nlane = \"far\"\n\
         [[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"{}\"\nbecause = \"nothing moves\"\n{}{}{}{}\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = {pictures:?}\ntrigger = \"software\"\nrepeat = true\n",
        peer.at,
        signal("input", "discrete:10", "\"trigger\""),
        signal("input", "holding:40.text20", "\"part-id\""),
        signal("output", NEAR, "\"lane\"\nlane = \"near\""),
        signal("output", FAR, "\"lane\"\nlane = \"far\""),
    );
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    home
}

/// A part comes to the camera.
fn comes(peer: &mut Peer, id: &str) {
    peer.set(PART_ID, id);
    peer.set(TRIGGER, 1);
    std::thread::sleep(Duration::from_millis(500));
    peer.set(TRIGGER, 0);
    std::thread::sleep(Duration::from_millis(500));
}

/// What the coils of the module were set to, and when in milliseconds.
fn coils(peer: &mut Peer) -> Vec<(String, u64)> {
    let told = peer.ask("coils");
    let changes = told.split(", ").filter(|change| *change != "none");
    let change = |change: &str| {
        let (coil, ms) = change.split_once(' ').unwrap();
        (coil.to_owned(), ms.parse().unwrap())
    };
    changes.map(change).collect()
}

fn start(home: &Path) -> Station {
    let station = Station::start(home);
    until("the module answers", || {
        station.get("/api/line")["devices"][0]["is_connected"] == true
    });
    // A part within one pitch of the start could be one that nobody tracks.
    std::thread::sleep(Duration::from_millis(800));
    station
}

#[test]
fn parts_for_two_gates_are_on_their_way_at_once_and_each_opens_its_own() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "modbus.py");
    let home = home(&peer);
    let station = start(home.path());
    // The second part comes to its gate while the first is between both; nobody knows the third.
    for id in ["F-1", "N-2", "X-3", "F-4"] {
        comes(&mut peer, id);
    }
    let mut items: Vec<Value> = Vec::new();
    until("every part is recorded", || {
        let page = station.get("/api/results?limit=10");
        items = page["items"].as_array().unwrap().clone();
        items.len() == 4
    });
    items.sort_by_key(|item| item["part_no"].as_u64());
    let sent: Vec<_> = items
        .iter()
        .map(|item| {
            let word = |key: &str| item[key].as_str().unwrap_or("").to_owned();
            (word("part_id"), word("lane"), word("disposition"))
        })
        .collect();
    let row = |id: &str, lane: &str, disposition: &str| {
        (id.to_owned(), lane.to_owned(), disposition.to_owned())
    };
    let expected = [
        row("F-1", "far", "accept"),
        row("N-2", "near", "accept"),
        row("X-3", "scrap", "reject"),
        row("F-4", "far", "accept"),
    ];
    assert_eq!(sent, expected, "{items:?}");
    assert!(
        items
            .iter()
            .all(|item| item["acknowledged_after_us"].is_u64()),
        "{items:?}"
    );
    station.stop();
    let did: Vec<String> = coils(&mut peer).into_iter().map(|(coil, _)| coil).collect();
    assert_eq!(did, ["0+", "0-", "8+", "8-", "8+", "8-"]);
}

#[test]
fn a_station_that_ends_holds_the_gate_for_its_last_part() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "modbus.py");
    let home = home(&peer);
    let station = start(home.path());
    assert_eq!(station.get("/api/line")["parts"], serde_json::json!([]));
    comes(&mut peer, "F-1");
    until("it is shown on its way to its gate", || {
        let line = station.get("/api/line");
        let part = &line["parts"][0];
        let behind_ms = part["behind_ms"].as_i64().unwrap_or(0);
        part["part_no"] == 1 && part["lane"] == "far" && behind_ms >= 1_500
    });
    until("the gate opens", || peer.ask("coils").contains("8+"));
    station.stop();
    let did = coils(&mut peer);
    let [(on, from_ms), (off, to_ms)] = &did[..] else {
        panic!("{did:?}")
    };
    assert_eq!((on.as_str(), off.as_str()), ("8+", "8-"));
    // Rounded, and by two clocks; a busy computer makes it longer.
    assert!(to_ms - from_ms + 20 >= HOLD_MS, "{did:?}");
}
