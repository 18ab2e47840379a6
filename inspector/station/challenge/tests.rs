use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn id(text: &str) -> PartId {
    PartId::new(text).expect("an ID")
}

fn plan() -> ChallengePlan {
    ChallengePlan {
        parts: vec![
            (id("BAD"), Quality::Defective),
            (id("GOLD"), Quality::Golden),
        ],
        on_recipe_change: false,
        every: None,
        at: Vec::new(),
        within: HOUR,
    }
}

fn at(hours: u64) -> Instant {
    Instant(HOUR * u32::try_from(hours).expect("few"))
}

fn judged(
    challenge: &mut Challenge,
    part: &str,
    verdict: Verdict,
    now: Instant,
) -> Option<Challenged> {
    challenge.judged(&id(part), (verdict, true), Some((0, 1)), now)
}

#[test]
fn they_are_over_when_every_one_was_judged_as_expected() {
    let mut challenge = Challenge::new(
        ChallengePlan {
            every: Some(HOUR * 8),
            ..plan()
        },
        Duration::ZERO,
        at(0),
    );
    assert_eq!(challenge.due(), Some((at(0), Why::Start)));
    let passed = Some(Challenged::Passed);
    assert_eq!(judged(&mut challenge, "P-1", Verdict::Pass, at(0)), None);
    assert_eq!(judged(&mut challenge, "GOLD", Verdict::Pass, at(0)), passed);
    let missing: Vec<&str> = challenge.missing().map(|(id, _)| id.as_str()).collect();
    assert_eq!(missing, ["BAD"]);
    assert!(!challenge.is_overdue(at(0)) && challenge.is_overdue(at(1)));
    assert_eq!(judged(&mut challenge, "BAD", Verdict::Fail, at(2)), passed);
    assert_eq!(challenge.due(), None);
    challenge.look(at(9), None);
    assert_eq!(
        challenge.due(),
        None,
        "seven hours after they were complete"
    );
    challenge.look(at(10), None);
    assert_eq!(challenge.due(), Some((at(10), Why::Interval)));
}

#[test]
fn one_that_is_judged_otherwise_fails_and_all_are_due_again() {
    let mut challenge = Challenge::new(plan(), Duration::ZERO, at(0));
    let failed = Some(Challenged::Failed);
    for (part, verdict) in [
        ("BAD", Verdict::Pass),
        ("BAD", Verdict::NotDecided),
        ("GOLD", Verdict::Fail),
    ] {
        judged(&mut challenge, "GOLD", Verdict::Pass, at(0));
        assert_eq!(judged(&mut challenge, part, verdict, at(1)), failed);
        assert_eq!(challenge.missing().count(), 2);
        assert!(challenge.due().is_some());
    }
    let unjudged = challenge.judged(&id("BAD"), (Verdict::NotDecided, false), None, at(2));
    assert_eq!(unjudged, None, "no picture of it proves nothing");
}

#[test]
fn times_of_the_day_and_recipes_make_them_due() {
    let mut challenge = Challenge::new(
        ChallengePlan {
            at: vec![6 * 3_600, 22 * 3_600],
            on_recipe_change: true,
            ..plan()
        },
        Duration::ZERO,
        at(0),
    );
    let day = 20_000 * DAY_S;
    for (local_s, is_due) in [
        (day + 5 * 3_600, false),
        (day + 6 * 3_600 - 1, false),
        (day + 6 * 3_600, true),
        (day + 7 * 3_600, false),
        // Set back over a time, it is that time once more.
        (day + 5 * 3_600, false),
        (day + 6 * 3_600 + 5, true),
        // Asleep from one evening to the next morning.
        (day + 21 * 3_600, false),
        (day + DAY_S + 3_600, true),
    ] {
        challenge.due = None;
        challenge.look(at(1), Some(local_s));
        assert_eq!(challenge.due().is_some(), is_due, "{}", local_s - day);
    }
    challenge.due = None;
    let of = |challenge: &mut Challenge, index, version| {
        let recipe = Some((index, version));
        challenge.judged(&id("P"), (Verdict::Pass, true), recipe, at(2));
        challenge.due().map(|(_, why)| why)
    };
    for (index, version) in [(0, 1), (1, 7), (0, 1), (1, 7)] {
        let due = of(&mut challenge, index, version);
        assert_eq!(due, None, "styles come mixed");
    }
    assert_eq!(of(&mut challenge, 0, 2), Some(Why::Recipe));
}

