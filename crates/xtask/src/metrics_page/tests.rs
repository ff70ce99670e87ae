//! The committed page is that of the metrics; `UPDATE=1` writes it anew.

use super::*;

#[test]
fn the_committed_page_is_that_of_the_metrics() {
    #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the tests")]
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    if update {
        write().expect("written");
    }
    let found = drift().expect("readable");
    assert!(found.is_empty(), "run `cargo xtask schemas`:\n{}", found.join("\n"));
}

/// Each head says what a reader of the law looks for, and names every parameter with its values.
#[test]
fn heads_are_complete() {
    for metric in MetricId::ALL {
        let (name, head) = (metric.name(), head(*metric).expect("a head"));
        for paragraph in ["**Citation.**", "**Parameters.**", "**Undetermined by any source.**"] {
            let found = head.contains(paragraph) || head.contains(&paragraph.replace(".**", "**"));
            assert!(found, "{name} has no {paragraph}");
        }
        let defined = ["**Populations.**", "**Definition.**"].iter().any(|p| head.contains(p));
        assert!(defined, "{name} is not defined");
        for parameter in parameters::of(name) {
            let mut words = vec![parameter.name];
            if let Domain::Choice(choices) = parameter.domain {
                words.extend(choices);
            }
            for word in words {
                assert!(head.contains(word), "{name}: the head does not name `{word}`");
            }
        }
    }
}
