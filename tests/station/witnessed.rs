//! Law 7, by somebody who remembers: a witness that is not ours (`aics-witness`, c2sp.org/tlog-witness) cosigns what the log
//! grows by, and refuses a fork, a log that was put back, and one that was written anew.

use super::witness::{Rig, Serving, commissioned, copied, program, ran, said, served, witness};
use inspector::results::open;
use inspector::telemetry::alarm::AlarmChange;
use inspector::telemetry::catalogue::Code;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

fn refused(rig: &mut Rig) -> String {
    let mut changes = rig.look();
    assert_eq!(changes.len(), 1, "{changes:?}");
    let alarm = changes.remove(0);
    assert_eq!(
        (alarm.code, alarm.is_active),
        (Code::WitnessRefused, true),
        "{alarm:?}"
    );
    assert_eq!(alarm.subject, "w.example/one");
    alarm.message
}

#[test]
fn a_witness_cosigns_what_the_log_grows_by_and_refuses_another_history() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let data = home.join("data");
    let inspector = env!("CARGO_BIN_EXE_inspector");
    let key = commissioned(home);
    let Some(serving) = witness(&home.join("w"), key.trim()) else {
        return;
    };
    let mut rig = Rig::start(&data, &serving);
    for grown in 1..=3 {
        rig.grow(10 * grown);
        rig.until_cosigned(grown as i64);
    }
    assert_eq!((rig.look(), rig.cosigned()), (Vec::new(), 3), "nothing new");
    rig.stop();
    // As it was then, for whoever puts it back.
    copied(&data, &home.join("fork"));
    copied(&data, &home.join("back"));
    copied(&data, &home.join("twin"));

    // The station goes on, and lacks a cosignature that was given, as one that was killed.
    let log = Connection::open(open::database(&data)).unwrap();
    let lose = "update checkpoint set note = substr(note, 1, instr(note, '\u{2014} w.example') - 1)
        where size = (select max(size) from checkpoint where note like '%w.example%')";
    assert_eq!(log.execute(lose, []).unwrap(), 1);
    drop(log);
    let mut rig = Rig::start(&data, &serving);
    rig.grow(100);
    // Two of before, and the newest.
    rig.until_cosigned(3);
    rig.stop();
    let (witness_key, data_args) = (
        serving.key.as_str(),
        ["verify", "--data", "data", "--witness"],
    );
    let args = [&data_args[..], &[witness_key]].concat();
    let told = said(home, inspector, &args);
    assert!(
        told.contains("cosigned   3 checkpoints by w.example/one, the newest over "),
        "{told}"
    );

    refuses_copies(home, &serving);
    is_taken_by_others(home, key.trim(), &serving);
}

/// One that went on otherwise, and one that was put back.
fn refuses_copies(home: &Path, serving: &Serving) {
    let mut fork = Rig::start(&home.join("fork"), serving);
    // Other parts than those that the witness has seen.
    fork.parts = 1_000;
    fork.grow(300);
    let why = refused(&mut fork);
    assert!(why.contains("history was rewritten"), "{why}");
    assert_eq!(fork.cosigned(), 3);
    fork.stop();
    // As many leaves as the witness has seen, of other parts.
    let mut twin = Rig::start(&home.join("twin"), serving);
    twin.parts = 1_000;
    twin.grow(100);
    let why = refused(&mut twin);
    assert!(why.contains("history was rewritten"), "{why}");
    twin.stop();
    let mut back = Rig::start(&home.join("back"), serving);
    back.grow(1);
    let why = refused(&mut back);
    assert!(why.contains("rolled back or cut off"), "{why}");
    back.stop();
}

/// An outsider's program takes the checkpoint with both signatures, and ours no key that did not sign.
fn is_taken_by_others(home: &Path, key: &str, serving: &Serving) {
    let (data, inspector) = (home.join("data"), env!("CARGO_BIN_EXE_inspector"));
    let witness_key = serving.key.as_str();
    let export = [
        "export",
        "--data",
        "data",
        "--format",
        "checkpoint",
        "--out",
        "checkpoint",
    ];
    said(home, inspector, &export);
    // The newest is that of the job's end, which nobody was asked for; the one before it is cosigned.
    let note: String = Connection::open(open::database(&data))
        .unwrap()
        .query_row(
            "select note from checkpoint where note like '%w.example%' order by size desc limit 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    std::fs::write(home.join("checkpoint"), note).unwrap();
    let aics = program().unwrap().with_file_name("aics-tlog");
    let origin = key.split('+').next().unwrap();
    let mut args = vec![
        "verify-checkpoint",
        "--note",
        "checkpoint",
        "--log-key",
        key,
    ];
    args.extend([
        "--origin",
        origin,
        "--witness-key",
        witness_key,
        "--quorum",
        "1",
    ]);
    said(home, &aics, &args);
    let other = "w.example/one+00000000+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let refused = ran(
        home,
        inspector,
        &["verify", "--data", "data", "--witness", other],
    );
    assert!(!refused.status.success(), "no such key");
}

#[test]
fn a_witness_that_is_away_is_an_alarm_after_a_while_and_ends_with_its_cosignature() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let data = home.join("data");
    let key = commissioned(home);
    let Some(mut serving) = witness(&home.join("w"), key.trim()) else {
        return;
    };
    let mut rig = Rig::start(&data, &serving);
    rig.grow(3);
    serving.process.kill().unwrap();
    serving.process.wait().unwrap();
    assert_eq!(rig.look(), [], "not at once");
    let alarm = rig.look().pop().expect("an alarm");
    assert_eq!((alarm.code, alarm.is_active), (Code::WitnessFailed, true));
    assert!(alarm.message.contains("inspector key --plain"), "{alarm:?}");
    serving.process = served(&home.join("w"));
    let mut over = Vec::new();
    for _ in 0..1_500 {
        over = rig.look();
        over.retain(|change| !change.is_active);
        if !over.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(over[0].code, Code::WitnessFailed);
    assert_eq!(rig.cosigned(), 1);
}

/// The board has one alarm of a witness at a time: silence ends where a refusal begins, and both with a cosignature.
#[test]
fn a_refusal_ends_the_alarm_of_a_witness_that_was_away() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let data = home.join("data");
    let key = commissioned(home);
    let Some(mut serving) = witness(&home.join("w"), key.trim()) else {
        return;
    };
    let mut rig = Rig::start(&data, &serving);
    rig.grow(3);
    rig.until_cosigned(1);
    rig.stop();
    copied(&data, &home.join("fork"));
    let mut rig = Rig::start(&data, &serving);
    rig.grow(3);
    rig.until_cosigned(2);
    rig.stop();
    let mut fork = Rig::start(&home.join("fork"), &serving);
    fork.parts = 1_000;
    fork.grow(30);
    serving.process.kill().unwrap();
    serving.process.wait().unwrap();
    assert_eq!(fork.look(), []);
    let told = |changes: &[AlarmChange]| -> Vec<(Code, bool)> {
        let all = changes.iter();
        all.map(|change| (change.code, change.is_active)).collect()
    };
    assert_eq!(told(&fork.look()), [(Code::WitnessFailed, true)]);
    serving.process = served(&home.join("w"));
    let mut changes = Vec::new();
    for _ in 0..1_500 {
        changes = told(&fork.look());
        if changes != [(Code::WitnessFailed, true)] {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(
        changes,
        [(Code::WitnessFailed, false), (Code::WitnessRefused, true)]
    );
    fork.stop();
}
