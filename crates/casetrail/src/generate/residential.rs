//! What the law asks to be on record of a placement, a residential one above all.

use events::Date;
use events::v1::child::{
    AssessorEmployer, CourtOutcome, Determination, EvaluationKind, HearingKind, Location, Setting,
};

use super::episode::Child;
use super::fact::{Assessing, Evidence, Fact, Reasons};
use super::hearings::Held;
use super::placements::Stay;
use super::scribe::Scribe;

/// Tells of the evidence on every placement of an episode.
pub(super) fn write(scribe: &mut Scribe<'_>, child: &Child, stays: &[Stay], hearings: &[Held]) {
    for (n, stay) in stays.iter().enumerate() {
        let mut clerk = Clerk { scribe: &mut *scribe, stay };
        clerk.any_setting();
        if is_institution(stay.placing.setting) {
            clerk.institution();
        }
        if stay.placing.setting == Setting::Qrtp {
            let moves_on = stays.get(n + 1).is_some_and(|s| s.placing.setting == Setting::Qrtp);
            clerk.qualified(hearings, child, moves_on);
        }
    }
}

fn is_institution(setting: Setting) -> bool {
    matches!(
        setting,
        Setting::Qrtp
            | Setting::ResidentialTreatment
            | Setting::ChildCareInstitution
            | Setting::PsychiatricHospital
    )
}

/// Files the evidence on one placement.
struct Clerk<'a, 'b> {
    scribe: &'a mut Scribe<'b>,
    stay: &'a Stay,
}

impl Clerk<'_, '_> {
    /// Files a piece of evidence, unless the placement has ended before.
    fn file(&mut self, on: Date, evidence: Evidence) {
        if on <= self.stay.end {
            self.scribe.tell(on, Fact::Evidence(self.stay.placing.placement, evidence));
        }
    }

    fn percent(&mut self, n: u32) -> bool {
        self.scribe.dice.percent(n)
    }

    /// The day some days after the start.
    fn day(&mut self, least: i32, most: i32) -> Date {
        self.stay.start.add_days(self.scribe.dice.between(least, most))
    }

    fn any_setting(&mut self) {
        let placing = self.stay.placing;
        let unlicensed = matches!(
            placing.setting,
            Setting::TrialHomeVisit | Setting::Runaway | Setting::WhereaboutsUnknown
        );
        if placing.location == Some(Location::OutOfState) && self.percent(85) {
            let on = self.day(-18, 0);
            self.file(on, Evidence::OutOfStateApproved);
        }
        if placing.relative != Some(true) && !unlicensed && !self.scribe.thin() && self.percent(60)
        {
            let on = self.day(0, 34);
            self.file(on, Evidence::Searched);
        }
    }

    /// Evaluation before an order, certification with it (RSMo 211.081).
    fn institution(&mut self) {
        let placement = self.stay.placing.placement;
        if self.percent(80) {
            let on = self.day(-18, -2);
            let kinds = [EvaluationKind::Psychological, EvaluationKind::Psychiatric];
            let kind = self.scribe.dice.pick(&kinds);
            self.scribe.tell(on, Fact::Evaluated(kind));
        }
        if self.percent(30) {
            let on = self.day(-2, 5);
            if self.percent(88) {
                let before = on.add_days(-self.scribe.dice.between(0, 5));
                self.file(before, Evidence::Certified);
            }
            self.file(on, Evidence::CourtOrdered);
        }
        let on = self.day(0, 29);
        if self.percent(85) && on <= self.stay.end {
            let complete = self.percent(95);
            self.scribe.tell(on, Fact::PlanRevised { placement: Some(placement), complete });
        }
    }

    /// Assessment by day 30, the court's decision by day 60, evidence at every review
    /// (42 USC 675a(c)); most of it in time, some late or missing.
    fn qualified(&mut self, hearings: &[Held], child: &Child, moves_on: bool) {
        let lag: &[(u32, Option<(i32, i32)>)] =
            &[(88, Some((0, 30))), (3, Some((-10, -1))), (6, Some((31, 50))), (3, None)];
        if let Some((least, most)) = self.scribe.dice.weighted(lag) {
            let on = self.day(least, most);
            let assessing = self.assessing();
            self.file(on, Evidence::Assessed(assessing));
        }
        if self.percent(93) {
            let on = self.day(0, 30);
            let complete = self.percent(94);
            self.file(on, Evidence::Team { complete });
        }
        let lag: &[(u32, Option<(i32, i32)>)] =
            &[(90, Some((15, 60))), (6, Some((61, 100))), (4, None)];
        if let Some((least, most)) = self.scribe.dice.weighted(lag) {
            let on = self.day(least, most);
            let disapproved = self.percent(3);
            let outcome =
                if disapproved { CourtOutcome::Disapproved } else { CourtOutcome::Approved };
            self.file(on, Evidence::CourtDecided(outcome));
        }
        for held in hearings {
            let reviews = matches!(held.kind, HearingKind::Review | HearingKind::Permanency);
            let here = held.on >= self.stay.start && held.on < self.stay.end;
            if reviews && here && self.percent(93) {
                let on = held.on.add_days(-self.scribe.dice.between(0, 7)).max(self.stay.start);
                self.file(on, Evidence::Submitted { hearing: held.hearing });
            }
        }
        self.long_stay(child);
        self.aftercare(moves_on);
    }

    fn assessing(&mut self) -> Assessing {
        let dice = &mut self.scribe.dice;
        let employers: &[(u32, (Option<AssessorEmployer>, bool))] = &[
            (92, (Some(AssessorEmployer::Independent), false)),
            (2, (Some(AssessorEmployer::Agency), true)),
            (2, (Some(AssessorEmployer::Agency), false)),
            (1, (Some(AssessorEmployer::PlacementProvider), false)),
            (3, (None, false)),
        ];
        let (employer, waived) = dice.weighted(employers);
        let determinations: &[(u32, Determination)] = &[
            (94, Determination::Qrtp),
            (4, Determination::FamilySetting),
            (2, Determination::OtherSpecifiedSetting),
        ];
        let reasons: &[(u32, Option<Reasons>)] = &[
            (60, Some(Reasons::Clinical)),
            (36, Some(Reasons::TreatmentAndSafety)),
            (2, Some(Reasons::TreatmentAndShortage)),
            (2, None),
        ];
        let listed: &[(u32, Option<bool>)] = &[(95, Some(true)), (2, Some(false)), (3, None)];
        Assessing {
            employer,
            waived,
            determination: dice.weighted(determinations),
            goals_listed: dice.weighted(listed),
            reasons: dice.weighted(reasons),
        }
    }

    /// The agency's head approves a stay beyond twelve months, or six under 13.
    fn long_stay(&mut self, child: &Child) {
        let months = if child.age(self.stay.start) < 13 { 6 } else { 12 };
        let limit = self.stay.start.add_months(months);
        if limit < self.stay.end && self.percent(85) {
            let late = self.percent(10);
            let days = if late { (1, 40) } else { (-40, 0) };
            let on = limit.add_days(self.scribe.dice.between(days.0, days.1));
            self.file(on, Evidence::LongStayApproved);
        }
    }

    /// At least six months of aftercare (42 USC 672(k)(4)(F)).
    fn aftercare(&mut self, moves_on: bool) {
        if moves_on || !self.percent(86) {
            return;
        }
        let days = self.scribe.dice.between(0, 20).min(self.stay.days());
        let short = self.percent(6);
        let from = self.stay.end;
        let until = from.add_months(if short { 3 } else { 6 });
        self.file(from.add_days(-days), Evidence::Aftercare { from, until });
    }
}
