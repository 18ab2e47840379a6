//! `recipes/<style>/<version>.toml`: one file per version, never changed after it was written. In the name of a style's
//! folder `/` stands as `%2F`.

use super::document::{Document, Problem};
use super::recipe_text::{RawAlign, RawHead, RawSort, RawView};
use crate::hash::sha256;
use crate::station::name;
use crate::station::part::Style;
use crate::station::place::ViewPlace;
use crate::station::recipe::{Recipe, RecipeView};
use crate::station::result::VIEWS_MAX;
use crate::station::sorting::{LaneRule, LaneRules};
use crate::station::time::WallTime;
use crate::station::verdict::{Score, Thresholds};
use std::path::{Path, PathBuf};

/// Longest name of a view in bytes.
const VIEW_NAME_BYTES_MAX: usize = 100;

/// A version as it stands in its file.
#[derive(Clone, Debug)]
pub struct RecipeFile {
    /// The checked recipe.
    pub recipe: Recipe,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// What the folder of recipes holds.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Every version of every style, oldest first.
    pub files: Vec<RecipeFile>,
    /// Files that are no recipes and are not used, as editors and file managers leave them behind.
    pub strays: Vec<Problem>,
}

/// Every version of every style; none where nothing was taught yet. `cameras` are the station's, in order. All problems at once.
pub fn load_all(folder: &Path, cameras: &[String]) -> Result<Found, Vec<Problem>> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    let mut strays = Vec::new();
    for (style, version, path) in versions(folder, &mut strays).map_err(|problem| vec![problem])? {
        match load(&path, style, version, cameras) {
            Ok(file) => files.push(file),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        files.sort_by_key(|file| (file.recipe.style, file.recipe.version));
        Ok(Found { files, strays })
    } else {
        Err(problems)
    }
}

/// The newest version of each style, in the order of styles.
pub fn newest(files: &[RecipeFile]) -> Vec<&RecipeFile> {
    let mut newest: Vec<&RecipeFile> = Vec::new();
    for file in files {
        match newest.last_mut() {
            Some(last) if last.recipe.style == file.recipe.style => *last = file,
            _ => newest.push(file),
        }
    }
    newest
}

fn versions(
    folder: &Path,
    strays: &mut Vec<Problem>,
) -> Result<Vec<(Style, u32, PathBuf)>, Problem> {
    let problem = |file: &Path, message: String| Problem {
        file: file.to_owned(),
        line: None,
        message,
    };
    let read = |path: &Path| {
        let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries =
            entries.map_err(|error| problem(path, format!("cannot read the recipes: {error}")))?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        Ok(entries)
    };
    let mut found = Vec::new();
    for style_folder in read(folder)? {
        let path = style_folder.path();
        let name = style_folder.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || !path.is_dir() {
            let expected = "expected folders <style>/ here; this is none, and is not used";
            strays.push(problem(&path, expected.to_owned()));
            continue;
        }
        let style = Style::of_folder(&name)
            .map_err(|error| problem(&path, format!("the style name {error}")))?;
        for file in read(&path)? {
            let path = file.path();
            let name = file.file_name().to_string_lossy().into_owned();
            // What an interrupted write leaves behind.
            if name.ends_with(".tmp") {
                continue;
            }
            let stem = name.strip_suffix(".toml").unwrap_or_default();
            match stem.parse::<u32>() {
                Ok(version) if version > 0 && version.to_string() == stem => {
                    found.push((style, version, path));
                }
                _ => {
                    let expected = "expected <version>.toml with a version from 1, as 1.toml; this is none, and is \
                                    not used";
                    strays.push(problem(&path, expected.to_owned()));
                }
            }
        }
    }
    Ok(found)
}

