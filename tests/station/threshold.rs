//! A threshold held against what people said of past parts.

use super::log::start;
use super::served::{Station, home};
use super::tampered::forge;
use inspector::results::reader::{Range, Reader};
use inspector::station::verdict::Verdict;
use serde_json::{Value, json};

/// 1,000 passes, of which 20 were drawn and 30 were near; 50 rejects; 5 that were not decided; of another style 9 rejects.
const HISTORY: &str = "
    with recursive n(n) as (select 1 union all select n + 1 from n where n < 1064)
    insert into result (id, job_id, part_no, part_id, style, verdict, cause, disposition, score, triggered_at_us, acted_after_us,
      drawn, near)
    select 4294967296 + n, 1, n, 'P' || n, iif(n > 1055, 'cap', 'gear'),
      case when n <= 1000 then 1 when n > 1050 and n <= 1055 then 3 else 2 end,
      case when n <= 1000 then null when n > 1050 and n <= 1055 then 'uncertain' else 'defect' end,
      iif(n <= 1000, 'accept', 'reject'),
      case when n <= 30 then 0.48 when n <= 1000 then 0.1 else 0.9 end, n, 5,
      iif(n > 30 and n <= 50, 0.02, null), iif(n <= 30, 0.05, null) from n;
    insert into view_result select id, 0, verdict, cause, score, 0.5, 0.5, 0, null, null, null, null, null, 0, 0, 0, 0, 0, 0, 0, 9
      from result;
    insert into view_result select id, 1, 1, null, 0.2, 0.5, 0.5, 0, null, null, null, null, null, 0, 0, 0, 0, 0, 0, 0, 9
      from result where part_no = 1001;";

fn say(parts: &str, judgement: &str) -> String {
    format!(
        "insert into review (result_id, at_us, author, judgement)
         select id, 7, 'Li', '{judgement}' from result where {parts};"
    )
}

fn range(view: u8) -> Range {
    Range {
        style: "gear".to_owned(),
        view,
        from_us: None,
        to_us: None,
    }
}

#[test]
fn reviewed_parts_stand_for_those_like_them_and_a_pass_that_nobody_drew_for_none() {
    let data = tempfile::tempdir().unwrap();
    drop(start(data.path()));
    let said = [
        HISTORY.to_owned(),
        say("part_no between 1 and 3", "defect"),
        say("part_no between 4 and 30", "good"),
        say("part_no = 31", "defect"),
        say("part_no between 32 and 50", "good"),
        // Somebody looked at passes that were neither near nor drawn: he had a reason.
        say("part_no between 60 and 99", "defect"),
        say("part_no between 1001 and 1040", "defect"),
        say("part_no between 1041 and 1048", "good"),
        // Two disagree, one cannot tell, and one took back what he said.
        say("part_no in (1048, 1049)", "defect"),
        say("part_no = 1050", "cannot_tell"),
        say("part_no = 1051", "defect"),
        "insert into review (result_id, at_us, author, undoes) select result_id, 8, 'Li', id from review
           where result_id = 4294967296 + 1051;".to_owned(),
        say("style = 'cap'", "defect"),
    ];
    forge(data.path(), &said.concat());
    let reader = Reader::open(data.path()).unwrap();
    let judged = reader.judged(&range(0)).unwrap();
    assert_eq!(
        (judged.parts.len(), judged.unclear, judged.drawn_waiting),
        (1_055, 2, 0)
    );
    let count = |verdict, is_near| {
        let of = judged
            .parts
            .iter()
            .filter(|part| part.verdict == verdict && part.is_near == is_near);
        let said = |wanted| {
            of.clone()
                .filter(|part| part.is_defective == Some(wanted))
                .count()
        };
        (of.clone().count(), said(true), said(false))
    };
    assert_eq!(count(Verdict::Fail, false), (50, 41, 7));
    assert_eq!(count(Verdict::NotDecided, false), (5, 0, 0));
    assert_eq!(count(Verdict::Pass, true), (30, 3, 27));
    assert_eq!(count(Verdict::Pass, false), (970, 1, 19));
    assert!(judged.parts.iter().all(|part| !part.is_rejected_anyway));
    // What another view rejects stays rejected.
    let other = reader.judged(&range(1)).unwrap().parts;
    assert_eq!(other.len(), 1);
    assert!(other[0].is_rejected_anyway && other[0].is_defective == Some(true));
}

