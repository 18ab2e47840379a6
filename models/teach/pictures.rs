//! Pictures as the taught model will see them.

use super::defects::Picture;
use super::graph::{Expected, Front};
use super::{Backbone, IMAGES_MIN, Size, TeachError};
use crate::bundle::manifest::{Fit, Input, Resize};
use crate::image::{Channels, ImageView};
use crate::prepare::pool::ThreadPool;
use crate::prepare::resize::Resizer;

/// Shorter side at which a backbone sees a picture, in pixels.
const SHORTER: usize = 256;
/// Sides are multiples of this, so that every level has whole cells.
const MULTIPLE: usize = 32;
const SIDES: std::ops::RangeInclusive<usize> = 32..=2048;

/// Sizes, and the pictures at the input's size: those of good parts, then those of defects. `size` is what the backbone
/// sees; none: the shorter side 256.
pub fn prepared(
    images: &[ImageView],
    bad: &[ImageView],
    backbone: &Backbone,
    size: Option<Size>,
) -> Result<(Front, Vec<Picture>), TeachError> {
    let [first, ..] = images else {
        return Err(TeachError::Few { found: 0 });
    };
    if images.len() < IMAGES_MIN {
        return Err(TeachError::Few {
            found: images.len(),
        });
    }
    let expected = (first.width, first.height);
    let channels = first.channels;
    for (index, image) in images.iter().chain(bad).enumerate() {
        let found = (image.width, image.height);
        let bytes = found.0 as usize * found.1 as usize * image.channels.count();
        if found != expected || image.pixels.len() != bytes {
            return Err(TeachError::Size {
                index,
                expected,
                found,
            });
        }
        if image.channels != channels {
            return Err(TeachError::Channels {
                index,
                expected: channels,
                found: image.channels,
            });
        }
    }
    let front = front_of(first, backbone, size)?;
    let (width, height) = front.input;
    let plain = plain(front);
    let mut resizer = Resizer::new(expected, (plain.width, plain.height), &plain);
    let pictures = images.iter().chain(bad).map(|image| {
        let mut planes = vec![0.0; width * height * channels.count()];
        resizer.resize(
            image.pixels,
            &plain,
            &mut planes,
            &mut ThreadPool::default(),
        );
        Picture {
            size: front.input,
            planes,
        }
    });
    Ok((front, pictures.collect()))
}

/// Sizes for pictures like this one.
pub fn front_of(
    image: &ImageView,
    backbone: &Backbone,
    size: Option<Size>,
) -> Result<Front, TeachError> {
    let grey = (image.channels == Channels::Mono).then(|| backbone.mean_and_std());
    front((image.width, image.height), size, grey)
}

/// What `model.toml` says of the input.
pub fn input(front: Front, backbone: &Backbone) -> Input {
    let (mean, std) = backbone.mean_and_std();
    match front.grey {
        // The graph takes care of what the backbone expects.
        Some(_) => plain(front),
        None => Input {
            mean: mean.to_vec(),
            std: std.to_vec(),
            ..plain(front)
        },
    }
}

fn plain(front: Front) -> Input {
    let (width, height) = front.input;
    let channels = match front.grey {
        Some(_) => Channels::Mono,
        None => Channels::Rgb,
    };
    Input {
        name: super::graph::INPUT.to_owned(),
        width: width as u32,
        height: height as u32,
        channels,
        fit: Fit::Stretch,
        resize: Resize::Area,
        scale: 255.0,
        mean: vec![0.0; channels.count()],
        std: vec![1.0; channels.count()],
    }
}

fn front(
    (width, height): (u32, u32),
    wanted: Option<Size>,
    grey: Option<Expected>,
) -> Result<Front, TeachError> {
    let (width, height) = (width as usize, height as usize);
    let network = wanted.unwrap_or_else(|| {
        let factor = SHORTER as f64 / width.min(height) as f64;
        let side = |side: usize| {
            let multiple = (side as f64 * factor / MULTIPLE as f64).round() as usize * MULTIPLE;
            multiple.clamp(SHORTER, SHORTER * 4)
        };
        (side(width), side(height))
    });
    if !SIDES.contains(&network.0) || !SIDES.contains(&network.1) {
        return Err(TeachError::NetworkSize { found: network });
    }
    // Shrinking is done by area before the graph, enlarging in it.
    let is_larger = width >= network.0 && height >= network.1;
    let input = if is_larger {
        network
    } else {
        (width.min(network.0), height.min(network.1))
    };
    Ok(Front {
        input,
        network,
        grey,
    })
}
