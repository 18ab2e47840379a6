//! What comes out as scores: a softmax or a sigmoid is done once, whoever does it.

use super::*;

fn softmax_by_hand() -> Vec<Node> {
    vec![
        Node::new("Exp", &["y"], "power"),
        Node::new("ReduceSum", &["power", "axis"], "sum").int("keepdims", 1),
        Node::new("Div", &["power", "sum"], "z"),
    ]
}

#[test]
fn a_softmax_within_the_graph_is_not_done_again() {
    let axis = || Tensor::integers("axis", &[1]);
    let within = [
        ending(
            vec![Node::new("Softmax", &["y"], "z").int("axis", 1)],
            Vec::new(),
            &[1, 3],
        ),
        ending(
            vec![
                Node::new("Softmax", &["y"], "shares").int("axis", -1),
                Node::new("Identity", &["shares"], "z"),
            ],
            Vec::new(),
            &[1, 3],
        ),
        ending(softmax_by_hand(), vec![axis()], &[1, 3]),
    ];
    for model in within {
        let imported = Folder::new().import(&model, &said()).unwrap();
        assert_eq!(imported.output.activation, Activation::None);
        contains(&imported.notes.join("\n"), &["ends in a softmax itself"]);
        let shares = answer(&imported).classes;
        is_near(shares.iter().sum(), 1.0);
        let explicit = Asked {
            activation: Some(Activation::Softmax),
            ..said()
        };
        let error = Folder::new()
            .import(&model, &explicit)
            .unwrap_err()
            .to_string();
        contains(
            &error,
            &["ends in a softmax itself", "say --activation none"],
        );
        let none = Asked {
            activation: Some(Activation::None),
            ..said()
        };
        assert_eq!(
            answer(&Folder::new().import(&model, &none).unwrap()).classes,
            shares
        );
    }
}

#[test]
fn a_softmax_that_only_the_answers_show_is_not_done_again_either() {
    // Behind a multiplication it could be anything by its nodes.
    let hidden = |kind: &str| {
        ending(
            vec![
                Node::new(kind, &["y"], "shares"),
                Node::new("Mul", &["shares", "one"], "z"),
            ],
            vec![number("one", 1.0)],
            &[1, 3],
        )
    };
    let error = Folder::new()
        .import(&hidden("Softmax"), &said())
        .unwrap_err()
        .to_string();
    contains(
        &error,
        &["on trial images", "sum to 1", "say --activation none"],
    );
    let sigmoid = Asked {
        activation: Some(Activation::Sigmoid),
        ..said()
    };
    let error = Folder::new()
        .import(&hidden("Softmax"), &sigmoid)
        .unwrap_err()
        .to_string();
    contains(&error, &["scores already"]);
    // Fifteen values from 0 to 1 may be logits by chance: that is told, and not refused.
    let few = Folder::new().import(&hidden("Sigmoid"), &sigmoid).unwrap();
    contains(&few.notes.join("\n"), &["if these are scores already"]);
    // A logarithm of shares is none.
    let logarithm = ending(
        vec![Node::new("LogSoftmax", &["y"], "z")],
        Vec::new(),
        &[1, 3],
    );
    let imported = Folder::new().import(&logarithm, &said()).unwrap();
    assert_eq!(imported.output.activation, Activation::Softmax);
    is_near(answer(&imported).classes.iter().sum(), 1.0);
}

#[test]
fn a_map_of_scores_gets_no_sigmoid() {
    let map = |nodes: Vec<Node>| {
        let mut model = model();
        let graph = model.graph.as_mut().unwrap();
        graph.node = nodes;
        graph.initializer = vec![
            Tensor::floats("w", &[1, 3, 1, 1], &[1.0, -1.0, 0.5]),
            number("one", 1.0),
        ];
        graph.output = vec![Value::floats("z", &[1, 1, 8, 8].map(Some))];
        model
    };
    let hidden = map(vec![
        Node::new("Conv", &["x", "w"], "logits"),
        Node::new("Sigmoid", &["logits"], "scores"),
        Node::new("Mul", &["scores", "one"], "z"),
    ]);
    let asked = Asked {
        task: Some(Task::Anomaly),
        high_is: Some(HighIs::Defect),
        activation: Some(Activation::Sigmoid),
        ..fed()
    };
    let error = Folder::new()
        .import(&hidden, &asked)
        .unwrap_err()
        .to_string();
    contains(&error, &["on trial images", "say --activation none"]);
    let logits = map(vec![Node::new("Conv", &["x", "w"], "z")]);
    let imported = Folder::new().import(&logits, &asked).unwrap();
    is_near(
        answer(&imported).score,
        1.0 / (1.0 + (-0.5_f32 * 128.0 / 255.0).exp()),
    );
}

#[test]
fn a_defect_beside_much_that_is_good_is_not_lost_where_several_classes_may_be_right() {
    // Scores of good, dent and stain, each by itself.
    let scores = [0.9, 0.95, 0.1];
    let several = constant(&[("z", &[1, 3], &scores)]);
    let asked = Asked {
        activation: Some(Activation::None),
        ..said()
    };
    let answer = answer(&Folder::new().import(&several, &asked).unwrap());
    is_near(answer.score, 0.95);
    let shares = constant(&[("z", &[1, 3], &[0.7, 0.2, 0.1])]);
    let imported = Folder::new().import(&shares, &asked).unwrap();
    is_near(super::answer(&imported).score, 0.3);
}
