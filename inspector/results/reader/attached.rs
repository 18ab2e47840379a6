//! Findings and pictures of a stretch of parts at once: one question each for thousands of rows, where one for each row
//! would take most of the time of an export.

use super::{Exported, Finding, Reader, file_of};
use rusqlite::{Row, params};
use std::collections::HashMap;
use std::path::PathBuf;

/// A finding, and where it stands among those of its part.
#[derive(Clone, Debug)]
pub struct PlacedFinding {
    /// Index of the view, from 0.
    pub view: i64,
    /// From 0, the worst of its view first.
    pub rank: i64,
    /// What was found.
    pub finding: Finding,
}

/// A picture that was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureFile {
    /// Index of the view, from 0.
    pub view: i64,
    /// Below the data folder.
    pub path: String,
    /// Of the file, lower-case hex.
    pub sha256: String,
    /// The file, unless it was deleted since: the quota takes the oldest.
    pub file: Option<PathBuf>,
}

/// What belongs to a part beside its row.
#[derive(Clone, Debug, Default)]
pub struct Attached {
    /// Found in all views, kept or not.
    pub findings_total: i64,
    /// Those that were kept, by view, the worst first.
    pub findings: Vec<PlacedFinding>,
    /// By view; views without one are left out.
    pub pictures: Vec<PictureFile>,
}

/// By the number of the row.
type Parts<'a> = HashMap<i64, &'a mut Attached>;

impl Reader {
    /// Fills in what belongs to the parts of a page, which stand in the order of their rows.
    pub(super) fn attach(&self, page: &mut [Exported]) -> rusqlite::Result<()> {
        let ids = |line: &Exported| match line {
            Exported::Part(judged) => judged.part.id,
            Exported::Gap(_) => None,
        };
        let first = page.iter().find_map(ids);
        let last = page.iter().rev().find_map(ids);
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(());
        };
        let mut parts: Parts<'_> = page
            .iter_mut()
            .filter_map(|line| match line {
                Exported::Part(judged) => Some((judged.part.id?, &mut judged.attached)),
                Exported::Gap(_) => None,
            })
            .collect();
        self.totals((first, last), &mut parts)?;
        self.findings_within((first, last), &mut parts)?;
        self.pictures_within((first, last), &mut parts)
    }

    /// How many were found, kept or not.
    fn totals(&self, (first, last): (i64, i64), parts: &mut Parts<'_>) -> rusqlite::Result<()> {
        let mut totals = self.connection.prepare_cached(
            "select result_id, findings_total from view_result
             where result_id >= ?1 and result_id <= ?2 and findings_total > 0",
        )?;
        let mut rows = totals.query([first, last])?;
        while let Some(row) = rows.next()? {
            if let Some(part) = parts.get_mut(&row.get(0)?) {
                part.findings_total += row.get::<_, i64>(1)?;
            }
        }
        Ok(())
    }

    /// Those that were kept.
    fn findings_within(
        &self,
        (first, last): (i64, i64),
        parts: &mut Parts<'_>,
    ) -> rusqlite::Result<()> {
        let mut findings = self.connection.prepare_cached(
            "select result_id, view, rank, class, score, left_px, top_px, width_px, height_px, area_px, area_mm2,
               x_mm, y_mm, width_mm, height_mm from finding
             where result_id >= ?1 and result_id <= ?2 order by result_id, view, rank",
        )?;
        let mut rows = findings.query([first, last])?;
        while let Some(row) = rows.next()? {
            if let Some(part) = parts.get_mut(&row.get(0)?) {
                part.findings.push(placed(row)?);
            }
        }
        Ok(())
    }

    /// Those that were stored.
    fn pictures_within(
        &self,
        (first, last): (i64, i64),
        parts: &mut Parts<'_>,
    ) -> rusqlite::Result<()> {
        let mut pictures = self.connection.prepare_cached(
            "select job_id, part_no, view, path, sha256, state = 'stored' from image
             where (job_id, part_no) >= (?1, ?2) and (job_id, part_no) <= (?3, ?4) and path is not null
             order by job_id, part_no, view",
        )?;
        let bounds = params![
            first >> 32,
            first & 0xFFFF_FFFF,
            last >> 32,
            last & 0xFFFF_FFFF
        ];
        let mut rows = pictures.query(bounds)?;
        while let Some(row) = rows.next()? {
            let id = row.get::<_, i64>(0)? << 32 | row.get::<_, i64>(1)?;
            if let Some(part) = parts.get_mut(&id) {
                let (path, is_there): (String, bool) = (row.get(3)?, row.get(5)?);
                part.pictures.push(PictureFile {
                    view: row.get(2)?,
                    file: is_there.then(|| file_of(&self.data, &path)).flatten(),
                    path,
                    sha256: row.get(4)?,
                });
            }
        }
        Ok(())
    }
}

fn placed(row: &Row<'_>) -> rusqlite::Result<PlacedFinding> {
    Ok(PlacedFinding {
        view: row.get(1)?,
        rank: row.get(2)?,
        finding: Finding {
            class: row.get(3)?,
            score: row.get(4)?,
            region: [row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?],
            area_px: row.get(9)?,
            area_mm2: row.get(10)?,
            box_mm: match row.get(11)? {
                Some(x) => Some([x, row.get(12)?, row.get(13)?, row.get(14)?]),
                None => None,
            },
        },
    })
}
