//! Lists as CSV: rows under a header that names the columns. Columns may stand in any order, cells may be separated by
//! commas, semicolons or tabs; a column that nobody knows is refused, because a misspelt one would otherwise be lost
//! without a word.

use super::text;
use std::fmt;
use std::path::{Path, PathBuf};

/// The columns that a list may have.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// Those without which it is none.
    pub required: &'static [&'static str],
    /// Those it may lack.
    pub optional: &'static [&'static str],
}

impl Columns {
    fn known(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().chain(self.optional).copied()
    }

    fn told(&self) -> String {
        self.known().collect::<Vec<_>>().join(",")
    }
}

/// Why a list is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    /// The file, for messages.
    pub path: PathBuf,
    /// From 1; where it concerns one.
    pub line: Option<u64>,
    /// What was expected, what was found.
    pub message: String,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.message),
            None => write!(f, "{}: {}", self.path.display(), self.message),
        }
    }
}

impl std::error::Error for ListError {}

/// A list that was read.
#[derive(Clone, Debug)]
pub struct Table {
    path: PathBuf,
    /// Of each known column that is there: its name, and the cell of a row.
    places: Vec<(&'static str, usize)>,
    rows: Vec<(u64, csv::StringRecord)>,
}

/// One row, with cells by column.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    table: &'a Table,
    /// Where it stands, from 1.
    pub line: u64,
    cells: &'a csv::StringRecord,
}

impl Table {
    /// Reads a list.
    ///
    /// # Errors
    /// When it cannot be read, a column is unknown, missing or there twice, or a row has more or fewer cells than the
    /// header.
    pub fn read(path: &Path, columns: Columns) -> Result<Self, ListError> {
        let text = text::read(path).map_err(|error| ListError {
            path: path.to_owned(),
            line: None,
            message: error.to_string(),
        })?;
        Self::parse(path, &text, columns)
    }

    /// Takes a text for the list at this path.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn parse(path: &Path, text: &str, columns: Columns) -> Result<Self, ListError> {
        let wrong = |line: Option<u64>, message: String| ListError {
            path: path.to_owned(),
            line,
            message,
        };
        // Excel's own way of saying what separates cells.
        let (said, text, skipped) = match text
            .get(..4)
            .filter(|said| said.eq_ignore_ascii_case("sep="))
        {
            Some(_) => {
                let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
                (first.as_bytes().get(4).copied(), rest, 1)
            }
            None => (None, text, 0),
        };
        let delimiter = said.unwrap_or_else(|| delimiter(text, columns));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let line_of = |position: Option<&csv::Position>| position.map(|at| at.line() + skipped);
        let of_csv = |error: csv::Error| {
            let line = line_of(error.position());
            match error.kind() {
                csv::ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => wrong(
                    line,
                    format!("expected {expected_len} cells as in the header, found {len}"),
                ),
                _ => wrong(line, error.to_string()),
            }
        };
        let headers = reader.headers().map_err(of_csv)?.clone();
        let places =
            places(&headers, columns).map_err(|message| wrong(Some(skipped + 1), message))?;
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = row.map_err(of_csv)?;
            let line = line_of(row.position()).unwrap_or(0);
            let nameless = headers
                .iter()
                .zip(&row)
                .position(|(name, cell)| name.is_empty() && !cell.is_empty());
            if let Some(nameless) = nameless {
                let message = format!("cell {} stands in a column without a name", nameless + 1);
                return Err(wrong(Some(line), message));
            }
            // Spreadsheets leave lines of separators behind.
            if row.iter().any(|cell| !cell.is_empty()) {
                rows.push((line, row));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            places,
            rows,
        })
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row {
            table: self,
            line: *line,
            cells,
        })
    }

    /// A mistake in the list as a whole.
    pub fn wrong(&self, message: impl fmt::Display) -> ListError {
        ListError {
            path: self.path.clone(),
            line: None,
            message: message.to_string(),
        }
    }
}

impl<'a> Row<'a> {
    /// What stands in this column, if anything does.
    pub fn cell(&self, column: &str) -> Option<&'a str> {
        let (_, place) = self.table.places.iter().find(|(name, _)| *name == column)?;
        self.cells.get(*place).filter(|cell| !cell.is_empty())
    }

    /// What stands in this column.
    ///
    /// # Errors
    /// When nothing does.
    pub fn required(&self, column: &str) -> Result<&'a str, ListError> {
        self.cell(column)
            .ok_or_else(|| self.wrong(format!("expected a {column}, found an empty cell")))
    }

    /// The path in this column, from the list's folder. Windows separates folders by `\`.
    pub fn path(&self, column: &str) -> Option<PathBuf> {
        let folder = self.table.path.parent().unwrap_or(Path::new("."));
        let cell = self.cell(column)?;
        let path = folder.join(cell);
        if cell.contains('\\') && !path.exists() {
            return Some(folder.join(cell.replace('\\', "/")));
        }
        Some(path)
    }

    /// A mistake in this row.
    pub fn wrong(&self, message: impl fmt::Display) -> ListError {
        ListError {
            line: Some(self.line),
            ..self.table.wrong(message)
        }
    }
}

