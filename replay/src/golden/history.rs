//! One golden case history.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use eventlog::{Batch, EventLog as _, Memory, SeededEntropy, SetClock};
use events::{Admission, Incoming, Json, Logged, Pointer, Position, Timestamp};

use super::laid_out;
use crate::differences::{differences, lacking, short};
use crate::{Asking, Failure, Replayed};

/// A history: its folder and its questions.
#[derive(Debug, Clone)]
pub struct History {
    dir: PathBuf,
    questions: Vec<Question>,
}

/// A question of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The words, as on the command line.
    pub args: Vec<String>,
    /// Parts of the answer, written by hand.
    pub must: Option<Json>,
    /// The whole answer but for origin and root; `None`: not yet asked.
    pub expect: Option<Json>,
}

/// The folders of histories below `dir`, by name; `dir` itself if it is one.
///
/// # Errors
/// [`Failure::WrongUse`] where it cannot be read.
pub fn histories(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let is_history = |dir: &Path| dir.join("questions.json").is_file();
    if is_history(dir) {
        return Ok(vec![dir.to_owned()]);
    }
    let name = || format!("cannot read {}", dir.display());
    let entries = std::fs::read_dir(dir).with_context(name).map_err(Failure::WrongUse)?;
    let mut found = Vec::new();
    for entry in entries {
        found.push(entry.with_context(name)?.path());
    }
    found.retain(|path| is_history(path));
    found.sort();
    Ok(found)
}

/// An answer without what differs from log to log: the log's origin and root.
#[must_use]
pub fn comparable(mut answer: Json) -> Json {
    if let Json::Object(members) = &mut answer
        && let Some(Json::Object(log)) = members.get_mut("log")
    {
        log.remove("origin");
        log.remove("root");
    }
    answer
}

impl History {
    /// Reads a history's questions.
    ///
    /// # Errors
    /// [`Failure::Fault`] where they cannot be read.
    pub fn read(dir: &Path) -> Result<Self, Failure> {
        let path = dir.join("questions.json");
        let name = || format!("cannot read {}", path.display());
        let json = Json::parse(&std::fs::read(&path).with_context(name)?).with_context(name)?;
        json.check(&Pointer::ROOT).with_context(name)?;
        let Json::Array(items) = json else {
            return Err(anyhow!("expected a list").context(name()).into());
        };
        let questions = items.iter().map(Question::read).collect::<anyhow::Result<_>>();
        Ok(Self { dir: dir.to_owned(), questions: questions.with_context(name)? })
    }

    /// The folder's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.dir.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The questions, in order.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Where the events are.
    #[must_use]
    pub fn events_path(&self) -> PathBuf {
        self.dir.join("events.ndjson")
    }

    /// Takes the events into a new log in memory, as backfill, and reads them as it holds them.
    ///
    /// # Errors
    /// [`Failure::Fault`] at the first event that is refused.
    pub fn events(&self, now: Timestamp) -> Result<Vec<Logged>, Failure> {
        let path = self.events_path();
        let name = || format!("cannot read {}", path.display());
        let text = std::fs::read_to_string(&path).with_context(name)?;
        let log = Memory::new("golden", SetClock::at(now), SeededEntropy(1));
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        for (number, line) in (1..).zip(text.lines()) {
            let name = || format!("{}: line {number}", path.display());
            let json = Json::parse(line.as_bytes()).with_context(name)?;
            let event = Incoming::read(&json, Admission::Backfill).with_context(name)?;
            let batch = Batch::Backfill { events: vec![event], recorded_by: "local".to_owned() };
            runtime.block_on(log.append(batch)).with_context(name)?;
        }
        let mut events = Vec::new();
        loop {
            let from = Position(events.len() as u64 + 1);
            let page = runtime.block_on(log.page(from, eventlog::PAGE_EVENTS_MAX))?;
            if page.is_empty() {
                return Ok(events);
            }
            events.extend(page);
        }
    }

    /// Folds the events.
    ///
    /// # Errors
    /// As [`History::events`].
    pub fn replay(&self, now: Timestamp) -> Result<Replayed, Failure> {
        let mut replayed = Replayed::keeping_events();
        for event in self.events(now)? {
            replayed.push(&event).with_context(|| self.name())?;
        }
        Ok(replayed)
    }

    /// Asks every question. Answers with each question's words and what is wrong with the answer;
    /// with `renew`, the answers become what is expected.
    ///
    /// # Errors
    /// [`Failure`] where a question is none.
    pub fn check(
        &mut self,
        replayed: &Replayed,
        now: Timestamp,
        renew: bool,
    ) -> Result<Vec<(String, Vec<String>)>, Failure> {
        let mut outcomes = Vec::new();
        for question in &mut self.questions {
            let answer = comparable(Asking::read(&question.args)?.ask(replayed, now)?);
            if renew {
                question.expect = Some(answer.clone());
            }
            outcomes.push((question.args.join(" "), question.faults(&answer)));
        }
        Ok(outcomes)
    }

    /// Writes the questions down.
    ///
    /// # Errors
    /// [`Failure::Fault`] where they cannot be written.
    pub fn write(&self) -> Result<(), Failure> {
        let questions: Vec<_> = self.questions.iter().map(Question::text).collect();
        let path = self.dir.join("questions.json");
        let text = format!("[\n{}\n]\n", questions.join(",\n"));
        Ok(std::fs::write(&path, text)
            .with_context(|| format!("cannot write {}", path.display()))?)
    }
}

impl Question {
    fn read(json: &Json) -> anyhow::Result<Self> {
        let Json::Object(members) = json else { bail!("a question is an object") };
        let known = ["args", "must", "expect"];
        if let Some(name) = members.keys().find(|name| !known.contains(&name.as_str())) {
            bail!("a question has no member `{name}`");
        }
        let Some(Json::Array(args)) = members.get("args") else { bail!("`args` is a list") };
        let args = args.iter().map(|arg| arg.as_str().map(str::to_owned));
        Ok(Self {
            args: args.collect::<Option<_>>().context("`args` is a list of strings")?,
            must: members.get("must").cloned(),
            expect: members.get("expect").cloned(),
        })
    }

    /// What is wrong with a [`comparable`] answer.
    #[must_use]
    pub fn faults(&self, answer: &Json) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(must) = &self.must {
            faults.extend(lacking(must, answer).into_iter().map(|lack| format!("must: {lack}")));
        }
        match &self.expect {
            None => faults.push("no answer is expected yet".to_owned()),
            Some(expect) => {
                let side = |json: &Option<Json>| json.as_ref().map_or("nothing".to_owned(), short);
                faults.extend(differences(expect, answer).iter().map(|d| {
                    format!("{}: expected {}, got {}", d.path, side(&d.left), side(&d.right))
                }));
            }
        }
        faults
    }

    fn text(&self) -> String {
        let args = Json::Array(self.args.iter().map(|arg| arg.as_str().into()).collect());
        let parts = [("args", Some(&args)), ("must", self.must.as_ref())];
        let parts = parts.into_iter().chain([("expect", self.expect.as_ref())]);
        let lines = parts.filter_map(|(name, part)| {
            let used = 4 + name.len() + "\"\": ,".len();
            Some(format!("    \"{name}\": {}", laid_out(part?, 4, used)))
        });
        format!("  {{\n{}\n  }}", lines.collect::<Vec<_>>().join(",\n"))
    }
}
