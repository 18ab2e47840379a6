//! A part through the exchange around an adapter: from the trigger that is heard to the output that is written.

use crate::counting::allocations_of;
use crate::promises::Far;
use crate::rig::{all, opening, outcome, wiring};
use inspector::adapters::line::kinds::open;
use inspector::clock::{Clock, SystemClock};
use inspector::ports::line::{Feedback, Heard, LineDevice};
use inspector::station::verdict::Disposition::Accept;
use std::sync::Arc;
use std::time::Duration;

/// A line of one device, as its settings have it.
pub struct Parts<'a> {
    /// The keys of its `[[device]]` but for its name.
    pub keys: &'a str,
    /// The number and address of its trigger and of its encoder, and of its part ID where it has one.
    pub trigger: (u8, &'a str),
    pub encoder: (u8, &'a str),
    pub part_id: Option<(u8, &'a str)>,
    /// The address of its first output.
    pub gate: &'a str,
}

impl Parts<'_> {
    fn line(&self) -> String {
        let input = |address: &str, meaning: &str| {
            format!("[[input]]\ndevice = \"plc\"\naddress = {address:?}\nmeaning = {meaning:?}\n")
        };
        let part_id = self.part_id.map(|(_, address)| input(address, "part-id"));
        format!(
            "[[device]]\nname = \"plc\"\nbecause = \"a test\"\nperiod_ms = 1\n{}\n{}{}{}\
             [[output]]\ndevice = \"plc\"\naddress = {:?}\nmeaning = \"lane\"\nlane = \"accept\"\nhold_ms = 50\n",
            self.keys,
            input(self.trigger.1, "trigger"),
            input(self.encoder.1, "encoder"),
            part_id.unwrap_or_default(),
            self.gate,
        )
    }

    pub fn allocate_nothing_from_trigger_to_output(&self, far: &mut dyn Far) {
        let wiring = wiring(&self.line());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (opening, station) = opening(&wiring, &clock);
        let mut device = open(opening).expect("it is no server");
        // What is on when it is first heard of is no part.
        for _ in 0..10 {
            device.turn(Duration::from_millis(1));
        }
        let mut part = |number: u64| -> usize {
            if let Some((input, _)) = self.part_id {
                far.set(input, &format!("P-{number}"));
            }
            far.set(self.encoder.0, &(number * 100));
            far.set(self.trigger.0, &1);
            let mut count = 0;
            let arrival = turns(&mut *device, &mut count, || {
                station.triggers.pop().and_then(|heard| match heard {
                    Heard::Arrival(arrival) => Some(arrival),
                    _ => None,
                })
            });
            let id = arrival.part_id.map(|id| id.as_str().to_owned());
            assert_eq!(id, self.part_id.map(|_| format!("P-{number}")));
            let counts = u32::try_from(number * 100).expect("few");
            assert_eq!(arrival.counts, Some(counts));
            station
                .told
                .push(outcome(number, Accept, None))
                .expect("room");
            turns(&mut *device, &mut count, || {
                std::iter::from_fn(|| station.feedback.pop()).find(|it| match it {
                    Feedback::Failed { reason, .. } => panic!("{reason}"),
                    it => matches!(it, Feedback::Acknowledged { .. }),
                })
            });
            far.set(self.trigger.0, &0);
            for _ in 0..20 {
                count += allocations_of(|| device.turn(Duration::from_millis(1)));
            }
            // The pulse ends by itself.
            turns(&mut *device, &mut count, || (!far.is_on(0)).then_some(()));
            while station.positions.pop().is_some() {}
            count
        };
        for number in 1..4 {
            part(number);
        }
        let counts: usize = (4..14).map(part).sum();
        assert_eq!(counts, 0, "of 10 parts");
        assert!(all(&station.alarms).iter().all(|it| !it.is_active));
    }
}

/// Turns until something is there, and counts what that allocates.
fn turns<T>(
    device: &mut dyn LineDevice,
    count: &mut usize,
    mut found: impl FnMut() -> Option<T>,
) -> T {
    let deadline = SystemClock.now() + Duration::from_secs(3);
    loop {
        *count += allocations_of(|| device.turn(Duration::from_millis(1)));
        if let Some(found) = found() {
            return found;
        }
        assert!(SystemClock.now() < deadline, "not within 3 s");
    }
}
