use super::*;

#[test]
fn shipped_plans_are_right() {
    for (name, _) in SHIPPED {
        let plan = Plan::shipped(name).expect("it is there").expect(name);
        for row in &plan.rows {
            for scenario in &row.scenarios {
                assert!(
                    !row.numbers(*scenario, &Defaults::default())
                        .expect(name)
                        .is_empty()
                );
            }
        }
    }
    assert!(Plan::shipped("slow").is_none());
}

#[test]
fn lists_multiply() {
    let plan = Plan::parse(
        "[[case]]\nscenarios = [\"takt\"]\ntakts_ms = [100, 200]\nsizes = [\"640x480\", \"1280x960\"]\nseconds = 10",
    );
    let numbers = plan.expect("right").rows[0]
        .numbers(Scenario::Takt, &Defaults::default())
        .expect("right");
    let told: Vec<(u32, f64, u64)> = numbers
        .iter()
        .map(|n| (n.image[0], n.takt_ms, n.queries))
        .collect();
    assert_eq!(
        told,
        [
            (640, 100.0, 100),
            (640, 200.0, 50),
            (1280, 100.0, 100),
            (1280, 200.0, 50)
        ]
    );
}

#[test]
fn a_shipped_plan_leaves_to_a_station_what_its_settings_say() {
    let station = Defaults {
        takt_ms: 400.0,
        budget_ms: Some(450.0),
        workers: 2,
        real_time: true,
        keep_warm_ms: 20,
    };
    for row in Plan::shipped("full")
        .expect("it is there")
        .expect("right")
        .rows
    {
        let row = row.of_settings();
        assert!(row.keys_of_settings().is_empty());
        for numbers in row.numbers(row.scenarios[0], &station).expect("right") {
            assert_eq!((numbers.takt_ms, numbers.budget_ms), (400.0, 450.0));
            assert_eq!((numbers.workers, numbers.keep_warm_ms), (2, 20));
            assert_eq!(numbers.real_time, row.scenarios[0] != Scenario::Saturate);
        }
    }
    let given = Row {
        takts_ms: vec![300.0],
        budget_ms: Some(100.0),
        threads: vec![2],
        sizes: vec!["640x480".to_owned()],
        ..Row::default()
    };
    assert_eq!(given.keys_of_settings(), ["threads", "size"]);
    let numbers = &given.numbers(Scenario::Takt, &station).expect("right")[0];
    assert_eq!((numbers.takt_ms, numbers.budget_ms), (300.0, 100.0));
}

#[test]
fn wrong_plans_say_where() {
    for (text, expected) in [
        ("", "missing field `case`"),
        ("case = []", "at least one [[case]]"),
        ("[[case]]\nqueries = 3", "[[case]] 1: expected scenarios"),
        ("[[case]]\nscenarios = [\"tact\"]", "unknown variant `tact`"),
        (
            "[[case]]\nscenarios = [\"takt\"]\ntakt = 5",
            "unknown field `takt`",
        ),
    ] {
        let error = Plan::parse(text).expect_err(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
    let row = Row {
        sizes: vec!["12x".to_owned()],
        ..Row::default()
    };
    assert!(
        row.numbers(Scenario::Takt, &Defaults::default())
            .unwrap_err()
            .contains("as 1280x960")
    );
    let row = Row {
        takts_ms: vec![0.0],
        ..Row::default()
    };
    assert!(
        row.numbers(Scenario::Takt, &Defaults::default())
            .unwrap_err()
            .contains("takts_ms: expected 0.1")
    );
}

#[test]
fn several_parts_a_run_are_for_scenarios_that_say_what_they_mean() {
    let row = Row {
        batches: vec![1, 8],
        ..Row::default()
    };
    let of = |scenario| row.numbers(scenario, &Defaults::default());
    let batches: Vec<usize> = of(Scenario::Saturate)
        .expect("right")
        .iter()
        .map(|n| n.batch)
        .collect();
    assert_eq!(batches, [1, 8]);
    let refused = of(Scenario::EndToEnd).unwrap_err();
    assert!(refused.contains("expected 1, found [1, 8]"), "{refused}");
    assert_eq!(row.keys_of_settings(), ["batch"]);
}