/// Names as people write them: `Part ID` for `part_id`.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

/// What separates the cells of the header, so that most of them are known.
fn delimiter(text: &str, columns: Columns) -> u8 {
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let known = |delimiter: u8| {
        let cells = header.split(char::from(delimiter));
        let names = cells.map(|cell| plain(cell.trim().trim_matches('"')));
        names
            .filter(|name| columns.known().any(|known| known == name))
            .count()
    };
    // Of equals the last one is the greatest.
    [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| known(*delimiter))
        .unwrap_or(b',')
}

fn places(
    headers: &csv::StringRecord,
    columns: Columns,
) -> Result<Vec<(&'static str, usize)>, String> {
    let mut places: Vec<(&'static str, usize)> = Vec::new();
    for (place, header) in headers.iter().enumerate() {
        let name = plain(header);
        let Some(known) = columns.known().find(|known| *known == name) else {
            if name.is_empty() {
                continue;
            }
            return Err(format!(
                "expected the columns {}, found {header:?}",
                columns.told()
            ));
        };
        if places.iter().any(|(before, _)| *before == known) {
            return Err(format!("the column {known} is there twice"));
        }
        places.push((known, place));
    }
    let missing = |column: &&&str| !places.iter().any(|(there, _)| there == *column);
    match columns.required.iter().find(missing) {
        None => Ok(places),
        Some(missing) => {
            let found: Vec<&str> = headers.iter().collect();
            Err(format!(
                "expected the columns {}, found {found:?}: {missing} is missing",
                columns.told()
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns {
        required: &["file"],
        optional: &["part_id", "style"],
    };

    fn parse(text: &str) -> Result<Table, ListError> {
        Table::parse(Path::new("a/list.csv"), text, COLUMNS)
    }

    fn cells(table: &Table) -> Vec<[Option<&str>; 3]> {
        let mut cells = Vec::new();
        for row in table.rows() {
            cells.push(["file", "part_id", "style"].map(|column| row.cell(column)));
        }
        cells
    }

    #[test]
    fn a_list_is_read_however_a_spreadsheet_writes_it() {
        let expected = vec![
            [Some("0.png"), Some("00012345"), Some("bracket")],
            [Some("1.png"), Some("a;b,c"), None],
        ];
        for text in [
            "file,part_id,style\n0.png,00012345,bracket\n1.png,\"a;b,c\",\n",
            "file;part_id;style\r\n0.png;\"00012345\";bracket\r\n1.png;\"a;b,c\";\r\n",
            "file\tpart_id\tstyle\n0.png\t00012345\tbracket\n1.png\t\"a;b,c\"\t\n",
            "sep=;\nfile;part_id;style\n0.png;00012345;bracket\n1.png;\"a;b,c\";\n",
            "File, Part ID ,STYLE\n0.png , 00012345, bracket\n 1.png,\"a;b,c\", \n",
            "style,file,part-id\nbracket,0.png,00012345\n,1.png,\"a;b,c\"\n",
            "\"file\",\"part_id\",\"style\",\n0.png,00012345,bracket,\n1.png,\"a;b,c\",,\n,,,\n\n",
        ] {
            let table = parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(cells(&table), expected, "{text:?}");
        }
        assert_eq!(
            cells(&parse("file\n0.png\n").expect("read")),
            [[Some("0.png"), None, None]]
        );
    }

    #[test]
    fn what_would_be_lost_without_a_word_is_refused_with_line_and_names() {
        for (text, line, said) in [
            (
                "file,partid\n0.png,1\n",
                Some(1),
                "expected the columns file,part_id,style, found \"partid\"",
            ),
            ("part_id,style\n1,b\n", Some(1), "file is missing"),
            ("", Some(1), "file is missing"),
            (
                "file,file\n0.png,1.png\n",
                Some(1),
                "the column file is there twice",
            ),
            (
                "file,style\n0.png\n",
                Some(2),
                "expected 2 cells as in the header, found 1",
            ),
            (
                "file,style\n0.png,b\n1.png,b,c\n",
                Some(3),
                "expected 2 cells as in the header, found 3",
            ),
            (
                "sep=;\nfile;style\n0.png;b;c\n",
                Some(3),
                "expected 2 cells",
            ),
            (
                "file,\n0.png,\n1.png,what\n",
                Some(3),
                "cell 2 stands in a column without a name",
            ),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.message.contains(said), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_row_says_where_it_stands_and_paths_are_of_the_lists_folder() {
        let table = parse("file,style\n\nb\\c.png,\n/x/d.png,gear\n,gear\n").expect("read");
        let rows: Vec<Row<'_>> = table.rows().collect();
        assert_eq!(rows[0].path("file"), Some(PathBuf::from("a/b/c.png")));
        assert_eq!(rows[1].path("file"), Some(PathBuf::from("/x/d.png")));
        assert_eq!(rows[1].wrong("so").to_string(), "a/list.csv:4: so");
        let empty = rows[2].required("file").expect_err("empty");
        assert_eq!(
            empty.to_string(),
            "a/list.csv:5: expected a file, found an empty cell"
        );
        assert_eq!(table.wrong("all").to_string(), "a/list.csv: all");
    }
}
