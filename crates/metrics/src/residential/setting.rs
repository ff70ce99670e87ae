//! RC-02 to RC-05 and RC-16: what setting it is, and whether it may be one.

use events::v1::child::Setting;
use events::v1::facility::Credential;
use timeline::{Person, Placement};

use super::{State, Stay};

/// Days of a stay in an unspecified setting that are claimable: the third week is not.
pub(super) const UNSPECIFIED_DAYS: i32 = 14;
/// Age from which supervised independent living is a specified setting (42 USC 672(k)(2)(C)).
const ADULT: i32 = 18;

/// Institutions that are none of the specified settings (42 USC 672(k)(2)).
pub(crate) const fn unspecified(setting: Setting) -> bool {
    matches!(
        setting,
        Setting::ResidentialTreatment | Setting::ChildCareInstitution | Setting::Shelter
    )
}

/// RC-02: no more than 14 days in an unspecified setting (672(k)(1)). The breach day is the first
/// at whose end the stay is longer; leaving on it avoids the breach (RR-1, 10).
pub(super) fn specified_setting(stay: &Stay<'_>) -> State {
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

/// RC-03: licensed on every day (Child Welfare Manual 2.3).
pub(super) fn license(stay: &Stay<'_>) -> State {
    stay.credential(&[Credential::License])
}

/// RC-04: contracted, or certified by the Department of Mental Health, on every day.
pub(super) fn contract(stay: &Stay<'_>) -> State {
    stay.credential(&[Credential::Contract, Credential::DmhCertification])
}

/// RC-05: designated and accredited on every day (13 CSR 35-71.150); a violation of either
/// outweighs what is unknown.
pub(super) fn qrtp_designation(stay: &Stay<'_>) -> State {
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

/// RC-16: supervised independent living from the 18th birthday on.
pub(crate) fn age_gate(person: &Person, placement: &Placement) -> State {
    match person.birth {
        None => State::Unknown,
        Some(birth) => State::decided(placement.start >= birth.birth.birthday(ADULT)),
    }
}
