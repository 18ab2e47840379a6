//! Tables whose rows and leaves are made from the same values: one list of columns is what is inserted, what a leaf says,
//! and what a reader asks for to see whether both still agree.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};
use std::io::Write;
use std::sync::OnceLock;

/// The parts that left.
pub static RESULT: Table = Table::new(
    "result",
    &[
        "acknowledged_after_us",
        "acted_after_us",
        "cause",
        "challenge",
        "confirm",
        "confirmed_after_us",
        "decided_after_us",
        "defect",
        "disposition",
        "drawn",
        "id",
        "identity",
        "job_id",
        "lane",
        "lane_by",
        "lane_rule",
        "near",
        "part_id",
        "part_no",
        "recipe_version_id",
        "score",
        "style",
        "triggered_at_us",
        "verdict",
    ],
    "id = ?1",
    "on conflict (job_id, part_no) do nothing",
);
/// What one view said of a part.
pub static VIEW_RESULT: Table = Table::new(
    "view_result",
    &[
        "accept_below",
        "block_id",
        "cause",
        "correct_us",
        "decided_after_us",
        "device_timestamp_ns",
        "exposed_after_us",
        "findings_total",
        "findings_us",
        "height",
        "pixel_format",
        "preprocess_us",
        "received_after_us",
        "reject_above",
        "result_id",
        "run_us",
        "score",
        "started_after_us",
        "verdict",
        "view",
        "width",
    ],
    "result_id = ?1 order by view",
    "",
);
/// Defects that a view saw.
pub static FINDING: Table = Table::new(
    "finding",
    &[
        "area_mm2",
        "area_px",
        "class",
        "height_mm",
        "height_px",
        "left_px",
        "rank",
        "result_id",
        "score",
        "top_px",
        "view",
        "width_mm",
        "width_px",
        "x_mm",
        "y_mm",
    ],
    "result_id = ?1 order by view, rank",
    "",
);
/// What the simulated line knows of a part.
pub static TRUTH: Table = Table::new(
    "simulated_truth",
    &["defect", "is_defective", "result_id"],
    "result_id = ?1",
    "",
);

/// A table, its columns in the order of RFC 8785, which is that of their letters.
pub struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    of_result: &'static str,
    on_conflict: &'static str,
    insert: OnceLock<String>,
    select: OnceLock<String>,
}

impl Table {
    const fn new(
        name: &'static str,
        columns: &'static [&'static str],
        of_result: &'static str,
        on_conflict: &'static str,
    ) -> Self {
        Self {
            name,
            columns,
            of_result,
            on_conflict,
            insert: OnceLock::new(),
            select: OnceLock::new(),
        }
    }

    /// Asks for the rows of the result `?1`, in the order of its leaf.
    pub fn select(&self) -> &str {
        self.select.get_or_init(|| {
            let columns = self.columns.join(", ");
            format!(
                "select {columns} from {} where {}",
                self.name, self.of_result
            )
        })
    }

    /// Adds a row whose values are all columns in their order.
    pub fn insert(&self) -> &str {
        self.insert.get_or_init(|| {
            let columns = self.columns.join(", ");
            let values: Vec<String> = (1..=self.columns.len())
                .map(|at| format!("?{at}"))
                .collect();
            let (values, on_conflict) = (values.join(", "), self.on_conflict);
            format!(
                "insert into {} ({columns}) values ({values}) {on_conflict}",
                self.name
            )
        })
    }

    /// Inserts a row and writes it into its leaf, both from `cells`, which are all columns in their order. Whether it was
    /// not there already.
    ///
    /// # Errors
    /// When the log refuses the row.
    pub fn write(
        &self,
        connection: &Connection,
        leaf: &mut Vec<u8>,
        cells: &[(&'static str, Cell<'_>)],
    ) -> rusqlite::Result<bool> {
        debug_assert!(
            cells
                .iter()
                .map(|cell| cell.0)
                .eq(self.columns.iter().copied())
        );
        let values = cells.iter().map(|(_, cell)| cell);
        let inserted = connection
            .prepare_cached(self.insert())?
            .execute(rusqlite::params_from_iter(values))?;
        if inserted > 0 {
            object(leaf, cells.iter().map(|(name, cell)| (*name, cell.0)));
        }
        Ok(inserted > 0)
    }
}

/// One value of a row, as the log keeps it.
#[derive(Clone, Copy)]
pub struct Cell<'a>(ValueRef<'a>);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self(ValueRef::Text(text.as_bytes()))
    }
}

macro_rules! cell_of {
    ($($kind:ty => $value:ident as $stored:ty),*) => {
        $(impl From<$kind> for Cell<'_> {
            fn from(value: $kind) -> Self {
                Self(ValueRef::$value(<$stored>::from(value)))
            }
        })*
    };
}
cell_of!(i64 => Integer as i64, u32 => Integer as i64, u8 => Integer as i64, bool => Integer as i64);

/// What is not a number is null, as SQLite keeps it.
impl From<f64> for Cell<'_> {
    fn from(value: f64) -> Self {
        Self(match value.is_nan() {
            true => ValueRef::Null,
            false => ValueRef::Real(value),
        })
    }
}

impl From<f32> for Cell<'_> {
    fn from(value: f32) -> Self {
        f64::from(value).into()
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self(ValueRef::Null), Into::into)
    }
}

/// Integers beyond this are no numbers of I-JSON (RFC 7493, 2.2), and are written as texts.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// A row as a JSON object (RFC 8785), without what is null.
pub(super) fn object<'a>(out: &mut Vec<u8>, cells: impl Iterator<Item = (&'a str, ValueRef<'a>)>) {
    out.push(b'{');
    let mut is_first = true;
    for (name, value) in cells.filter(|cell| cell.1 != ValueRef::Null) {
        if !is_first {
            out.push(b',');
        }
        is_first = false;
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        put_value(out, value);
    }
    out.push(b'}');
}

// A vector takes whatever is written to it.
fn put_value(out: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Integer(number) if number.unsigned_abs() <= INTEGER_MAX => {
            let _ = write!(out, "{number}");
        }
        ValueRef::Integer(number) => put_text(out, &number.to_string()),
        ValueRef::Real(number) => {
            let mut digits = ryu_js::Buffer::new();
            out.extend_from_slice(digits.format(number).as_bytes());
        }
        ValueRef::Text(text) => put_text(out, &String::from_utf8_lossy(text)),
        // No table has any.
        ValueRef::Blob(bytes) => put_text(out, &crate::hash::hex(bytes)),
    }
}

/// As RFC 8785 (3.2.2.2) writes it, which is how serde_json does.
fn put_text(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}
