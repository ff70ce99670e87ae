//! Facts as words of 32 bits: what a file holds of them.

use events::Date;
use events::v1::case::ReturnReason;
use events::v1::child::{
    AssessorEmployer, CourtOutcome, Determination, ExitReason, Finding, Goal, GoalRole,
    HearingKind, Location, Setting, VisitPlace,
};
use events::v1::facility::{Credential, CredentialStatus};
use events::v1::provider::ProviderKind;
use events::v1::staff::Role;

use crate::{Conduct, DocId, Fact, ListId, Pos, Proof, Reasons, Sym, What};

/// Most words of a fact.
pub const FACT_WORDS_MAX: usize = 10;
/// Fewest words of a fact.
pub const FACT_WORDS_MIN: usize = 3;

/// In the first byte, behind the kind: how many words of the content follow.
const COUNT_SHIFT: u8 = 5;
const KIND_MASK: u8 = (1 << COUNT_SHIFT) - 1;
/// In the fourth byte: other positions than that of the original stand there.
const AMENDED: u8 = 1 << 7;

/// The content: a byte that says which, three small fields, then up to four words.
struct Words {
    small: [u8; 4],
    words: [u32; 4],
}

const CONDUCTS: [Conduct; 3] = [Conduct::Proposed, Conduct::Approved, Conduct::Withdrawn];
const REASONS: [Reasons; 4] = [Reasons::Missing, Reasons::Empty, Reasons::Given, Reasons::Shortage];

fn sym(sym: Option<Sym>) -> u32 {
    sym.map_or(0, Sym::number)
}

fn day(day: Option<Date>) -> u32 {
    day.map_or(0, |day| day.day_number().cast_unsigned())
}

/// An optional small field: 0, or one more than its number.
fn maybe(number: Option<u8>) -> u8 {
    number.map_or(0, |n| n + 1)
}

fn some_sym(word: u32) -> Option<Sym> {
    Sym::numbered(word)
}

fn some_day(word: u32) -> Option<Date> {
    (word != 0).then(|| Date::from_day_number(word.cast_signed()))
}

fn of<T: Copy>(all: &[T], number: u8) -> Option<T> {
    all.get(usize::from(number)).copied()
}

/// `Some(None)` for no value, `None` for a number of nothing.
fn maybe_of<T: Copy>(all: &[T], number: u8) -> Option<Option<T>> {
    match number.checked_sub(1) {
        None => Some(None),
        Some(number) => of(all, number).map(Some),
    }
}

const BOOLS: &[bool] = &[false, true];

fn bit(flag: Option<bool>) -> u8 {
    maybe(flag.map(u8::from))
}

impl Fact {
    /// Appends the fact in words: small fields, day, original position; event and interval, unless
    /// it stands as it was said; the words of its content up to the last that is not 0.
    pub fn pack(&self, out: &mut Vec<u32>) {
        let Words { small: [kind, x, y, z], words } = pack(self.what);
        let count = words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        let original = self.original;
        let amended = (self.event, self.from, self.to) != (original, original, Pos::MAX);
        let kind = kind | u8::try_from(count).unwrap_or(0) << COUNT_SHIFT;
        let z = if amended { z | AMENDED } else { z };
        out.push(u32::from_le_bytes([kind, x, y, z]));
        out.extend([self.day.day_number().cast_unsigned(), original]);
        if amended {
            out.extend([self.event, self.from, self.to]);
        }
        out.extend(&words[..count]);
    }

    /// The next fact of these words; `None` if they are those of none.
    pub fn unpack(from: &mut impl Iterator<Item = u32>) -> Option<Self> {
        let [kind, x, y, z] = from.next()?.to_le_bytes();
        let day = Date::from_day_number(from.next()?.cast_signed());
        let original = from.next()?;
        let (event, since, to) = if z & AMENDED == 0 {
            (original, original, Pos::MAX)
        } else {
            (from.next()?, from.next()?, from.next()?)
        };
        let mut words = [0; 4];
        for word in words.get_mut(..usize::from(kind >> COUNT_SHIFT))? {
            *word = from.next()?;
        }
        let small = [kind & KIND_MASK, x, y, z & !AMENDED];
        let what = unpack(&Words { small, words })?;
        Some(Self { day, original, event, from: since, to, what })
    }
}

