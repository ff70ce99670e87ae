//! The log's key, which lies in the database, and checkpoints signed with it.

use eventlog::{Entropy, Head, ReadError};
use proof::{Checkpoint, KeyError, LogKey, Note, SignedCheckpoint, Unknown};
use tokio_postgres::Client;

use crate::open::OpenError;
use crate::rows::{self, failed};

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
) -> Result<String, ReadError> {
    let wrong = |what: &str| ReadError::Storage(what.to_owned());
    let checkpoint = Checkpoint::new(&head.origin, head.position.0, head.root);
    let checkpoint = checkpoint.map_err(|e| wrong(&e.to_string()))?;
    let signed = SignedCheckpoint::sign(checkpoint, key);
    let mut signed = signed.map_err(|e| wrong(&e.to_string()))?;
    let query = "SELECT note FROM casetrail.cosigned WHERE size = $1";
    let kept = client.query_opt(query, &[&rows::number(head.position)]).await;
    if let Some(row) = kept.map_err(|e| failed(&e))?
        && let Ok(note) = Note::parse(row.get::<_, &str>(0).as_bytes())
        && note.text() == signed.note().text()
    {
        signed.merge(&note, &[], Unknown::Keep).map_err(|e| wrong(&e.to_string()))?;
    }
    Ok(signed.to_string())
}
