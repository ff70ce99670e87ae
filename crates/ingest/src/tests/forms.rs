//! Documents, lists and lines, told apart.

use super::{Dripping, all, gzip, pretty, removal, short, table, zstd};
use crate::reader::read_bounded;
use crate::{Encoding, Form, ReadInputError, read};
use events::Admission;

/// What an input of that text is taken for, in every encoding.
fn check(text: &str, form: Form, rows: &[(u64, &str)]) {
    let (front, back) = text.as_bytes().split_at(text.len() / 2);
    let mut skippable = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc".to_vec();
    skippable.extend(zstd(text.as_bytes()));
    let inputs = [
        (Encoding::Plain, text.as_bytes().to_vec()),
        (Encoding::Gzip, gzip(text.as_bytes())),
        (Encoding::Gzip, [gzip(front), gzip(b""), gzip(back)].concat()),
        (Encoding::Zstd, zstd(text.as_bytes())),
        (Encoding::Zstd, [zstd(front), zstd(b""), zstd(back)].concat()),
        (Encoding::Zstd, skippable),
    ];
    for (encoding, bytes) in inputs {
        let (format, items, error) = all(&bytes);
        assert!(error.is_none(), "{text}: {error:?}");
        assert_eq!((format.encoding, format.form), (encoding, form), "{text}");
        assert_eq!(short(&items), table(rows), "{text}");
        let dripping = Dripping { bytes: &bytes, fails: false, interrupt: false };
        let reader = read(dripping, Admission::Adapter).expect("a form");
        let again: Result<Vec<_>, _> = reader.collect();
        assert_eq!(again.expect("no error"), items, "{text}");
    }
}

#[test]
fn lines() {
    let (a, b) = (removal("a", "C1"), removal("b", "C1"));
    check(&a, Form::Lines, &[(1, "a")]);
    check(&format!("{a}\n"), Form::Lines, &[(1, "a")]);
    check(&format!("{a}\n{b}"), Form::Lines, &[(1, "a"), (2, "b")]);
    check(&format!("\n\r\n \t\n{a}\r\n\r\n{b}\r\n\n"), Form::Lines, &[(4, "a"), (6, "b")]);
    check(&format!("\u{feff}{a}\n{b}\n"), Form::Lines, &[(1, "a"), (2, "b")]);
    check(&format!("  {a}  \n\t{b}\t\n"), Form::Lines, &[(1, "a"), (2, "b")]);
    check("", Form::Lines, &[]);
    check("\u{feff}", Form::Lines, &[]);
    check(" \n\r\n", Form::Lines, &[]);
}

#[test]
fn documents() {
    let a = pretty(&removal("a", "C1"));
    check(&a, Form::Document, &[(1, "a")]);
    check(&format!("\u{feff}\r\n  {}\r\n\n", a.replace('\n', "\r\n")), Form::Document, &[(1, "a")]);
    check("{\n\"a\": \"{[\\\"\"\n}", Form::Document, &[(1, "MISSING_FIELD")]);
}

