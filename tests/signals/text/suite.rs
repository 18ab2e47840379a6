//! What every scanner, reader and keyboard promises, whatever its far side is.

use crate::rig::{Station, all, opening};
use inspector::adapters::line::kinds::{Opening, open};
use inspector::adapters::line::wiring::Wiring;
use inspector::clock::{Clock, SystemClock};
use inspector::ports::line::{Arrival, Heard, LineDevice};
use inspector::settings::StationSettings;
use inspector::station::identity::Identified;
use inspector::station::part::PartId;
use inspector::station::time::Instant;
use inspector::telemetry::catalogue::Code;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The scanner's end.
pub trait Far {
    /// The settings of the station's end, without name.
    fn section(&self) -> String;
    /// The station's end.
    fn open(&self, from: Opening<'_>) -> Box<dyn LineDevice> {
        open(from).expect("it opens")
    }
    /// Is there from now on. Waits until the station has come where it must.
    fn plug(&mut self, turn: &mut dyn FnMut());
    /// Is gone: killed, or its cable pulled.
    fn unplug(&mut self);
    /// Sends this; what is not taken is lost.
    fn send(&mut self, bytes: &[u8]);
    /// What the station sent.
    fn sent(&mut self) -> Vec<u8> {
        Vec::new()
    }
    /// Whether any byte can be sent.
    fn is_of_bytes(&self) -> bool {
        true
    }
}

const TURN: Duration = Duration::from_millis(1);
const LIMIT: Duration = Duration::from_secs(5);

/// A station with this device, which announces its parts or leaves that to the simulated line.
pub fn wiring(section: &str) -> Result<Wiring, String> {
    let trigger = match section.contains("announces = true") {
        true => "source = \"line\"\nstyle = \"cap\"",
        false => "source = \"sim\"",
    };
    let text = format!(
        "[station]\nname = \"A\"\ndata = \"d\"\nrecipes = \"r\"\nmodels = \"m\"\n[timing]\npitch_ms_min = 400\n\
         decide_by_ms = 300\nframe_window_ms = 100\n[trigger]\n{trigger}\n[ejector]\nkind = \"sim\"\n\
         resting = \"energise-to-accept\"\nhold_ms = 100\n[[camera]]\nname = \"top\"\nkind = \"sim\"\n\
         [[device]]\nname = \"scanner\"\n{section}"
    );
    let parsed = StationSettings::parse(Path::new("station.toml"), &text);
    parsed
        .map(|settings| settings.line)
        .map_err(|problems| problems.iter().map(|it| format!("{it}\n")).collect())
}

/// A device, its far side and the station's.
pub struct Rig {
    pub far: Box<dyn Far>,
    pub device: Box<dyn LineDevice>,
    pub station: Station,
}

