//! Every error code has a page, and every page a code.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use events::Code;

use crate::repository::{names_in, root};

/// Where the pages are.
const FOLDER: &str = "schemas/codes";
/// Lines of a page: enough to help, few enough to be read.
const PAGE_LINES: std::ops::RangeInclusive<usize> = 10..=24;

/// Compares the codes with the pages, and looks at each page's shape.
pub(super) fn check() -> Result<Vec<String>> {
    let pages: BTreeSet<_> = names_in(FOLDER, ".md")?.into_iter().collect();
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.name().to_owned()).collect();
    let mut found = compare(&codes, &pages);
    for name in &pages {
        let path = format!("{FOLDER}/{name}.md");
        let text = fs::read_to_string(root().join(&path));
        found.extend(judge(name, &text.with_context(|| format!("cannot read {path}"))?));
    }
    Ok(found)
}

/// What is missing on either side.
pub(super) fn compare(codes: &BTreeSet<String>, pages: &BTreeSet<String>) -> Vec<String> {
    let lacking = codes.difference(pages).map(|c| format!("code {c} has no page in {FOLDER}"));
    let spare = pages.difference(codes).map(|p| format!("{FOLDER}/{p}.md is of no code"));
    lacking.chain(spare).collect()
}

/// What a page lacks: its title, its parts.
pub(super) fn judge(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !text.starts_with(&format!("# {name}\n")) {
        found.push(format!("{FOLDER}/{name}.md does not begin with its code"));
    }
    for part in ["**Cause.**", "**What to do.**", "**Example.**"] {
        if !text.contains(part) {
            found.push(format!("{FOLDER}/{name}.md lacks {part}"));
        }
    }
    if !PAGE_LINES.contains(&text.lines().count()) {
        let (least, most) = (PAGE_LINES.start(), PAGE_LINES.end());
        found.push(format!("{FOLDER}/{name}.md is to have {least} to {most} lines"));
    }
    found
}
