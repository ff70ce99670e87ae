//! Residential facilities and their credentials.

use events::v1::child::Setting;
use events::v1::facility::{Credential, CredentialChanged, CredentialStatus};
use events::{Date, Family, Subject};

use super::dice::{Dice, Purpose};
use super::payload::{facility, subject};
use super::registry::{Registry, Source};

/// How many facilities of each kind a state of few children has.
const KINDS: &[(Setting, u32)] = &[
    (Setting::Qrtp, 8),
    (Setting::ResidentialTreatment, 8),
    (Setting::GroupHome, 6),
    (Setting::Shelter, 5),
    (Setting::ChildCareInstitution, 3),
    (Setting::PsychiatricHospital, 3),
    (Setting::ParentingYouth, 2),
    (Setting::TraffickingVictim, 2),
];

/// Further facilities, one of each of these for so many children, up to a few of them.
const CHILDREN_PER_SET: u32 = 25_000;
const SETS_MAX: u32 = 6;

/// The facilities of a state: the numbers of those of each kind.
#[derive(Debug)]
pub(super) struct Facilities(Vec<(Setting, std::ops::Range<u32>)>);

impl Facilities {
    /// Tells of the credentials of as many facilities as that many children need.
    pub(super) fn tell(registry: &mut Registry<'_>, seed: u64, children: u32) -> Self {
        let sets = 1 + (children / CHILDREN_PER_SET).min(SETS_MAX);
        let mut next = 1;
        let mut kinds = Vec::new();
        for (setting, count) in KINDS {
            let numbers = next..next + count * sets;
            next = numbers.end;
            for number in numbers.clone() {
                let dice = Dice::new(seed, Purpose::Facilities, number);
                let subject = subject(Family::Facility, facility(number).as_str());
                Inspector { registry, dice, subject }.tell(*setting);
            }
            kinds.push((*setting, numbers));
        }
        Self(kinds)
    }

    /// A facility of that kind; `None` if the kind is not residential.
    pub(super) fn pick(&self, dice: &mut Dice, setting: Setting) -> Option<u32> {
        let (_, numbers) = self.0.iter().find(|(kind, _)| *kind == setting)?;
        Some(numbers.start + dice.below(numbers.end - numbers.start))
    }
}

/// Tells of the credentials of one facility.
struct Inspector<'a, 'b> {
    registry: &'a mut Registry<'b>,
    dice: Dice,
    subject: Subject,
}

impl Inspector<'_, '_> {
    fn tell(&mut self, setting: Setting) {
        self.renewed(Credential::License, 24, None);
        if setting == Setting::PsychiatricHospital {
            self.renewed(Credential::DmhCertification, 36, None);
        } else if self.dice.percent(97) {
            self.renewed(Credential::Contract, 36, None);
        }
        if setting == Setting::Qrtp {
            let body = self.dice.pick(&["CARF", "COA", "Joint Commission"]);
            self.renewed(Credential::Accreditation, 36, Some(body));
            self.designated();
        }
    }

    /// A credential that runs for some months and is renewed, mostly in time.
    fn renewed(&mut self, credential: Credential, months: u32, body: Option<&str>) {
        let (first, last) = self.registry.span();
        let mut on = first.add_days(-self.dice.between(10, 700));
        while on <= last {
            let until = on.add_months(months);
            self.change(credential, CredentialStatus::Active, on, Some(until), body);
            on = until;
            if self.dice.percent(5) {
                if self.dice.percent(50) {
                    self.change(credential, CredentialStatus::Expired, until, None, body);
                }
                on = until.add_days(self.dice.between(10, 90));
            }
        }
    }

    /// Designation as a QRTP, which some lose for a time.
    fn designated(&mut self) {
        let (first, last) = self.registry.span();
        let credential = Credential::QrtpDesignation;
        let since = first.add_days(-self.dice.between(30, 400));
        self.change(credential, CredentialStatus::Active, since, None, None);
        if self.dice.percent(15) {
            let lost = first.add_days(self.dice.between(1, first.days_until(last)));
            let status = self.dice.pick(&[CredentialStatus::Suspended, CredentialStatus::Revoked]);
            self.change(credential, status, lost, None, None);
            let again = lost.add_days(self.dice.between(30, 200));
            self.change(credential, CredentialStatus::Active, again, None, None);
        }
    }

    fn change(
        &mut self,
        credential: Credential,
        status: CredentialStatus,
        on: Date,
        until: Option<Date>,
        body: Option<&str>,
    ) {
        if on <= self.registry.span().1 {
            let body = body.map(Into::into);
            let changed = CredentialChanged { credential, status, until, body, raw: None };
            self.registry.tell(Source::Division, &self.subject, on, changed.into());
        }
    }
}
