//! What is appended in one transaction: what callers handed over, and what is decided about it.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use eventlog::{
    AdmittedOne, Answer, AppendError, Batch, Entropy, Outcome, OutcomeOfOne, Prepared, Submission,
    admit, admit_one, admit_together, erasures,
};
use events::{Content, EventKey, EventType, Logged, Subject, Timestamp};

use crate::ledger::{GroupLedger, Onto, Pending};
use crate::transaction::WriteError;

/// Events beyond which nothing more is taken into a group.
const EVENTS_MAX: usize = 10_000;
/// Lines of an export that are decided about before they are written.
const PART: usize = 500;

/// What callers handed over, to be decided about together.
pub(crate) struct Group(pub(crate) Vec<Submission>);

/// What is read ahead for a group.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) subjects: Vec<Subject>,
    /// Of events that are there, if the group is right.
    pub(crate) keys: Vec<EventKey>,
    /// Of events that are new, unless they come again.
    pub(crate) new: Vec<EventKey>,
    pub(crate) amended: Vec<EventKey>,
}

impl Wanted {
    fn push(&mut self, content: &Content) {
        self.subjects.push(content.subject.clone());
        self.new.push(content.key.clone());
        if let Some(amended) = content.amends().ok().flatten() {
            self.keys.push(amended.clone());
            self.amended.push(amended);
        }
    }
}

/// What was decided about a submission.
pub(crate) enum Decided {
    Batch(Outcome),
    Each(Vec<OutcomeOfOne>),
}

impl Decided {
    /// Whether it says of any event that it is in the log.
    pub(crate) fn has_receipts(&self) -> bool {
        match self {
            Self::Batch(outcome) => outcome.is_ok(),
            Self::Each(outcomes) => outcomes.iter().any(Result::is_ok),
        }
    }

    /// Whether it refuses anything.
    pub(crate) fn has_errors(&self) -> bool {
        match self {
            Self::Batch(outcome) => outcome.is_err(),
            Self::Each(outcomes) => outcomes.iter().any(Result::is_err),
        }
    }
}

impl Group {
    /// The first submission and those that wait behind it. Batches that may erase stand alone.
    pub(crate) fn gather(
        first: Submission,
        submissions: &Receiver<Submission>,
        kept: &mut Option<Submission>,
    ) -> Self {
        let mut count = events_of(&first).len();
        let mut group = vec![first];
        let alone = |submission: &Submission| matches!(submission, Submission::Batch(..));
        while count < EVENTS_MAX && !alone(&group[0]) {
            let Ok(next) = submissions.try_recv() else { break };
            if alone(&next) {
                *kept = Some(next);
                break;
            }
            count += events_of(&next).len();
            group.push(next);
        }
        Self(group)
    }

    /// What is to be read ahead.
    pub(crate) fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for submission in &self.0 {
            for event in events_of(submission) {
                wanted.push(event.content());
            }
            match submission {
                Submission::Batch(Batch::Exact(lines), _) => {
                    lines.iter().filter_map(Logged::event).for_each(|e| wanted.push(&e.content));
                }
                Submission::Batch(Batch::Own { content, .. }, _) => wanted.push(content),
                Submission::Batch(Batch::Erase { subject, .. }, _) => {
                    // And the stream that says so.
                    wanted.subjects.extend([subject.clone(), erasures().clone()]);
                }
                _ => {}
            }
        }
        wanted
    }

    /// The lines of an export, if that is all it is, and many, and nothing is erased by them: these
    /// may be written before all of them are decided about.
    pub(crate) fn lines(&self) -> Option<&[Logged]> {
        let [Submission::Batch(Batch::Exact(lines), _)] = &self.0[..] else { return None };
        let erases = |line: &Logged| line.kind() == EventType::SubjectErased;
        (lines.len() > PART && !lines.iter().any(erases)).then_some(lines)
    }

    /// Answers with what was decided, which has come true.
    pub(crate) fn answer(self, decided: Vec<Decided>) {
        for (submission, decided) in self.0.into_iter().zip(decided) {
            match (submission, decided) {
                (
                    Submission::Batch(_, sender) | Submission::Together(_, _, sender),
                    Decided::Batch(outcome),
                ) => Answer::Batch(sender, outcome).tell(),
                (Submission::Each(_, _, sender), Decided::Each(outcomes)) => {
                    Answer::Each(sender, outcomes).tell();
                }
                (submission, _) => submission.refuse(&AppendError::OutcomeUnknown(
                    "what was decided is not what was asked".to_owned(),
                )),
            }
        }
    }

    /// Answers with an error.
    pub(crate) fn refuse(self, error: &AppendError) {
        self.0.into_iter().for_each(|submission| submission.refuse(error));
    }
}

fn events_of(submission: &Submission) -> &[Prepared] {
    match submission {
        Submission::Together(events, ..) | Submission::Each(events, ..) => events,
        Submission::Batch(..) => &[],
    }
}

/// Decides about a submission and adds what it brings to what is pending.
pub(crate) fn decide(
    submission: &Submission,
    pending: &mut Pending,
    onto: Onto<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decided {
    let mut one = |event: &Prepared, recorded_by: &Arc<str>, pending: &mut Pending| {
        let admitted = admit_one(
            &GroupLedger { onto, pending },
            event.clone(),
            recorded_by,
            now,
            &mut *entropy,
        );
        let AdmittedOne { added, receipt } = admitted?;
        added.into_iter().for_each(|added| pending.push(added));
        Ok(receipt)
    };
    let admitted = match submission {
        Submission::Each(events, recorded_by, _) => {
            return Decided::Each(events.iter().map(|e| one(e, recorded_by, pending)).collect());
        }
        Submission::Together(events, recorded_by, _) if events.len() == 1 => {
            return Decided::Batch(events.iter().map(|e| one(e, recorded_by, pending)).collect());
        }
        Submission::Together(events, recorded_by, _) => admit_together(
            &GroupLedger { onto, pending },
            events.clone(),
            recorded_by,
            now,
            entropy,
        ),
        Submission::Batch(batch, _) => {
            admit(&GroupLedger { onto, pending }, batch.clone(), now, entropy)
        }
    };
    if let (Submission::Batch(Batch::Own { content, .. }, _), Ok(admitted)) =
        (submission, &admitted)
    {
        pending.rotates = content.kind == EventType::KeyRotated && !admitted.added.is_empty();
    }
    Decided::Batch(admitted.map(|admitted| pending.take(admitted)))
}

/// Decides about lines of an export as [`decide`] does, and hands over what is pending after each
/// part of them.
pub(crate) fn decide_lines(
    lines: &[Logged],
    pending: &mut Pending,
    onto: Onto<'_>,
    (now, entropy): (Timestamp, &mut dyn Entropy),
    mut write: impl FnMut(&Pending) -> Result<(), WriteError>,
) -> Result<Decided, WriteError> {
    let mut receipts = Vec::with_capacity(lines.len());
    for part in lines.chunks(PART) {
        let ledger = GroupLedger { onto, pending };
        match admit(&ledger, Batch::Exact(part.to_vec()), now, entropy) {
            Ok(admitted) => receipts.extend(pending.take(admitted)),
            Err(error) => return Ok(Decided::Batch(Err(error))),
        }
        write(pending)?;
    }
    Ok(Decided::Batch(Ok(receipts)))
}
