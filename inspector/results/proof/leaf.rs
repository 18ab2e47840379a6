//! The canonical form of what was recorded: JSON as in RFC 8785, without what is null, so that a column that comes later
//! leaves the leaves of older rows as they are. The same for who writes and who verifies: it is read from the rows.

use super::table::{self, FINDING, RESULT, TRUTH, VIEW_RESULT};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row};

/// What a leaf stands for, as table `feed` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub enum Kind {
    /// A part that left, with its views, findings and, of a simulated line, the truth.
    Result = 1,
    /// A verdict that came after its part.
    LateVerdict = 2,
    /// Parts without rows.
    Gap = 3,
    /// What people and the station did.
    Event = 4,
    /// A picture was stored.
    Picture = 5,
    /// A picture was deleted to keep within the quota.
    PictureDeleted = 6,
    /// A job began.
    JobBegan = 7,
    /// A job ended.
    JobEnded = 8,
    /// A recipe version with its sorting rules.
    Recipe = 9,
    /// A view of a recipe version as a job ran it, with its model and configuration.
    RecipeView = 10,
    /// The log itself.
    Log = 11,
    /// What somebody said of a part, or took back.
    Review = 12,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 12] = [
        Kind::Result,
        Kind::LateVerdict,
        Kind::Gap,
        Kind::Event,
        Kind::Picture,
        Kind::PictureDeleted,
        Kind::JobBegan,
        Kind::JobEnded,
        Kind::Recipe,
        Kind::RecipeView,
        Kind::Log,
        Kind::Review,
    ];

    /// As the leaf names it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Result => "result",
            Kind::LateVerdict => "late_verdict",
            Kind::Gap => "gap",
            Kind::Event => "event",
            Kind::Picture => "picture",
            Kind::PictureDeleted => "picture_deleted",
            Kind::JobBegan => "job_began",
            Kind::JobEnded => "job_ended",
            Kind::Recipe => "recipe",
            Kind::RecipeView => "recipe_view",
            Kind::Log => "log",
            Kind::Review => "review",
        }
    }

    /// From the number in table `feed`.
    pub fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i64 == number)
    }
}

// Columns by name in the order of RFC 8785, which is that of their letters.
const LATE_VERDICT: &str =
    "select cause, decided_after_us, job_id, part_no, score, verdict, view from late_verdict
  where job_id = ?1 and part_no = ?2 and view = cast(?3 as integer)";
const GAP: &str =
    "select first_part_no, from_at_us, job_id, kind, last_part_no, message, to_at_us from gap
  where job_id = ?1 and first_part_no = ?2 and kind = ?3";
const EVENT: &str = "select actor, at_us, code, details, id, job_id, message, phase, severity, subject from event where id = ?1";
// Not its state, which changes when it is deleted.
const PICTURE: &str = "select bytes, job_id, map_path, map_sha256, part_no, path, sha256, stored_at_us, view from image
  where job_id = ?1 and part_no = ?2 and view = cast(?3 as integer)";
const PICTURE_DELETED: &str = "select job_id, part_no, sha256, state, view from image
  where job_id = ?1 and part_no = ?2 and view = cast(?3 as integer) and state = 'deleted_by_quota'";
const JOB_BEGAN: &str = "select id, is_simulated, settings_sha256, software_version, started_at_us from job where id = ?1";
const JOB_ENDED: &str =
    "select ended, id, parts, stopped_at_us from job where id = ?1 and ended is not null";
const RECIPE: &str = "select author, created_at_us, id, reason, sha256, style, version from recipe_version where id = ?1";
const RULES: &str =
    "select class, lane, recipe_version_id, rule, score_below, score_from, verdict from lane_rule
  where recipe_version_id = ?1 order by rule";
const RECIPE_VIEW: &str =
    "select accept_below, acceptance, camera, configuration_id, id, job_id, model_id, name,
  recipe_version_id, reject_above, view from recipe_view where id = ?1";
const MODEL: &str = "select classes, model.id, model.name, provider, sha256, task from model
  join recipe_view on model_id = model.id where recipe_view.id = ?1";
const CONFIGURATION: &str = "select configuration.camera, configuration.id, mm_per_px, reprojection_error_px, sha256
  from configuration join recipe_view on configuration_id = configuration.id where recipe_view.id = ?1";

const REVIEW: &str = "select at_us, author, class, height_px, id, judgement, left_px, reason, result_id, top_px, undoes, view,
  width_px from review where id = ?1";

