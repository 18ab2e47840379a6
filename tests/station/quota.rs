//! Which pictures go when there is no room.

use super::log::{context, record, start};
use inspector::clock::{Clock, SimulatedClock};
use inspector::ports::log::{ImageStore, LogError, Picture, ResultLog};
use inspector::results::images::Images;
use inspector::results::open;
use inspector::results::writer::{JobContext, Writer};
use inspector::settings::station::{ImageFormat, ImageSettings};
use inspector::station::frame::{FrameShape, PixelFormat};
use inspector::station::part::PartNo;
use inspector::station::result::{Gap, GapCause, Record};
use inspector::station::review::Draw;
use inspector::station::time::WallTime;
use inspector::station::verdict::{Disposition, Verdict};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

pub const SIDE: u32 = 40;

pub struct Store {
    data: TempDir,
    pub log: Writer,
    images: Option<Images>,
    quota_bytes: u64,
}

impl Store {
    /// Room for so many pictures; how large one is was measured before.
    pub fn new(pictures: u64) -> Self {
        Self::on(tempfile::tempdir().expect("a folder"), pictures)
    }

    fn on(data: TempDir, pictures: u64) -> Self {
        let (log, _) = start(data.path());
        Self::of(data, log, pictures)
    }

    /// Passes that are so drawn are put before people.
    pub fn drawing(pictures: u64, draw: Draw) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let context = JobContext { draw, ..context() };
        let (log, _) = Writer::start(data.path(), &context, None, WallTime(5)).expect("a log");
        Self::of(data, log, pictures)
    }

    fn of(data: TempDir, log: Writer, pictures: u64) -> Self {
        Self {
            log,
            images: None,
            quota_bytes: pictures * picture_bytes() + picture_bytes() / 2,
            data,
        }
    }

    pub fn images(&mut self) -> &mut Images {
        let (data, log, quota_bytes) = (self.data.path(), self.log.clone(), self.quota_bytes);
        self.images.get_or_insert_with(|| {
            let settings = ImageSettings {
                keep_passes: 1.0,
                format: ImageFormat::Png,
                quota_bytes,
                free_bytes_min: 0,
            };
            let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::new(WallTime(1)));
            Images::open(data, log, settings, clock).expect("a store")
        })
    }

    fn save(&mut self, part_no: u64) -> Result<(), LogError> {
        self.save_as(part_no, 0, SIDE)
    }

    /// A picture of so many pixels a side.
    pub fn save_as(&mut self, part_no: u64, view: u8, side: u32) -> Result<(), LogError> {
        let pixels = noise(side);
        let shape = FrameShape {
            width: side,
            height: side,
            pixel_format: PixelFormat::Mono8,
        };
        let picture = Picture {
            part_no: PartNo(part_no),
            view,
            pixels: &pixels,
            shape,
            map: &[],
            map_size: (0, 0),
        };
        self.images().save(&picture)
    }

    /// The part leaves.
    pub fn leaves(&mut self, part_no: u64, disposition: Disposition) {
        self.log
            .append(&[left(part_no, disposition)])
            .expect("a row");
    }

    /// Part and picture, in the order of a line.
    pub fn part(&mut self, part_no: u64, disposition: Disposition) {
        self.save(part_no).expect("saved");
        self.leaves(part_no, disposition);
    }

    /// What is said to be stored is what lies there, and no more than may.
    pub fn counts_right(&mut self) {
        let (stored, found) = (self.images().stored_bytes(), on_disk(&self.folder()));
        assert_eq!(stored, found);
        assert!(found <= self.quota_bytes, "{found} > {}", self.quota_bytes);
    }

    fn folder(&self) -> PathBuf {
        self.data
            .path()
            .join(format!("images/{}", self.log.job().0))
    }

    /// Parts of this job whose picture lies on the disk; the log says the same of each.
    pub fn kept(&self) -> Vec<u64> {
        let files = std::fs::read_dir(self.folder()).expect("a folder");
        let mut parts: Vec<u64> = files
            .map(|file| {
                let name = file.expect("a file").file_name();
                let name = name.to_str().expect("a name").to_owned();
                name.split('-')
                    .next()
                    .and_then(|part| part.parse().ok())
                    .expect("a part")
            })
            .collect();
        parts.sort_unstable();
        let connection = open::readable(self.data.path()).expect("the log");
        let stored =
            "select part_no from image where state = 'stored' and job_id = ?1 order by part_no";
        let mut stored = connection.prepare(stored).expect("pictures");
        let rows = stored.query_map([self.log.job().0 as i64], |row| row.get(0));
        let named: Vec<u64> = rows
            .expect("pictures")
            .map(|part: rusqlite::Result<i64>| part.expect("a part").unsigned_abs())
            .collect();
        assert_eq!(parts, named, "files and rows");
        parts
    }
}

