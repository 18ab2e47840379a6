//! Shapes, numbers and names of outputs, and flags that say nothing of them.

use super::*;
use crate::bundle::manifest::OutputKind;

#[test]
fn scores_of_classes_may_have_sides_of_one() {
    let sides: [&[usize]; 3] = [&[1, 3, 1, 1], &[1, 1, 1, 3], &[1, 3]];
    for sides in sides {
        let shape: Vec<i64> = sides.iter().map(|side| *side as i64).collect();
        let nodes = vec![Node::new("Reshape", &["y", "shape"], "z")];
        let model = ending(nodes, vec![Tensor::integers("shape", &shape)], sides);
        let imported = Folder::new().import(&model, &said()).unwrap();
        assert_eq!(imported.output.kind, OutputKind::ClassScores);
        let plain = Folder::new().import(&super::model(), &said()).unwrap();
        assert_eq!(answer(&imported), answer(&plain));
    }
}

#[test]
fn outputs_of_other_numbers_are_made_f32_or_refused() {
    const INT64: i64 = 7;
    for (element, is_taken) in [(11, true), (10, true), (INT64, false)] {
        let nodes = vec![Node::new("Cast", &["y"], "z").int("to", element)];
        let mut model = ending(nodes, Vec::new(), &[1, 3]);
        let output = &mut model.graph.as_mut().unwrap().output[0];
        let kind = output.kind.as_mut().and_then(|kind| kind.tensor.as_mut());
        kind.unwrap().element = Some(element as i32);
        let found = Folder::new().import(&model, &said());
        match is_taken {
            true => contains(&found.unwrap().mended.join("\n"), &["is made f32 from f"]),
            false => contains(&found.unwrap_err().to_string(), &["is of i64", "f64"]),
        }
    }
}

#[test]
fn flags_that_say_nothing_of_such_a_model_are_refused() {
    let cases: [(Asked, &str); 5] = [
        (
            Asked {
                iou: Some(0.5),
                ..said()
            },
            "--iou: the model gives no boxes",
        ),
        (
            Asked {
                high_is: Some(HighIs::Good),
                ..said()
            },
            "--high-is: the model scores several",
        ),
        (
            Asked {
                layout: Some(Layout::Corners),
                ..said()
            },
            "--box-layout corners",
        ),
        (
            Asked {
                good: Some(vec!["none".to_owned()]),
                ..said()
            },
            "is not among the classes",
        ),
        (
            Asked {
                good: said().classes,
                ..said()
            },
            "at least one class that is a defect",
        ),
    ];
    for (asked, expected) in cases {
        let error = Folder::new().import(&model(), &asked).unwrap_err();
        contains(&error.to_string(), &[expected]);
    }
    let named = |names: &[&str]| Asked {
        classes: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..said()
    };
    let long = "x".repeat(65);
    for names in [["good", "a", ""], ["good", "a", "a"], ["good", "a", &long]] {
        let error = Folder::new().import(&model(), &named(&names)).unwrap_err();
        contains(&error.to_string(), &["--classes: "]);
    }
}

#[test]
fn an_output_whose_name_no_manifest_holds_gets_another() {
    let name = "/head/".repeat(20);
    let mut model = model();
    let graph = model.graph.as_mut().unwrap();
    graph.node[2].output = vec![name.clone()];
    graph.output = vec![Value::floats(&name, &[1, 3].map(Some))];
    let imported = Folder::new().import(&model, &said()).unwrap();
    contains(&imported.mended.join("\n"), &["is called answer"]);
    let plain = Folder::new().import(&super::model(), &said()).unwrap();
    assert_eq!(answer(&imported), answer(&plain));
}