#[test]
fn what_another_version_has_shown_counts_for_nothing_and_nor_does_what_was_not_asked_for() {
    let mut challenge = Challenge::new(
        ChallengePlan {
            on_recipe_change: true,
            ..plan()
        },
        Duration::ZERO,
        at(0),
    );
    let bad = (id("BAD"), (Verdict::Fail, true));
    challenge.judged(&bad.0, bad.1, Some((0, 1)), at(0));
    assert_eq!(challenge.missing().count(), 1);
    challenge.judged(&id("GOLD"), (Verdict::Pass, true), Some((0, 2)), at(0));
    let missing: Vec<&str> = challenge.missing().map(|(id, _)| id.as_str()).collect();
    assert_eq!(missing, ["BAD"], "it was shown to version 1 only");
    challenge.judged(&bad.0, bad.1, Some((0, 2)), at(1));
    assert_eq!(challenge.due(), None);
    let again = challenge.judged(&bad.0, bad.1, Some((0, 2)), at(2));
    assert_eq!(again, Some(Challenged::Passed));
    assert_eq!(challenge.missing().count(), 2, "nobody had asked for it");
}

#[test]
fn starting_anew_gives_no_more_time() {
    let half = HOUR / 2;
    let mut challenge = Challenge::new(plan(), half, at(0));
    let just_before = Instant(half - Duration::from_secs(1));
    assert!(!challenge.is_overdue(just_before));
    assert!(challenge.is_overdue(Instant(half)), "30 + 30 minutes of 60");
    for (part, verdict) in [("BAD", Verdict::Fail), ("GOLD", Verdict::Pass)] {
        judged(&mut challenge, part, verdict, Instant(half));
    }
    assert_eq!(challenge.due(), None);
    judged(&mut challenge, "BAD", Verdict::Pass, at(2));
    assert!(challenge.due().is_some(), "one has failed");
    let later = Instant(at(2).0 + half);
    assert!(!challenge.is_overdue(later), "what was before is over");
    assert!(challenge.is_overdue(at(3)));
}

#[test]
fn a_clock_that_is_set_by_days_makes_them_due_and_says_so_and_never_overdue_at_once() {
    let plan = ChallengePlan {
        at: vec![6 * 3_600],
        ..plan()
    };
    let mut challenge = Challenge::new(plan, Duration::ZERO, at(0));
    for (part, verdict) in [("BAD", Verdict::Fail), ("GOLD", Verdict::Pass)] {
        judged(&mut challenge, part, verdict, at(0));
    }
    let noon = 12 * 3_600;
    challenge.look(at(0), Some(noon));
    challenge.look(at(0), Some(noon + 59));
    assert_eq!(challenge.due(), None);
    let now = at(0) + Duration::from_secs(1);
    challenge.look(now, Some(noon + 3 * DAY_S));
    assert_eq!(challenge.due(), Some((now, Why::Clock)));
    assert!(
        !challenge.is_overdue(now),
        "people have their time to bring them"
    );
    assert!(challenge.is_overdue(now + HOUR));
    // Set back again it is due no longer than before, and a day that goes by is no step.
    challenge.look(now + HOUR, Some(noon));
    assert_eq!(challenge.due(), Some((now, Why::Clock)));
    for (part, verdict) in [("BAD", Verdict::Fail), ("GOLD", Verdict::Pass)] {
        judged(&mut challenge, part, verdict, now + HOUR);
    }
    challenge.look(now + HOUR * 19, Some(noon + 18 * 3_600));
    assert_eq!(challenge.due(), Some((now + HOUR * 19, Why::Time)));
}
