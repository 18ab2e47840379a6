//! Whether the station does its work: it decides, records, and hears the line.

use super::board::Alarm;
use super::catalogue::Duty;
use crate::station::state::State;

/// Why the station is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What it cannot do.
    pub duty: Duty,
    /// The alarm's code, or the name of the station's state.
    pub code: &'static str,
    /// Which thing has it; empty where there is one only.
    pub subject: String,
    /// What was found.
    pub message: String,
}

/// Everything that keeps the station from its duties; empty when it is ready.
pub fn reasons(state: State, alarms: &[Alarm]) -> Vec<Reason> {
    let active = alarms.iter().filter(|alarm| alarm.is_active());
    let mut reasons: Vec<Reason> = active
        .filter_map(|alarm| {
            Some(Reason {
                duty: alarm.code.duty()?,
                code: alarm.code.name(),
                subject: alarm.subject.clone(),
                message: alarm.message.clone(),
            })
        })
        .collect();
    let runs = matches!(state, State::ContinuousExecution | State::SingleExecution);
    if !runs && reasons.is_empty() {
        reasons.push(Reason {
            duty: Duty::Deciding,
            code: state.name(),
            subject: String::new(),
            message: format!("no job runs: the station is {}", state.name()),
        });
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::time::WallTime;
    use crate::telemetry::catalogue::Code;

    fn alarm(code: Code, ended: Option<WallTime>) -> Alarm {
        Alarm {
            code,
            subject: String::new(),
            message: "so".to_owned(),
            began: WallTime(1),
            last_seen: WallTime(1),
            ended,
            count: 1,
            acknowledged: None,
        }
    }

    #[test]
    fn what_keeps_from_a_duty_is_a_reason_as_long_as_it_lasts() {
        let running = State::ContinuousExecution;
        assert_eq!(reasons(running, &[]), []);
        assert_eq!(reasons(running, &[alarm(Code::ImageStore, None)]), []);
        assert_eq!(
            reasons(running, &[alarm(Code::CameraGone, Some(WallTime(2)))]),
            []
        );
        let both = [alarm(Code::CameraGone, None), alarm(Code::NotDurable, None)];
        let duties: Vec<Duty> = reasons(State::Error, &both)
            .iter()
            .map(|r| r.duty)
            .collect();
        assert_eq!(duties, [Duty::Line, Duty::Recording]);
        assert_eq!(reasons(State::Halted, &[])[0].code, "halted");
    }
}
