//! Rows as a station writes them, for benches of the result log.

use arrayvec::ArrayVec;
use inspector::results::writer::{JobContext, RecipeRow, ViewRow};
use inspector::station::lane::Lanes;
use inspector::station::part::{PartId, PartNo, Style, Trigger};
use inspector::station::recipe::{Recipe, RecipeView};
use inspector::station::result::{Finding, Identity, PartResult, RecipeRef, Record, ViewResult};
use inspector::station::review::Draw;
use inspector::station::time::{Instant, WallTime};
use inspector::station::verdict::{Cause, Disposition, Score, Thresholds, Verdict};

fn score(value: f32) -> Score {
    Score::new(value).expect("between 0 and 1")
}

fn thresholds() -> Thresholds {
    Thresholds::new(score(0.4), score(0.5)).expect("in order")
}

pub fn context() -> JobContext {
    let recipe = Recipe {
        style: Style::new("part").expect("a style"),
        version: 1,
        author: "a".to_owned(),
        reason: "r".to_owned(),
        created_at: WallTime(1),
        rules: Default::default(),
        views: ArrayVec::from_iter([RecipeView {
            name: "top".to_owned(),
            camera: 0,
            model: "demo".to_owned(),
            thresholds: thresholds(),
            place: Default::default(),
        }]),
    };
    let uses = ViewRow {
        camera: "top".to_owned(),
        model: "demo".to_owned(),
        model_sha256: "0".repeat(64),
        task: "segment".to_owned(),
        provider: "CPUExecutionProvider".to_owned(),
        acceptance: "0123456789ab".to_owned(),
        classes: vec!["scratch".to_owned()],
        configuration: None,
    };
    JobContext {
        settings_sha256: "1".repeat(64),
        is_simulated: false,
        lanes: Lanes::two(),
        announcer: None,
        passes_unasked: false,
        draw: Draw::NONE,
        recipes: vec![RecipeRow {
            recipe,
            sha256: "2".repeat(64),
            views: vec![uses],
        }],
    }
}

/// One view, a part every half second; one part in ten is defective and has a finding.
pub fn record(part_no: u64) -> Record {
    let part_no = PartNo(part_no);
    let trigger = Trigger {
        part_no,
        part_id: PartId::counted(1, part_no),
        identity: Identity::Counter,
        style: Style::new("part").ok(),
        lane: None,
        at: Instant::default(),
        wall: WallTime(500_000 * part_no.0 as i64),
    };
    let reference = RecipeRef {
        index: 0,
        version: 1,
    };
    let mut result = PartResult::of(&trigger, Some(reference));
    let is_defective = part_no.0.is_multiple_of(10);
    let value = score(if is_defective { 0.9 } else { 0.1 });
    (result.verdict, result.cause, result.disposition) = if is_defective {
        (Verdict::Fail, Some(Cause::Defect), Disposition::Reject)
    } else {
        (Verdict::Pass, None, Disposition::Accept)
    };
    result.score = Some(value);
    let findings = is_defective.then_some(Finding {
        class: 0,
        score: value,
        region: [1, 2, 3, 4],
        area_px: 12.0,
        measured: None,
    });
    result.views.push(ViewResult {
        verdict: result.verdict,
        cause: result.cause,
        score: result.score,
        thresholds: Some(thresholds()),
        findings: findings.into_iter().collect(),
        findings_total: u32::from(is_defective),
        ..ViewResult::not_decided(0, Cause::Deadline)
    });
    Record::Result(result)
}
