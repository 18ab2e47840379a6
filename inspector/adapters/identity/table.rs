//! Styles and lanes by a table of part IDs in a CSV file. It is looked at every second, and read again when it changes; a table
//! with a mistake is told, and the one before holds.

use crate::error::{Error, ErrorKind};
use crate::lists::table::{Columns, ListError, Table};
use crate::queue::{Outlet, Queue, WhenFull, queue};
use crate::station::lane::{LaneNo, Lanes};
use crate::station::part::{PartId, Style};
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

/// The section `[identity.table]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// CSV with the columns `part_id` and `style`, and `lane` where it knows lanes.
    pub file: PathBuf,
}

const COLUMNS: Columns = Columns {
    required: &["part_id", "style"],
    optional: &["lane"],
};
const LOOK_EVERY: Duration = Duration::from_secs(1);

type Styles = HashMap<PartId, (Style, Option<LaneNo>)>;

/// What is known of the file without reading it.
type Stamp = Option<(SystemTime, u64)>;

/// The table that holds now.
pub struct StyleTable {
    styles: Box<Styles>,
    newer: Outlet<Box<Styles>>,
    /// Tables that are needed no more are freed on the other thread.
    older: Queue<Box<Styles>>,
    _alive: Arc<()>,
}

impl StyleTable {
    /// Style and lane of this ID.
    pub fn find(&mut self, part_id: &PartId) -> Option<(Style, Option<LaneNo>)> {
        while let Some(newer) = self.newer.pop() {
            let older = std::mem::replace(&mut self.styles, newer);
            drop(self.older.push(older));
        }
        self.styles.get(part_id).copied()
    }
}

/// Without `lanes`, the column of lanes means nothing.
fn read(file: &Path, lanes: Option<&Lanes>) -> Result<Box<Styles>, ListError> {
    let table = Table::read(file, COLUMNS)?;
    let mut styles = Styles::new();
    for row in table.rows() {
        let (id, style) = (row.required("part_id")?, row.required("style")?);
        let wrong = |message: String| ListError {
            path: file.to_owned(),
            line: Some(row.line),
            message,
        };
        let part_id = PartId::new(id).map_err(|error| wrong(format!("part_id {id:?} {error}")))?;
        let style = Style::new(style).map_err(|error| wrong(format!("style {style:?} {error}")))?;
        let lane = row.cell("lane").zip(lanes);
        let lane = lane.map(|(name, lanes)| super::lane(name, lanes));
        let lane = lane.transpose();
        let lane = lane.map_err(|error| wrong(error.to_string()))?;
        if let Some((other, other_lane)) = styles.insert(part_id, (style, lane))
            && (other, other_lane) != (style, lane)
        {
            let which = match other == style {
                true => "for two lanes; expected one lane".to_owned(),
                false => format!("as {other} and as {style}; expected one style"),
            };
            return Err(wrong(format!("part_id {id:?} is there twice, {which}")));
        }
    }
    Ok(Box::new(styles))
}

fn stamp(file: &Path) -> Stamp {
    let known = std::fs::metadata(file).ok()?;
    Some((known.modified().ok()?, known.len()))
}

fn checked(file: &Path, lanes: Option<&Lanes>) -> Result<Box<Styles>, Error> {
    read(file, lanes)
        .map_err(|error| Error::new(ErrorKind::Settings, error).of("identity.table".to_owned()))
}

/// Whether the table can be read now.
///
/// # Errors
/// Where it cannot.
pub fn check(settings: &Settings, lanes: Option<&Lanes>) -> Result<(), Error> {
    checked(&settings.file, lanes).map(drop)
}

/// Reads the table, and again whenever it changes. Without `lanes`, its column of lanes means nothing.
///
/// # Errors
/// Where it cannot be read now.
pub fn open(
    settings: &Settings,
    lanes: Option<&Lanes>,
    alarms: &AlarmSender,
) -> Result<StyleTable, Error> {
    let file = settings.file.clone();
    let seen = stamp(&file);
    let styles = checked(&file, lanes)?;
    let (newer_tx, newer) = queue("style tables", 1, WhenFull::DropNewest, None);
    let (older, older_rx) = queue("old style tables", 2, WhenFull::DropNewest, None);
    let alive = Arc::new(());
    let watcher = Watcher {
        condition: alarms.condition(Code::LookUpFailed, "table"),
        alive: Arc::downgrade(&alive),
        older: older_rx,
        newer: newer_tx,
        seen,
        file,
        lanes: lanes.cloned(),
    };
    let thread = std::thread::Builder::new().name("style-table".to_owned());
    thread
        .spawn(move || watcher.watch())
        .map_err(|error| Error::new(ErrorKind::Internal, error))?;
    Ok(StyleTable {
        styles,
        newer,
        older,
        _alive: alive,
    })
}

