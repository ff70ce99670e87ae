//! The committed schemas are those of the types; `UPDATE=1` writes them anew.

use super::{drift, generated, write};

#[test]
fn committed_schemas_are_those_of_the_types() {
    #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the tests")]
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    if update {
        write().expect("written");
    }
    let found = drift().expect("readable");
    assert!(found.is_empty(), "run `cargo xtask schemas`:\n{}", found.join("\n"));
}

#[test]
fn schemas_end_in_a_line_feed_and_are_in_order() {
    for (name, text) in generated().expect("schemas") {
        assert!(text.ends_with("}\n"), "{name}");
        let places: Vec<_> = ["\"$id\"", "\"$schema\"", "\"properties\"", "\"title\""]
            .map(|member| text.find(&format!("\n  {member}")))
            .into();
        assert!(places.is_sorted() && places.iter().all(Option::is_some), "{name}");
    }
}
