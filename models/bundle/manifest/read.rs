//! `model.toml`, read.

use super::{
    Activation, BoxLayout, CLASSES_MAX, Fit, Input, Manifest, Output, OutputKind, Provenance,
    REFERENCE_COUNT, References, Resize, SIDE_MAX, Task, is_name,
};
use crate::bundle::tables::{Problem, Problems, Table, number};
use crate::image::Channels;
use toml::de::{DeTable, DeValue};

const TEXT_BYTES_MAX: usize = 4096;
const RANGE_EXPECTED: &str = "two numbers that differ: the values that become scores 0 and 1";
const TASKS: &str = "\"anomaly\", \"segment\", \"detect\" or \"classify\"";
const RESIZES: &str = "\"area\", \"linear\", \"triangle\" or \"pillow\"";
const FITS: &str = "\"stretch\", \"letterbox\" or \"crop\"";
const ACTIVATIONS: &str = "\"none\", \"sigmoid\" or \"softmax\"";
const LAYOUTS: &str = "\"centre\", \"turned\" or \"corners\"";

impl Manifest {
    /// Reads the text of a `model.toml`.
    ///
    /// # Errors
    /// Every problem at once, by line: bad TOML, missing and unknown keys, values out of range.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::new(text);
        let (document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            for error in errors {
                problems.at(
                    error.span().map_or(0, |span| span.start),
                    error.message().to_owned(),
                );
            }
            return Err(problems.into_sorted());
        }
        let manifest = manifest(Table::document(&document), &mut problems);
        let found = problems.into_sorted();
        manifest.filter(|_| found.is_empty()).ok_or(found)
    }
}

/// The whole document.
fn manifest(mut root: Table, problems: &mut Problems) -> Option<Manifest> {
    let name = root.string("name", NAME_EXPECTED, problems, name);
    let task = root.string("task", TASKS, problems, Task::named);
    let sha256 = root.string("sha256", SHA256_EXPECTED, problems, sha256);
    let input = input(root.table("input", problems), problems);
    let output = output(root.table("output", problems), task, problems);
    let place = match root.optional_table("place", problems) {
        Some(table) => super::place::read(table, problems).map(Some),
        None => Some(None),
    };
    let provenance = provenance(root.table("provenance", problems), problems);
    let references = match root.optional_table("references", problems) {
        Some(table) => references(table, problems).map(Some),
        None => Some(None),
    };
    root.finish(problems);
    Some(Manifest {
        name: name?,
        task: task?,
        sha256: sha256?,
        input: input?,
        output: output?,
        place: place?,
        provenance: provenance?,
        references: references?,
    })
}

fn input(mut table: Table, problems: &mut Problems) -> Option<Input> {
    let name = table.string("name", NAME_EXPECTED, problems, name);
    let width = table.integer("width", 8..=SIDE_MAX, problems);
    let height = table.integer("height", 8..=SIDE_MAX, problems);
    let channels = table.string(
        "channels",
        "\"RGB\" or \"Mono\"",
        problems,
        |text| match text {
            "RGB" => Some(Channels::Rgb),
            "Mono" => Some(Channels::Mono),
            _ => None,
        },
    );
    table.string("layout", "\"NCHW\"", problems, |text| {
        (text == "NCHW").then_some(())
    });
    table.string("dtype", "\"f32\"", problems, |text| {
        (text == "f32").then_some(())
    });
    let scale = table.positive("scale", problems);
    let mean = table.list("mean", "one number per channel", problems, number);
    let std = table.list("std", "one number above 0 per channel", problems, |value| {
        number(value).filter(|number| *number > 0.0)
    });
    if let Some(channels) = channels {
        for (key, list) in [("mean", &mean), ("std", &std)] {
            if let Some((start, list)) = list
                && list.len() != channels.count()
            {
                let expected = channels.count();
                let message = format!(
                    "expected {expected} numbers because channels is \"{}\", found {}",
                    channels.name(),
                    list.len()
                );
                table.problem(key, *start, &message, problems);
            }
        }
    }
    let resize = table.optional_string(
        "resize",
        RESIZES,
        Resize::Area,
        problems,
        |text| match text {
            "area" => Some(Resize::Area),
            "linear" => Some(Resize::Linear),
            "triangle" => Some(Resize::Triangle),
            "pillow" => Some(Resize::Pillow),
            _ => None,
        },
    );
    let fit = fit(&mut table, problems);
    table.finish(problems);
    Some(Input {
        name: name?,
        width: width?,
        height: height?,
        channels: channels?,
        fit: fit?,
        resize: resize?,
        scale: scale?,
        mean: mean?.1,
        std: std?.1,
    })
}

