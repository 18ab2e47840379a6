//! Which part of the page may import which.

use super::source::files_of;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the page in `ui/src`, from the ground up: folders, the pages one by one, and files that stand alone.
pub const PAGE_MAY_IMPORT: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("format", &[]),
    ("theme", &[]),
    ("api", &[]),
    ("verdict", &["api", "text"]),
    ("shell", &["api", "format", "text"]),
    ("widgets", &["api", "format", "shell", "text", "verdict"]),
    (
        "pages/rejects",
        &["api", "format", "shell", "text", "verdict", "widgets"],
    ),
    (
        "pages/part",
        &[
            "api",
            "format",
            "pages/rejects",
            "shell",
            "text",
            "verdict",
            "widgets",
        ],
    ),
    (
        "pages/review",
        &[
            "api",
            "format",
            "pages/part",
            "pages/rejects",
            "shell",
            "text",
            "verdict",
            "widgets",
        ],
    ),
    (
        "pages/live",
        &[
            "api",
            "format",
            "pages/part",
            "pages/review",
            "shell",
            "text",
            "verdict",
            "widgets",
        ],
    ),
    ("pages/line", &["api", "format", "shell", "text", "widgets"]),
    (
        "pages/quality",
        &["api", "format", "shell", "text", "verdict", "widgets"],
    ),
    (
        "pages/station",
        &["api", "format", "shell", "text", "verdict", "widgets"],
    ),
    (
        "pages/tuning",
        &["api", "format", "shell", "text", "verdict", "widgets"],
    ),
    (
        "pages/teach",
        &[
            "api",
            "format",
            "pages/live",
            "pages/tuning",
            "shell",
            "text",
            "verdict",
            "widgets",
        ],
    ),
    (
        "app",
        &[
            "api",
            "pages/line",
            "pages/live",
            "pages/part",
            "pages/quality",
            "pages/rejects",
            "pages/review",
            "pages/station",
            "pages/teach",
            "pages/tuning",
            "shell",
            "text",
            "theme",
        ],
    ),
    ("main", &["app"]),
];

/// Tests of the page may name what they like.
#[test]
fn the_page_imports_downward() {
    let mut untidy = Vec::new();
    for file in files_of(Path::new("ui/src"), &["ts", "tsx"]) {
        let name = file.strip_prefix("ui/src").unwrap();
        if name.starts_with("testing") || name.to_str().unwrap().contains(".test.") {
            continue;
        }
        let room = room_of_page(name);
        let Some((_, allowed)) = PAGE_MAY_IMPORT.iter().find(|(known, _)| *known == room) else {
            untidy.push(format!("{}: unknown room {room}", file.display()));
            continue;
        };
        let text = fs::read_to_string(&file).unwrap();
        for target in imports(&text) {
            let target = room_of_page(&resolved(name.parent().unwrap(), target));
            if target != room && !allowed.contains(&&*target) && !target.ends_with(".css") {
                untidy.push(format!(
                    "{}: {room} may not import {target}",
                    file.display()
                ));
            }
        }
    }
    assert!(untidy.is_empty(), "\n{}", untidy.join("\n"));
}

/// What a script names by its place: `from "../api/types"`, `import("./x")`, `import "./look.css"`.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.match_indices(['"', '\'']).filter_map(|(at, quote)| {
        let before = text[..at].trim_end_matches([' ', '(']);
        let is_import = before.ends_with("from") || before.ends_with("import");
        let rest = &text[at + 1..];
        is_import.then(|| &rest[..rest.find(quote).unwrap_or(0)])
    });
    quoted.filter(|target| target.starts_with('.'))
}

fn resolved(folder: &Path, target: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => assert!(path.pop(), "{target} lies outside of the page"),
            part => path.push(part),
        }
    }
    path
}

/// A folder, a folder of `pages`, or a file beside them without its ending.
fn room_of_page(name: &Path) -> String {
    let parts: Vec<&str> = name.iter().map(|part| part.to_str().unwrap()).collect();
    match parts[..] {
        ["pages", page, _] => format!("pages/{page}"),
        [file] => file
            .trim_end_matches(".tsx")
            .trim_end_matches(".ts")
            .to_owned(),
        _ => parts[0].to_owned(),
    }
}

#[test]
fn imports_of_a_script_are_read() {
    let text = "import { a } from \"../../api/types\";\nimport './look.css';\nconst p = import(\"./x\");\n\
                import b from \"react\";\nconst c = \"../y\";\n";
    let found: Vec<&str> = imports(text).collect();
    assert_eq!(found, ["../../api/types", "./look.css", "./x"]);
    let path = resolved(Path::new("pages/teach"), "../live/live-data");
    assert_eq!(room_of_page(&path), "pages/live");
    assert_eq!(room_of_page(Path::new("format.ts")), "format");
    assert_eq!(room_of_page(Path::new("widgets/panel.tsx")), "widgets");
}
