//! Changing the log's key: recorded in the log, vouched for by the old key.
//!
//! The new key is written down first. The transaction that records it puts it in the place of the
//! old one, so that no server signs with a key that the log no longer has; then the old one vouches
//! for it. Whatever is interrupted goes on where it was when a rotation is asked for again.

use eventlog::{
    AppendError, Batch, EventLog as _, PAGE_EVENTS_MAX, ProofError, ReadError, inclusion_proof,
    key_rotated, keys, rotates_to,
};
use events::{Date, Event, Position, Refusal, Revision, Timestamp};
use proof::{Checkpoint, KeyError, LogKey, TlogProof, TlogProofError};
use tokio_postgres::types::ToSql;

use crate::log::PostgresLog;
use crate::rows::{self, failed};
use crate::signing;

/// Puts the next key in the place of the log's.
pub(crate) const ROTATE: &str = "UPDATE casetrail.log SET old_key = key, key = next_key, \
    next_key = NULL WHERE next_key IS NOT NULL AND old_key IS NULL";

/// Why the key was not changed, or not yet: asking again goes on where it was.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The log did not take the event.
    #[error("the log did not record the new key")]
    Append(#[from] AppendError),
    /// The event could not be made.
    #[error("a key cannot be recorded so")]
    Refused(#[from] Refusal),
    /// The keys could not be read or written, which the owner of the tables may.
    #[error("the log's keys could not be read or written")]
    Read(#[from] ReadError),
    /// A key in the database is none.
    #[error("a key of the log cannot be read")]
    Key(#[from] KeyError),
    /// It could not be signed.
    #[error("the old key does not vouch for the new one")]
    Sign(#[from] proof::OpenError),
    /// The checkpoint is none.
    #[error("no checkpoint of the log")]
    Form(#[from] proof::CheckpointError),
    /// The proof could not be made.
    #[error("the event of the new key is not proved")]
    Proof(#[from] ProofError),
    /// A kept handover is none.
    #[error("a kept handover cannot be read")]
    Kept(#[from] TlogProofError),
}

/// The keys that the database has.
struct Keys {
    key: LogKey,
    next: Option<LogKey>,
    old: Option<LogKey>,
    today: Date,
}

impl PostgresLog {
    /// Changes the log's key, which the owner of the tables may. Answers with the handover: the
    /// old key's word for the new one, which verifiers need, and the last thing that it signs.
    ///
    /// # Errors
    /// [`RotateError`].
    pub async fn rotate_key(&self, recorded_by: &str) -> Result<TlogProof, RotateError> {
        let mut keys = self.keys().await?;
        if keys.old.is_none() && keys.next.is_none() {
            let new = signing::new_key(keys.key.verifier().name(), &mut self.entropy())?;
            // Another rotation may be first: then its key is the next.
            let note = "UPDATE casetrail.log SET next_key = $1 \
                        WHERE next_key IS NULL AND old_key IS NULL AND key = $2";
            let (new, key) = (new.secret_text(), keys.key.secret_text());
            self.write(note, vec![Box::new(new), Box::new(key)]).await?;
            keys = self.keys().await?;
        }
        if let Some(next) = &keys.next {
            let content = key_rotated(keys.key.verifier(), next.verifier(), keys.today)?;
            let (content, recorded_by) = (Box::new(content), recorded_by.to_owned());
            self.append(Batch::Own { content, recorded_by }).await?;
            keys = self.keys().await?;
        }
        let handover = self.hand_over(&keys).await?;
        self.learn_key(keys.key);
        Ok(handover)
    }

    /// The handover of the key that is in force from a position on, if one begins there.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn handover(&self, position: Position) -> Result<Option<String>, ReadError> {
        self.read(move |_, client| async move {
            let query = "SELECT proof FROM casetrail.handover WHERE position = $1";
            let found = client.query_opt(query, &[&rows::number(position)]).await;
            Ok(found.map_err(|e| failed(&e))?.map(|row| row.get(0)))
        })
        .await
    }

    /// Lets the old key vouch for the new one, and ends its time.
    async fn hand_over(&self, keys: &Keys) -> Result<TlogProof, RotateError> {
        let Event { position, .. } = self.recorded(&keys.key).await?;
        if let Some(kept) = self.handover(position).await? {
            self.forget(keys.old.as_ref()).await?;
            return Ok(TlogProof::parse(kept.as_bytes())?);
        }
        let lost = |what: &str| ReadError::Storage(format!("{what} is not there"));
        let old = keys.old.as_ref().ok_or_else(|| lost("the key before the last"))?;
        self.watch(Position(position.0 - 1)).await?;
        let head = self.head(Some(position)).await?;
        let checkpoint = Checkpoint::new(&head.origin, head.position.0, head.root)?;
        let proof = inclusion_proof(self, position, position).await?;
        let entry = self.at(&[position]).await?.first().map(|logged| logged.entry());
        let entry = entry.ok_or_else(|| lost("the event"))?.to_json().canonical();
        let handover = proof::hand_over(old, &keys.key, checkpoint, proof, entry)?;
        let keep = "INSERT INTO casetrail.handover (position, proof) VALUES ($1, $2) \
                    ON CONFLICT DO NOTHING";
        let row = (rows::number(position), handover.to_string());
        self.write(keep, vec![Box::new(row.0), Box::new(row.1)]).await?;
        self.forget(Some(old)).await?;
        Ok(handover)
    }

    /// Forgets a key that has vouched; not another, which a later rotation still needs.
    async fn forget(&self, old: Option<&LogKey>) -> Result<(), ReadError> {
        let Some(old) = old else { return Ok(()) };
        let forget = "UPDATE casetrail.log SET old_key = NULL WHERE old_key = $1";
        self.write(forget, vec![Box::new(old.secret_text())]).await
    }

    /// The event that says that a key is the log's.
    async fn recorded(&self, key: &LogKey) -> Result<Event, ReadError> {
        let (mut found, mut next) = (None, Revision(1));
        loop {
            let page = self.stream(keys(), next, PAGE_EVENTS_MAX).await?;
            let Some(last) = page.last() else { break };
            next = Revision(last.revision.0 + 1);
            found = page.into_iter().rfind(|e| rotates_to(&e.content, key.verifier())).or(found);
        }
        found.ok_or_else(|| ReadError::Storage("the log does not say that key".to_owned()))
    }

    async fn keys(&self) -> Result<Keys, RotateError> {
        let found = self.read(move |shared, client| async move {
            let query = "SELECT key, next_key, old_key, \
                (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM casetrail.log";
            let row = client.query_one(query, &[]).await.map_err(|e| failed(&e))?;
            let own_clock = shared.clock.as_ref().map(|clock| clock.now());
            Ok((row, own_clock))
        });
        let (row, own_clock) = found.await?;
        let parse = |at: usize| row.get::<_, Option<&str>>(at).map(LogKey::parse).transpose();
        let now = own_clock.unwrap_or_else(|| Timestamp::from_micros(row.get(3)));
        Ok(Keys {
            key: LogKey::parse(row.get(0))?,
            next: parse(1)?,
            old: parse(2)?,
            today: now.chicago_date(),
        })
    }

    async fn write(
        &self,
        statement: &'static str,
        parameters: Vec<Box<dyn ToSql + Send + Sync>>,
    ) -> Result<(), ReadError> {
        self.read(move |_, client| async move {
            let parameters: Vec<&(dyn ToSql + Sync)> =
                parameters.iter().map(|parameter| &**parameter as &(dyn ToSql + Sync)).collect();
            client.execute(statement, &parameters).await.map_err(|e| failed(&e)).map(drop)
        })
        .await
    }
}
