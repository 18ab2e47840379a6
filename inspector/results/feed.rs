//! Everything that was recorded, in the order in which it became durable, for whoever carries it on: at least once, in
//! order, from wherever he stopped.

use super::open::{self, OpenError};
use super::proof::leaf::Kind;
use super::reader::{PartSummary, Reader};
use rusqlite::{OptionalExtension, params};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The most items of one page.
pub const PAGE_MAX: usize = 1_000;

/// Up to where somebody has taken what was recorded. It names its log, and outlives restarts of both sides as the text
/// that it prints as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    log: String,
    seq: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.log, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = FeedError;

    fn from_str(text: &str) -> Result<Self, FeedError> {
        let parsed = text
            .split_once('-')
            .and_then(|(log, seq)| Some((log, seq.parse().ok().filter(|seq: &i64| *seq >= 0)?)));
        match parsed {
            Some((log, seq)) => Ok(Self {
                log: log.to_owned(),
                seq,
            }),
            None => Err(FeedError::NoCursor {
                found: text.to_owned(),
            }),
        }
    }
}

/// A verdict that came too late.
#[derive(Clone, Debug, PartialEq)]
pub struct Late {
    /// The result of its part, which may stand later in the feed, or nowhere: see the gaps.
    pub result: i64,
    /// Index of the view.
    pub view: i64,
    /// OPC 40001-101: 1 OK, 2 NotOK, 3 NotDecidable.
    pub evaluation: i64,
    /// 0 to 1; `None` when no model ran.
    pub score: Option<f64>,
    /// Microseconds from the trigger.
    pub decided_after_us: i64,
}

/// Parts without rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Number of the job.
    pub job: i64,
    /// The first such part.
    pub first: i64,
    /// The last; `None` where nobody knows.
    pub last: Option<i64>,
    /// `log_full`, `camera_gone`, `trigger_gone`, `trigger_slow`, `triggers_lost`, `crashed`, `overrun`.
    pub kind: String,
    /// A sentence for people.
    pub message: String,
}

/// What people or the station did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Row of the result.
    pub id: i64,
    /// The job that ran.
    pub job: Option<i64>,
    /// Microseconds since 1970.
    pub at_us: i64,
    /// `info`, `warning`, `error`.
    pub severity: String,
    /// Which kind of thing.
    pub code: String,
    /// `happened`, `began`, `ended`, `acknowledged`.
    pub phase: String,
    /// What it is about; may be empty.
    pub subject: String,
    /// Who did it, or `station`.
    pub actor: String,
    /// A sentence for people.
    pub message: String,
    /// A JSON object of texts.
    pub details: Option<String>,
}

/// One recorded thing.
#[derive(Clone, Debug)]
pub enum Item {
    /// A part left.
    Result(Box<PartSummary>),
    /// A verdict came after its part.
    Late(Late),
    /// Parts have no row.
    Gap(Missing),
    /// Somebody did something.
    Event(Noted),
}

/// Some of what was recorded, oldest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// In order; fewer than asked for, or none, where numbers stand for what is not carried on.
    pub items: Vec<Item>,
    /// For the next page: remembered once these items are safe where they are carried to.
    pub next: Cursor,
    /// Whether more is there already.
    pub has_more: bool,
}

/// Why there is no page.
#[derive(Debug)]
pub enum FeedError {
    /// The text is no cursor.
    NoCursor {
        /// The text that was given.
        found: String,
    },
    /// The cursor was given out by another log: this one was begun anew, and nothing says what of it is known.
    AnotherLog {
        /// Which log the cursor is of.
        expected: String,
        /// Which log this is.
        found: String,
    },
    /// The cursor lies behind the end of the log, as after restoring an older copy: what is recorded from now on would
    /// be taken for known.
    BehindEnd {
        /// The cursor that was given.
        cursor: i64,
        /// The last number of the log.
        last: i64,
    },
    /// The log cannot be opened.
    Open(OpenError),
    /// The log cannot be read.
    Read(rusqlite::Error),
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FeedError::NoCursor { found } => write!(
                f,
                "expected a cursor as the feed gave it, as 0123…cdef-42, found {found:?}; begin without one"
            ),
            FeedError::AnotherLog { expected, found } => write!(
                f,
                "the cursor is of log {expected}, this is log {found}: the log was begun anew; begin \
                 without a cursor"
            ),
            FeedError::BehindEnd { cursor, last } => write!(
                f,
                "the cursor stands at {cursor}, and the log ends at {last}: an older copy was restored; \
                 begin without a cursor"
            ),
            FeedError::Open(error) => error.fmt(f),
            FeedError::Read(error) => write!(f, "read the result log: {error}"),
        }
    }
}

impl std::error::Error for FeedError {}

impl From<rusqlite::Error> for FeedError {
    fn from(error: rusqlite::Error) -> Self {
        FeedError::Read(error)
    }
}

/// Reads what was recorded, on a connection of its own.
pub struct Feed {
    reader: Reader,
    log: String,
}

