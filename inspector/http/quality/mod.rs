//! What is known of the parts of a time as a whole: put together from the log's counts by the room of statistics.

mod escapes;
mod groups;
mod since;

use self::groups::Groups;
use super::dto::quality::{ChartKind, GroupBy, NamedCount, NamedShare, Quality};
use super::extract::{Json, Query};
use super::{ApiError, App, JsonReply, ask};
use crate::results::reader::Reader;
use crate::results::reader::quality::{Counting, NamedBy, Series};
use crate::station::calendar::{Calendar, Unit};
use crate::statistics::Counted;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

/// Hours that are looked at unless told.
const HOURS: u32 = 24;
const HOURS_MAX: u32 = 24 * 366;
/// Parts of a group unless told.
const PARTS: u32 = 200;
const PARTS_OF_GROUP: std::ops::RangeInclusive<u32> = 10..=1_000_000;
const US_PER_HOUR: i64 = 3_600_000_000;
/// From so many parts in a group on, on average, any real drift puts a plain p chart beyond its limits.
const LANEY_FROM: u64 = 5_000;

/// Which parts, and how they are put together.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QualityWanted {
    /// Triggered at or after, microseconds since 1970; `last_h` before the end unless told.
    pub from_us: Option<i64>,
    /// Triggered before, microseconds since 1970; just after the newest part unless told.
    pub to_us: Option<i64>,
    /// Without `from_us`: so many hours before the end; 24 unless told.
    #[param(minimum = 1, maximum = 8784)]
    pub last_h: Option<u32>,
    /// The style, exactly.
    pub style: Option<String>,
    /// What parts are put together by; hours unless told.
    #[param(required = false, inline)]
    pub by: GroupBy,
    /// With `by=parts`: so many; 200 unless told.
    #[param(minimum = 10, maximum = 1_000_000)]
    pub parts: Option<u32>,
    /// How limits are drawn; by the size of the groups unless told: from 5,000 parts on, on average, as Laney's p′.
    #[param(inline)]
    pub chart: Option<ChartKind>,
}

/// A checked question.
struct Asked {
    wanted: QualityWanted,
    parts: usize,
    hours: u32,
    challenge_parts: Vec<String>,
    calendar: Calendar,
}

fn within(
    name: &str,
    wanted: Option<u32>,
    unless: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<u32, ApiError> {
    let found = wanted.unwrap_or(unless);
    match range.contains(&found) {
        true => Ok(found),
        false => Err(ApiError::bad_request(format!(
            "{name}: expected {} to {}, found {found}",
            range.start(),
            range.end()
        ))),
    }
}

/// Rejects, charts, since when, and what may have got through.
#[utoipa::path(get, path = "/api/quality", params(QualityWanted), responses((status = 200, body = Quality)))]
pub async fn quality(
    State(app): State<App>,
    Query(wanted): Query<QualityWanted>,
) -> JsonReply<Quality> {
    let info = app.handle.info();
    let challenge = info.challenge.iter().flat_map(|plan| &plan.parts);
    let asked = Asked {
        parts: within("parts", wanted.parts, PARTS, PARTS_OF_GROUP)? as usize,
        hours: within("last_h", wanted.last_h, HOURS, 1..=HOURS_MAX)?,
        challenge_parts: challenge.map(|(id, _)| id.to_string()).collect(),
        calendar: info.calendar.clone(),
        wanted,
    };
    if let (Some(from), Some(to)) = (asked.wanted.from_us, asked.wanted.to_us)
        && from > to
    {
        return Err(ApiError::bad_request(format!(
            "expected from_us before to_us, found {from} and {to}"
        )));
    }
    Ok(Json(ask(&app, move |reader| answer(reader, &asked)).await?))
}

fn answer(reader: &Reader, asked: &Asked) -> rusqlite::Result<Quality> {
    let to_us = match asked.wanted.to_us {
        Some(to_us) => to_us,
        None => reader
            .newest_us()?
            .map_or(0, |newest| newest.saturating_add(1)),
    };
    let span = i64::from(asked.hours) * US_PER_HOUR;
    let from_us = asked.wanted.from_us.unwrap_or(to_us.saturating_sub(span));
    let counting = Counting {
        from_us,
        to_us,
        style: asked.wanted.style.clone(),
        challenge_parts: asked.challenge_parts.clone(),
    };
    let series = reader.series(&counting)?;
    let styles = styles(reader, &counting)?;
    let groups = Groups::of(reader, asked, &counting, &series)?;
    let has_styles = asked.wanted.style.is_none() && styles.len() > 1;
    let (chart, good) = groups.charts(reader, asked, has_styles)?;
    let audited = reader.audited(&counting)?;
    let (change, change_missing) = since::change(reader, &counting, &series)?;
    let named = |by| -> rusqlite::Result<Vec<NamedCount>> {
        let found = reader.by_name(by, &counting)?.into_iter();
        let known = found.filter_map(|named| {
            Some(NamedCount {
                name: named.name?,
                rejected: named.rejected,
            })
        });
        Ok(known.collect())
    };
    Ok(Quality {
        from_us,
        to_us,
        zone: asked.calendar.zone_name().map(str::to_owned),
        has_shifts: !asked.calendar.shifts().is_empty(),
        is_cut: series.is_cut,
        total: Counted {
            count: series.rejected.len(),
            of: series.parts(),
        }
        .into(),
        causes: named(NamedBy::Cause)?,
        defects: named(NamedBy::Defect)?,
        styles,
        shifts: shifts(reader, asked, &counting, &series)?,
        chart,
        good,
        change,
        change_missing,
        escapes: escapes::of(
            series.accepted.len() as u64,
            Counted {
                count: audited.defects as usize,
                of: audited.parts as usize,
            },
        ),
    })
}

fn styles(reader: &Reader, counting: &Counting) -> rusqlite::Result<Vec<NamedShare>> {
    let everything = Counting {
        style: None,
        ..counting.clone()
    };
    let found = reader.by_name(NamedBy::Style, &everything)?.into_iter();
    let wanted = found.filter(|named| counting.style.is_none() || named.name == counting.style);
    let share = wanted.map(|named| NamedShare {
        name: named.name,
        share: Counted {
            count: named.rejected as usize,
            of: (named.rejected + named.accepted) as usize,
        }
        .into(),
    });
    Ok(share.collect())
}

/// Rejects of each shift over all days of the time.
fn shifts(
    reader: &Reader,
    asked: &Asked,
    counting: &Counting,
    series: &Series,
) -> rusqlite::Result<Vec<NamedShare>> {
    let known = asked.calendar.shifts();
    let mut counted = vec![Counted::default(); known.len()];
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let stretches = asked.calendar.stretches(
        counting.from_us,
        counting.to_us,
        Unit::Shift,
        usize::from(u16::MAX),
    );
    let bounds = reader.bounds(&stretches)?;
    for (stretch, ends) in stretches.iter().zip(bounds.windows(2)) {
        let Some(one) = stretch.shift.and_then(|shift| counted.get_mut(shift)) else {
            continue;
        };
        let (accepted, rejected) = (
            groups::within(&series.accepted, ends).len(),
            groups::within(&series.rejected, ends).len(),
        );
        one.count += rejected;
        one.of += accepted + rejected;
    }
    let named = known
        .iter()
        .zip(counted)
        .map(|(shift, counted)| NamedShare {
            name: Some(shift.name.clone()),
            share: counted.into(),
        });
    Ok(named.collect())
}