struct Watcher {
    condition: Condition,
    alive: Weak<()>,
    older: Outlet<Box<Styles>>,
    newer: Queue<Box<Styles>>,
    seen: Stamp,
    file: PathBuf,
    lanes: Option<Lanes>,
}

impl Watcher {
    fn watch(mut self) {
        while self.alive.strong_count() > 0 {
            std::thread::sleep(LOOK_EVERY);
            while self.older.pop().is_some() {}
            let stamp = stamp(&self.file);
            if stamp == self.seen {
                continue;
            }
            match read(&self.file, self.lanes.as_ref()) {
                Ok(styles) => {
                    // Where the one before has not been taken yet, this one is offered again.
                    if self.newer.push(styles).is_ok() {
                        self.seen = stamp;
                        self.condition.end();
                    }
                }
                Err(error) => {
                    self.seen = stamp;
                    self.condition.raise(format!(
                        "{error}; the table of styles that was read before holds until the file is right"
                    ));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::alarm::AlarmChange;

    fn id(text: &str) -> PartId {
        PartId::new(text).expect("an ID")
    }

    fn opened(file: &Path) -> (StyleTable, Outlet<AlarmChange>) {
        let (alarms, heard) = queue("alarms", 16, WhenFull::DropNewest, None);
        let file = file.to_owned();
        let table = open(
            &Settings { file },
            Some(&Lanes::two()),
            &AlarmSender::new(alarms),
        );
        let table = table.expect("it can be read");
        (table, heard)
    }

    fn until(mut is_so: impl FnMut() -> bool) {
        for _ in 0..500 {
            if is_so() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it did not become so within 5 s");
    }

    #[test]
    fn it_is_read_again_when_it_changes_and_keeps_what_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("styles.csv");
        std::fs::write(&file, "part_id;style\nA-1;bracket\n端盖-2;cap\n").expect("written");
        let (mut table, alarms) = opened(&file);
        let style = |table: &mut StyleTable, text: &str| {
            let found = table.find(&id(text));
            found.map(|(style, _)| style.as_str().to_owned())
        };
        assert_eq!(style(&mut table, "A-1"), Some("bracket".to_owned()));
        assert_eq!(style(&mut table, "端盖-2"), Some("cap".to_owned()));
        assert_eq!(style(&mut table, "A-9"), None);
        std::fs::write(&file, "part_id,style\nA-1,gear\nA-9,gear\n").expect("written");
        until(|| style(&mut table, "A-9") == Some("gear".to_owned()));
        assert_eq!(style(&mut table, "A-1"), Some("gear".to_owned()));
        std::fs::write(&file, "part_id,style\nA-1,cap\nA-1,gear\n").expect("written");
        let mut told = None;
        until(|| {
            told = told.take().or_else(|| alarms.pop());
            told.is_some()
        });
        let told = told.expect("it was told");
        assert!(
            told.is_active && told.message.contains("styles.csv:3"),
            "{told:?}"
        );
        assert_eq!(
            style(&mut table, "A-9"),
            Some("gear".to_owned()),
            "it holds"
        );
        std::fs::write(&file, "part_id,style\nB,cap\n").expect("written");
        until(|| alarms.pop().is_some_and(|change| !change.is_active));
        assert_eq!(style(&mut table, "B"), Some("cap".to_owned()));
    }

    #[test]
    fn it_knows_lanes_where_it_has_the_column() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("styles.csv");
        let write = |rows: &str| {
            let text = format!("part_id,style,lane\n{rows}");
            std::fs::write(&file, text).expect("written");
        };
        write("A,cap,reject\nB,cap,\n");
        let (mut table, _alarms) = opened(&file);
        let mut lane = |text: &str| table.find(&id(text)).and_then(|(_, lane)| lane);
        assert_eq!([lane("A"), lane("B")], [Some(LaneNo(1)), None]);
        write("A,cap,rework\n");
        let unasked = read(&file, None).expect("nobody asks for its lanes");
        assert_eq!(unasked.get(&id("A")).map(|(_, lane)| *lane), Some(None));
        let error = read(&file, Some(&Lanes::two())).expect_err("there is no such lane");
        let told = "lane \"rework\": expected a lane of the station, accept or reject";
        assert!(error.to_string().contains(told), "{error}");
        write("A,cap,accept\nA,cap,reject\n");
        let error = read(&file, Some(&Lanes::two())).expect_err("it cannot go to both");
        assert!(error.to_string().contains("for two lanes"), "{error}");
    }

    #[test]
    fn one_that_cannot_be_read_at_the_start_is_an_error() {
        let (alarms, _heard) = queue("alarms", 16, WhenFull::DropNewest, None);
        let file = PathBuf::from("/nowhere/styles.csv");
        let Err(error) = open(&Settings { file }, None, &AlarmSender::new(alarms)) else {
            panic!("there is none");
        };
        assert!(error.to_string().contains("/nowhere/styles.csv"), "{error}");
    }
}
