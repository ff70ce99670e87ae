//! The rules of residential placement (checklist RC-01 to RC-22): one function a rule.
//!
//! A rule with a deadline: a placement that ended before it is not applicable; evidence on or
//! before it meets the rule; until it has passed the rule is pending, from the next day violated.
//! Day N is the start plus N calendar days, inclusive, without weekend roll.

use events::Date;
use events::v1::child::{AssessorEmployer, CourtOutcome, Determination, Setting};
use events::v1::facility::Credential;
use timeline::{Assessment, CourtDecision, Credentials, Person, Placement};

use crate::{Question, QuestionError};

/// How a rule came out for one placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Met,
    Violated,
    Pending,
    Unknown,
    NotApplicable,
}

impl State {
    pub(crate) const ALL: [Self; 5] =
        [Self::Met, Self::Violated, Self::Pending, Self::Unknown, Self::NotApplicable];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Violated => "violated",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// A rule that this version judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    SettingClass,
    SpecifiedSetting,
    License,
    Contract,
    QrtpDesignation,
    AssessmentDone,
    AssessorIndependent,
    CourtDecided,
}

/// A placement with what its rules look at.
pub(crate) struct Stay<'a> {
    pub(crate) person: &'a Person,
    pub(crate) placement: &'a Placement,
    /// The facility's credentials; `None` without a facility or anything known of it.
    pub(crate) credentials: Option<&'a Credentials>,
    pub(crate) as_of: Date,
}

/// Days of a stay in an unspecified setting that are claimable: the third week is not.
pub(crate) const UNSPECIFIED_DAYS: i32 = 14;
/// Day by which a placement in a QRTP is assessed (42 USC 675a(c)(1)(A)).
pub(crate) const ASSESSMENT_DAYS: i32 = 30;
/// Day by which a court decides about it (42 USC 675a(c)(2)).
pub(crate) const COURT_DAYS: i32 = 60;

impl Rule {
    pub(crate) const ALL: [Self; 8] = [
        Self::SettingClass,
        Self::SpecifiedSetting,
        Self::License,
        Self::Contract,
        Self::QrtpDesignation,
        Self::AssessmentDone,
        Self::AssessorIndependent,
        Self::CourtDecided,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SettingClass => "RC-01",
            Self::SpecifiedSetting => "RC-02",
            Self::License => "RC-03",
            Self::Contract => "RC-04",
            Self::QrtpDesignation => "RC-05",
            Self::AssessmentDone => "RC-06",
            Self::AssessorIndependent => "RC-07",
            Self::CourtDecided => "RC-10",
        }
    }

    /// The rules of a question, in the order of the checklist.
    pub(crate) fn of(question: &Question) -> Vec<Self> {
        let asked = question.words("rules");
        Self::ALL.into_iter().filter(|rule| asked.contains(&rule.name())).collect()
    }

    /// Refuses a question whose rules this version does not judge.
    pub(crate) fn check(question: &Question) -> Result<(), QuestionError> {
        let known = |name: &&str| Self::ALL.iter().any(|rule| rule.name() == *name);
        match question.words("rules").iter().find(|name| !known(name)) {
            None => Ok(()),
            Some(name) => Err(QuestionError::Parameter(format!(
                "rules: {name} is not judged by this version; it judges {}",
                Self::ALL.map(Self::name).join(", ")
            ))),
        }
    }

    pub(crate) fn judge(self, stay: &Stay<'_>) -> State {
        match self {
            // RC-01: the setting's class is recorded, which the vocabulary requires.
            Self::SettingClass => State::Met,
            Self::SpecifiedSetting => specified_setting(stay),
            Self::License => stay.credential(&[Credential::License]),
            Self::Contract => {
                stay.credential(&[Credential::Contract, Credential::DmhCertification])
            }
            Self::QrtpDesignation => qrtp_designation(stay),
            Self::AssessmentDone => assessment_done(stay),
            Self::AssessorIndependent => assessor_independent(stay),
            Self::CourtDecided => court_decided(stay),
        }
    }
}

