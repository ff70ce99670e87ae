//! Mistakes made on purpose, so that the tests can be tested: with the feature `seeded-bugs` the
//! ones that the variable `CASETRAIL_SEEDED_BUG` names (commas between them), without it none.

/// Tells whether to make the mistake of that name.
#[cfg(feature = "seeded-bugs")]
#[must_use]
pub fn seeded_bug(name: &str) -> bool {
    static CHOSEN: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let names = std::env::var_os("CASETRAIL_SEEDED_BUG").unwrap_or_default();
        names.to_string_lossy().into_owned()
    });
    CHOSEN.split(',').any(|chosen| chosen == name)
}

/// Tells whether to make the mistake of that name: never, in a program that keeps a log.
#[cfg(not(feature = "seeded-bugs"))]
#[must_use]
#[inline]
pub const fn seeded_bug(_name: &str) -> bool {
    false
}
