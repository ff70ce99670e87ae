//! Texts keep their numbers, and a clone of the tables stays what it was.

use std::collections::BTreeSet;

use super::{Names, Sym};

/// More texts than lie together, each twice.
fn texts() -> impl Iterator<Item = String> {
    (0..12_000_u32).map(|n| format!("child/C{}", n / 2))
}

#[test]
fn a_text_keeps_the_number_of_its_arrival() {
    let mut names = Names::default();
    let numbers: Vec<Sym> = texts().map(|text| names.intern(&text)).collect();
    let distinct: BTreeSet<String> = texts().collect();
    assert_eq!(names.len(), distinct.len());
    for (place, (sym, text)) in numbers.into_iter().zip(texts()).enumerate() {
        assert_eq!(sym.index(), place / 2);
        assert_eq!(names.text(sym), text);
        assert_eq!(names.known(&text), Some(sym));
    }
    assert_eq!(names.known("child/C"), None);
    assert_eq!(names.intern(""), names.intern(""));
    assert_eq!(names.texts().len(), distinct.len() + 1);
    assert_eq!(names.texts().last(), Some(""));
}

#[test]
fn clones_that_get_different_texts_are_two() {
    let mut one = Names::default();
    texts().for_each(|text| _ = one.intern(&text));
    let mut other = one.clone();
    let (a, b) = (one.intern("a"), other.intern("b"));
    assert_eq!(a, b);
    assert_eq!((one.text(a), other.text(b)), ("a", "b"));
    assert_eq!((one.known("b"), other.known("a")), (None, None));
    assert_eq!(other.known("child/C5"), one.known("child/C5"));
}
