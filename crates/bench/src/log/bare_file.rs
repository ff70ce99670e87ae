//! Reference A: a bare program that appends records to one file with group commit.
//!
//! Callers hand their bytes over, one thread writes all that wait with one `pwrite` and makes them
//! durable with one `fdatasync`, then answers. The file was filled with zeros before; at its end
//! the thread begins again at the front, where blocks are there already as well. It checks, orders,
//! indexes and reads back nothing.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use anyhow::{Context as _, Result, anyhow};
use tokio::sync::oneshot;

use super::drive::Caller;

const FILE_BYTES: u64 = 128 << 20;
const ZEROS_BYTES: usize = 1 << 20;
/// Bounds of a group, as the engine has them.
const GROUP_EVENTS_MAX: usize = 4_096;
const GROUP_BYTES_MAX: usize = 4 << 20;
/// As many bytes of framing as the engine's journal has: for each group, for each record.
const GROUP_HEADER: [u8; 28] = [0; 28];

struct Submission {
    records: Vec<Vec<u8>>,
    answer: oneshot::Sender<std::io::Result<()>>,
}

/// The reference, ready to be written to.
pub(super) struct BareFile {
    submit: Option<Sender<Submission>>,
    writer: Option<JoinHandle<()>>,
}

impl BareFile {
    /// Fills the file and starts the thread.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let mut file =
            File::create_new(path).with_context(|| format!("cannot create {}", path.display()))?;
        let zeros = vec![0; ZEROS_BYTES];
        for _ in 0..FILE_BYTES / ZEROS_BYTES as u64 {
            file.write_all(&zeros)?;
        }
        file.sync_all()?;
        let (submit, submissions) = channel();
        let write = move || write_groups(&file, &submissions);
        let writer = Builder::new().name("bare-writer".to_owned()).spawn(write)?;
        Ok(Self { submit: Some(submit), writer: Some(writer) })
    }

    /// So many callers that append `batch` of the records at a time, over and over.
    pub(super) fn callers(
        &self,
        count: usize,
        batch: usize,
        records: &Arc<[Vec<u8>]>,
    ) -> Vec<BareCaller> {
        let submit = self.submit.iter().cycle().take(count).cloned();
        let callers = submit.enumerate().map(|(number, submit)| {
            let next = number * 31 % records.len();
            BareCaller { submit, records: Arc::clone(records), next, batch }
        });
        callers.collect()
    }
}

impl Drop for BareFile {
    fn drop(&mut self) {
        self.submit = None;
        if let Some(writer) = self.writer.take() {
            // It has told its callers what went wrong.
            drop(writer.join());
        }
    }
}

fn write_groups(file: &File, submissions: &Receiver<Submission>) {
    let (mut at, mut group) = (0, Vec::new());
    while let Ok(first) = submissions.recv() {
        let mut answers = Vec::new();
        let mut events = 0;
        group.clear();
        group.extend_from_slice(&GROUP_HEADER);
        let mut next = Some(first);
        while let Some(Submission { records, answer }) = next {
            events += records.len();
            for record in &records {
                group.extend_from_slice(&(record.len() as u64).to_le_bytes()[..4]);
                group.extend_from_slice(record);
            }
            answers.push(answer);
            let full = events >= GROUP_EVENTS_MAX || group.len() >= GROUP_BYTES_MAX;
            next = if full { None } else { submissions.try_recv().ok() };
        }
        if at + group.len() as u64 > FILE_BYTES {
            at = 0;
        }
        let written = file.write_all_at(&group, at).and_then(|()| file.sync_data());
        at += group.len() as u64;
        for answer in answers {
            // A caller that is gone needs no answer.
            drop(answer.send(written.as_ref().map_or_else(|e| Err(e.kind().into()), |()| Ok(()))));
        }
    }
}

/// One caller of the reference.
pub(super) struct BareCaller {
    submit: Sender<Submission>,
    records: Arc<[Vec<u8>]>,
    next: usize,
    batch: usize,
}

impl Caller for BareCaller {
    async fn commit(&mut self) -> Result<bool> {
        let upcoming = self.next..self.next + self.batch;
        let records =
            upcoming.map(|number| self.records[number % self.records.len()].clone()).collect();
        self.next = (self.next + self.batch) % self.records.len();
        let (answer, written) = oneshot::channel();
        let submission = Submission { records, answer };
        self.submit.send(submission).map_err(|_| anyhow!("the bare writer has ended"))?;
        written.await??;
        Ok(true)
    }
}
