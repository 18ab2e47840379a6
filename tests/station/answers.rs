//! What whoever asks a station is told when its disk, and not the question, is at fault.

use crate::served::{SIM, Station, home};
use serde_json::Value;

#[test]
fn a_log_that_is_away_is_a_fault_of_storage_and_none_of_the_station_itself() {
    let home = home(SIM);
    let station = Station::start(home.path());
    station.until("/api/results?limit=1", |found| {
        found["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty())
    });
    let (log, away) = (
        home.path().join("data/results.sqlite"),
        home.path().join("away"),
    );
    std::fs::rename(&log, &away).expect("moved");
    for question in ["/api/results?limit=1", "/api/facets", "/api/export.csv"] {
        let (status, said) = station.ask("GET", question, &Value::Null);
        let kind = said["error"]["kind"].as_str();
        assert_eq!((status, kind), (500, Some("storage")), "{question}: {said}");
        let message = said["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains("results.sqlite"), "{question}: {said}");
    }
    std::fs::rename(&away, &log).expect("moved back");
    station.get("/api/results?limit=1");
    station.stop();
}
