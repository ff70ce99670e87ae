//! Numbers that the vocabulary does not take, in every form that JSON has for them.

use proptest::prelude::*;

use super::{read, removal};
use crate::{Admission, Code, Json, Pointer};

#[test]
fn no_form_of_a_number_but_a_short_integer_is_taken() {
    let digits = "9".repeat(400);
    let wide = [
        "1.0",
        "0.5",
        "-0.5",
        "1e2",
        "1E2",
        "1e+2",
        "1e-2",
        "1.5e3",
        "-0",
        "0e0",
        "1e400",
        "-1e400",
        "1e-400",
        "1.0e999999999999999999999",
        "9007199254740992",
        "-9007199254740992",
        "18446744073709551615",
        "18446744073709551616",
        "123456789012345678901234567890",
        digits.as_str(),
    ];
    for number in wide {
        let text = removal().to_string().replacen(r#""R1""#, &format!("[0, {number}]"), 1);
        let refusal = read(&text, Admission::Adapter).expect_err(number);
        let found = (refusal.code, refusal.path.as_str());
        assert_eq!(found, (Code::InvalidNumber, "/data/removal_id/1"), "{number}");
    }
}

#[test]
fn what_is_no_number_is_no_json() {
    let wrong = [
        "01", "1.", ".5", "+1", "1e", "1e+", "--1", "-", "1.e400", "01e400", "1e400.", "1e4e400",
        "0x10", "NaN", "Infinity", "1_000", "-01e400", "1..0e400",
    ];
    for number in wrong {
        let text = format!(r#"{{"a":{number},"b":1e999}}"#);
        assert!(Json::parse(text.as_bytes()).is_err(), "{number}");
    }
}

#[test]
fn digits_within_strings_are_text() {
    let text = r#"{"a\"1e400":"1e400","b\\":"\\","c":1e400,"d":"\"1e400"}"#;
    let json = Json::parse(text.as_bytes()).expect("JSON");
    let members = json.as_object().expect("an object");
    assert_eq!(members[r#"a"1e400"#].as_str(), Some("1e400"));
    assert_eq!(members[r#"b\"#].as_str(), Some(r"\"));
    assert_eq!(members["d"].as_str(), Some("\"1e400"));
    let refusal = json.check(&Pointer::ROOT).expect_err("a number that is too wide");
    assert_eq!((refusal.code, refusal.path.as_str()), (Code::InvalidNumber, "/c"));
}

#[test]
fn documents_that_are_no_json_stay_so() {
    for text in ["", " ", "1e400 1", "[1e400", r#"{"a":1e400"#, r#"["\ud800",1e400]"#, "\"1e400"] {
        assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Json::parse(b"[1e400,\"\xff\"]").is_err());
    assert!(Json::parse("[".repeat(100_000).as_bytes()).is_err(), "nesting is bounded");
}

proptest! {
    #[test]
    fn every_integer_that_floats_hold_is_kept(n in -9_007_199_254_740_991..=9_007_199_254_740_991_i64) {
        prop_assert_eq!(Json::parse(n.to_string().as_bytes()), Ok(Json::Int(n)));
    }

    #[test]
    fn any_bytes_are_json_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Json::parse(&bytes);
    }

    #[test]
    fn nearly_json_is_json_or_not(text in r#"[\[\]{},:"\\0-9eE.+\- ]{0,60}"#) {
        let parsed = Json::parse(text.as_bytes());
        if let Ok(other) = serde_json::from_str::<serde_json::Value>(&text) {
            let again = parsed.expect("whatever JSON readers take is JSON");
            prop_assert_eq!(again.as_object().is_some(), other.is_object());
        }
    }
}
