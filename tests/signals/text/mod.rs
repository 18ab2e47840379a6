//! Scanners, readers and keyboards: one suite, run on a serial port, on both kinds of TCP connection and on keys.

mod far;
mod own;
mod suite;
mod typing;

use crate::rig::all;
use far::{Calling, Listening, Serial, Typing};
use suite::{Far, Rig, id, wiring};

fn every() -> Vec<(&'static str, Box<dyn Far>)> {
    vec![
        ("serial", Box::new(Serial::new())),
        ("the station connects", Box::new(Listening::new())),
        ("the scanner connects", Box::new(Calling::new())),
        ("keyboard", Box::<Typing>::default()),
    ]
}

/// A promise as a test, on every far side.
macro_rules! promised {
    ($($promise:ident)*) => {
        $(#[test] fn $promise() {
            every().into_iter().for_each(|(name, far)| suite::$promise(name, far));
        })*

        #[test]
        fn every_promise_is_a_test() {
            let names: Vec<&str> = suite::PROMISES.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$(stringify!($promise)),*]);
        }
    };
}
promised!(
    each_text_is_a_parts_id_with_the_time_at_which_it_came
    half_a_text_is_told_and_never_joined_to_the_next
    a_device_that_is_gone_is_told_and_used_again_when_it_is_back
    a_device_that_announces_parts_tells_them_with_their_ids
    what_cannot_be_an_id_identifies_no_part_and_is_told
    the_same_text_again_within_the_time_that_is_set_is_the_same_part
    a_device_that_says_too_much_is_closed_for_a_second_and_goes_on_then
);
