//! The eight rules of the handshake, one by one, and what goes with them.

use super::*;

#[test]
fn rule_1_a_trigger_counts_only_while_ready_and_is_held_until_its_acknowledgement() {
    let mut rig = Rig::ready();
    assert!(rig.has(Flag::TriggerReady) && rig.has(Flag::Online));
    rig.set(Control::Trigger, true);
    assert_eq!(rig.taken().len(), 1);
    assert!(!rig.has(Flag::TriggerReady) && !rig.has(Flag::TriggerAck));
    rig.numbered(7);
    assert!(rig.has(Flag::TriggerAck) && rig.has(Flag::SystemBusy));
    rig.step();
    assert!(rig.has(Flag::TriggerAck), "held while the trigger is");
    assert_eq!(rig.taken(), [], "a trigger that is held is one");
    rig.set(Control::Trigger, false);
    assert!(!rig.has(Flag::TriggerAck));

    // Enabled and triggered in one write: ready was not seen.
    let mut rig = Rig::ready();
    rig.set(Control::TriggerEnable, false);
    rig.controls.bits |= Control::Trigger.mask();
    rig.set(Control::TriggerEnable, true);
    assert!(rig.has(Flag::MissedAcq));
    assert!(matches!(
        rig.taken()[..],
        [Effect::Arrival {
            is_missed: true,
            ..
        }]
    ));
}

#[test]
fn rule_1_a_pulse_is_acknowledged_for_long_enough_to_be_seen() {
    let mut rig = Rig::ready();
    rig.set(Control::Trigger, true);
    rig.set(Control::Trigger, false);
    rig.numbered(1);
    rig.step();
    assert!(rig.has(Flag::TriggerAck));
    rig.wait_ms(200);
    assert!(!rig.has(Flag::TriggerAck));
}

#[test]
fn rule_2_ready_is_off_until_exposed_and_the_number_is_there_before_the_acknowledgement() {
    let mut rig = Rig::ready();
    rig.set(Control::Trigger, true);
    assert_eq!(rig.machine.status().acquisition_id, 0);
    // The number's low 16 bits, in the same moment as the acknowledgement.
    rig.numbered(0x1_0005);
    let status = rig.machine.status();
    assert!(status.has(Flag::TriggerAck) && status.acquisition_id == 5);
    rig.set(Control::Trigger, false);
    assert!(!rig.has(Flag::TriggerReady), "it is being exposed");
    rig.exposed(0x1_0004);
    assert!(!rig.has(Flag::TriggerReady), "that was another part");
    rig.exposed(0x1_0005);
    assert!(rig.has(Flag::TriggerReady));
}

#[test]
fn rule_3_a_trigger_while_not_ready_is_told_recorded_and_cleared() {
    let mut rig = Rig::ready();
    rig.set(Control::Trigger, true);
    rig.numbered(1);
    rig.set(Control::Trigger, false);
    rig.taken();
    rig.set(Control::Trigger, true);
    assert!(matches!(
        rig.taken()[..],
        [Effect::Arrival {
            is_missed: true,
            ..
        }]
    ));
    assert!(rig.has(Flag::MissedAcq) && !rig.has(Flag::TriggerAck));
    rig.numbered(2);
    assert!(!rig.has(Flag::TriggerAck), "it was not taken");
    assert_eq!(rig.machine.status().acquisition_id, 1);
    rig.set(Control::Trigger, false);
    // It gets no result: the next one that is valid is of the next part.
    rig.outcome(2, false);
    assert_eq!(rig.taken(), [Effect::Acknowledged(PartNo(2))]);
    assert!(!rig.has(Flag::ResultsValid));
    // Cleared by the next good one ...
    rig.exposed(1);
    rig.part(3);
    assert!(!rig.has(Flag::MissedAcq));
    // ... or by toggling TriggerEnable, which resets nothing else.
    rig.set(Control::Trigger, true);
    rig.numbered(4);
    rig.set(Control::Trigger, false);
    rig.set(Control::Trigger, true);
    rig.outcome(3, true);
    assert!(rig.has(Flag::MissedAcq));
    rig.set(Control::TriggerEnable, false);
    rig.set(Control::TriggerEnable, true);
    assert!(!rig.has(Flag::MissedAcq) && rig.has(Flag::ResultsValid));
}

#[test]
fn rule_4_exposure_complete_is_cleared_by_its_own_bit_only() {
    let mut rig = Rig::ready();
    rig.part(1);
    assert!(rig.has(Flag::ExposureComplete));
    rig.wait_ms(1000);
    assert!(rig.has(Flag::ExposureComplete));
    rig.set(Control::ClearExposureComplete, true);
    assert!(!rig.has(Flag::ExposureComplete));
    rig.set(Control::ClearExposureComplete, false);
    assert!(!rig.has(Flag::ExposureComplete));
}

