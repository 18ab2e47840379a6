//! Troubles, what follows from them, and who lets the line go on.

use super::*;

#[test]
fn the_line_stands_until_a_person_lets_it_go_on_and_not_before_the_cause_is_gone() {
    let mut settings = GuardSettings::default();
    settings.reactions[Trouble::LowAir as usize] = Reaction::Stop;
    let mut guard = Guard::new(settings);
    assert!(guard.is(Trouble::LowAir, true));
    assert!(!guard.is(Trouble::LowAir, true));
    assert_eq!(guard.stops(), Some(Trouble::LowAir));
    let now = Instant::from_millis(1);
    assert_eq!(
        guard.restart(now, RestartBy::Name),
        Err(StillSo(Trouble::LowAir))
    );
    guard.is(Trouble::LowAir, false);
    assert_eq!(
        guard.stops(),
        Some(Trouble::LowAir),
        "a person has not come yet"
    );
    assert_eq!(guard.restart(now, RestartBy::Name), Ok(()));
    assert_eq!((guard.stops(), guard.rejects()), (None, None));
}

#[test]
fn rejects_are_counted_in_a_row_and_among_the_last() {
    let mut guard = Guard::new(GuardSettings {
        rejects_in_a_row: 3,
        rejects_of: (4, 6),
        ..GuardSettings::default()
    });
    let rows = [true, true, false, true, false, true, true];
    let many: Vec<bool> = rows
        .iter()
        .map(|is_reject| guard.judged(*is_reject))
        .collect();
    assert_eq!(many, [false, false, false, false, false, true, true]);
    let mut guard = Guard::new(GuardSettings {
        rejects_in_a_row: 3,
        ..GuardSettings::default()
    });
    let many: Vec<bool> = [true; 3].map(|is_reject| guard.judged(is_reject)).to_vec();
    assert_eq!(many, [false, false, true]);
    assert_eq!(guard.rejects(), None, "by default it is told, not acted on");
}

#[test]
fn a_bin_may_be_open_for_a_while_and_a_belt_may_be_empty_for_a_while() {
    let mut guard = Guard::new(GuardSettings {
        parts_missing_after: Duration::from_secs(5),
        ..GuardSettings::default()
    });
    let at = Instant::from_millis;
    guard.bin(true, at(0));
    guard.bin(true, at(20_000));
    guard.part(at(0));
    assert_eq!(
        guard.look(at(29_999), false),
        [(Trouble::BinOpen, false), (Trouble::PartsMissing, false)]
    );
    assert_eq!(
        guard.look(at(30_000), true),
        [(Trouble::BinOpen, true), (Trouble::PartsMissing, true)]
    );
    guard.bin(false, at(30_001));
    guard.part(at(30_001));
    assert_eq!(
        guard.look(at(30_002), true),
        [(Trouble::BinOpen, false), (Trouble::PartsMissing, false)]
    );
}

#[test]
fn a_line_that_runs_on_although_it_was_stopped_is_noticed() {
    let mut guard = Guard::new(GuardSettings::default());
    let at = Instant::from_millis;
    assert!(!guard.part(at(1_000)));
    guard.happened(Trouble::WrongLane);
    guard.look(at(2_000), true);
    guard.look(at(9_000), true);
    assert!(!guard.part(at(12_000)), "it takes a while to stand");
    assert!(guard.part(at(12_001)));
    assert_eq!(guard.restart(at(13_000), RestartBy::Name), Ok(()));
    guard.look(at(13_001), true);
    assert!(!guard.part(at(30_000)), "it is to run");
}

#[test]
fn by_default_what_may_let_a_defect_through_stops_the_line() {
    for trouble in [
        Trouble::WrongLane,
        Trouble::ConfirmMissing,
        Trouble::CommandLate,
        Trouble::PartsUnseen,
    ] {
        let mut guard = Guard::new(GuardSettings::default());
        guard.happened(trouble);
        assert_eq!(guard.stops(), Some(trouble));
    }
}

#[test]
fn what_a_challenge_part_has_shown_takes_a_name() {
    let mut guard = Guard::new(GuardSettings::default());
    let now = Instant::from_millis(1);
    guard.happened(Trouble::ChallengeFailed);
    assert_eq!(guard.rejects(), Some(Trouble::ChallengeFailed));
    let held = Err(StillSo(Trouble::ChallengeFailed));
    for by in [RestartBy::Key, RestartBy::Name] {
        assert_eq!(guard.restart(now, by), held, "{by:?} is not for this");
    }
    assert_eq!(guard.restart(now, RestartBy::NameForChallenge), Ok(()));
    assert_eq!(guard.rejects(), None);
}

#[test]
fn what_is_held_is_held_alone_and_the_line_runs_for_what_only_a_running_line_ends() {
    let mut guard = Guard::new(GuardSettings::default());
    let now = Instant::from_millis(1);
    guard.is(Trouble::ChallengeOverdue, true);
    guard.happened(Trouble::ConfirmMissing);
    assert_eq!(guard.stops(), Some(Trouble::ConfirmMissing));
    let held = Err(StillSo(Trouble::ChallengeOverdue));
    assert_eq!(guard.restart(now, RestartBy::Key), held);
    assert_eq!(guard.stops(), None, "challenge parts can be brought");
    assert_eq!(guard.rejects(), Some(Trouble::ChallengeOverdue));
    guard.is(Trouble::ChallengeOverdue, false);
    assert_eq!(guard.restart(now, RestartBy::Key), held, "it takes a name");
    assert_eq!(guard.restart(now, RestartBy::NameForChallenge), Ok(()));
    assert_eq!(guard.rejects(), None);
}

#[test]
fn a_line_that_overdue_challenge_parts_stop_runs_for_them_once_a_person_says_so() {
    let mut settings = GuardSettings::default();
    settings.reactions[Trouble::ChallengeOverdue as usize] = Reaction::Stop;
    let mut guard = Guard::new(settings);
    let (now, overdue) = (Instant::from_millis(1), Trouble::ChallengeOverdue);
    guard.is(overdue, true);
    assert_eq!(guard.stops(), Some(overdue));
    assert_eq!(guard.restart(now, RestartBy::Name), Err(StillSo(overdue)));
    assert_eq!((guard.stops(), guard.rejects()), (None, Some(overdue)));
    guard.is(overdue, false);
    assert_eq!(guard.rejects(), Some(overdue), "nobody has seen to it");
    guard.is(overdue, true);
    assert_eq!(guard.stops(), Some(overdue), "the next time it stops again");
}
