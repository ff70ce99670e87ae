//! The one thread of a server that appends: groups in the order of the calls, a transaction each.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use eventlog::{Addition, AppendError, ReadError, SharedEntropy, Submission};
use events::Logged;
use tokio::runtime::Handle;
use tokio_postgres::Error;

use crate::group::{Decided, Group, decide, decide_lines};
use crate::ledger::{Onto, Pending};
use crate::open::{self, OpenError};
use crate::rows;
use crate::shared::Shared;
use crate::transaction::{Numbers, Session, WriteError};
use crate::trouble::Trouble;
use crate::writing::Writing;

/// Races that may be lost before the head is locked wherever it is.
const RACES: u32 = 4;
/// Groups that are not trusted to be new after one that was not.
const DISTRUST: u32 = 64;
/// How often a group is tried again after the database gave it up (a deadlock, a lost connection).
const TRIES: u32 = 20;
/// How long it is tried to find out what came of a commit when the connection was lost.
const RESOLVE_WAIT: Duration = Duration::from_secs(60);

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
            let trouble = match self.attempt(&group, &mut pending, races >= RACES, trusting) {
                Ok(decided) => return group.answer(decided),
                Err(trouble) => trouble,
            };
            let why = match trouble {
                Trouble::Race => {
                    races += 1;
                    continue;
                }
                Trouble::NotNew if trusting => {
                    // Where something came again, more of it often follows.
                    (trusting, self.distrust) = (false, DISTRUST);
                    self.shared.known().forget_heads();
                    self.roll_back();
                    continue;
                }
                Trouble::Unfit(_) if group.0.len() > 1 => {
                    // One of them; the others are not to bear it.
                    self.roll_back();
                    return group.0.into_iter().for_each(|one| self.append(Group(vec![one])));
                }
                Trouble::NotNew => {
                    return self.refuse(group, "PostgreSQL: an event is there twice".to_owned());
                }
                Trouble::Unfit(why) | Trouble::Refused(why) => return self.refuse(group, why),
                Trouble::Alone => {
                    self.session = None;
                    let why = "the wait for the standbys was cut short".to_owned();
                    return group.refuse(&AppendError::OutcomeUnknown(why));
                }
                Trouble::Again(why) => why,
                Trouble::Unknown(why, decided) => {
                    self.session = None;
                    tracing::warn!(%why, "what came of a commit is not known");
                    match self.resolve(&pending) {
                        Some(true) => {
                            self.shared.publish();
                            return group.answer(decided);
                        }
                        Some(false) => why,
                        None => return group.refuse(&AppendError::OutcomeUnknown(why)),
                    }
                }
            };
            // Nothing was written, and the next try may succeed.
            tries += 1;
            if tries > TRIES {
                return self.refuse(group, why);
            }
            self.session = None;
            self.shared.known().forget_heads();
            std::thread::sleep(self.pause(tries));
        }
    }

    /// Answers that nothing of a group was written.
    fn refuse(&mut self, group: Group, why: String) {
        self.session = None;
        group.refuse(&AppendError::Read(ReadError::Storage(why)));
    }

    /// One transaction.
    fn attempt(
        &mut self,
        group: &Group,
        pending: &mut Pending,
        wherever: bool,
        trusting: bool,
    ) -> Result<Vec<Decided>, Trouble> {
        self.runtime.clone().block_on(self.connect())?;
        let Some(session) = &self.session else { return Err(Trouble::Race) };
        let (shared, runtime) = (&*self.shared, &self.runtime);
        let read = |error: ReadError| Trouble::Again(error.to_string());
        let locked = runtime.block_on(session.lock(shared, group, wherever, trusting));
        let locked = locked.map_err(Trouble::before_commit)?;
        let Some(locked) = locked else {
            runtime.block_on(session.roll_back()).map_err(|error| Trouble::of(&error))?;
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
        let mut writing = Writing::new(session, shared, &locked.ahead.subjects, locked.numbers);
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
            Err(error) => Err(Trouble::at_commit(error, decided)),
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

    async fn connect(&mut self) -> Result<(), Trouble> {
        if self.session.as_ref().is_some_and(|session| !session.client.is_closed()) {
            return Ok(());
        }
        let session = async {
            let (client, warned) = self.shared.database.connect().await?;
            // What was true at the start may have changed, or be another machine's.
            let forgets = open::forgets(&client).await?;
            Ok::<_, Error>((Session::new((client, warned)).await?, forgets))
        };
        match session.await {
            Ok((session, None)) => {
                self.session = Some(session);
                Ok(())
            }
            Ok((_, Some(why))) => Err(Trouble::Refused(OpenError::Unsafe(why).to_string())),
            Err(error) => Err(Trouble::of(&error)),
        }
    }

    /// Whether a group is in the log, once whoever tried to commit it is gone; `None` when the
    /// database does not answer in time. A group without events may be destroyed again.
    fn resolve(&mut self, pending: &Pending) -> Option<bool> {
        if pending.added.is_empty() {
            return Some(false);
        }
        self.runtime.clone().block_on(async {
            let found = async {
                let mut tries = 0;
                loop {
                    if let Ok(found) = self.look_for(pending).await {
                        return found;
                    }
                    self.session = None;
                    tokio::time::sleep(self.pause(tries)).await;
                    tries += 1;
                }
            };
            tokio::time::timeout(RESOLVE_WAIT, found).await.ok()
        })
    }

    /// Whether all of it stands where it was to stand. Another server that takes the same export
    /// may have written some of it.
    async fn look_for(&mut self, pending: &Pending) -> Result<bool, ReadError> {
        self.connect().await.map_err(|_| ReadError::Storage("no connection".to_owned()))?;
        let Some(session) = &self.session else { return Ok(false) };
        let (shared, client) = (&*self.shared, &session.client);
        let place = |added: Option<&Addition>| {
            added.map_or(0, |added| rows::number(added.logged.position()))
        };
        let (first, last) = (place(pending.added.first()), place(pending.added.last()));
        // The lock waits for a transaction that is still under way, and the commit for the
        // standbys to have all that stands before it.
        session.forget_warnings();
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
    }

    /// Ends a transaction that has failed, or else its connection.
    fn roll_back(&mut self) {
        let rolled_back = self.session.as_ref().map(|s| self.runtime.block_on(s.roll_back()));
        if !matches!(rolled_back, Some(Ok(()))) {
            self.session = None;
        }
    }

    /// How long to wait: a little longer each time, and not all servers as long.
    fn pause(&mut self, tries: u32) -> Duration {
        let jitter = u64::from(eventlog::Entropy::salt(&mut self.entropy).0[0]);
        let base = 10_u64 << tries.min(6);
        Duration::from_millis(base + base * jitter / 256)
    }
}
