//! What a witness says of a checkpoint (c2sp.org/tlog-cosignature, Ed25519 `cosignature/v1`).

use crate::checkpoint::SignedCheckpoint;
use crate::key::{Algorithm, VerifierKey, WitnessKey};
use crate::note::{Note, NoteSignature, SIGNATURES_MAX};

#[cfg(test)]
mod tests;

/// A verified cosignature: at that time, the checkpoint was the largest tree of the log that the
/// witness had seen, and consistent with every one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness's key.
    pub witness: VerifierKey,
    /// When it signed, by its own clock, in seconds since 1970 (UTC). At most 2^63 - 1.
    pub time_s: u64,
}

/// Why a cosignature was not made or not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// A line says to be by a known witness and is not.
    #[error("the cosignature by {witness} is not that of this checkpoint")]
    BadCosignature {
        /// The witness's key.
        witness: String,
    },
    /// The other copy is not of this checkpoint.
    #[error("the other copy is not of this checkpoint")]
    OtherCheckpoint,
    /// The note would have more than [`SIGNATURES_MAX`] signatures.
    #[error("a checkpoint has at most {SIGNATURES_MAX} signatures")]
    TooManySignatures,
    /// A time behind 2^63 - 1 seconds.
    #[error("{0} s is no time of a cosignature")]
    Time(u64),
}

/// What becomes of lines by keys that nobody knows here, when copies are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// They are left out.
    Drop,
    /// They are kept, unverified, for whoever knows their keys.
    Keep,
}

/// What a merge added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// Cosignatures by known witnesses, verified.
    pub accepted: Vec<Cosignature>,
    /// Lines by unknown keys, unverified.
    pub unknown: Vec<NoteSignature>,
}

/// The bytes before the signature in a line: the time, big-endian.
const TIME_BYTES: usize = 8;
/// The latest time that the format allows.
const TIME_S_MAX: u64 = i64::MAX as u64;

/// What a witness signs.
fn message(text: &str, time_s: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_s}\n{text}").into_bytes()
}

impl WitnessKey {
    /// Puts this witness's cosignature under the checkpoint, in the place of an earlier one by the
    /// same key. [`crate::WitnessState`] decides beforehand whether it may.
    ///
    /// # Errors
    /// [`MergeError::Time`], [`MergeError::TooManySignatures`].
    pub fn cosign(&self, signed: &mut SignedCheckpoint, time_s: u64) -> Result<(), MergeError> {
        if time_s > TIME_S_MAX {
            return Err(MergeError::Time(time_s));
        }
        let message = message(signed.note.text(), time_s);
        let line = self.sign_line(&time_s.to_be_bytes(), &message);
        let others = signed.note.signatures().iter().filter(|other| !other.is_by_key_of(&line));
        if others.count() >= SIGNATURES_MAX {
            return Err(MergeError::TooManySignatures);
        }
        signed.note.sign(line);
        Ok(())
    }
}

impl SignedCheckpoint {
    /// The cosignatures by known witnesses, at most one of each, in order of the lines. Lines by
    /// other keys are left alone; a line that names a known witness must verify.
    ///
    /// # Errors
    /// [`MergeError::BadCosignature`].
    pub fn cosignatures(&self, witnesses: &[VerifierKey]) -> Result<Vec<Cosignature>, MergeError> {
        let mut found: Vec<Cosignature> = Vec::new();
        for line in self.note.signatures() {
            let Some(cosignature) = verify(&self.note, line, witnesses)? else { continue };
            if found.iter().all(|earlier| earlier.witness != cosignature.witness) {
                found.push(cosignature);
            }
        }
        Ok(found)
    }

    /// Takes over signature lines that another copy of the same checkpoint has and this one lacks:
    /// those by known witnesses if they verify, those by unknown keys as `unknown` says. A key
    /// that has a line here keeps it: the first cosignature stands. Nothing changes on an error.
    ///
    /// The answer of a witness over HTTP is signature lines alone: this checkpoint's text, a blank
    /// line and those lines are such a copy.
    ///
    /// # Errors
    /// [`MergeError`].
    pub fn merge(
        &mut self,
        copy: &Note,
        witnesses: &[VerifierKey],
        unknown: Unknown,
    ) -> Result<Merged, MergeError> {
        if copy.text() != self.note.text() {
            return Err(MergeError::OtherCheckpoint);
        }
        let (mut note, mut merged) = (self.note.clone(), Merged::default());
        for line in copy.signatures() {
            let cosignature = verify(copy, line, witnesses)?;
            if note.signatures().iter().any(|ours| ours.is_by_key_of(line)) {
                continue;
            }
            match (cosignature, unknown) {
                (Some(cosignature), _) => merged.accepted.push(cosignature),
                (None, Unknown::Keep) => merged.unknown.push(line.clone()),
                (None, Unknown::Drop) => continue,
            }
            note.sign(line.clone());
        }
        if note.signatures().len() > SIGNATURES_MAX {
            return Err(MergeError::TooManySignatures);
        }
        self.note = note;
        Ok(merged)
    }
}

/// The cosignature that a line holds; `None` if it is by none of these witnesses.
fn verify(
    note: &Note,
    line: &NoteSignature,
    witnesses: &[VerifierKey],
) -> Result<Option<Cosignature>, MergeError> {
    let is_witness = |key: &&VerifierKey| key.algorithm() == Algorithm::Witness;
    let Some(witness) = witnesses.iter().filter(is_witness).find(|key| key.is_named_by(line))
    else {
        return Ok(None);
    };
    let verified = line.bytes().split_first_chunk::<TIME_BYTES>().and_then(|(time, signature)| {
        let time_s = u64::from_be_bytes(*time);
        let sound =
            time_s <= TIME_S_MAX && witness.verifies(&message(note.text(), time_s), signature);
        sound.then(|| Cosignature { witness: witness.clone(), time_s })
    });
    match verified {
        Some(cosignature) => Ok(Some(cosignature)),
        None => Err(MergeError::BadCosignature { witness: witness.to_string() }),
    }
}
