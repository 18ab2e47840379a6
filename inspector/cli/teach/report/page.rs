//! The page as a whole.

use super::pictures::Shown;
use super::{Images, Report, SHOWN_MAX, curve, tables};
pub(super) use crate::bench::page::escape;
use models::teach::{Counted, Evidence, images_needed};
use std::fmt::Write as _;
use std::path::Path;

const STYLE: &str = include_str!("report.css");

/// A text in both languages, of which the page shows one.
pub(super) fn both(en: &str, zh: &str) -> String {
    format!("<span lang=\"en\">{en}</span><span lang=\"zh\">{zh}</span>")
}

/// A share in percent, small ones with a digit after the point.
pub(super) fn percent(share: f64) -> String {
    match share > 0.0 && share < 0.0995 {
        true => format!("{:.1}", share * 100.0),
        false => format!("{:.0}", share * 100.0),
    }
}

/// The last two parts of a path: folders say what files are of.
pub(super) fn names(file: &Path) -> String {
    let mut parts: Vec<_> = file.components().rev().take(2).collect();
    parts.reverse();
    let parts = parts
        .iter()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    parts.collect::<Vec<_>>().join("/")
}

/// The whole page.
pub(super) fn html(report: &Report) -> String {
    let name = escape(&report.bundle.manifest().name);
    let mut body = format!(
        "<h1>{name}</h1><p class=\"quiet\">{}</p>",
        both(
            "What this model learnt from images of good parts, and what is known of it",
            "该模型从良品图像学到了什么，以及对它的了解"
        )
    );
    body += &warnings(report);
    section(&mut body, ("The threshold", "阈值"), &threshold(report));
    section(
        &mut body,
        ("What other thresholds would do", "换用其他阈值会怎样"),
        &(legend(report)
            + &curve::svg(&report.taught.evidence)
            + &wide(&tables::thresholds(report))),
    );
    if !report.bad.is_empty() {
        section(
            &mut body,
            ("Reviewed defects", "已确认的缺陷"),
            &defects(report),
        );
    }
    section(
        &mut body,
        ("Images of good parts", "良品图像"),
        &good(report),
    );
    section(
        &mut body,
        ("What counts", "起作用的特征层"),
        &wide(&tables::memories(report)),
    );
    section(
        &mut body,
        ("To do it again", "如何重做"),
        &(wide(&tables::settings(report)) + &all_files(report)),
    );
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{name}</title><style>{STYLE}</style></head><body>\
         <input type=\"checkbox\" id=\"zh\"><input type=\"checkbox\" id=\"maps\" checked>\
         <div class=\"tools\"><label for=\"zh\"><span lang=\"en\">中文</span><span lang=\"zh\">English</span></label>\
         <label for=\"maps\">{}</label></div><main>{body}</main></body></html>\n",
        both("Maps on or off", "显示或隐藏热图")
    )
}

fn section(body: &mut String, (en, zh): (&str, &str), content: &str) {
    let _ = write!(body, "<h2>{}</h2>{content}", both(en, zh));
}

fn wide(table: &str) -> String {
    format!("<div class=\"wide\">{table}</div>")
}

/// What a person should know first.
fn warnings(report: &Report) -> String {
    let evidence = &report.taught.evidence;
    let of_defects = match evidence.caught(report.taught.proposal.threshold) {
        Counted { of: 0, .. } => unknown(evidence),
        caught if caught.count < caught.of => missed(caught),
        _ => String::new(),
    };
    let odd = report.taught.odd.len();
    if odd == 0 {
        return of_defects;
    }
    let of_odd = warning(
        false,
        &format!(
            "{odd} images are unlike all the others, and nothing was learnt from them. Are they good parts? They are marked \
             below; --keep-odd learns from them, too."
        ),
        &format!(
            "有 {odd} 张图像与其他都不同，示教没有用它们。它们是良品吗？下面有标记；--keep-odd 也会用它们示教。"
        ),
    );
    of_defects + &of_odd
}

fn warning(is_weak: bool, en: &str, zh: &str) -> String {
    let class = if is_weak { "warning weak" } else { "warning" };
    format!("<p class=\"{class}\">{}</p>", both(en, zh))
}

