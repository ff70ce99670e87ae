//! What each rule compared, in words, and what it lacks where it does not hold: for explanations.
//! How a rule comes out is for its own function alone; nothing is judged here.

use events::v1::child::{CourtOutcome, Finding};
use events::v1::facility::Credential;
use events::{Date, EventType};
use timeline::{Pos, Proof};

use super::long_stay::{breach_from_thirteen, breach_under_thirteen};
use super::qrtp::{ASSESSMENT_DAYS, COURT_DAYS, TRANSITION_DAYS, hearings};
use super::setting::UNSPECIFIED_DAYS;
use super::state_law::{RECORD_DAYS, court_order, meeting_deadline};
use super::{Rule, Stay};
use crate::Lack;

/// What was compared, and what is lacking unless the rule holds.
pub(crate) type Compared = (String, Option<Lack>);

/// An event as evidence: its day and position.
type Dated = (Date, Pos);

/// What a rule compared for a placement.
pub(crate) fn compared(rule: Rule, stay: &Stay<'_>) -> Compared {
    match rule {
        Rule::SettingClass | Rule::AgeGate => (stay.placement.setting.code().to_owned(), None),
        Rule::SpecifiedSetting => left_by(stay, stay.day(UNSPECIFIED_DAYS), "breach day"),
        Rule::License => credentials(stay, &[Credential::License]),
        Rule::Contract => credentials(stay, &[Credential::Contract, Credential::DmhCertification]),
        Rule::QrtpDesignation => designation(stay),
        Rule::AssessmentDone
        | Rule::AssessorIndependent
        | Rule::AssessmentContent
        | Rule::AssessmentEverywhere => assessed(rule, stay),
        Rule::TeamRecord => {
            proven(stay, stay.day(ASSESSMENT_DAYS), EventType::TeamDocumented, |proof| {
                matches!(proof, Proof::Team(_))
            })
        }
        Rule::CourtDecided => decided(stay),
        Rule::ExitAfterNegative => match stay.first_negative() {
            Some(negative) => {
                let (words, lack) = left_by(stay, negative.add_days(TRANSITION_DAYS), "deadline");
                (format!("negative finding {negative}; {words}"), lack)
            }
            None => ("no negative finding".to_owned(), None),
        },
        Rule::ReviewEvidence => at_hearings(stay, EventType::EvidenceSubmitted, "evidence"),
        Rule::Reassessment => at_hearings(stay, EventType::AssessmentCompleted, "reassessment"),
        Rule::LongStay => long_stay(stay, breach_from_thirteen(stay)),
        Rule::LongStayUnder13 => long_stay(stay, breach_under_thirteen(stay)),
        Rule::Aftercare => match stay.placement.end {
            Some(end) => proven(stay, end, EventType::AftercarePlanned, |proof| {
                matches!(proof, Proof::AftercarePlanned { .. })
            }),
            None => ("not ended".to_owned(), None),
        },
        Rule::ClinicalBasis | Rule::Certification => before_order(rule, stay),
        Rule::OutOfState => {
            let location = stay.placement.location.map_or("not recorded", |l| l.code());
            let approved = |proof| proof == Proof::OutOfStateApproved;
            let kind = EventType::OutOfStateApproved;
            let (words, lack) = proven(stay, stay.placement.start, kind, approved);
            (format!("location {location}; approval {words}"), lack)
        }
        Rule::TeamMet => {
            let met = |proof| proof == Proof::TeamMet;
            proven(stay, meeting_deadline(stay), EventType::MeetingHeld, met)
        }
        Rule::CasePlan => {
            let revised = |proof| matches!(proof, Proof::PlanRevised(_));
            proven(stay, stay.day(RECORD_DAYS), EventType::CasePlanRevised, revised)
        }
        Rule::RelativePreference => relatives(stay),
    }
}

/// Evidence by a deadline, in words; what came too late, or what did not come.
fn by(deadline: Date, events: impl IntoIterator<Item = Dated>, missing: EventType) -> Compared {
    let (in_time, late): (Vec<Dated>, Vec<Dated>) =
        events.into_iter().partition(|(day, _)| *day <= deadline);
    let listed = |events: &[Dated]| {
        let days: Vec<_> = events.iter().map(|(day, _)| day.to_string()).collect();
        if days.is_empty() { "none".to_owned() } else { days.join(", ") }
    };
    let behind = if late.is_empty() { String::new() } else { format!(", late {}", listed(&late)) };
    let words = format!("deadline {deadline}: {}{behind}", listed(&in_time));
    // What came in time and yet does not do says too little.
    let lack = match (in_time.last(), late.first()) {
        (_, Some((_, event))) => Lack::Late(*event),
        (Some((_, event)), None) => Lack::Contrary(*event),
        (None, None) => Lack::Missing(missing),
    };
    (words, Some(lack))
}

fn proven(
    stay: &Stay<'_>,
    deadline: Date,
    missing: EventType,
    is: impl Fn(Proof) -> bool,
) -> Compared {
    let proofs = stay.proofs().filter(|proven| is(proven.proof));
    by(deadline, proofs.map(|proven| (proven.day, proven.event)), missing)
}

/// A stay that is to end by a day.
fn left_by(stay: &Stay<'_>, day: Date, name: &str) -> Compared {
    let ended = stay.placement.end.map_or_else(|| "not ended".into(), |end| format!("ended {end}"));
    let lack = Lack::late_or(stay.placement.end_event, EventType::PlacementEnded);
    (format!("{name} {day}; {ended}"), Some(lack))
}

