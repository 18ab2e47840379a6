//! Views, model and thresholds for one style; versioned, immutable. And all recipes of a job.

use super::part::Style;
use super::place::ViewPlace;
use super::result::{RecipeRef, VIEWS_MAX};
use super::sorting::LaneRules;
use super::time::WallTime;
use super::verdict::Thresholds;
use arrayvec::ArrayVec;
use std::sync::Arc;

/// One camera looking at one region of one part.
#[derive(Clone, Debug, PartialEq)]
pub struct RecipeView {
    /// Its name, unique in the recipe.
    pub name: String,
    /// Index into the station's cameras.
    pub camera: u8,
    /// Name of the bundle that scores it.
    pub model: String,
    /// Where this recipe draws the lines.
    pub thresholds: Thresholds,
    /// Where in the camera's frames it looks.
    pub place: ViewPlace,
}

/// What is done with parts of one style. A change is a new version.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The style of the parts it judges.
    pub style: Style,
    /// Counted from 1 for each style, without gaps.
    pub version: u32,
    /// Who made this version.
    pub author: String,
    /// Why it was made, in its author's words.
    pub reason: String,
    /// When it was made, by its author's clock.
    pub created_at: WallTime,
    /// 1 to [`VIEWS_MAX`] views, no two on one camera.
    pub views: ArrayVec<RecipeView, VIEWS_MAX>,
    /// By which its parts are sorted into lanes.
    pub rules: LaneRules,
}

impl Recipe {
    /// The view that looks through this camera.
    pub fn view_of(&self, camera: u8) -> Option<u8> {
        let index = self.views.iter().position(|view| view.camera == camera)?;
        u8::try_from(index).ok()
    }
}

/// Every recipe of a job, in a fixed order: `RecipeRef::index` points here.
#[derive(Clone, Debug, Default)]
pub struct Recipes {
    recipes: Vec<Arc<Recipe>>,
}

impl Recipes {
    /// Keeps the given order.
    pub fn new(recipes: Vec<Arc<Recipe>>) -> Self {
        Self { recipes }
    }

    /// The recipe for this style. Does not allocate; a linear look, because a station has dozens.
    pub fn find(&self, style: Option<Style>) -> Option<(RecipeRef, &Arc<Recipe>)> {
        let style = style?;
        let (index, recipe) = self
            .recipes
            .iter()
            .enumerate()
            .find(|(_, recipe)| recipe.style == style)?;
        let reference = RecipeRef {
            index: u16::try_from(index).ok()?,
            version: recipe.version,
        };
        Some((reference, recipe))
    }

    /// The same, to be kept with a part.
    pub fn chosen(&self, style: Option<Style>) -> Option<(RecipeRef, Arc<Recipe>)> {
        let (reference, recipe) = self.find(style)?;
        Some((reference, Arc::clone(recipe)))
    }

    /// Judges by this version from now on; the first one of a new style goes to the end. An older one than is known
    /// changes nothing.
    pub fn take(&mut self, recipe: Arc<Recipe>) {
        if let Err(recipe) = self.replace(recipe) {
            drop(self.add(recipe));
        }
    }

    /// The recipe at this index.
    pub fn get(&self, index: u16) -> Option<&Arc<Recipe>> {
        self.recipes.get(usize::from(index))
    }

    /// Puts a newer version in the place of an older one and returns the older one, or gives the new
    /// one back when it replaces nothing.
    pub fn replace(&mut self, recipe: Arc<Recipe>) -> Result<Arc<Recipe>, Arc<Recipe>> {
        match self
            .recipes
            .iter_mut()
            .find(|old| old.style == recipe.style)
        {
            Some(old) if old.version < recipe.version => Ok(std::mem::replace(old, recipe)),
            _ => Err(recipe),
        }
    }

    /// Adds a recipe of a style that has none yet, at the end; any other is given back.
    pub fn add(&mut self, recipe: Arc<Recipe>) -> Result<(), Arc<Recipe>> {
        if self.find(Some(recipe.style)).is_some() {
            return Err(recipe);
        }
        self.recipes.push(recipe);
        Ok(())
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Recipe>> {
        self.recipes.iter()
    }

    /// Number of views of a part.
    pub fn len(&self) -> usize {
        self.recipes.len()
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.recipes.is_empty()
    }
}
