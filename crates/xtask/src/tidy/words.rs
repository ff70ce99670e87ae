//! Words that must not stay in the source.

use crate::repository::SourceFile;

/// Put together here, so that this file does not hold them itself.
pub(super) const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("todo", "!("), "finish it or leave it out"),
    (concat!("unimplemented", "!("), "finish it or leave it out"),
    (concat!("#[", "ignore"), "a test that is not run proves nothing"),
];

/// Finds them in one file.
pub(super) fn check(file: &SourceFile) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        let words = FORBIDDEN.iter().filter(|(word, _)| line.contains(word));
        found.extend(words.map(|(word, why)| format!("{}:{number}: `{word}`: {why}", file.path)));
    }
    found
}
