//! The scorers of one inspect thread. A new version of a recipe may bring a model of its own while parts
//! of the version before are still on their way, so the last two of each view are kept.

use crate::ports::scorer::Scorer;
use crate::queue::{Outlet, Queue};
use crate::station::result::RecipeRef;
use arrayvec::ArrayVec;

/// The scorers that an inspect thread begins with: `[recipe][view]`, in the order of the job's recipes.
pub type Scorers = Vec<Vec<Box<dyn Scorer>>>;

/// control → one inspect thread: loaded and warm, for a version that no part was announced with yet.
pub struct NewScorer {
    /// Whose parts, from which version on.
    pub recipe: RecipeRef,
    /// Index into the recipe's views.
    pub view: u8,
    /// Loaded, and run once, so that its first part waits for nothing.
    pub scorer: Box<dyn Scorer>,
}

/// How many models of one view are kept. A part whose version is older than all of them is not decided.
pub const KEPT_MAX: usize = 2;

struct Kept {
    from_version: u32,
    scorer: Box<dyn Scorer>,
}

/// Scorers by recipe, version and view.
pub struct ScorerSet {
    recipes: Vec<Vec<ArrayVec<Kept, KEPT_MAX>>>,
    arriving: Outlet<NewScorer>,
    /// Freeing a model takes milliseconds, which the control plane has.
    retired: Queue<Box<dyn Scorer>>,
    /// The recipe whose models are kept warm next.
    next_warm: usize,
}

impl ScorerSet {
    /// Those a job begins with, where new ones come from, and where old ones go.
    pub fn new(
        scorers: Scorers,
        arriving: Outlet<NewScorer>,
        retired: Queue<Box<dyn Scorer>>,
    ) -> Self {
        let kept = |scorer| {
            ArrayVec::from_iter([Kept {
                from_version: 0,
                scorer,
            }])
        };
        let views = |views: Vec<_>| views.into_iter().map(kept).collect();
        Self {
            recipes: scorers.into_iter().map(views).collect(),
            arriving,
            retired,
            next_warm: 0,
        }
    }

    /// Runs the newest models of one recipe on nothing, of the next recipe each time.
    pub fn keep_warm(&mut self) {
        let count = self.recipes.len().max(1);
        let views = self.recipes.get_mut(self.next_warm % count);
        for kept in views
            .into_iter()
            .flatten()
            .filter_map(|kept| kept.last_mut())
        {
            // A model that fails here fails on the next part too, which then says so.
            let _ = kept.scorer.keep_warm();
        }
        self.next_warm = (self.next_warm + 1) % count;
    }

    /// Puts what has come in its place. Called before each frame, so that it is there before the first
    /// part that needs it: it was sent before that part was announced.
    pub fn take_new(&mut self) {
        while let Some(new) = self.arriving.pop() {
            let (recipe, view) = (usize::from(new.recipe.index), usize::from(new.view));
            if self.recipes.len() <= recipe {
                self.recipes.resize_with(recipe + 1, Vec::new);
            }
            let views = &mut self.recipes[recipe];
            if views.len() <= view {
                views.resize_with(view + 1, ArrayVec::new);
            }
            let kept = &mut views[view];
            if kept.is_full() {
                drop(self.retired.push(kept.remove(0).scorer));
            }
            kept.push(Kept {
                from_version: new.recipe.version,
                scorer: new.scorer,
            });
        }
    }

    /// The scorer of a view for parts of this version.
    pub fn find(&mut self, recipe: RecipeRef, view: usize) -> Option<&mut Box<dyn Scorer>> {
        let views = self.recipes.get_mut(usize::from(recipe.index))?;
        let mut kept = views.get_mut(view)?.iter_mut();
        let newest = kept.rfind(|kept| kept.from_version <= recipe.version)?;
        Some(&mut newest.scorer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::scorer::{ScoreError, ViewScore};
    use crate::queue::{WhenFull, queue};
    use crate::station::frame::FrameShape;
    use crate::station::verdict::Score;

    /// Told apart by the width of its map.
    struct Numbered(u32);

    impl Scorer for Numbered {
        fn map_size(&self) -> (u32, u32) {
            (self.0, 1)
        }

        fn score(
            &mut self,
            _: &[u8],
            _: FrameShape,
            _: Score,
            _: &mut [u8],
        ) -> Result<ViewScore, ScoreError> {
            Err(ScoreError::Run {
                message: "never run here".to_owned(),
            })
        }
    }

    #[test]
    fn recipes_are_kept_warm_in_turn_and_only_their_newest_models() {
        struct Warmed(u32, std::sync::Arc<std::sync::Mutex<Vec<u32>>>);
        impl Scorer for Warmed {
            fn map_size(&self) -> (u32, u32) {
                (self.0, 1)
            }
            fn score(
                &mut self,
                _: &[u8],
                _: FrameShape,
                _: Score,
                _: &mut [u8],
            ) -> Result<ViewScore, ScoreError> {
                unreachable!("there is no frame")
            }
            fn keep_warm(&mut self) -> Result<(), ScoreError> {
                self.1.lock().expect("nobody panics").push(self.0);
                Ok(())
            }
        }
        let warmed = std::sync::Arc::default();
        let one = |number| Box::new(Warmed(number, std::sync::Arc::clone(&warmed))) as _;
        let (tx, arriving) = queue("scorers", 8, WhenFull::DropNewest, None);
        let (retired, _gone) = queue("retired", 8, WhenFull::DropNewest, None);
        let recipes = vec![vec![one(1), one(2)], vec![one(3)]];
        let mut set = ScorerSet::new(recipes, arriving, retired);
        let recipe = RecipeRef {
            index: 1,
            version: 2,
        };
        let scorer = one(4);
        let view = 0;
        assert!(
            tx.push(NewScorer {
                recipe,
                view,
                scorer
            })
            .is_ok()
        );
        set.take_new();
        (0..3).for_each(|_| set.keep_warm());
        assert_eq!(*warmed.lock().expect("nobody panics"), [1, 2, 4, 1, 2]);
    }

    #[test]
    fn parts_of_each_version_are_scored_by_the_model_of_their_version() {
        let (tx, arriving) = queue("scorers", 8, WhenFull::DropNewest, None);
        let (retired, gone) = queue("retired", 8, WhenFull::DropNewest, None);
        let mut set = ScorerSet::new(vec![vec![Box::new(Numbered(1)) as _]], arriving, retired);
        let at = |index, version| RecipeRef { index, version };
        let send = |index, version, number| {
            let new = NewScorer {
                recipe: at(index, version),
                view: 0,
                scorer: Box::new(Numbered(number)),
            };
            assert!(tx.push(new).is_ok());
        };
        let found = |set: &mut ScorerSet, index, version| {
            set.find(at(index, version), 0)
                .map(|scorer| scorer.map_size().0)
        };
        send(0, 5, 2);
        set.take_new();
        assert_eq!(found(&mut set, 0, 4), Some(1));
        // Version 6 changed only the threshold.
        assert_eq!(
            (found(&mut set, 0, 5), found(&mut set, 0, 6)),
            (Some(2), Some(2))
        );
        send(0, 7, 3);
        send(1, 1, 4);
        set.take_new();
        assert_eq!(
            (found(&mut set, 0, 4), found(&mut set, 0, 6)),
            (None, Some(2))
        );
        assert_eq!(
            (found(&mut set, 0, 9), found(&mut set, 1, 1)),
            (Some(3), Some(4))
        );
        assert_eq!(gone.pop().map(|scorer| scorer.map_size().0), Some(1));
    }
}
