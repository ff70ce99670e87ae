//! Cases: returns to the Division, and what they cost.

use std::collections::BTreeMap;

use events::Date;
use events::v1::case::ReturnReason;

use crate::{ListId, Moment, Pos, Stream, Sym, What, history, uncut};

/// A return of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Return {
    /// The day.
    pub day: Date,
    /// The provider named, not its prime.
    pub provider: Sym,
    /// Why.
    pub reason: ReturnReason,
    /// The children named.
    pub children: ListId,
    /// The event.
    pub event: Pos,
}

/// A cost as it stands, whatever its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Amount in cents: the last adjustment's, or as recorded.
    pub cents: i64,
    /// The event that says so.
    pub event: Pos,
}

/// The rows of one case at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The `case/…` subject.
    pub subject: Sym,
    /// Returns, in history order.
    pub returns: Vec<Return>,
    /// Costs, one per `cost_id`.
    pub costs: Vec<Cost>,
}

impl Case {
    /// Reads a case stream; costs are not cut at the as-of date.
    #[must_use]
    pub fn read(stream: Stream<'_>, at: &Moment) -> Self {
        let returns = history(stream, at).filter_map(|fact| match fact.what {
            What::Returned { provider, reason, children } => {
                Some(Return { day: fact.day, provider, reason, children, event: fact.event })
            }
            _ => None,
        });
        let mut recorded: BTreeMap<Sym, Cost> = BTreeMap::new();
        let mut adjusted: BTreeMap<Sym, Cost> = BTreeMap::new();
        for fact in uncut(stream, at) {
            match fact.what {
                What::Cost { id, cents } => {
                    recorded.insert(id, Cost { cents: cents.get(), event: fact.event });
                }
                What::CostAdjusted { id, cents } => {
                    adjusted.insert(id, Cost { cents: cents.get(), event: fact.event });
                }
                _ => {}
            }
        }
        // An adjustment of a cost that nobody recorded is ignored.
        let costs = recorded.into_iter().map(|(id, cost)| adjusted.remove(&id).unwrap_or(cost));
        Self { subject: stream.name, returns: returns.collect(), costs: costs.collect() }
    }

    /// Sum of the costs in cents; `None` if none is known.
    #[must_use]
    pub fn cost_cents(&self) -> Option<i64> {
        let sum = |costs: &[Cost]| costs.iter().fold(0, |sum: i64, c| sum.saturating_add(c.cents));
        (!self.costs.is_empty()).then(|| sum(&self.costs))
    }
}
