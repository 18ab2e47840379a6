//! The docs name only what exists, and say what the program does.

use inspector::error::ErrorKind;
use inspector::export::column::row_of_guide;
use inspector::export::{findings, parts};
use inspector::station::result::GapCause;
use inspector::station::verdict::Cause;
use inspector::telemetry::catalogue::Code;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing of ours.
const FOREIGN: &[&str] = &[
    ".cache",
    ".git",
    "demo-data",
    "dist",
    "node_modules",
    "shared",
    "target",
];
/// Where code and scripts mention documents.
const WITH_MENTIONS: &[&str] = &[
    "css", "json", "mjs", "py", "rs", "sh", "sql", "toml", "ts", "tsx",
];
/// What says that a figure cannot be repeated, or points to where no reader can go.
const NOT_FOR_READERS: &[&str] = &[
    "a program that is gone",
    "measured before",
    "on another day",
    "programs that are gone",
    "../shared",
    "the day before",
];

#[test]
fn every_link_of_the_docs_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    for file in documents() {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in prose(&text) {
            for target in links(line) {
                if let Err(why) = follow(&file, target) {
                    broken.push(format!("{}:{number}: ({target}): {why}", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_file_of_ours_that_the_docs_name_is_there() {
    let ours: Vec<String> = fs::read_dir(".")
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| format!("{}/", entry.file_name().to_string_lossy()))
        .filter(|name| !FOREIGN.contains(&name.trim_end_matches('/')))
        .collect();
    let mut missing = Vec::new();
    for file in documents() {
        // The changelog tells of versions whose files had other places.
        if file.ends_with("CHANGELOG.md") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for word in text.split(|c: char| c.is_whitespace() || "`()[]<>,;:|#\"'…".contains(c)) {
            let path = word.trim_end_matches(['.', '/']);
            let is_ours = ours.iter().any(|folder| path.starts_with(folder.as_str()));
            // `models/plates` is a reader's own bundle; a name with an ending is a file of ours.
            let is_file = Path::new(path).extension().is_some() && !path.contains(['*', '{', '$']);
            if is_ours && is_file && !is_readers_own(path) && !Path::new(path).exists() {
                missing.push(format!("{}: {path}", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// Places of a station's folder that have the names of ours: `models/<bundle>/model.toml`.
fn is_readers_own(path: &str) -> bool {
    let below = path.strip_prefix("models/");
    below.is_some_and(|below| below.starts_with("plates"))
}

#[test]
fn every_document_that_code_names_is_there() {
    let mut missing = Vec::new();
    for file in files(Path::new("."), &|path| {
        let is_makefile = path.ends_with("Makefile");
        let ending = path.extension().and_then(|ending| ending.to_str());
        is_makefile || ending.is_some_and(|ending| WITH_MENTIONS.contains(&ending))
    }) {
        let text = fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("docs/") {
            let rest = &text[at..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"/._-".contains(c));
            let path = rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', '/']);
            // A folder, or a prefix that a program completes.
            let is_document = Path::new(path).extension().is_some();
            if is_document && !Path::new(path).exists() {
                missing.push(format!("{}: {path}", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn no_document_tells_what_a_reader_cannot_repeat() {
    let mut found = Vec::new();
    for file in documents() {
        // A phrase may be broken by the end of a line.
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for phrase in NOT_FOR_READERS {
            if text.to_lowercase().contains(phrase) {
                found.push(format!("{}: {phrase:?}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The tables of ARCHITECTURE.md name every room, and no other.
#[test]
fn the_rooms_are_those_of_the_tree() {
    let text = fs::read_to_string("ARCHITECTURE.md").unwrap();
    for package in ["inspector", "models"] {
        let rest = text
            .split_once(&format!("## Rooms of `{package}/`"))
            .unwrap();
        let told: BTreeSet<String> = first_cells(rest.1, "| room |")
            .iter()
            .flat_map(|cell| cell.split(", "))
            .map(|room| room.trim_matches('`').to_owned())
            .filter(|room| room.ends_with('/'))
            .collect();
        let found: BTreeSet<String> = fs::read_dir(package)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| format!("{}/", entry.file_name().to_string_lossy()))
            // They hold what every package has.
            .filter(|room| {
                !(package == "models" && ["benches/", "tests/"].contains(&room.as_str()))
            })
            .collect();
        assert_eq!(told, found, "{package}");
    }
}

#[test]
fn the_audit_guide_explains_every_column_and_every_cause_in_order() {
    let text = fs::read_to_string("docs/guide/audit.md").unwrap();
    for columns in [parts::COLUMNS, findings::COLUMNS] {
        let rows: Vec<String> = columns.iter().map(row_of_guide).collect();
        let rows = rows.join("\n");
        assert!(text.contains(&rows), "expected in the guide:\n{rows}");
    }
    let causes: Vec<&str> = Cause::ALL.iter().map(|cause| cause.name()).collect();
    assert_eq!(first_cells(&text, "| `cause` | verdict |"), causes);
    let mut gaps: BTreeSet<&str> = GapCause::ALL.iter().map(|cause| cause.name()).collect();
    gaps.insert("crashed");
    let told = first_cells(&text, "| `gap` | how many |");
    assert_eq!(
        told.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        gaps
    );
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let kinds = [
        ErrorKind::Settings,
        ErrorKind::Device,
        ErrorKind::Model,
        ErrorKind::Storage,
        ErrorKind::Network,
        ErrorKind::Verification,
        ErrorKind::Internal,
    ];
    let mut expected: BTreeSet<String> = kinds
        .iter()
        .map(|kind| kind.exit_code().to_string())
        .collect();
    expected.extend(["0".to_owned(), "2".to_owned()]);
    let text = fs::read_to_string("docs/ref/exit-codes.md").unwrap();
    let found: BTreeSet<String> = first_cells(&text, "| code |").into_iter().collect();
    assert_eq!(found, expected);
}

#[test]
fn the_troubleshooting_guide_has_every_alarm() {
    let alarms = Code::ALL.iter().filter(|code| code.is_alarm());
    let expected: BTreeSet<String> = alarms.map(|code| code.name().to_owned()).collect();
    let text = fs::read_to_string("docs/guide/troubleshoot.md").unwrap();
    let found: BTreeSet<String> = first_cells(&text, "| code | on the page |")
        .into_iter()
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_reference_of_the_settings_has_every_section() {
    let expected: BTreeSet<String> = inspector::settings::DEFAULT
        .lines()
        // Sections of which a station may have none stand there as comments.
        .map(|line| match line.strip_prefix("# ") {
            // A table of a section, as [device.watchdog], is explained with it.
            Some(section)
                if section.starts_with('[')
                    && !section[..section.find(']').unwrap_or(0)].contains('.') =>
            {
                section
            }
            _ => line,
        })
        .filter(|line| line.starts_with('['))
        .map(|line| line[..=line.find("] ").unwrap_or(line.rfind(']').unwrap())].to_owned())
        .collect();
    let text = fs::read_to_string("docs/ref/settings.md").unwrap();
    let found: BTreeSet<String> = first_cells(&text, "| section |")
        .iter()
        .flat_map(|cell| cell.split(", "))
        .map(|section| section.trim_matches('`').to_owned())
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_reference_of_the_api_has_every_route() {
    let document: serde_json::Value =
        serde_json::from_str(&inspector::http::openapi_json()).unwrap();
    let text = fs::read_to_string("docs/ref/api.md").unwrap();
    let routes = document["paths"].as_object().unwrap().keys();
    let missing: Vec<&String> = routes
        .filter(|route| {
            let ends = ['`', '?', ' '].map(|end| format!(" {route}{end}"));
            !ends.iter().any(|end| text.contains(end)) && !text.contains(&format!("`{route}`"))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The first cell of each row below this head, without backticks.
fn first_cells(text: &str, head: &str) -> Vec<String> {
    text.lines()
        .skip_while(|line| !line.starts_with(head))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1))
        .map(|cell| cell.trim().trim_matches('`').to_owned())
        .collect()
}

/// Lines outside fenced code, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        (!is_code && !is_fence).then_some((index + 1, line))
    })
}

/// Targets of `[text](target)` and `![text](target)`.
fn links(line: &str) -> Vec<&str> {
    line.match_indices("](")
        .filter_map(|(at, _)| {
            let rest = &line[at + 2..];
            rest.find(')').map(|end| &rest[..end])
        })
        .filter(|target| !target.starts_with("http"))
        .collect()
}

fn follow(from: &Path, target: &str) -> Result<(), String> {
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = match path {
        "" => from.to_owned(),
        path => from.parent().unwrap().join(path),
    };
    if !file.exists() {
        return Err(format!("there is no {}", file.display()));
    }
    if heading.is_empty() {
        return Ok(());
    }
    let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let mut headings = prose(&text).filter(|(_, line)| line.starts_with('#'));
    headings
        .any(|(_, line)| anchor(line) == heading)
        .then_some(())
        .ok_or_else(|| format!("{} has no such heading", file.display()))
}

/// As GitHub makes it of a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn documents() -> Vec<PathBuf> {
    let documents = files(Path::new("."), &|path| {
        path.extension().is_some_and(|ending| ending == "md")
    });
    assert!(documents.len() > 20, "{documents:?}");
    documents
}

fn files(folder: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if FOREIGN.contains(&name.as_str()) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path, is_wanted));
        } else if is_wanted(&path) {
            found.push(path.strip_prefix("./").unwrap_or(&path).to_owned());
        }
    }
    found.sort();
    found
}
