//! The sequence of steps.

use super::steps;

#[test]
fn every_step_keeps_the_lock_file() {
    let (first, second) = (steps(true), steps(false));
    for step in first.iter().chain(&second).filter(|step| step.program == "cargo") {
        let formats = step.args.first() == Some(&"fmt");
        assert!(formats || step.args.contains(&"--locked"), "{}", step.heading);
    }
}

#[test]
fn programs_are_built_before_the_tests_that_start_them() {
    for has_nextest in [true, false] {
        let steps = steps(has_nextest);
        let place = |first: &str| steps.iter().position(|s| s.args.first() == Some(&first));
        let tests = if has_nextest { "nextest" } else { "test" };
        assert!(place("build") < place(tests));
        assert!(place("fmt") < place("clippy") && place("clippy") < place("build"));
    }
}

#[test]
fn what_tests_start_is_installed_before_them() {
    let steps = steps(true);
    let scripts: Vec<_> = steps.iter().filter(|step| step.program != "cargo").collect();
    assert_eq!(scripts.len(), 3);
    let tests = steps.iter().position(|step| step.args.first() == Some(&"nextest"));
    for script in scripts {
        assert!(crate::repository::root().join(script.program).is_file(), "{}", script.program);
        let place = steps.iter().position(|step| step.program == script.program);
        assert!(place < tests);
    }
}