impl Stay<'_> {
    pub(crate) fn day(&self, n: i32) -> Date {
        self.placement.start.add_days(n)
    }

    fn ended_before(&self, day: Date) -> bool {
        self.placement.end.is_some_and(|end| end < day)
    }

    fn is_qrtp(&self) -> bool {
        self.placement.setting == Setting::Qrtp
    }

    /// A rule with a deadline and evidence by it, or not.
    fn by(&self, deadline: Date, evidence: bool) -> State {
        if self.ended_before(deadline) {
            State::NotApplicable
        } else if evidence {
            State::Met
        } else if self.as_of <= deadline {
            State::Pending
        } else {
            State::Violated
        }
    }

    /// Any of the credentials, active on every day from the start to the earlier of the last day
    /// in the placement and the as-of date.
    fn credential(&self, any_of: &[Credential]) -> State {
        let known =
            self.credentials.filter(|c| any_of.iter().any(|credential| c.known(*credential)));
        let Some(credentials) = known else { return State::Unknown };
        let last = self.placement.end.map_or(self.as_of, |end| end.add_days(-1)).min(self.as_of);
        match credentials.first_lapse(any_of, self.placement.start, last) {
            None => State::Met,
            Some(_) => State::Violated,
        }
    }

    pub(crate) fn assessments(&self) -> impl Iterator<Item = &Assessment> {
        self.person.assessments.iter().filter(|a| a.placement == self.placement.id)
    }

    pub(crate) fn decisions(&self) -> impl Iterator<Item = &CourtDecision> {
        self.person.decisions.iter().filter(|d| d.placement == self.placement.id)
    }

    /// First day in the placement on which it was found not appropriate: an assessment says family
    /// setting (in a QRTP also another specified setting), or the court disapproves.
    pub(crate) fn first_negative(&self) -> Option<Date> {
        let negative = |a: &&Assessment| match a.determination {
            Determination::FamilySetting => true,
            Determination::OtherSpecifiedSetting => self.is_qrtp(),
            Determination::Qrtp => false,
        };
        let assessed = self.assessments().filter(negative).map(|a| a.day);
        let disapproved = self.decisions().filter(|d| d.outcome == CourtOutcome::Disapproved);
        let days = assessed.chain(disapproved.map(|d| d.day));
        days.filter(|day| self.placement.contains(*day)).min()
    }
}

/// Settings that are none of the specified ones (42 USC 672(k)(2)).
pub(crate) const fn unspecified(setting: Setting) -> bool {
    matches!(
        setting,
        Setting::ResidentialTreatment | Setting::ChildCareInstitution | Setting::Shelter
    )
}

/// RC-02: no more than 14 days in an unspecified setting. The breach day is the first at whose
/// end the stay is longer; leaving on it avoids the breach (RR-1, 10).
fn specified_setting(stay: &Stay<'_>) -> State {
    if !unspecified(stay.placement.setting) {
        return State::NotApplicable;
    }
    let breach = stay.day(UNSPECIFIED_DAYS);
    if stay.placement.end.is_some_and(|end| end <= breach) {
        State::Met
    } else if stay.as_of <= breach {
        State::Pending
    } else {
        State::Violated
    }
}

/// RC-05: designated and accredited on every day; a violation of either outweighs what is unknown.
fn qrtp_designation(stay: &Stay<'_>) -> State {
    if !stay.is_qrtp() {
        return State::NotApplicable;
    }
    let both = [Credential::QrtpDesignation, Credential::Accreditation];
    let states = both.map(|credential| stay.credential(&[credential]));
    let any = |state| states.contains(&state);
    if any(State::Violated) {
        State::Violated
    } else if any(State::Unknown) {
        State::Unknown
    } else {
        State::Met
    }
}

/// RC-06: a qualified individual assessed the need by day 30; an earlier date counts too.
pub(crate) fn assessment_done(stay: &Stay<'_>) -> State {
    if !stay.is_qrtp() {
        return State::NotApplicable;
    }
    let deadline = stay.day(ASSESSMENT_DAYS);
    let assessed = stay.assessments().any(|a| a.day <= deadline);
    stay.by(deadline, assessed)
}

/// The assessment that RC-07 judges: the last by day 30, else the first after.
fn assessment_judged<'a>(stay: &'a Stay<'_>) -> Option<&'a Assessment> {
    let deadline = stay.day(ASSESSMENT_DAYS);
    let by_deadline = stay.assessments().filter(|a| a.day <= deadline).last();
    by_deadline.or_else(|| stay.assessments().find(|a| a.day > deadline))
}

/// RC-07: the assessor is independent, or a waiver is named (675a(c)(1)(D)).
fn assessor_independent(stay: &Stay<'_>) -> State {
    if !stay.is_qrtp() || stay.ended_before(stay.day(ASSESSMENT_DAYS)) {
        return State::NotApplicable;
    }
    match assessment_judged(stay) {
        Some(a) if a.waiver => State::Met,
        Some(a) => match a.employer {
            Some(AssessorEmployer::Independent) => State::Met,
            Some(AssessorEmployer::Agency | AssessorEmployer::PlacementProvider) => State::Violated,
            None => State::Unknown,
        },
        // RC-06 alone carries the violation.
        None if assessment_done(stay) == State::Pending => State::Pending,
        None => State::NotApplicable,
    }
}

/// RC-10: a court approved by day 60; the last decision by then counts, a disapproval at once.
fn court_decided(stay: &Stay<'_>) -> State {
    let deadline = stay.day(COURT_DAYS);
    if !stay.is_qrtp() || stay.ended_before(deadline) {
        return State::NotApplicable;
    }
    match stay.decisions().filter(|d| d.day <= deadline).last().map(|d| d.outcome) {
        Some(CourtOutcome::Approved) => State::Met,
        Some(CourtOutcome::Disapproved) => State::Violated,
        None => stay.by(deadline, false),
    }
}
