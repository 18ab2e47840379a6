//! Parts without a result: in their place in an export, and to whoever asks for them.

use super::log::{record, start};
use inspector::export::csv::Csv;
use inspector::export::{Export, parts};
use inspector::ports::log::ResultLog;
use inspector::results::reader::{Filter, Reader};
use inspector::station::part::PartNo;
use inspector::station::result::{Gap, GapCause, Record};
use inspector::station::time::WallTime;
use std::path::Path;

const S: i64 = 1_000_000;

fn gap(first: u64, last: Option<u64>, (from, to): (i64, i64), cause: GapCause) -> Record {
    Record::Gap(Gap {
        first: PartNo(first),
        last: PartNo(last.unwrap_or(first - 1)),
        from: WallTime(from * S),
        to: WallTime(to * S),
        accepted: 0,
        cause,
    })
}

/// Of each line the cells of these columns.
fn lines<const N: usize>(data: &Path, filter: &Filter, columns: [&str; N]) -> Vec<[String; N]> {
    let mut file = Vec::new();
    let export = Export::begin(data, filter).unwrap();
    export
        .write(&mut Csv::begin(&mut file, false).unwrap())
        .unwrap();
    let mut rows = csv::Reader::from_reader(file.as_slice());
    let at = columns.map(|name| {
        parts::names()
            .iter()
            .position(|known| *known == name)
            .unwrap()
    });
    rows.records()
        .map(|row| {
            let row = row.unwrap();
            at.map(|at| row[at].to_owned())
        })
        .collect()
}

const DAY_S: i64 = 86_400;

#[test]
fn a_gap_over_which_the_clock_was_set_back_by_days_is_in_the_exports_of_both_times() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[
        record(1),
        // It began on day 9 and ended on day 6, by the clock.
        gap(2, Some(4), (9 * DAY_S, 6 * DAY_S), GapCause::Overrun),
        gap(5, Some(6), (6 * DAY_S, 6 * DAY_S + 10), GapCause::LogFull),
    ])
    .unwrap();
    let of_day = |day: i64| Filter {
        from_us: Some(day * DAY_S * S),
        to_us: Some((day + 1) * DAY_S * S),
        ..Filter::default()
    };
    let firsts = |day| {
        let lines = lines(data.path(), &of_day(day), ["part_no", "gap"]);
        let gaps = lines.into_iter().filter(|[_, gap]| !gap.is_empty());
        gaps.map(|[first, _]| first).collect::<Vec<_>>()
    };
    assert_eq!(firsts(9), ["2"]);
    assert_eq!(firsts(6), ["2", "5"]);
    assert_eq!(firsts(7), ["2"], "nobody knows when between");
    assert!(firsts(5).is_empty() && firsts(10).is_empty());
}

/// More than are read at a time, before, between and behind the parts.
#[test]
fn an_export_reads_gaps_page_by_page_and_has_each_once_in_its_place() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let many = |first: u64| {
        let gaps = (first..first + 700).map(|at| gap(at, Some(at), (1, 2), GapCause::Overrun));
        gaps.collect::<Vec<_>>()
    };
    log.append(&many(1)).unwrap();
    log.append(&[record(701)]).unwrap();
    log.append(&many(702)).unwrap();
    log.append(&[record(1_402)]).unwrap();
    log.append(&many(1_403)).unwrap();
    let lines = lines(data.path(), &Filter::default(), ["part_no", "gap"]);
    let numbers: Vec<u64> = lines.iter().map(|[no, _]| no.parse().unwrap()).collect();
    assert_eq!(numbers, (1..=2_102).collect::<Vec<_>>());
    let parts: Vec<&String> = lines
        .iter()
        .filter(|[_, gap]| gap.is_empty())
        .map(|[no, _]| no)
        .collect();
    assert_eq!(parts, ["701", "1402"]);
}

#[test]
fn a_log_that_took_no_more_says_how_many_parts_had_gone_on() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let full = |first: u64, last: u64, accepted: u64| {
        Record::Gap(Gap {
            first: PartNo(first),
            last: PartNo(last),
            from: WallTime(1),
            to: WallTime(2),
            accepted,
            cause: GapCause::LogFull,
        })
    };
    log.append(&[full(1, 3, 2), record(4), full(5, 9, 0)])
        .unwrap();
    let reader = Reader::open(data.path()).unwrap();
    let told = reader.gaps(None, 9).unwrap();
    let told: Vec<&str> = told.iter().map(|gap| gap.message.as_str()).collect();
    assert_eq!(told[0], "rejected without a row of their own");
    assert!(
        told[1].contains("2 had been told to go on before that was known"),
        "{told:?}"
    );
}

