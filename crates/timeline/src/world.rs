//! What many subjects share, read once a question.

use events::Date;
use rustc_hash::FxHashMap;

use crate::{
    Case, Credentials, Directory, Entered, Merges, Moment, Names, Person, Place, Policy, Stream,
    Sym,
};

/// The shared rows at a moment: identities, providers, counties, facilities, cases, policy.
#[derive(Debug, Clone)]
pub struct World<'a> {
    /// The texts behind symbols.
    pub names: &'a Names,
    /// The moment.
    pub at: Moment,
    /// When events were entered.
    pub entered: &'a dyn Entered,
    /// Which children are one.
    pub merges: Merges,
    /// Providers and counties.
    pub directory: Directory,
    /// Credentials, by bare facility identifier.
    pub facilities: FxHashMap<Sym, Credentials>,
    /// Cases that were returned, by subject's text.
    pub cases: Vec<Case>,
    /// Policy in force on the question's policy date.
    pub policy: Policy<'a>,
}

impl<'a> World<'a> {
    /// An empty world at a moment; the reader of a log puts its streams in.
    #[must_use]
    pub fn new(names: &'a Names, at: Moment, entered: &'a dyn Entered, merges: Merges) -> Self {
        Self {
            names,
            at,
            entered,
            merges,
            directory: Directory::default(),
            facilities: FxHashMap::default(),
            cases: Vec::new(),
            policy: Policy::default(),
        }
    }

    /// Puts in a shared stream, by its family; `policy_date` is when policy must be in force.
    pub fn put(&mut self, stream: Stream<'a>, policy_date: Date) {
        let name = self.names.text(stream.name);
        let (family, ident) = name.split_once('/').unwrap_or((name, ""));
        // Facts name a provider, county or facility by its bare identifier; one that no fact names
        // so matters to no row.
        let ident = self.names.known(ident);
        match (family, ident) {
            ("provider", Some(ident)) => self.directory.read_provider(ident, stream, &self.at),
            ("place", Some(county)) => self.directory.read_county(county, stream, &self.at),
            ("facility", Some(facility)) => {
                self.facilities.insert(facility, Credentials::read(stream, &self.at));
            }
            ("case", _) => self.put_case(Case::read(stream, &self.at)),
            ("policy", _) => {
                let at = Moment { as_of: policy_date.min(self.at.as_of), known: self.at.known };
                self.policy.read(stream, &at, self.names);
            }
            _ => {}
        }
    }

    fn put_case(&mut self, case: Case) {
        if !case.returns.is_empty() {
            self.cases.push(case);
        }
    }

    /// Orders cases by name.
    pub fn settle(&mut self) {
        let names = self.names;
        self.cases.sort_by(|a, b| names.by_text(a.subject, b.subject));
    }

    /// Where a child's day belongs.
    #[must_use]
    pub fn place(&self, person: &Person, day: Date) -> Place {
        self.directory.place(person.assignment_on(day), day, self.names)
    }

    /// The prime contractor of a provider on a day.
    #[must_use]
    pub fn prime(&self, provider: Sym, day: Date) -> Sym {
        self.directory.prime(provider, day, self.names)
    }
}
