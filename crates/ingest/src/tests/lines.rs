//! Long lines, and what is kept of lines.

use events::{Admission, Code};

use super::{all, removal, short, table};
use crate::reader::read_bounded;
use crate::{EVENT_TEXT_BYTES_MAX, Form, read};

#[test]
fn a_line_may_have_256_kib() {
    let event = removal("a", "C1");
    let padded =
        event.replacen('{', &format!("{{{}", " ".repeat(EVENT_TEXT_BYTES_MAX - event.len())), 1);
    assert_eq!(padded.len(), EVENT_TEXT_BYTES_MAX);
    let text = format!("{padded}\n{} {}\n{event}", &padded[..1], &padded[1..]);
    let (format, items, error) = all(&text);
    assert_eq!(format.form, Form::Lines);
    assert!(error.is_none());
    assert_eq!(short(&items), table(&[(1, "a"), (2, "EVENT_TOO_LARGE"), (3, "a")]));
    assert_eq!(items[1].raw.len(), EVENT_TEXT_BYTES_MAX, "what is kept of it is bounded");
    assert!(items[1].raw.starts_with(b"{  "));
}

#[test]
fn what_follows_a_long_line_is_read() {
    let event = removal("a", "C1");
    for long in ["x", "{\"a\":\"", "{", " "] {
        let long = format!("{long}{}", "x".repeat(3 * EVENT_TEXT_BYTES_MAX));
        let (_, items, error) = all(format!("{long}\r\n{event}\n{long}"));
        assert!(error.is_none());
        let too_large = "EVENT_TOO_LARGE";
        assert_eq!(short(&items), table(&[(1, too_large), (2, "a"), (3, too_large)]));
        let refusal = items[0].outcome.as_ref().expect_err("too large");
        assert!(refusal.message.contains(&(long.len() + 1).to_string()), "{refusal}");
    }
}

#[test]
fn one_line_longer_than_any_document_is_one_refusal() {
    let event = removal("a", "C1");
    let text = format!("{{\"a\":\"{}\n{event}", "x".repeat(400_000));
    let reader = read_bounded(text.as_bytes(), Admission::Adapter, 300_000).expect("lines");
    assert_eq!(reader.format().form, Form::Lines);
    let items: Result<Vec<_>, _> = reader.collect();
    let items = items.expect("no error");
    assert_eq!(short(&items), table(&[(1, "EVENT_TOO_LARGE"), (2, "a")]));
}

#[test]
fn raw_is_the_line_without_its_ends() {
    let (_, items, _) = all("  garbage \t \r\n\u{feff}{}\r\n");
    assert_eq!(items[0].raw, b"garbage");
    assert_eq!(items[1].raw, "\u{feff}{}".as_bytes(), "a mark stands at the beginning alone");
    assert_eq!(short(&items), table(&[(1, "NOT_JSON"), (2, "NOT_JSON")]));
    let (_, items, _) = all(b"\xff\xfe{\n\"\xc3\x28\"\n{\"a\":\"\xc3\x28\"}");
    assert_eq!(short(&items), table(&[(1, "NOT_JSON"), (2, "NOT_JSON"), (3, "NOT_JSON")]));
    assert_eq!(items[0].raw, b"\xff\xfe{");
}

#[test]
fn admission_is_passed_on() {
    let plain = removal("a", "C1");
    let timed = plain.replacen('{', r#"{"recordedtime":"2024-03-01T08:30:00Z","#, 1);
    let text = format!("{plain}\n{timed}\n");
    let codes = |admission| -> Vec<Option<Code>> {
        let reader = read(text.as_bytes(), admission).expect("lines");
        assert_eq!(reader.admission(), admission);
        reader.map(|item| item.expect("a line").outcome.err().map(|r| r.code)).collect()
    };
    assert_eq!(codes(Admission::Adapter), [None, Some(Code::LogAttribute)]);
    assert_eq!(codes(Admission::Backfill), [Some(Code::MissingField), None]);
}
