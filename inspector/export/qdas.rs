//! Q-DAS ASCII transfer format (AQDEF), as `.dfq` in its compact form: a part's verdict as an attributive characteristic and
//! its score as a variable one. A file is of one style; gaps, findings and all other columns have no place in it.
//!
//! Source: Q-DAS ASCII Transfer Format V12 (Hexagon). Lines end with CRLF; characteristics of a line are apart by 0x0F, fields
//! by 0x14: of a variable one K0001 K0002 K0004 K0005 K0006 K0007 K0008, of an attributive one K0020, K0021, one that is not
//! used, and then the same from K0002 on.

use super::column::{Line, clock};
use super::{ExportError, Format};
use crate::results::reader::Exported;
use crate::station::verdict::Verdict;
use std::collections::HashMap;
use std::io::Write;

/// Programs know UTF-8 by it; without it they take the computer's own code page.
const BYTE_ORDER_MARK: &str = "\u{FEFF}";
/// Between characteristics of a line.
const CHARACTERISTIC: char = '\u{0F}';
/// Between fields of a characteristic.
const FIELD: char = '\u{14}';
/// K0002: there is no value.
const NO_VALUE: u32 = 256;
/// Files of one export.
const STYLES_MAX: usize = 200;

/// Where the file of a style goes; `None` is of parts whose style nobody said.
pub type Open<'a> = Box<dyn FnMut(Option<&str>) -> Result<Box<dyn Write + 'a>, ExportError> + 'a>;

/// A file for each style.
pub struct Qdas<'a> {
    open: Open<'a>,
    files: HashMap<Option<String>, Box<dyn Write + 'a>>,
}

impl<'a> Qdas<'a> {
    /// Into the files that this opens.
    pub fn begin(open: Open<'a>) -> Self {
        Self {
            open,
            files: HashMap::new(),
        }
    }

    /// Of one style, whichever it is. A second one is refused.
    pub fn of_one_style(sink: impl Write + 'a) -> Self {
        let mut sink = Some(sink);
        Self::begin(Box::new(move |style| match sink.take() {
            Some(sink) => Ok(Box::new(sink) as Box<dyn Write + 'a>),
            None => Err(ExportError::Unfit(format!(
                "qdas: expected parts of one style, found another: {}. Filter by style, or write into a folder, \
                 which gets a file for each style",
                style.unwrap_or("no style")
            ))),
        }))
    }
}

impl Format for Qdas<'_> {
    fn line(&mut self, line: &Line<'_>) -> Result<(), ExportError> {
        let Exported::Part(judged) = line.what else {
            return Ok(());
        };
        let part = &judged.part;
        if !self.files.contains_key(&part.style) {
            if self.files.len() >= STYLES_MAX {
                let why = format!(
                    "qdas: expected at most {STYLES_MAX} styles, found more; filter by style"
                );
                return Err(ExportError::Unfit(why));
            }
            let mut file = (self.open)(part.style.as_deref())?;
            file.write_all(head(part.style.as_deref()).as_bytes())?;
            self.files.insert(part.style.clone(), file);
        }
        let at = clock(part.triggered_at_us, line.zone);
        let at = at.map_or(String::new(), |at| {
            at.strftime("%d.%m.%Y/%H:%M:%S").to_string()
        });
        let id = field(&part.part_id);
        // K0004 when, K0005 no event, K0006 the part's ID, K0007 no nest, K0008 no operator.
        let rest = format!("{at}{FIELD}{FIELD}{id}{FIELD}0{FIELD}0");
        let (fails, judged) = match part.verdict {
            Verdict::Pass => (0, 0),
            Verdict::Fail => (1, 0),
            Verdict::NotDecided => (0, NO_VALUE),
        };
        let (score, scored) = part.score.map_or((0.0, NO_VALUE), |score| (score, 0));
        let line = format!(
            "1{FIELD}{fails}{FIELD}0{FIELD}{judged}{FIELD}{rest}{CHARACTERISTIC}{score:.6}{FIELD}{scored}{FIELD}{rest}\r\n"
        );
        match self.files.get_mut(&part.style) {
            Some(file) => Ok(file.write_all(line.as_bytes())?),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), ExportError> {
        for file in self.files.values_mut() {
            file.flush()?;
        }
        self.files.clear();
        Ok(())
    }
}

fn head(style: Option<&str>) -> String {
    let style = field(style.unwrap_or("-"));
    [
        "K0100 2",
        "K1000/1 1",
        &format!("K1001/1 {style}"),
        &format!("K1002/1 {style}"),
        "K2000/1 1",
        "K2001/1 verdict",
        "K2002/1 Verdict",
        "K2004/1 1",
        "K2000/2 2",
        "K2001/2 score",
        "K2002/2 Score",
        "K2004/2 0",
        "K2022/2 6",
        "K2110/2 0",
        "K2111/2 1",
    ]
    .iter()
    .fold(BYTE_ORDER_MARK.to_owned(), |head, line| {
        head + line + "\r\n"
    })
}

/// Without what would end the field or the line.
fn field(text: &str) -> String {
    text.replace(char::is_control, " ")
}
