//! Tables of the page.

use super::Report;
use super::page::{both, escape, names, percent};
use models::teach::Counted;
use std::fmt::Write as _;
use std::path::Path;

/// Thresholds of the table, beside the proposed one and the second line.
const THRESHOLDS: [f32; 7] = [0.30, 0.40, 0.44, 0.50, 0.56, 0.60, 0.70];

/// A count, and what holds for all parts.
pub(super) fn counted(counted: Counted) -> String {
    let (low, high) = counted.interval();
    both(
        &format!(
            "{} of {} ({} to {} %)",
            counted.count,
            counted.of,
            percent(low),
            percent(high)
        ),
        &format!(
            "{} / {}（{}～{} %）",
            counted.count,
            counted.of,
            percent(low),
            percent(high)
        ),
    )
}

/// What each threshold does.
pub(super) fn thresholds(report: &Report) -> String {
    let evidence = &report.taught.evidence;
    let has_defects = !evidence.defects.is_empty();
    let mut table = format!(
        "<table><thead><tr><th>{}</th><th>{}</th><th>{}</th>",
        both("Reject above", "剔除阈值"),
        both("Good parts rejected", "误剔的良品"),
        both("If scores are about normal", "假定分数大致为正态分布")
    );
    if has_defects {
        let _ = write!(table, "<th>{}</th>", both("Defects caught", "剔出的缺陷"));
    }
    table += "</tr></thead><tbody>";
    for point in THRESHOLDS.iter().filter_map(|t| evidence.at(*t)) {
        let is_proposed = point.threshold == 0.5;
        let _ = write!(
            table,
            "<tr{}><td>{:.2}{}</td><td>{}</td><td>{} %</td>",
            if is_proposed { " class=\"used\"" } else { "" },
            point.threshold,
            if is_proposed {
                both(" proposed", " 建议值")
            } else {
                String::new()
            },
            counted(point.good),
            percent(point.expected)
        );
        if has_defects {
            let _ = write!(table, "<td>{}</td>", counted(point.defects));
        }
        table += "</tr>";
    }
    table + "</tbody></table>"
}

/// What was tried, and what counts.
pub(super) fn memories(report: &Report) -> String {
    let mut table = format!(
        "<table><thead><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>",
        both("Level of the backbone", "骨干网络的层"),
        both("Position", "位置"),
        both("How far defects stand out", "缺陷突出程度"),
        both("Weight", "权重")
    );
    for weight in &report.taught.weights {
        let position = match weight.position_weight > 0.0 {
            true => both("with position", "区分位置"),
            false => both("anywhere", "不分位置"),
        };
        let _ = write!(
            table,
            "<tr{}><td>{}</td><td>{position}</td><td>{:.2}</td><td>{:.3}</td></tr>",
            if weight.weight > 0.0 {
                ""
            } else {
                " class=\"unused\""
            },
            escape(&weight.name),
            weight.separation,
            weight.weight
        );
    }
    table + "</tbody></table>"
}

/// Settings and hashes.
pub(super) fn settings(report: &Report) -> String {
    let manifest = report.bundle.manifest();
    let provenance = &manifest.provenance;
    let mut rows = vec![
        ("model.onnx, SHA-256".to_owned(), manifest.sha256.clone()),
        ("made by".to_owned(), provenance.made_by.clone()),
        ("trained on".to_owned(), provenance.trained_on.clone()),
        ("created".to_owned(), provenance.created.clone()),
    ];
    rows.extend(report.lesson.settings.iter().cloned());
    let mut table = "<table class=\"settings\"><tbody>".to_owned();
    for (name, value) in rows {
        let _ = write!(
            table,
            "<tr><th>{}</th><td><code>{}</code></td></tr>",
            escape(&name),
            escape(&value)
        );
    }
    table + "</tbody></table>"
}

/// Every file that was taught from, with its hash and score.
pub(super) fn files(report: &Report) -> String {
    let (good, bad) = (report.lesson.good.files, report.lesson.bad.files);
    let taught = report.taught;
    let scores = taught.held_out.iter().chain(&taught.evidence.defects);
    let mut table = format!(
        "<table class=\"files\"><thead><tr><th>{}</th><th>{}</th><th>{}</th><th>SHA-256</th></tr></thead><tbody>",
        both("File", "文件"),
        both("Shows", "内容"),
        both("Score, held out", "留出分数")
    );
    let all = good.iter().chain(bad).zip(scores).zip(&report.hashes);
    for (n, ((file, score), hash)) in all.enumerate() {
        let kind = if n < good.len() {
            both("good part", "良品")
        } else {
            both("reviewed defect", "已确认的缺陷")
        };
        let file: &Path = file;
        let _ = write!(
            table,
            "<tr><td>{}</td><td>{kind}</td><td>{score:.3}</td><td><code>{hash}</code></td></tr>",
            escape(&names(file))
        );
    }
    table + "</tbody></table>"
}
