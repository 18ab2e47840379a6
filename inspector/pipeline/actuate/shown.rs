//! Where the parts on the belt are, for the page that shows the line.

use super::ActuateStage;
use crate::station::travel::Travel;
use crate::telemetry::parts_shown::{PartShown, behind};
use std::time::Duration;

impl ActuateStage {
    /// Parts between the trigger and the sensor of their lane, or its gate where it has none; so often. The oldest ones come
    /// first.
    pub(super) fn show_parts(&mut self, every: Duration) {
        let now = self.now();
        let shown_at = self.watch.shown_at;
        if shown_at.is_some_and(|at| now.at.since(at) < every) {
            return;
        }
        self.watch.shown_at = Some(now.at);
        let to_act = match self.travel {
            Travel::Time(budget) => {
                i64::try_from(budget.decide_by().as_millis()).unwrap_or(i64::MAX)
            }
            Travel::Belt(way) => way.counts_to_gate(),
        };
        let sent = self.awaiting.places();
        let sent = sent.map(|(part_no, at, lane)| (part_no, at, Some(lane)));
        let on_way = self.underway.iter().map(|part| {
            let row = &part.due.result;
            (row.part_no, part.due.act_at, Some(row.lane))
        });
        let tracked = self.tracker.places();
        let tracked = tracked.map(|(part_no, at)| (part_no, at, None));
        let parts = sent.chain(on_way).chain(tracked);
        let shown = parts.filter_map(|(part_no, act_at, lane)| {
            Some(PartShown {
                part_no,
                behind: behind(act_at, (now.at, now.counts), to_act)?,
                lane,
            })
        });
        self.with.stats.line.parts.show(shown);
    }
}
