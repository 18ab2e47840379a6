//! The simulated camera keeps the `Camera` contract, and its pictures agree with their truth.

use super::*;
use crate::clock::Clock;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::station::frame::FrameMeta;
use crate::station::part::PartId;
use crate::station::time::{Instant, WallTime};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Time that passes only when somebody waits.
#[derive(Default)]
struct Waiting(AtomicU64);

impl Clock for Waiting {
    fn now(&self) -> Instant {
        Instant(Duration::from_nanos(self.0.load(Ordering::Relaxed)))
    }
    fn wall(&self) -> WallTime {
        WallTime(0)
    }
    fn sleep_until(&self, at: Instant) {
        self.0.fetch_max(at.0.as_nanos() as u64, Ordering::Relaxed);
    }
}

fn small() -> SimSettings {
    SimSettings {
        width: 160,
        height: 120,
        views: 2,
        defect_rate: 0.5,
        ..SimSettings::default()
    }
}

struct Bench {
    line: Arc<SimLine>,
    clock: Arc<Waiting>,
    camera: SimCamera,
    pixels: Vec<u8>,
}

const PATIENCE: Duration = Duration::from_secs(60);

impl Bench {
    fn new(settings: SimSettings) -> Self {
        let line = SimLine::new(settings, Instant::default(), 0).unwrap();
        let clock = Arc::new(Waiting::default());
        let camera = SimCamera::new(line.clone(), 0, clock.clone()).unwrap();
        let pixels = vec![0; camera.shape().bytes()];
        Self {
            line,
            clock,
            camera,
            pixels,
        }
    }

    fn next(&mut self, timeout: Duration) -> Result<FrameMeta, AcquireError> {
        self.camera.acquire(&mut self.pixels, timeout)
    }

    /// The part whose frame this is, by its time of exposure.
    fn index_of(&self, meta: &FrameMeta) -> u64 {
        let delay = Duration::from_millis(u64::from(self.line.settings().exposure_delay_ms));
        (0..)
            .find(|index| self.line.arrives_at(*index) + delay >= meta.exposed_at)
            .unwrap()
    }
}

#[test]
fn frames_come_once_each_and_in_order() {
    let mut bench = Bench::new(small());
    for index in 0..12 {
        let meta = bench.next(PATIENCE).unwrap();
        assert_eq!(meta.block_id, index);
        assert_eq!(bench.index_of(&meta), index);
        assert!(bench.clock.now() >= meta.exposed_at);
    }
}

#[test]
fn time_outs_wait_no_longer_than_told_and_change_nothing() {
    let (mut patient, mut hasty) = (Bench::new(small()), Bench::new(small()));
    for _ in 0..6 {
        let want = patient.next(PATIENCE);
        let want_pixels = patient.pixels.clone();
        let got = loop {
            let before = hasty.clock.now();
            match hasty.next(Duration::from_millis(7)) {
                Err(AcquireError::Timeout) => {
                    assert_eq!(hasty.clock.now().since(before), Duration::from_millis(7));
                }
                other => break other,
            }
        };
        assert_eq!(got, want);
        assert_eq!(hasty.pixels, want_pixels);
    }
}

#[test]
fn a_lost_frame_is_a_gap_in_the_block_ids() {
    let mut settings = small();
    settings.faults.lost_at = vec![2, 3];
    let mut bench = Bench::new(settings);
    let ids: Vec<u64> = (0..4)
        .map(|_| bench.next(PATIENCE).unwrap().block_id)
        .collect();
    assert_eq!(ids, [0, 1, 4, 5]);
}

#[test]
fn an_incomplete_frame_is_never_a_good_one() {
    let mut settings = small();
    settings.faults.incomplete = 0.4;
    let mut bench = Bench::new(settings);
    let mut kinds = HashSet::new();
    for number in 0..30 {
        let (id, is_whole) = match bench.next(PATIENCE) {
            Ok(meta) => (meta.block_id, true),
            Err(AcquireError::Incomplete {
                block_id,
                received,
                expected,
                ..
            }) => {
                assert!(received < expected);
                (block_id.unwrap(), false)
            }
            Err(other) => panic!("{other}"),
        };
        assert_eq!(id, number);
        kinds.insert(is_whole);
    }
    assert_eq!(kinds.len(), 2);
}

#[test]
fn counters_that_wrap_and_frames_sent_twice_leave_block_ids_growing_by_one() {
    let mut settings = small();
    settings.faults.sequence_bits = 8;
    settings.faults.sequence_start = 250;
    settings.faults.duplicate = 0.5;
    let mut bench = Bench::new(settings);
    for number in 0..600 {
        let meta = bench.next(PATIENCE).unwrap();
        assert_eq!(meta.block_id, 250 + number);
        assert_eq!(bench.index_of(&meta), number);
    }
}

#[test]
fn an_unplugged_camera_says_so_until_it_is_reopened() {
    let mut settings = small();
    settings.faults.disconnect_at = vec![3];
    settings.faults.disconnect_ms = 1200;
    let mut bench = Bench::new(settings);
    let asked = AcquisitionSettings {
        exposure_time_us: Some(1000),
        ..AcquisitionSettings::default()
    };
    bench.camera.apply(&asked).unwrap();
    for _ in 0..3 {
        bench.next(PATIENCE).unwrap();
    }
    for _ in 0..3 {
        assert!(matches!(
            bench.next(PATIENCE),
            Err(AcquireError::Disconnected { .. })
        ));
        assert!(matches!(
            bench.camera.reopen(),
            Err(OpenError::NotFound { .. })
        ));
    }
    let back = bench.line.arrives_at(3) + Duration::from_millis(1200);
    bench.clock.sleep_until(back);
    assert!(matches!(
        bench.next(PATIENCE),
        Err(AcquireError::Disconnected { .. })
    ));
    bench.camera.reopen().unwrap();
    let meta = bench.next(PATIENCE).unwrap();
    assert!(meta.exposed_at >= back);
    let first = bench.index_of(&meta);
    assert!(first > 3);
    // The setting is there again: the picture is that of half the exposure.
    let part = bench.line.part(first);
    let mut want = vec![0; bench.pixels.len()];
    bench
        .line
        .painter()
        .paint(&bench.line.shot(&part, 0, 0.5), &mut want, None);
    assert_eq!(bench.pixels, want);
}