fn unknown(evidence: &Evidence) -> String {
    let Counted { count, of } = evidence.drawn;
    let needed = images_needed(0.1);
    warning(
        false,
        &format!(
            "No reviewed defects: nothing is known of what this model catches. It catches {count} of {of} drawn defects, but \
             real ones look otherwise. {needed} reviewed defects, all caught, would show that at least 90 % are."
        ),
        &format!(
            "没有已确认的缺陷，因此不知道该模型能剔出哪些缺陷。人工绘制的 {of} 个缺陷中能剔出 {count} 个，但真实缺陷并不一样。\
             {needed} 个已确认的缺陷全部剔出，才能证明至少剔出 90 %。"
        ),
    )
}

fn missed(caught: Counted) -> String {
    let (of, missed) = (caught.of, caught.of - caught.count);
    let (low, high) = caught.interval();
    let (low, high) = (percent(low), percent(high));
    let is_weak = 2 * caught.count < of;
    let (weak, weak_zh) = match is_weak {
        true => (
            " That is more than half of them: do not put it to use as it is.",
            "漏检超过一半，请不要就这样启用。",
        ),
        false => ("", ""),
    };
    warning(
        is_weak,
        &format!(
            "{missed} of {of} reviewed defects are missed at the proposed threshold, on images that were held out. It catches \
             {low} to {high} % of such defects (95 % confidence).{weak}"
        ),
        &format!(
            "在建议的阈值下，已确认的 {of} 个缺陷（留出检验）中漏检 {missed} 个；这类缺陷的剔出率为 {low}～{high} %（95 % \
             置信度）。{weak_zh}"
        ),
    )
}

fn threshold(report: &Report) -> String {
    let (proposal, evidence) = (&report.taught.proposal, &report.taught.evidence);
    let mut text = String::new();
    let mut say = |en: &str, zh: &str| {
        let _ = write!(text, "<p>{}</p>", both(en, zh));
    };
    let (images, rejected) = (proposal.images, proposal.rejected);
    let at_most = percent(proposal.at_most);
    say(
        &format!(
            "<b>reject_above = {:.2}</b> is proposed. It rejects {rejected} of {images} good images that were held out: with \
             95 % confidence at most {at_most} % of good parts.",
            proposal.threshold
        ),
        &format!(
            "建议 <b>reject_above = {:.2}</b>（剔除阈值）。留出的 {images} 张良品图像中误剔 {rejected} 张：95 % 置信度下，良品误剔率\
             不超过 {at_most} %。",
            proposal.threshold
        ),
    );
    let (low, high) = evidence.expected.interval;
    let (low, high) = (percent(low), percent(high));
    say(
        &format!("If scores are about normal, it rejects {low} to {high} % of good parts."),
        &format!("如果分数大致为正态分布，它会误剔 {low}～{high} % 的良品。"),
    );
    if let Some(remedy) = evidence.remedy {
        let (more, share) = (remedy.images_more, percent(remedy.share));
        say(
            &format!(
                "Take {more} more good parts: if none of these is rejected, at most {share} % of all good parts are, with 95 % \
                 confidence."
            ),
            &format!(
                "再取 {more} 件良品：如果其中无一误剔，则在 95 % 置信度下良品误剔率不超过 {share} %。"
            ),
        );
    }
    if evidence.accept_below < proposal.threshold {
        let (line, share) = (evidence.accept_below, percent(evidence.doubtful));
        say(
            &format!(
                "<b>accept_below = {line:.2}</b> is the second line, where a person looks at doubtful parts: what scores from \
                 there to the threshold is not decided and taken out. About {share} % of good parts score above it ({} held out).",
                super::tables::counted(evidence.above_accept)
            ),
            &format!(
                "<b>accept_below = {line:.2}</b>（合格阈值）是第二条线，有人复看可疑工件时使用：分数在它与剔除阈值之间的工件为\
                 未判定，予以剔除。约 {share} % 的良品高于此线（留出图像：{}）。",
                super::tables::counted(evidence.above_accept)
            ),
        );
    }
    text
}

