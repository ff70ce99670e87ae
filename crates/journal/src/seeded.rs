//! Mistakes made on purpose, so that the tests can be tested: with the feature `seeded-bugs` the
//! one that the variable `CASETRAIL_SEEDED_BUG` names, without it none.

/// Tells whether to make the mistake of that name.
#[cfg(feature = "seeded-bugs")]
#[must_use]
pub fn seeded_bug(name: &str) -> bool {
    static CHOSEN: std::sync::LazyLock<Option<std::ffi::OsString>> =
        std::sync::LazyLock::new(|| std::env::var_os("CASETRAIL_SEEDED_BUG"));
    CHOSEN.as_deref().is_some_and(|chosen| chosen == name)
}

/// Tells whether to make the mistake of that name: never, in a program that keeps a log.
#[cfg(not(feature = "seeded-bugs"))]
#[must_use]
#[inline]
pub const fn seeded_bug(_name: &str) -> bool {
    false
}
