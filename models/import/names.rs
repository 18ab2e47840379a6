//! Names of classes: those that were given, those that the file has, and which of them are no defect.

use super::asked::Asked;
use super::error::{ImportError, Missing, unusable};
use super::facts::Facts;
use super::recognise::{Guess, Kind};
use crate::bundle::manifest::{CLASSES_MAX, NAME_BYTES_MAX, Task, is_name};

/// What a score is of where nobody says otherwise.
const ANOMALY: &str = "anomaly";

/// The one class of a score: the defect.
///
/// # Errors
/// When more were named than one score can tell apart.
pub(crate) fn of_anomaly(asked: &Asked, missing: &mut Missing) -> Result<Vec<String>, ImportError> {
    let classes = asked.classes.as_deref().unwrap_or_default();
    checked(classes, "--classes", true)?;
    let good = asked.good.as_deref().unwrap_or_default();
    match (classes, good) {
        ([], []) => Ok(vec![ANOMALY.to_owned()]),
        ([one], []) => Ok(vec![one.clone()]),
        ([one, other], [good]) if one == good => Ok(vec![other.clone()]),
        ([one, other], [good]) if other == good => Ok(vec![one.clone()]),
        ([one, other], []) => {
            missing.push((
                "--good NAME",
                format!("which of {one} and {other} is no defect"),
            ));
            Ok(vec![ANOMALY.to_owned()])
        }
        ([], _) | ([_], _) => unusable(
            "--good: the model gives one score; name two classes with --classes, or none"
                .to_owned(),
        ),
        ([_, _], _) => unusable("--good: expected one of the two classes".to_owned()),
        _ => unusable(format!(
            "{} names of classes ({}), but one score tells two apart at most",
            classes.len(),
            classes.join(", ")
        )),
    }
}

/// Names of the classes in the graph's order; `count` is how many there are, where the shape tells.
///
/// # Errors
/// When what was named cannot be their names.
pub(crate) fn of_classes(
    facts: &Facts,
    asked: &Asked,
    guess: &mut Guess,
    count: Option<usize>,
    missing: &mut Missing,
) -> Result<Vec<String>, ImportError> {
    let told = |reason: String| ("--classes NAME,NAME,…", reason);
    let some = count.map_or("some".to_owned(), |count| count.to_string());
    let classes = match (&asked.classes, guess.classes.take()) {
        (Some(classes), _) => checked(classes, "--classes", false)?.to_vec(),
        (None, Some(classes)) => {
            if let Err(why) = problem(&classes) {
                missing.push(told(format!(
                    "the names of its {some} classes, in its order: the file's own cannot be used ({why})"
                )));
                return Ok(Vec::new());
            }
            classes
        }
        (None, None) => {
            missing.push(told(format!(
                "the names of its {some} classes, in its order"
            )));
            return Ok(Vec::new());
        }
    };
    let named = format!(
        "{} names of classes ({})",
        classes.len(),
        classes.join(", ")
    );
    let shape = facts
        .output(&guess.output)
        .map_or(String::new(), |port| port.shape());
    match (&guess.kind, count) {
        (Kind::Unfit(room), _) => unusable(format!(
            "{named}, but the output {:?} ({shape}) {room}",
            guess.output
        )),
        // The last row of scores is DETR's own: no object.
        (Kind::Apart, Some(count)) if classes.len() == count || classes.len() + 1 == count => {
            Ok(classes)
        }
        (Kind::Apart, Some(count)) => unusable(format!(
            "{named}, but {:?} has scores for {count}; name {count}, or {} when the last of them stands for the \
             background, as RF-DETR has it",
            guess.second.as_deref().unwrap_or_default(),
            count.saturating_sub(1)
        )),
        (_, Some(count)) if count != classes.len() => unusable(format!(
            "{named}, but the output {:?} has room for {count}",
            guess.output
        )),
        _ => Ok(classes),
    }
}

/// The classes that are no defect.
///
/// # Errors
/// When one is not among the classes, or none is left as a defect.
pub(crate) fn of_good(
    guess: &Guess,
    asked: &Asked,
    classes: &[String],
    missing: &mut Missing,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, ImportError> {
    match (&asked.good, guess.task) {
        (_, Task::Anomaly) => Ok(Vec::new()),
        (Some(good), _) => {
            let strange = good.iter().find(|name| !classes.contains(name));
            if let Some(strange) = strange.filter(|_| !classes.is_empty()) {
                return unusable(format!(
                    "--good: {strange:?} is not among the classes ({})",
                    classes.join(", ")
                ));
            }
            let is_all = classes.iter().all(|class| good.contains(class));
            if is_all && !classes.is_empty() {
                return unusable("--good: expected at least one class that is a defect".to_owned());
            }
            Ok(good.clone())
        }
        (None, Task::Classify) => {
            missing.push((
                "--good NAME,NAME,…",
                "which of the classes are no defect".to_owned(),
            ));
            Ok(Vec::new())
        }
        (None, Task::Detect | Task::Segment) => {
            notes.push(
                "every class counts as a defect; name those that are none with --good".to_owned(),
            );
            Ok(Vec::new())
        }
    }
}

fn checked<'a>(
    names: &'a [String],
    flag: &str,
    may_be_empty: bool,
) -> Result<&'a [String], ImportError> {
    match problem(names) {
        Err(why) if !(names.is_empty() && may_be_empty) => unusable(format!("{flag}: {why}")),
        _ => Ok(names),
    }
}

/// Why names cannot be those of classes in a manifest.
fn problem(names: &[String]) -> Result<(), String> {
    if !(1..=CLASSES_MAX).contains(&names.len()) {
        return Err(format!(
            "expected 1 to {CLASSES_MAX} names, found {}",
            names.len()
        ));
    }
    for (index, name) in names.iter().enumerate() {
        if !is_name(name) {
            return Err(format!(
                "expected names of 1 to {NAME_BYTES_MAX} bytes, the one at place {index} is {name:?}"
            ));
        }
        if names[..index].contains(name) {
            return Err(format!("{name:?} is there twice"));
        }
    }
    Ok(())
}
