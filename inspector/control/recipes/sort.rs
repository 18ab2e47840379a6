//! Other sorting rules at a running station.

use super::requests::{ApplyError, NewRules};
use super::service::{Draft, RecipeService};
use crate::station::lane::Lanes;
use crate::station::part::Style;
use crate::station::recipe::Recipe;
use crate::station::sorting::LaneRules;

impl RecipeService {
    /// Where parts of the station can go.
    pub fn lanes(&self) -> &Lanes {
        &self.versions.lanes
    }

    /// What the models of the newest version call the classes of findings.
    pub fn classes(&self, style: Style) -> Vec<String> {
        let models = self.versions.newest(style).map(|newest| newest.models);
        let models = models.unwrap_or_default();
        let mut classes: Vec<String> = models
            .iter()
            .flat_map(|model| model.classes.clone())
            .collect();
        classes.sort();
        classes.dedup();
        classes
    }

    /// Sorts parts of a style by other rules, as a new version.
    ///
    /// # Errors
    /// As [`RecipeService::apply`]; `Invalid` where a rule names a lane or class that is not there.
    pub fn sort(&self, new: &NewRules) -> Result<u32, ApplyError> {
        let _changing = self.changing();
        let newest = self.existing(new.style, new.based_on)?;
        let mut recipe = Recipe::clone(&newest.recipe);
        let from = said(&recipe.rules);
        recipe.rules = new.rules.clone();
        let details = vec![("from", from), ("to", said(&recipe.rules))];
        let draft = Draft {
            recipe,
            models: newest.models,
            brought: Vec::new(),
        };
        self.publish(draft, (&new.author, &new.reason), details)
    }
}

/// Rules as the journal tells them.
fn said(rules: &LaneRules) -> String {
    let each: Vec<String> = rules.iter().map(ToString::to_string).collect();
    match each.is_empty() {
        true => "none".to_owned(),
        false => each.join("; "),
    }
}
