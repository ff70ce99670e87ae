//! Who has a family's case when: transfers between providers, returns, changes of worker.

use events::Date;
use events::v1::case::ReturnReason;

use super::dice::{Dice, WIDE};
use super::fact::{Assignment, StaffNo};
use super::providers::{CountyRow, DIVISION};
use super::world::World;

/// The case is at one desk from a day on.
#[derive(Debug, Clone, Copy)]
struct Turn {
    from: Date,
    unit: usize,
    desk: usize,
    /// Why a contractor gave the case back to the Division on that day, if so.
    returned: Option<ReturnReason>,
}

/// A contractor gave a case back to the Division.
#[derive(Debug, Clone, Copy)]
pub(super) struct Return {
    pub(super) on: Date,
    pub(super) by: Assignment,
    pub(super) reason: ReturnReason,
}

/// The course of a case from desk to desk, without an end.
#[derive(Debug)]
pub(super) struct Handling<'a> {
    world: &'a World,
    row: CountyRow,
    turns: Vec<Turn>,
}

impl<'a> Handling<'a> {
    /// Draws the course of a case that begins on a day, in a county.
    ///
    /// The Division takes every case first; many go to a contractor within weeks, and some move
    /// again later, the odd one back under the contract's terms.
    pub(super) fn draw(world: &'a World, dice: &mut Dice, row: CountyRow, from: Date) -> Self {
        let mut handling = Self { world, row, turns: Vec::new() };
        let desk = world.division_desk(dice, row.region);
        handling.turn(from, desk, None);
        let mut on = from;
        if dice.percent(42) {
            on = on.add_days(dice.between(3, 40));
            handling.turn(on, world.contractor_desk(dice, world.region(&row, on)), None);
        }
        while dice.percent(22) {
            on = on.add_days(dice.along(&WIDE, 400));
            handling.moves(dice, on);
        }
        handling
    }

    fn moves(&mut self, dice: &mut Dice, on: Date) {
        let region = self.world.region(&self.row, on);
        let with_contractor =
            self.turns.last().is_some_and(|turn| self.world.unit(turn.unit).provider != DIVISION);
        if !with_contractor || dice.percent(35) {
            self.turn(on, self.world.contractor_desk(dice, region), None);
            return;
        }
        let reasons: &[(u32, Option<ReturnReason>)] = &[
            (55, None),
            (20, Some(ReturnReason::CatastrophicCost)),
            (13, Some(ReturnReason::CourtOrder)),
            (12, Some(ReturnReason::Other)),
        ];
        let reason = dice.weighted(reasons);
        self.turn(on, self.world.division_desk(dice, region), reason);
    }

    fn turn(&mut self, from: Date, (unit, desk): (usize, usize), returned: Option<ReturnReason>) {
        self.turns.push(Turn { from, unit, desk, returned });
    }

    fn at(&self, on: Date) -> Turn {
        let turn = self.turns.iter().rfind(|turn| turn.from <= on);
        *turn.unwrap_or(&self.turns[0])
    }

    /// The case manager on a day.
    pub(super) fn worker(&self, on: Date) -> Option<StaffNo> {
        let turn = self.at(on);
        self.world.unit(turn.unit).worker(turn.desk, on)
    }

    fn assignment(&self, turn: Turn, on: Date) -> Assignment {
        let unit = self.world.unit(turn.unit);
        Assignment {
            provider: unit.provider,
            subcontractor: unit.subcontractor,
            worker: unit.worker(turn.desk, on),
            county: self.row.county,
        }
    }

    /// The assignment on `from`, and every new one before `until`, by date.
    pub(super) fn assignments(&self, from: Date, until: Date) -> Vec<(Date, Assignment)> {
        let within = |day: &Date| *day > from && *day < until;
        let mut days = vec![from];
        days.extend(self.turns.iter().map(|turn| turn.from).filter(within));
        for (n, turn) in self.turns.iter().enumerate() {
            let end = self.turns.get(n + 1).map_or(until, |next| next.from);
            let desk = &self.world.unit(turn.unit).desks[turn.desk];
            let new_workers = desk.iter().map(|tenure| tenure.from);
            let of_turn = new_workers.filter(|day| *day > turn.from && *day < end);
            days.extend(of_turn.filter(within));
        }
        days.sort_unstable();
        days.dedup();
        days.into_iter().map(|day| (day, self.assignment(self.at(day), day))).collect()
    }

    /// Every return to the Division for a reason of the contract.
    pub(super) fn returns(&self) -> impl Iterator<Item = Return> {
        self.turns.windows(2).filter_map(|pair| {
            let reason = pair[1].returned?;
            let on = pair[1].from;
            Some(Return { on, by: self.assignment(pair[0], on), reason })
        })
    }
}
