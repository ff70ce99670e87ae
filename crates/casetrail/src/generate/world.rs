//! What all households share: the calendar, the counties, who works where, the facilities.

use events::Date;

use super::Options;
use super::arrival::Lateness;
use super::calendar::Calendar;
use super::dice::{Dice, Purpose};
use super::facilities::Facilities;
use super::fact::{ProviderNo, StaffNo};
use super::providers::{self, CountyRow, DIVISION, PROVIDERS, REGIONS};
use super::registry::{Registry, Source};
use super::spool::{Item, Spool, What};
use super::staff::{Desk, Office};
use super::{arrival, policy};

/// Children in care to a case manager.
const CASELOAD: u32 = 15;
/// Every unit has a supervisor, so that small ones have few case managers to each.
const DESKS_MIN: u32 = 3;
/// Mean days in care, to size the staff.
const CARE_DAYS_MEAN: u32 = 530;
/// Of a hundred children, how many the Division's own staff have.
const DIVISION_PERCENT: u32 = 62;

/// A provider's case managers in a region.
#[derive(Debug)]
pub(super) struct Unit {
    /// The provider answerable for the case.
    pub(super) provider: ProviderNo,
    /// The subcontractor who does the work.
    pub(super) subcontractor: Option<ProviderNo>,
    region: u8,
    pub(super) desks: Vec<Desk>,
}

impl Unit {
    /// Who sits at a desk on a day, or did last; nobody before the first.
    pub(super) fn worker(&self, desk: usize, on: Date) -> Option<StaffNo> {
        self.desks[desk].iter().rfind(|tenure| tenure.from <= on).map(|tenure| tenure.person)
    }
}

/// What all households share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) options: Options,
    pub(super) calendar: Calendar,
    pub(super) lateness: Lateness,
    /// By weight.
    pub(super) counties: Vec<(u32, CountyRow)>,
    units: Vec<Unit>,
    pub(super) facilities: Facilities,
    /// How many licensed foster homes there are.
    pub(super) foster_homes: u32,
}

impl World {
    /// Draws the world of a state and tells of its registers.
    pub(super) fn new(options: Options, calendar: Calendar, spool: &mut Spool) -> Self {
        let lateness = Lateness::of(options.late_percent);
        let seed = options.seed;
        let half_way = half_way(&calendar);
        let arrivals = Dice::new(seed, Purpose::Policy, 1);
        let mut registry = Registry::new(&calendar, spool, arrivals, lateness);
        let mut dice = Dice::new(seed, Purpose::Policy, 0);
        providers::tell(&mut registry, &mut dice, half_way);
        policy::tell(&mut registry, &mut dice, half_way);
        let facilities = Facilities::tell(&mut registry, seed, options.children);
        let dice = Dice::new(seed, Purpose::Staff, 0);
        let mut office = Office { registry: &mut registry, dice, people: 0 };
        let units = units(&options, &mut office);
        complete_sources(&calendar, spool, seed);
        let counties = providers::counties();
        let foster_homes = options.children / 3 + 50;
        Self { options, calendar, lateness, counties, units, facilities, foster_homes }
    }

    pub(super) fn unit(&self, unit: usize) -> &Unit {
        &self.units[unit]
    }

    /// The region of a county on a day.
    pub(super) fn region(&self, row: &CountyRow, on: Date) -> u8 {
        providers::region(row, on, half_way(&self.calendar))
    }

    /// The Division's unit in a region, and a desk there.
    pub(super) fn division_desk(&self, dice: &mut Dice, region: u8) -> (usize, usize) {
        self.desk(dice, |unit| unit.region == region && unit.provider == DIVISION)
    }

    /// A contractor's unit in a region, and a desk there.
    pub(super) fn contractor_desk(&self, dice: &mut Dice, region: u8) -> (usize, usize) {
        self.desk(dice, |unit| unit.region == region && unit.provider != DIVISION)
    }

    fn desk(&self, dice: &mut Dice, wanted: impl Fn(&Unit) -> bool) -> (usize, usize) {
        let numbered = self.units.iter().enumerate();
        let units: Vec<usize> = numbered.filter(|(_, u)| wanted(u)).map(|(n, _)| n).collect();
        let unit = dice.pick(&units);
        let desks = u32::try_from(self.units[unit].desks.len()).unwrap_or(u32::MAX);
        (unit, dice.below(desks) as usize)
    }
}

/// The day on which a county moves and policy changes.
fn half_way(calendar: &Calendar) -> Date {
    calendar.first.add_days(calendar.first.days_until(calendar.last) / 2)
}

/// A unit of the Division in every region, and one of every contractor in its own.
fn units(options: &Options, office: &mut Office<'_, '_>) -> Vec<Unit> {
    let days = options.years.saturating_mul(365).max(CARE_DAYS_MEAN);
    // In units of children in care at a time; at most 2^32 by the bound on children.
    let in_care = u64::from(options.children) * u64::from(CARE_DAYS_MEAN) / u64::from(days);
    let in_care = u32::try_from(in_care).unwrap_or(u32::MAX);
    let weights = providers::counties();
    let total: u32 = weights.iter().map(|(weight, _)| weight).sum();
    let mut units = Vec::new();
    for region in 0..REGIONS {
        let here = weights.iter().filter(|(_, row)| row.region == region);
        let share = here.map(|(weight, _)| weight).sum::<u32>();
        let children = in_care / total * share + in_care % total * share / total;
        let desks = |percent: u32| (children * percent / 100 / CASELOAD).max(DESKS_MIN);
        let provider = DIVISION;
        let managers = office.unit(provider, desks(DIVISION_PERCENT));
        units.push(Unit { provider, subcontractor: None, region, desks: managers });
        let contractors = (0..).zip(PROVIDERS).filter(|(_, row)| row.region == Some(region));
        let contractors: Vec<_> = contractors.collect();
        let count = u32::try_from(contractors.len()).unwrap_or(u32::MAX);
        for (number, row) in contractors {
            let employer = ProviderNo(number);
            let managers = office.unit(employer, desks((100 - DIVISION_PERCENT) / count));
            let subcontractor = row.parent.map(|_| employer);
            let provider = row.parent.unwrap_or(employer);
            units.push(Unit { provider, subcontractor, region, desks: managers });
        }
    }
    units
}

/// In the first days of a month each source says that it has sent the month before.
fn complete_sources(calendar: &Calendar, spool: &mut Spool, seed: u64) {
    let mut dice = Dice::new(seed, Purpose::Policy, 2);
    let (year, month, _) = calendar.first.ymd();
    let Some(mut month_start) = Date::from_ymd(year, month, 1) else { return };
    loop {
        month_start = month_start.add_months(1);
        for source in Source::ALL {
            let day = calendar.working_day(month_start.add_days(dice.between(2, 6)));
            if day > calendar.last {
                return;
            }
            let what = What::Completed(source, month_start.add_days(-1));
            spool.put(day, Item { at: arrival::moment(&mut dice, day), what });
        }
    }
}
