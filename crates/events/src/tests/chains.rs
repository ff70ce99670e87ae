//! Chains of corrections, against a model that looks at every amendment anew.

use proptest::prelude::*;

use crate::{Chains, Effect, NotStanding, Position};

/// What an event of the model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Original,
    Corrects(Position),
    Retracts(Position),
}

/// Every event of a stream; position n stands at index n - 1. No state but the history.
#[derive(Debug, Default)]
struct Model(Vec<Kind>);

impl Model {
    fn kind(&self, position: Position) -> Kind {
        self.0[usize::try_from(position.0).expect("small") - 1]
    }

    fn positions(&self) -> impl Iterator<Item = Position> + '_ {
        (1..=self.0.len() as u64).map(Position)
    }

    fn retracted(&self, position: Position) -> bool {
        self.0.contains(&Kind::Retracts(position))
    }

    /// Not retracted, and no correction of it stands above it, retracted ones apart.
    fn stands(&self, position: Position) -> bool {
        let corrected = self
            .positions()
            .any(|p| self.kind(p) == Kind::Corrects(position) && !self.retracted(p));
        !self.retracted(position) && !corrected
    }

    fn original_of(&self, position: Position) -> Position {
        match self.kind(position) {
            Kind::Corrects(named) => self.original_of(named),
            Kind::Original | Kind::Retracts(_) => position,
        }
    }

    fn standing(&self, position: Position) -> Option<Position> {
        let original = self.original_of(position);
        let mut standing =
            self.positions().filter(|p| self.original_of(*p) == original && self.stands(*p));
        let first = standing.next();
        assert_eq!(standing.next(), None, "one event stands for a chain");
        first
    }

    /// Takes an amendment of what stands, or says what stands instead.
    fn amend(&mut self, named: Position, kind: Kind) -> Result<Effect, NotStanding> {
        if !self.stands(named) {
            return Err(NotStanding { instead: self.standing(named) });
        }
        let original = self.original_of(named);
        self.0.push(kind);
        Ok(Effect { original, ended: named, stands: self.standing(named) })
    }
}

/// An operation on the stream: an original, or an amendment of one of the events so far.
#[derive(Debug, Clone, Copy)]
enum Op {
    Original,
    Correct(usize),
    Retract(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => Just(Op::Original),
        3 => any::<usize>().prop_map(Op::Correct),
        3 => any::<usize>().prop_map(Op::Retract),
    ]
}

proptest! {
    #[test]
    fn chains_agree_with_the_model(ops in prop::collection::vec(op(), 1..40)) {
        let (mut model, mut chains) = (Model(vec![Kind::Original]), Chains::default());
        for op in ops {
            let next = Position(model.0.len() as u64 + 1);
            // Mostly among the last few events, so that chains grow.
            let name = |n: usize| Position(next.0 - 1 - (n as u64 % (next.0 - 1).min(4)));
            let retraction = |p| matches!(model.kind(p), Kind::Retracts(_));
            match op {
                Op::Original => model.0.push(Kind::Original),
                // The log refuses to amend a retraction before it asks the chains.
                Op::Correct(n) | Op::Retract(n) if retraction(name(n)) => {}
                Op::Correct(n) => prop_assert_eq!(
                    chains.correct(name(n), next),
                    model.amend(name(n), Kind::Corrects(name(n)))
                ),
                Op::Retract(n) => prop_assert_eq!(
                    chains.retract(name(n)),
                    model.amend(name(n), Kind::Retracts(name(n)))
                ),
            }
            for position in model.positions() {
                if matches!(model.kind(position), Kind::Retracts(_)) {
                    continue;
                }
                prop_assert_eq!(chains.standing(position), model.standing(position));
                prop_assert_eq!(chains.original_of(position), model.original_of(position));
            }
        }
    }
}

#[test]
fn a_retracted_correction_brings_back_what_it_replaced() {
    let [original, first, second] = [1, 2, 3].map(Position);
    let mut chains = Chains::default();
    assert_eq!(chains.standing(original), Some(original));
    let effect = chains.correct(original, first).expect("it stands");
    assert_eq!(effect, Effect { original, ended: original, stands: Some(first) });
    chains.correct(first, second).expect("it stands");
    assert_eq!(chains.correct(original, Position(4)), Err(NotStanding { instead: Some(second) }));
    let effect = chains.retract(second).expect("it stands");
    assert_eq!(effect, Effect { original, ended: second, stands: Some(first) });
    chains.retract(first).expect("it stands");
    assert_eq!(chains.standing(second), Some(original));
    let effect = chains.retract(original).expect("it stands");
    assert_eq!(effect.stands, None);
    let none = chains.retract(original).expect_err("nothing stands");
    assert_eq!(none.to_string(), "the event no longer stands");
    assert_eq!(chains.correct(first, Position(9)), Err(NotStanding { instead: None }));
}
