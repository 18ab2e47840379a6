//! A comparison for the terminal: one line for each figure.

use super::{ALARM, CHANGE_MIN, Change, Comparison, Finding, ONE_RUN, Pair, Shown, Side};

/// Lines for the terminal, the differences of the machines first.
pub fn text(comparison: &Comparison) -> String {
    let mut lines = Vec::new();
    for (name, side) in [("A", &comparison.a), ("B", &comparison.b)] {
        lines.push(of_side(name, side));
    }
    if !comparison.differences.is_empty() {
        lines.push(String::new());
        let widest = comparison
            .differences
            .iter()
            .map(|differs| width(&differs.what))
            .max();
        for differs in &comparison.differences {
            let what = padded(&differs.what, widest.unwrap_or(0));
            let [a, b] =
                [&differs.a, &differs.b].map(|told| if told.is_empty() { "–" } else { told });
            lines.push(format!("{what}  {a}  →  {b}"));
        }
    }
    for warning in &comparison.warnings {
        lines.push(format!("Warning: {warning}"));
    }
    for pair in &comparison.pairs {
        lines.push(String::new());
        of_pair(pair, &mut lines);
    }
    for (side, only) in [("A", &comparison.only_a), ("B", &comparison.only_b)] {
        if !only.is_empty() {
            lines.push(String::new());
            lines.push(format!("In {side} only:"));
            lines.extend(only.iter().map(|case| format!("  {case}")));
        }
    }
    lines.push(String::new());
    lines.push(format!(
        "Ratios are B / A with 95 % intervals from blocks of neighbouring parts; p is corrected for all figures \
         together (Holm). A change is told from p < {ALARM} on and beyond {} %.",
        CHANGE_MIN * 100.0
    ));
    lines.push(ONE_RUN.to_owned());
    lines.join("\n") + "\n"
}

fn of_side(name: &str, side: &Side) -> String {
    format!(
        "{name}  {}  {}  plan {}",
        side.started_at, side.made_by, side.plan
    )
}

fn of_pair(pair: &Pair, lines: &mut Vec<String>) {
    lines.push(pair.case.clone());
    lines.extend(pair.remarks.iter().map(|remark| format!("  ! {remark}")));
    let changes = pair.changes.iter().map(of_change);
    let rows: Vec<Vec<String>> = changes.chain(pair.shown.iter().map(of_shown)).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match column {
            // Names and words to the left, numbers to the right.
            0 | 6 => padded(cell, *width),
            _ => format!("{}{cell}", " ".repeat(width - self::width(cell))),
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        lines.push(format!("  {}", line.trim_end()));
    }
    if rows.is_empty() && pair.remarks.is_empty() {
        lines.push("  nothing in it can be compared".to_owned());
    }
}

fn of_change(change: &Change) -> Vec<String> {
    let shown = |value: f64| match change.unit.as_str() {
        "µs" => format!("{} ms", significant(value / 1e3)),
        unit => format!("{} {unit}", significant(value)),
    };
    let interval = change
        .interval
        .map(|[low, high]| format!("{low:.3} to {high:.3}"));
    let chance = change.chance_corrected.map(|chance| match chance {
        chance if chance < 0.001 => "p < 0.001".to_owned(),
        chance => format!("p = {chance:.3}"),
    });
    vec![
        change.figure.clone(),
        shown(change.a),
        shown(change.b),
        format!("×{:.3}", change.ratio),
        interval.unwrap_or_default(),
        chance.unwrap_or_default(),
        match &change.finding {
            Finding::Faster => "faster".to_owned(),
            Finding::Slower => "slower".to_owned(),
            Finding::NoChange => "no change beyond noise".to_owned(),
            Finding::NotComparable(reason) => format!("not comparable: {reason}"),
        },
    ]
}

fn of_shown(shown: &Shown) -> Vec<String> {
    let cell = |value: f64, side: usize| match shown.of {
        Some(of) => format!("{value} of {}", of[side]),
        None if shown.unit == "cameras" => format!("{value}"),
        None => format!("{} {}", significant(value), shown.unit),
    };
    vec![shown.figure.clone(), cell(shown.a, 0), cell(shown.b, 1)]
}

/// Three significant digits.
fn significant(value: f64) -> String {
    let before_the_point = value.abs().max(1e-3).log10().floor() as i32 + 1;
    let decimals = usize::try_from(3 - before_the_point).unwrap_or(0);
    format!("{value:.decimals$}")
}

fn padded(cell: &str, to: usize) -> String {
    format!("{cell}{}", " ".repeat(to.saturating_sub(width(cell))))
}

/// Columns of a terminal; what is written here has one for each character.
fn width(cell: &str) -> usize {
    cell.chars().count()
}
