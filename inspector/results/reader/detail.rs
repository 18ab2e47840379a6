//! Everything that explains one result (law 6).

use super::list::{cause, verdict};
use super::{
    ConfigurationUsed, Finding, FrameInfo, LateVerdict, ModelUsed, PartDetail, Reader,
    RecipeOrigin, RuleUsed, ViewResult, ViewTimes,
};
use rusqlite::{OptionalExtension, Row, params};

impl Reader {
    /// `None` when there is no such result.
    pub fn detail(&self, id: i64) -> rusqlite::Result<Option<PartDetail>> {
        let Some(summary) = self.one(id).optional()? else {
            return Ok(None);
        };
        let mut late = self.connection.prepare_cached(
            "select view, verdict, decided_after_us, score from late_verdict
             where job_id = ?1 and part_no = ?2 order by view",
        )?;
        let late = late
            .query_map(params![summary.job, summary.part_no], |row| {
                Ok(LateVerdict {
                    view: row.get(0)?,
                    verdict: verdict(row.get(1)?),
                    decided_after_us: row.get(2)?,
                    score: row.get(3)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        let mut views = self.connection.prepare_cached(
            "select v.view, rv.name, rv.camera, v.verdict, v.cause, v.score,
               coalesce(v.reject_above, rv.reject_above), coalesce(v.accept_below, rv.accept_below),
               m.name, m.sha256, m.task, m.provider,
               c.camera, c.sha256, c.mm_per_px, c.reprojection_error_px,
               v.findings_total, v.block_id, v.device_timestamp_ns, v.width, v.height,
               v.pixel_format, v.exposed_after_us, v.received_after_us, v.started_after_us,
               v.correct_us, v.preprocess_us, v.run_us, v.findings_us, v.decided_after_us,
               coalesce(i.state, case
                 when v.width is null then 'none'
                 when r.disposition = 'reject' then 'dropped'
                 else 'not_kept' end), i.sha256, i.map_path is not null, rv.acceptance
             from view_result v
             join result r on r.id = v.result_id
             join recipe_view rv on rv.job_id = r.job_id
               and rv.recipe_version_id = r.recipe_version_id and rv.view = v.view
             join model m on m.id = rv.model_id
             left join configuration c on c.id = rv.configuration_id
             left join image i on i.job_id = r.job_id and i.part_no = r.part_no and i.view = v.view
             where v.result_id = ?1 order by v.view",
        )?;
        let view_results = views
            .query_map([id], |row| self.view(id, row))?
            .collect::<Result<_, _>>()?;
        Ok(Some(PartDetail {
            summary,
            recipe: self.recipe_of(id)?,
            rule: self.rule_of(id)?,
            late,
            view_results,
            reviews: self.reviews(id)?,
            drawn: self.drawn(id)?,
            classes: self.reviewable(id)?.map_or(Vec::new(), |part| part.classes),
        }))
    }

    fn recipe_of(&self, id: i64) -> rusqlite::Result<Option<RecipeOrigin>> {
        self.connection
            .query_row(
                "select v.style, v.version, v.author, v.reason, v.created_at_us from result
                 join recipe_version v on v.id = recipe_version_id where result.id = ?1",
                [id],
                |row| {
                    Ok(RecipeOrigin {
                        style: row.get(0)?,
                        version: row.get(1)?,
                        author: row.get(2)?,
                        reason: row.get(3)?,
                        created_at_us: row.get(4)?,
                    })
                },
            )
            .optional()
    }

    fn rule_of(&self, id: i64) -> rusqlite::Result<Option<RuleUsed>> {
        self
            .connection
            .query_row(
                "select rule, lane_rule.lane, lane_rule.verdict, class, score_from, score_below from result
                 join lane_rule on lane_rule.recipe_version_id = result.recipe_version_id
                   and rule = result.lane_rule where result.id = ?1",
                [id],
                |row| {
                    let judged: Option<i64> = row.get(2)?;
                    Ok(RuleUsed {
                        rule: row.get(0)?,
                        lane: row.get(1)?,
                        verdict: judged.map(verdict),
                        class: row.get(3)?,
                        score_from: row.get(4)?,
                        score_below: row.get(5)?,
                    })
                },
            )
            .optional()
    }

    fn view(&self, id: i64, row: &Row<'_>) -> rusqlite::Result<ViewResult> {
        let view: i64 = row.get(0)?;
        let width: Option<i64> = row.get(19)?;
        let calibrated: Option<String> = row.get(12)?;
        // Without a frame, the zeros in the log are times of nothing.
        let time = |column: usize| match width {
            Some(_) => row.get(column),
            None => Ok(None),
        };
        Ok(ViewResult {
            view,
            name: row.get(1)?,
            camera: row.get(2)?,
            verdict: verdict(row.get(3)?),
            cause: cause(row.get(4)?),
            score: row.get(5)?,
            reject_above: row.get(6)?,
            accept_below: row.get(7)?,
            model: ModelUsed {
                name: row.get(8)?,
                sha256: row.get(9)?,
                task: row.get(10)?,
                provider: row.get(11)?,
                acceptance: row.get(33)?,
            },
            configuration: match calibrated {
                Some(camera) => Some(ConfigurationUsed {
                    camera,
                    file_sha256: row.get(13)?,
                    mm_per_px: row.get(14)?,
                    reprojection_error_px: row.get(15)?,
                }),
                None => None,
            },
            findings: self.findings(id, view)?,
            findings_total: row.get(16)?,
            frame: match width {
                Some(width) => Some(FrameInfo {
                    block_id: row.get(17)?,
                    device_timestamp_ns: row.get(18)?,
                    width,
                    height: row.get(20)?,
                    pixel_format: row.get(21)?,
                }),
                None => None,
            },
            times_us: ViewTimes {
                exposed_after: time(22)?,
                received_after: time(23)?,
                started_after: time(24)?,
                correct: time(25)?,
                preprocess: time(26)?,
                run: time(27)?,
                findings: time(28)?,
                decided_after: row.get(29)?,
            },
            image: row.get(30)?,
            image_sha256: row.get(31)?,
            has_overlay: row.get(32)?,
        })
    }

    fn findings(&self, id: i64, view: i64) -> rusqlite::Result<Vec<Finding>> {
        let mut statement = self.connection.prepare_cached(
            "select class, score, left_px, top_px, width_px, height_px, area_px, area_mm2,
               x_mm, y_mm, width_mm, height_mm
             from finding where result_id = ?1 and view = ?2 order by rank",
        )?;
        statement
            .query_map([id, view], |row| {
                Ok(Finding {
                    class: row.get(0)?,
                    score: row.get(1)?,
                    region: [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?],
                    area_px: row.get(6)?,
                    area_mm2: row.get(7)?,
                    box_mm: match row.get(8)? {
                        Some(x) => Some([x, row.get(9)?, row.get(10)?, row.get(11)?]),
                        None => None,
                    },
                })
            })?
            .collect()
    }
}
