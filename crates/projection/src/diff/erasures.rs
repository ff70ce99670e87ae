//! What was erased, in order: of an answer that was saved before, the log shows the bare entries
//! alone.

use std::collections::BTreeMap;

use events::{EventType, Logged, Payload, Position};

/// Erasures and bare entries, from one reading of the log.
#[derive(Debug, Clone, Default)]
pub struct Erasures {
    /// Salted hash of every erased stream, as its `subject.erased` writes it.
    streams: Vec<(Position, String)>,
    /// Bare entries by the salted hash of their stream.
    bare: BTreeMap<String, Vec<Position>>,
}

impl Erasures {
    /// The bare entries up to `position` that were erased after an answer counted `known` of them.
    pub(super) fn since(&self, position: Position, known: u64) -> Vec<Position> {
        let of = |hash: &String| {
            let bare = self.bare.get(hash).into_iter().flatten().copied();
            bare.filter(|at| *at <= position).collect::<Vec<_>>()
        };
        let mut counted = 0;
        let mut since = Vec::new();
        for (_, hash) in &self.streams {
            let entries = of(hash);
            if counted >= known {
                since.extend(entries);
            } else {
                counted += entries.len() as u64;
            }
        }
        since.sort_unstable();
        since
    }

    /// Takes what the log holds at the next position, from the first to its head.
    pub fn take(&mut self, logged: &Logged) {
        match logged {
            Logged::Erased(entry) => {
                let hash = hex::encode(entry.subject_hash);
                self.bare.entry(hash).or_default().push(entry.position);
            }
            Logged::Whole(event) if event.content.kind == EventType::SubjectErased => {
                if let Payload::SubjectErased(erased) = event.content.payload() {
                    self.streams.push((event.position, erased.subjecthash.as_str().to_owned()));
                }
            }
            Logged::Whole(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which erasures an answer did not know of follows from how many bare entries it counted.
    #[test]
    fn what_was_erased_since_an_answer_follows_from_its_count() {
        let mut erasures = Erasures::default();
        for (at, hash, entries) in
            [(20, "a", &[1, 5][..]), (21, "b", &[18, 19]), (22, "c", &[2, 3, 12])]
        {
            erasures.streams.push((Position(at), hash.to_owned()));
            let entries = entries.iter().map(|position| Position(*position)).collect();
            erasures.bare.insert(hash.to_owned(), entries);
        }
        let since = |position: u64, known: u64| -> Vec<u64> {
            let since = erasures.since(Position(position), known);
            since.into_iter().map(|position| position.0).collect()
        };
        assert_eq!(since(10, 0), [1, 2, 3, 5]);
        assert_eq!(since(10, 2), [2, 3]);
        assert_eq!(since(10, 4), [] as [u64; 0]);
        assert_eq!(since(19, 2), [2, 3, 12, 18, 19]);
        assert_eq!(since(19, 4), [2, 3, 12]);
    }
}
