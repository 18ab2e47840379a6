//! What commands show passes through one door, which escapes what a terminal must not get.

use super::source::{code, files, without_tests};
use std::fs;
use std::path::Path;

const DOOR: &str = "inspector/cli/terminal";

#[test]
fn commands_print_through_one_door() {
    let bare = [
        "print!",
        "println!",
        "eprint!",
        "eprintln!",
        "io::stdout",
        "io::stderr",
    ];
    let mut found = Vec::new();
    for file in files(Path::new("inspector/cli"))
        .into_iter()
        .chain([Path::new("inspector/main.rs").to_owned()])
    {
        if file.starts_with(DOOR) {
            continue;
        }
        let text = without_tests(&code(&fs::read_to_string(&file).unwrap()));
        for (number, line) in text.lines().enumerate() {
            if let Some(bare) = bare.iter().find(|bare| line.contains(**bare)) {
                let place = format!("{}:{}", file.display(), number + 1);
                found.push(format!(
                    "{place}: {bare}; use say!, remark! or what {DOOR} offers"
                ));
            }
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}
