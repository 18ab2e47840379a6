//! The disk of the station: result log and pictures, and whoever is told what is durable.

use super::world::{Sabotage, World};
use crate::pipeline::images::Preview;
use crate::pipeline::message::ImageItem;
use crate::pipeline::record::Audience;
use crate::ports::log::{ImageStore, LogError, Picture, ResultLog};
use crate::station::part::PartNo;
use crate::station::result::Record;
use std::sync::Arc;

/// The disk under a job's log.
pub struct SimDisk {
    /// The world whose faults it has.
    pub world: Arc<World>,
    /// Index of the job whose log it holds.
    pub job: usize,
}

impl SimDisk {
    fn is_gone(&self) -> Result<(), LogError> {
        if self.world.is_in(self.world.scenario.log_gone_ms) {
            return Err(LogError::Gone {
                message: "found nothing".to_owned(),
            });
        }
        Ok(())
    }
}

impl ResultLog for SimDisk {
    fn append(&mut self, batch: &[Record]) -> Result<(), LogError> {
        match self.is_gone() {
            Err(_) if self.world.breaks(Sabotage::GoneLogTakes) => return Ok(()),
            found => found?,
        }
        if self.world.is_in(self.world.scenario.disk_full_ms) {
            return Err(LogError::Full {
                message: "no space left".to_owned(),
            });
        }
        if self.world.breaks(Sabotage::LogForgets) {
            return Ok(());
        }
        let mut batch = batch.to_vec();
        if self.world.breaks(Sabotage::ResultDropped) {
            batch.retain(|record| !is_dropped(record));
        }
        if self.world.breaks(Sabotage::Unexplained) {
            for record in &mut batch {
                if let Record::Result(result) = record {
                    result
                        .views
                        .iter_mut()
                        .for_each(|view| view.thresholds = None);
                }
            }
        }
        let now = self.world.now();
        let mut truth = self.world.truth();
        let job = &mut truth.jobs[self.job];
        job.durable_at.resize(job.durable.len() + batch.len(), now);
        job.durable.extend(batch);
        Ok(())
    }

    fn check(&mut self) -> Result<(), LogError> {
        let is_unasked = [Sabotage::GoneLogTakes, Sabotage::GoneLogUnasked];
        if is_unasked.iter().any(|broken| self.world.breaks(*broken)) {
            return Ok(());
        }
        self.is_gone()
    }
}

impl ImageStore for SimDisk {
    fn save(&mut self, _picture: &Picture<'_>) -> Result<(), LogError> {
        if self.world.is_in(self.world.scenario.disk_full_ms) {
            return Err(LogError::Full {
                message: "no space left".to_owned(),
            });
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn stored_bytes(&self) -> u64 {
        0
    }
}

impl Audience for SimDisk {
    fn left(&mut self, record: &Record) {
        self.world.truth().jobs[self.job].left.push(record.clone());
    }

    fn durable(&mut self, batch: &[Record]) {
        let drops = self.world.breaks(Sabotage::ResultDropped);
        let batch = batch.iter().filter(|record| !(drops && is_dropped(record)));
        self.world.truth().jobs[self.job]
            .acknowledged
            .extend(batch.cloned());
    }
}

impl Preview for SimDisk {
    fn show(&mut self, _item: &ImageItem) {}
}

/// The row that `Sabotage::ResultDropped` drops.
fn is_dropped(record: &Record) -> bool {
    matches!(record, Record::Result(result) if result.part_no == PartNo(3))
}