#[test]
fn a_reader_who_was_away_gets_what_the_device_held_and_then_a_gap() {
    let mut bench = Bench::new(small());
    bench.next(PATIENCE).unwrap();
    bench.clock.sleep_until(bench.line.arrives_at(20));
    let ids: Vec<u64> = (0..6)
        .map(|_| bench.next(PATIENCE).unwrap().block_id)
        .collect();
    assert_eq!(ids, [1, 2, 3, 4, 20, 21]);
}

#[test]
fn every_fault_falls_the_same_way_for_the_same_seed() {
    let mut settings = small();
    settings.faults = SimFaults {
        lost: 0.2,
        incomplete: 0.2,
        dark: 0.2,
        duplicate: 0.2,
        disconnect: 0.1,
        disconnect_ms: 700,
        ..SimFaults::default()
    };
    let history = |settings: &SimSettings| {
        let mut bench = Bench::new(settings.clone());
        let mut events = Vec::new();
        for _ in 0..60 {
            let event = bench.next(Duration::from_millis(200));
            if matches!(event, Err(AcquireError::Disconnected { .. })) {
                bench
                    .clock
                    .sleep_until(bench.clock.now() + Duration::from_millis(300));
                let _ = bench.camera.reopen();
            }
            let sum: u64 = bench.pixels.iter().map(|byte| u64::from(*byte)).sum();
            events.push((event, sum));
        }
        events
    };
    assert_eq!(history(&settings), history(&settings));
    let other = SimSettings {
        seed: 2,
        ..settings.clone()
    };
    assert_ne!(history(&settings), history(&other));
}

#[test]
fn the_mask_shows_a_defect_exactly_where_the_truth_says_one_is() {
    let line = SimLine::new(
        SimSettings {
            width: 320,
            height: 240,
            ..small()
        },
        Instant::default(),
        0,
    )
    .unwrap();
    let (mut pixels, mut mask) = (vec![0; 320 * 240 * 3], vec![0; 320 * 240]);
    let mut painter = line.painter();
    let mut seen = HashSet::new();
    for index in 0..160 {
        let part = line.part(index);
        let truth = line.truth_of(&part.part_id).unwrap();
        for view in 0..2 {
            painter.paint(&line.shot(&part, view, 1.0), &mut pixels, Some(&mut mask));
            let count = mask.iter().filter(|class| **class > 0).count();
            if truth.view != Some(view) {
                assert_eq!(count, 0, "part {index}, view {view}");
                continue;
            }
            let class = truth.defect.unwrap();
            seen.insert((class, part.style, view));
            assert!(count >= 4, "part {index}: {class:?} of {count} pixels");
            let [left, top, width, height] = truth.region.unwrap();
            for (at, found) in mask.iter().enumerate().filter(|(_, class)| **class > 0) {
                let (x, y) = (at as u32 % 320, at as u32 / 320);
                assert_eq!(usize::from(*found), 1 + class as usize);
                assert!((left..=left + width).contains(&x) && (top..=top + height).contains(&y));
            }
        }
    }
    assert!(seen.len() >= 20, "only {} of 24 kinds came up", seen.len());
}

#[test]
fn part_ids_go_on_where_the_last_job_stopped() {
    let first = SimLine::new(small(), Instant::default(), 0).unwrap();
    let second = first.restarted(Instant::from_millis(90_000), 50);
    let ids: HashSet<PartId> = (0..50)
        .map(|index| first.part(index).part_id)
        .chain((0..50).map(|index| second.part(index).part_id))
        .collect();
    assert_eq!(ids.len(), 100);
    assert_eq!(second.truth_of(&first.part(3).part_id), None);
    assert_eq!(
        first.truth_of(&second.part(3).part_id),
        second.truth_of(&second.part(3).part_id)
    );
    assert_eq!(first.part(7).part_id.as_str(), "SN-A7-000007");
}

#[test]
fn parts_arrive_in_order_at_the_pitch() {
    let line = SimLine::new(
        SimSettings {
            jitter_ms: 249,
            ..small()
        },
        Instant::from_millis(1000),
        0,
    )
    .unwrap();
    for index in 0..500 {
        assert!(line.arrives_at(index) < line.arrives_at(index + 1));
    }
    let last = line
        .arrives_at(499)
        .since(Instant::from_millis(1000))
        .as_millis();
    assert!((250_000 - 249..=250_000 + 249).contains(&last), "{last}");
}

#[test]
fn every_setting_that_cannot_be_is_named() {
    let settings = SimSettings {
        width: 1,
        views: 3,
        styles: vec!["sprocket".to_owned()],
        pitch_ms: 10,
        jitter_ms: 5,
        defect_rate: f32::NAN,
        faults: SimFaults {
            sequence_bits: 4,
            lost: 1.5,
            ..SimFaults::default()
        },
        ..SimSettings::default()
    };
    let keys: Vec<&str> = settings
        .problems()
        .iter()
        .map(|problem| problem.key)
        .collect();
    let want = [
        "width",
        "views",
        "styles",
        "jitter_ms",
        "faults.sequence_bits",
        "defect_rate",
        "faults.lost",
    ];
    assert_eq!(keys, want);
    assert_eq!(SimSettings::default().problems(), []);
}
