//! A station that is told to stop while parts are on their way to it: each has its row.

use crate::line::{Module, TRIGGER, free_port, until};
use crate::line_missing::{FOLDER, home};
use crate::peer::python;
use crate::served::Station;
use inspector::results::reader::{Filter, Reader};
use std::time::Duration;

#[test]
fn a_part_whose_trigger_has_not_lasted_when_the_station_is_told_to_stop_has_its_row() {
    let Some(python) = python() else { return };
    let port = free_port();
    let home = home(port, FOLDER);
    let file = home.path().join("station.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    let settings = settings.replace("\"trigger\"", "\"trigger\"\nfilter_ms = 300");
    std::fs::write(&file, settings).unwrap();
    let module = Module::start(&python, port);
    let station = Station::start(home.path());
    until("the module is there", || {
        let line = station.get("/api/line");
        line["devices"][0]["is_connected"] == true && line["signals"][0]["is_on"] == false
    });
    // What may have been on the belt has left it.
    std::thread::sleep(Duration::from_millis(1_700));
    module.set(TRIGGER, true);
    // Seen, and not yet a part.
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(station.get("/api/status")["counts"]["parts"], 0);
    station.stop();
    let reader = Reader::open(&home.path().join("data")).unwrap();
    let parts = reader.list(&Filter::default()).unwrap().items;
    assert_eq!(parts.len(), 1, "{parts:?}");
    assert_eq!(parts[0].part_no, 1);
    assert_eq!(parts[0].cause, None, "the camera took its frame");
    assert_eq!(reader.gaps(None, 9).unwrap(), []);
}
