//! The kinds of findings.

/// Declares the kinds with the words that stand for them.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident = $name:literal,)*) => {
        /// What is remarkable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingKind {
            $($(#[doc = $doc])* $kind,)*
        }

        impl FindingKind {
            /// Every kind, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Its word.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// What it means.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$kind => concat!($($doc),*),)*
                }
            }
        }
    };
}

kinds! {
    /// An exit on the day of the removal or before it: the episode has no day in care.
    ExitNotAfterRemoval = "exit_not_after_removal",
    /// No exit, and a later removal follows: in care until then.
    MissingEnd = "missing_end",
    /// Two different exits, or an exit after the next removal.
    ConflictingEpisodes = "conflicting_episodes",
    /// An exit that belongs to no episode.
    ExitWithoutRemoval = "exit_without_removal",
    /// In care for fewer than 8 days.
    Under8Days = "under_8_days",
    /// A child in care whose date of birth is not known.
    MissingBirthDate = "missing_birth_date",
    /// Removed before the day of birth.
    RemovalBeforeBirth = "removal_before_birth",
    /// A placement whose own end lies after the next one's start: the latest start wins.
    Overlap = "overlap",
    /// A placement that ended, but nobody recorded its end.
    EndInferred = "end_inferred",
    /// A recorded end before the placement's start: it is ignored.
    EndBeforeStart = "end_before_start",
    /// A placement that does not count: outside of care, without a day, or a name that was used.
    PlacementIgnored = "placement_ignored",
    /// A primary goal approved after the exit and before the next removal.
    ApprovalAfterExit = "approval_after_exit",
    /// A primary goal was proposed, and no court approved one.
    GoalNotApproved = "goal_not_approved",
    /// An assessment dated before the placement that it is of.
    AssessmentBeforePlacement = "assessment_before_placement",
    /// Merged into two children, into itself, or in a circle.
    ConflictingMerges = "conflicting_merges",
    /// A name of something that the log does not know on that day.
    UnknownReference = "unknown_reference",
    /// Recorded later than 2 business days (removal, exit, placement) or 30 days (others).
    LateEntry = "late_entry",
}

impl FindingKind {
    /// The kind of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
