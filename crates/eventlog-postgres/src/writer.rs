//! The one thread of a server that appends: groups in the order of the calls, a transaction each.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use eventlog::{Addition, AppendError, ReadError, SharedEntropy, Submission};
use events::Logged;
use tokio::runtime::Handle;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::group::{Decided, Group, decide, decide_lines};
use crate::ledger::{Onto, Pending};
use crate::rows;
use crate::shared::Shared;
use crate::transaction::{Numbers, Session, WriteError};
use crate::writing::Writing;

/// Races that may be lost before the head is locked wherever it is.
const RACES: u32 = 4;
/// Groups that are not trusted to be new after one that was not.
const DISTRUST: u32 = 64;
/// How often a group is tried again after the database gave it up (a deadlock, a lost connection).
const TRIES: u32 = 20;
/// How often it is tried to find out what came of a commit when the connection was lost: about half
/// a minute.
const RESOLVE_TRIES: u32 = 40;

/// What the writer owns.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) runtime: Handle,
    pub(crate) entropy: SharedEntropy,
    pub(crate) submissions: Receiver<Submission>,
    pub(crate) session: Option<Session>,
    /// Groups whose events are looked for before they are taken to be new.
    pub(crate) distrust: u32,
}

/// Why a group is tried again, or given up.
enum Trouble {
    /// Another server was first.
    Race,
    /// Nothing was written, and the next try may succeed.
    Again(String),
    /// Nothing was written, and no try will succeed.
    Refused(String),
    /// Whether it was committed is not known; what was decided.
    Unknown(String, Vec<Decided>),
    /// It was committed on the primary alone.
    Alone,
    /// An event that was taken to be new is there.
    NotNew,
}

impl Trouble {
    fn of(error: &Error) -> Self {
        let told = rows::told(error);
        let passing = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::QUERY_CANCELED,
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            // Of a standby that is perhaps being promoted.
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ];
        match error.code() {
            Some(code) if passing.contains(code) => Self::Again(told),
            Some(code) if *code == SqlState::UNIQUE_VIOLATION => Self::NotNew,
            Some(_) => Self::Refused(told),
            None => Self::Again(told),
        }
    }

    /// What it means that something failed before the commit was sent.
    fn before_commit(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => Self::of(&error),
            WriteError::Read(error) => Self::Again(error.to_string()),
            WriteError::Type(error) => Self::Refused(error.to_string()),
        }
    }
}

/// What it means that a group was not committed.
fn trouble(error: WriteError, decided: Vec<Decided>) -> Trouble {
    let WriteError::Database(error) = error else { return Trouble::before_commit(error) };
    // Without the database's word the commit may have come through; and a server that is going down
    // may say so of a commit that it has written.
    let going = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN];
    match error.code() {
        Some(code) if !going.contains(code) => Trouble::of(&error),
        _ => Trouble::Unknown(rows::told(&error), decided),
    }
}

impl Writer {
    /// Appends until nobody can submit any more and the queue is empty.
    pub(crate) fn run(mut self) {
        let mut kept = None;
        while let Some(first) = kept.take().or_else(|| self.submissions.recv().ok()) {
            let group = Group::gather(first, &self.submissions, &mut kept);
            self.append(group);
        }
    }

    fn append(&mut self, group: Group) {
        let (mut races, mut tries, mut trusting) = (0, 0, self.distrust == 0);
        self.distrust = self.distrust.saturating_sub(1);
        loop {
            let mut pending = Pending::default();
            match self.attempt(&group, &mut pending, races >= RACES, trusting) {
                Ok(decided) => return group.answer(decided),
                Err(Trouble::Race) => races += 1,
                Err(Trouble::NotNew) if trusting => {
                    // Where something came again, more of it often follows.
                    (trusting, self.distrust) = (false, DISTRUST);
                    self.shared.known().forget_heads();
                    self.roll_back();
                }
                Err(Trouble::NotNew) => {
                    self.session = None;
                    let why = "PostgreSQL: an event is there twice".to_owned();
                    return group.refuse(&AppendError::Read(ReadError::Storage(why)));
                }
                Err(Trouble::Refused(why)) => {
                    self.session = None;
                    return group.refuse(&AppendError::Read(ReadError::Storage(why)));
                }
                Err(Trouble::Alone) => {
                    self.session = None;
                    let why = "the wait for the standbys was cut short".to_owned();
                    return group.refuse(&AppendError::OutcomeUnknown(why));
                }
                Err(Trouble::Again(why)) => {
                    self.session = None;
                    tries += 1;
                    if tries > TRIES {
                        return group.refuse(&AppendError::Read(ReadError::Storage(why)));
                    }
                    self.pause(tries);
                }
                Err(Trouble::Unknown(why, decided)) => {
                    self.session = None;
                    tracing::warn!(%why, "the connection was lost at a commit");
                    match self.resolve(&pending) {
                        Some(true) => {
                            self.shared.publish();
                            return group.answer(decided);
                        }
                        Some(false) => tries += 1,
                        None => return group.refuse(&AppendError::OutcomeUnknown(why)),
                    }
                }
            }
        }
    }

