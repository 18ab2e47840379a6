//! What was found for one case and holds for later ones of the same call.

use std::cell::RefCell;

/// Answers by what they answer.
pub struct Known<K, V>(RefCell<Vec<(K, V)>>);

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: PartialEq, V: Clone> Known<K, V> {
    /// The answer, which is looked for the first time only.
    pub fn or_find(&self, key: K, find: impl FnOnce() -> V) -> V {
        let known = self.0.borrow();
        if let Some((_, answer)) = known.iter().find(|(of, _)| *of == key) {
            return answer.clone();
        }
        drop(known);
        let answer = find();
        self.0.borrow_mut().push((key, answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_looked_for_once() {
        let known = Known::default();
        let mut looked = 0;
        for key in [1, 2, 1, 2, 2] {
            let answer = known.or_find(key, || {
                looked += 1;
                key * 10
            });
            assert_eq!(answer, key * 10);
        }
        assert_eq!(looked, 2);
    }
}
