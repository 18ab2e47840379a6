//! The columns of parts and gaps: one line each.

use super::column::{Cell, Column, Kind};
use super::findings::findings;
use crate::results::reader::{Exported, JudgedPart, Truth};
use crate::station::challenge::Challenged;
use crate::station::result::{Confirm, Identity};
use crate::station::verdict::{Disposition, Verdict};
use std::borrow::Cow;

/// All of them, in the order of the file.
pub const COLUMNS: &[Column] = &[
    Column {
        name: "id",
        kind: Kind::Whole,
        unit: "whole number",
        meaning: "number of the row: job × 2³² + part number. Grows with time; the page's addresses have it",
        empty_when: "never",
        read: |line| line.part(|judged| Cell::whole(judged.part.id)),
    },
    Column {
        name: "job",
        kind: Kind::Whole,
        unit: "1, 2, 3, …",
        meaning: "the run of the station",
        empty_when: "never",
        read: |line| {
            Cell::Whole(match line.what {
                Exported::Part(judged) => judged.part.job,
                Exported::Gap(gap) => gap.job,
            })
        },
    },
    Column {
        name: "part_no",
        kind: Kind::Whole,
        unit: "1, 2, 3, …",
        meaning: "number of the part in its job",
        empty_when: "never",
        read: |line| {
            Cell::Whole(match line.what {
                Exported::Part(judged) => judged.part.part_no,
                Exported::Gap(gap) => gap.first_part_no,
            })
        },
    },
    Column {
        name: "part_id",
        kind: Kind::Text,
        unit: "text, up to 128 bytes",
        meaning: "the part's ID, from the line; where the line gave none, `J<job>-<part number>`",
        empty_when: "never",
        read: |line| line.part(|judged| Cell::text(Some(&judged.part.part_id))),
    },
    Column {
        name: "style",
        kind: Kind::Text,
        unit: "text, up to 32 bytes",
        meaning: "the product variant",
        empty_when: "the line did not say",
        read: |line| line.part(|judged| Cell::text(judged.part.style.as_deref())),
    },
    Column {
        name: "triggered_at",
        kind: Kind::Time,
        unit: "RFC 3339, UTC, microseconds",
        meaning: "when the part was at the camera, by the PC's clock",
        empty_when: "never",
        read: |line| Cell::Time(line.at_us()),
    },
    Column {
        name: "triggered_at_local",
        kind: Kind::LocalTime,
        unit: "RFC 3339 with the offset from UTC, microseconds",
        meaning: "the same moment as clocks at the station showed it: in the time zone of the computer that exports, or of `--zone`",
        empty_when: "never",
        read: |line| Cell::Time(line.at_us()),
    },
    Column {
        name: "verdict",
        kind: Kind::Word,
        unit: "one of the three",
        meaning: "`pass`, `fail` or `not_decided`",
        empty_when: "never",
        read: |line| line.part(|judged| Cell::word(verdict(judged.part.verdict))),
    },
    Column {
        name: "cause",
        kind: Kind::Word,
        unit: "[one of these](#causes)",
        meaning: "why it is not a pass",
        empty_when: "it is a pass",
        read: |line| {
            line.part(|judged| Cell::word(judged.part.cause.map_or("", |cause| cause.name())))
        },
    },
    Column {
        name: "disposition",
        kind: Kind::Word,
        unit: "one of the two",
        meaning: "what the ejector was told: `accept` or `reject`",
        empty_when: "never",
        read: |line| line.part(|judged| Cell::word(disposition(judged.part.disposition))),
    },
    Column {
        name: "score",
        kind: Kind::Decimal(6),
        unit: "0 to 1, six decimals",
        meaning: "the highest score of its views: 0 like good parts, 1 most unlike them",
        empty_when: "no model gave a score in time",
        read: |line| line.part(|judged| Cell::decimal(judged.part.score)),
    },
    Column {
        name: "defect",
        kind: Kind::Text,
        unit: "text",
        meaning: "class of the worst finding, as the model names it",
        empty_when: "nothing was found",
        read: |line| line.part(|judged| Cell::text(judged.part.defect.as_deref())),
    },
    Column {
        name: "findings_total",
        kind: Kind::Whole,
        unit: "whole number",
        meaning: "how many places were found in all views; at most 8 of each view are kept",
        empty_when: "the line is a gap",
        read: |line| line.part(|judged| Cell::Whole(judged.attached.findings_total)),
    },
    Column {
        name: "findings",
        kind: Kind::List,
        unit: "JSON: an array of objects",
        meaning: "the findings that are kept, by view, the worst first: [their columns](#findings)",
        empty_when: "nothing was found",
        read: findings,
    },
    Column {
        name: "decided_after_ms",
        kind: Kind::Decimal(3),
        unit: "milliseconds",
        meaning: "from the trigger to the last view's verdict",
        empty_when: "not every view had a verdict in time",
        read: |line| line.part(|judged| Cell::ms(judged.part.decided_after_us)),
    },
    Column {
        name: "acted_after_ms",
        kind: Kind::Decimal(3),
        unit: "milliseconds",
        meaning: "from the trigger to the command to the ejector",
        empty_when: "never",
        read: |line| line.part(|judged| Cell::ms(Some(judged.part.acted_after_us))),
    },
    Column {
        name: "recipe_version",
        kind: Kind::Whole,
        unit: "1, 2, 3, …",
        meaning: "version of the style's recipe that judged it",
        empty_when: "the style has no recipe",
        read: |line| line.part(|judged| Cell::whole(judged.judged_by.recipe_version)),
    },
    Column {
        name: "recipe_author",
        kind: Kind::Text,
        unit: "text",
        meaning: "who made that version: the name that was entered",
        empty_when: "the style has no recipe",
        read: |line| line.part(|judged| Cell::text(judged.judged_by.recipe_author.as_deref())),
    },
    Column {
        name: "model_sha256",
        kind: Kind::Text,
        unit: "text, 64 hexadecimal digits each",
        meaning: "SHA-256 of the model of each view, in the order of the views, with a space between",
        empty_when: "the style has no recipe",
        read: |line| line.part(|judged| of_views(&judged.judged_by.model_sha256)),
    },
    Column {
        name: "acceptance",
        kind: Kind::Text,
        unit: "text, as above; `-` for results from before there were acceptances",
        meaning: "for each view, the acceptance under which the model ran: the name of a file in the bundle's folder `accepted/`",
        empty_when: "the style has no recipe",
        read: |line| line.part(|judged| of_views(&judged.judged_by.acceptance)),
    },
    Column {
        name: "simulated_truth",
        kind: Kind::Text,
        unit: "one of the two words, or text",
        meaning: "what the simulator knows: `good`; the name of the defect; or `defective` where it has no name. A defect that is called by one of these words has an apostrophe",
        empty_when: "the line is real",
        read: |line| line.part(|judged| judged.part.truth.as_ref().map_or(Cell::Empty, told)),
    },
    Column {
        name: "identity",
        kind: Kind::Word,
        unit: "one of the three",
        meaning: "where the ID came from: `counter` (the station numbered the part), `trigger` (the line told it with the trigger), `reader` (a code in the picture, a scanner or a PLC told it before or after)",
        empty_when: "results from before version 0.3",
        read: |line| {
            line.part(|judged| Cell::word(judged.part.identity.map_or("", Identity::name)))
        },
    },
    Column {
        name: "lane",
        kind: Kind::Text,
        unit: "text, up to 32 bytes",
        meaning: "the lane to which the part was sent, by its name in `station.toml`; `accept` and `reject` where that has no `[[lane]]`",
        empty_when: "results from before version 0.3",
        read: |line| line.part(|judged| Cell::text(judged.part.lane.as_deref())),
    },
    Column {
        name: "lane_by",
        kind: Kind::Word,
        unit: "one of the three",
        meaning: "why to that lane: `usual` (the lane of accepted or of rejected parts, and the safe lane after a fault), `look_up` (told with the ID), `rule` (a sorting rule of the recipe)",
        empty_when: "results from before version 0.3",
        read: |line| {
            line.part(|judged| Cell::word(judged.part.lane_by.as_deref().unwrap_or_default()))
        },
    },
    Column {
        name: "lane_rule",
        kind: Kind::Whole,
        unit: "1, 2, 3, …",
        meaning: "which sorting rule of the recipe version",
        empty_when: "no rule sent it there",
        read: |line| line.part(|judged| Cell::whole(judged.part.lane_rule)),
    },
    Column {
        name: "acknowledged_after_ms",
        kind: Kind::Decimal(3),
        unit: "milliseconds",
        meaning: "from the trigger to the answer of the device or PLC that it took the command",
        empty_when: "none is expected, or none came (cause `not_acknowledged`)",
        read: |line| line.part(|judged| Cell::ms(judged.part.acknowledged_after_us)),
    },
    Column {
        name: "confirm",
        kind: Kind::Word,
        unit: "one of the three",
        meaning: "what the sensor of the lane said: `seen`, `missing` (nothing came in time), `elsewhere` (another lane's sensor saw it)",
        empty_when: "the lane has no sensor",
        read: |line| line.part(|judged| Cell::word(judged.part.confirm.map_or("", Confirm::name))),
    },
    Column {
        name: "confirmed_after_ms",
        kind: Kind::Decimal(3),
        unit: "milliseconds",
        meaning: "from the trigger to the sensor that saw it",
        empty_when: "no sensor saw it",
        read: |line| line.part(|judged| Cell::ms(judged.part.confirmed_after_us)),
    },
    Column {
        name: "challenge",
        kind: Kind::Word,
        unit: "`passed` (judged as expected), `failed`",
        meaning: "what became of a challenge part",
        empty_when: "every other part",
        read: |line| {
            line.part(|judged| Cell::word(judged.part.challenge.map_or("", Challenged::name)))
        },
    },
    Column {
        name: "pictures",
        kind: Kind::Text,
        unit: "text",
        meaning: "the picture of each view, in the order of the views, with a space between: its path below the data folder, or `-` where none was stored. The quota may have deleted the file since",
        empty_when: "no picture of the part was stored",
        read: |line| line.part(pictures),
    },
    Column {
        name: "gap",
        kind: Kind::Word,
        unit: "[one of these](#gaps)",
        meaning: "the line stands for parts without a row: why",
        empty_when: "the line is a part",
        read: |line| line.gap(|gap| Cell::word(&gap.kind)),
    },
    Column {
        name: "gap_last_part_no",
        kind: Kind::Whole,
        unit: "1, 2, 3, …",
        meaning: "the last of these parts",
        empty_when: "the line is a part, or nobody knows how many they were",
        read: |line| line.gap(|gap| Cell::whole(gap.last_part_no)),
    },
    Column {
        name: "gap_until",
        kind: Kind::Time,
        unit: "RFC 3339, UTC, microseconds",
        meaning: "until when they came, or may have come",
        empty_when: "the line is a part",
        read: |line| line.gap(|gap| Cell::Time(gap.to_us)),
    },
];

