use super::*;
use crate::clock::SimulatedClock;
use crate::pipeline::pool::Pool;
use crate::pipeline::samples::SampleRequest;
use crate::queue::{Queue, WhenFull, queue};
use crate::station::frame::{FrameShape, PixelFormat};
use crate::station::part::PartId;
use crate::station::time::WallTime;
use crate::station::verdict::{Disposition, Verdict};
use crate::telemetry::alarm::AlarmChange;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

/// Numbers of parts and views, in the order in which they were stored.
type Stored = Arc<Mutex<Vec<(u64, u8)>>>;

/// Where it stores, and how many unreviewed pictures it says it deleted.
struct Store(Stored, Arc<AtomicU64>);

impl ImageStore for Store {
    fn save(&mut self, picture: &Picture<'_>) -> Result<(), LogError> {
        let mut stored = self.0.lock().expect("no panic");
        stored.push((picture.part_no.0, picture.view));
        Ok(())
    }

    fn check(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn stored_bytes(&self) -> u64 {
        0
    }

    fn unreviewed_deleted(&self) -> u64 {
        self.1.load(Ordering::Relaxed)
    }
}

struct NoPreview;

impl Preview for NoPreview {
    fn show(&mut self, _: &ImageItem) {}
}

struct Bench {
    stage: ImagesStage,
    clock: Arc<SimulatedClock>,
    images: Option<Queue<ImageItem>>,
    dispositions: Option<Queue<PartDisposition>>,
    stored: Stored,
    unreviewed: Arc<AtomicU64>,
    alarms: Outlet<AlarmChange>,
    pool: Pool,
}

impl Bench {
    fn new(parked_max: usize) -> Self {
        let clock = Arc::new(SimulatedClock::new(WallTime(0)));
        let (images, image_rx) = queue("images", 64, WhenFull::DropNewest, None);
        let (dispositions, disposition_rx) = queue("dispositions", 64, WhenFull::DropNewest, None);
        let (samples, _) = queue("samples", 1, WhenFull::DropNewest, None);
        let (alarms, alarm_rx) = queue("alarms", 4, WhenFull::DropNewest, None);
        let (stored, unreviewed) = (Stored::default(), Arc::<AtomicU64>::default());
        let stage = ImagesStage::new(ImagesSetup {
            images: image_rx,
            dispositions: disposition_rx,
            store: Box::new(Store(Arc::clone(&stored), Arc::clone(&unreviewed))),
            preview: Box::new(NoPreview),
            sampler: Sampler::new(SampleRequest::default(), samples),
            parked_max,
            stats: Arc::new(Stats::new(1)),
            alarms: AlarmSender::new(alarms),
            clock: Arc::clone(&clock) as _,
        });
        Self {
            stage,
            clock,
            images: Some(images),
            dispositions: Some(dispositions),
            stored,
            unreviewed,
            alarms: alarm_rx,
            pool: Pool::new(16, 4),
        }
    }

    /// A view that passed.
    fn picture(&mut self, part_no: u64, view: u8) {
        let part_no = PartNo(part_no);
        let item = ImageItem {
            part_no,
            part_id: PartId::counted(1, part_no),
            style: None,
            camera: view,
            view,
            verdict: Verdict::Pass,
            keep: Keep::IfPartIs,
            pixels: self.pool.loan().expect("there is one"),
            shape: FrameShape {
                width: 2,
                height: 2,
                pixel_format: PixelFormat::Mono8,
            },
            map: None,
            map_size: (0, 0),
        };
        let images = self.images.as_ref().expect("it is open");
        assert!(images.push(item).is_ok(), "there is room");
        self.stage.step();
    }

    fn became(&mut self, part_no: u64, disposition: Disposition) {
        self.left(part_no, (disposition, false));
    }

    fn left(&mut self, part_no: u64, (disposition, is_near): (Disposition, bool)) {
        let became = PartDisposition {
            part_no: PartNo(part_no),
            disposition,
            is_near,
        };
        let dispositions = self.dispositions.as_ref().expect("it is open");
        dispositions.push(became).expect("there is room");
        self.stage.step();
    }

    fn stored(&self) -> Vec<(u64, u8)> {
        std::mem::take(&mut *self.stored.lock().expect("no panic"))
    }

