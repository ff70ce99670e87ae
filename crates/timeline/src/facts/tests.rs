//! One list in two parts is the list that a plain one would be.

use events::Date;
use events::v1::child::{Finding, VisitPlace};
use proptest::prelude::*;

use super::{Fact, Facts, order};
use crate::{Pos, What};

/// Facts are said, and a correction ends what some event said and says something in its place, or
/// what was ended stands again.
#[derive(Debug, Clone, Copy)]
enum Step {
    Said { day: i32, what: usize },
    Corrected { event: prop::sample::Index, day: i32 },
    Revived { event: prop::sample::Index },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = prop_oneof![
        4 => (0..6, 0..WHAT.len()).prop_map(|(day, what)| Step::Said { day, what }),
        1 => (index(), 0..6).prop_map(|(event, day)| Step::Corrected { event, day }),
        1 => index().prop_map(|event| Step::Revived { event }),
    ];
    prop::collection::vec(step, 0..30)
}

const WHAT: [What; 4] = [
    What::Registered { birth: None },
    What::Finding(Finding::AbuseNeglect),
    What::LegalStatus,
    What::Visit { place: VisitPlace::Residence, face_to_face: true },
];

/// The same by a plain list.
#[derive(Default)]
struct Plain(Vec<Fact>);

impl Plain {
    fn insert(&mut self, fact: Fact) {
        self.0.push(fact);
        self.0.sort_by_key(order);
    }

    fn version(&mut self, event: Pos) -> Option<&mut Fact> {
        self.0.iter_mut().filter(|fact| fact.event == event).max_by_key(|fact| fact.from)
    }
}

proptest! {
    #[test]
    fn facts_are_one_list(steps in steps()) {
        let (mut facts, mut plain) = (Facts::default(), Plain::default());
        for (at, step) in (1..).zip(steps) {
            let of = |event: prop::sample::Index| Pos::try_from(event.index(40)).unwrap_or(0);
            let (event, day) = match step {
                Step::Said { day, what } => {
                    let day = Date::from_day_number(day);
                    let (original, event, from, to) = (at, at, at, Pos::MAX);
                    let fact = Fact { day, original, event, from, to, what: WHAT[what] };
                    facts.insert(fact);
                    plain.insert(fact);
                    continue;
                }
                Step::Corrected { event, day } => (of(event), Some(day)),
                Step::Revived { event } => (of(event), None),
            };
            let ended = facts.close(event, at);
            let expected = plain.version(event).map(|fact| {
                fact.to = at;
                *fact
            });
            prop_assert_eq!(ended, expected);
            let Some(ended) = ended else { continue };
            let stands = match day.map(Date::from_day_number) {
                Some(day) => Fact { day, event: at, from: at, to: Pos::MAX, ..ended },
                None => Fact { from: at, to: Pos::MAX, ..ended },
            };
            facts.insert(stands);
            plain.insert(stands);
            prop_assert_eq!(facts.version(event), plain.version(event).copied());
        }
        let (care, evidence): (Vec<_>, Vec<_>) =
            plain.0.iter().partition(|fact| !fact.what.evidence());
        prop_assert_eq!(facts.len(), plain.0.len());
        prop_assert_eq!(facts.care().collect::<Vec<_>>(), care);
        prop_assert_eq!(facts.evidence().collect::<Vec<_>>(), evidence);
        let uncut: Vec<_> = plain.0.iter().filter(|fact| fact.what.uncut()).copied().collect();
        prop_assert_eq!(facts.uncut().collect::<Vec<_>>(), uncut);
        let again: Facts = plain.0.iter().rev().copied().collect();
        prop_assert_eq!(again.iter().collect::<Vec<_>>(), plain.0);
    }
}
