//! Styles and lanes by part IDs: rules in the settings, a table in a file, a manufacturing execution system (MES). Asked in this
//! order; the first that knows an ID tells its style, and its lane where it knows that too.

pub mod mes;
pub mod rules;
pub mod table;

use crate::clock::Clock;
use crate::error::Error;
use crate::ports::identity::{Found, StyleLookUp};
use crate::station::lane::{LaneNo, Lanes};
use crate::station::part::PartId;
use crate::telemetry::alarm::AlarmSender;
use std::fmt;
use std::sync::Arc;

/// Who is asked.
#[derive(Clone, Debug, Default)]
pub struct LookUpSettings {
    /// The first that fits an ID tells its style.
    pub rules: Vec<rules::Rule>,
    /// A table in a file.
    pub table: Option<table::Settings>,
    /// A system on the network.
    pub mes: Option<mes::Settings>,
    /// Whether table and MES are asked for lanes too; what they say of lanes means nothing else. A rule of the settings
    /// tells its lane in any case.
    pub knows_lanes: bool,
}

impl LookUpSettings {
    /// Whether nobody is asked.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.table.is_none() && self.mes.is_none()
    }
}

/// No lane of the station has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoLane {
    found: String,
    known: Vec<String>,
}

impl fmt::Display for NoLane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known.join(" or ");
        let found = &self.found;
        write!(f, "lane {found:?}: expected a lane of the station, {known}")
    }
}

impl std::error::Error for NoLane {}

/// The lane of this name.
fn lane(name: &str, lanes: &Lanes) -> Result<LaneNo, NoLane> {
    lanes.find(name).ok_or_else(|| NoLane {
        found: name.to_owned(),
        known: lanes
            .iter()
            .map(|(_, lane)| lane.name.to_string())
            .collect(),
    })
}

/// Whoever is asked, one after another.
struct Chain {
    rules: Vec<rules::Rule>,
    table: Option<table::StyleTable>,
    mes: Option<mes::Mes>,
}

/// Opens whoever is asked; `None` where that is nobody.
///
/// # Errors
/// Where the table cannot be read, or the certificates of the MES. One that does not answer is none.
pub fn open(
    settings: &LookUpSettings,
    lanes: &Lanes,
    alarms: &AlarmSender,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Box<dyn StyleLookUp>>, Error> {
    if settings.is_empty() {
        return Ok(None);
    }
    let lanes = settings.knows_lanes.then_some(lanes);
    let table = settings.table.as_ref();
    let mes = settings.mes.as_ref();
    Ok(Some(Box::new(Chain {
        rules: settings.rules.clone(),
        table: table.map(|it| table::open(it, lanes, alarms)).transpose()?,
        mes: mes
            .map(|it| mes::open(it, lanes, alarms, clock))
            .transpose()?,
    })))
}

/// Whether whoever is asked could be opened. Nobody is asked, and no thread is started.
///
/// # Errors
/// As [`open`].
pub fn check(settings: &LookUpSettings, lanes: &Lanes) -> Result<(), Error> {
    let lanes = settings.knows_lanes.then_some(lanes);
    if let Some(table) = &settings.table {
        table::check(table, lanes)?;
    }
    if let Some(mes) = &settings.mes {
        mes.agent()?;
    }
    Ok(())
}

impl StyleLookUp for Chain {
    fn find(&mut self, part_id: &PartId) -> Found {
        if let Some((style, lane)) = rules::find(&self.rules, part_id) {
            return Found::Known { style, lane };
        }
        if let Some((style, lane)) = self.table.as_mut().and_then(|table| table.find(part_id)) {
            return Found::Known { style, lane };
        }
        match &mut self.mes {
            Some(mes) => mes.find(part_id),
            None => Found::Unknown,
        }
    }

    fn answered(&mut self) -> Option<(PartId, Found)> {
        self.mes.as_mut()?.answered()
    }
}
