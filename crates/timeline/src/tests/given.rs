//! A history in short: streams of facts, in order of position.

use events::Date;
use events::v1::child::{ExitReason, Setting};

use crate::{Fact, Facts, Moment, Names, Person, Pos, Stream, Sym, What};

/// Facts of some streams, as they arrive.
#[derive(Default)]
pub(super) struct Given {
    pub(super) names: Names,
    streams: Vec<(Sym, Facts)>,
    position: Pos,
}

pub(super) fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

impl Given {
    /// The next event of a stream.
    pub(super) fn says(
        mut self,
        stream: &str,
        day: &str,
        what: impl Fn(&mut Names) -> What,
    ) -> Self {
        let name = self.names.intern(stream);
        let what = what(&mut self.names);
        self.position += 1;
        let position = self.position;
        let fact = Fact {
            day: date(day),
            original: position,
            event: position,
            from: position,
            to: Pos::MAX,
            what,
        };
        if !self.streams.iter().any(|(n, _)| *n == name) {
            self.streams.push((name, Facts::default()));
        }
        let facts = &mut self.streams.iter_mut().find(|(n, _)| *n == name).expect("opened").1;
        facts.insert(fact);
        self
    }

    pub(super) fn removal(self, stream: &str, day: &str, id: &str) -> Self {
        self.says(stream, day, |names| What::Removal { id: names.intern(id) })
    }

    pub(super) fn exit(self, stream: &str, day: &str, removal: &str, reason: ExitReason) -> Self {
        self.says(stream, day, |names| What::Closed {
            removal: (!removal.is_empty()).then(|| names.intern(removal)),
            reason,
            order_date: None,
        })
    }

    pub(super) fn placed(self, stream: &str, day: &str, id: &str) -> Self {
        self.says(stream, day, |names| What::PlacementStarted {
            id: names.intern(id),
            setting: Setting::FosterFamily,
            facility: None,
            location: None,
            relative: None,
            emergency: None,
        })
    }

    pub(super) fn left_placement(self, stream: &str, day: &str, id: &str) -> Self {
        self.says(stream, day, |names| What::PlacementEnded { id: names.intern(id) })
    }

    pub(super) fn moment(as_of: &str) -> Moment {
        Moment { as_of: date(as_of), known: Pos::MAX - 1 }
    }

    pub(super) fn stream(&self, name: &str) -> Stream<'_> {
        let (name, facts) = self
            .streams
            .iter()
            .find(|(n, _)| self.names.text(*n) == name)
            .expect("a stream that was given");
        of(*name, facts)
    }

    /// The one child that all streams are of.
    pub(super) fn person(&self, as_of: &str) -> Person {
        let streams = self.streams.iter().map(|(name, facts)| of(*name, facts));
        let streams: Vec<_> = streams.collect();
        Person::fold(streams[0].name, &streams, &Self::moment(as_of))
    }

    /// Its episodes in short: `removal..end reason [doubts] placement@start..end,…`.
    pub(super) fn episodes(&self, as_of: &str) -> Vec<String> {
        let person = self.person(as_of);
        let text = |day: Option<Date>| day.map_or_else(String::new, |d| d.to_string());
        person
            .episodes
            .iter()
            .map(|e| {
                let reason = e.exit().map_or("", |exit| exit.reason.code());
                let doubts = [
                    (e.doubts.exit_not_after_removal, "a"),
                    (e.doubts.missing_end, "b"),
                    (e.doubts.conflicting_episodes, "c"),
                ];
                let doubts: String =
                    doubts.iter().filter(|(holds, _)| *holds).map(|(_, name)| *name).collect();
                let placements: Vec<_> = e
                    .placements
                    .iter()
                    .map(|p| {
                        let id = self.names.text(p.id.1);
                        let flags = [(p.flags.end_inferred, "?"), (p.flags.overlap, "!")];
                        let flags: String =
                            flags.iter().filter(|(holds, _)| *holds).map(|(_, f)| *f).collect();
                        format!("{id}@{}..{}{flags}", p.start, text(p.end))
                    })
                    .collect();
                format!(
                    "{}..{} {reason} [{doubts}] {}",
                    e.removal,
                    text(e.end),
                    placements.join(",")
                )
            })
            .collect()
    }
}

fn of(name: Sym, facts: &Facts) -> Stream<'_> {
    Stream { name, facts }
}
