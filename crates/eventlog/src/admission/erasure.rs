//! Erasing a stream: what the log says of it, and what is to be destroyed.

use std::sync::LazyLock;

use events::{Code, Content, EventKey, Family, Hash, Incoming, Payload, Refusal, Subject, v1};

use super::{Admitted, Destroyed, Draft, Fault, erased};
use crate::Prepared;

static ERASURES: LazyLock<Subject> = LazyLock::new(|| "log/erasures".parse().expect("a subject"));

/// The stream on which the log says what it erased.
#[must_use]
pub fn erasures() -> &'static Subject {
    &ERASURES
}

impl Draft<'_> {
    /// Says on `log/erasures` that a stream is erased, and names it for destruction.
    pub(super) fn erase(
        mut self,
        subject: Subject,
        authority: String,
        reason: String,
        recorded_by: &str,
    ) -> Result<Admitted, Fault> {
        let refuse = |code, message: &str| Err(Refusal::new(code, "/subject", message).into());
        if subject.family() == Family::Log {
            return refuse(Code::ErasesLog, "a stream of the log's own is never erased");
        }
        if self.ledger.is_erased(&subject) {
            return Err(erased().into());
        }
        let Some(head) = self.head(&subject)? else {
            return refuse(Code::ErasesUnknown, "the log holds no such stream");
        };
        let subject_hash = head.subject_hash;
        let named = hex::encode(subject_hash);
        let payload = Payload::SubjectErased(v1::log::SubjectErased {
            subjecthash: named.as_str().into(),
            authority: authority.into(),
            reason: reason.into(),
            events: u32::try_from(head.revision.0).unwrap_or(u32::MAX),
            raw: None,
        });
        let key =
            EventKey { source: self.ledger.origin().into(), id: format!("erased-{named}").into() };
        let content = Content::new(&key, erasures(), self.now.chicago_date(), &payload)?;
        let event = Incoming { content, expected_revision: None, recorded_time: None };
        let event = Prepared::new(event, self.entropy.salt());
        self.take(event, &recorded_by.into())?;
        self.admitted.destroyed.push(Destroyed { subject_hash, subject: Some(subject) });
        Ok(self.admitted)
    }

    pub(super) fn destroy(mut self, hashes: Vec<Hash>) -> Admitted {
        let named =
            hashes.into_iter().map(|subject_hash| Destroyed { subject_hash, subject: None });
        self.admitted.destroyed.extend(named);
        self.admitted
    }
}
