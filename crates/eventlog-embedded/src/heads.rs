//! Where the streams stand that were written lately.

use eventlog::StreamHead;
use events::Subject;
use rustc_hash::FxHashMap;

/// Most of what is appended continues a stream that was written not long ago, and reading a run for
/// that would cost more than all else. It belongs to the writer alone and runs ahead of what is
/// visible by the group in the making.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    young: FxHashMap<Subject, StreamHead>,
    /// What was young before; a newer word in `young` hides its own.
    old: FxHashMap<Subject, StreamHead>,
}

/// Streams that are young at a time.
const YOUNG_MAX: usize = 65_536;

impl Heads {
    /// Where the stream stands, if it is remembered.
    pub(crate) fn get(&self, subject: &Subject) -> Option<StreamHead> {
        self.young.get(subject).or_else(|| self.old.get(subject)).copied()
    }

    /// Remembers where a stream stands.
    pub(crate) fn insert(&mut self, subject: &Subject, head: StreamHead) {
        if let Some(known) = self.young.get_mut(subject) {
            *known = head;
            return;
        }
        if self.young.len() == YOUNG_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(subject.clone(), head);
    }

    /// Forgets everything: some of it may not have come true.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use eventlog::StreamHead;
    use events::{Revision, Salt, Subject};

    use super::{Heads, YOUNG_MAX};

    #[test]
    fn the_latest_word_is_told_until_it_is_too_old() {
        let mut heads = Heads::default();
        let subject = |n: usize| format!("child/C{n}").parse::<Subject>().unwrap();
        let head = |n, revision| StreamHead::of(&subject(n), Revision(revision), Salt([1; 16]));
        let mut write = |n, revision| {
            heads.insert(&subject(n), head(n, revision));
            assert_eq!(heads.get(&subject(n)), Some(head(n, revision)));
        };
        write(0, 1);
        (1..=YOUNG_MAX).for_each(|n| write(n, 1));
        write(1, 2);
        assert_eq!(heads.get(&subject(0)), Some(head(0, 1)));
        assert_eq!(heads.get(&subject(1)), Some(head(1, 2)));
        (1..=2 * YOUNG_MAX).for_each(|n| heads.insert(&subject(n), head(n, 3)));
        assert_eq!(heads.get(&subject(0)), None);
        heads.clear();
        assert_eq!(heads.get(&subject(YOUNG_MAX)), None);
    }
}
