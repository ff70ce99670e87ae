//! The sequence of steps.

use super::steps;

#[test]
fn every_step_keeps_the_lock_file() {
    for step in steps(true).iter().chain(&steps(false)) {
        let formats = step.cargo.first() == Some(&"fmt");
        assert!(formats || step.cargo.contains(&"--locked"), "{}", step.heading);
    }
}

#[test]
fn programs_are_built_before_the_tests_that_start_them() {
    for has_nextest in [true, false] {
        let steps = steps(has_nextest);
        let place = |first: &str| steps.iter().position(|s| s.cargo.first() == Some(&first));
        let tests = if has_nextest { "nextest" } else { "test" };
        assert!(place("build") < place(tests));
        assert!(place("fmt") < place("clippy") && place("clippy") < place("build"));
    }
}
