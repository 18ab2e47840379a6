//! What may have got through, by the passed parts that people looked at.

use crate::http::dto::quality::{AuditClaim, Escapes, Missing, SamplingPlan};
use crate::statistics::sampling::{Level, normal_plan};
use crate::statistics::{Counted, images_more, share_at_most};

/// Shares that are usually asked for.
const CLAIMS: [f64; 5] = [0.05, 0.01, 0.005, 0.001, 0.000_1];
/// Acceptable quality limits that are usually agreed, in percent.
const AQLS: [f64; 4] = [0.10, 0.25, 0.65, 1.0];

/// Of passed parts that were drawn at random and looked at: those with a defect. Whatever share was drawn, the bound is
/// that of the parts that were looked at, as long as chance alone chose them.
pub fn of(passed: u64, audited: Counted) -> Escapes {
    let is_known = audited.of > 0;
    let claims = CLAIMS.map(|share| AuditClaim {
        share,
        more: images_more(audited.count, audited.of, share) as u64,
    });
    let plans = AQLS.iter().filter_map(|aql| {
        let plan = normal_plan(passed, Level::II, *aql)?;
        Some(SamplingPlan {
            aql: *aql,
            letter: plan.letter,
            sample: plan.sample,
            accept: plan.accept,
        })
    });
    Escapes {
        passed,
        audited: audited.of as u64,
        defects: audited.count as u64,
        at_most: is_known.then(|| share_at_most(audited.count, audited.of)),
        missing: (!is_known).then_some(Missing::NoAudit),
        claims: claims.to_vec(),
        plans: plans.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_audit_nothing_is_known_and_the_plan_says_what_would_be() {
        let escapes = of(1_200, Counted::default());
        assert_eq!(
            (escapes.at_most, escapes.missing),
            (None, Some(Missing::NoAudit))
        );
        let more: Vec<u64> = escapes.claims.iter().map(|claim| claim.more).collect();
        assert_eq!(more[..4], [59, 299, 598, 2_995]);
        let plan = escapes
            .plans
            .last()
            .map(|plan| (plan.letter, plan.sample, plan.accept));
        assert_eq!(plan, Some(('J', 80, 2)));
        assert!(of(1, Counted::default()).plans.is_empty());
    }

    #[test]
    fn audited_parts_bound_what_got_through() {
        let escapes = of(10_000, Counted { count: 0, of: 299 });
        assert!(escapes.at_most.is_some_and(|share| share <= 0.01));
        assert_eq!((escapes.claims[0].more, escapes.claims[1].more), (0, 0));
        let with_defect = of(10_000, Counted { count: 1, of: 299 });
        assert!(with_defect.at_most.is_some_and(|share| share > 0.015));
        assert_eq!(with_defect.claims[1].more, 473 - 299);
    }
}
