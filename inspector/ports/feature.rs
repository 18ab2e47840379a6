//! Settings of a device by the device's own names.

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many names are offered for one that is unknown.
const OFFERED_MAX: usize = 4;

/// A value of a feature, in the type that the file gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FeatureValue {
    /// Of a boolean; `true` also executes a command.
    Bool(bool),
    /// Of an integer, or a whole number of a float.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Of a string, or the name of an entry of an enumeration.
    Text(String),
}

impl fmt::Display for FeatureValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FeatureValue::Bool(value) => write!(f, "{value}"),
            FeatureValue::Int(value) => write!(f, "{value}"),
            FeatureValue::Float(value) => write!(f, "{value}"),
            FeatureValue::Text(value) => write!(f, "{value:?}"),
        }
    }
}

/// Names and values in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features(pub Vec<(String, FeatureValue)>);

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Tables;
        impl<'de> Visitor<'de> for Tables {
            type Value = Features;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(
                    f,
                    "a table of features and their values, or a list of such tables"
                )
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Features, A::Error> {
                let mut features = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    features.push(entry);
                }
                Ok(Features(features))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Features, A::Error> {
                let mut features = Vec::new();
                while let Some(Features(table)) = list.next_element()? {
                    features.extend(table);
                }
                Ok(Features(features))
            }
        }
        from.deserialize_any(Tables)
    }
}

/// What to say beside a name that a device does not know: those that look like it.
pub fn offered(name: &str, all: &[String]) -> String {
    let near = near(name, all);
    if near.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", near.join(", "))
}

/// Those that look most like `name`.
fn near<'a>(name: &str, all: &'a [String]) -> Vec<&'a str> {
    let wanted = name.to_ascii_lowercase();
    let mut ranked: Vec<(usize, &str)> = all
        .iter()
        .filter_map(|other| {
            let lower = other.to_ascii_lowercase();
            let is_part = lower.contains(&wanted) || wanted.contains(&lower);
            let distance = distance(&wanted, &lower);
            (is_part || distance <= wanted.len().div_ceil(3)).then_some((distance, other.as_str()))
        })
        .collect();
    ranked.sort();
    ranked.truncate(OFFERED_MAX);
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// Letters to add, remove or change (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let changed = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_offered() {
        let all = ["ExposureAuto", "ExposureTime", "Gain", "GainAuto", "Width"].map(str::to_owned);
        assert_eq!(near("ExposureTme", &all)[0], "ExposureTime");
        assert_eq!(near("exposureauto", &all)[0], "ExposureAuto");
        assert_eq!(near("GainRaw", &all)[0], "Gain");
        assert!(near("LineMode", &all).is_empty());
        assert_eq!(
            (
                distance("abc", "abd"),
                distance("", "ab"),
                distance("kitten", "sitting")
            ),
            (1, 2, 3)
        );
    }
}
