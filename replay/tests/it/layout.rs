//! JSON as histories are written; what differs, and what is lacking.

use events::Json;
use replay::golden::laid_out;
use replay::{differences, lacking};

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes()).unwrap()
}

#[test]
fn what_fits_stands_on_one_line() {
    assert_eq!(laid_out(&json(r#"{"b":[1,null],"a":"x"}"#), 0, 0), r#"{"a": "x", "b": [1, null]}"#);
    let long = Json::Array(vec![Json::from("x".repeat(60)), Json::from("y".repeat(60))]);
    let x = "x".repeat(60);
    let y = "y".repeat(60);
    assert_eq!(laid_out(&long, 2, 2), format!("[\n    \"{x}\",\n    \"{y}\"\n  ]"));
    let long = Json::object([("long", long), ("empty", Json::Array(Vec::new()))]);
    assert_eq!(json(&laid_out(&long, 0, 0)), long);
}

#[test]
fn differences_have_paths() {
    let left = json(r#"{"a":{"b/c":1,"d":[1,2]},"e":null}"#);
    let right = json(r#"{"a":{"b/c":2,"d":[1]},"f":null}"#);
    let found: Vec<_> = differences(&left, &right).into_iter().map(|d| d.path).collect();
    assert_eq!(found, ["/a/b~1c", "/a/d/1", "/e", "/f"]);
    assert!(differences(&left, &left).is_empty());
}

#[test]
fn a_partial_expectation_names_what_it_lacks() {
    let answer = json(
        r#"{"rows":[{"group":{"provider":"A"},"numerator":1,"policy":[]},
            {"group":{"provider":"B"},"numerator":2}],"policy":[{"type":"x","position":3}]}"#,
    );
    let lacks = |must: &str| lacking(&json(must), &answer);
    let holds = r#"{"rows":[{"group":{"provider":"B"},"numerator":2}],"rows_count":2,
        "policy":[{"type":"x"}]}"#;
    assert!(lacks(holds).is_empty());
    assert_eq!(lacks(r#"{"rows_count":3}"#), ["/rows_count: 2 must be 3"]);
    assert_eq!(
        lacks(r#"{"rows":[{"group":{"provider":"C"}}]}"#),
        [r#"/rows[{"provider":"C"}]: 0 rows of that group"#]
    );
    assert_eq!(
        lacks(r#"{"rows":[{"group":{"provider":"A"},"numerator":2}]}"#),
        [r#"/rows[{"provider":"A"}]/numerator: 1 must be 2"#]
    );
    assert_eq!(lacks(r#"{"policy":[{"type":"y"}]}"#), [r#"/policy: nothing matches {"type":"y"}"#]);
    assert_eq!(lacks(r#"{"total":null}"#), ["/total: nothing is there, null must be"]);
    assert_eq!(lacks(r#"{"policy":[]}"#).len(), 1, "an empty list is equal to an empty one alone");
}
