//! What the compiler does not check: arrows between crates, length of files, pages of codes,
//! generated files, words that must not stay.

mod arrows;
mod codes;
mod lengths;
#[cfg(test)]
mod tests;
mod words;

use anyhow::{Result, bail};

use crate::{metrics_page, repository, schemas};

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// To be put right.
    pub(crate) violations: Vec<String>,
    /// To be watched.
    pub(crate) warnings: Vec<String>,
}

impl Findings {
    fn violations(violations: Vec<String>) -> Self {
        Self { violations, warnings: Vec::new() }
    }

    fn add(&mut self, other: Self) {
        self.violations.extend(other.violations);
        self.warnings.extend(other.warnings);
    }
}

/// Checks everything.
///
/// # Errors
/// When something is to be put right, or a check cannot be made.
pub(crate) fn run() -> Result<()> {
    let mut found = check()?;
    found.add(Findings::violations(schemas::drift()?));
    found.add(Findings::violations(metrics_page::drift()?));
    for warning in &found.warnings {
        println!("warning: {warning}");
    }
    for violation in &found.violations {
        println!("violation: {violation}");
    }
    let count = found.violations.len();
    if count > 0 {
        bail!("{count} to be put right");
    }
    println!("tidy");
    Ok(())
}

/// Everything but the generated files, which have a test of their own that may write them.
fn check() -> Result<Findings> {
    let files = repository::rust_files()?;
    let mut found = Findings::violations(arrows::check()?);
    found.add(Findings::violations(codes::check()?));
    for file in &files {
        found.add(lengths::check(file));
        found.add(Findings::violations(words::check(file)));
    }
    Ok(found)
}
