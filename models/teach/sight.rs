//! How finely pictures are looked at: as finely as they are and as the time for a part allows.
//!
//! A network of strides 4 to 16 sees a defect of few pixels only where the picture is not shrunk, and a defect as large
//! as a part only where it is. So, where there is time, networks look twice, and all memories are fused as those of one
//! look are ([`weighing`](super::weighing)).

use super::backbone::Eye;
use super::class::Class;
use super::defects::Picture;
use super::error::failed;
use super::graph::{self, Front};
use super::memory::{Features, Memory};
use super::projection::Projection;
use super::rule::Rule;
use super::weighing::Weight;
use super::{Backbone, Size, TeachError, TeachOptions, pictures};
use crate::image::ImageView;
use crate::runtime::Runtime;
use crate::session::network::Network;
use std::sync::Arc;
use std::time::Duration;

/// How many times larger a closer look is.
const CLOSER: usize = 2;
/// A closer look needs a picture this many times larger than a look from far: enlarging shows nothing new.
const LARGER_MIN: f64 = 1.5;

/// Time that a model may take for a picture.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The most that it may take, on this machine.
    pub most: Duration,
    /// Threads that a run will have.
    pub threads: usize,
    /// Says the time since any moment that does not change.
    pub now: fn() -> Duration,
}

/// A closer look at pictures, from which smaller defects are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closer {
    /// Width and height that networks would see of a picture then.
    pub size: Size,
    /// What a picture would take.
    pub takes: Duration,
}

/// How finely pictures are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Width and height that networks see of a picture, one look each, the closest first.
    pub sizes: Vec<Size>,
    /// What a picture takes, and the most that it may. None where a size was asked for, or no budget given.
    pub takes: Option<(Duration, Duration)>,
    /// What more time would buy. None where it buys nothing.
    pub closer: Option<Closer>,
    /// Pictures are large enough for a closer look, of which these networks are not capable.
    pub is_once_only: bool,
}

/// What sees, and what there is to be seen.
pub(super) struct Looking {
    pub backbone: Backbone,
    pub front: Front,
    /// Of good parts, then of reviewed defects.
    pub pictures: Vec<Picture>,
    pub eye: Eye,
    pub sight: Sight,
}

/// Looks as closely as the pictures and the budget allow.
pub(super) fn looking(
    runtime: &Runtime,
    backbone: &Backbone,
    (images, bad): (&[ImageView], &[ImageView]),
    options: &TeachOptions,
) -> Result<Looking, TeachError> {
    let opened = |backbone: Backbone, size| {
        let (front, pictures) = pictures::prepared(images, bad, &backbone, size)?;
        let shown = match options.is_quantised {
            true => super::shown(&pictures[..images.len()], options.seed),
            false => Vec::new(),
        };
        let eye = Eye::new(runtime, &backbone, front, options.threads, &shown)?;
        Ok(Looking {
            sight: Sight {
                sizes: sizes(&backbone, front),
                takes: None,
                closer: None,
                is_once_only: false,
            },
            backbone,
            front,
            pictures,
            eye,
        })
    };
    let Some(budget) = options.budget.filter(|_| options.size.is_none()) else {
        return opened(backbone.clone(), options.size);
    };
    let (mut closer, is_larger) = (None, is_larger(backbone, images)?);
    let near = match is_larger {
        true => twice(runtime, backbone, images, options)?,
        false => None,
    };
    if let Some((twice, size)) = near {
        let mut near = opened(twice, Some(size))?;
        let takes = near.takes(runtime, options, budget)?;
        if takes <= budget.most {
            return Ok(near);
        }
        closer = Some(Closer { size, takes });
    }
    let mut once = opened(backbone.clone(), None)?;
    once.takes(runtime, options, budget)?;
    once.sight.is_once_only = is_larger && closer.is_none();
    once.sight.closer = closer;
    Ok(once)
}

