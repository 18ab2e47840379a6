//! A plan: rows of a file, or the arguments of one call. Lists in a row multiply.

use super::case::{Output, Scenario};
use serde::Deserialize;

/// Plans that the program brings along, by name.
pub const SHIPPED: &[(&str, &str)] = &[
    ("quick", include_str!("plans/quick.toml")),
    ("full", include_str!("plans/full.toml")),
    ("gpu", include_str!("plans/gpu.toml")),
];

/// Rows, in order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The tables `[[case]]`, in order.
    #[serde(rename = "case")]
    pub rows: Vec<Row>,
}

/// Cases that differ by what is listed. An empty list leaves the choice to the program.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Row {
    /// How parts come: takt, burst, saturate, streams, mixed, cold, soak, end-to-end. [takt]
    #[arg(long = "scenario", value_delimiter = ',', value_parser = scenario)]
    pub scenarios: Vec<Scenario>,
    /// What computes: cpu, openvino[:gpu|npu|auto], cuda, tensorrt, or every one that works here: available.
    /// [what `model tune` chose, else cpu]
    #[arg(long = "provider", value_delimiter = ',')]
    pub providers: Vec<String>,
    /// f32, bf16, f16, or all that the provider has: available. [its first]
    #[arg(long = "precision", value_delimiter = ',')]
    pub precisions: Vec<String>,
    /// Threads of one run of the model; 0 is as many as there are cores. [0]
    #[arg(long, value_delimiter = ',')]
    pub threads: Vec<usize>,
    /// Whether threads that inspect have real-time priority: true, false. [true where the system allows it;
    /// saturate: false]
    #[arg(long, value_delimiter = ',')]
    pub real_time: Vec<bool>,
    /// Threads that inspect, each with a session; with --settings as there unless given. [1]
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub workers: Vec<usize>,
    /// Parts that come at once and are scored in one run of the model, in takt, soak and saturate. [1]
    #[arg(long = "batch", value_name = "N", value_delimiter = ',')]
    pub batches: Vec<usize>,
    /// Size of the camera's images. [1280x960]
    #[arg(long = "size", value_name = "WxH", value_delimiter = ',')]
    pub sizes: Vec<String>,
    /// Milliseconds from one part to the next; with --settings the smallest pitch unless given. [500]
    #[arg(long = "takt-ms", value_name = "MS", value_delimiter = ',')]
    pub takts_ms: Vec<f64>,
    /// Milliseconds within which the verdict must be there; with --settings as there unless given. [the takt]
    #[arg(long, value_name = "MS")]
    pub budget_ms: Option<f64>,
    /// Parts of a burst [4], styles of mixed [8], cameras of end-to-end [1], most cameras of streams [256].
    #[arg(long = "width", value_name = "N", value_delimiter = ',')]
    pub widths: Vec<usize>,
    /// What takes the verdicts of end-to-end: sim, modbus (a coil of an I/O module), handshake (a PLC). [sim]
    #[arg(long = "output", value_delimiter = ',', hide_possible_values = true)]
    pub outputs: Vec<Output>,
    /// Parts to measure; starts of cold; parts of each camera of streams. [as many as fit in --seconds]
    #[arg(long)]
    pub queries: Option<u64>,
    /// Seconds of each case. [60; soak: 3600; saturate: 20]
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Parts before the measured ones. [20]
    #[arg(long)]
    pub warm_up: Option<u64>,
    /// In idle gaps the model runs every so many milliseconds, 0 is never; with --settings as there unless given. [0]
    #[arg(long, value_name = "MS", value_delimiter = ',')]
    pub keep_warm_ms: Vec<u64>,
}

fn scenario(name: &str) -> Result<Scenario, String> {
    let names: Vec<&str> = Scenario::ALL
        .iter()
        .map(|scenario| scenario.name())
        .collect();
    Scenario::named(name).ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

impl Plan {
    /// Of the text of a file.
    ///
    /// # Errors
    /// What was expected and found, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plan: Plan = toml::from_str(text).map_err(|error| error.to_string())?;
        let empty = plan.rows.iter().position(|row| row.scenarios.is_empty());
        match empty {
            _ if plan.rows.is_empty() => {
                Err("expected at least one [[case]], found none".to_owned())
            }
            Some(row) => Err(format!(
                "[[case]] {}: expected scenarios, found none",
                row + 1
            )),
            None => Ok(plan),
        }
    }

    /// Whether the program brings along one of this name.
    pub fn is_shipped(name: &str) -> bool {
        SHIPPED.iter().any(|(known, _)| *known == name)
    }

    /// One that the program brings along.
    pub fn shipped(name: &str) -> Option<Result<Self, String>> {
        let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
        Some(Self::parse(text))
    }
}

