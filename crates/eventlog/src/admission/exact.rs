//! Exact import: lines of an export continue the log as they are.

use events::{Event, EventType, Logged, Payload};

use super::{
    Addition, Admitted, Destroyed, Draft, Fault, FoundBy, StreamHead, mismatch, receipt_of,
};
use crate::{AppendError, identity_hash};

impl Draft<'_> {
    /// Lines of an export: each continues the log exactly, or is what the log holds already.
    pub(super) fn exact(mut self, lines: Vec<Logged>) -> Result<Admitted, AppendError> {
        for (index, line) in lines.into_iter().enumerate() {
            self.take_exact(line).map_err(|fault| fault.of(index))?;
        }
        Ok(self.admitted)
    }

    fn take_exact(&mut self, line: Logged) -> Result<(), Fault> {
        if line.position() <= self.last.0 {
            // One of the two may have been erased: the entry says all that both have.
            let leaf = line.leaf();
            if self.event(line.position())?.leaf() != leaf {
                return mismatch("/position", "the log holds another event at this position");
            }
            self.admitted.receipts.push(receipt_of(&line, leaf, true));
            return Ok(());
        }
        if line.position().0 != self.last.0.0 + 1 {
            return mismatch("/position", "positions are to follow each other");
        }
        self.stamp(Some(line.recorded_time()))?;
        match line {
            Logged::Whole(event) => self.take_whole(event),
            Logged::Erased(entry) => self.take_bare(entry.into()),
        }
    }

    fn take_whole(&mut self, event: Event) -> Result<(), Fault> {
        let entry = event.entry();
        let subject_hash = entry.subject_hash;
        let named = &event.content.subject;
        if self.ledger.is_destroyed(&subject_hash) || self.ledger.is_erased(named) {
            let subject = Some(named.clone());
            self.admitted.destroyed.push(Destroyed { subject_hash, subject });
            return self.take_bare(entry.into());
        }
        let head = self.head(named)?;
        if event.revision.0 != head.map_or(0, |h| h.revision.0) + 1 {
            return mismatch("/revision", "not the stream's next revision");
        }
        if head.is_some_and(|h| h.salt != event.subject_salt) {
            return mismatch("/subjectsalt", "not the stream's salt");
        }
        let key = &event.content.key;
        let identity_hash = identity_hash(&key.source, &key.id);
        if self.find(key, identity_hash)?.is_some() {
            return mismatch("/id", "the log holds this identity at another position");
        }
        let amends = self.check_amendment(&event.content)?;
        // Of other types the payload is not taken apart.
        let erases = (event.content.kind == EventType::SubjectErased)
            .then(|| event.content.payload())
            .and_then(|payload| match payload {
                Payload::SubjectErased(erased) => Some(erased.subjecthash),
                _ => None,
            });
        let (revision, salt) = (event.revision, event.subject_salt);
        let head = StreamHead { revision, salt, subject_hash };
        let found_by = Some(FoundBy { identity_hash, head });
        self.put(Addition { logged: event.into(), leaf: entry.leaf(), found_by, amends });
        erases.map_or(Ok(()), |hash| self.forget(hash.as_str()))
    }

    /// An entry without its payload. Of a stream that the log holds with its payload, it continues
    /// what will be destroyed by an event further on.
    fn take_bare(&mut self, line: Logged) -> Result<(), Fault> {
        let subject_hash = line.subject_hash();
        let last = match self.bare.get(&subject_hash) {
            Some(revision) => Some(*revision),
            None => self.ledger.bare_revision(&subject_hash)?,
        };
        if last.is_some_and(|last| line.revision().0 != last.0 + 1) {
            return mismatch("/revision", "not the stream's next revision");
        }
        self.put(Addition { leaf: line.leaf(), logged: line, found_by: None, amends: None });
        Ok(())
    }

    /// Takes back what the batch has brought of a stream that it also says is erased.
    fn forget(&mut self, subject_hash: &str) -> Result<(), Fault> {
        let mut hash = [0; 32];
        if hex::decode_to_slice(subject_hash, &mut hash).is_err() {
            return mismatch("/data/subjecthash", "expected 64 hexadecimal digits");
        }
        let mut subject = None;
        for (index, added) in self.admitted.added.iter_mut().enumerate() {
            let Logged::Whole(event) = &added.logged else { continue };
            if event.subject_hash() == hash {
                self.by_key.retain(|place| place != index as u64);
                self.heads.remove(&event.content.subject);
                self.bare.insert(hash, event.revision);
                subject = Some(event.content.subject.clone());
                added.logged = event.entry().into();
                added.found_by = None;
                added.amends = None;
                debug_assert_eq!(added.logged.leaf(), added.leaf);
            }
        }
        self.admitted.destroyed.push(Destroyed { subject_hash: hash, subject });
        Ok(())
    }
}
