//! Source files, and their code without comments, texts and tests.

use std::fs;
use std::path::{Path, PathBuf};

/// Every package, and what holds code beside them.
pub const EVERYWHERE: [&str; 6] = [
    "inspector",
    "models",
    "calibration",
    "ui",
    "tests",
    "benches",
];

/// The Rust files in a folder and below it.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    files_of(folder, &["rs"])
}

/// The files in a folder and below it whose names end so, in order.
pub fn files_of(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let is_ours = |path: &PathBuf| !path.ends_with("node_modules") && !path.ends_with("dist");
    let below = paths.into_iter().filter(is_ours).flat_map(|path| {
        if path.is_dir() {
            files_of(&path, endings)
        } else {
            vec![path]
        }
    });
    let is_asked = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| endings.contains(&ending))
    };
    below.filter(is_asked).collect()
}

/// Whether all of a file is tests or benchmarks.
pub fn is_test(file: &Path) -> bool {
    let is_folder = |name: &str| file.components().any(|part| part.as_os_str() == name);
    file.ends_with("tests.rs") || is_folder("tests") || is_folder("benches")
}

/// Rust without comments, and with `_` for every character of a text. Lines stay where they are.
pub fn code(text: &str) -> String {
    let c: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let blank = |from: &[char], by: char| -> String {
        let each = from.iter().map(|c| if *c == '\n' { '\n' } else { by });
        each.collect()
    };
    let mut at = 0;
    while at < c.len() {
        let end = at
            + match c[at] {
                '/' if c.get(at + 1) == Some(&'/') => line(&c[at..]),
                '/' if c.get(at + 1) == Some(&'*') => block(&c[at..]),
                '"' => quoted(&c[at..]),
                'r' if at == 0 || !is_of_name(c[at - 1]) || c[at - 1] == 'b' => raw(&c[at..]),
                '\'' => character(&c[at..]),
                _ => 1,
            };
        let is_comment = c[at] == '/' && end > at + 1;
        match (end - at, is_comment) {
            (1, _) => code.push(c[at]),
            (_, true) => code.push_str(&blank(&c[at..end], ' ')),
            (_, false) => code.push_str(&blank(&c[at..end], '_')),
        }
        at = end;
    }
    code
}

/// Code without modules that are built for tests only.
pub fn without_tests(code: &str) -> String {
    let mut left = code.to_owned();
    while let Some(at) = left.find("#[cfg(test)]") {
        let end = match left[at..].find(['{', ';']).map(|found| at + found) {
            Some(open) if left[open..].starts_with('{') => closing(&left, open),
            Some(end) => end,
            None => left.len() - 1,
        };
        let lines = left[at..=end].matches('\n').count();
        left.replace_range(at..=end, &"\n".repeat(lines));
    }
    left
}

/// Where the brace that opens there is closed.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + at;
        }
    }
    code.len() - 1
}

/// Whether a name can have this character.
pub fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn line(c: &[char]) -> usize {
    c.iter().position(|c| *c == '\n').unwrap_or(c.len())
}

fn block(c: &[char]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < c.len() {
        match (c[at], c.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(c.len())
}

fn quoted(c: &[char]) -> usize {
    let mut at = 1;
    while at < c.len() && c[at] != '"' {
        at += if c[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(c.len())
}

fn raw(c: &[char]) -> usize {
    let signs = c[1..].iter().take_while(|c| **c == '#').count();
    if c.get(1 + signs) != Some(&'"') {
        return 1;
    }
    let mut end = vec!['"'];
    end.resize(1 + signs, '#');
    let found = c[2 + signs..]
        .windows(end.len())
        .position(|part| part == end);
    found.map_or(c.len(), |at| 2 + signs + at + end.len())
}

/// A lifetime is none.
fn character(c: &[char]) -> usize {
    match (c.get(1), c.get(2)) {
        (Some('\\'), Some(_)) => {
            let rest = c[3..].iter().position(|c| *c == '\'');
            rest.map_or(1, |at| at + 4)
        }
        (Some(_), Some('\'')) => 3,
        _ => 1,
    }
}

#[test]
fn code_is_what_is_no_comment_and_no_text() {
    for (text, left) in [
        ("a // b\nc", "a     \nc"),
        ("a /* /* b */\n */ c", "a           \n    c"),
        ("f(\"x \\\" {\") }", "f(________) }"),
        ("f(r#\"a\"b\n\"#) }", "f(______\n__) }"),
        ("b'{' 'a '\\'' &'a str", "b___ 'a ____ &'a str"),
        ("for x in number(\"\")", "for x in number(__)"),
    ] {
        assert_eq!(code(text), left);
    }
    let tests = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";
    assert_eq!(without_tests(tests), "fn a() {}\n\n\n\n\nfn c() {}\n");
}
