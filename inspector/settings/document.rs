//! A TOML file taken apart section by section, so that every mistake in it is reported at once, with
//! file and line.

use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// One mistake in a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file that has the problem.
    pub file: PathBuf,
    /// From 1; `None` when it concerns the whole file.
    pub line: Option<usize>,
    /// What was expected, what was found, what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file.display(), self.message),
            None => write!(f, "{}: {}", self.file.display(), self.message),
        }
    }
}

/// A parsed file whose sections are taken one by one.
pub struct Document<'a> {
    file: &'a Path,
    text: &'a str,
    table: DeTable<'a>,
    problems: Vec<Problem>,
}

/// A section: its keys, and where it stands.
pub type Section<'a> = Spanned<DeValue<'a>>;

impl<'a> Document<'a> {
    /// A file that is no TOML at all is one problem.
    pub fn parse(file: &'a Path, text: &'a str) -> Result<Self, Problem> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self {
                file,
                text,
                table: table.into_inner(),
                problems: Vec::new(),
            }),
            Err(error) => Err(Problem {
                file: file.to_owned(),
                line: error.span().map(|span| line_of(text, span.start)),
                message: error.message().to_owned(),
            }),
        }
    }

    /// Whether the file has this section, and nobody has taken it out.
    pub fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// Takes a section out, or says that it is missing.
    pub fn section<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        match self.table.remove(name) {
            Some(value) => self.read(name, value),
            None => {
                self.problem(None, format!("section [{name}] is missing"));
                None
            }
        }
    }

    /// Takes a section out, or gives its default.
    pub fn section_or_default<T: DeserializeOwned + Default>(&mut self, name: &str) -> Option<T> {
        match self.table.remove(name) {
            Some(value) => self.read(name, value),
            None => Some(T::default()),
        }
    }

    /// Takes out every `[[name]]`.
    pub fn sections(&mut self, name: &str) -> Vec<Section<'a>> {
        let Some(value) = self.table.remove(name) else {
            return Vec::new();
        };
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(array) => array.into_iter().collect(),
            _ => {
                let message = format!("expected [[{name}]], one per {name}; found [{name}]");
                self.problem(Some(span), message);
                Vec::new()
            }
        }
    }

    /// Reads a section and reports everything wrong with it: each wrong key is put aside and the rest
    /// is read again.
    pub fn read<T: DeserializeOwned>(&mut self, name: &str, section: Section<'a>) -> Option<T> {
        let span = section.span();
        let DeValue::Table(mut table) = section.into_inner() else {
            self.problem(Some(span), format!("expected a section [{name}] with keys"));
            return None;
        };
        let mut is_whole = true;
        loop {
            let value = Spanned::new(span.clone(), DeValue::Table(table.clone()));
            let error = match T::deserialize(ValueDeserializer::from(value)) {
                Ok(read) => return is_whole.then_some(read),
                Err(error) => error,
            };
            let at = error.span().unwrap_or(span.clone());
            let culprit = table.iter().find_map(|(key, value)| {
                let is_it = holds(&key.span(), &at) || holds(&value.span(), &at);
                is_it.then(|| key.get_ref().to_string())
            });
            let message = match &culprit {
                Some(key) if !error.message().contains(key.as_str()) => {
                    format!("{name}.{key}: {}", error.message())
                }
                _ => format!("{name}: {}", error.message()),
            };
            // What is missing only because it was put aside is no second mistake.
            if is_whole || culprit.is_some() {
                self.problem(Some(at), message);
            }
            is_whole = false;
            let key = culprit?;
            table.remove(key.as_str());
        }
    }

    /// One key of a section, taken out of it.
    pub fn take<T: DeserializeOwned>(&mut self, section: &mut Section<'a>, key: &str) -> Option<T> {
        let value = match section.get_mut() {
            DeValue::Table(table) => table.remove(key)?,
            _ => return None,
        };
        let at = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(read) => Some(read),
            Err(error) => {
                self.problem(Some(at), format!("{key}: {}", error.message()));
                None
            }
        }
    }

    /// Something that only the whole shows.
    pub fn problem(&mut self, at: Option<Range<usize>>, message: String) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: at.map(|span| line_of(self.text, span.start)),
            message,
        });
    }

    /// Every problem, in the order of lines; sections nobody asked for are problems too.
    pub fn finish(mut self, known: &[&str]) -> Vec<Problem> {
        let unknown: Vec<_> = self
            .table
            .iter()
            .map(|(key, _)| (key.span(), key.get_ref().to_string()))
            .collect();
        for (span, key) in unknown {
            let message = format!("unknown section or key {key:?}; expected one of {known:?}");
            self.problem(Some(span), message);
        }
        self.problems.sort_by_key(|problem| problem.line);
        self.problems
    }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end && !outer.is_empty()
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}