/// Passes of which none could be drawn say nothing of escapes, and would only make them look rarer.
#[test]
fn parts_from_before_passes_were_drawn_as_today_or_by_another_model_are_left_out() {
    let data = tempfile::tempdir().unwrap();
    drop(start(data.path()));
    let later = "
      insert into job values (2, 5, 6, 'finished', '0.3.0', printf('%064d', 0), 0, 500);
      insert into result (id, job_id, part_no, part_id, style, verdict, disposition, score, triggered_at_us, acted_after_us, drawn)
        select 8589934592 + part_no, 2, part_no, 'Q' || part_no, 'gear', 1, 'accept', 0.1, 5000 + part_no, 5,
          iif(part_no % 10 = 0, 0.1, null) from result where job_id = 1 and part_no <= 500;
      insert into view_result select id, 0, verdict, cause, score, 0.5, 0.5, 0, null, null, null, null, null, 0, 0, 0, 0, 0, 0, 0, 9
        from result where job_id = 2;";
    forge(data.path(), &[HISTORY, later].concat());
    let reader = Reader::open(data.path()).unwrap();
    let judged = reader.judged(&range(0)).unwrap();
    assert_eq!((judged.parts.len(), judged.since_us), (500, Some(5_001)));
    assert_eq!(judged.drawn_waiting, 50);
    forge(
        data.path(),
        "update result set challenge = 'failed' where id = 8589934592 + 7",
    );
    assert_eq!(reader.judged(&range(0)).unwrap().parts.len(), 499);
}

const DEFECTS: &str =
    "[sim]\nwidth = 320\nheight = 240\ndefect_rate = 0.5\npitch_ms = 300\njitter_ms = 0\n";

#[test]
fn what_people_say_of_parts_is_told_of_the_threshold() {
    let home = home(DEFECTS);
    let station = Station::start(home.path());
    let none = station.get("/api/recipes/bracket/evidence");
    assert_eq!(
        none["asked"]["escapes"]["value"],
        if none["examined"] == 0 {
            json!(0.0)
        } else {
            Value::Null
        }
    );
    let body = station.until("/api/results?style=bracket&verdict=fail&limit=5", |body| {
        body["items"]
            .as_array()
            .is_some_and(|items| items.len() >= 3)
    });
    for (item, judgement) in body["items"]
        .as_array()
        .unwrap()
        .iter()
        .zip(["defect", "good", "defect"])
    {
        let path = format!("/api/results/{}/reviews", item["id"]);
        let review = json!({"judgement": judgement, "class": null, "region": null, "reason": null, "author": "Li"});
        let (status, said) = station.ask("POST", &path, &review);
        assert_eq!(status, 201, "{said}");
    }
    let told = station.get("/api/recipes/bracket/evidence?reject_above=1&cost_escape=40&cost_false_reject=2&prevalence=0.01");
    let strata = &told["strata"];
    assert_eq!(
        (
            &strata[0]["stratum"],
            &strata[0]["reviewed"],
            &strata[0]["defective"]
        ),
        (&json!("reject"), &json!(3), &json!(2))
    );
    assert_eq!(told["asked"]["rejects"], 0, "{told}");
    assert!(told["in_use"]["rejects"].as_u64() >= Some(3), "{told}");
    assert!(told["asked"]["cost"].is_object() && told["curve"].as_array().unwrap().len() == 101);
    let claims: Vec<&str> = told["needs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|need| need["claim"].as_str())
        .collect();
    assert_eq!(claims, ["escapes", "false_rejects", "defects"]);
    let refused = |query: &str, expected: u16| {
        let (status, said) = station.ask("GET", &format!("/api/recipes/{query}"), &Value::Null);
        assert_eq!(status, expected, "{query}: {said}");
    };
    refused("gear/evidence", 404);
    refused("bracket/evidence?view=3", 404);
    refused("bracket/evidence?reject_above=0.3&accept_below=0.4", 400);
    refused("bracket/evidence?cost_escape=-1&cost_false_reject=2", 400);
    refused("bracket/evidence?cost_escape=NaN&cost_false_reject=2", 400);
    refused("bracket/evidence?prevalence=1.5", 400);
    station.stop();
}
