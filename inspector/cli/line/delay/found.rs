//! What was measured over several parts, and how it is told.

use super::DelayArgs;
use crate::cli::terminal;
use crate::error::{Error, ErrorKind};
use crate::settings::StationSettings;
use crate::station::lane::LaneNo;
use crate::telemetry::signals::SignalName;
use serde_json::json;

/// Of an honest measurement the middle half of all delays lies closer together than this share of their median.
const SPREAD_MAX: f64 = 0.2;

/// What was measured.
#[derive(Debug, PartialEq)]
pub(super) struct Found {
    /// In milliseconds, or in millimetres, in order of size.
    sorted: Vec<f64>,
    median: f64,
    /// Of the middle half.
    spread: f64,
}

impl Found {
    pub(super) fn of(mut sorted: Vec<f64>) -> Result<Self, Error> {
        sorted.sort_by(f64::total_cmp);
        let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
            return Err(Error::new(ErrorKind::Device, "no part was measured"));
        };
        let at = |share: f64| {
            let place = share * (sorted.len() - 1) as f64;
            let (low, high) = (place.floor() as usize, place.ceil() as usize);
            sorted[low] + (sorted[high] - sorted[low]) * place.fract()
        };
        debug_assert!(first <= last);
        Ok(Self {
            median: at(0.5),
            spread: at(0.75) - at(0.25),
            sorted,
        })
    }

    fn told(&self, unit: &str) -> String {
        let [least, most] = self.ends();
        format!(
            "median {:.1} {unit}, the middle half within {:.1} {unit}, {least:.1} to {most:.1} {unit}",
            self.median, self.spread
        )
    }

    pub(super) fn ends(&self) -> [f64; 2] {
        [self.sorted[0], self.sorted[self.sorted.len() - 1]]
    }
}

pub(super) fn tell(
    settings: &StationSettings,
    args: &DelayArgs,
    (sensor, lane): (&SignalName, Option<LaneNo>),
    (ms, mm): (&Found, Option<&Found>),
    is_json: bool,
) {
    let meaning = &sensor.meaning;
    let period = settings.line.devices[usize::from(sensor.device)].period;
    if is_json {
        let lane = lane.and_then(|lane| settings.line.lanes.get(lane));
        let mut told = json!({
            "sensor": meaning, "parts": ms.sorted.len(), "period_ms": period.as_secs_f64() * 1e3,
            "lane": lane.map(|lane| lane.name.as_str()),
        });
        let measured = [(Some(ms), "ms"), (mm, "mm")];
        for (found, unit) in measured
            .iter()
            .filter_map(|(it, unit)| Some((*it.as_ref()?, unit)))
        {
            let [least, most] = found.ends();
            for (name, value) in [
                ("median", found.median),
                ("spread", found.spread),
                ("min", least),
                ("max", most),
            ] {
                told[format!("{name}_{unit}")] = json!(value);
            }
        }
        return terminal::answer_json(&told.to_string());
    }
    say!(
        "trigger to {meaning}: {}, {} part(s); read every {} ms",
        match mm {
            Some(mm) => format!("{}; {}", mm.told("mm"), ms.told("ms")),
            None => ms.told("ms"),
        },
        ms.sorted.len(),
        period.as_millis()
    );
    if ms.sorted.len() < args.parts as usize {
        say!("warning   it was ended early");
    }
    let found = mm.unwrap_or(ms);
    if found.spread <= found.median * SPREAD_MAX {
        return;
    }
    let why = match mm {
        Some(_) => "counts_per_mm or the encoder's wiring is wrong, or the belt ran backward",
        None => "the belt does not run evenly (an [encoder] takes that along)",
    };
    say!(
        "warning   the spread is wide: {why}, or parts were on the belt at the beginning, or came otherwise than in their order"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_spread_are_of_the_middle() {
        let delays = [400.0, 101.0, 102.0, 103.0, 100.0];
        let found = Found::of(delays.into()).expect("some");
        assert_eq!((found.median, found.spread), (102.0, 2.0));
        assert_eq!(found.ends(), [100.0, 400.0]);
        assert!(Found::of(Vec::new()).is_err());
    }
}