impl Rig {
    /// Not plugged in yet. `more` are settings of the device.
    pub fn new(far: Box<dyn Far>, more: &str) -> Self {
        let wiring =
            wiring(&format!("{}{more}", far.section())).unwrap_or_else(|it| panic!("{it}"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (opening, station) = opening(&wiring, &clock);
        let device = far.open(opening);
        Self {
            far,
            device,
            station,
        }
    }

    pub fn plugged(far: Box<dyn Far>, more: &str) -> Self {
        let mut rig = Self::new(far, more);
        rig.plug();
        rig
    }

    pub fn plug(&mut self) {
        let device = &mut self.device;
        self.far.plug(&mut || device.turn(TURN));
        self.until("it is connected", |station| {
            station.board.devices()[0].is_connected
        });
    }

    pub fn turn(&mut self, for_ms: u64) {
        let end = SystemClock.now() + Duration::from_millis(for_ms);
        while SystemClock.now() < end {
            self.device.turn(TURN);
        }
    }

    pub fn until(&mut self, what: &str, is_so: impl Fn(&Station) -> bool) {
        let end = SystemClock.now() + LIMIT;
        while SystemClock.now() < end {
            self.device.turn(TURN);
            if is_so(&self.station) {
                return;
            }
        }
        panic!("not within {LIMIT:?}: {what}");
    }

    /// Sends this; the IDs that are told, in order, once they are so many.
    pub fn ids(&mut self, bytes: &[u8], count: usize) -> Vec<Option<PartId>> {
        self.far.send(bytes);
        self.until("the texts are told", |station| {
            station.identities.len() >= count
        });
        let who = all(&self.station.identities);
        assert!(
            who.iter()
                .all(|it| it.part_no.is_none() && it.style.is_none())
        );
        who.iter().map(|it| it.part_id).collect()
    }

    /// The message of this alarm, once it is active, or `None` once it is over.
    pub fn alarm(&mut self, code: Code, is_active: bool) -> String {
        let end = SystemClock.now() + LIMIT;
        while SystemClock.now() < end {
            self.device.turn(TURN);
            while let Some(change) = self.station.alarms.pop() {
                if change.code == code && change.is_active == is_active {
                    assert_eq!(change.subject, "scanner");
                    return change.message;
                }
            }
        }
        panic!("not within {LIMIT:?}: {code:?} {is_active}");
    }
}

pub fn id(text: &str) -> Option<PartId> {
    Some(PartId::new(text).expect("an ID"))
}

pub fn each_text_is_a_parts_id_with_the_time_at_which_it_came(name: &str, far: Box<dyn Far>) {
    let mut rig = Rig::plugged(far, "");
    let before = SystemClock.now();
    rig.far.send(b"SN-1\r");
    rig.until("the text is told", |station| !station.identities.is_empty());
    let expected = Identified {
        part_no: None,
        part_id: id("SN-1"),
        style: None,
        lane: None,
        at: Instant::default(),
    };
    let found = rig.station.identities.pop().expect("one");
    assert_eq!(
        Identified {
            at: expected.at,
            ..found
        },
        expected,
        "{name}"
    );
    assert!(
        before <= found.at && found.at <= SystemClock.now(),
        "{name}"
    );
    assert_eq!(
        rig.ids(b"SN-2\rSN-3\r", 2),
        [id("SN-2"), id("SN-3")],
        "{name}"
    );
    assert!(
        rig.station.triggers.is_empty(),
        "{name}: it announces nothing"
    );
}

pub fn half_a_text_is_told_and_never_joined_to_the_next(name: &str, far: Box<dyn Far>) {
    let mut rig = Rig::plugged(far, "");
    rig.far.send(b"HALF");
    let message = rig.alarm(Code::TextRefused, true);
    assert!(
        message.contains("\"scanner\"") && message.contains("\"HALF\""),
        "{name}: {message}"
    );
    assert!(rig.station.identities.is_empty(), "{name}");
    assert_eq!(rig.ids(b"SN-2\r", 1), [id("SN-2")], "{name}");
    assert_eq!(rig.alarm(Code::TextRefused, false), "", "{name}");
    // In two pieces, but in time.
    rig.far.send(b"SN-");
    rig.turn(20);
    assert_eq!(rig.ids(b"3\r", 1), [id("SN-3")], "{name}");
}

pub fn a_device_that_is_gone_is_told_and_used_again_when_it_is_back(name: &str, far: Box<dyn Far>) {
    // The station starts without it.
    let mut rig = Rig::new(far, "");
    if name != "the scanner connects" {
        let message = rig.alarm(Code::LineDeviceGone, true);
        assert!(message.contains("\"scanner\""), "{name}: {message}");
    }
    rig.plug();
    assert_eq!(rig.ids(b"SN-1\r", 1), [id("SN-1")], "{name}");
    for round in 0..3 {
        all(&rig.station.alarms);
        rig.far.send(b"LOST");
        rig.turn(10);
        let before = SystemClock.now();
        rig.far.unplug();
        rig.alarm(Code::LineDeviceGone, true);
        let after = SystemClock.now().since(before);
        assert!(after < Duration::from_secs(1), "{name}: {after:?}");
        assert!(!rig.station.board.devices()[0].is_connected, "{name}");
        rig.plug();
        rig.alarm(Code::LineDeviceGone, false);
        let sent = format!("SN-{round}\r");
        let expected = id(sent.trim());
        assert_eq!(
            rig.ids(sent.as_bytes(), 1),
            [expected],
            "{name}: not LOST too"
        );
    }
}

pub fn a_device_that_announces_parts_tells_them_with_their_ids(name: &str, far: Box<dyn Far>) {
    let mut rig = Rig::plugged(far, "announces = true\nno_read = [\"NOREAD\"]\n");
    all(&rig.station.triggers);
    let before = SystemClock.now();
    rig.far.send(b"SN-1\rNOREAD\r");
    rig.until("two parts are told", |station| station.triggers.len() == 2);
    let heard = all(&rig.station.triggers);
    let arrivals: Vec<Arrival> = heard
        .iter()
        .map(|heard| match heard {
            Heard::Arrival(arrival) => *arrival,
            other => panic!("{name}: {other:?}"),
        })
        .collect();
    assert_eq!(arrivals[0].part_id, id("SN-1"), "{name}");
    assert_eq!(
        arrivals[1].part_id, None,
        "{name}: it is a part all the same"
    );
    assert!(before <= arrivals[0].at, "{name}");
    assert!(rig.station.identities.is_empty(), "{name}");
    rig.far.unplug();
    rig.until("that it is gone is told", |station| {
        !station.triggers.is_empty()
    });
    let heard = rig.station.triggers.pop();
    assert!(
        matches!(heard, Some(Heard::Gone { .. })),
        "{name}: {heard:?}"
    );
    rig.plug();
    assert_eq!(rig.station.triggers.pop(), Some(Heard::Back), "{name}");
}

pub fn what_cannot_be_an_id_identifies_no_part_and_is_told(name: &str, far: Box<dyn Far>) {
    let mut rig = Rig::plugged(far, "no_read = [\"NOREAD\", \"ERROR*\"]\n");
    let longest = "X".repeat(128);
    let sent = format!("{longest}\r{longest}X\rNOREAD\rERROR:07\rSN-1\r");
    let expected = [id(&longest), None, None, None, id("SN-1")];
    assert_eq!(rig.ids(sent.as_bytes(), 5), expected, "{name}");
    let message = rig.alarm(Code::TextRefused, true);
    assert!(
        message.contains("is longer than 128 bytes"),
        "{name}: {message}"
    );
    rig.alarm(Code::TextRefused, false);
    assert!(
        all(&rig.station.alarms).is_empty(),
        "{name}: a read that failed is none"
    );
    let endless = "x".repeat(600);
    rig.far.send(format!("{endless}\r").as_bytes());
    let message = rig.alarm(Code::TextRefused, true);
    assert!(message.contains("at most 512 bytes"), "{name}: {message}");
    assert_eq!(rig.ids(b"SN-2\r", 1), [id("SN-2")], "{name}");
}

pub fn the_same_text_again_within_the_time_that_is_set_is_the_same_part(
    name: &str,
    far: Box<dyn Far>,
) {
    let mut rig = Rig::plugged(far, "ignore_repeat_ms = 300\n");
    let sent = b"SN-1\rSN-1\rSN-2\rSN-1\rSN-1\r";
    assert_eq!(
        rig.ids(sent, 3),
        [id("SN-1"), id("SN-2"), id("SN-1")],
        "{name}"
    );
    // A code that stays before the scanner is one part, however long.
    for _ in 0..6 {
        rig.far.send(b"SN-1\r");
        rig.turn(100);
    }
    assert!(rig.station.identities.is_empty(), "{name}");
    rig.turn(300);
    assert_eq!(rig.ids(b"SN-1\r", 1), [id("SN-1")], "{name}");
}

pub fn a_device_that_says_too_much_is_closed_for_a_second_and_goes_on_then(
    name: &str,
    far: Box<dyn Far>,
) {
    let mut rig = Rig::plugged(far, "");
    all(&rig.station.alarms);
    for _ in 0..8 {
        rig.far.send(b"A\r".repeat(50).as_slice());
        rig.turn(2);
        if !rig.station.board.devices()[0].is_connected {
            break;
        }
    }
    let message = rig.alarm(Code::LineDeviceGone, true);
    assert!(message.contains("at most 200 texts"), "{name}: {message}");
    assert!(rig.station.identities.len() <= 300, "{name}");
    rig.far.unplug();
    rig.turn(900);
    assert!(!rig.station.board.devices()[0].is_connected, "{name}");
    all(&rig.station.identities);
    rig.plug();
    assert_eq!(rig.ids(b"SN-1\r", 1), [id("SN-1")], "{name}");
}

/// A promise: its name, and the test of it on a far side.
pub type Promise = (&'static str, fn(&str, Box<dyn Far>));

/// Every promise, by its name.
pub const PROMISES: &[Promise] = &[
    (
        "each_text_is_a_parts_id_with_the_time_at_which_it_came",
        each_text_is_a_parts_id_with_the_time_at_which_it_came,
    ),
    (
        "half_a_text_is_told_and_never_joined_to_the_next",
        half_a_text_is_told_and_never_joined_to_the_next,
    ),
    (
        "a_device_that_is_gone_is_told_and_used_again_when_it_is_back",
        a_device_that_is_gone_is_told_and_used_again_when_it_is_back,
    ),
    (
        "a_device_that_announces_parts_tells_them_with_their_ids",
        a_device_that_announces_parts_tells_them_with_their_ids,
    ),
    (
        "what_cannot_be_an_id_identifies_no_part_and_is_told",
        what_cannot_be_an_id_identifies_no_part_and_is_told,
    ),
    (
        "the_same_text_again_within_the_time_that_is_set_is_the_same_part",
        the_same_text_again_within_the_time_that_is_set_is_the_same_part,
    ),
    (
        "a_device_that_says_too_much_is_closed_for_a_second_and_goes_on_then",
        a_device_that_says_too_much_is_closed_for_a_second_and_goes_on_then,
    ),
];