fn left(part_no: u64, disposition: Disposition) -> Record {
    let Record::Result(mut result) = record(part_no) else {
        unreachable!("it is a result");
    };
    if disposition == Disposition::Accept {
        result.verdict = Verdict::Pass;
        result.cause = None;
        result.disposition = disposition;
        for view in &mut result.views {
            view.verdict = Verdict::Pass;
            view.cause = None;
            view.findings.clear();
            view.findings_total = 0;
        }
    }
    Record::Result(result)
}

/// No two pictures differ in size.
fn noise(side: u32) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(5);
    (0..side * side).map(|_| random.u8(..)).collect()
}

fn picture_bytes() -> u64 {
    let data = tempfile::tempdir().expect("a folder");
    let (log, _) = start(data.path());
    let mut store = Store {
        data,
        log,
        images: None,
        quota_bytes: 1 << 20,
    };
    store.save(1).expect("saved");
    on_disk(&store.folder())
}

fn on_disk(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).expect("a folder");
    files
        .map(|file| file.expect("a file").metadata().expect("a size").len())
        .sum()
}

use Disposition::{Accept, Reject};

#[test]
fn pictures_of_passes_go_before_those_of_rejects_and_the_lowest_numbers_first() {
    let mut store = Store::new(10);
    let mut now = SystemTime::now();
    for part_no in 1..=10 {
        let disposition = if part_no % 2 == 1 { Accept } else { Reject };
        store.part(part_no, disposition);
        // The newest is the oldest by its file.
        now -= Duration::from_secs(3_600);
        let file = store.folder().join(format!("{part_no}-0.png"));
        let file = std::fs::File::options()
            .write(true)
            .open(file)
            .expect("a file");
        file.set_modified(now).expect("set");
    }
    for part_no in 11..=13 {
        store.part(part_no, Reject);
    }
    assert_eq!(store.kept(), [2, 4, 6, 7, 8, 9, 10, 11, 12, 13]);
    for part_no in 14..=17 {
        store.part(part_no, Reject);
    }
    assert_eq!(store.kept(), [6, 8, 10, 11, 12, 13, 14, 15, 16, 17]);
    // One that passes now goes before every reject.
    store.part(18, Accept);
    store.part(19, Reject);
    assert_eq!(store.kept(), [8, 10, 11, 12, 13, 14, 15, 16, 17, 19]);
}

#[test]
fn files_that_the_log_does_not_name_count_and_go_first() {
    let data = tempfile::tempdir().expect("a folder");
    drop(start(data.path()));
    let before = data.path().join("images/1");
    std::fs::create_dir_all(&before).expect("made");
    let size = picture_bytes();
    let bytes = vec![0; usize::try_from(size).expect("a size")];
    for name in ["7-0.png", "7-0.map.png", "notes.txt"] {
        std::fs::write(before.join(name), &bytes).expect("written");
    }
    let mut store = Store::on(data, 5);
    assert_eq!(
        store.images().stored_bytes(),
        2 * size,
        "those of a station"
    );
    for part_no in 1..=3 {
        store.part(part_no, Reject);
    }
    assert_eq!(on_disk(&before), 3 * size);
    store.part(4, Reject);
    store.part(5, Reject);
    assert_eq!(store.kept(), [1, 2, 3, 4, 5], "no picture went for them");
    let left: Vec<_> = std::fs::read_dir(&before).expect("a folder").collect();
    assert_eq!(left.len(), 1, "what a person put there stays: {left:?}");
    assert_eq!(store.images().stored_bytes(), 5 * size);
}

#[test]
fn a_picture_that_cannot_be_deleted_keeps_no_other_from_it() {
    let mut store = Store::new(4);
    for part_no in 1..=4 {
        store.part(part_no, Accept);
    }
    // What cannot be removed as a file; the account that runs the tests may remove every file.
    let stuck = store.folder().join("1-0.png");
    std::fs::remove_file(&stuck).expect("removed");
    std::fs::create_dir(&stuck).expect("made");
    store.save(5).expect("another went");
    store.leaves(5, Accept);
    assert!(stuck.is_dir());
    std::fs::remove_dir(&stuck).expect("removed");
    let kept = store.kept();
    assert!(
        kept.contains(&5) && !kept.contains(&1) && !kept.contains(&2),
        "{kept:?}"
    );
    drop(store.images.take());
    let Store { data, log, .. } = store;
    drop(log);
    let connection = open::readable(data.path()).expect("the log");
    let told = "select message from event where code = 'stray_file'";
    let told: String = connection
        .query_row(told, [], |row| row.get(0))
        .expect("told");
    assert!(told.contains("1-0.png"), "{told}");
}

