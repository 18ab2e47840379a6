//! Reading a report back. Belongs here: refusing what this program does not understand, in words.

use super::report::{Report, SCHEMA};
use serde::Deserialize;

/// The one key that every form of the report has.
#[derive(Deserialize)]
struct Form {
    schema: u64,
}

impl Report {
    /// The report that a file holds; `file` is what errors call it.
    ///
    /// # Errors
    /// What it is instead: no JSON, no report, one of another form, or one with a key that is unknown or missing,
    /// with its line.
    pub fn parse(text: &str, file: &str) -> Result<Self, String> {
        // First, because another form may have other keys, of which it would be misleading to complain.
        let form: Form = serde_json::from_str(text).map_err(|error| {
            let begins = format!("{file}: expected a report of `inspector bench`");
            match error.classify() {
                serde_json::error::Category::Data => format!("{begins}: {error}"),
                _ => format!("{begins}, found no JSON: {error}"),
            }
        })?;
        if form.schema != u64::from(SCHEMA) {
            return Err(format!(
                "{file}: the report has form {}; this program reads {SCHEMA}. Read it with the version of inspector \
                 that made it, or measure anew",
                form.schema
            ));
        }
        serde_json::from_str(text).map_err(|error| format!("{file}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::sample;
    use serde_json::{Value, json};

    fn sample() -> Value {
        serde_json::to_value(sample::report()).expect("it can be written")
    }

    fn refusal(report: &Value) -> String {
        let read = Report::parse(&report.to_string(), "old.json");
        read.expect_err("it is to be refused")
    }

    #[test]
    fn what_is_written_is_read_back() {
        let report = sample::report();
        let text = serde_json::to_string_pretty(&report).expect("it can be written");
        // Numbers of few digits, as these are, come back as they were; others within their last bit.
        assert!(Report::parse(&text, "new.json") == Ok(report));
    }

    #[test]
    fn another_form_is_refused_whatever_its_keys() {
        for schema in [2, 7] {
            let said = refusal(&json!({ "schema": schema, "outcomes": [] }));
            let begins =
                format!("old.json: the report has form {schema}; this program reads {SCHEMA}");
            assert!(said.starts_with(&begins), "{said}");
        }
    }

    #[test]
    fn unknown_and_missing_keys_are_refused_by_name() {
        let mut report = sample();
        report["machine"]["colour"] = json!("grey");
        let said = refusal(&report);
        assert!(said.contains("old.json: unknown field `colour`"), "{said}");
        let mut report = sample();
        report.as_object_mut().expect("an object").remove("plan");
        let said = refusal(&report);
        assert!(said.contains("missing field `plan`"), "{said}");
        let mut report = sample();
        report["results"][1]["outcome"]["measured"]["latency"]["p95"] = json!(1);
        let said = refusal(&report);
        assert!(said.contains("unknown field `p95`"), "{said}");
    }

    #[test]
    fn what_is_no_report_is_refused() {
        for (text, part) in [
            ("", "found no JSON"),
            ("# Report", "found no JSON"),
            ("{}", "missing field `schema`"),
            ("[]", "expected a report of `inspector bench`"),
        ] {
            let said = Report::parse(text, "x.json").expect_err("it is to be refused");
            assert!(
                said.starts_with("x.json: ") && said.contains(part),
                "{said}"
            );
        }
    }
}
