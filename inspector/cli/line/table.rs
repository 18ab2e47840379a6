//! What `/api/line` says, as lines for a terminal; and what changed between two looks.

use serde_json::Value;
use std::collections::HashMap;

/// Edges that a line of the table shows.
const EDGES_SHOWN: usize = 4;

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn now_us(line: &Value) -> i64 {
    line["server_time_us"].as_i64().unwrap_or_default()
}

/// How long ago, in a unit that says enough.
fn ago(line: &Value, at: &Value) -> String {
    let Some(at) = at.as_i64() else {
        return "never".to_owned();
    };
    let ms = (now_us(line) - at).max(0) / 1_000;
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..100_000 => format!("{:.1} s", ms as f64 / 1e3),
        _ => format!("{} min", ms / 60_000),
    }
}

pub(super) fn value_of(signal: &Value) -> String {
    match text(&signal["kind"]) {
        "bit" if signal["is_on"] == true => "on".to_owned(),
        "bit" => "off".to_owned(),
        "number" => match signal["per_second"].as_f64() {
            Some(rate) if rate != 0.0 => format!("{} ({rate:.0} a second)", signal["number"]),
            _ => signal["number"].to_string(),
        },
        "text" => format!("{:?}", text(&signal["text"])),
        _ => "unknown".to_owned(),
    }
}

/// The last edges, newest first: `on 0.3 s, off 0.8 s ago`.
fn history(line: &Value, signal: &Value) -> String {
    let edges = list(&signal["edges"]).iter().rev().take(EDGES_SHOWN);
    let said: Vec<String> = edges
        .map(|edge| {
            let to = if edge["is_on"] == true { "on" } else { "off" };
            format!("{to} {}", ago(line, &edge["at_us"]))
        })
        .collect();
    let changes = match (said.is_empty(), signal["changed_us"].is_null()) {
        (false, _) => format!("{} changes: {} ago", signal["changes"], said.join(", ")),
        (true, false) => format!("changed {} ago", ago(line, &signal["changed_us"])),
        (true, true) => "no change seen".to_owned(),
    };
    format!("{changes}{}", unseen(line, &signal["unseen"]))
}

/// When a trigger was last looked at so rarely that a part may have come unseen.
fn unseen(line: &Value, unseen: &Value) -> String {
    let (Some(since), Some(until)) = (unseen["since_us"].as_i64(), unseen["until_us"].as_i64())
    else {
        return String::new();
    };
    format!(
        "; NOT LOOKED AT for {} ms, {} ago ({} times)",
        (until - since) / 1_000,
        ago(line, &unseen["until_us"]),
        unseen["times"]
    )
}

pub(super) fn device_line(line: &Value, device: &Value) -> String {
    let state = match (&device["is_connected"], device["since_us"].is_null()) {
        (Value::Bool(true), _) => format!("answers for {}", ago(line, &device["since_us"])),
        (_, false) => format!(
            "does not answer for {}: {}",
            ago(line, &device["since_us"]),
            text(&device["reason"])
        ),
        (_, true) if device["handshake"].is_null() => "not asked yet".to_owned(),
        (_, true) => "the PLC has not asked yet".to_owned(),
    };
    let state = match device["said"].as_str() {
        Some(said) => format!(
            "{state}; said {said:?} {} ago",
            ago(line, &device["said_us"])
        ),
        None => state,
    };
    format!(
        "device  {:20} {:14} {state}",
        text(&device["name"]),
        text(&device["kind"])
    )
}

fn handshake_lines(line: &Value, device: &Value) -> Vec<String> {
    let handshake = &device["handshake"];
    let on = |side: &str| {
        let bits = list(&handshake[side]).iter();
        let on: Vec<&str> = bits
            .filter(|bit| bit["is_on"] == true)
            .map(|bit| text(&bit["name"]))
            .collect();
        if on.is_empty() {
            "nothing".to_owned()
        } else {
            on.join(" ")
        }
    };
    let wait = |half: &str| {
        let wait = &handshake[half];
        (!wait.is_null()).then(|| {
            let for_so_long = ago(line, &wait["since_us"]);
            format!("  waits   {} ({for_so_long})", text(&wait["text"]["en"]))
        })
    };
    let mut lines = vec![
        format!("  PLC     sets {}", on("plc")),
        format!(
            "  station sets {}; AcquisitionID {}, InspectionID {}, ErrorCode {}",
            on("station"),
            handshake["acquisition_id"],
            handshake["inspection_id"],
            handshake["error_code"]
        ),
    ];
    lines.extend(["trigger", "result"].into_iter().filter_map(wait));
    lines
}

pub(super) fn direction(signal: &Value) -> &'static str {
    if signal["is_output"] == true {
        "output"
    } else {
        "input"
    }
}

