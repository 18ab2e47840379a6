//! JSON Lines: an object a line, with all columns, null where a cell is empty. Texts are what was recorded.

use super::column::{Cell, Column, Kind, Line, plain};
use super::parts::COLUMNS;
use super::{ExportError, Format};
use std::io::Write;

/// Objects, a line each.
pub struct JsonLines<W: Write> {
    sink: W,
    line: Vec<u8>,
}

impl<W: Write> JsonLines<W> {
    /// Writes them into this.
    pub const fn begin(sink: W) -> Self {
        Self {
            sink,
            line: Vec::new(),
        }
    }
}

impl<W: Write> Format for JsonLines<W> {
    fn line(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        self.line.clear();
        object(&mut self.line, COLUMNS, line, true);
        self.line.push(b'\n');
        Ok(self.sink.write_all(&self.line)?)
    }

    fn end(&mut self) -> Result<(), ExportError> {
        Ok(self.sink.flush()?)
    }
}

/// Puts an object of these columns there.
pub(super) fn object<'a>(
    json: &mut Vec<u8>,
    columns: &[Column],
    line: &Line<'a>,
    with_nulls: bool,
) {
    json.push(b'{');
    let mut is_first = true;
    for column in columns {
        let cell = (column.read)(line);
        if cell == Cell::Empty && !with_nulls {
            continue;
        }
        if !std::mem::take(&mut is_first) {
            json.push(b',');
        }
        json.push(b'"');
        json.extend_from_slice(column.name.as_bytes());
        json.extend_from_slice(b"\":");
        value(json, cell, column.kind, line);
    }
    json.push(b'}');
}

fn value<'a>(json: &mut Vec<u8>, cell: Cell<'a>, kind: Kind, line: &Line<'a>) {
    let is_text = matches!(cell, Cell::Word(_) | Cell::Text(_) | Cell::Time(_));
    match plain(cell, kind, line.zone) {
        None => json.extend_from_slice(b"null"),
        // A text always can be JSON, and memory takes all of it.
        Some(text) if is_text => serde_json::to_writer(json, &text).unwrap_or_default(),
        Some(text) => json.extend_from_slice(text.as_bytes()),
    }
}