/// What the row of a leaf says, in its canonical form; `None` where the row is not there. `detail` as in table `feed`.
///
/// # Errors
/// When the log cannot be read.
pub fn content(
    connection: &Connection,
    kind: Kind,
    row_id: i64,
    detail: Option<&str>,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut leaf = Leaf {
        connection,
        out: Vec::with_capacity(1_024),
    };
    let (job, part) = (row_id >> 32, row_id & 0xFFFF_FFFF);
    let by_part = (job, part, detail);
    let is_there = match kind {
        Kind::Result => leaf.result(row_id)?,
        Kind::LateVerdict => leaf.plain(kind, LATE_VERDICT, by_part)?,
        Kind::Gap => leaf.plain(kind, GAP, by_part)?,
        Kind::Event => leaf.plain(kind, EVENT, [row_id])?,
        Kind::Picture => leaf.plain(kind, PICTURE, by_part)?,
        Kind::PictureDeleted => leaf.plain(kind, PICTURE_DELETED, by_part)?,
        Kind::JobBegan => leaf.plain(kind, JOB_BEGAN, [row_id])?,
        Kind::JobEnded => leaf.plain(kind, JOB_ENDED, [row_id])?,
        Kind::Recipe => leaf.recipe(row_id)?,
        Kind::RecipeView => leaf.recipe_view(row_id)?,
        Kind::Log => false,
        Kind::Review => leaf.plain(kind, REVIEW, [row_id])?,
    };
    Ok(is_there.then_some(leaf.out))
}

/// The leaf of a part that is being written: the same bytes that `content` makes of its rows afterwards.
#[derive(Default)]
pub struct ResultLeaf {
    /// The row itself.
    pub row: Vec<u8>,
    /// Its views, in their order.
    pub views: Vec<Vec<u8>>,
    /// What they found, by view and rank.
    pub findings: Vec<Vec<u8>>,
    /// Of a simulated line.
    pub truth: Option<Vec<u8>>,
}

impl ResultLeaf {
    /// What is hashed.
    pub fn content(self) -> Vec<u8> {
        let mut out = b"{\"findings\":[".to_vec();
        out.extend(self.findings.join(&b','));
        out.extend_from_slice(b"],\"kind\":\"result\",\"row\":");
        out.extend(self.row);
        if let Some(truth) = self.truth {
            out.extend_from_slice(b",\"truth\":");
            out.extend(truth);
        }
        out.extend_from_slice(b",\"views\":[");
        out.extend(self.views.join(&b','));
        out.extend_from_slice(b"]}");
        out
    }
}

struct Leaf<'a> {
    connection: &'a Connection,
    out: Vec<u8>,
}

impl<'a> Leaf<'a> {
    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn statement(&self, sql: &str) -> rusqlite::Result<CachedStatement<'a>> {
        self.connection.prepare_cached(sql)
    }

    /// The one row as an object; whether it is there.
    fn one(&mut self, sql: &str, params: impl Params) -> rusqlite::Result<bool> {
        let mut statement = self.statement(sql)?;
        let out = &mut self.out;
        let found = statement.query_row(params, |row| {
            object(out, row);
            Ok(())
        });
        Ok(found.optional()?.is_some())
    }

    /// All rows as an array of objects.
    fn many(&mut self, sql: &str, id: i64) -> rusqlite::Result<()> {
        let mut statement = self.statement(sql)?;
        let mut rows = statement.query([id])?;
        self.out.push(b'[');
        let mut is_first = true;
        while let Some(row) = rows.next()? {
            if !is_first {
                self.out.push(b',');
            }
            is_first = false;
            object(&mut self.out, row);
        }
        self.out.push(b']');
        Ok(())
    }

    fn plain(&mut self, kind: Kind, sql: &str, params: impl Params) -> rusqlite::Result<bool> {
        self.put("{\"kind\":\"");
        self.put(kind.name());
        self.put("\",\"row\":");
        let is_there = self.one(sql, params)?;
        self.put("}");
        Ok(is_there)
    }

    fn result(&mut self, id: i64) -> rusqlite::Result<bool> {
        self.put("{\"findings\":");
        self.many(FINDING.select(), id)?;
        self.put(",\"kind\":\"result\",\"row\":");
        let is_there = self.one(RESULT.select(), [id])?;
        let before = self.out.len();
        self.put(",\"truth\":");
        if !self.one(TRUTH.select(), [id])? {
            self.out.truncate(before);
        }
        self.put(",\"views\":");
        self.many(VIEW_RESULT.select(), id)?;
        self.put("}");
        Ok(is_there)
    }

    fn recipe(&mut self, id: i64) -> rusqlite::Result<bool> {
        self.put("{\"kind\":\"recipe\",\"row\":");
        let is_there = self.one(RECIPE, [id])?;
        self.put(",\"rules\":");
        self.many(RULES, id)?;
        self.put("}");
        Ok(is_there)
    }

    fn recipe_view(&mut self, id: i64) -> rusqlite::Result<bool> {
        self.put("{\"configuration\":");
        if !self.one(CONFIGURATION, [id])? {
            self.put("null");
        }
        self.put(",\"kind\":\"recipe_view\",\"model\":");
        if !self.one(MODEL, [id])? {
            self.put("null");
        }
        self.put(",\"row\":");
        let is_there = self.one(RECIPE_VIEW, [id])?;
        self.put("}");
        Ok(is_there)
    }
}

fn object(out: &mut Vec<u8>, row: &Row<'_>) {
    let statement: &rusqlite::Statement<'_> = row.as_ref();
    let cells = (0..statement.column_count()).filter_map(|at| {
        let name = statement.column_name(at).ok()?;
        Some((name, row.get_ref(at).ok()?))
    });
    table::object(out, cells);
}
