//! What became of an event, in JSON.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::{AppendError, Receipt, inclusion_proof};
use events::{Code, Event, Refusal};
use serde_json::{Value, json};

use super::log_code;
use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::service::Service;

/// Events that a conflict shows of those that its sender has not seen; the stream has all.
const UNSEEN_SHOWN: usize = 100;

/// What became of one event.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// Recorded, now or before, and the proof if it was asked for.
    Taken(Receipt, Option<Value>),
    /// Not recorded.
    Refused(Problem),
}

impl Outcome {
    pub(super) fn of(outcome: Result<Receipt, AppendError>, principal: &Principal) -> Self {
        match outcome {
            Ok(receipt) => Self::Taken(receipt, None),
            Err(error) => Self::Refused(problem(error, principal)),
        }
    }

    pub(super) fn of_refusal(refusal: &Refusal) -> Self {
        Self::Refused(refusal.into())
    }

    /// Appends it as one JSON object; `line` is its place among others.
    pub(super) fn write(&self, line: Option<u64>, out: &mut Vec<u8>) {
        // A vector takes every write.
        match self {
            Self::Taken(receipt, proof) => {
                out.push(b'{');
                if let Some(line) = line {
                    let _ = write!(out, "\"line\":{line},");
                }
                let (outcome, mut leaf) = (word(receipt), [0; 44]);
                let length = STANDARD.encode_slice(receipt.leaf, &mut leaf).unwrap_or_default();
                let Receipt { position, revision, recorded_time, .. } = receipt;
                let _ = write!(
                    out,
                    "\"outcome\":\"{outcome}\",\"position\":{position},\"revision\":{revision},\
                     \"recordedtime\":\"{recorded_time}\",\"leaf\":\""
                );
                out.extend_from_slice(&leaf[..length]);
                out.push(b'"');
                if let Some(proof) = proof {
                    let _ = write!(out, ",\"proof\":{proof}");
                }
                out.push(b'}');
            }
            Self::Refused(problem) => {
                let mut said = problem.to_json();
                said["outcome"] = outcome_word(problem.code()).into();
                if let Some(line) = line {
                    said["line"] = line.into();
                }
                let _ = write!(out, "{said}");
            }
        }
    }
}

const fn word(receipt: &Receipt) -> &'static str {
    if receipt.already_recorded { "already-recorded" } else { "recorded" }
}

fn outcome_word(code: &str) -> &'static str {
    let is = |codes: &[Code]| codes.iter().any(|other| other.name() == code);
    let services = [ServiceCode::LogFailed, ServiceCode::OutcomeUnknown, ServiceCode::Internal];
    if is(&[Code::IdentityConflict, Code::RevisionMismatch]) {
        "conflict"
    } else if services.iter().any(|other| other.name() == code) {
        "failed"
    } else {
        "refused"
    }
}

/// Why an event was not recorded, as its sender is told.
pub(super) fn problem(error: AppendError, principal: &Principal) -> Problem {
    match error {
        AppendError::Refused { refusal, .. } => Problem::from(&refusal),
        AppendError::RevisionMismatch { actual, unseen, .. } => {
            let more = unseen.len() > UNSEEN_SHOWN;
            let unseen = unseen.iter().take(UNSEEN_SHOWN);
            let unseen: Vec<Value> = unseen.map(|event| shown(event, principal)).collect();
            Problem::from(Code::RevisionMismatch)
                .with("path", "/expectedrevision")
                .with("revision", actual.0)
                .with("unseen", unseen)
                .with("more", more)
        }
        error => {
            // It says what failed on this machine, nothing of the event.
            tracing::error!(%error, "an append failed");
            log_code(&error).into()
        }
    }
}

/// An event that its sender had not seen: whole if its source is one of the sender's own, else its
/// bare entry, which tells what kind of thing happened and nothing that was said.
fn shown(event: &Event, principal: &Principal) -> Value {
    let sources = principal.grants().ingest.as_ref();
    let own = sources.is_some_and(|sources| sources.hold(&event.content.key.source));
    let bytes = if own || principal.grants().auditor {
        event.canonical()
    } else {
        event.entry().canonical()
    };
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The proof that an event is in the log: a checkpoint, and the hashes that lead from its leaf to
/// the checkpoint's root (RFC 6962, 2.1.1).
pub(super) async fn proof(service: &Service, receipt: &Receipt) -> Result<Value, Problem> {
    let log = service.log().as_ref();
    let size = log.head(None).await?.position;
    let hashes = inclusion_proof(log, receipt.position, size).await;
    let hashes = hashes.map_err(|_| ServiceCode::LogFailed)?;
    let hashes: Vec<String> = hashes.iter().map(|hash| STANDARD.encode(hash)).collect();
    let checkpoint = log.checkpoint(size).await?;
    Ok(json!({ "index": receipt.position.0 - 1, "hashes": hashes, "checkpoint": checkpoint }))
}