impl Feed {
    /// Opens the log of a data folder.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(data: &Path) -> Result<Self, FeedError> {
        let reader = Reader::open(data).map_err(FeedError::Open)?;
        let log = open::identity(&reader.connection)?;
        Ok(Self { reader, log })
    }

    /// Before everything that was ever recorded.
    pub fn start(&self) -> Cursor {
        Cursor {
            log: self.log.clone(),
            seq: 0,
        }
    }

    /// What was recorded after the cursor, at most `limit` items and never more than [`PAGE_MAX`]. The same cursor gives
    /// the same items again, and those that came since behind them.
    ///
    /// # Errors
    /// `AnotherLog` and `BehindEnd` where the cursor says nothing of this log; the rest when it cannot be read.
    pub fn since(&self, cursor: &Cursor, limit: usize) -> Result<Page, FeedError> {
        if cursor.log != self.log {
            return Err(FeedError::AnotherLog {
                expected: cursor.log.clone(),
                found: self.log.clone(),
            });
        }
        // One view of the log for the page: a row and its place were committed together.
        let connection = &self.reader.connection;
        let view = connection.unchecked_transaction()?;
        let last: i64 = view
            .prepare_cached("select coalesce(max(seq), 0) from feed")?
            .query_row([], |row| row.get(0))?;
        if cursor.seq > last {
            return Err(FeedError::BehindEnd {
                cursor: cursor.seq,
                last,
            });
        }
        let limit = i64::try_from(limit.clamp(1, PAGE_MAX)).unwrap_or(1);
        let places: Vec<(i64, i64, i64, Option<String>)> = view
            .prepare_cached(
                "select seq, kind, row_id, detail from feed where seq > ?1 order by seq limit ?2",
            )?
            .query_map(params![cursor.seq, limit], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        let end = places.last().map_or(cursor.seq, |place| place.0);
        let items = places
            .iter()
            .filter_map(|(_, kind, row_id, detail)| {
                self.item(*kind, *row_id, detail.as_deref()).transpose()
            })
            .collect::<Result<_, _>>()?;
        Ok(Page {
            items,
            next: Cursor {
                log: self.log.clone(),
                seq: end,
            },
            has_more: end < last,
        })
    }

    /// `None` for a row that somebody removed, of which `verify` tells, and for what nobody carries on: pictures, jobs
    /// and recipes as rows of their own.
    fn item(&self, kind: i64, row_id: i64, detail: Option<&str>) -> rusqlite::Result<Option<Item>> {
        let (job, part) = (row_id >> 32, row_id & 0xFFFF_FFFF);
        match Kind::of(kind) {
            Some(Kind::Result) => {
                let part = self.reader.one(row_id).optional()?;
                Ok(part.map(|part| Item::Result(Box::new(part))))
            }
            Some(Kind::LateVerdict) => self.late(row_id, detail.unwrap_or_default()),
            Some(Kind::Gap) => self.gap(job, part, detail.unwrap_or_default()),
            Some(Kind::Event) => self.event(row_id),
            // What only the proof of the log needs.
            _ => Ok(None),
        }
    }

    fn late(&self, result: i64, view: &str) -> rusqlite::Result<Option<Item>> {
        self.reader
            .connection
            .prepare_cached(
                "select view, verdict, score, decided_after_us from late_verdict
                 where job_id = ?1 and part_no = ?2 and view = cast(?3 as integer)",
            )?
            .query_row(params![result >> 32, result & 0xFFFF_FFFF, view], |row| {
                Ok(Item::Late(Late {
                    result,
                    view: row.get(0)?,
                    evaluation: row.get(1)?,
                    score: row.get(2)?,
                    decided_after_us: row.get(3)?,
                }))
            })
            .optional()
    }

    fn gap(&self, job: i64, first: i64, kind: &str) -> rusqlite::Result<Option<Item>> {
        self.reader
            .connection
            .prepare_cached(
                "select last_part_no, message from gap
                 where job_id = ?1 and first_part_no = ?2 and kind = ?3",
            )?
            .query_row(params![job, first, kind], |row| {
                Ok(Item::Gap(Missing {
                    job,
                    first,
                    last: row.get(0)?,
                    kind: kind.to_owned(),
                    message: row.get(1)?,
                }))
            })
            .optional()
    }

    fn event(&self, id: i64) -> rusqlite::Result<Option<Item>> {
        self.reader
            .connection
            .prepare_cached(
                "select job_id, at_us, severity, code, phase, subject, actor, message, details
                 from event where id = ?1",
            )?
            .query_row([id], |row| {
                Ok(Item::Event(Noted {
                    id,
                    job: row.get(0)?,
                    at_us: row.get(1)?,
                    severity: row.get(2)?,
                    code: row.get(3)?,
                    phase: row.get(4)?,
                    subject: row.get(5)?,
                    actor: row.get(6)?,
                    message: row.get(7)?,
                    details: row.get(8)?,
                }))
            })
            .optional()
    }
}