    /// One transaction.
    fn attempt(
        &mut self,
        group: &Group,
        pending: &mut Pending,
        wherever: bool,
        trusting: bool,
    ) -> Result<Vec<Decided>, Trouble> {
        self.connect().map_err(|e| Trouble::of(&e))?;
        let Some(session) = &self.session else { return Err(Trouble::Race) };
        let (shared, runtime) = (&*self.shared, &self.runtime);
        let read = |error: ReadError| Trouble::Again(error.to_string());
        let locked = runtime.block_on(session.lock(shared, group, wherever, trusting));
        let locked = locked.map_err(Trouble::before_commit)?;
        let Some(locked) = locked else {
            runtime.block_on(session.roll_back()).map_err(|e| Trouble::of(&e))?;
            runtime.block_on(shared.catch_up(&session.client)).map_err(read)?;
            return Err(Trouble::Race);
        };
        if wherever {
            let head = runtime.block_on(shared.catch_up(&session.client)).map_err(read)?;
            let known = shared.known().position();
            if known != head.position {
                return Err(Trouble::Refused(format!(
                    "the database ends at {}, and this server has seen {known}: what it had is lost",
                    head.position
                )));
            }
        } else {
            let learn = shared.learn_erasures(&session.client, locked.erasures);
            runtime.block_on(learn).map_err(read)?;
        }
        let last = {
            let known = shared.known();
            (known.position(), known.recorded_time)
        };
        let (now, entropy) = (locked.now, &mut self.entropy);
        let onto = Onto { shared, runtime, session, ahead: &locked.ahead, last };
        let mut writing = Writing::new(session, shared, locked.numbers);
        let decided = match group.lines().filter(|_| trusting) {
            Some(lines) => {
                let write = |pending: &Pending| runtime.block_on(writing.copy(pending));
                let decided = decide_lines(lines, pending, onto, (now, entropy), write);
                // Nothing is committed yet, so nothing is unknown.
                vec![decided.map_err(Trouble::before_commit)?]
            }
            None => {
                let one = |submission| decide(submission, pending, onto, now, entropy);
                group.0.iter().map(one).collect()
            }
        };
        if session.client.is_closed() {
            // A refusal may rest on a question that had no answer.
            return Err(Trouble::Again("the connection was lost".to_owned()));
        }
        if trusting && decided.iter().any(Decided::has_errors) {
            // What is refused as new may be a repetition.
            return Err(Trouble::NotNew);
        }
        let ended = if pending.added.is_empty() && pending.destroyed.is_empty() {
            let found = decided.iter().any(Decided::has_receipts);
            let ended = runtime.block_on(session.leave(found));
            ended.map(|()| Numbers::default()).map_err(WriteError::Database)
        } else {
            runtime.block_on(writing.commit(pending))
        };
        let alone = session.was_warned();
        match ended {
            Ok(numbers) => {
                self.publish(pending, &numbers);
                if alone { Err(Trouble::Alone) } else { Ok(decided) }
            }
            Err(error) => Err(trouble(error, decided)),
        }
    }

    /// Lets readers of this server see what is durable.
    fn publish(&self, pending: &Pending, numbers: &Numbers) {
        let mut known = self.shared.known();
        for added in &pending.added {
            known.add(&added.logged, added.leaf, numbers.numbered(added));
        }
        drop(known);
        if !pending.destroyed.is_empty()
            && let Some(session) = &self.session
            && let Err(error) = self.runtime.block_on(self.shared.catch_up(&session.client))
        {
            // The next lock tells of the erasure again.
            tracing::warn!(%error, "what was erased cannot be read again");
        }
        self.shared.publish();
    }

    fn connect(&mut self) -> Result<(), Error> {
        if self.session.as_ref().is_none_or(|session| session.client.is_closed()) {
            let database = &self.shared.database;
            let session = async { Session::new(database.connect().await?).await };
            self.session = Some(self.runtime.block_on(session)?);
        }
        Ok(())
    }

    /// Whether a group is in the log, once whoever tried to commit it is gone; `None` when the
    /// database does not answer in time. A group without events may be destroyed again.
    fn resolve(&mut self, pending: &Pending) -> Option<bool> {
        if pending.added.is_empty() {
            return Some(false);
        }
        for tries in 0..RESOLVE_TRIES {
            if let Ok(found) = self.look_for(pending) {
                return Some(found);
            }
            self.session = None;
            self.pause(tries);
        }
        None
    }

    /// Whether all of it stands where it was to stand. Another server that takes the same export
    /// may have written some of it.
    fn look_for(&mut self, pending: &Pending) -> Result<bool, ReadError> {
        self.connect().map_err(|e| rows::failed(&e))?;
        let Some(session) = &self.session else { return Ok(false) };
        let (shared, client) = (&*self.shared, &session.client);
        let place = |added: Option<&Addition>| {
            added.map_or(0, |added| rows::number(added.logged.position()))
        };
        let (first, last) = (place(pending.added.first()), place(pending.added.last()));
        self.runtime.block_on(async {
            // The lock waits for a transaction that is still under way, and the commit for the
            // standbys to have all that stands before it.
            let lock = "BEGIN; SELECT 1 FROM casetrail.head FOR UPDATE; COMMIT";
            client.batch_execute(lock).await.map_err(|e| rows::failed(&e))?;
            if session.was_warned() {
                return Err(ReadError::Storage("the standbys were not waited for".to_owned()));
            }
            shared.catch_up(client).await?;
            let condition = "WHERE e.position BETWEEN $1 AND $2 ORDER BY e.position";
            let found = rows::select(client, &shared.names, condition, &[&first, &last]).await?;
            let found = found.iter().map(Logged::leaf);
            Ok(found.eq(pending.added.iter().map(|added| added.leaf)))
        })
    }

    /// Ends a transaction that has failed, or else its connection.
    fn roll_back(&mut self) {
        let rolled_back = self.session.as_ref().map(|s| self.runtime.block_on(s.roll_back()));
        if !matches!(rolled_back, Some(Ok(()))) {
            self.session = None;
        }
    }

    /// Waits a little longer each time, and not all servers as long.
    fn pause(&mut self, tries: u32) {
        let jitter = u64::from(eventlog::Entropy::salt(&mut self.entropy).0[0]);
        let base = 10_u64 << tries.min(6);
        std::thread::sleep(Duration::from_millis(base + base * jitter / 256));
    }
}
