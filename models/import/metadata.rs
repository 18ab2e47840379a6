//! Python's way of writing lists and dictionaries, in which Ultralytics keeps names and sizes.

/// Deepest nesting read.
const DEPTH_MAX: usize = 8;

/// A value of Python.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Number(f64),
    Text(String),
    /// `None`, `True`, `False`.
    Word(String),
    /// A list or tuple.
    List(Vec<Literal>),
    /// A dictionary in its order.
    Pairs(Vec<(Literal, Literal)>),
}

impl Literal {
    /// Reads one value and nothing after it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.skip();
        reader.rest.is_empty().then_some(value)
    }

    /// Names by number, when they are numbered from 0 without gaps, or a list of names.
    pub(crate) fn names(&self) -> Option<Vec<String>> {
        match self {
            Literal::List(items) => items.iter().map(Literal::name).collect(),
            Literal::Pairs(pairs) => {
                let mut names = vec![None; pairs.len()];
                for (key, value) in pairs {
                    let Literal::Number(number) = key else {
                        return None;
                    };
                    let place = names.get_mut(*number as usize)?;
                    if number.fract() != 0.0 || *number < 0.0 || place.is_some() {
                        return None;
                    }
                    *place = Some(value.name()?);
                }
                names.into_iter().collect()
            }
            _ => None,
        }
    }

    /// Whole numbers above 0, from a list or a single one.
    pub(crate) fn counts(&self) -> Option<Vec<u32>> {
        match self {
            Literal::List(items) => items
                .iter()
                .map(|item| item.counts()?.first().copied())
                .collect(),
            Literal::Number(number) => {
                let is_count =
                    number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(number);
                is_count.then(|| vec![*number as u32])
            }
            _ => None,
        }
    }

    /// The value of a key, when this is a dictionary.
    pub(crate) fn get(&self, key: &str) -> Option<&Literal> {
        let Literal::Pairs(pairs) = self else {
            return None;
        };
        let found = pairs
            .iter()
            .find(|(name, _)| matches!(name, Literal::Text(text) if text == key));
        found.map(|(_, value)| value)
    }

    /// Whether this is `True`.
    pub(crate) fn is_true(&self) -> bool {
        matches!(self, Literal::Word(word) if word == "True")
    }

    fn name(&self) -> Option<String> {
        match self {
            Literal::Text(text) => Some(text.clone()),
            Literal::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, what: char) -> bool {
        self.skip();
        let after = self.rest.strip_prefix(what);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Literal> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.skip();
        match self.rest.chars().next()? {
            '[' => self.items('[', ']', depth).map(Literal::List),
            '(' => self.items('(', ')', depth).map(Literal::List),
            '{' => self.pairs(depth).map(Literal::Pairs),
            quote @ ('\'' | '"') => self.text(quote).map(Literal::Text),
            _ => self.word(),
        }
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Option<Vec<Literal>> {
        self.take(open);
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.value(depth + 1)?);
            if !self.take(',') {
                return self.take(close).then_some(items);
            }
        }
        Some(items)
    }

    fn pairs(&mut self, depth: usize) -> Option<Vec<(Literal, Literal)>> {
        self.take('{');
        let mut pairs = Vec::new();
        while !self.take('}') {
            let key = self.value(depth + 1)?;
            if !self.take(':') {
                return None;
            }
            pairs.push((key, self.value(depth + 1)?));
            if !self.take(',') {
                return self.take('}').then_some(pairs);
            }
        }
        Some(pairs)
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = &self.rest[at + 1..];
                return Some(text);
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            let escaped = match self.rest[at + 1..].chars().next()? {
                'x' | 'u' | 'U' => {
                    let (_, kind) = chars.next()?;
                    let digits = match kind {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let read: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                    u32::from_str_radix(&read, 16)
                        .ok()
                        .and_then(char::from_u32)?
                }
                other => {
                    chars.next();
                    match other {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    }
                }
            };
            text.push(escaped);
        }
        None
    }

    fn word(&mut self) -> Option<Literal> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_');
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if ["None", "True", "False"].contains(&word) {
            return Some(Literal::Word(word.to_owned()));
        }
        let number: f64 = word.replace('_', "").parse().ok()?;
        number.is_finite().then_some(Literal::Number(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ultralytics_writes_is_read() {
        let names =
            Literal::parse(r#"{0: 'dent', 1: "worker's mark", 2: 'a\'b', 3: '\u5212\u75d5'}"#);
        assert_eq!(
            names.unwrap().names().unwrap(),
            ["dent", "worker's mark", "a'b", "划痕"]
        );
        assert_eq!(
            Literal::parse("[640, 480]").unwrap().counts().unwrap(),
            [640, 480]
        );
        assert_eq!(Literal::parse("32").unwrap().counts().unwrap(), [32]);
        let args =
            Literal::parse("{'batch': 1, 'half': False, 'nms': True, 'fraction': 1.0}").unwrap();
        assert!(args.get("nms").unwrap().is_true() && !args.get("half").unwrap().is_true());
    }

    #[test]
    fn what_is_no_literal_is_refused() {
        for text in [
            "",
            "{",
            "{0:",
            "{0 'a'}",
            "[1, 2",
            "'open",
            "1 2",
            "import os",
            "[[[[[[[[[[1]]]]]]]]]]",
        ] {
            assert_eq!(Literal::parse(text), None, "{text}");
        }
        for names in [
            "{0: 'a', 2: 'b'}",
            "{'a': 'b'}",
            "{0: 'a', 0: 'b'}",
            "{-1: 'a'}",
            "{0.5: 'a'}",
        ] {
            assert_eq!(
                Literal::parse(names).and_then(|read| read.names()),
                None,
                "{names}"
            );
        }
    }
}
