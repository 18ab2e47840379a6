//! Answers that the tool which trained a model gave to some images: a JSON file, see `docs/guide/import.md`.

use crate::error::{Error, ErrorKind};
use crate::lists::text;
use models::{Detection, Expected};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What another tool says of images, from its file.
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
        let text = text::read(path).map_err(|error| wrong(&error))?;
        serde_json::from_str(&text).map_err(|error| match no_number(&text, &error) {
            Some(found) => wrong(&format!(
                "line {}: expected a number, found {found}, which JSON does not know: the tool computed no number \
                 there; see why, or leave it out",
                error.line()
            )),
            None => wrong(&error),
        })
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

/// What stands there, if it is how Python's `json` writes what is no number.
fn no_number<'a>(text: &'a str, error: &serde_json::Error) -> Option<&'a str> {
    let line = text.lines().nth(error.line().checked_sub(1)?)?;
    // Columns count bytes, and may be one or a few behind the word's begin.
    let before = error.column().saturating_sub(10);
    let place = line.get(line.floor_char_boundary(before)..)?;
    let found = ["NaN", "-Infinity", "Infinity"].into_iter();
    let first = found.filter_map(|word| Some((place.find(word)?, word)));
    first.min().map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Answers, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("answers.json");
        std::fs::write(&path, bytes).expect("written");
        Answers::read(&path).map_err(|error| error.to_string())
    }

    const TEXT: &str = r#"{"made_by": "a tool", "images": {"0.png": {"classes": [0.5, 0.25]}}}"#;

    #[test]
    fn answers_are_read_in_whatever_encoding_they_were_written() {
        let utf16: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [
            TEXT.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", TEXT.as_bytes()].concat(),
            [b"\xff\xfe", &utf16[..]].concat(),
        ] {
            let answers = read(&bytes).expect("read");
            assert_eq!(
                answers.images["0.png"].classes.as_deref(),
                Some(&[0.5, 0.25][..])
            );
        }
    }

    #[test]
    fn what_is_no_number_is_named() {
        for word in ["NaN", "Infinity", "-Infinity"] {
            let error = read(TEXT.replace("0.25", word).as_bytes())
                .err()
                .expect("refused");
            assert!(
                error.contains(&format!("found {word}, which JSON does not know")),
                "{error}"
            );
            assert!(error.contains("answers.json: line 1"), "{error}");
        }
        let error = read(TEXT.replace("0.25", "zero").as_bytes())
            .err()
            .expect("refused");
        assert!(error.contains("expected value at line 1"), "{error}");
    }
}
