//! The checklist of rules, RC-01 to RC-22, SB-01 and SB-02, by name.

use crate::Question;

use super::{State, Stay, long_stay, qrtp, setting, state_law};

/// A rule of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    SettingClass,
    SpecifiedSetting,
    License,
    Contract,
    QrtpDesignation,
    AssessmentDone,
    AssessorIndependent,
    AssessmentContent,
    TeamRecord,
    CourtDecided,
    ExitAfterNegative,
    ReviewEvidence,
    LongStay,
    LongStayUnder13,
    Aftercare,
    AgeGate,
    ClinicalBasis,
    Certification,
    OutOfState,
    TeamMet,
    CasePlan,
    RelativePreference,
    AssessmentEverywhere,
    Reassessment,
}

impl Rule {
    pub(crate) const ALL: [Self; 24] = [
        Self::SettingClass,
        Self::SpecifiedSetting,
        Self::License,
        Self::Contract,
        Self::QrtpDesignation,
        Self::AssessmentDone,
        Self::AssessorIndependent,
        Self::AssessmentContent,
        Self::TeamRecord,
        Self::CourtDecided,
        Self::ExitAfterNegative,
        Self::ReviewEvidence,
        Self::LongStay,
        Self::LongStayUnder13,
        Self::Aftercare,
        Self::AgeGate,
        Self::ClinicalBasis,
        Self::Certification,
        Self::OutOfState,
        Self::TeamMet,
        Self::CasePlan,
        Self::RelativePreference,
        Self::AssessmentEverywhere,
        Self::Reassessment,
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
            Self::AssessmentContent => "RC-08",
            Self::TeamRecord => "RC-09",
            Self::CourtDecided => "RC-10",
            Self::ExitAfterNegative => "RC-11",
            Self::ReviewEvidence => "RC-12",
            Self::LongStay => "RC-13",
            Self::LongStayUnder13 => "RC-14",
            Self::Aftercare => "RC-15",
            Self::AgeGate => "RC-16",
            Self::ClinicalBasis => "RC-17",
            Self::Certification => "RC-18",
            Self::OutOfState => "RC-19",
            Self::TeamMet => "RC-20",
            Self::CasePlan => "RC-21",
            Self::RelativePreference => "RC-22",
            Self::AssessmentEverywhere => "SB-01",
            Self::Reassessment => "SB-02",
        }
    }

    /// The rules of a question, in the order of the checklist.
    pub(crate) fn of(question: &Question) -> Vec<Self> {
        let asked = question.words("rules");
        Self::ALL.into_iter().filter(|rule| asked.contains(&rule.name())).collect()
    }

    /// How the rule comes out for a residential placement.
    pub(crate) fn judge(self, stay: &Stay<'_>) -> State {
        match self {
            // RC-01: the class of the setting is recorded, which the vocabulary requires.
            Self::SettingClass => State::Met,
            Self::SpecifiedSetting => setting::specified_setting(stay),
            Self::License => setting::license(stay),
            Self::Contract => setting::contract(stay),
            Self::QrtpDesignation => setting::qrtp_designation(stay),
            Self::AssessmentDone => qrtp::assessment_done(stay),
            Self::AssessorIndependent => qrtp::assessor_independent(stay),
            Self::AssessmentContent => qrtp::assessment_content(stay),
            Self::TeamRecord => qrtp::team_record(stay),
            Self::CourtDecided => qrtp::court_decided(stay),
            Self::ExitAfterNegative => qrtp::exit_after_negative(stay),
            Self::ReviewEvidence => qrtp::review_evidence(stay),
            Self::LongStay => long_stay::thirteen_and_older(stay),
            Self::LongStayUnder13 => long_stay::under_thirteen(stay),
            Self::Aftercare => qrtp::aftercare(stay),
            // RC-16 is of supervised independent living alone, which is not residential.
            Self::AgeGate => State::NotApplicable,
            Self::ClinicalBasis => state_law::clinical_basis(stay),
            Self::Certification => state_law::certification(stay),
            Self::OutOfState => state_law::out_of_state(stay),
            Self::TeamMet => state_law::team_met(stay),
            Self::CasePlan => state_law::case_plan(stay),
            Self::RelativePreference => state_law::relative_preference(stay),
            Self::AssessmentEverywhere => state_law::assessment_everywhere(stay),
            Self::Reassessment => state_law::reassessment(stay),
        }
    }
}
