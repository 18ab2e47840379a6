//! Reading a TOML document strictly: every key is asked for by name, every problem is noted with its
//! line, and what was never asked for is a problem too. Nothing here knows what a manifest is.

use std::fmt;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, counted from 1.
    pub line: usize,
    /// The key, what was expected, what was found.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// The document's text, for line numbers, and what was found wrong so far.
pub(crate) struct Problems<'t> {
    text: &'t str,
    found: Vec<Problem>,
}

impl<'t> Problems<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    /// Notes a problem at a byte offset of the text.
    pub(crate) fn at(&mut self, offset: usize, message: String) {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        self.found.push(Problem { line, message });
    }

    /// Everything found, by line.
    pub(crate) fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| problem.line);
        self.found
    }
}

/// A table being read.
pub(crate) struct Table<'t, 'i> {
    /// `input.` for the table `[input]`, empty for the document.
    prefix: String,
    start: usize,
    table: Option<&'t DeTable<'i>>,
    asked: Vec<&'static str>,
}

impl<'t, 'i> Table<'t, 'i> {
    /// The document itself.
    pub(crate) fn document(table: &'t Spanned<DeTable<'i>>) -> Self {
        Self {
            prefix: String::new(),
            start: 0,
            table: Some(table.get_ref()),
            asked: Vec::new(),
        }
    }

    /// A table of this one. Where it is missing, that is the one problem noted for it.
    pub(crate) fn table(&mut self, key: &'static str, problems: &mut Problems) -> Table<'t, 'i> {
        let prefix = format!("{}{key}.", self.prefix);
        let value = self.required(key, "a table", problems);
        let table = value.and_then(|value| match value.get_ref() {
            DeValue::Table(table) => Some(table),
            other => {
                self.wrong(key, value.span().start, "a table", other, problems);
                None
            }
        });
        let start = value.map_or(self.start, |value| value.span().start);
        Table {
            prefix,
            start,
            table,
            asked: Vec::new(),
        }
    }

    /// A table of this one that may be missing.
    pub(crate) fn optional_table(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Table<'t, 'i>> {
        self.asked.push(key);
        self.table?.get(key)?;
        Some(self.table(key, problems))
    }

    fn required(
        &mut self,
        key: &'static str,
        expected: &str,
        problems: &mut Problems,
    ) -> Option<&'t Spanned<DeValue<'i>>> {
        self.asked.push(key);
        let found = self.table?.get(key);
        if found.is_none() {
            let message = format!("`{}{key}` is missing; expected {expected}", self.prefix);
            problems.at(self.start, message);
        }
        found
    }

    fn wrong(&self, key: &str, at: usize, expected: &str, found: &DeValue, to: &mut Problems) {
        let found = match found {
            DeValue::String(text) => format!("\"{text}\""),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(value) => value.to_string(),
            other => format!("a value of type {}", other.type_str()),
        };
        to.at(
            at,
            format!("`{}{key}`: expected {expected}, found {found}", self.prefix),
        );
    }

    /// A string for which `read` gives a value.
    pub(crate) fn string<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        problems: &mut Problems,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.required(key, expected, problems)?;
        let result = value.get_ref().as_str().and_then(read);
        if result.is_none() {
            self.wrong(key, value.span().start, expected, value.get_ref(), problems);
        }
        result
    }

    /// A string that may be missing, which then stands for `default`.
    pub(crate) fn optional_string<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        default: T,
        problems: &mut Problems,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.asked.push(key);
        match self.table?.get(key) {
            None => Some(default),
            Some(_) => self.string(key, expected, problems, read),
        }
    }

    /// A list that may be missing; `None` only where there is a problem.
    #[allow(clippy::type_complexity, reason = "as `list`, wrapped once more")]
    pub(crate) fn optional_list<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        problems: &mut Problems,
        read: impl Fn(&DeValue) -> Option<T>,
    ) -> Option<Option<(usize, Vec<T>)>> {
        self.asked.push(key);
        match self.table?.get(key) {
            None => Some(None),
            Some(_) => self.list(key, expected, problems, read).map(Some),
        }
    }

    /// A number within a range.
    pub(crate) fn ranged(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f32>,
        problems: &mut Problems,
    ) -> Option<f32> {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        let value = self.required(key, &expected, problems)?;
        let number = number(value.get_ref()).filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong(
                key,
                value.span().start,
                &expected,
                value.get_ref(),
                problems,
            );
        }
        number
    }

    /// A whole number within a range.
    pub(crate) fn integer(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        problems: &mut Problems,
    ) -> Option<u32> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let value = self.required(key, &expected, problems)?;
        let number = value.get_ref().as_integer().and_then(|number| {
            u32::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
        });
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong(
                key,
                value.span().start,
                &expected,
                value.get_ref(),
                problems,
            );
        }
        number
    }

    /// A finite number above zero.
    pub(crate) fn positive(&mut self, key: &'static str, problems: &mut Problems) -> Option<f32> {
        let expected = "a number above 0";
        let value = self.required(key, expected, problems)?;
        let number = number(value.get_ref()).filter(|number| *number > 0.0);
        if number.is_none() {
            self.wrong(key, value.span().start, expected, value.get_ref(), problems);
        }
        number
    }

    /// A list whose every item `read` takes, and where it starts in the text.
    pub(crate) fn list<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        problems: &mut Problems,
        read: impl Fn(&DeValue) -> Option<T>,
    ) -> Option<(usize, Vec<T>)> {
        let value = self.required(key, expected, problems)?;
        let start = value.span().start;
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, start, expected, value.get_ref(), problems);
            return None;
        };
        let mut list = Vec::with_capacity(items.len());
        for item in items.iter() {
            match read(item.get_ref()) {
                Some(item) => list.push(item),
                None => {
                    self.wrong(key, item.span().start, expected, item.get_ref(), problems);
                    return None;
                }
            }
        }
        Some((start, list))
    }

    /// Notes a problem with a key of this table that no single value shows.
    pub(crate) fn problem(&self, key: &str, at: usize, message: &str, problems: &mut Problems) {
        problems.at(at, format!("`{}{key}`: {message}", self.prefix));
    }

    /// Notes every key that nobody asked for.
    pub(crate) fn finish(self, problems: &mut Problems) {
        for (key, _) in self.table.into_iter().flatten() {
            if !self.asked.iter().any(|asked| *asked == key.get_ref()) {
                let known = self.asked.join(", ");
                problems.at(
                    key.span().start,
                    format!(
                        "`{}{}` is not known; known here: {known}",
                        self.prefix,
                        key.get_ref()
                    ),
                );
            }
        }
    }
}

/// A finite number, written with or without a decimal point.
pub(crate) fn number(value: &DeValue) -> Option<f32> {
    let text = match value {
        DeValue::Float(number) => number.as_str(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        _ => return None,
    };
    text.replace('_', "")
        .parse()
        .ok()
        .filter(|number: &f32| number.is_finite())
}

/// A text as TOML has it.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
