use super::super::lane::Lane;
use super::super::part::{PartId, PartNo, Trigger};
use super::super::result::{Finding, Identity, ViewResult};
use super::super::time::{Instant, WallTime};
use super::*;

fn name(text: &str) -> ArrayString<LANE_BYTES_MAX> {
    ArrayString::from(text).expect("short")
}

fn score(value: f32) -> Score {
    Score::new(value).expect("a score")
}

/// Two lanes for accepted parts, three for rejected ones; the last is the safe one.
fn lanes() -> Lanes {
    let lane = |text, takes| Lane {
        name: name(text),
        takes,
    };
    let all = vec![
        lane("grade a", Disposition::Accept),
        lane("grade b", Disposition::Accept),
        lane("rework", Disposition::Reject),
        lane("look", Disposition::Reject),
        lane("scrap", Disposition::Reject),
    ];
    Lanes::new(all, LaneNo(4)).expect("they fit")
}

fn rule(lane: &str) -> LaneRule {
    LaneRule {
        lane: name(lane),
        verdict: None,
        class: None,
        score_from: None,
        score_below: None,
    }
}

/// Judged by one view that found something of class `class`.
fn judged(verdict: Verdict, value: f32, class: Option<u16>) -> PartResult {
    let trigger = Trigger {
        part_no: PartNo(1),
        part_id: PartId::new("A").expect("an ID"),
        identity: Identity::Counter,
        style: None,
        lane: None,
        at: Instant::default(),
        wall: WallTime(0),
    };
    let cause = match verdict {
        Verdict::Pass => None,
        Verdict::Fail => Some(Cause::Defect),
        Verdict::NotDecided => Some(Cause::Uncertain),
    };
    let mut view = ViewResult::not_decided(0, Cause::Deadline);
    (view.verdict, view.cause, view.score) = (verdict, cause, Score::new(value));
    view.findings.extend(class.map(|class| Finding {
        class,
        score: score(value),
        region: [0; 4],
        area_px: 1.0,
        measured: None,
    }));
    let mut result = PartResult::of(&trigger, None);
    (result.verdict, result.cause) = (verdict, cause);
    (result.disposition, result.score) = (verdict.disposition(), Score::new(value));
    result.decided_after_us = Some(1);
    result.views.push(view);
    result
}

fn bound(rules: Vec<LaneRule>) -> LaneRules {
    let classes = ["scratch".to_owned(), "dent".to_owned()];
    let mut rules = LaneRules::new(rules).expect("they fit");
    rules.bind(&lanes(), &[&classes]).expect("all are known");
    rules
}

#[test]
fn the_first_rule_that_holds_says_where_a_part_goes() {
    let rules = bound(vec![
        LaneRule {
            class: Some("dent".to_owned()),
            ..rule("rework")
        },
        LaneRule {
            verdict: Some(Verdict::NotDecided),
            ..rule("look")
        },
        LaneRule {
            score_from: Some(score(0.2)),
            ..rule("grade b")
        },
    ]);
    let of = |result: &PartResult, told| lane_of(result, Some(&rules), told, &lanes());
    let (pass, fail, unsure) = (Verdict::Pass, Verdict::Fail, Verdict::NotDecided);
    for (result, lane, by) in [
        (judged(fail, 0.9, Some(1)), 2, LaneBy::Rule(1)),
        (judged(fail, 0.9, Some(0)), 4, LaneBy::Usual),
        (judged(unsure, 0.5, None), 3, LaneBy::Rule(2)),
        (judged(unsure, 0.5, Some(1)), 2, LaneBy::Rule(1)),
        (judged(pass, 0.2, None), 1, LaneBy::Rule(3)),
        (judged(pass, 0.19, None), 0, LaneBy::Usual),
        // A dent so small that the part passes goes on to the rules for accepted parts.
        (judged(pass, 0.25, Some(1)), 1, LaneBy::Rule(3)),
    ] {
        assert_eq!(of(&result, None), (LaneNo(lane), by), "{result:?}");
    }
    let told = Some(LaneNo(1));
    let good = judged(pass, 0.1, None);
    assert_eq!(of(&good, told), (LaneNo(1), LaneBy::LookUp));
    let bad = judged(fail, 0.9, Some(0));
    assert_eq!(of(&bad, told), (LaneNo(4), LaneBy::Usual));
}

