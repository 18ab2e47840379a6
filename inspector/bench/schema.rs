//! The schema of the report, for programs that read it. A copy of it lies in `docs/ref/bench.schema.json`.

use super::report::Report;

/// JSON Schema (2020-12) of [`Report`], with every key explained.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Report);
    // `Display` of a JSON value with the alternate flag is its pretty form.
    format!("{:#}\n", schema.as_value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::SCHEMA;
    use crate::bench::sample;
    use serde_json::Value;

    const FILE: &str = "docs/ref/bench.schema.json";
    /// Set it to write the file anew.
    const UPDATE: &str = "INSPECTOR_UPDATE_SCHEMA";

    #[test]
    fn the_schema_in_the_documents_is_that_of_the_report() {
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(FILE, schema()).expect("the folder is there");
        }
        let found = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(
            found == schema(),
            "{FILE} is not the schema of the report. If the change is meant, and readers of older reports still \
             understand them (else raise SCHEMA, which is {SCHEMA}, in inspector/bench/report.rs), update it:\n  \
             {UPDATE}=1 cargo test --lib bench::schema"
        );
    }

    /// Every key of the value is one of its schema, and every required key is there.
    fn check(value: &Value, schema: &Value, all: &Value, at: &str) {
        let resolved = match schema.get("$ref").and_then(Value::as_str) {
            Some(name) => all.pointer(name.trim_start_matches('#')).expect(name),
            None => schema,
        };
        for alternatives in ["anyOf", "oneOf"] {
            let Some(any) = resolved.get(alternatives).and_then(Value::as_array) else {
                continue;
            };
            let fits = |one: &&Value| is_kind(value, one);
            let one = any
                .iter()
                .find(fits)
                .unwrap_or_else(|| panic!("{at}: nothing fits"));
            return check(value, one, all, at);
        }
        match value {
            Value::Object(keys) => {
                let known = resolved["properties"]
                    .as_object()
                    .unwrap_or_else(|| panic!("{at}"));
                assert_eq!(resolved["additionalProperties"], false, "{at}");
                for (key, value) in keys {
                    let schema = known.get(key).unwrap_or_else(|| panic!("{at}.{key}"));
                    check(value, schema, all, &format!("{at}.{key}"));
                }
                let required = resolved["required"].as_array().cloned().unwrap_or_default();
                for key in required {
                    let key = key.as_str().unwrap_or_default();
                    assert!(keys.contains_key(key), "{at}: {key} is required");
                }
            }
            Value::Array(items) if resolved.get("items").is_some() => {
                for item in items {
                    check(item, &resolved["items"], all, &format!("{at}[]"));
                }
            }
            _ => {}
        }
    }

    /// Whether an alternative is meant: by its one key, or by there being a value at all.
    fn is_kind(value: &Value, schema: &Value) -> bool {
        match (value, schema.get("properties").and_then(Value::as_object)) {
            (Value::Null, _) => schema["type"] == "null",
            (Value::Object(keys), Some(known)) => keys.keys().all(|key| known.contains_key(key)),
            (Value::String(word), _) => schema["const"] == word.as_str(),
            _ => schema["type"] != "null",
        }
    }

    #[test]
    fn reports_follow_the_schema() {
        let schema: Value = serde_json::from_str(&schema()).expect("it is JSON");
        let report = serde_json::to_value(sample::report()).expect("it can be written");
        check(&report, &schema, &schema, "report");
    }
}