#[test]
fn rule_5_the_next_result_waits_until_the_acknowledgement_of_the_one_before_is_dropped() {
    let mut rig = Rig::ready();
    rig.set(Control::BufferResultsEnable, true);
    rig.part(1);
    rig.part(2);
    rig.outcome(1, true);
    rig.outcome(2, false);
    assert!(rig.has(Flag::ResultsValid) && rig.has(Flag::JobPass));
    assert_eq!((rig.result().inspection_id, rig.result().code), (1, 1));
    rig.set(Control::InspectionResultsAck, true);
    assert_eq!(rig.taken(), [Effect::Acknowledged(PartNo(1))]);
    // Whoever does not wait for ResultsValid finds nothing, and no pass.
    assert_eq!(rig.result(), ResultWords::default());
    assert!(!rig.has(Flag::ResultsValid) && !rig.has(Flag::JobPass));
    rig.wait_ms(300);
    assert!(
        !rig.has(Flag::ResultsValid),
        "the acknowledgement is still held"
    );
    rig.set(Control::InspectionResultsAck, false);
    assert!(rig.has(Flag::ResultsValid) && !rig.has(Flag::JobPass));
    assert_eq!((rig.result().inspection_id, rig.result().code), (2, 2));
}

#[test]
fn rule_5_an_acknowledgement_that_was_on_before_takes_no_result() {
    let mut rig = Rig::ready();
    rig.set(Control::InspectionResultsAck, true);
    rig.part(1);
    rig.outcome(1, true);
    rig.step();
    assert!(!rig.has(Flag::ResultsValid));
    assert_eq!(rig.taken(), []);
    rig.set(Control::InspectionResultsAck, false);
    assert!(rig.has(Flag::ResultsValid));
}

#[test]
fn rule_5_the_ninth_result_is_told_as_an_overrun_and_what_is_being_read_stays() {
    for (is_buffered, most) in [(true, 8), (false, 1)] {
        let mut rig = Rig::ready();
        rig.set(Control::BufferResultsEnable, is_buffered);
        for part_no in 1..=most + 1 {
            rig.part(part_no);
        }
        for part_no in 1..=most {
            rig.outcome(part_no, true);
        }
        assert!(!rig.has(Flag::ResultsBufferOverrun));
        assert_eq!(rig.taken(), []);
        rig.outcome(most + 1, true);
        let lost = Effect::Failed(PartNo(most + 1), Failure::Overrun);
        assert_eq!(rig.taken(), [lost]);
        assert!(rig.has(Flag::ResultsBufferOverrun));
        assert_eq!(rig.result().inspection_id, 1);
        for part_no in 1..=most {
            assert_eq!(u64::from(rig.result().inspection_id), part_no);
            rig.set(Control::InspectionResultsAck, true);
            rig.set(Control::InspectionResultsAck, false);
        }
        assert!(!rig.has(Flag::ResultsValid));
        assert!(
            rig.has(Flag::ResultsBufferOverrun),
            "a slow PLC still sees it"
        );
        rig.set(Control::ClearError, true);
        assert!(!rig.has(Flag::ResultsBufferOverrun));
    }
}

#[test]
fn rule_6_inspection_completed_changes_with_each_result() {
    let mut rig = Rig::ready();
    rig.set(Control::BufferResultsEnable, true);
    let mut before = rig.has(Flag::InspectionCompleted);
    for part_no in 1..=5 {
        rig.part(part_no);
        rig.outcome(part_no, true);
        assert_ne!(rig.has(Flag::InspectionCompleted), before);
        before = !before;
    }
}

#[test]
fn rule_7_user_data_is_held_until_acknowledged_and_is_of_one_part_only() {
    let mut rig = Rig::ready();
    rig.controls.part_id[..4].copy_from_slice(b"A-17");
    rig.controls.style[..3].copy_from_slice(b"cap");
    rig.set(Control::SetUserData, true);
    assert!(rig.has(Flag::SetUserDataAck));
    rig.step();
    assert!(rig.has(Flag::SetUserDataAck));
    rig.set(Control::SetUserData, false);
    assert!(!rig.has(Flag::SetUserDataAck));
    rig.set(Control::Trigger, true);
    let Effect::Arrival { part_id, style, .. } = rig.taken()[0] else {
        panic!("expected an arrival");
    };
    assert_eq!(part_id.expect("it was said").as_str(), "A-17");
    assert_eq!(style.expect("it was said").as_str(), "cap");
    rig.numbered(1);
    rig.set(Control::Trigger, false);
    rig.exposed(1);
    // The next part is not called as the one before.
    rig.set(Control::Trigger, true);
    let found = rig.taken();
    assert!(matches!(
        found[..],
        [Effect::Arrival {
            part_id: None,
            style: None,
            ..
        }]
    ));
}

#[test]
fn rule_7_user_data_after_the_trigger_names_its_part_by_number() {
    let mut rig = Rig::ready();
    rig.part(0x1_0001);
    rig.part(0x1_0002);
    rig.controls.part_id[..2].copy_from_slice("é".as_bytes());
    rig.controls.user_data_part = 1;
    rig.set(Control::SetUserData, true);
    let Effect::Identified(who) = rig.taken()[0] else {
        panic!("expected an identity");
    };
    assert_eq!(who.part_no, Some(PartNo(0x1_0001)));
    assert_eq!(who.part_id.expect("readable").as_str(), "é");
    rig.set(Control::SetUserData, false);
    // What is no text is acknowledged, told, and read as nothing.
    rig.controls.part_id[0] = 0xFF;
    rig.set(Control::SetUserData, true);
    assert!(rig.has(Flag::SetUserDataAck) && rig.has(Flag::Error));
    assert_eq!(rig.machine.status().error_code, error::USER_DATA);
    assert!(matches!(rig.taken()[..], [Effect::Identified(who)] if who.part_id.is_none()));
}