fn credentials(stay: &Stay<'_>, any_of: &[Credential]) -> Compared {
    let names: Vec<_> = any_of.iter().map(|credential| credential.code()).collect();
    let names = names.join(" or ");
    let missing = Some(Lack::Missing(EventType::CredentialChanged));
    let Some(known) = stay.credentials else { return (format!("{names}: nothing known"), missing) };
    let (first, last) = (stay.placement.start, stay.last_day());
    let events = any_of.iter().flat_map(|credential| known.events(*credential));
    match (events.last(), known.first_lapse(any_of, first, last)) {
        (None, _) => (format!("{names}: nothing known"), missing),
        (Some(event), Some(lapse)) => {
            let words = format!("{names} from {first} to {last}: not active on {lapse}");
            (words, Some(Lack::Contrary(event)))
        }
        (Some(_), None) => (format!("{names}: active from {first} to {last}"), None),
    }
}

fn designation(stay: &Stay<'_>) -> Compared {
    let both = [Credential::QrtpDesignation, Credential::Accreditation];
    let [(designated, lack), (accredited, other)] = both.map(|one| credentials(stay, &[one]));
    // A lapse weighs more than what is unknown.
    let lapsed = |lack: &Option<Lack>| matches!(lack, Some(Lack::Contrary(_)));
    let lack = if lapsed(&other) && !lapsed(&lack) { other } else { lack.or(other) };
    (format!("{designated}; {accredited}"), lack)
}

fn assessed(rule: Rule, stay: &Stay<'_>) -> Compared {
    let deadline = stay.day(ASSESSMENT_DAYS);
    let days = stay.assessments().map(|a| (a.day, a.event));
    let (words, lack) = by(deadline, days, EventType::AssessmentCompleted);
    if matches!(rule, Rule::AssessmentDone | Rule::AssessmentEverywhere) {
        return (words, lack);
    }
    let by_deadline = stay.assessments().filter(|a| a.day <= deadline).last();
    let Some(judged) = by_deadline.or_else(|| stay.assessments().next()) else {
        return (words, lack);
    };
    let said = if rule == Rule::AssessorIndependent {
        let employer = judged.employer.map_or("not recorded", |employer| employer.code());
        format!("assessor of {employer}, waiver {}", if judged.waiver { "named" } else { "none" })
    } else {
        let listed = match judged.goals_listed {
            Some(true) => "listed",
            Some(false) => "not listed",
            None => "not recorded",
        };
        format!("goals {listed}, reasons {:?}", judged.reasons).to_lowercase()
    };
    (format!("assessed {}: {said}", judged.day), Some(Lack::Contrary(judged.event)))
}

fn decided(stay: &Stay<'_>) -> Compared {
    let deadline = stay.day(COURT_DAYS);
    let days = stay.decisions().map(|d| (d.day, d.event));
    let (words, lack) = by(deadline, days, EventType::CourtPlacementDecided);
    match stay.decisions().filter(|d| d.day <= deadline).last() {
        Some(decision) if decision.outcome == CourtOutcome::Disapproved => {
            (format!("{words}, disapproved"), Some(Lack::Contrary(decision.event)))
        }
        _ => (words, lack),
    }
}

fn at_hearings(stay: &Stay<'_>, missing: EventType, what: &str) -> Compared {
    let days: Vec<_> = hearings(stay).map(|hearing| hearing.day.to_string()).collect();
    if days.is_empty() {
        return ("no review or permanency hearing in the stay".to_owned(), None);
    }
    (format!("{what} at hearings of {}", days.join(", ")), Some(Lack::Missing(missing)))
}

fn long_stay(stay: &Stay<'_>, breach: Date) -> Compared {
    let approved = |proof| proof == Proof::LongStayApproved;
    let (words, lack) = proven(stay, breach, EventType::LongStayApproved, approved);
    match stay.person.birth {
        Some(birth) => (format!("born {}; breach day as {words}", birth.birth), lack),
        None => {
            let lack = Some(Lack::Missing(EventType::ChildRegistered));
            (format!("no date of birth; breach day as {words}"), lack)
        }
    }
}

fn before_order(rule: Rule, stay: &Stay<'_>) -> Compared {
    let Some(order) = court_order(stay) else {
        return ("no court order of the placement".to_owned(), None);
    };
    let (words, lack) = if rule == Rule::ClinicalBasis {
        let evaluations = stay.person.evaluations.iter().copied();
        by(order.day, evaluations, EventType::EvaluationCompleted)
    } else {
        let certified = |proof| proof == Proof::Certified;
        proven(stay, order.day, EventType::CertificationRecorded, certified)
    };
    (format!("ordered {}; {words}", order.day), lack)
}

fn relatives(stay: &Stay<'_>) -> Compared {
    let contrary = stay.person.findings.iter();
    let contrary = contrary.filter(|(_, finding, _)| *finding == Finding::RelativeContrary);
    let contrary = contrary.map(|(day, _, event)| (*day, *event));
    let searched = stay.proofs().filter(|proven| proven.proof == Proof::RelativesSearched);
    let searched = searched.map(|proven| (proven.day, proven.event));
    let mut all: Vec<Dated> = contrary.chain(searched).collect();
    all.retain(|(day, _)| *day >= stay.episode.removal);
    all.sort_unstable();
    by(stay.day(RECORD_DAYS), all, EventType::RelativeSearchRecorded)
}
