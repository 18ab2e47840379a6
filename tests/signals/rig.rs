//! A device of the line with its queues, from settings as an integrator writes them.

use inspector::adapters::line::kinds::Opening;
use inspector::adapters::line::listeners::Listeners;
use inspector::adapters::line::wiring::Wiring;
use inspector::clock::Clock;
use inspector::ports::line::{Feedback, Heard, Told};
use inspector::queue::{Outlet, Queue, WhenFull, queue};
use inspector::settings::StationSettings;
use inspector::station::identity::Identified;
use inspector::station::lane::LaneNo;
use inspector::station::outcome::Outcome;
use inspector::station::part::{PartId, PartNo};
use inspector::station::position::Reading;
use inspector::station::time::Instant;
use inspector::station::verdict::{Disposition, Verdict};
use inspector::telemetry::alarm::{AlarmChange, AlarmSender};
use inspector::telemetry::signals::SignalBoard;
use std::path::Path;
use std::sync::Arc;

/// The line of a station with these sections.
pub fn wiring(sections: &str) -> Wiring {
    // Where parts act by the belt, times follow from distances.
    let travel = match sections.contains("\"encoder\"") {
        true => {
            "[encoder]\ncounts_per_mm = 1\nspeed_max_mm_s = 1000\ndistance_mm = 300\npitch_mm_min = 400\n\
             hold_mm = 100\n[timing]\n"
        }
        false => "[timing]\npitch_ms_min = 400\ndecide_by_ms = 300\n",
    };
    let confirm = match sections.contains("\"lane-confirm\"") {
        true if sections.contains("\"encoder\"") => "[confirm]\nfrom_mm = 10\nto_mm = 90\n",
        true => "[confirm]\nfrom_ms = 10\nto_ms = 90\n",
        false => "",
    };
    let text = format!(
        "[station]\nname = \"A\"\ndata = \"d\"\nrecipes = \"r\"\nmodels = \"m\"\n{travel}\
         frame_window_ms = 100\n{confirm}[trigger]\nsource = \"line\"\n[ejector]\nkind = \"line\"\n\
         resting = \"energise-to-accept\"\nhold_ms = 100\n[[camera]]\nname = \"top\"\nkind = \"sim\"\n{sections}"
    );
    let parsed = StationSettings::parse(Path::new("station.toml"), &text);
    parsed
        .unwrap_or_else(|problems| panic!("{problems:?}"))
        .line
}

/// The station's side of a device.
pub struct Station {
    pub told: Queue<Told>,
    pub triggers: Outlet<Heard>,
    pub feedback: Outlet<Feedback>,
    pub positions: Outlet<Reading>,
    pub identities: Outlet<Identified>,
    pub alarms: Outlet<AlarmChange>,
    pub board: Arc<SignalBoard>,
}

/// What the first device is opened with.
pub fn opening<'a>(wiring: &'a Wiring, clock: &Arc<dyn Clock>) -> (Opening<'a>, Station) {
    let (told, told_outlet) = queue("told", 64, WhenFull::DropNewest, None);
    let (triggers, triggers_outlet) = queue("triggers", 256, WhenFull::Fault, None);
    let (feedback, feedback_outlet) = queue("feedback", 1024, WhenFull::Fault, None);
    let (positions, positions_outlet) = queue("positions", 4096, WhenFull::DropNewest, None);
    let (identities, identities_outlet) = queue("identities", 64, WhenFull::DropNewest, None);
    let (alarms, alarms_outlet) = queue("alarms", 256, WhenFull::DropNewest, None);
    let board = Arc::new(wiring.board());
    let opening = Opening {
        wiring,
        device: 0,
        told: told_outlet,
        requests: None,
        listeners: Listeners {
            triggers,
            feedback,
            positions,
            identities,
        },
        alarms: AlarmSender::new(alarms),
        board: Arc::clone(&board),
        clock: Arc::clone(clock),
    };
    let station = Station {
        told,
        triggers: triggers_outlet,
        feedback: feedback_outlet,
        positions: positions_outlet,
        identities: identities_outlet,
        alarms: alarms_outlet,
        board,
    };
    (opening, station)
}

/// A part that passed, or was rejected.
pub fn outcome(part: u64, disposition: Disposition, act_by: Option<Instant>) -> Told {
    let (verdict, lane) = match disposition {
        Disposition::Accept => (Verdict::Pass, LaneNo(0)),
        Disposition::Reject => (Verdict::Fail, LaneNo(1)),
    };
    Told::Outcome(Outcome {
        part_no: PartNo(part),
        part_id: PartId::counted(1, PartNo(part)),
        style: None,
        verdict,
        cause: None,
        disposition,
        lane,
        score: None,
        class: None,
        act_by,
    })
}

/// Everything in a queue.
pub fn all<T>(outlet: &Outlet<T>) -> Vec<T> {
    std::iter::from_fn(|| outlet.pop()).collect()
}
