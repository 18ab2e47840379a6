//! Which end of a single score is the defect.

use super::*;
use crate::bundle::manifest::OutputKind;

/// The mean of the red channel, through a sigmoid where it is to be a score.
fn single(is_score: bool, sides: &[usize]) -> Model {
    let shape: Vec<i64> = sides.iter().map(|side| *side as i64).collect();
    let mut nodes = vec![
        Node::new("Gather", &["y", "first"], "one").int("axis", 1),
        Node::new(
            "Reshape",
            &["one", "shape"],
            if is_score { "logit" } else { "z" },
        ),
    ];
    if is_score {
        nodes.push(Node::new("Sigmoid", &["logit"], "z"));
    }
    let constants = vec![
        Tensor::integers("first", &[0]),
        Tensor::integers("shape", &shape),
    ];
    ending(nodes, constants, sides)
}

#[test]
fn which_end_of_a_single_score_is_the_defect_is_asked_and_never_guessed() {
    let score = 1.0 / (1.0 + (-128.0_f32 / 255.0).exp());
    for sides in [&[1, 1][..], &[1], &[1, 1, 1, 1]] {
        let model = single(true, sides);
        for task in [None, Some(Task::Anomaly), Some(Task::Classify)] {
            let asked = |high_is: Option<HighIs>| Asked {
                task,
                high_is,
                ..fed()
            };
            let error = Folder::new()
                .import(&model, &asked(None))
                .unwrap_err()
                .to_string();
            contains(&error, &["--high-is good|defect"]);
            assert!(
                !error.contains("--range") && !error.contains("--activation"),
                "{error}"
            );
            for (high_is, expected) in [(HighIs::Defect, score), (HighIs::Good, 1.0 - score)] {
                let imported = Folder::new().import(&model, &asked(Some(high_is))).unwrap();
                assert_eq!(imported.output.kind, OutputKind::Score);
                is_near(answer(&imported).score, expected);
            }
        }
    }
    let twice = Asked {
        high_is: Some(HighIs::Defect),
        activation: Some(Activation::Sigmoid),
        ..fed()
    };
    let error = Folder::new()
        .import(&single(true, &[1, 1]), &twice)
        .unwrap_err()
        .to_string();
    contains(&error, &["ends in a sigmoid itself"]);
}

#[test]
fn scores_of_another_scale_are_turned_round_too() {
    let logit = single(false, &[1, 1]);
    let asked = |activation, range| Asked {
        high_is: Some(HighIs::Good),
        activation: Some(activation),
        range,
        ..fed()
    };
    let value = 128.0_f32 / 255.0;
    let imported = Folder::new()
        .import(&logit, &asked(Activation::Sigmoid, None))
        .unwrap();
    is_near(answer(&imported).score, 1.0 / (1.0 + value.exp()));
    let range = Some([-1.0, 3.0]);
    let imported = Folder::new()
        .import(&logit, &asked(Activation::None, range))
        .unwrap();
    assert_eq!(imported.output.range, Some([3.0, -1.0]));
    is_near(answer(&imported).score, 1.0 - (value + 1.0) / 4.0);
    let error = Folder::new()
        .import(&logit, &asked(Activation::Softmax, None))
        .unwrap_err();
    contains(&error.to_string(), &["--activation softmax"]);
    // What was said to be a score and is none stays an error, also turned round.
    let beyond = constant(&[("z", &[1, 1], &[1.5])]);
    let imported = Folder::new()
        .import(&beyond, &asked(Activation::None, Some([0.0, 1.0])))
        .unwrap();
    assert!(std::panic::catch_unwind(|| answer(&imported)).is_err());
}

#[test]
fn two_classes_of_one_score_are_named_by_the_defect() {
    let model = single(true, &[1, 1]);
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let asked = |classes: &[&str], good: &[&str]| Asked {
        high_is: Some(HighIs::Good),
        classes: names(classes),
        good: (!good.is_empty()).then(|| names(good).unwrap()),
        ..fed()
    };
    for (classes, good, expected) in [
        (
            &["def_front", "ok_front"][..],
            &["ok_front"][..],
            "def_front",
        ),
        (&["ok", "scratch"], &["ok"], "scratch"),
        (&["scratch"], &[], "scratch"),
    ] {
        let imported = Folder::new().import(&model, &asked(classes, good)).unwrap();
        assert_eq!(imported.output.classes, [expected]);
    }
    for (classes, good, expected) in [
        (&["a", "b"][..], &[][..], "which of a and b is no defect"),
        (&["a", "b"], &["c"], "expected one of the two classes"),
        (&["a", "b", "c"], &["a"], "one score tells two apart"),
        (&["a", "a"], &["a"], "is there twice"),
        (&["a"], &["a"], "name two classes"),
    ] {
        let error = Folder::new()
            .import(&model, &asked(classes, good))
            .unwrap_err();
        contains(&error.to_string(), &[expected]);
    }
}
