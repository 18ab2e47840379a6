//! The columns of findings: one line each, or an object each in the line of their part.

use super::column::{Cell, Column, Kind, Line};
use super::jsonl::object;
use super::parts::picture;
use crate::results::reader::{Exported, PlacedFinding};

/// In order. The first ones say of which part.
pub const COLUMNS: &[Column] = &[
    Column {
        name: "id",
        kind: Kind::Whole,
        unit: "whole number",
        meaning: "number of the row of the part",
        empty_when: "never",
        read: |line| line.part(|judged| Cell::whole(judged.part.id)),
    },
    Column {
        name: "part_id",
        kind: Kind::Text,
        unit: "text",
        meaning: "the part's ID",
        empty_when: "never",
        read: |line| line.part(|judged| Cell::text(Some(&judged.part.part_id))),
    },
    Column {
        name: "triggered_at",
        kind: Kind::Time,
        unit: "RFC 3339, UTC, microseconds",
        meaning: "when the part was at the camera",
        empty_when: "never",
        read: |line| Cell::Time(line.at_us()),
    },
    Column {
        name: "view",
        kind: Kind::Text,
        unit: "text",
        meaning: "the view, as the recipe names it",
        empty_when: "never",
        read: |line| {
            line.found(|found| match line.what {
                Exported::Part(judged) => Cell::text(
                    judged
                        .judged_by
                        .views
                        .get(found.view as usize)
                        .map(String::as_str),
                ),
                Exported::Gap(_) => Cell::Empty,
            })
        },
    },
    Column {
        name: "rank",
        kind: Kind::Whole,
        unit: "1, 2, 3, …",
        meaning: "1 is the worst of its view",
        empty_when: "never",
        read: |line| line.found(|found| Cell::Whole(found.rank + 1)),
    },
    Column {
        name: "class",
        kind: Kind::Text,
        unit: "text",
        meaning: "class of the finding, as the model names it",
        empty_when: "never",
        read: |line| line.found(|found| Cell::text(Some(&found.finding.class))),
    },
    Column {
        name: "score",
        kind: Kind::Decimal(6),
        unit: "0 to 1, six decimals",
        meaning: "its score",
        empty_when: "never",
        read: |line| line.found(|found| Cell::Decimal(found.finding.score)),
    },
    Column {
        name: "left_px",
        kind: Kind::Whole,
        unit: "pixels of the picture",
        meaning: "left edge of the box around it",
        empty_when: "never",
        read: |line| line.found(|found| Cell::Whole(found.finding.region[0])),
    },
    Column {
        name: "top_px",
        kind: Kind::Whole,
        unit: "pixels of the picture",
        meaning: "upper edge of the box",
        empty_when: "never",
        read: |line| line.found(|found| Cell::Whole(found.finding.region[1])),
    },
    Column {
        name: "width_px",
        kind: Kind::Whole,
        unit: "pixels of the picture",
        meaning: "width of the box",
        empty_when: "never",
        read: |line| line.found(|found| Cell::Whole(found.finding.region[2])),
    },
    Column {
        name: "height_px",
        kind: Kind::Whole,
        unit: "pixels of the picture",
        meaning: "height of the box",
        empty_when: "never",
        read: |line| line.found(|found| Cell::Whole(found.finding.region[3])),
    },
    Column {
        name: "area_px",
        kind: Kind::Decimal(1),
        unit: "pixels",
        meaning: "its area",
        empty_when: "never",
        read: |line| line.found(|found| Cell::Decimal(found.finding.area_px)),
    },
    Column {
        name: "area_mm2",
        kind: Kind::Decimal(4),
        unit: "mm²",
        meaning: "its area on the part",
        empty_when: "the camera is not calibrated",
        read: |line| line.found(|found| Cell::decimal(found.finding.area_mm2)),
    },
    Column {
        name: "x_mm",
        kind: Kind::Decimal(3),
        unit: "mm",
        meaning: "middle of the box, from the first corner of the calibration board",
        empty_when: "the camera is not calibrated",
        read: |line| line.found(|found| of_box(found, 0)),
    },
    Column {
        name: "y_mm",
        kind: Kind::Decimal(3),
        unit: "mm",
        meaning: "as `x_mm`",
        empty_when: "the camera is not calibrated",
        read: |line| line.found(|found| of_box(found, 1)),
    },
    Column {
        name: "width_mm",
        kind: Kind::Decimal(3),
        unit: "mm",
        meaning: "width of the box",
        empty_when: "the camera is not calibrated",
        read: |line| line.found(|found| of_box(found, 2)),
    },
    Column {
        name: "height_mm",
        kind: Kind::Decimal(3),
        unit: "mm",
        meaning: "height of the box",
        empty_when: "the camera is not calibrated",
        read: |line| line.found(|found| of_box(found, 3)),
    },
    Column {
        name: "picture",
        kind: Kind::Text,
        unit: "text",
        meaning: "the picture in which it was found: its path below the data folder",
        empty_when: "it was not stored",
        read: |line| {
            line.found(|found| line.part(|judged| Cell::text(picture(judged, found.view))))
        },
    },
];

/// So many columns say of which part, which a line of that part need not.
const OF_PART: usize = 3;

/// Objects of the findings of a part, without what is not known.
pub fn findings<'a>(line: &Line<'a>) -> Cell<'a> {
    let mut json = Vec::new();
    for finding in line.findings() {
        json.push(if json.is_empty() { b'[' } else { b',' });
        object(&mut json, &COLUMNS[OF_PART..], &finding, false);
    }
    if json.is_empty() {
        return Cell::Empty;
    }
    json.push(b']');
    Cell::List(String::from_utf8(json).unwrap_or_default())
}

fn of_box(found: &PlacedFinding, n: usize) -> Cell<'_> {
    Cell::decimal(found.finding.box_mm.map(|placed| placed[n]))
}
