//! Names of a model's classes, by recipe, view and the version that brought the model.

/// Names for the control plane; results carry numbers.
#[derive(Default)]
pub(super) struct ClassNames(Vec<Named>);

struct Named {
    recipe: u16,
    view: u8,
    from_version: u32,
    names: Vec<String>,
}

impl ClassNames {
    /// Those a job begins with: `[recipe][view][class]`.
    pub(super) fn new(classes: Vec<Vec<Vec<String>>>) -> Self {
        let mut all = Self::default();
        for (recipe, views) in (0..).zip(classes) {
            for (view, names) in (0..).zip(views) {
                all.add(recipe, view, 0, names);
            }
        }
        all
    }

    pub(super) fn add(&mut self, recipe: u16, view: u8, from_version: u32, names: Vec<String>) {
        self.0.push(Named {
            recipe,
            view,
            from_version,
            names,
        });
    }

    /// Of a class of the model that judged parts of this version.
    pub(super) fn find(&self, recipe: u16, version: u32, view: u8, class: u16) -> Option<&String> {
        let of_view = |named: &&Named| {
            named.recipe == recipe && named.view == view && named.from_version <= version
        };
        let newest = self
            .0
            .iter()
            .filter(of_view)
            .max_by_key(|n| n.from_version)?;
        newest.names.get(usize::from(class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_named_by_the_model_of_its_version() {
        let mut names = ClassNames::new(vec![vec![vec!["dent".to_owned(), "crack".to_owned()]]]);
        names.add(0, 0, 3, vec!["anomaly".to_owned()]);
        let find = |version, class| names.find(0, version, 0, class).map(String::as_str);
        assert_eq!(
            (find(2, 1), find(3, 0), find(9, 0)),
            (Some("crack"), Some("anomaly"), Some("anomaly"))
        );
        assert_eq!((find(3, 1), names.find(1, 1, 0, 0)), (None, None));
    }
}