    fn dropped(&self) -> u64 {
        self.stage.with.stats.counts.images_dropped.get()
    }
}

#[test]
fn pictures_wait_for_their_own_part_whichever_leaves_first() {
    let mut bench = Bench::new(8);
    for part_no in 1..=3 {
        bench.picture(part_no, 0);
        bench.picture(part_no, 1);
    }
    // To the gate that is nearest, to the last one, and out at the one between.
    bench.became(3, Disposition::Reject);
    assert_eq!(bench.stored(), [(3, 0), (3, 1)]);
    bench.became(2, Disposition::Accept);
    assert_eq!((bench.stored(), bench.stage.parked()), (vec![], 2));
    bench.became(1, Disposition::Reject);
    assert_eq!(bench.stored(), [(1, 0), (1, 1)]);
    assert_eq!((bench.dropped(), bench.pool.out()), (0, 0));
}

#[test]
fn all_pictures_of_a_part_that_nearly_failed_are_stored() {
    let mut bench = Bench::new(8);
    bench.picture(1, 0);
    bench.picture(1, 1);
    bench.left(1, (Disposition::Accept, true));
    assert_eq!(bench.stored(), [(1, 0), (1, 1)]);
    bench.left(2, (Disposition::Accept, true));
    bench.picture(2, 0);
    assert_eq!(bench.stored(), [(2, 0)], "it comes after");
    bench.picture(3, 0);
    bench.left(3, (Disposition::Accept, false));
    assert_eq!(bench.stored(), []);
    assert_eq!((bench.dropped(), bench.pool.out()), (0, 0));
}

#[test]
fn a_picture_that_comes_after_the_disposition_is_dealt_with_at_once() {
    let mut bench = Bench::new(2);
    bench.became(2, Disposition::Reject);
    bench.became(1, Disposition::Reject);
    bench.became(3, Disposition::Accept);
    for part_no in [3, 1, 2] {
        bench.picture(part_no, 0);
    }
    assert_eq!(bench.stored(), [(1, 0), (2, 0)]);
    assert_eq!((bench.dropped(), bench.pool.out()), (0, 0));
}

#[test]
fn pictures_that_wait_in_vain_are_dropped_by_number_and_by_time_and_counted() {
    let mut bench = Bench::new(2);
    for part_no in 1..=3 {
        bench.picture(part_no, 0);
    }
    assert_eq!((bench.dropped(), bench.pool.out()), (1, 2), "the oldest");
    bench.became(1, Disposition::Reject);
    assert_eq!(bench.stored(), []);
    let soon = Instant::default() + PARKED_FOR - Duration::from_millis(1);
    bench.clock.advance_to(soon);
    bench.stage.step();
    assert_eq!((bench.dropped(), bench.pool.out()), (1, 2));
    bench.clock.advance_to(soon + Duration::from_millis(1));
    bench.stage.step();
    assert_eq!((bench.dropped(), bench.pool.out()), (3, 0));
}

#[test]
fn no_camera_has_its_pictures_dropped_for_those_of_another() {
    let mut bench = Bench::new(2);
    for part_no in 1..=2 {
        for camera in 0..3 {
            bench.picture(part_no, camera);
        }
    }
    assert_eq!((bench.dropped(), bench.stage.parked()), (0, 6));
    bench.picture(3, 1);
    assert_eq!((bench.dropped(), bench.stage.parked()), (1, 6));
    for part_no in 1..=3 {
        bench.became(part_no, Disposition::Reject);
    }
    let stored = [(1, 0), (1, 2), (2, 0), (2, 1), (2, 2), (3, 1)];
    assert_eq!(bench.stored(), stored);
    assert_eq!((bench.dropped(), bench.pool.out()), (1, 0));
}

#[test]
fn the_pictures_of_the_last_parts_wait_until_those_have_left() {
    let mut bench = Bench::new(4);
    bench.picture(1, 0);
    bench.picture(2, 0);
    bench.picture(3, 0);
    bench.images = None;
    assert!(!bench.stage.is_done(), "parts are on their way");
    bench.became(2, Disposition::Reject);
    assert_eq!(bench.stored(), [(2, 0)]);
    bench.became(1, Disposition::Accept);
    bench.dispositions = None;
    assert!(bench.stage.is_done());
    bench.stage.finish();
    assert_eq!((bench.dropped(), bench.pool.out()), (1, 0));
}

/// On a full disk one goes every now and then; who has seen that it is so needs not see it again with each.
#[test]
fn that_unreviewed_pictures_go_is_over_once_none_has_gone_for_an_hour() {
    let mut bench = Bench::new(4);
    let stores = |bench: &mut Bench, part_no| {
        bench.picture(part_no, 0);
        bench.became(part_no, Disposition::Reject);
        bench.stage.unreviewed.is_active()
    };
    assert!(!stores(&mut bench, 1));
    bench.unreviewed.store(1, Ordering::Relaxed);
    assert!(stores(&mut bench, 2));
    assert!(stores(&mut bench, 3), "one without a deletion ends nothing");
    let half = Instant::default() + UNREVIEWED_FOR / 2;
    bench.clock.advance_to(half);
    bench.unreviewed.store(2, Ordering::Relaxed);
    assert!(stores(&mut bench, 4));
    bench.clock.advance_to(Instant::default() + UNREVIEWED_FOR);
    assert!(stores(&mut bench, 5), "half an hour since the last");
    bench.clock.advance_to(half + UNREVIEWED_FOR);
    bench.stage.step();
    assert!(!bench.stage.unreviewed.is_active(), "no picture need come");
    let told: Vec<bool> = std::iter::from_fn(|| bench.alarms.pop())
        .map(|change| change.is_active)
        .collect();
    assert_eq!(told, [true, true, false]);
}
