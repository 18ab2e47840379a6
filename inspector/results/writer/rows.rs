//! One record to its rows.

use super::Truth;
use super::recipes::Version;
use crate::results::{append, result_id};
use crate::station::challenge::Challenged;
use crate::station::lane::Lanes;
use crate::station::part::JobId;
use crate::station::result::{Gap, GapCause, LateVerdict, PartResult, ViewResult};
use rusqlite::{Transaction, params};

/// Writes the rows of one transaction. Every insert may be repeated: a commit whose answer was lost is
/// tried again.
pub(super) struct Rows<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) job: JobId,
    pub(super) truth: Option<&'a Truth>,
    pub(super) lanes: &'a Lanes,
    /// The device that announces parts.
    pub(super) announcer: Option<&'a str>,
    /// Whether a part goes on as an accepted one for which no command comes.
    pub(super) passes_unasked: bool,
}

fn class(version: Option<&Version>, view: u8, class: u16) -> &str {
    version
        .and_then(|version| version.classes.get(usize::from(view)))
        .and_then(|classes| classes.get(usize::from(class)))
        .map_or("unnamed", String::as_str)
}

fn defect<'a>(version: Option<&'a Version>, result: &PartResult) -> Option<&'a str> {
    let views = result.views.iter();
    let (view, worst) = views
        .filter_map(|view| Some((view.view, view.findings.first()?)))
        .max_by(|a, b| a.1.score.get().total_cmp(&b.1.score.get()))?;
    Some(class(version, view, worst.class))
}