fn fit(table: &mut Table, problems: &mut Problems) -> Option<Fit> {
    let name = table.optional_string("fit", FITS, "stretch", problems, |text| {
        ["stretch", "letterbox", "crop"]
            .into_iter()
            .find(|name| *name == text)
    })?;
    match name {
        "letterbox" => {
            let pad = table.ranged("pad", 0.0..=255.0, problems)?;
            Some(Fit::Letterbox { pad })
        }
        "crop" => {
            let share = table.ranged("share", 0.1..=1.0, problems)?;
            Some(Fit::Crop { share })
        }
        _ => Some(Fit::Stretch),
    }
}

fn output(mut table: Table, task: Option<Task>, problems: &mut Problems) -> Option<Output> {
    let output_name = table.string("name", NAME_EXPECTED, problems, name);
    let (expected, allowed): (_, &[&str]) = match task {
        Some(Task::Anomaly) => (
            "\"score-map\" or \"score\" (task is \"anomaly\")",
            &["score-map", "score"],
        ),
        Some(Task::Segment) => (
            "\"score-map\" or \"boxes\" (task is \"segment\")",
            &["score-map", "boxes"],
        ),
        Some(Task::Detect) => ("\"boxes\" (task is \"detect\")", &["boxes"]),
        Some(Task::Classify) => ("\"class-scores\" (task is \"classify\")", &["class-scores"]),
        None => (
            "one that suits the task",
            &["score-map", "score", "boxes", "class-scores"],
        ),
    };
    let kind = table.string("kind", expected, problems, |text| {
        allowed.iter().find(|name| **name == text).copied()
    });
    let kind = kind.and_then(|kind| output_kind(kind, task, &mut table, problems));
    let activation = table.string("activation", ACTIVATIONS, problems, |text| {
        let all = [Activation::None, Activation::Sigmoid, Activation::Softmax];
        all.into_iter().find(|activation| activation.name() == text)
    });
    let range = range(&mut table, problems);
    let expected = "a list of names of 1 to 64 bytes";
    let text = |value: &DeValue| match value {
        DeValue::String(text) => name(text),
        _ => None,
    };
    let classes = table.list("classes", expected, problems, text);
    let good = table.optional_list("good", expected, problems, text);
    if let Some((start, classes)) = &classes {
        check_classes(&table, *start, classes, task, problems);
        if let Some(Some((start, good))) = &good {
            check_good(&table, *start, good, classes, problems);
        }
    }
    table.finish(problems);
    Some(Output {
        name: output_name?,
        kind: kind?,
        activation: activation?,
        range: range?,
        classes: classes?.1,
        good: good?.map_or(Vec::new(), |(_, good)| good),
    })
}

/// Values that stand for scores of 0 and 1, where there are any.
fn range(table: &mut Table, problems: &mut Problems) -> Option<Option<[f32; 2]>> {
    let Some((start, list)) = table.optional_list("range", RANGE_EXPECTED, problems, number)?
    else {
        return Some(None);
    };
    match list[..] {
        [low, high] if low != high => Some(Some([low, high])),
        _ => {
            let expected = format!("expected {RANGE_EXPECTED}");
            table.problem("range", start, &expected, problems);
            None
        }
    }
}

