//! The least and the most that tensors were seen to hold.

use super::plan::Plan;
use crate::session::network::{Array, Network};
use std::collections::HashMap;

/// By the tensor's name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges(HashMap<String, (f32, f32)>);

/// How 8 bits stand for numbers: `(byte - zero) * step`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Steps {
    pub step: f32,
    pub zero: u8,
}

impl Ranges {
    /// Takes in what the graph of [`Plan::watching`] gives for one image.
    ///
    /// # Errors
    /// When it does not run, or gives something else.
    pub(crate) fn look(
        &mut self,
        watching: &mut Network,
        plan: &Plan,
        (input, image): (&str, &Array),
    ) -> Result<(), String> {
        let found = watching
            .run(&[(input, image)])
            .map_err(|error| error.message().to_owned())?;
        let watched = plan.watched();
        let (both, rest) = found.as_chunks::<2>();
        if both.len() != watched.len() || !rest.is_empty() {
            return Err(format!(
                "expected the least and the most of {} tensors, found {} numbers",
                watched.len(),
                found.len()
            ));
        }
        for (name, [least, most]) in watched.iter().zip(both) {
            self.widen(name, &least.values);
            self.widen(name, &most.values);
        }
        if plan.takes_input() {
            self.widen(input, &image.values);
        }
        Ok(())
    }

    fn widen(&mut self, name: &str, values: &[f32]) {
        let (least, most) = self.0.entry(name.to_owned()).or_insert((0.0, 0.0));
        for value in values.iter().filter(|value| value.is_finite()) {
            *least = least.min(*value);
            *most = most.max(*value);
        }
    }

    /// Of a tensor; 0 is always among its numbers. `Err` when it was not watched.
    pub(super) fn steps(&self, name: &str) -> Result<Steps, String> {
        let (least, most) = self
            .0
            .get(name)
            .copied()
            .ok_or_else(|| format!("{name} was never seen"))?;
        let step = ((most - least) / 255.0).max(f32::MIN_POSITIVE * 1e6);
        let zero = (-least / step).round().clamp(0.0, 255.0) as u8;
        Ok(Steps { step, zero })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_a_number_and_both_ends_are_within_half_a_step() {
        let mut ranges = Ranges::default();
        ranges.widen("x", &[-0.7, 0.1, f32::NAN]);
        ranges.widen("y", &[0.2, 6.0]);
        ranges.widen("x", &[2.3, f32::INFINITY]);
        let Steps { step, zero } = ranges.steps("x").unwrap();
        let number = |byte: u8| (f32::from(byte) - f32::from(zero)) * step;
        assert!(
            (number(0) + 0.7).abs() <= step * 0.501 && (number(255) - 2.3).abs() <= step * 0.501
        );
        assert_eq!(number(zero), 0.0);
        assert_eq!(
            ranges.steps("y").unwrap(),
            Steps {
                step: 6.0 / 255.0,
                zero: 0
            }
        );
        assert!(ranges.steps("z").unwrap_err().contains("z"));
    }

    #[test]
    fn what_was_always_zero_has_a_step_that_is_a_number() {
        let mut ranges = Ranges::default();
        ranges.widen("x", &[0.0; 4]);
        let Steps { step, zero } = ranges.steps("x").unwrap();
        assert!(step > 0.0 && step.is_normal() && zero == 0);
    }
}