fn load(
    path: &Path,
    style: Style,
    version: u32,
    cameras: &[String],
) -> Result<RecipeFile, Vec<Problem>> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        vec![Problem {
            file: path.to_owned(),
            line: None,
            message: format!("cannot read the recipe: {error}"),
        }]
    })?;
    let mut document = Document::parse(path, &text).map_err(|problem| vec![problem])?;
    let head: Option<RawHead> = document.section("recipe");
    let mut recipe = Recipe {
        style,
        version,
        author: String::new(),
        reason: String::new(),
        created_at: WallTime(0),
        rules: LaneRules::default(),
        views: arrayvec::ArrayVec::new(),
    };
    if let Some(head) = head {
        take_head(head, &mut recipe, &mut document);
    }
    let sections = document.sections("view");
    if sections.is_empty() || sections.len() > VIEWS_MAX {
        let message = format!(
            "expected 1 to {VIEWS_MAX} sections [[view]], found {}",
            sections.len()
        );
        document.problem(None, message);
    }
    for section in sections {
        let at = section.span();
        let Some(raw) = document.read::<RawView>("view", section) else {
            continue;
        };
        match checked_view(&raw, cameras, &recipe) {
            Ok(view) => drop(recipe.views.try_push(view)),
            Err(message) => document.problem(Some(at), message),
        }
    }
    recipe.rules = rules(&mut document);
    let problems = document.finish(&["recipe", "view", "sort"]);
    if problems.is_empty() {
        Ok(RecipeFile {
            recipe,
            sha256: sha256(text.as_bytes()),
        })
    } else {
        Err(problems)
    }
}

fn rules(document: &mut Document) -> LaneRules {
    let mut rules = Vec::new();
    for (at, section) in document.sections("sort").into_iter().enumerate() {
        let span = section.span();
        let Some(raw) = document.read::<RawSort>("sort", section) else {
            continue;
        };
        let (what, scores) = ((raw.verdict, raw.class), (raw.score_from, raw.score_below));
        match LaneRule::new(at + 1, &raw.lane, what, scores) {
            Ok(rule) => rules.push(rule),
            Err(error) => document.problem(Some(span), error.to_string()),
        }
    }
    LaneRules::new(rules).unwrap_or_else(|error| {
        document.problem(None, error.to_string());
        LaneRules::default()
    })
}

fn take_head(head: RawHead, recipe: &mut Recipe, document: &mut Document) {
    match head.created.parse::<jiff::Timestamp>() {
        Ok(at) => recipe.created_at = WallTime(at.as_microsecond()),
        Err(error) => {
            let message = format!("recipe.created: expected RFC 3339 time: {error}");
            document.problem(None, message);
        }
    }
    recipe.author = head.author;
    recipe.reason = head.reason;
}

fn checked_view(raw: &RawView, cameras: &[String], recipe: &Recipe) -> Result<RecipeView, String> {
    let name = &raw.name;
    name::visible(name, VIEW_NAME_BYTES_MAX)
        .map_err(|error| format!("view {name:?}: the name {error}"))?;
    name::file_name(&raw.model)
        .map_err(|error| format!("view {name:?}: the model's name {:?} {error}", raw.model))?;
    let camera = cameras.iter().position(|camera| *camera == raw.camera);
    let Some(camera) = camera.and_then(|index| u8::try_from(index).ok()) else {
        return Err(format!(
            "view {name:?}: expected camera to be one of {cameras:?}, found {:?}",
            raw.camera
        ));
    };
    if recipe.view_of(camera).is_some() {
        return Err(format!(
            "view {name:?}: another view uses camera {:?}",
            raw.camera
        ));
    }
    let accept_below = raw.accept_below.unwrap_or(raw.reject_above);
    let thresholds = Score::new(accept_below as f32)
        .zip(Score::new(raw.reject_above as f32))
        .and_then(|(accept, reject)| Thresholds::new(accept, reject));
    let Some(thresholds) = thresholds else {
        return Err(format!(
            "view {name:?}: expected 0 <= accept_below <= reject_above <= 1, found accept_below = \
             {accept_below}, reject_above = {}",
            raw.reject_above
        ));
    };
    let unit = raw.unit.unwrap_or_default();
    let place = ViewPlace::new(unit, raw.region.clone(), raw.ignore.clone())
        .map_err(|mistake| format!("view {name:?}: {mistake}"))?;
    let align = raw.align.as_ref().map(RawAlign::checked).transpose();
    let align = align.map_err(|mistake| format!("view {name:?}: {mistake}"))?;
    Ok(RecipeView {
        name: name.clone(),
        camera,
        model: raw.model.clone(),
        thresholds,
        place: place.aligned(align),
    })
}