/// Names of the columns, in order.
pub fn names() -> Vec<&'static str> {
    COLUMNS.iter().map(|column| column.name).collect()
}

/// The word for it.
pub const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NotDecided => "not_decided",
    }
}

/// The word for it.
pub const fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Accept => "accept",
        Disposition::Reject => "reject",
    }
}

fn of_views(text: &str) -> Cell<'_> {
    Cell::text((!text.is_empty()).then_some(text))
}

/// What is known of a part of a simulated line: a word, or the name of its defect.
fn told(truth: &Truth) -> Cell<'_> {
    match (&truth.defect, truth.is_defective) {
        // A model may call a class by one of the words.
        (Some(defect), true) if ["good", "defective"].contains(&defect.as_str()) => {
            Cell::Word(Cow::Owned(format!("'{defect}")))
        }
        (Some(defect), true) => Cell::text(Some(defect)),
        (None, true) => Cell::word("defective"),
        (_, false) => Cell::word("good"),
    }
}

/// Of each view of its recipe, whatever became of the file since.
fn pictures(judged: &JudgedPart) -> Cell<'_> {
    let pictures = &judged.attached.pictures;
    let Some(last) = pictures.last() else {
        return Cell::Empty;
    };
    let views = (judged.judged_by.views.len() as i64).max(last.view + 1);
    let paths: Vec<&str> = (0..views)
        .map(|view| picture(judged, view).unwrap_or("-"))
        .collect();
    Cell::Text(Cow::Owned(paths.join(" ")))
}

/// Path of the picture of a view, below the data folder.
pub fn picture(judged: &JudgedPart, view: i64) -> Option<&str> {
    let mut pictures = judged.attached.pictures.iter();
    pictures
        .find(|picture| picture.view == view)
        .map(|picture| picture.path.as_str())
}