fn output_kind(
    kind: &str,
    task: Option<Task>,
    table: &mut Table,
    problems: &mut Problems,
) -> Option<OutputKind> {
    match kind {
        "score-map" => {
            let score = table.optional_string("score", NAME_EXPECTED, None, problems, |text| {
                name(text).map(Some)
            });
            score.map(|score| OutputKind::ScoreMap { score })
        }
        "score" => Some(OutputKind::Score),
        "class-scores" => Some(OutputKind::ClassScores),
        _ => {
            let layout = table.string("layout", LAYOUTS, problems, |text| {
                let all = [
                    BoxLayout::Centre,
                    BoxLayout::Turned,
                    BoxLayout::Corners,
                    BoxLayout::TurnedFinal,
                ];
                all.into_iter().find(|layout| layout.name() == text)
            });
            let masks = match task {
                Some(Task::Segment) => table.string("masks", NAME_EXPECTED, problems, |text| {
                    name(text).map(Some)
                }),
                _ => Some(None),
            };
            let iou = table.ranged("iou", 0.0..=1.0, problems);
            let (layout, masks, iou) = (layout?, masks?, iou?);
            Some(OutputKind::Boxes { layout, masks, iou })
        }
    }
}

fn check_classes(
    table: &Table,
    start: usize,
    classes: &[String],
    task: Option<Task>,
    problems: &mut Problems,
) {
    let count = classes.len();
    let mut problem = |message: String| table.problem("classes", start, &message, problems);
    if !(1..=CLASSES_MAX).contains(&count) {
        problem(format!(
            "expected 1 to {CLASSES_MAX} classes, found {count}"
        ));
    } else if task == Some(Task::Anomaly) && count != 1 {
        problem(format!(
            "expected 1 class because task is \"anomaly\", found {count}"
        ));
    }
    for (index, class) in classes.iter().enumerate() {
        if classes[..index].contains(class) {
            problem(format!("\"{class}\" is there twice"));
        }
    }
}

fn check_good(
    table: &Table,
    start: usize,
    good: &[String],
    classes: &[String],
    problems: &mut Problems,
) {
    let mut problem = |message: &str| table.problem("good", start, message, problems);
    for name in good.iter().filter(|name| !classes.contains(name)) {
        problem(&format!("\"{name}\" is not among classes"));
    }
    if good.len() == classes.len() {
        problem("expected at least one class that is a defect");
    }
}

fn provenance(mut table: Table, problems: &mut Problems) -> Option<Provenance> {
    let mut text = |key, problems: &mut Problems| {
        table.string(key, "a text that says so", problems, |text| {
            let is_sensible = !text.trim().is_empty() && text.len() <= TEXT_BYTES_MAX;
            is_sensible.then(|| text.to_owned())
        })
    };
    let made_by = text("made_by", problems);
    let trained_on = text("trained_on", problems);
    let licence = text("licence", problems);
    let created = table.string("created", "a date \"YYYY-MM-DD\"", problems, date);
    table.finish(problems);
    Some(Provenance {
        made_by: made_by?,
        trained_on: trained_on?,
        licence: licence?,
        created: created?,
    })
}

fn references(mut table: Table, problems: &mut Problems) -> Option<References> {
    let (least, most) = (
        *REFERENCE_COUNT.start() as u32,
        *REFERENCE_COUNT.end() as u32,
    );
    let count = table.integer("count", least..=most, problems);
    let sha256 = table.string("sha256", SHA256_EXPECTED, problems, sha256);
    let tolerance = table.positive("tolerance", problems);
    let made_by = table.string("made_by", "a text that says so", problems, name);
    table.finish(problems);
    Some(References {
        count: count?,
        sha256: sha256?,
        tolerance: tolerance?,
        made_by: made_by?,
    })
}

const SHA256_EXPECTED: &str = "64 lower-case hexadecimal digits";

fn sha256(text: &str) -> Option<String> {
    let is_hex = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (text.len() == 64 && is_hex).then(|| text.to_owned())
}

const NAME_EXPECTED: &str = "a name of 1 to 64 bytes";

fn name(text: &str) -> Option<String> {
    is_name(text).then(|| text.to_owned())
}

fn date(text: &str) -> Option<String> {
    let is_date = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let within = |range: std::ops::Range<usize>, max: u8| {
        text.get(range)
            .and_then(|digits| digits.parse().ok())
            .is_some_and(|n: u8| n >= 1 && n <= max)
    };
    (is_date && within(5..7, 12) && within(8..10, 31)).then(|| text.to_owned())
}
