//! GPIO lines against the kernel's `gpio-sim`.

mod board;
mod conforming;
mod encoders;
mod exchanging;
mod faults;
mod sensing;

use crate::cases::{Case, Outcome};

/// Every case, in the order of running.
pub fn all() -> Vec<Case> {
    let case = |name: &str, run: fn() -> Outcome| (format!("gpio-{name}"), Box::new(run) as Box<_>);
    let mut all = vec![
        case("takes-no-time", sensing::asking_and_setting_takes_no_time),
        case("first-edge", sensing::the_first_edge_is_a_change),
        case(
            "edges-have-the-kernels-times",
            sensing::edges_have_the_kernels_times,
        ),
        case(
            "edges-of-lines-in-order",
            sensing::edges_of_two_lines_come_in_the_order_of_time,
        ),
        case(
            "bouncing-contact",
            sensing::a_contact_that_bounces_is_one_change,
        ),
        case("pull-up", sensing::a_line_with_a_pull_rests_there),
        case(
            "asked-without-edges",
            sensing::lines_without_interrupts_are_asked,
        ),
        case(
            "outputs-stay-until-set",
            sensing::outputs_stay_as_they_are_until_they_are_set,
        ),
        case(
            "released-when-killed",
            sensing::lines_of_a_killed_process_are_let_go,
        ),
        case("encoder-both-ways", encoders::an_encoder_counts_both_ways),
        case("encoder-at-speed", encoders::an_encoder_counts_at_speed),
        case(
            "encoder-latched",
            encoders::a_trigger_has_the_count_of_its_moment,
        ),
        case(
            "encoder-noise",
            encoders::noise_and_lost_edges_make_the_count_jump,
        ),
        case("lost-edges", faults::edges_that_are_lost_are_told),
        case(
            "unplugged",
            faults::a_chip_that_is_unplugged_is_gone_and_back,
        ),
        case(
            "named",
            faults::what_cannot_be_used_is_named_with_what_to_do,
        ),
    ];
    all.extend([
        case(
            "lost-triggers",
            exchanging::lost_triggers_are_told_and_the_line_goes_on,
        ),
        case(
            "gate-unplugged",
            exchanging::a_gate_that_was_open_is_shut_when_the_chip_is_back,
        ),
        case("gate-inverted", exchanging::an_inverted_gate_rests_high),
    ]);
    all.extend(conforming::all());
    all
}