#[test]
fn rule_8_trigger_enable_held_off_clears_all_and_no_old_result_comes_after_it() {
    let mut rig = Rig::ready();
    rig.set(Control::BufferResultsEnable, true);
    for part_no in 1..=3 {
        rig.part(part_no);
    }
    rig.outcome(1, true);
    rig.outcome(2, true);
    rig.set(Control::Trigger, true);
    rig.controls.bits = 0;
    rig.step();
    rig.taken();
    rig.wait_ms(600);
    let lost = |part_no| Effect::Failed(PartNo(part_no), Failure::Reset);
    assert_eq!(rig.taken(), [lost(1), lost(2)]);
    let left = [
        Flag::Online.mask(),
        Flag::InspectionCompleted.mask(),
        Flag::SystemBusy.mask(),
    ];
    let left = left.iter().fold(0, |all, mask| all | mask);
    assert_eq!(rig.machine.status().bits & !left, 0);
    // The trigger that was not numbered yet, and the part under way, are over too.
    rig.set(Control::TriggerEnable, true);
    rig.numbered(4);
    rig.exposed(4);
    rig.outcome(3, true);
    rig.outcome(4, true);
    assert_eq!(rig.taken(), [lost(3), lost(4)]);
    assert!(!rig.has(Flag::ResultsValid) && !rig.has(Flag::ExposureComplete));
    rig.part(5);
    rig.outcome(5, true);
    assert_eq!(rig.result().inspection_id, 5);
}

#[test]
fn jobs_are_chosen_by_number_once_no_part_is_before_the_camera() {
    let mut rig = Rig::ready();
    rig.set(Control::Trigger, true);
    rig.numbered(1);
    rig.controls.command = 2;
    rig.set(Control::ExecuteCommand, true);
    assert!(rig.has(Flag::CommandExecuting));
    rig.set(Control::Trigger, false);
    rig.exposed(1);
    rig.step();
    assert!(rig.has(Flag::CommandCompleted) && !rig.has(Flag::CommandExecuting));
    assert_eq!(rig.machine.status().current_job, 2);
    rig.set(Control::ExecuteCommand, false);
    assert!(!rig.has(Flag::CommandCompleted));
    rig.taken();
    rig.set(Control::Trigger, true);
    assert!(
        matches!(rig.taken()[..], [Effect::Arrival { style: Some(style), .. }] if style.as_str() == "cap")
    );
    for unknown in [0, 3, 999, 0x1007] {
        rig.controls.command = unknown;
        rig.set(Control::ExecuteCommand, true);
        assert!(rig.has(Flag::CommandFailed), "{unknown}");
        assert_eq!(rig.machine.status().error_code, error::COMMAND);
        assert_eq!(rig.machine.status().current_job, 2);
        rig.set(Control::ExecuteCommand, false);
        rig.set(Control::ClearError, true);
        assert!(!rig.has(Flag::CommandFailed) && !rig.has(Flag::Error));
        rig.set(Control::ClearError, false);
    }
}

#[test]
fn string_commands_and_soft_events_are_answered_while_they_are_held() {
    let mut rig = Rig::ready();
    for (asked, code, answer) in [
        ("STYLE cap", 0, "OK"),
        (
            "STYLE nothing",
            error::STRING,
            "EXPECTED STYLE name OR ID text",
        ),
        ("ID X9", 0, "OK"),
    ] {
        rig.controls.string[..asked.len()].copy_from_slice(asked.as_bytes());
        rig.controls.string_bytes = asked.len() as u16;
        rig.set(Control::InitiateStringCommand, true);
        let status = rig.machine.status();
        assert!(status.has(Flag::StringCmdAck));
        assert_eq!(status.has(Flag::StringCmdError), code != 0);
        assert_eq!(
            (status.string_code, status.string_answer.as_str()),
            (code, answer)
        );
        rig.set(Control::InitiateStringCommand, false);
        assert!(!rig.has(Flag::StringCmdAck));
    }
    assert_eq!(rig.machine.status().current_job, 2);
    rig.controls.bits |= 0b101 << SOFT_EVENTS_AT;
    rig.step();
    let on = |number| Effect::SoftEvent {
        number,
        is_on: true,
    };
    assert_eq!(rig.taken(), [on(0), on(2)]);
    assert_eq!(rig.machine.status().bits >> SOFT_EVENTS_AT, 0b101);
    rig.controls.bits &= !Control::SoftEvent0.mask();
    rig.step();
    assert_eq!(
        rig.taken(),
        [Effect::SoftEvent {
            number: 0,
            is_on: false
        }]
    );
}
