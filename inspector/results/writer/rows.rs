//! One record to its rows.

use super::recipes::Version;
use super::{Truth, reviews};
use crate::results::proof::leaf::ResultLeaf;
use crate::results::proof::table::{FINDING, RESULT, TRUTH, VIEW_RESULT};
use crate::results::{append, result_id};
use crate::station::challenge::Challenged;
use crate::station::lane::Lanes;
use crate::station::part::JobId;
use crate::station::result::{Finding, Gap, GapCause, LateVerdict, PartResult, ViewResult};
use crate::station::review::{self, Chosen, Draw};
use crate::station::verdict::Disposition;
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
    /// Which passes are put before people.
    pub(super) draw: &'a Draw,
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
        let mut leaf = ResultLeaf::default();
        let chosen = self.draw.of(result);
        if !self.part(&mut leaf, (id, chosen), result, version)? {
            return Ok(());
        }
        // A leaf has them by their number, as a reader asks for them.
        let mut views: Vec<&ViewResult> = result.views.iter().collect();
        views.sort_by_key(|view| view.view);
        for view in views {
            self.view(&mut leaf, id, view)?;
            for (rank, finding) in view.findings.iter().enumerate() {
                let class = class(version, view.view, finding.class);
                let row = self.finding((id, view.view, rank as i64), class, finding)?;
                leaf.findings.push(row);
            }
        }
        if let Some(truth) = self.truth.and_then(|truth| truth(&result.part_id)) {
            let row = leaf.truth.insert(Vec::new());
            let cells = [
                ("defect", truth.defect.as_deref().into()),
                ("is_defective", truth.is_defective.into()),
                ("result_id", id.into()),
            ];
            TRUTH.write(self.transaction, row, &cells)?;
        }
        if let Some(why) = review::why(result, chosen) {
            let style = result.style.as_ref().map(|style| style.as_str());
            reviews::wait(self.transaction, id, why, style)?;
        }
        append::result(self.transaction, id, leaf)
    }

    /// Whether it was not there already.
    fn part(
        &self,
        leaf: &mut ResultLeaf,
        (id, chosen): (i64, Chosen),
        result: &PartResult,
        version: Option<&Version>,
    ) -> rusqlite::Result<bool> {
        let lane = self.lanes.get(result.lane).map(|lane| lane.name.as_str());
        let disposition = match result.disposition {
            Disposition::Accept => "accept",
            Disposition::Reject => "reject",
        };
        let cells = [
            ("acknowledged_after_us", result.acknowledged_after_us.into()),
            ("acted_after_us", result.acted_after_us.into()),
            ("cause", result.cause.map(|cause| cause.name()).into()),
            ("challenge", result.challenge.map(Challenged::name).into()),
            (
                "confirm",
                result.confirm.map(|confirm| confirm.name()).into(),
            ),
            ("confirmed_after_us", result.confirmed_after_us.into()),
            ("decided_after_us", result.decided_after_us.into()),
            ("defect", defect(version, result).into()),
            ("disposition", disposition.into()),
            ("drawn", chosen.drawn.into()),
            ("id", id.into()),
            ("identity", result.identity.name().into()),
            ("job_id", (self.job.0 as i64).into()),
            ("lane", lane.into()),
            ("lane_by", result.lane_by.name().into()),
            ("lane_rule", result.lane_by.rule().into()),
            ("near", chosen.near.into()),
            ("part_id", result.part_id.as_str().into()),
            ("part_no", (result.part_no.0 as i64).into()),
            (
                "recipe_version_id",
                version.map(|version| version.id).into(),
            ),
            ("score", result.score.map(|score| score.get()).into()),
            (
                "style",
                result.style.as_ref().map(|style| style.as_str()).into(),
            ),
            ("triggered_at_us", result.triggered_at.0.into()),
            ("verdict", result.verdict.evaluation().into()),
        ];
        RESULT.write(self.transaction, &mut leaf.row, &cells)
    }

    fn view(&self, leaf: &mut ResultLeaf, id: i64, view: &ViewResult) -> rusqlite::Result<()> {
        let (times, limits, shape) = (&view.times, view.thresholds, view.shape);
        let format = shape.map(|shape| shape.pixel_format.name());
        let cells = [
            (
                "accept_below",
                limits.map(|limits| limits.accept_below().get()).into(),
            ),
            (
                "block_id",
                view.block_id.map(|block_id| block_id as i64).into(),
            ),
            ("cause", view.cause.map(|cause| cause.name()).into()),
            ("correct_us", times.correct_us.into()),
            ("decided_after_us", times.decided_after_us.into()),
            (
                "device_timestamp_ns",
                view.device_timestamp_ns.map(|at| at as i64).into(),
            ),
            ("exposed_after_us", times.exposed_after_us.into()),
            ("findings_total", view.findings_total.into()),
            ("findings_us", times.findings_us.into()),
            ("height", shape.map(|shape| shape.height).into()),
            ("pixel_format", format.into()),
            ("preprocess_us", times.preprocess_us.into()),
            ("received_after_us", times.received_after_us.into()),
            (
                "reject_above",
                limits.map(|limits| limits.reject_above().get()).into(),
            ),
            ("result_id", id.into()),
            ("run_us", times.run_us.into()),
            ("score", view.score.map(|score| score.get()).into()),
            ("started_after_us", times.started_after_us.into()),
            ("verdict", view.verdict.evaluation().into()),
            ("view", view.view.into()),
            ("width", shape.map(|shape| shape.width).into()),
        ];
        let mut row = Vec::with_capacity(400);
        VIEW_RESULT.write(self.transaction, &mut row, &cells)?;
        leaf.views.push(row);
        Ok(())
    }

    /// As its leaf has it.
    fn finding(
        &self,
        (id, view, rank): (i64, u8, i64),
        class: &str,
        finding: &Finding,
    ) -> rusqlite::Result<Vec<u8>> {
        let [left, top, width, height] = finding.region;
        let measured = finding.measured;
        let cells = [
            ("area_mm2", measured.map(|on_part| on_part.area_mm2).into()),
            ("area_px", finding.area_px.into()),
            ("class", class.into()),
            (
                "height_mm",
                measured.map(|on_part| on_part.height_mm).into(),
            ),
            ("height_px", height.into()),
            ("left_px", left.into()),
            ("rank", rank.into()),
            ("result_id", id.into()),
            ("score", finding.score.get().into()),
            ("top_px", top.into()),
            ("view", view.into()),
            ("width_mm", measured.map(|on_part| on_part.width_mm).into()),
            ("width_px", width.into()),
            ("x_mm", measured.map(|on_part| on_part.x_mm).into()),
            ("y_mm", measured.map(|on_part| on_part.y_mm).into()),
        ];
        let mut row = Vec::with_capacity(200);
        FINDING.write(self.transaction, &mut row, &cells)?;
        Ok(row)
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
            GapCause::LogFull if is_counted && gap.accepted > 0 => {
                return format!(
                    "without a row of their own: the result log took no more; {} had been told to go on before that was \
                     known, the others were rejected",
                    gap.accepted
                );
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
        // Over which the clock was set back: whoever asks for either time is to find it.
        let (from, to) = (gap.from.0.min(gap.to.0), gap.from.0.max(gap.to.0));
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
                from,
                to,
                gap.cause.name(),
                self.told_of(gap),
            ])?;
        match changed {
            0 => Ok(()),
            _ => append::gap(self.transaction, self.job, gap.first, gap.cause.name()),
        }
    }
}