#[test]
fn rules_that_cannot_hold_are_refused() {
    let refused = |rule: LaneRule| {
        let bound = LaneRules::new(vec![rule]).and_then(|mut rules| {
            rules.bind(&lanes(), &[&["scratch".to_owned()], &["dent".to_owned()]])
        });
        bound.expect_err("refused").to_string()
    };
    let text = refused(rule("gone"));
    assert!(text.contains("rule 1") && text.contains("\"gone\"") && text.contains("\"scrap\""));
    let text = refused(LaneRule {
        class: Some("hole".to_owned()),
        ..rule("scrap")
    });
    assert!(text.contains("[\"dent\", \"scratch\"]") && text.contains("\"hole\""));
    let text = refused(LaneRule {
        verdict: Some(Verdict::Fail),
        ..rule("grade a")
    });
    assert!(text.contains("takes accepted parts"), "{text}");
    let text = refused(LaneRule {
        score_from: Some(score(0.5)),
        score_below: Some(score(0.5)),
        ..rule("scrap")
    });
    assert!(text.contains("0.5"), "{text}");
    let many = LaneRules::new(vec![rule("scrap"); RULES_MAX + 1]);
    assert_eq!(many, Err(RuleError::TooMany(RULES_MAX + 1)));
}

/// Whatever the rules, whatever whoever told of the part, whatever happened to it.
#[test]
fn no_rule_lets_a_part_that_did_not_pass_to_accepted_ones_nor_a_fault_elsewhere_than_to_the_safe_lane()
 {
    let mut rng = fastrand::Rng::with_seed(19);
    let all = lanes();
    let names: Vec<_> = all.iter().map(|(_, lane)| lane.name).collect();
    let verdicts = [Verdict::Pass, Verdict::Fail, Verdict::NotDecided];
    let (mut sorted, mut faults) = (0, 0);
    for _ in 0..200_000 {
        let rules = (0..rng.usize(..5)).map(|_| LaneRule {
            lane: names[rng.usize(..names.len())],
            verdict: None,
            class: rng
                .bool()
                .then(|| ["scratch", "dent"][rng.usize(..2)].to_owned()),
            score_from: rng.bool().then(|| score(rng.f32() * 0.5)),
            score_below: rng.bool().then(|| score(0.5 + rng.f32() * 0.5)),
        });
        let rules = bound(rules.collect());
        let verdict = verdicts[rng.usize(..3)];
        let class = rng.bool().then(|| rng.u16(..3));
        let mut result = judged(verdict, rng.f32(), class);
        let is_faulty = rng.bool();
        if is_faulty {
            let faults = Cause::ALL.into_iter();
            let faults = faults.filter(|cause| !matches!(cause, Cause::Defect | Cause::Uncertain));
            let cause = rng.choice(faults.collect::<Vec<_>>()).expect("some");
            match rng.u8(..4) {
                0 => result.decided_after_us = None,
                1 => result.views.push(ViewResult::not_decided(1, cause)),
                2 => {
                    result.disposition = match result.disposition {
                        Disposition::Accept => Disposition::Reject,
                        Disposition::Reject => Disposition::Accept,
                    }
                }
                _ => {
                    result.verdict = Verdict::NotDecided;
                    result.disposition = Disposition::Reject;
                    result.cause = Some(cause);
                }
            }
        }
        let told = rng.bool().then(|| LaneNo(rng.u8(..8)));
        let (lane, by) = lane_of(&result, Some(&rules), told, &all);
        let takes = all.get(lane).expect("a lane of the station").takes;
        if is_faulty {
            faults += 1;
            assert_eq!((lane, by), (all.safe(), LaneBy::Usual), "{result:?}");
        } else {
            sorted += u32::from(by != LaneBy::Usual);
            assert_eq!(takes, result.verdict.disposition(), "{result:?} {rules:?}");
        }
    }
    assert!(sorted > 20_000 && faults > 50_000, "{sorted} {faults}");
}