#[test]
fn where_nothing_can_be_deleted_the_picture_is_refused_and_says_why() {
    let data = tempfile::tempdir().expect("a folder");
    drop(start(data.path()));
    let before = data.path().join("images/1");
    std::fs::create_dir_all(&before).expect("made");
    let size = usize::try_from(picture_bytes()).expect("a size");
    for part_no in 1..=3 {
        std::fs::write(before.join(format!("{part_no}-0.png")), vec![0; size]).expect("written");
    }
    let mut store = Store::on(data, 3);
    assert_eq!(store.images().stored_bytes(), 3 * size as u64);
    for part_no in 1..=3 {
        let file = before.join(format!("{part_no}-0.png"));
        std::fs::remove_file(&file).expect("removed");
        std::fs::create_dir(&file).expect("made");
    }
    for _ in 0..2 {
        let error = store.save(1).expect_err("there is no room");
        assert!(matches!(error, LogError::Full { .. }), "{error:?}");
        assert!(error.to_string().contains("quota_bytes"), "{error}");
    }
}

#[test]
fn pictures_of_parts_on_their_way_go_last_and_are_counted_once() {
    let mut store = Store::new(6);
    store.part(1, Reject);
    store.part(2, Reject);
    for part_no in 3..=6 {
        store.save(part_no).expect("saved");
    }
    store.save(7).expect("saved");
    assert_eq!(store.kept(), [2, 3, 4, 5, 6, 7]);
    // They pass; before, the next ones that would go had been looked up already.
    for part_no in 3..=7 {
        store.leaves(part_no, Accept);
    }
    for part_no in 8..=30 {
        store.part(part_no, Accept);
        let stored = store.images().stored_bytes();
        assert_eq!(stored, on_disk(&store.folder()), "part {part_no}");
    }
    assert_eq!(store.kept(), [2, 26, 27, 28, 29, 30], "the reject stays");
    // All are on their way: the oldest of them goes, never the newest.
    for part_no in 31..=40 {
        store.save(part_no).expect("saved");
    }
    let kept: BTreeSet<u64> = store.kept().into_iter().collect();
    assert_eq!(kept, BTreeSet::from([35, 36, 37, 38, 39, 40]));
}

#[test]
fn a_part_that_will_have_no_row_is_no_reason_to_delete_rejects_first() {
    let mut store = Store::new(5);
    store.part(1, Reject);
    store.part(2, Reject);
    store.save(3).expect("saved");
    let gap = Gap {
        first: PartNo(3),
        last: PartNo(3),
        from: WallTime(3),
        to: WallTime(3),
        accepted: 0,
        cause: GapCause::LogFull,
    };
    store.log.append(&[Record::Gap(gap)]).expect("a gap");
    for part_no in 4..=7 {
        store.part(part_no, Accept);
    }
    assert_eq!(store.kept(), [1, 2, 3, 6, 7]);
}

/// As an account that may write nowhere but in what is its own. A thread that it starts has that account too.
pub fn as_somebody_else<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let with_less = || {
        if rustix::process::getuid().is_root() {
            // SAFETY: it changes the account of this thread alone, which ends with the work.
            let done = unsafe { libc::syscall(libc::SYS_setresuid, NOBODY, NOBODY, NOBODY) };
            assert_eq!(done, 0);
        }
        work()
    };
    std::thread::scope(|scope| scope.spawn(with_less).join().expect("it ends"))
}

pub const NOBODY: u32 = 65_534;

#[test]
fn where_no_picture_may_be_deleted_none_is_said_to_have_been() {
    let permit = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permitted");
    };
    let mut store = Store::new(4);
    for part_no in 1..=4 {
        store.part(part_no, Accept);
    }
    permit(store.data.path(), 0o755);
    permit(&store.folder(), 0o555);
    for part_no in 5..=8 {
        let saved = as_somebody_else(|| store.save(part_no));
        let error = saved.expect_err("there is no room");
        assert!(matches!(error, LogError::ReadOnly { .. }), "{error:?}");
        assert!(error.to_string().contains("images/1: "), "{error}");
    }
    permit(&store.folder(), 0o755);
    assert_eq!(
        store.kept(),
        [1, 2, 3, 4],
        "rows and files are what they were"
    );
    store.save(9).expect("it goes on");
    store.leaves(9, Accept);
    assert_eq!(store.kept(), [2, 3, 4, 9]);
}
