//! The stages that store: results, and pictures.

use super::PARKED_MAX;
use super::stages::Common;
use crate::pipeline::images::{ImagesSetup, ImagesStage, Preview};
use crate::pipeline::message::{Emitted, ImageItem, PartDisposition};
use crate::pipeline::record::{Audience, RecordSetup, RecordStage};
use crate::pipeline::samples::Sampler;
use crate::ports::log::{ImageStore, ResultLog};
use crate::queue::Outlet;
use std::sync::Arc;

pub(super) fn recorder(
    common: &Common,
    results: Outlet<Emitted>,
    log: Box<dyn ResultLog>,
    (audience, tells_repeated): (Box<dyn Audience>, bool),
) -> RecordStage {
    RecordStage::new(RecordSetup {
        results,
        log,
        audience,
        tells_repeated,
        stats: Arc::clone(&common.stats),
        alarms: common.alarms.clone(),
        clock: Arc::clone(&common.clock),
    })
}

pub(super) fn keeper(
    common: &Common,
    (images, dispositions): (Outlet<ImageItem>, Outlet<PartDisposition>),
    sampler: Sampler,
    (store, preview): (Box<dyn ImageStore>, Box<dyn Preview>),
) -> ImagesStage {
    ImagesStage::new(ImagesSetup {
        sampler,
        images,
        dispositions,
        store,
        preview,
        parked_max: PARKED_MAX,
        stats: Arc::clone(&common.stats),
        alarms: common.alarms.clone(),
        clock: Arc::clone(&common.clock),
    })
}
