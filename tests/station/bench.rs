//! `inspector bench` as an integrator calls it.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const MODEL: &str = "models/demo";

fn bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .arg("bench")
        .args(args)
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn report(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("a report");
    serde_json::from_str(&text).expect("JSON")
}

/// Every scenario, as short as it can be.
const EVERY: &str = r#"
[[case]]
scenarios = ["cold", "burst", "mixed", "takt", "streams", "end-to-end", "soak"]
takts_ms = [60]
budget_ms = 5000
queries = 2
warm_up = 1
widths = [2]
threads = [1]

[[case]]
scenarios = ["saturate"]
seconds = 2
"#;

#[test]
fn every_scenario_gives_figures_and_a_page() {
    let home = tempfile::tempdir().expect("a folder");
    let at = |name: &str| home.path().join(name);
    fs::write(at("plan.toml"), EVERY).expect("room");
    let (plan, out, html) = (at("plan.toml"), at("out.json"), at("out.html"));
    let files = [&plan, &out, &html].map(|file| file.to_str().expect("text"));
    let done = bench(&[
        MODEL, "--plan", files[0], "--out", files[1], "--html", files[2],
    ]);
    assert!(
        done.status.success(),
        "{}{}",
        text(&done.stdout),
        text(&done.stderr)
    );
    let report = report(&out);
    assert_eq!(report["is_complete"], true);
    let results = report["results"].as_array().expect("a list");
    assert_eq!(results.len(), 8);
    for result in results {
        let figures = &result["outcome"]["measured"];
        let scenario = result["case"]["scenario"].as_str().expect("a name");
        assert!(
            figures["latency"]["count"].as_u64() > Some(0),
            "{scenario}: {result}"
        );
        let own = match scenario {
            "streams" | "mixed" | "cold" => scenario,
            "saturate" => "raw",
            "end-to-end" => "end_to_end",
            _ => "deadline",
        };
        assert!(figures[own].is_object(), "{scenario} tells {own}");
        let verdicts = &figures["verdicts"];
        let judged = ["pass", "fail"].map(|verdict| verdicts[verdict].as_u64().expect("a count"));
        if scenario != "cold" {
            assert_eq!(
                Some(judged.iter().sum()),
                figures["queries"].as_u64(),
                "{scenario}"
            );
        }
    }
    assert!(report["machine"]["cores"].as_u64() > Some(0));
    let page = fs::read_to_string(&html).expect("a page");
    assert!(page.contains("On this machine, demo-parts"), "{page}");
    let shown = text(&done.stdout);
    assert!(
        shown.contains("demo-parts holds 5000 ms with max = "),
        "{shown}"
    );
    assert!(shown.contains("p99.9 needs 3688 parts"), "{shown}");

    // Everything has its result, so nothing is run again, and nothing has changed.
    let before = fs::read(&out).expect("a report");
    let again = bench(&[MODEL, "--plan", files[0], "--out", files[1], "--resume"]);
    assert!(text(&again.stderr).contains("8 of 8 cases have a result already"));
    assert!(
        fs::read(&out).expect("a report") == before,
        "it was written otherwise"
    );
    let refused = bench(&[MODEL, "--plan", files[0], "--out", files[1]]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("--resume to go on with it"));
    let compared = bench(&["compare", files[1], files[1]]);
    assert!(compared.status.success(), "{}", text(&compared.stderr));
    assert!(text(&compared.stdout).contains("saturate demo-parts"));
}

#[test]
fn no_time_is_told_for_wrong_verdicts() {
    let home = tempfile::tempdir().expect("a folder");
    let copy = home.path().join("demo");
    fs::create_dir_all(copy.join("references")).expect("room");
    for entry in fs::read_dir(Path::new(MODEL).join("references")).expect("they are there") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name");
        fs::copy(&path, copy.join("references").join(name)).expect("room");
    }
    for file in ["model.toml", "model.onnx"] {
        fs::copy(Path::new(MODEL).join(file), copy.join(file)).expect("room");
    }
    // A score map that is another than the one that was promised.
    let maps = |name: &str| copy.join("references").join(format!("{name}.map.png"));
    fs::copy(maps("view0-1"), maps("view0-2")).expect("room");
    let out = home.path().join("out.json");
    let done = bench(&[
        copy.to_str().expect("text"),
        "--takt-ms",
        "50",
        "--queries",
        "3",
        "--out",
        out.to_str().expect("text"),
    ]);
    let told = text(&done.stdout) + &text(&done.stderr);
    assert_eq!(done.status.code(), Some(5), "{told}");
    assert!(!told.contains("holds"), "{told}");
}

#[test]
fn wrong_arguments_say_what_was_expected() {
    let home = tempfile::tempdir().expect("a folder");
    let plan = home.path().join("plan.toml");
    fs::write(&plan, "[[case]]\nscenario = [\"takt\"]\n").expect("room");
    let plan = plan.to_str().expect("text");
    for (args, code, expected) in [
        (&[][..], 3, "expected a bundle to measure, found none"),
        (&["nowhere"], 5, "nowhere"),
        (
            &[MODEL, "--plan", "slow"],
            3,
            "expected quick, full, gpu or a file",
        ),
        (&[MODEL, "--plan", plan], 3, "unknown field `scenario`"),
        (
            &[MODEL, "--plan", "quick", "--takt-ms", "5"],
            3,
            "put the rest into a plan file",
        ),
        (
            &[MODEL, "--scenario", "tact"],
            2,
            "expected one of cold, takt",
        ),
        (
            &[MODEL, "--provider", "gpu"],
            3,
            "openvino:gpu, openvino:npu",
        ),
        (&[MODEL, "--size", "1280"], 3, "expected width and height"),
        (
            &[MODEL, "--threshold", "2"],
            3,
            "--threshold: expected 0 to 1, found 2",
        ),
        (
            &["report", plan, "--html", "x.html"],
            3,
            "expected a report of `inspector bench`",
        ),
    ] {
        let done = bench(args);
        let told = text(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains(expected), "{args:?}: {told}");
    }
}

#[test]
fn it_stops_when_told_and_goes_on_later() {
    let home = tempfile::tempdir().expect("a folder");
    let out = home.path().join("out.json");
    let args = [
        "--scenario",
        "takt",
        "--takt-ms",
        "30,31",
        "--queries",
        "100",
        "--warm-up",
        "1",
        "--threads",
        "1",
    ];
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inspector"));
        command
            .args(["bench", MODEL])
            .args(args)
            .arg("--out")
            .arg(&out)
            .args(more);
        command
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs")
    };
    let running = run(&[]);
    let mut waited = 0;
    while !out.exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
        waited += 1;
        assert!(waited < 6_000, "the first case never ended");
    }
    let signalled = Command::new("kill")
        .args(["-INT", &running.id().to_string()])
        .status();
    assert!(signalled.expect("kill runs").success());
    let stopped = running.wait_with_output().expect("it ends");
    let told = text(&stopped.stderr);
    let first = report(&out);
    assert_eq!(first["is_complete"], false, "{told}");
    assert_eq!(first["results"].as_array().map(Vec::len), Some(1), "{told}");
    assert!(
        told.contains("--resume goes on with what is left"),
        "{told}"
    );
    let done = run(&["--resume"]).wait_with_output().expect("it ends");
    assert!(done.status.success(), "{}", text(&done.stderr));
    let both = report(&out);
    assert_eq!(both["is_complete"], true);
    assert_eq!(
        both["results"][0], first["results"][0],
        "it was not measured again"
    );
    assert_eq!(both["results"].as_array().map(Vec::len), Some(2));
}