impl Rows<'_> {
    pub(super) fn result(
        &self,
        result: &PartResult,
        version: Option<&Version>,
    ) -> rusqlite::Result<()> {
        let id = result_id(self.job, result.part_no);
        let inserted = self
            .transaction
            .prepare_cached(
                "insert into result (id, job_id, part_no, part_id, style, recipe_version_id, verdict,
                 cause, disposition, score, defect, triggered_at_us, decided_after_us,
                 acted_after_us, identity, lane, acknowledged_after_us, confirm, confirmed_after_us,
                 lane_by, lane_rule, challenge)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20, ?21, ?22)
                 on conflict (job_id, part_no) do nothing",
            )?
            .execute(params![
                id,
                self.job.0 as i64,
                result.part_no.0 as i64,
                result.part_id.as_str(),
                result.style.as_ref().map(|style| style.as_str()),
                version.map(|version| version.id),
                result.verdict.evaluation(),
                result.cause.map(|cause| cause.name()),
                match result.disposition {
                    crate::station::verdict::Disposition::Accept => "accept",
                    crate::station::verdict::Disposition::Reject => "reject",
                },
                result.score.map(|score| score.get()),
                defect(version, result),
                result.triggered_at.0,
                result.decided_after_us,
                result.acted_after_us,
                result.identity.name(),
                self.lanes.get(result.lane).map(|lane| lane.name.as_str()),
                result.acknowledged_after_us,
                result.confirm.map(|confirm| confirm.name()),
                result.confirmed_after_us,
                result.lane_by.name(),
                result.lane_by.rule(),
                result.challenge.map(Challenged::name),
            ])?;
        if inserted == 0 {
            return Ok(());
        }
        for view in &result.views {
            self.view(id, version, view)?;
        }
        if let Some(truth) = self.truth.and_then(|truth| truth(&result.part_id)) {
            self.transaction
                .prepare_cached("insert into simulated_truth values (?1, ?2, ?3)")?
                .execute(params![id, truth.is_defective, truth.defect])?;
        }
        append::result(self.transaction, id)
    }

    fn view(&self, id: i64, version: Option<&Version>, view: &ViewResult) -> rusqlite::Result<()> {
        let times = &view.times;
        self.transaction
            .prepare_cached(
                "insert into view_result values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
                 ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
            )?
            .execute(params![
                id,
                view.view,
                view.verdict.evaluation(),
                view.cause.map(|cause| cause.name()),
                view.score.map(|score| score.get()),
                view.thresholds.map(|limits| limits.accept_below().get()),
                view.thresholds.map(|limits| limits.reject_above().get()),
                view.findings_total,
                view.block_id.map(|block_id| block_id as i64),
                view.device_timestamp_ns.map(|at| at as i64),
                view.shape.map(|shape| shape.width),
                view.shape.map(|shape| shape.height),
                view.shape.map(|shape| shape.pixel_format.name()),
                times.exposed_after_us,
                times.received_after_us,
                times.started_after_us,
                times.correct_us,
                times.preprocess_us,
                times.run_us,
                times.findings_us,
                times.decided_after_us,
            ])?;
        for (rank, finding) in view.findings.iter().enumerate() {
            let [left, top, width, height] = finding.region;
            self.transaction
                .prepare_cached(
                    "insert into finding (result_id, view, rank, class, score, left_px, top_px,
                     width_px, height_px, area_px, area_mm2, x_mm, y_mm, width_mm, height_mm)
                     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                )?
                .execute(params![
                    id,
                    view.view,
                    rank as i64,
                    class(version, view.view, finding.class),
                    finding.score.get(),
                    left,
                    top,
                    width,
                    height,
                    finding.area_px,
                    finding.measured.map(|on_part| on_part.area_mm2),
                    finding.measured.map(|on_part| on_part.x_mm),
                    finding.measured.map(|on_part| on_part.y_mm),
                    finding.measured.map(|on_part| on_part.width_mm),
                    finding.measured.map(|on_part| on_part.height_mm),
                ])?;
        }
        Ok(())
    }

    pub(super) fn late(&self, late: &LateVerdict) -> rusqlite::Result<()> {
        let view = &late.view;
        let inserted = self
            .transaction
            .prepare_cached(
                "insert into late_verdict values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict do nothing",
            )?
            .execute(params![
                self.job.0 as i64,
                late.part_no.0 as i64,
                view.view,
                view.verdict.evaluation(),
                view.cause.map(|cause| cause.name()),
                view.score.map(|score| score.get()),
                view.times.decided_after_us,
            ])?;
        match inserted {
            0 => Ok(()),
            _ => append::late(self.transaction, self.job, late.part_no, view.view),
        }
    }

    fn told_of(&self, gap: &Gap) -> String {
        let is_counted = gap.last >= gap.first;
        let why = match gap.cause {
            // They were numbered, and nobody was there to command anything for them.
            GapCause::Overrun if is_counted && self.passes_unasked => {
                return "without a row of their own: more came than could be followed, and without a command they went on \
                        as accepted ones until that was noticed"
                    .to_owned();
            }
            _ if is_counted => return "rejected without a row of their own".to_owned(),
            GapCause::TriggerGone => match self.announcer {
                Some(name) => format!("device {name:?}, which announces parts, could not be heard"),
                None => "the line that announces parts could not be heard".to_owned(),
            },
            GapCause::Overrun => "more came than could be followed".to_owned(),
            GapCause::CameraGone => "the camera whose frames are the parts was away".to_owned(),
            GapCause::LogFull => "the result log took no more".to_owned(),
            GapCause::TriggersLost => "more were announced than there was room for".to_owned(),
            GapCause::TriggerSlow => match self.announcer {
                Some(name) => {
                    format!("device {name:?}, which announces parts, was looked at too rarely")
                }
                None => "the line that announces parts was looked at too rarely".to_owned(),
            },
        };
        let end = match self.passes_unasked {
            true => "without a command they went on as accepted ones until that was noticed",
            false => "none was accepted",
        };
        format!("an unknown number of parts may have passed unseen: {why}; {end}")
    }

    pub(super) fn gap(&self, gap: &Gap) -> rusqlite::Result<()> {
        let last = (gap.last >= gap.first).then_some(gap.last.0 as i64);
        let changed = self
            .transaction
            .prepare_cached(
                "insert into gap (job_id, first_part_no, last_part_no, from_at_us, to_at_us, kind,
                 message) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 on conflict (job_id, first_part_no, kind) do update set
                 from_at_us = min(from_at_us, excluded.from_at_us),
                 to_at_us = max(to_at_us, excluded.to_at_us),
                 last_part_no = max(last_part_no, excluded.last_part_no)
                 where to_at_us < excluded.to_at_us or from_at_us > excluded.from_at_us
                 or last_part_no < excluded.last_part_no",
            )?
            .execute(params![
                self.job.0 as i64,
                gap.first.0 as i64,
                last,
                gap.from.0,
                gap.to.0,
                gap.cause.name(),
                self.told_of(gap),
            ])?;
        match changed {
            0 => Ok(()),
            _ => append::gap(self.transaction, self.job, gap.first, gap.cause.name()),
        }
    }
}
