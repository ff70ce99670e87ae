//! The log's key, which lies in the database, and checkpoints signed with it.

use std::sync::Arc;

use eventlog::{Entropy, Head, ReadError};
use proof::{
    Checkpoint, KeyError, LogKey, MergeError, Merged, Note, SignedCheckpoint, Unknown, VerifierKey,
};
use tokio_postgres::Client;

use crate::open::OpenError;
use crate::rows::{self, failed};
use crate::shared::Shared;

/// A key for a new log.
pub(crate) fn new_key(origin: &str, entropy: &mut dyn Entropy) -> Result<LogKey, KeyError> {
    LogKey::from_seed(origin, &secret(entropy))
}

/// The log's key, if the login may read it.
pub(crate) async fn key(client: &Client) -> Result<Option<LogKey>, OpenError> {
    let may = "SELECT has_column_privilege('casetrail.log', 'key', 'SELECT')";
    if !client.query_one(may, &[]).await?.get::<_, bool>(0) {
        return Ok(None);
    }
    let row = client.query_one("SELECT key FROM casetrail.log", &[]).await?;
    Ok(Some(LogKey::parse(row.get(0))?))
}

/// The log's key as it is now, if the login may sign: another server may have replaced it. To be
/// asked for once it is known what is to be signed, so that it is the key of that position.
pub(crate) async fn current(
    shared: &Shared,
    client: &Client,
) -> Result<Option<Arc<LogKey>>, ReadError> {
    let Some(known) = shared.key() else { return Ok(None) };
    let row = client.query_one("SELECT key FROM casetrail.log", &[]).await;
    let row = row.map_err(|e| failed(&e))?;
    if row.get::<_, &str>(0) == known.secret_text() {
        return Ok(Some(known));
    }
    let key = LogKey::parse(row.get(0)).map_err(|error| ReadError::Storage(error.to_string()))?;
    Ok(Some(shared.learn_key(key)))
}

/// Thirty-two bytes that nobody can guess.
pub(crate) fn secret(entropy: &mut dyn Entropy) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (first, second) = bytes.split_at_mut(16);
    first.copy_from_slice(&entropy.salt().0);
    second.copy_from_slice(&entropy.salt().0);
    bytes
}

/// The checkpoint of a head, with the cosignatures that are kept for it.
pub(crate) async fn checkpoint(
    client: &Client,
    key: &LogKey,
    head: &Head,
) -> Result<SignedCheckpoint, KeepError> {
    signed(key, head, kept(client, head).await?.as_deref())
}

/// What is kept of the cosigned checkpoint of a head.
async fn kept(client: &Client, head: &Head) -> Result<Option<String>, ReadError> {
    let query = "SELECT note FROM casetrail.cosigned WHERE size = $1";
    let row = client.query_opt(query, &[&rows::number(head.position)]).await;
    Ok(row.map_err(|e| failed(&e))?.map(|row| row.get(0)))
}

fn signed(key: &LogKey, head: &Head, kept: Option<&str>) -> Result<SignedCheckpoint, KeepError> {
    let checkpoint = Checkpoint::new(&head.origin, head.position.0, head.root)?;
    let mut signed = SignedCheckpoint::sign(checkpoint, key)?;
    if let Some(kept) = kept
        // Cosignatures are extras: what is damaged has none.
        && let Ok(note) = Note::parse(kept.as_bytes())
        && note.text() == signed.note().text()
    {
        signed.merge(&note, &[], Unknown::Keep)?;
    }
    Ok(signed)
}

/// Keeps the cosignatures of a copy of the checkpoint of a head. Lines by unknown witnesses are
/// kept too, unverified, for those who know their keys.
pub(crate) async fn keep(
    client: &Client,
    key: &LogKey,
    head: &Head,
    copy: &[u8],
    witnesses: &[VerifierKey],
) -> Result<Merged, KeepError> {
    let copy = SignedCheckpoint::open(copy, std::slice::from_ref(key.verifier()))?;
    let size = copy.checkpoint().size();
    if head.position.0 != size || *copy.checkpoint().root() != head.root {
        return Err(KeepError::OtherRoot { size });
    }
    loop {
        let found = kept(client, head).await?;
        let mut signed = signed(key, head, found.as_deref())?;
        let merged = signed.merge(copy.note(), witnesses, Unknown::Keep)?;
        // On what was found, or nothing: somebody else's cosignature may have come meanwhile.
        let keep = "INSERT INTO casetrail.cosigned AS kept (size, note) VALUES ($1, $2) \
                    ON CONFLICT (size) DO UPDATE SET note = excluded.note WHERE kept.note = $3";
        let (size, note) = (rows::number(head.position), signed.to_string());
        let rows = client.execute(keep, &[&size, &note, &found]).await;
        if rows.map_err(|e| failed(&e))? == 1 {
            return Ok(merged);
        }
    }
}

/// Why a checkpoint is not signed, or cosignatures are not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The log could not be read or written.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    /// The login may not sign.
    #[error("the login is not given the log's key")]
    NoKey,
    /// The copy is not this log's signed checkpoint.
    #[error("not a checkpoint that this log has signed")]
    Open(#[from] proof::OpenError),
    /// The copy is no checkpoint.
    #[error("not a checkpoint")]
    Form(#[from] proof::CheckpointError),
    /// The key does not sign.
    #[error("the log's key does not sign")]
    Key(#[from] KeyError),
    /// The copy says another root than the log has at that size.
    #[error("the checkpoint of size {size} has another root than the log")]
    OtherRoot {
        /// The checkpoint's size.
        size: u64,
    },
    /// A cosignature was not taken.
    #[error("a cosignature is not taken")]
    Cosignature(#[from] MergeError),
}
