//! `inspector bench` as an integrator calls it.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const MODEL: &str = "models/assets/demo";

pub fn bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .arg("bench")
        .args(args)
        .output()
        .expect("the binary runs")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn report(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("a report");
    serde_json::from_str(&text).expect("JSON")
}

/// Every scenario, as short as it can be.
const EVERY: &str = r#"
[[case]]
scenarios = ["cold", "burst", "mixed", "takt", "streams", "end-to-end", "soak"]
takts_ms = [250]
budget_ms = 5000
queries = 2
warm_up = 1
widths = [2]
threads = [1]

[[case]]
scenarios = ["end-to-end"]
outputs = ["modbus", "handshake"]
takts_ms = [250]
budget_ms = 5000
queries = 3
warm_up = 1
threads = [1]

[[case]]
scenarios = ["saturate"]
seconds = 2
"#;

/// In a debug build a verdict alone takes longer than this takt.
#[test]
fn a_takt_that_the_plc_cannot_keep_is_refused_with_what_it_takes() {
    let home = tempfile::tempdir().expect("a folder");
    let out = home.path().join("out.json");
    let file = out.to_str().expect("text");
    let done = bench(&[
        MODEL,
        "--scenario",
        "end-to-end",
        "--output",
        "handshake",
        // Shorter than the model alone takes.
        "--takt-ms",
        "3",
        "--budget-ms",
        "900",
        "--queries",
        "60",
        "--warm-up",
        "1",
        "--out",
        file,
    ]);
    let report = report(&out);
    let told = report["results"][0]["outcome"].to_string();
    assert!(
        told.contains("cannot keep a takt of 3.0 ms: its handshake takes "),
        "{told} {}",
        text(&done.stderr)
    );
}

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
    assert_eq!(results.len(), 10);
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
        if let Some(output) = result["case"]["output"].as_str() {
            let over = &figures["end_to_end"]["over_modbus"];
            let answered = over["took"]["count"].as_u64().expect("a count");
            assert!(answered > 0, "{output}: {figures}");
            assert_eq!(Some(3 - answered), over["unanswered"].as_u64(), "{output}");
        }
        let verdicts = &figures["verdicts"];
        // On a busy machine the output may be set too late, and then a part counts as not decided.
        let allowed = match scenario {
            "end-to-end" => &["pass", "fail", "not_decided"][..],
            _ => &["pass", "fail"],
        };
        let judged = allowed
            .iter()
            .map(|verdict| verdicts[*verdict].as_u64().expect("a count"));
        if scenario != "cold" {
            assert_eq!(
                Some(judged.sum()),
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
    assert!(text(&again.stderr).contains("10 of 10 cases have a result already"));
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
        (
            &[][..],
            3,
            "expected a bundle or --settings to measure, found none",
        ),
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
        (&[MODEL, "--workers", "0"], 3, "workers: expected 1 to 64"),
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

/// Starts two cases that take three seconds each.
fn started(out: &Path, more: &[&str]) -> Child {
    let args = "--scenario takt --takt-ms 30,31 --queries 100 --warm-up 1 --threads 1 --workers 2";
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["bench", MODEL])
        .args(args.split(' '))
        .arg("--out")
        .arg(out)
        .args(more)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs")
}

/// The report with the first result, as soon as it is there.
fn first_of(out: &Path) -> Value {
    for _ in 0..6_000 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        if out.exists() && count(&report(out)) == 1 {
            return report(out);
        }
    }
    panic!("the first case never ended");
}

fn count(report: &Value) -> usize {
    report["results"].as_array().map_or(0, Vec::len)
}

fn goes_on(out: &Path, first: &Value) {
    assert_eq!(first["is_complete"], false);
    let done = started(out, &["--resume"]).wait_with_output();
    let done = done.expect("it ends");
    assert!(done.status.success(), "{}", text(&done.stderr));
    let both = report(out);
    assert_eq!(both["is_complete"], true);
    assert_eq!(count(&both), 2);
    let [known, again] = [&both, first].map(|report| &report["results"][0]);
    assert_eq!(known, again, "it was not measured again");
    assert_eq!(known["case"]["workers"], 2);
}

#[test]
fn it_stops_when_told_and_goes_on_later() {
    let home = tempfile::tempdir().expect("a folder");
    let out = home.path().join("out.json");
    let running = started(&out, &[]);
    first_of(&out);
    let signalled = Command::new("kill")
        .args(["-INT", &running.id().to_string()])
        .status();
    assert!(signalled.expect("kill runs").success());
    let stopped = running.wait_with_output().expect("it ends");
    let told = text(&stopped.stderr);
    assert!(
        told.contains("--resume goes on with what is left"),
        "{told}"
    );
    let first = report(&out);
    assert_eq!(count(&first), 1, "{told}");
    goes_on(&out, &first);
}

#[test]
fn what_was_measured_before_it_was_killed_is_kept() {
    let home = tempfile::tempdir().expect("a folder");
    let out = home.path().join("out.json");
    // One without results holds nothing that could be lost, so that nobody has to say --resume.
    let mut killed = started(&out, &[]);
    while !out.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!(killed.try_wait().expect("it is known").is_none());
    }
    killed.kill().expect("killed");
    killed.wait().expect("it ends");
    assert_eq!(count(&report(&out)), 0);
    let mut running = started(&out, &[]);
    first_of(&out);
    running.kill().expect("killed");
    running.wait().expect("it ends");
    let first = report(&out);
    assert_eq!(count(&first), 1);
    goes_on(&out, &first);
}

#[test]
fn files_that_cannot_be_written_are_told_before_anything_is_measured() {
    let home = tempfile::tempdir().expect("a folder");
    let absent = home.path().join("absent/file");
    for argument in ["--out", "--html"] {
        let absent = absent.to_str().expect("text");
        let done = bench(&[MODEL, "--queries", "2", argument, absent]);
        let told = text(&done.stderr);
        assert_eq!(done.status.code(), Some(6), "{told}");
        assert!(told.contains(&format!("write {absent}: ")), "{told}");
        assert!(!told.contains("takt"), "{told}");
    }
    let folder = home.path().to_str().expect("text");
    let done = bench(&[MODEL, "--queries", "2", "--html", folder]);
    assert_eq!(done.status.code(), Some(6), "{}", text(&done.stderr));
    let left = fs::read_dir(home.path()).expect("a folder").count();
    assert_eq!(left, 0, "something was left behind");
}
