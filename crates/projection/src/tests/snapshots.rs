//! A snapshot is the projection that was kept, or it is not read.

use std::fs;
use std::path::{Path, PathBuf};

use eventlog::{Batch, EventLog, Memory, SeededEntropy, SetClock};
use events::Subject;
use proptest::prelude::*;

use super::histories::{Said, history, recorded};
use super::laws::{answers, memory, project, put, runtime};
use crate::{Snapshots, follow};

/// The one file of a directory of snapshots, if there is one.
fn file(log: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(log.join("snapshots")).ok()?.map(|file| file.expect("a file"));
    let first = files.next().map(|file| file.path());
    assert!(files.next().is_none(), "older snapshots are deleted");
    first
}

pub(super) async fn bytes(log: &dyn EventLog, projection: &crate::Projection) -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a directory");
    Snapshots::of_log(dir.path()).keep(projection, log).await.expect("kept");
    fs::read(file(dir.path()).expect("a snapshot")).expect("read")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn batch_is_from_snapshot(said in history(), cut in 0_usize..45) {
        let all: Vec<_> = said.iter().enumerate().collect();
        let cut = cut.min(all.len());
        runtime().block_on(async {
            let dir = tempfile::tempdir().expect("a directory");
            let snapshots = Snapshots::of_log(dir.path());
            let (log, clock) = memory();
            put(&log, &clock, &all[..cut]).await;
            let early = project(&log).await;
            snapshots.keep(&early, &log).await.expect("kept");
            put(&log, &clock, &all).await;
            let mut loaded = snapshots.load(&log).await.expect("a snapshot of this log");
            assert_eq!(loaded.position(), early.position());
            assert_eq!(bytes(&log, &loaded).await, bytes(&log, &early).await);
            follow(&log, &mut loaded, &mut |_| ()).await.expect("the rest is applied");
            let batch = project(&log).await;
            assert_eq!(bytes(&log, &loaded).await, bytes(&log, &batch).await);
            for position in [batch.position(), early.position()] {
                assert_eq!(answers(&loaded, position), answers(&batch, position));
            }
        });
    }

    #[test]
    fn a_damaged_snapshot_is_deleted(
        said in history(), at in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<bool>(),
    ) {
        runtime().block_on(async {
            let dir = tempfile::tempdir().expect("a directory");
            let snapshots = Snapshots::of_log(dir.path());
            let (log, clock) = memory();
            put(&log, &clock, &said.iter().enumerate().collect::<Vec<_>>()).await;
            snapshots.keep(&project(&log).await, &log).await.expect("kept");
            let path = file(dir.path()).expect("a snapshot");
            let mut bytes = fs::read(&path).expect("read");
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] ^= 1 << bit;
            }
            fs::write(&path, bytes).expect("written");
            assert!(snapshots.load(&log).await.is_none(), "damaged at {at}");
            assert_eq!(file(dir.path()), None);
        });
    }
}

pub(super) fn said(index: usize) -> Said {
    let subject: Subject = "child/C0".parse().expect("a subject");
    let day = "2024-01-02".parse().expect("a date");
    let data = format!(r#"{{"removal_id":"R{index}"}}"#);
    Said { subject, kind: "removal.recorded", day, data, amends: None }
}

#[tokio::test]
async fn a_snapshot_of_another_log_is_not_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let snapshots = Snapshots::of_log(dir.path());
    let (log, clock) = memory();
    put(&log, &clock, &[(0, &said(0)), (1, &said(1))]).await;
    snapshots.keep(&project(&log).await, &log).await.expect("kept");
    assert!(snapshots.load(&log).await.is_some());
    // The same name and number of events, another root.
    let clock = std::sync::Arc::new(SetClock::at(recorded(0)));
    let other = Memory::new("laws", clock.clone(), SeededEntropy(2));
    put(&other, &clock, &[(0, &said(0)), (1, &said(1))]).await;
    assert!(snapshots.load(&other).await.is_none());
    assert_eq!(file(dir.path()), None);
}

#[tokio::test]
async fn a_snapshot_does_not_outlive_an_erasure() {
    let dir = tempfile::tempdir().expect("a directory");
    let snapshots = Snapshots::of_log(dir.path());
    let (log, clock) = memory();
    put(&log, &clock, &[(0, &said(0)), (1, &said(1))]).await;
    snapshots.keep(&project(&log).await, &log).await.expect("kept");
    let subject = said(0).subject;
    let (authority, reason) = ("court".to_owned(), "expunged".to_owned());
    let recorded_by = "operator".to_owned();
    let erasure = Batch::Erase { subject, authority, reason, recorded_by };
    log.append(erasure).await.expect("erased");
    assert!(snapshots.load(&log).await.is_none());
    assert_eq!(file(dir.path()), None);
}