/// What rows leave open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Defaults {
    /// From one part to the next, in milliseconds.
    pub takt_ms: f64,
    /// Milliseconds; the takt where there are none.
    pub budget_ms: Option<f64>,
    /// Threads that inspect.
    pub workers: usize,
    /// Whether they have real-time priority.
    pub real_time: bool,
    /// Milliseconds; 0 is never.
    pub keep_warm_ms: u64,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            takt_ms: 500.0,
            budget_ms: None,
            workers: 1,
            real_time: false,
            keep_warm_ms: 0,
        }
    }
}

/// Numbers of a case, checked; what is computed with whom is settled by whoever has the models.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Width and height in pixels.
    pub image: [u32; 2],
    /// From one part to the next, in milliseconds.
    pub takt_ms: f64,
    /// From trigger to verdict at most, in milliseconds.
    pub budget_ms: f64,
    /// As [`Case::width`](super::case::Case::width) says.
    pub width: usize,
    /// What takes the verdicts.
    pub output: Output,
    /// Parts that are measured.
    pub queries: u64,
    /// Parts before those, which are not.
    pub warm_up: u64,
    /// Threads that inspect.
    pub workers: usize,
    /// Whether they have real-time priority.
    pub real_time: bool,
    /// As [`Case::batch`](super::case::Case::batch) says.
    pub batch: usize,
    /// Milliseconds; 0 is never.
    pub keep_warm_ms: u64,
}

impl Row {
    /// All combinations of numbers for one of its scenarios.
    ///
    /// # Errors
    /// A number out of its range.
    pub fn numbers(&self, scenario: Scenario, defaults: &Defaults) -> Result<Vec<Numbers>, String> {
        let widths = match scenario {
            Scenario::Burst => or(&self.widths, 4),
            Scenario::Mixed => or(&self.widths, 8),
            Scenario::Streams => or(&self.widths, 256),
            Scenario::EndToEnd => or(&self.widths, 1),
            _ => vec![1],
        };
        let images = self
            .sizes
            .iter()
            .map(|text| size(text))
            .collect::<Result<Vec<_>, _>>()?;
        let (batches, outputs) = (or(&self.batches, 1), or(&self.outputs, Output::Sim));
        let name = scenario.name();
        if !scenario.takes_batches() && batches != [1] {
            return Err(format!(
                "batches: {name} scores one part a run; expected 1, found {batches:?}"
            ));
        }
        if scenario != Scenario::EndToEnd && outputs != [Output::Sim] {
            return Err(format!(
                "outputs: {name} has none; expected them with end-to-end only"
            ));
        }
        let one = Numbers {
            image: [0; 2],
            takt_ms: 0.0,
            budget_ms: 0.0,
            width: 1,
            output: Output::Sim,
            queries: 0,
            warm_up: self.warm_up.unwrap_or(20),
            workers: 1,
            real_time: false,
            batch: 1,
            keep_warm_ms: 0,
        };
        let all = spread(vec![one], &or(&images, [1280, 960]), |n, image| {
            n.image = image
        });
        let all = spread(all, &or(&self.takts_ms, defaults.takt_ms), |n, takt_ms| {
            n.takt_ms = takt_ms;
            n.budget_ms = self.budget_ms.or(defaults.budget_ms).unwrap_or(takt_ms);
            n.queries = self.count(scenario, takt_ms);
        });
        let all = spread(all, &widths, |n, width| n.width = width);
        let all = spread(all, &outputs, |n, output| n.output = output);
        let workers = or(&self.workers, defaults.workers);
        let all = spread(all, &workers, |n, workers| n.workers = workers);
        let all = spread(all, &batches, |n, batch| n.batch = batch);
        // Back to back nothing else would get a turn, and kernels set real-time threads aside that never sleep.
        let is_by_default = defaults.real_time && scenario != Scenario::Saturate;
        let real_time = or(&self.real_time, is_by_default);
        let all = spread(all, &real_time, |n, real_time| n.real_time = real_time);
        let keep_warm = or(&self.keep_warm_ms, defaults.keep_warm_ms);
        let all = spread(all, &keep_warm, |n, ms| n.keep_warm_ms = ms);
        all.iter().try_for_each(checked)?;
        Ok(all)
    }

