//! Threads that read texts as events, so that it keeps no other work waiting.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, available_parallelism};

use events::{Admission, Code, Incoming, Refusal};
use tokio::sync::oneshot;

use crate::EVENT_TEXT_BYTES_MAX;
use crate::texts::{Text, Texts};

/// Texts, and for each the event or why it is none.
pub(crate) struct Parsed {
    pub(crate) texts: Texts,
    pub(crate) outcomes: Vec<Result<Incoming, Refusal>>,
}

/// Reads one text as an event.
pub(crate) fn parse(text: Text<'_>, admission: Admission) -> Result<Incoming, Refusal> {
    if text.length > EVENT_TEXT_BYTES_MAX as u64 {
        let message = format!("the text of an event is {} bytes long", text.length);
        return Err(Refusal::new(Code::EventTooLarge, "", message));
    }
    Incoming::parse(text.bytes, admission)
}

struct Task {
    texts: Texts,
    answer: oneshot::Sender<Parsed>,
}

/// The threads: as many as the machine has cores.
pub(crate) struct Parsers {
    /// `None` once they are to end.
    tasks: Option<Sender<Task>>,
    threads: Vec<JoinHandle<()>>,
}

impl Parsers {
    /// Starts them.
    ///
    /// # Errors
    /// When the operating system starts no thread.
    pub(crate) fn start(admission: Admission) -> io::Result<Self> {
        let (sender, tasks) = channel();
        let tasks = Arc::new(Mutex::new(tasks));
        let count = available_parallelism().map_or(1, usize::from);
        let mut parsers = Self { tasks: Some(sender), threads: Vec::new() };
        for _ in 0..count {
            let tasks = Arc::clone(&tasks);
            let thread = Builder::new().name("ingest-parse".to_owned());
            parsers.threads.push(thread.spawn(move || parse_all(&tasks, admission))?);
        }
        Ok(parsers)
    }

    /// How many tasks keep all of them busy.
    pub(crate) const fn ahead(&self) -> usize {
        self.threads.len() + 1
    }

    /// Hands texts over; what comes of them is awaited on its own.
    pub(crate) fn parse(&self, texts: Texts) -> oneshot::Receiver<Parsed> {
        let (answer, parsed) = oneshot::channel();
        if let Some(tasks) = &self.tasks {
            // A thread that is gone has dropped the answer, which is how the caller learns of it.
            let _ = tasks.send(Task { texts, answer });
        }
        parsed
    }
}

impl Drop for Parsers {
    fn drop(&mut self) {
        drop(self.tasks.take());
        for thread in self.threads.drain(..) {
            // A thread that panicked has dropped an answer that was waited for.
            let _ = thread.join();
        }
    }
}

fn parse_all(tasks: &Mutex<Receiver<Task>>, admission: Admission) {
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { texts, answer }) = task else { return };
        let outcomes = texts.iter().map(|text| parse(text, admission)).collect();
        // Who asked may have broken off.
        let _ = answer.send(Parsed { texts, outcomes });
    }
}
