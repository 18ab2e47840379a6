//! The rules that `promtool check metrics` holds metrics to (prometheus/prometheus, util/promlint), and those of
//! prometheus.io/docs/practices/naming, held against what a station with everything says.

use super::*;
use crate::queue::{WhenFull, queue};
use crate::station::state::State;
use std::collections::BTreeSet;
use std::time::Duration;

fn station() -> String {
    let stats = Stats::new(2);
    stats.state.set(State::ContinuousExecution);
    stats.counts.announced.add(5);
    stats.counts.pass.add(4);
    stats.counts.fail.add(1);
    for us in [90, 900, 90_000, 20_000_000] {
        stats.stages.decide.record(Duration::from_micros(us));
    }
    stats.oldest_waiting.set(Some(Instant::from_millis(1_000)));
    let gauges = ["results", "arrivals", "arrivals"].map(|name| {
        let (tx, _) = queue::<u8>(name, 4, WhenFull::DropNewest, None);
        tx.gauge()
    });
    let alarm = Alarm {
        code: Code::CameraGone,
        subject: "top".to_owned(),
        message: "it is gone".to_owned(),
        began: WallTime(1),
        last_seen: WallTime(1),
        ended: None,
        count: 1,
        acknowledged: None,
    };
    text(&Scraped {
        stats: &stats,
        gauges: &gauges,
        cameras: vec!["top", "side \"left\"\n"],
        alarms: &[alarm],
        started_at: WallTime(1_700_000_000_000_000),
        now: Instant::from_millis(3_500),
        event_streams: 2,
    })
    .expect("written")
}

/// Name, help and type of each family, and its samples.
struct Shown {
    help: String,
    kind: String,
    samples: Vec<(String, String)>,
}

fn families(text: &str) -> BTreeMap<String, Shown> {
    let mut families = BTreeMap::<String, Shown>::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help text");
            let shown = Shown {
                help: help.to_owned(),
                kind: String::new(),
                samples: Vec::new(),
            };
            assert!(
                families.insert(name.to_owned(), shown).is_none(),
                "{name} is there twice"
            );
            current = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert_eq!(name, current, "the type follows the help");
            families.get_mut(name).expect("its help").kind = kind.to_owned();
        } else if !line.starts_with('#') {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = series.split('{').next().expect("a name");
            let family = families.get_mut(&current).expect("its help");
            let rest = name.strip_prefix(current.as_str());
            let is_of_it = match family.kind.as_str() {
                "histogram" => matches!(rest, Some("_bucket" | "_sum" | "_count")),
                _ => rest == Some(""),
            };
            assert!(is_of_it, "{name} stands under {current}");
            family.samples.push((series.to_owned(), value.to_owned()));
        }
    }
    families
}

#[test]
fn names_and_units_are_as_the_rules_of_prometheus_say() {
    let families = families(&station());
    assert!(families.len() > 20);
    const OTHER_UNITS: [&str; 10] = [
        "milliseconds",
        "microseconds",
        "nanoseconds",
        "minutes",
        "hours",
        "ms",
        "us",
        "kilobytes",
        "percent",
        "bits",
    ];
    const KINDS: [&str; 5] = ["gauge", "counter", "histogram", "summary", "untyped"];
    for (name, family) in &families {
        assert!(name.starts_with("inspector_"), "{name}");
        assert!(!family.help.is_empty(), "{name}: no help");
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(name.chars().all(is_plain) && !name.contains("__"), "{name}");
        let words: Vec<&str> = name.split('_').collect();
        for unit in OTHER_UNITS {
            assert!(!words.contains(&unit), "{name}: not a base unit");
        }
        for kind in KINDS {
            assert!(!words.contains(&kind), "{name}: names its type");
        }
        // A unit stands at the end, but for `_total`.
        for unit in ["seconds", "bytes"] {
            if let Some(at) = words.iter().position(|word| *word == unit) {
                let after = &words[at + 1..];
                assert!(after.is_empty() || after == ["total"], "{name}");
            }
        }
        assert_eq!(family.kind == "counter", name.ends_with("_total"), "{name}");
        for reserved in ["_count", "_sum", "_bucket"] {
            assert!(!name.ends_with(reserved), "{name}");
        }
        assert!(!family.samples.is_empty(), "{name}");
        let series: BTreeSet<&String> = family.samples.iter().map(|(series, _)| series).collect();
        assert_eq!(series.len(), family.samples.len(), "{name}: a series twice");
    }
}

#[test]
fn figures_are_those_of_the_station() {
    let families = families(&station());
    let value = |family: &str, series: &str| {
        let samples = &families[family].samples;
        let found = samples.iter().find(|(name, _)| name == series);
        found.map(|(_, value)| value.parse::<f64>().expect("a number"))
    };
    assert_eq!(
        value("inspector_triggers_total", "inspector_triggers_total"),
        Some(5.0)
    );
    let pass = "inspector_parts_total{verdict=\"pass\"}";
    assert_eq!(value("inspector_parts_total", pass), Some(4.0));
    let waited = "inspector_results_oldest_wait_seconds";
    assert_eq!(value(waited, waited), Some(2.5));
    let gone = "inspector_alarm_active{code=\"camera_gone\",severity=\"error\"}";
    assert_eq!(value("inspector_alarm_active", gone), Some(1.0));
    for (duty, is_ready) in [("line", 0.0), ("recording", 1.0), ("deciding", 1.0)] {
        let series = format!("inspector_ready{{duty=\"{duty}\"}}");
        assert_eq!(value("inspector_ready", &series), Some(is_ready), "{duty}");
    }
    let second = "inspector_queue_items_max{queue=\"arrivals\",number=\"1\"}";
    assert_eq!(value("inspector_queue_items_max", second), Some(4.0));
    let escaped = "inspector_camera_connected{camera=\"side \\\"left\\\"\\n\"}";
    assert_eq!(value("inspector_camera_connected", escaped), Some(0.0));
    let histogram = "inspector_stage_duration_seconds";
    let of_decide = |suffix: &str, more: &str| {
        value(
            histogram,
            &format!("{histogram}{suffix}{{{more}stage=\"decide\"}}"),
        )
        .or_else(|| {
            value(
                histogram,
                &format!(
                    "{histogram}{suffix}{{stage=\"decide\",{}}}",
                    more.trim_end_matches(',')
                ),
            )
        })
    };
    assert_eq!(
        of_decide("_count", ""),
        value(histogram, &format!("{histogram}_count{{stage=\"decide\"}}"))
    );
    assert_eq!(of_decide("_bucket", "le=\"0.0001\","), Some(1.0));
    assert_eq!(of_decide("_bucket", "le=\"0.001\","), Some(2.0));
    assert_eq!(of_decide("_bucket", "le=\"0.1\","), Some(3.0));
    assert_eq!(of_decide("_bucket", "le=\"10\","), Some(3.0));
    assert_eq!(of_decide("_bucket", "le=\"+Inf\","), Some(4.0));
    let sum = value(histogram, &format!("{histogram}_sum{{stage=\"decide\"}}"));
    assert!(
        sum.is_some_and(|sum| (sum - 20.09099).abs() < 1e-6),
        "{sum:?}"
    );
}