fn legend(report: &Report) -> String {
    let mut legend = "<p class=\"legend\">".to_owned();
    let mut add = |style: &str, en: &str, zh: &str| {
        let _ = write!(
            legend,
            "<span><i style=\"border-top:{style}\"></i>{}</span>",
            both(en, zh)
        );
    };
    add("3px solid #15803f", "good parts rejected", "误剔的良品");
    add(
        "2px dashed #15803f",
        "the same, if scores are about normal",
        "误剔率（假定分数大致为正态分布）",
    );
    if !report.taught.evidence.defects.is_empty() {
        add(
            "3px solid #c4240f",
            "reviewed defects caught",
            "剔出的已确认缺陷",
        );
    }
    add("3px solid #14232a", "proposed", "建议值");
    add("2px dashed #b37a00", "second line", "第二条线");
    legend
        + "</p>"
        + &format!(
            "<p class=\"quiet\">{}</p>",
            both(
                "Lines: images that were held out. Bands: where the share of all such parts lies, with 95 % confidence.",
                "线：留出的图像。色带：全部同类工件的比例所在范围，置信度 95 %。"
            )
        )
}

fn defects(report: &Report) -> String {
    let hint = both(
        "Each scored by a model whose threshold was placed without it, the lowest first. Maps are those of the finished model.",
        "每张的分数都由确定阈值时没有用到它的模型给出，最低的在前。热图来自做好的模型。",
    );
    let items = report.bad.iter().map(|shown| {
        let evidence = &report.taught.evidence;
        let (class, words) = if shown.held_out >= report.taught.proposal.threshold {
            ("", both("caught", "剔出"))
        } else if shown.held_out >= evidence.accept_below {
            (
                "doubtful",
                both(
                    "missed; not decided with the second line",
                    "漏检；用第二条线时未判定",
                ),
            )
        } else {
            ("rejected", both("missed", "漏检"))
        };
        item(&report.lesson.bad, shown, class, &words)
    });
    pictures(&hint, items.collect(), report.lesson.bad.files.len())
}

fn good(report: &Report) -> String {
    let hint = both(
        "Each scored by a model that had not seen it, the highest first. Maps are those of the finished model, which has seen \
         them, but not those left out.",
        "每张的分数都由没有见过它的模型给出，最高的在前。热图来自做好的模型，它见过这些图像（未学的除外）。",
    );
    let items = report.good.iter().map(|shown| {
        let (class, words) = if report.taught.odd.contains(&shown.n) {
            (
                "rejected",
                both("left out: is it a good part?", "未学：它是良品吗？"),
            )
        } else if shown.held_out >= report.taught.proposal.threshold {
            ("rejected", both("is it a good part?", "它是良品吗？"))
        } else if shown.held_out >= report.taught.evidence.accept_below {
            ("doubtful", both("above the second line", "高于第二条线"))
        } else {
            ("", String::new())
        };
        item(&report.lesson.good, shown, class, &words)
    });
    pictures(&hint, items.collect(), report.lesson.good.files.len())
}

fn pictures(hint: &str, items: Vec<String>, of: usize) -> String {
    let rest = match of > items.len() {
        true => format!(
            "<p class=\"quiet\">{}</p>",
            both(
                &format!("{SHOWN_MAX} of {of} are shown; the list of files has them all."),
                &format!("共 {of} 张，显示 {SHOWN_MAX} 张；文件清单列出全部。")
            )
        ),
        false => String::new(),
    };
    format!(
        "<p class=\"quiet\">{hint}</p><ul class=\"pictures\">{}</ul>{rest}",
        items.concat()
    )
}

fn item(images: &Images, shown: &Shown, class: &str, words: &str) -> String {
    let map = shown.map.as_ref().map_or(String::new(), |map| {
        format!("<img class=\"map\" src=\"{map}\" alt=\"\">")
    });
    format!(
        "<li class=\"{class}\"><span class=\"frame\"><img src=\"{}\" alt=\"\">{map}</span><span class=\"words\"><b>{:.3}</b> \
         {words}<br>{}</span></li>",
        shown.picture,
        shown.held_out,
        escape(&names(&images.files[shown.n]))
    )
}

fn all_files(report: &Report) -> String {
    format!(
        "<details><summary>{}</summary>{}</details>",
        both("All files with their hashes", "全部文件及其哈希值"),
        wide(&tables::files(report))
    )
}
