//! Answers that the tool which trained a model gave to some images: a JSON file, see `docs/guide/import.md`.

use crate::error::{Error, ErrorKind};
use models::{Detection, Expected};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Program, version and settings.
    pub made_by: String,
    /// Boxes with smaller scores are not told.
    #[serde(default)]
    pub score_min: f32,
    /// By the name of the image's file.
    images: BTreeMap<String, Told>,
}

/// What the tool said of one image. What is absent is not compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    score: Option<f32>,
    /// Rows of the score map, one class below the other.
    map: Option<Vec<Vec<f32>>>,
    classes: Option<Vec<f32>>,
    /// Class, score, centre x, centre y, width, height and perhaps the angle, in pixels of the image.
    boxes: Option<Vec<Vec<f32>>>,
}

impl Answers {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let wrong = |error: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Settings, format!("{}: {error}", path.display()))
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        serde_json::from_str(&text).map_err(|error| wrong(&error))
    }

    /// The answer to an image, with ours where the tool told nothing.
    pub fn expected(&self, image: &str, ours: &Expected) -> Result<Expected, Error> {
        let wrong = |message: String| {
            Error::new(ErrorKind::Settings, format!("answers: {image}: {message}"))
        };
        let told = self.images.get(image).ok_or_else(|| {
            let names: Vec<&str> = self.images.keys().map(String::as_str).collect();
            wrong(format!(
                "there is none; found those for {}",
                names.join(", ")
            ))
        })?;
        let mut expected = ours.clone();
        if let Some(score) = told.score {
            expected.score = score;
        }
        if let Some(classes) = &told.classes {
            expected.classes.clone_from(classes);
        }
        if let Some(rows) = &told.map {
            expected.map_width = rows.first().map_or(0, |row| row.len() as u32);
            expected.map = rows.concat();
        }
        if let Some(boxes) = &told.boxes {
            let read = |row: &Vec<f32>| {
                let (class, score, centre, size, angle) = match row[..] {
                    [class, score, x, y, width, height] => {
                        (class, score, [x, y], [width, height], 0.0)
                    }
                    [class, score, x, y, width, height, angle] => {
                        (class, score, [x, y], [width, height], angle)
                    }
                    _ => return None,
                };
                let (class, area) = (class as usize, size[0] * size[1]);
                Some(Detection {
                    class,
                    score,
                    centre,
                    size,
                    angle,
                    area,
                })
            };
            let read: Option<Vec<Detection>> = boxes.iter().map(read).collect();
            expected.detections = read.ok_or_else(|| {
                wrong("boxes: expected rows of class, score, centre x, centre y, width, height[, angle]".to_owned())
            })?;
        }
        Ok(expected)
    }
}