    /// Keys that are given though a station's settings say what they would: its recipes are measured as it runs
    /// them.
    pub fn keys_of_settings(&self) -> Vec<&'static str> {
        let given = [
            ("provider", !self.providers.is_empty()),
            ("precision", !self.precisions.is_empty()),
            ("threads", !self.threads.is_empty()),
            ("real-time", !self.real_time.is_empty()),
            ("batch", !self.batches.is_empty()),
            ("size", !self.sizes.is_empty()),
        ];
        let given = given.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(key, _)| key).collect()
    }

    /// As it is for a station: what a shipped plan tries out, the settings say.
    pub fn of_settings(mut self) -> Self {
        let is_set = |scenario: &Scenario| scenario.is_wide_as_its_station();
        if self.scenarios.iter().any(is_set) {
            self.widths.clear();
        }
        Self {
            scenarios: self.scenarios,
            widths: self.widths,
            outputs: self.outputs,
            workers: self.workers,
            queries: self.queries,
            seconds: self.seconds,
            warm_up: self.warm_up,
            keep_warm_ms: self.keep_warm_ms,
            ..Self::default()
        }
    }

    fn count(&self, scenario: Scenario, takt_ms: f64) -> u64 {
        let seconds = self.seconds.unwrap_or(match scenario {
            Scenario::Soak => 3_600.0,
            Scenario::Saturate => 20.0,
            _ => 60.0,
        });
        let fitting = (seconds * 1e3 / takt_ms).ceil() as u64;
        match (self.queries, scenario) {
            // Time ends it, not a number.
            (_, Scenario::Saturate) => (seconds * 1e3).ceil() as u64,
            (Some(queries), _) => queries,
            (None, Scenario::Cold) => 10,
            (None, Scenario::Streams) => fitting.min(20),
            (None, _) => fitting,
        }
    }
}

/// Each of them once for every value of the list.
fn spread<T: Copy>(all: Vec<Numbers>, list: &[T], put: impl Fn(&mut Numbers, T)) -> Vec<Numbers> {
    let of_one = |one: &Numbers| -> Vec<Numbers> {
        let with = |value: &T| {
            let mut numbers = one.clone();
            put(&mut numbers, *value);
            numbers
        };
        list.iter().map(with).collect()
    };
    all.iter().flat_map(of_one).collect()
}

/// The list, or this one where it is empty.
fn or<T: Copy>(list: &[T], one: T) -> Vec<T> {
    if list.is_empty() {
        vec![one]
    } else {
        list.to_vec()
    }
}

fn size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once('x').and_then(|(width, height)| {
        let sides: [u32; 2] = [width.parse().ok()?, height.parse().ok()?];
        sides
            .iter()
            .all(|side| (16..=16_384).contains(side))
            .then_some(sides)
    });
    sides.ok_or_else(|| {
        format!("sizes: expected width and height from 16 to 16384, as 1280x960, found {text:?}")
    })
}

fn checked(numbers: &Numbers) -> Result<(), String> {
    let within = |what: &str, found: f64, least: f64, most: f64| {
        let message = || format!("{what}: expected {least} to {most}, found {found}");
        (least..=most)
            .contains(&found)
            .then_some(())
            .ok_or_else(message)
    };
    within("takts_ms", numbers.takt_ms, 0.1, 3_600_000.0)?;
    within("budget_ms", numbers.budget_ms, 0.1, 3_600_000.0)?;
    within("widths", numbers.width as f64, 1.0, 1_000.0)?;
    within("workers", numbers.workers as f64, 1.0, 64.0)?;
    within("batches", numbers.batch as f64, 1.0, 64.0)?;
    within("queries", numbers.queries as f64, 1.0, 5e7)
}

#[cfg(test)]
mod tests;