#[test]
fn an_export_has_each_gap_in_its_place_whatever_else_is_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[
        gap(1, None, (1, 2), GapCause::TriggerGone),
        record(1),
        record(2),
        gap(3, Some(5), (10, 20), GapCause::Overrun),
        gap(6, None, (20, 30), GapCause::TriggerSlow),
        record(6),
        gap(7, Some(9), (40, 50), GapCause::LogFull),
    ])
    .unwrap();
    let columns = [
        "id",
        "part_no",
        "gap",
        "gap_last_part_no",
        "gap_until",
        "verdict",
    ];
    let all = lines(data.path(), &Filter::default(), columns);
    let told: Vec<[&str; 3]> = all
        .iter()
        .map(|[_, part_no, gap, last, ..]| [part_no.as_str(), gap, last])
        .collect();
    let expected = [
        ["1", "trigger_gone", ""],
        ["1", "", ""],
        ["2", "", ""],
        ["3", "overrun", "5"],
        ["6", "trigger_slow", ""],
        ["6", "", ""],
        ["7", "log_full", "9"],
    ];
    assert_eq!(told, expected);
    for [id, _, gap, _, until, verdict] in &all {
        let is_part = gap.is_empty();
        assert_eq!(
            [!id.is_empty(), until.is_empty(), !verdict.is_empty()],
            [is_part; 3]
        );
    }
    assert_eq!(all[3][4], "1970-01-01T00:00:20.000000Z");
    // Of a time: the gaps that reach into it; of a style: those too, because nobody knows what they were.
    let filter = Filter {
        style: Some("no such style".to_owned()),
        from_us: Some(15 * S),
        to_us: Some(40 * S),
        ..Filter::default()
    };
    let some = lines(data.path(), &filter, ["gap"]);
    assert_eq!(some, [["overrun"], ["trigger_slow"]]);
}

#[test]
fn a_gap_that_comes_during_an_export_is_not_in_it() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1)]).unwrap();
    let export = Export::begin(data.path(), &Filter::default()).unwrap();
    log.append(&[gap(2, None, (5, 6), GapCause::TriggersLost)])
        .unwrap();
    let mut file = Vec::new();
    let mut csv = Csv::begin(&mut file, false).unwrap();
    assert_eq!(export.write(&mut csv).unwrap(), 1);
    drop(csv);
    assert!(!String::from_utf8(file).unwrap().contains("triggers_lost"));
}

#[test]
fn gaps_are_told_the_newest_first_page_by_page() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    for first in 1..=5 {
        let at = (first as i64, first as i64 + 1);
        log.append(&[gap(first, None, at, GapCause::CameraGone), record(first)])
            .unwrap();
    }
    let reader = Reader::open(data.path()).unwrap();
    let newest = reader.gaps(None, 2).unwrap();
    let firsts = |gaps: &[inspector::results::reader::RecordedGap]| -> Vec<i64> {
        gaps.iter().map(|gap| gap.first_part_no).collect()
    };
    assert_eq!(firsts(&newest), [5, 4]);
    assert_eq!((newest[1].from_us, newest[1].last_part_no), (4 * S, None));
    let older = reader.gaps(Some(newest[1].place()), 9).unwrap();
    assert_eq!(firsts(&older), [3, 2, 1]);
}

#[test]
fn gaps_of_several_kinds_in_one_place_come_together_and_none_is_lost_between_pages() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let causes = [
        GapCause::CameraGone,
        GapCause::TriggerGone,
        GapCause::TriggerSlow,
        GapCause::TriggersLost,
    ];
    for first in [1, 5, 9] {
        for cause in causes {
            log.append(&[gap(first, None, (1, 2), cause)]).unwrap();
        }
    }
    let reader = Reader::open(data.path()).unwrap();
    for limit in 1..=13 {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = reader.gaps(before, limit).unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.place());
            let told = page.iter().map(|gap| (gap.first_part_no, gap.kind.clone()));
            all.extend(told);
        }
        let expected: Vec<(i64, String)> = [9, 5, 1]
            .into_iter()
            .flat_map(|first| causes.map(|cause| (first, cause.name().to_owned())))
            .collect();
        let mut sorted = expected.clone();
        sorted.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        assert_eq!(all, sorted, "{limit} at a time");
    }
}