/// Everything, one thing a line.
pub(super) fn lines(line: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for device in list(&line["devices"]) {
        lines.push(device_line(line, device));
        if !device["handshake"].is_null() {
            lines.extend(handshake_lines(line, device));
        }
    }
    for signal in list(&line["signals"]) {
        lines.push(format!(
            "{:7} {:24} {:20} {:12} {}",
            direction(signal),
            text(&signal["meaning"]),
            format!("{} {}", text(&signal["device"]), text(&signal["address"])),
            value_of(signal),
            history(line, signal)
        ));
    }
    if let Some(mm_s) = line["encoder"]["mm_s"].as_f64() {
        lines.push(format!("belt    {mm_s:.1} mm/s"));
    }
    for (key, said) in [
        ("rejects", "every part is rejected"),
        ("stops", "the line is to stand still"),
    ] {
        let cause = &line[key];
        if !cause.is_null() {
            lines.push(format!(
                "station {said} for {}: {}",
                ago(line, &cause["since_us"]),
                text(&cause["meaning"]["en"])
            ));
        }
    }
    lines
}

/// What changed since the look before.
pub(super) struct Changes {
    /// Of bits, how often they had changed; of the others, what they were.
    known: HashMap<String, (u64, String)>,
    begun_us: i64,
}

struct Seen<'a> {
    key: String,
    said: String,
    value: &'a Value,
    shown: String,
}

fn all(line: &Value) -> Vec<Seen<'_>> {
    let mut all = Vec::new();
    for device in list(&line["devices"]) {
        let name = text(&device["name"]);
        for side in ["plc", "station"] {
            for bit in list(&device["handshake"][side]) {
                let bit_name = text(&bit["name"]);
                all.push(Seen {
                    key: format!("{name} {side} {bit_name}"),
                    said: format!("{side:7} {bit_name} ({name})"),
                    value: bit,
                    shown: String::new(),
                });
            }
        }
        all.push(Seen {
            key: format!("{name} device"),
            said: format!("device  {name}"),
            value: device,
            shown: match (&device["is_connected"], device["said"].as_str()) {
                (Value::Bool(true), Some(said)) => {
                    format!("said {said:?} ({} times so far)", device["said_times"])
                }
                (Value::Bool(true), None) => "answers".to_owned(),
                _ => format!("does not answer: {}", text(&device["reason"])),
            },
        });
    }
    for signal in list(&line["signals"]) {
        let place = format!("{} {}", text(&signal["device"]), text(&signal["address"]));
        all.push(Seen {
            key: place.clone() + direction(signal),
            said: format!(
                "{:7} {} ({place})",
                direction(signal),
                text(&signal["meaning"])
            ),
            value: signal,
            shown: match text(&signal["kind"]) {
                // Its edges say more.
                "bit" => String::new(),
                _ => value_of(signal),
            },
        });
    }
    all
}

impl Changes {
    pub fn since(line: &Value) -> Self {
        let known = all(line).into_iter().map(|seen| {
            let changes = seen.value["changes"].as_u64().unwrap_or(0);
            (seen.key, (changes, seen.shown))
        });
        Self {
            known: known.collect(),
            begun_us: now_us(line),
        }
    }

    /// One line each, in the order of time, with seconds since the first look.
    pub fn of(&mut self, line: &Value) -> Vec<String> {
        let mut found: Vec<(i64, String)> = Vec::new();
        for seen in all(line) {
            let changes = seen.value["changes"].as_u64().unwrap_or(0);
            let before = self.known.insert(seen.key, (changes, seen.shown.clone()));
            let (changes_before, shown_before) = before.unwrap_or_default();
            let edges = list(&seen.value["edges"]);
            let new = usize::try_from(changes.saturating_sub(changes_before)).unwrap_or(usize::MAX);
            if new > edges.len() {
                let lost = new - edges.len();
                found.push((
                    0,
                    format!(
                        "{} changed {lost} times more than are remembered",
                        seen.said
                    ),
                ));
            }
            for edge in &edges[edges.len().saturating_sub(new)..] {
                let to = if edge["is_on"] == true { "on" } else { "off" };
                found.push((
                    edge["at_us"].as_i64().unwrap_or(0),
                    format!("{} {to}", seen.said),
                ));
            }
            if seen.shown != shown_before && !seen.shown.is_empty() {
                found.push((now_us(line), format!("{} {}", seen.said, seen.shown)));
            }
        }
        found.sort_by_key(|(at, _)| *at);
        let begun = self.begun_us;
        let timed = found.into_iter().map(|(at, said)| {
            let seconds = (at - begun).max(0) as f64 / 1e6;
            format!("{seconds:10.3} s  {said}")
        });
        timed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_trigger_that_was_looked_at_too_rarely_says_so_behind_its_changes() {
        let line = json!({ "server_time_us": 9_000_000 });
        let unseen = json!({ "since_us": 5_000_000, "until_us": 5_340_000, "times": 3 });
        let signal = json!({ "edges": [], "changes": 0, "changed_us": null, "unseen": unseen });
        let told = history(&line, &signal);
        assert_eq!(
            told,
            "no change seen; NOT LOOKED AT for 340 ms, 3.7 s ago (3 times)"
        );
        let seen = json!({ "edges": [], "changes": 0, "changed_us": null, "unseen": null });
        assert_eq!(history(&line, &seen), "no change seen");
    }
}