#[expect(clippy::too_many_lines, reason = "an arm a kind: a new kind does not compile without")]
fn pack(what: What) -> Words {
    let (small, words) = match what {
        What::Registered { birth } => ([0, 0, 0, 0], [day(birth), 0, 0, 0]),
        What::Merged { into } => ([1, 0, 0, 0], [into.number(), 0, 0, 0]),
        What::Removal { id } => ([2, 0, 0, 0], [id.number(), 0, 0, 0]),
        What::Finding(finding) => ([3, finding as u8, 0, 0], [0; 4]),
        What::PlacementStarted { id, setting, facility, location, relative, emergency } => {
            let flags = bit(relative) | bit(emergency) << 4;
            let location = maybe(location.map(|l| l as u8));
            ([4, setting as u8, location, flags], [id.number(), sym(facility), 0, 0])
        }
        What::PlacementEnded { id } => ([5, 0, 0, 0], [id.number(), 0, 0, 0]),
        What::Assigned { case, provider, worker, county } => {
            ([6, 0, 0, 0], [case.number(), provider.number(), sym(worker), sym(county)])
        }
        What::Goal { conduct, role, goal } => ([7, conduct as u8, role as u8, goal as u8], [0; 4]),
        What::Closed { removal, reason, order_date } => {
            ([8, reason as u8, 0, 0], [sym(removal), day(order_date), 0, 0])
        }
        What::Assessment { placement, employer, waiver, determination, goals_listed, reasons } => {
            let employer = maybe(employer.map(|e| e as u8));
            let flags = u8::from(waiver) | bit(goals_listed) << 1 | (reasons as u8) << 4;
            ([9, employer, determination as u8, flags], [placement.number(), 0, 0, 0])
        }
        What::Proof { placement, proof } => {
            let (kind, bits, b, c) = match proof {
                Proof::Team(bits) => (0, bits, 0, 0),
                Proof::Ordered => (1, 0, 0, 0),
                Proof::Certified => (2, 0, 0, 0),
                Proof::Submitted(hearing) => (3, 0, hearing.number(), 0),
                Proof::LongStayApproved => (4, 0, 0, 0),
                Proof::OutOfStateApproved => (5, 0, 0, 0),
                Proof::AftercarePlanned { from, until } => {
                    (6, 0, day(Some(from)), day(Some(until)))
                }
                Proof::PlanRevised(bits) => (7, bits, 0, 0),
                Proof::RelativesSearched => (8, 0, 0, 0),
                Proof::TeamMet => (9, 0, 0, 0),
            };
            ([10, kind, bits, 0], [placement.number(), b, c, 0])
        }
        What::Evaluated => ([11, 0, 0, 0], [0; 4]),
        What::Hearing { id, kind } => ([12, kind as u8, 0, 0], [id.number(), 0, 0, 0]),
        What::CourtDecision { placement, outcome } => {
            ([13, outcome as u8, 0, 0], [placement.number(), 0, 0, 0])
        }
        What::Returned { provider, reason, children } => {
            ([14, reason as u8, 0, 0], [provider.number(), children.number(), 0, 0])
        }
        What::Cost { id, cents } => ([15, 0, 0, 0], cost(id, cents.get())),
        What::CostAdjusted { id, cents } => ([16, 0, 0, 0], cost(id, cents.get())),
        What::RoleStarted { role, provider, fte } => {
            ([17, role as u8, 0, 0], [provider.number(), fte, 0, 0])
        }
        What::RoleEnded { role, provider } => {
            ([18, role as u8, 0, 0], [provider.number(), 0, 0, 0])
        }
        What::Trained { course } => ([19, 0, 0, 0], [course.number(), 0, 0, 0]),
        What::TrainingRevoked { course } => ([20, 0, 0, 0], [course.number(), 0, 0, 0]),
        What::Credential { credential, status, until } => {
            ([21, credential as u8, status as u8, 0], [day(until), 0, 0, 0])
        }
        What::Provider { kind, parent, region, contract_from } => {
            ([22, kind as u8, 0, 0], [sym(parent), sym(region), day(contract_from), 0])
        }
        What::County { region } => ([23, 0, 0, 0], [region.number(), 0, 0, 0]),
        What::Policy(document) => ([24, 0, 0, 0], [document.number(), 0, 0, 0]),
        What::SourceCompleted { through } => ([25, 0, 0, 0], [day(Some(through)), 0, 0, 0]),
        What::Silent => ([26, 0, 0, 0], [0; 4]),
        What::LegalStatus => ([28, 0, 0, 0], [0; 4]),
        What::Visit { place, face_to_face } => {
            ([27, place as u8, u8::from(face_to_face), 0], [0; 4])
        }
    };
    Words { small, words }
}

