//! Words: names that people of the field know, and documentation that says something.

use super::source::{EVERYWHERE, code, files, files_of, is_of_name};
use std::fs;
use std::path::Path;

/// Metaphors of their writers' own, and the word that the field has. A word is a part of a name: `TeamSize`, `team_of`.
const METAPHORS: &[(&str, &str)] = &[
    ("book", "service, report file"),
    ("books", "services"),
    ("crew", "threads"),
    ("crews", "threads"),
    ("desk", "service, panel"),
    ("fate", "disposition"),
    ("fates", "dispositions"),
    ("rack", "scorers"),
    ("racks", "scorers"),
    ("shower", "preview"),
    ("team", "pool"),
    ("teams", "pools"),
    ("wish", "request"),
    ("wishes", "requests"),
    ("workshop", "loader"),
];

#[test]
fn names_are_the_words_of_the_field() {
    let mut found = Vec::new();
    for folder in EVERYWHERE {
        for file in files_of(Path::new(folder), &["rs", "ts", "tsx"]) {
            let text = fs::read_to_string(&file).unwrap();
            let code = match file.extension().is_some_and(|ending| ending == "rs") {
                true => code(&text),
                false => script(&text),
            };
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let names = code.split(|c: char| !is_of_name(c)).chain(stem.split('-'));
            for name in names {
                for word in words(name) {
                    let known = METAPHORS.iter().find(|(metaphor, _)| *metaphor == word);
                    if let Some((_, better)) = known {
                        found.push(format!("{}: {name}: say {better}", file.display()));
                    }
                }
            }
        }
    }
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The words that a name is made of: `HTTPServer2_of` is http, server, of.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let c: Vec<char> = name.chars().collect();
    for (at, sign) in c.iter().enumerate() {
        let is_after_small = at > 0 && c[at - 1].is_lowercase();
        let is_before_small = c.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = sign.is_uppercase() && (is_after_small || is_before_small);
        if begins || !sign.is_alphabetic() {
            words.push(String::new());
        }
        if sign.is_alphabetic() {
            words.last_mut().unwrap().extend(sign.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// TypeScript without comments and without the texts of one line.
fn script(text: &str) -> String {
    let mut code = String::new();
    let mut is_comment = false;
    for line in text.lines() {
        let mut quote = None;
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let (begins, is_over) = (rest.starts_with("/*"), rest.starts_with("*/"));
            if !is_comment && quote.is_none() && rest.starts_with("//") {
                break;
            }
            if is_comment && is_over {
                (is_comment, rest) = (false, &rest[2..]);
                continue;
            }
            is_comment |= begins && quote.is_none();
            match quote {
                Some(open) if open == c => quote = None,
                Some(_) => {}
                None if !is_comment && matches!(c, '"' | '\'' | '`') => quote = Some(c),
                None if !is_comment => code.push(c),
                None => {}
            }
            rest = &rest[c.len_utf8()..];
        }
        code.push('\n');
    }
    code
}

#[test]
fn a_name_is_taken_apart_and_texts_are_none() {
    assert_eq!(words("HTTPServer2_of"), ["http", "server", "of"]);
    assert_eq!(words("threshold-desk"), ["threshold", "desk"]);
    assert_eq!(words("TEAM_SIZE"), ["team", "size"]);
    assert_eq!(words("bracket"), ["bracket"]);
    let text = "const a = \"crew\"; // team\n/* rack\nwish */ b";
    assert_eq!(script(text), "const a = ; \n\n b\n");
}

#[test]
fn documentation_of_one_or_two_words_is_refused() {
    for file in EVERYWHERE.iter().flat_map(|room| files(Path::new(room))) {
        let text = fs::read_to_string(&file).unwrap();
        let mut words = 0;
        for (number, line) in text.lines().enumerate() {
            match line.trim_start().strip_prefix("///") {
                Some(said) => words += said.split_whitespace().count(),
                None => {
                    let is_said = words == 0 || words > 2;
                    assert!(is_said, "{}:{number}: says nothing", file.display());
                    words = 0;
                }
            }
        }
    }
}
