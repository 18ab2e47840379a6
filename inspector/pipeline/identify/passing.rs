//! Frames of parts that are known go on, each as the view that the recipe sees in it.

use super::{IdentifySetup, IdentifyStage};
use crate::pipeline::message::{Announcement, Decision, Inbound};
use crate::station::identity::Who;
use crate::station::part::Style;
use crate::station::verdict::Cause;

impl IdentifyStage {
    pub(super) fn known(&mut self, at: usize, style: Option<Style>) {
        let style = style.or(self.with.default_style);
        let part = &mut self.held[at].part;
        part.trigger.style = style;
        part.recipe = self.with.recipes.chosen(style);
        part.who = Who::Known;
        self.told(at);
    }

    pub(super) fn unknown(&mut self, at: usize, cause: Cause) {
        self.held[at].part.who = Who::Unknown(cause);
        self.told(at);
    }

    /// `actuate` hears it before any word of its views.
    fn told(&mut self, at: usize) {
        let held = &mut self.held[at];
        held.is_asked = false;
        let told = Inbound::Identified(held.part.clone());
        if self.with.triggers.push(told).is_err() {
            // It stays unknown there, and is rejected when it gets to the ejector.
            held.part.recipe = None;
            held.part.who = Who::Unknown(Cause::NoIdentity);
        }
        self.hand_on(at);
    }

    /// Frames of a part that is known go on, each as the view that its recipe sees in it.
    pub(super) fn hand_on(&mut self, at: usize) {
        let held = &mut self.held[at];
        if held.part.who == Who::Awaited {
            return;
        }
        for (camera, cause) in held.absent.drain(..) {
            if let Some(view) = held.part.view_of(camera) {
                not_decided(&self.with, &held.part, view, cause);
            }
        }
        for mut item in held.frames.drain(..) {
            let Some(view) = held.part.view_of(item.camera) else {
                continue;
            };
            item.part = held.part.clone();
            item.view = view;
            if self.with.frames.push(item).is_err() {
                not_decided(&self.with, &held.part, view, Cause::Overrun);
            }
        }
        while self.held.pop_front_if(|held| held.is_over()).is_some() {}
    }
}

fn not_decided(with: &IdentifySetup, part: &Announcement, view: u8, cause: Cause) {
    let decision = Decision::not_decided(part, view, cause, with.clock.now());
    // Should `actuate` not take it, the part stays undecided and is rejected all the same.
    drop(with.decisions.push(decision));
}
