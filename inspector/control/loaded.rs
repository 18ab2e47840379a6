//! What a station runs with: recipes, the bundles that they name, and what its cameras were calibrated to.

use super::recipes::sessions::Chosen;
use crate::error::{Error, ErrorKind};
use crate::settings::recipes::{self, Found, RecipeFile};
use crate::settings::{Problem, StationSettings};
use crate::station::lane::Lanes;
use crate::telemetry::catalogue::Code;
use crate::tell;
use calibration::Configuration;
use models::Bundle;
use std::collections::BTreeMap;

/// Recipes with the bundles they name, all loaded and verified.
pub struct Loaded {
    /// Every version of every style, oldest first.
    pub files: Vec<RecipeFile>,
    /// Files among the recipes that are none and are not used.
    pub strays: Vec<Problem>,
    /// By the name that recipes give them.
    pub bundles: BTreeMap<String, Bundle>,
    /// How each of them runs, by name; see `sessions::settle`.
    pub chosen: BTreeMap<String, Chosen>,
    /// Of each camera, in order: what it was calibrated to, and its file's SHA-256 in hex.
    pub configurations: Vec<Option<(Configuration, String)>>,
}

/// Names of the cameras, in order.
pub fn camera_names(settings: &StationSettings) -> Vec<String> {
    let names = settings.cameras.iter().map(|camera| camera.name.clone());
    names.collect()
}

/// Reads recipes, bundles and configurations.
///
/// # Errors
/// All problems at once.
pub fn load(settings: &StationSettings) -> Result<Loaded, Error> {
    let Found { mut files, strays } = recipes::load_all(&settings.recipes, &camera_names(settings))
        .map_err(|problems| {
            let lines = problems.iter().map(Problem::to_string).collect();
            Error::all(ErrorKind::Settings, lines)
        })?;
    for stray in &strays {
        tell!(Code::StrayFile, "{stray}");
    }
    let mut bundles = BTreeMap::new();
    let mut problems = Vec::new();
    for file in recipes::newest(&files) {
        for view in &file.recipe.views {
            if bundles.contains_key(&view.model) {
                continue;
            }
            match Bundle::load(&settings.models.join(&view.model)) {
                Ok(bundle) => drop(bundles.insert(view.model.clone(), bundle)),
                Err(error) => problems.push(Error::from(error).of(format_args!(
                    "recipe {} version {}, view {}",
                    file.recipe.style, file.recipe.version, view.name
                ))),
            }
        }
    }
    let mut configurations = Vec::new();
    for camera in &settings.cameras {
        match Configuration::load(&settings.configuration, &camera.name) {
            Ok(found) => configurations.push(found),
            Err(error) => {
                let thing = format!("configuration of {:?}", camera.name);
                problems.push(Error::from(error).of(thing));
            }
        }
    }
    problems.extend(unbound(&mut files, &bundles, &settings.line.lanes));
    let loaded = Loaded {
        files,
        strays,
        bundles,
        chosen: BTreeMap::new(),
        configurations,
    };
    Error::none_of(problems, loaded)
}

/// Holds the sorting rules of the newest versions against the station's lanes and the classes of their models.
fn unbound(
    files: &mut [RecipeFile],
    bundles: &BTreeMap<String, Bundle>,
    lanes: &Lanes,
) -> Vec<Error> {
    let last = recipes::newest(files).into_iter();
    let last: Vec<_> = last
        .map(|file| (file.recipe.style, file.recipe.version))
        .collect();
    let mut problems = Vec::new();
    for file in files {
        let recipe = &mut file.recipe;
        if !last.contains(&(recipe.style, recipe.version)) {
            continue;
        }
        let classes = recipe.views.iter().map(|view| {
            let bundle = bundles.get(&view.model);
            bundle.map_or(&[][..], |bundle| &bundle.manifest().output.classes)
        });
        let classes: Vec<&[String]> = classes.collect();
        if let Err(error) = recipe.rules.bind(lanes, &classes) {
            let of = format!("recipe {} version {}", recipe.style, recipe.version);
            problems.push(Error::new(ErrorKind::Settings, error).of(of));
        }
    }
    problems
}
