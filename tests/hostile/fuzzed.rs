//! Requests that schemathesis makes up from the committed document: no answer is a 5xx, and none that the document does
//! not have.

use crate::line::Line;
use std::process::Command;

#[test]
fn requests_made_up_from_the_document_are_answered_as_it_says() {
    let Some(schemathesis) = std::env::var_os("INSPECTOR_SCHEMATHESIS") else {
        eprintln!(
            "SKIPPED: INSPECTOR_SCHEMATHESIS is not set (tests/hostile/schemathesis.sh, make test)"
        );
        return;
    };
    let line = Line::start();
    let fuzzed = Command::new(schemathesis)
        .args([
            "--config-file",
            "tests/hostile/schemathesis.toml",
            "run",
            "ui/openapi.json",
        ])
        .args(["--url", &format!("http://{}", line.station.address)])
        .output();
    let fuzzed = fuzzed.expect("schemathesis runs");
    let said = String::from_utf8_lossy(&fuzzed.stdout);
    assert!(
        fuzzed.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&fuzzed.stderr)
    );
    line.goes_on();
    line.ends_with_every_row();
}
