//! Where a day belongs: providers and their primes, counties and their regions, credentials.

use events::Date;
use events::v1::facility::{Credential, CredentialStatus};
use events::v1::provider::ProviderKind;
use rustc_hash::FxHashMap;

use crate::history::last_on;
use crate::{Assignment, Moment, Names, Pos, Stream, Sym, What, history};

/// Attribution of a day: who answers for it and where it lies; `None` where nobody said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Place {
    /// The prime contractor.
    pub provider: Option<Sym>,
    /// The county of the assignment.
    pub county: Option<Sym>,
    /// The region of that county on the day.
    pub region: Option<Sym>,
    /// The case manager.
    pub worker: Option<Sym>,
}

/// What is registered of a provider from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registered {
    /// From this day.
    pub day: Date,
    /// The Division, or a contractor.
    pub kind: ProviderKind,
    /// The prime contractor of a subcontractor.
    pub parent: Option<Sym>,
    /// Contract region.
    pub region: Option<Sym>,
    /// Date from which the contract is effective.
    pub contract_from: Option<Date>,
    /// The event.
    pub event: Pos,
}

/// Providers and counties at a moment.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    providers: FxHashMap<Sym, Vec<Registered>>,
    regions: FxHashMap<Sym, Vec<(Date, Sym)>>,
}

impl Directory {
    /// Reads a provider's stream; `ident` is its bare identifier.
    pub fn read_provider(&mut self, ident: Sym, stream: Stream<'_>, at: &Moment) {
        let mut registered: Vec<Registered> = Vec::new();
        for fact in history(stream, at) {
            let What::Provider { kind, parent, region, contract_from } = fact.what else {
                continue;
            };
            let before = registered.last().copied();
            registered.push(Registered {
                day: fact.day,
                kind,
                parent: parent.or_else(|| before.and_then(|b| b.parent)),
                region: region.or_else(|| before.and_then(|b| b.region)),
                contract_from: contract_from.or_else(|| before.and_then(|b| b.contract_from)),
                event: fact.event,
            });
        }
        self.providers.insert(ident, registered);
    }

    /// Reads a county's stream; `county` is its FIPS code.
    pub fn read_county(&mut self, county: Sym, stream: Stream<'_>, at: &Moment) {
        let mapped = history(stream, at).filter_map(|fact| match fact.what {
            What::County { region } => Some((fact.day, region)),
            _ => None,
        });
        self.regions.insert(county, mapped.collect());
    }

    /// What is registered of a provider on a day.
    #[must_use]
    pub fn registered(&self, provider: Sym, day: Date) -> Option<&Registered> {
        last_on(self.providers.get(&provider)?, day, |r| r.day)
    }

    /// Every provider that is registered, by bare identifier, in no particular order.
    pub fn providers(&self) -> impl Iterator<Item = Sym> + '_ {
        self.providers.keys().copied()
    }

    /// The prime contractor on a day: the parent's parent and so on; in a circle the smallest name.
    #[must_use]
    pub fn prime(&self, provider: Sym, day: Date, names: &Names) -> Sym {
        let parent_of = |provider| self.registered(provider, day).and_then(|r| r.parent);
        if parent_of(provider).is_none() {
            return provider;
        }
        let mut path = vec![provider];
        let mut last = provider;
        while let Some(parent) = parent_of(last) {
            if let Some(circle) = path.iter().position(|p| *p == parent) {
                let around = path[circle..].iter().copied();
                return around.min_by(|a, b| names.by_text(*a, *b)).unwrap_or(parent);
            }
            path.push(parent);
            last = parent;
        }
        last
    }

    /// The days on which some provider is registered or some county mapped anew, in order: between
    /// two of them a place changes with the assignment alone.
    #[must_use]
    pub fn change_days(&self) -> Vec<Date> {
        let registered = self.providers.values().flatten().map(|r| r.day);
        let mapped = self.regions.values().flatten().map(|(day, _)| *day);
        let mut days: Vec<_> = registered.chain(mapped).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The region of a county on a day.
    #[must_use]
    pub fn region(&self, county: Sym, day: Date) -> Option<Sym> {
        last_on(self.regions.get(&county)?, day, |(d, _)| *d).map(|(_, region)| *region)
    }

    /// Attribution of a day to the assignment in force on it.
    #[must_use]
    pub fn place(&self, assignment: Option<&Assignment>, day: Date, names: &Names) -> Place {
        let Some(a) = assignment else { return Place::default() };
        Place {
            provider: Some(self.prime(a.provider, day, names)),
            county: a.county,
            region: a.county.and_then(|c| self.region(c, day)),
            worker: a.worker,
        }
    }
}

/// A facility's credentials at a moment, by day.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    changes: Vec<(Date, Credential, CredentialStatus, Option<Date>, Pos)>,
}

impl Credentials {
    /// Reads a facility's stream.
    #[must_use]
    pub fn read(stream: Stream<'_>, at: &Moment) -> Self {
        let changes = history(stream, at).filter_map(|fact| match fact.what {
            What::Credential { credential, status, until } => {
                Some((fact.day, credential, status, until, fact.event))
            }
            _ => None,
        });
        Self { changes: changes.collect() }
    }

    /// The events of a credential.
    pub fn events(&self, credential: Credential) -> impl Iterator<Item = Pos> + '_ {
        self.changes.iter().filter(move |c| c.1 == credential).map(|c| c.4)
    }

    /// Whether anything is known of the credential.
    #[must_use]
    pub fn known(&self, credential: Credential) -> bool {
        self.changes.iter().any(|c| c.1 == credential)
    }

    /// Whether the credential is active on a day; `until` is the first day on which it is not.
    #[must_use]
    pub fn active_on(&self, credential: Credential, day: Date) -> bool {
        let last = self.changes.iter().rfind(|c| c.1 == credential && c.0 <= day);
        last.is_some_and(|(_, _, status, until, _)| {
            *status == CredentialStatus::Active && until.is_none_or(|until| day < until)
        })
    }

    /// The first day from `first` to `last` (both included) on which none of the credentials is
    /// active.
    #[must_use]
    pub fn first_lapse(&self, any_of: &[Credential], first: Date, last: Date) -> Option<Date> {
        // Status changes only on days that an event names.
        let named = self.changes.iter().flat_map(|(day, _, _, until, _)| [Some(*day), *until]);
        let mut days: Vec<_> = named.flatten().filter(|d| first < *d && *d <= last).collect();
        days.push(first);
        days.sort_unstable();
        days.into_iter().find(|day| {
            *day <= last && !any_of.iter().any(|credential| self.active_on(*credential, *day))
        })
    }
}
