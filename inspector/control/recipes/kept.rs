//! Which models the inspect threads keep, and for which versions: what `scorers::ScorerSet` holds, told from the versions of
//! the job.

use super::sessions::ModelInfo;
use crate::pipeline::scorers::KEPT_MAX;
use crate::station::part::Style;
use crate::station::recipe::Recipe;

/// Which parts a model judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelUse {
    /// The style that its versions are of.
    pub style: Style,
    /// Through which view.
    pub view: String,
    /// First version of the recipe that it judges, of those of this job.
    pub from_version: u32,
    /// Last one; `None` while the newest is among them.
    pub to_version: Option<u32>,
}

/// A model that is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptModel {
    /// How it runs.
    pub info: ModelInfo,
    /// What for, in the order of the job's recipes.
    pub used_by: Vec<ModelUse>,
}

struct Kept {
    recipe: u16,
    view: u8,
    info: ModelInfo,
    used_by: ModelUse,
}

impl Kept {
    fn is_of(&self, recipe: u16, view: u8) -> bool {
        (self.recipe, self.view) == (recipe, view)
    }

    /// Whether this is the same model of the same view, brought anew by the version that followed.
    fn goes_on_with(&self, next: &Self) -> bool {
        let follows = self.used_by.to_version.map(|to| to + 1) == Some(next.used_by.from_version);
        follows && next.is_of(self.recipe, self.view) && self.info == next.info
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct KeptModels(Vec<Kept>);

impl KeptModels {
    /// A version comes, with models of its own for some views; `before` is the one that it follows.
    pub(super) fn bring(
        &mut self,
        index: u16,
        before: Option<u32>,
        recipe: &Recipe,
        models: Vec<(u8, ModelInfo)>,
    ) {
        for kept in self.0.iter_mut().filter(|kept| kept.recipe == index) {
            let is_gone = usize::from(kept.view) >= recipe.views.len();
            let is_followed = models.iter().any(|(view, _)| *view == kept.view);
            if kept.used_by.to_version.is_none() && (is_gone || is_followed) {
                kept.used_by.to_version = before;
            }
        }
        for (view, info) in models {
            let is_of_view = |kept: &Kept| kept.is_of(index, view);
            if self.0.iter().filter(|kept| is_of_view(kept)).count() >= KEPT_MAX
                && let Some(oldest) = self.0.iter().position(is_of_view)
            {
                self.0.remove(oldest);
            }
            let name = recipe.views.get(usize::from(view));
            self.0.push(Kept {
                recipe: index,
                view,
                info,
                used_by: ModelUse {
                    style: recipe.style,
                    view: name.map_or(String::new(), |view| view.name.clone()),
                    from_version: recipe.version,
                    to_version: None,
                },
            });
        }
        // Within a view the oldest stays first.
        self.0.sort_by_key(|kept| (kept.recipe, kept.view));
    }

    /// By name, each with all that it is for.
    pub(super) fn all(&self) -> Vec<KeptModel> {
        let mut models: Vec<KeptModel> = Vec::new();
        let mut before: Option<&Kept> = None;
        for kept in &self.0 {
            let same = models.iter_mut().find(|model| model.info == kept.info);
            let is_continued = before.is_some_and(|before| before.goes_on_with(kept));
            match same {
                Some(model) => match model.used_by.last_mut().filter(|_| is_continued) {
                    Some(used) => used.to_version = kept.used_by.to_version,
                    None => model.used_by.push(kept.used_by.clone()),
                },
                None => models.push(KeptModel {
                    info: kept.info.clone(),
                    used_by: vec![kept.used_by.clone()],
                }),
            }
            before = Some(kept);
        }
        models.sort_by(|a, b| a.info.name.cmp(&b.info.name));
        models
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::recipe::RecipeView;
    use crate::station::time::WallTime;
    use crate::station::verdict::{Score, Thresholds};

    fn recipe(style: &str, version: u32, views: u8) -> Recipe {
        let half = Score::new(0.5).expect("a score");
        let view = |camera: u8| RecipeView {
            name: format!("view {camera}"),
            camera,
            model: String::new(),
            thresholds: Thresholds::new(half, half).expect("in order"),
            place: Default::default(),
        };
        Recipe {
            style: Style::new(style).expect("a style"),
            version,
            author: String::new(),
            reason: String::new(),
            created_at: WallTime(0),
            rules: Default::default(),
            views: (0..views).map(view).collect(),
        }
    }

    fn info(name: &str) -> ModelInfo {
        ModelInfo {
            name: name.to_owned(),
            ..ModelInfo::default()
        }
    }

    /// `name: style view from..to`, one a use.
    fn told(models: &KeptModels) -> Vec<String> {
        let all = models.all();
        let uses = all
            .iter()
            .flat_map(|model| model.used_by.iter().map(|used| (&model.info.name, used)));
        let told = uses.map(|(name, used)| {
            let to = used.to_version.map_or(String::new(), |to| to.to_string());
            let (style, view) = (used.style, &used.view);
            format!("{name}: {style} {view} {}..{to}", used.from_version)
        });
        told.collect()
    }

    #[test]
    fn a_model_is_shown_from_its_version_on_until_the_one_after_the_next_comes() {
        let mut models = KeptModels::default();
        models.bring(0, None, &recipe("cap", 4, 1), vec![(0, info("m"))]);
        models.bring(1, None, &recipe("gear", 1, 1), vec![(0, info("m"))]);
        assert_eq!(told(&models), ["m: cap view 0 4..", "m: gear view 0 1.."]);
        models.bring(0, Some(4), &recipe("cap", 5, 1), vec![(0, info("n"))]);
        // A version with another threshold alone.
        models.bring(0, Some(5), &recipe("cap", 6, 1), Vec::new());
        let expected = [
            "m: cap view 0 4..4",
            "m: gear view 0 1..",
            "n: cap view 0 5..",
        ];
        assert_eq!(told(&models), expected);
        models.bring(0, Some(6), &recipe("cap", 7, 1), vec![(0, info("a"))]);
        let expected = [
            "a: cap view 0 7..",
            "m: gear view 0 1..",
            "n: cap view 0 5..6",
        ];
        assert_eq!(told(&models), expected);
        // A style that is new.
        models.bring(2, None, &recipe("lid", 1, 1), vec![(0, info("a"))]);
        assert_eq!(told(&models)[1], "a: lid view 0 1..");
    }

    #[test]
    fn a_model_that_comes_again_is_one_and_ends_with_its_view() {
        let mut models = KeptModels::default();
        let both = vec![(0, info("m")), (1, info("n"))];
        models.bring(0, None, &recipe("cap", 1, 2), both);
        models.bring(0, Some(1), &recipe("cap", 2, 2), vec![(0, info("m"))]);
        assert_eq!(told(&models), ["m: cap view 0 1..", "n: cap view 1 1.."]);
        // Back to one view, and to both again.
        models.bring(0, Some(2), &recipe("cap", 3, 1), Vec::new());
        assert_eq!(told(&models), ["m: cap view 0 1..", "n: cap view 1 1..2"]);
        models.bring(0, Some(3), &recipe("cap", 4, 2), vec![(1, info("n"))]);
        let expected = [
            "m: cap view 0 1..",
            "n: cap view 1 1..2",
            "n: cap view 1 4..",
        ];
        assert_eq!(told(&models), expected);
        let other = ModelInfo {
            threads: 2,
            ..info("n")
        };
        models.bring(0, Some(4), &recipe("cap", 5, 2), vec![(1, other)]);
        assert_eq!(models.all().len(), 3, "tuned since: it runs otherwise");
    }
}
