//! A small log and its export, made of real events.

use std::path::{Path, PathBuf};

use events::{Content, Event, Json, Position, Revision, Salt};
use proof::{Checkpoint, LogKey, Plan, SignedCheckpoint, TlogProof, Tree};

pub(crate) const ORIGIN: &str = "example.org/log";
/// Events before the change of the key; its position is one more.
pub(crate) const BEFORE: u64 = 300;
/// Events in all.
pub(crate) const SIZE: u64 = 330;
/// The position of an event whose content is not in the export.
pub(crate) const BARE: u64 = 12;

pub(crate) fn old_key() -> LogKey {
    LogKey::from_seed(ORIGIN, &[1; 32]).unwrap()
}

pub(crate) fn new_key() -> LogKey {
    LogKey::from_seed(ORIGIN, &[2; 32]).unwrap()
}

/// A log in memory.
pub(crate) struct Log {
    pub(crate) events: Vec<Event>,
    pub(crate) tree: Tree,
    leaves: Vec<proof::Hash>,
}

/// Events of seven children, one of whom has a name beyond ASCII in its data, and a change of key.
fn content(position: u64) -> Content {
    let text = if position == BEFORE + 1 {
        let (old, new) = (old_key().verifier().to_string(), new_key().verifier().to_string());
        format!(
            r#"{{"specversion":"1.0","source":"{ORIGIN}","id":"key","type":"casetrail.key.rotated.v1",
            "subject":"log/keys","effectiveon":"2024-03-01","data":{{"new_key":"{new}","old_key":"{old}"}}}}"#
        )
    } else {
        format!(
            r#"{{"specversion":"1.0","source":"test","id":"{position}","type":"casetrail.child.registered.v1",
            "subject":"child/C-{}","effectiveon":"2024-02-29","data":{{"birth_date":"2011-05-17",
            "raw":{{"NAME":"Zoë \"Z\" \u2028 \ud83d\ude00","Ａ":"\t","\ud83d\ude00":"", "a":"1"}}}}}}"#,
            position % 7
        )
    };
    Content::from_json(&Json::parse(text.as_bytes()).unwrap()).unwrap()
}

impl Log {
    pub(crate) fn new() -> Self {
        let mut log = Self { events: Vec::new(), tree: Tree::default(), leaves: Vec::new() };
        let salt = |n: u64| Salt(u128::from(n).to_be_bytes());
        for position in 1..=SIZE {
            let content = content(position);
            let stream = log.events.iter().filter(|e| e.content.subject == content.subject);
            let event = Event {
                position: Position(position),
                revision: Revision(1 + stream.count() as u64),
                recorded_time: "2024-03-01T08:30:00.000001Z".parse().unwrap(),
                recorded_by: "local".into(),
                subject_salt: salt(1000 + position % 7 + 7 * u64::from(position == BEFORE + 1)),
                content_salt: salt(position),
                content,
            };
            log.tree.push(event.entry().leaf());
            log.leaves.push(event.entry().leaf());
            log.events.push(event);
        }
        log
    }

    /// The lines of its export, one of them without its content.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |event: &Event| {
            let whole = event.position.0 != BARE;
            let json = if whole { event.to_json() } else { event.entry().to_json() };
            String::from_utf8(json.canonical()).unwrap()
        };
        self.events.iter().map(line).collect()
    }

    pub(crate) fn prove(&self, plan: &Plan) -> Vec<proof::Hash> {
        let count = |n: u64| usize::try_from(n).unwrap();
        let leaves =
            |id: proof::TileId| self.leaves.get(count(id.leaves().start)..count(id.leaves().end));
        plan.hashes(|id| self.tree.tile(id).or_else(|| leaves(id))).unwrap()
    }

    pub(crate) fn checkpoint(&self, size: u64, keys: &[&LogKey]) -> SignedCheckpoint {
        let checkpoint = Checkpoint::new(ORIGIN, size, self.prove(&Plan::root(size))[0]).unwrap();
        let mut signed = SignedCheckpoint::sign(checkpoint, keys[0]).unwrap();
        keys[1..].iter().for_each(|key| signed.countersign(key).unwrap());
        signed
    }

    /// The proof of the event at `position`, with its entry.
    pub(crate) fn proof(&self, position: u64, checkpoint: &SignedCheckpoint) -> TlogProof {
        let plan = Plan::inclusion(position - 1, checkpoint.checkpoint().size()).unwrap();
        let event = &self.events[usize::try_from(position - 1).unwrap()];
        TlogProof::new(position - 1, self.prove(&plan), checkpoint)
            .with_extra(event.entry().to_json().canonical())
    }
}

/// Writes a file into the folder and gives its path.
pub(crate) fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}