/// Whether pictures are so much larger than the first look shows that a closer one would show more.
fn is_larger(backbone: &Backbone, images: &[ImageView]) -> Result<bool, TeachError> {
    let Some(first) = images.first() else {
        return Ok(false);
    };
    let (width, height) = pictures::front_of(first, backbone, None)?.network;
    let is_larger = |side: u32, seen: usize| f64::from(side) >= seen as f64 * LARGER_MIN;
    Ok(is_larger(first.width, width) && is_larger(first.height, height))
}

/// Networks that look twice, and the size of the closer look; none where they cannot.
fn twice(
    runtime: &Runtime,
    backbone: &Backbone,
    images: &[ImageView],
    options: &TeachOptions,
) -> Result<Option<(Backbone, Size)>, TeachError> {
    let Some(first) = images.first() else {
        return Ok(None);
    };
    let front = pictures::front_of(first, backbone, None)?;
    let (width, height) = front.network;
    let eye = Eye::new(runtime, backbone, front, options.threads, &[])?;
    let class = Class {
        runtime,
        backbone,
        front,
        options,
        places: eye.places,
    };
    // The finest levels see as much from far as coarser ones do from near, in a quarter of the time.
    let near: Vec<bool> = (0..class.places.len()).map(|n| !class.is_fine(n)).collect();
    // A network that cannot stand in a graph twice looks once.
    let networks = backbone.twice(&near).ok();
    let networks = networks.filter(|_| near.contains(&true));
    Ok(networks.map(|networks| (networks, (width * CLOSER, height * CLOSER))))
}

/// What networks see, the closest look first.
fn sizes(backbone: &Backbone, front: Front) -> Vec<Size> {
    let (width, height) = front.network;
    let levels = backbone.levels().iter();
    let mut shrunk: Vec<usize> = levels.map(|level| level.shrunk).collect();
    shrunk.sort_unstable();
    shrunk.dedup();
    let of = shrunk.into_iter();
    of.map(|times| (width / times, height / times)).collect()
}

impl Looking {
    /// How long a model of this look takes for a picture: one whose memories are full, of whatever.
    fn takes(
        &mut self,
        runtime: &Runtime,
        options: &TeachOptions,
        budget: Budget,
    ) -> Result<Duration, TeachError> {
        let picture = &self.pictures[0];
        let features = self.eye.look(&picture.planes)?;
        let class = Class {
            runtime,
            backbone: &self.backbone,
            front: self.front,
            options,
            places: self.eye.places.clone(),
        };
        let mut weights = class.untried();
        let share = 1.0 / weights.len() as f32;
        weights.iter_mut().for_each(|weight| weight.weight = share);
        let memories = weights.iter().map(|weight| full(&class, weight, &features));
        let both = memories.zip(&weights);
        let detectors: Vec<_> = both
            .map(|(memory, weight)| weight.detector(memory))
            .collect();
        let rule = Rule {
            weights,
            half: 0.0,
            joined: None,
        };
        let (opened, names) = (&self.eye.opened, self.backbone.names());
        let model = graph::anomaly(opened, &names, (&detectors, &[]), class.map(), &rule);
        let bytes = prost::Message::encode_to_vec(&model);
        let mut model = Network::new(runtime, &bytes, budget.threads).map_err(failed)?;
        let takes = self.eye.takes(&mut model, picture, budget.now)?;
        self.sight.takes = Some((takes, budget.most));
        Ok(takes)
    }
}

/// A memory as large as any can be.
fn full(class: &Class, weight: &Weight, features: &[Features]) -> Memory {
    let place = class.places[weight.level];
    let projection = Projection::of(place, &[&features[weight.level]]);
    let mut memory = Memory {
        place,
        projection: Arc::new(projection),
        position_weight: weight.position_weight,
        bank: Vec::new(),
    };
    memory.bank = vec![0.5; memory.length() * class.bank_max(weight.level)];
    memory
}
