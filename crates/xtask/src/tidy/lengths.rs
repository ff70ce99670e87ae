//! How long a file may be: tests do not count.

use super::Findings;
use crate::repository::SourceFile;

/// From here on a file is watched.
pub(super) const LINES_WARNING: usize = 500;
/// Beyond this it is to be cut.
pub(super) const LINES_MAX: usize = 800;

/// Judges one file.
pub(super) fn check(file: &SourceFile) -> Findings {
    let mut found = Findings::default();
    let lines = if is_test(&file.path) { 0 } else { lines_of_code(&file.text) };
    let path = &file.path;
    if lines > LINES_MAX {
        found.violations.push(format!("{path} has {lines} lines; more than {LINES_MAX}"));
    } else if lines > LINES_WARNING {
        found.warnings.push(format!("{path} has {lines} lines; more than {LINES_WARNING}"));
    }
    found
}

/// Whether a whole file is tests: in a folder `tests` of a package or module, or `tests.rs`.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.starts_with("tests/")
}

/// Lines of a text without its test modules.
fn lines_of_code(text: &str) -> usize {
    let (mut count, mut in_tests) = (0, false);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let opens = |next: &str| next.starts_with("mod ") && next.ends_with('{');
        if line == "#[cfg(test)]" && lines.peek().is_some_and(|next| opens(next)) {
            in_tests = true;
        }
        count += usize::from(!in_tests);
        if line == "}" {
            in_tests = false;
        }
    }
    count
}
