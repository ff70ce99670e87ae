//! `--what-if FILE`: what a question supposes, as TOML.
//!
//! ```toml
//! clock = "federal_entry"                 # a parameter of the metric that is asked for
//! benchmark.adoption = 20                 # months
//! weight.timely-permanency = "2/5"
//! regional-goal.st-louis = "2/5"
//! [parameters.residential-compliance]     # inside scorecard and incentive
//! rules = ["RC-01", "RC-06"]
//! ```

use std::collections::BTreeMap;

use events::Json;
use toml::{Table, Value};

/// What-ifs and parameters by name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WhatIfFile(pub(crate) BTreeMap<String, Json>);

/// Reads a file.
///
/// # Errors
/// In words: what cannot be read, is no TOML, or holds what no answer could repeat exactly.
pub(crate) fn read(path: &str) -> Result<WhatIfFile, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    of_text(&text)
}

fn of_text(text: &str) -> Result<WhatIfFile, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    object("", table).map(WhatIfFile)
}

fn object(path: &str, table: Table) -> Result<BTreeMap<String, Json>, String> {
    let member = |(name, value): (String, Value)| {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        Ok((name, json(&path, value)?))
    };
    table.into_iter().map(member).collect()
}

fn json(path: &str, value: Value) -> Result<Json, String> {
    Ok(match value {
        Value::String(text) => Json::String(text),
        Value::Integer(number) => Json::Int(number),
        Value::Boolean(whether) => Json::Bool(whether),
        Value::Array(items) => {
            let items = items.into_iter().map(|item| json(path, item));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Table(table) => Json::Object(object(path, table)?),
        Value::Float(number) => {
            let exact = "numbers are exact: write a whole number, or a fraction in quotes";
            return Err(format!("{path}: {number}: {exact}, as in \"2/5\""));
        }
        Value::Datetime(instant) => return Err(format!("{path}: {instant} is no value here")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_names_of_several_parts() {
        let text = "clock = \"removal\"\nbenchmark.adoption = 20\n\
                    [parameters.residential-compliance]\nrules = [\"RC-01\"]\n";
        let expected = r#"{"clock":"removal","benchmark":{"adoption":20},
            "parameters":{"residential-compliance":{"rules":["RC-01"]}}}"#;
        let expected = Json::parse(expected.as_bytes()).expect("JSON");
        assert_eq!(Json::Object(of_text(text).expect("read").0), expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, named) in [
            ("weight.cfsr-p1 = 0.4", "weight.cfsr-p1: 0.4"),
            ("clock = 2024-01-01", "clock: 2024-01-01"),
            ("clock", "TOML"),
        ] {
            let error = of_text(text).expect_err(text);
            assert!(error.contains(named), "{text}: {error}");
        }
        assert!(read("/nowhere/what-if.toml").is_err());
    }
}