fn cost(id: Sym, cents: i64) -> [u32; 4] {
    let [a, b, c, d, e, f, g, h] = cents.to_le_bytes();
    [id.number(), u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]), 0]
}

fn cents(low: u32, high: u32) -> i64 {
    i64::from(high.cast_signed()) << 32 | i64::from(low)
}

#[expect(clippy::too_many_lines, reason = "the arms of `pack`")]
fn unpack(words: &Words) -> Option<What> {
    let Words { small: [kind, x, y, z], words: [a, b, c, d] } = *words;
    Some(match kind {
        0 => What::Registered { birth: some_day(a) },
        1 => What::Merged { into: some_sym(a)? },
        2 => What::Removal { id: some_sym(a)? },
        3 => What::Finding(of(Finding::ALL, x)?),
        4 => What::PlacementStarted {
            id: some_sym(a)?,
            setting: of(Setting::ALL, x)?,
            facility: some_sym(b),
            location: maybe_of(Location::ALL, y)?,
            relative: maybe_of(BOOLS, z & 15)?,
            emergency: maybe_of(BOOLS, z >> 4)?,
        },
        5 => What::PlacementEnded { id: some_sym(a)? },
        6 => What::Assigned {
            case: some_sym(a)?,
            provider: some_sym(b)?,
            worker: some_sym(c),
            county: some_sym(d),
        },
        7 => What::Goal {
            conduct: of(&CONDUCTS, x)?,
            role: of(GoalRole::ALL, y)?,
            goal: of(Goal::ALL, z)?,
        },
        8 => What::Closed {
            removal: some_sym(a),
            reason: of(ExitReason::ALL, x)?,
            order_date: some_day(b),
        },
        9 => What::Assessment {
            placement: some_sym(a)?,
            employer: maybe_of(AssessorEmployer::ALL, x)?,
            waiver: z & 1 == 1,
            determination: of(Determination::ALL, y)?,
            goals_listed: maybe_of(BOOLS, z >> 1 & 7)?,
            reasons: of(&REASONS, z >> 4)?,
        },
        10 => What::Proof { placement: some_sym(a)?, proof: proof(x, y, b, c)? },
        11 => What::Evaluated,
        12 => What::Hearing { id: some_sym(a)?, kind: of(HearingKind::ALL, x)? },
        13 => What::CourtDecision { placement: some_sym(a)?, outcome: of(CourtOutcome::ALL, x)? },
        14 => What::Returned {
            provider: some_sym(a)?,
            reason: of(ReturnReason::ALL, x)?,
            children: ListId::numbered(b),
        },
        15 => What::Cost { id: some_sym(a)?, cents: cents(b, c).into() },
        16 => What::CostAdjusted { id: some_sym(a)?, cents: cents(b, c).into() },
        17 => What::RoleStarted { role: of(Role::ALL, x)?, provider: some_sym(a)?, fte: b },
        18 => What::RoleEnded { role: of(Role::ALL, x)?, provider: some_sym(a)? },
        19 => What::Trained { course: some_sym(a)? },
        20 => What::TrainingRevoked { course: some_sym(a)? },
        21 => What::Credential {
            credential: of(Credential::ALL, x)?,
            status: of(CredentialStatus::ALL, y)?,
            until: some_day(a),
        },
        22 => What::Provider {
            kind: of(ProviderKind::ALL, x)?,
            parent: some_sym(a),
            region: some_sym(b),
            contract_from: some_day(c),
        },
        23 => What::County { region: some_sym(a)? },
        24 => What::Policy(DocId::numbered(a)),
        25 => What::SourceCompleted { through: some_day(a)? },
        26 => What::Silent,
        27 => What::Visit { place: of(VisitPlace::ALL, x)?, face_to_face: of(BOOLS, y)? },
        28 => What::LegalStatus,
        _ => return None,
    })
}

fn proof(kind: u8, bits: u8, b: u32, c: u32) -> Option<Proof> {
    Some(match kind {
        0 => Proof::Team(bits),
        1 => Proof::Ordered,
        2 => Proof::Certified,
        3 => Proof::Submitted(some_sym(b)?),
        4 => Proof::LongStayApproved,
        5 => Proof::OutOfStateApproved,
        6 => Proof::AftercarePlanned { from: some_day(b)?, until: some_day(c)? },
        7 => Proof::PlanRevised(bits),
        8 => Proof::RelativesSearched,
        9 => Proof::TeamMet,
        _ => return None,
    })
}