#[test]
fn lists() {
    let (a, b) = (removal("a", "C1"), removal("b", "C1"));
    let two: &[(u64, &str)] = &[(1, "a"), (2, "b")];
    check(&format!("[{a},{b}]"), Form::List, two);
    check(&format!("\u{feff} [{a},{b}]\n"), Form::List, two);
    check(&format!("[\n  {},\n  {}\n]\n\n", pretty(&a), pretty(&b)), Form::List, two);
    check(&format!("[\r\n{a} ,\r\n {b}\r\n]"), Form::List, two);
    check("[]", Form::List, &[]);
    check(" [ \n ] ", Form::List, &[]);
    let mixed = format!(r#"[1,"],[",{{"a":[1,{{}}]}},{a},null,[[]],"a\",][{{","\\\"",1e999,{b}]"#);
    check(
        &mixed,
        Form::List,
        &[
            (1, "WRONG_TYPE"),
            (2, "WRONG_TYPE"),
            (3, "MISSING_FIELD"),
            (4, "a"),
            (5, "WRONG_TYPE"),
            (6, "WRONG_TYPE"),
            (7, "WRONG_TYPE"),
            (8, "WRONG_TYPE"),
            (9, "INVALID_NUMBER"),
            (10, "b"),
        ],
    );
}

#[test]
fn bad_first_lines_spoil_no_others() {
    let (a, b) = (removal("a", "C1"), removal("b", "C1"));
    let rows: &[(u64, &str)] = &[(1, "NOT_JSON"), (2, "a"), (3, "b")];
    for first in ["garbage", "{\"a\":", "{\"a\":\"x", "{", "[x", "[1] 2", "{} {}", "]", "{]"] {
        check(&format!("{first}\n{a}\n{b}\n"), Form::Lines, rows);
    }
    let rows: &[(u64, &str)] = &[(1, "WRONG_TYPE"), (2, "a"), (3, "b")];
    for first in ["[1]", "[]", "null", "7", "\"{\""] {
        check(&format!("{first}\n{a}\n{b}\n"), Form::Lines, rows);
    }
    check(&format!("{a}{b}\n{b}"), Form::Lines, &[(1, "NOT_JSON"), (2, "b")]);
}

#[test]
fn several_documents_in_one_input_are_not_guessed_at() {
    let a = pretty(&removal("a", "C1"));
    let (format, items, error) = all(format!("{a}\n{a}\n"));
    assert_eq!(format.form, Form::Lines);
    assert!(error.is_none());
    assert_eq!(items.len(), 2 * a.lines().count());
    assert!(items.iter().all(|item| item.outcome.is_err()));
}

#[test]
fn a_broken_list_is_an_error_with_its_place() {
    let a = removal("a", "C1");
    let table = [
        (format!("[{a},"), "EOF while parsing a value at line 1"),
        (format!("[{a}"), "EOF while parsing a list at line 1"),
        (format!("[\n{a}\n{a}\n]"), "expected `,` or `]` at line 3 column 1"),
        (format!("[\n{a},\n]\n"), "expected value at line 3 column 1"),
        (format!("[{a},]"), "expected value at line 1"),
        (format!("[\n{a}\n]\n[\n{a}\n]"), "something stands behind the list"),
        ("[x]".to_owned(), "expected value at line 1 column 2"),
    ];
    for (text, message) in table {
        match read(text.as_bytes(), Admission::Adapter) {
            Err(ReadInputError::NotJson(found)) => assert!(found.contains(message), "{found}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn documents_and_lists_are_bounded() {
    const BYTES_MAX: usize = 300_000;
    let long = |open: &str, length: usize, close: &str| {
        format!("{open}{}{close}", " ".repeat(length - open.len() - close.len()))
    };
    let read =
        |text: &str| read_bounded(text.as_bytes(), Admission::Adapter, BYTES_MAX).map(|_| ());
    for (open, close) in [("[", "]"), ("{\n", "}"), ("[1,\n", "2]"), ("{\"a\":\n", "2}")] {
        let outcome = read(&long(open, BYTES_MAX + 1, close));
        assert!(matches!(outcome, Err(ReadInputError::TooLarge)), "{open:?}: {outcome:?}");
        read(&long(open, BYTES_MAX, close)).expect("exactly what is allowed");
    }
    let (event, lines) = (removal("a", "C1"), 10_000);
    let text = format!("{}\n{}", &event[..20], format!("{event}\n").repeat(lines));
    assert!(text.len() > BYTES_MAX);
    let reader = read_bounded(text.as_bytes(), Admission::Adapter, BYTES_MAX).expect("lines");
    let taken = reader.filter(|item| item.as_ref().is_ok_and(|item| item.outcome.is_ok()));
    assert_eq!(taken.count(), lines, "lines are not bounded");
}

#[test]
fn items_too_long_are_refused_without_being_read() {
    let filling = "x".repeat(crate::EVENT_TEXT_BYTES_MAX);
    let a = removal("a", "C1");
    check(&format!("[\"{filling}\",{a}]"), Form::List, &[(1, "EVENT_TOO_LARGE"), (2, "a")]);
    check(&format!("{{\n\"a\":\"{filling}\"\n}}"), Form::Document, &[(1, "EVENT_TOO_LARGE")]);
}
