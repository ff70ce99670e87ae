//! Opening: files in, threads running.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread::{Builder, JoinHandle};

use eventlog::{Entropy, ReadError};
use events::{Position, Timestamp};
use journal::{BLOCK_RECORDS, Journal, Needed, RunName, Segments, durable, seeded_bug};
use tokio::sync::watch;

use crate::codec::Kept;
use crate::destroyer::{DestroyError, Destroyer, unfinished};
use crate::directory::Directory;
use crate::erasures::Erasures;
use crate::files::{CleanMark, DirectoryLock, HeadMark, read_origin, write_origin};
use crate::heads::Heads;
use crate::lister::{Ending, Lister};
use crate::log::{EmbeddedLog, Threads, Watched};
use crate::marker::Marker;
use crate::options::Options;
use crate::pending::Pending;
use crate::rotation;
use crate::sealed::{OpenSealedError, SealedRun, decode_error};
use crate::sealer::Sealer;
use crate::signing::{Signing, SigningError};
use crate::state::{Arrival, State};
use crate::store::Store;
use crate::tail::{Indexed, Record};
use crate::writer::{StopReason, Writer};
use eventlog::SharedEntropy;

/// How many unsealed events are taken over at once.
const ARRIVALS_AT_ONCE: usize = 4_096;

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The options contradict themselves or the log.
    #[error("{0}")]
    Options(&'static str),
    /// Another process, or another part of this one, has the log open.
    #[error("{} is open elsewhere: a log has one owner at a time", dir.display())]
    Locked {
        /// The log's directory.
        dir: PathBuf,
    },
    /// The log has another name than the one asked for.
    #[error("the log's origin is {found}, not {asked}")]
    Origin {
        /// The log's name.
        found: String,
        /// The name in the options.
        asked: String,
    },
    /// The directory holds events but not the file with the log's name.
    #[error("{} holds events, but its file `origin` is missing or empty", dir.display())]
    OriginMissing {
        /// The log's directory.
        dir: PathBuf,
    },
    /// An erasure was interrupted, which a reader cannot finish.
    #[error("an erasure in {} is to be finished: open the log for writing once", dir.display())]
    Erasing {
        /// The log's directory.
        dir: PathBuf,
    },
    /// A file or directory cannot be read or written.
    #[error("cannot open the log in {}", path.display())]
    Io {
        /// What was being read or written.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The journal is damaged or cannot be read.
    #[error(transparent)]
    Journal(#[from] journal::OpenError),
    /// A sealed run is damaged or cannot be read.
    #[error(transparent)]
    Sealed(#[from] OpenSealedError),
    /// Sealed runs do not follow on each other.
    #[error("the log in {} lacks positions {first} to {last}: no sealed run holds them", dir.display())]
    RunMissing {
        /// The log's directory.
        dir: PathBuf,
        /// First position that is nowhere.
        first: u64,
        /// Last position that is nowhere.
        last: u64,
    },
    /// An event cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An erasure that was interrupted cannot be completed.
    #[error(transparent)]
    Destroy(#[from] DestroyError),
    /// The log's key cannot be used.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The log has another root at a position than was acknowledged there.
    #[error("the log's first {position} events are not those that were acknowledged")]
    NotAsAcknowledged {
        /// The position.
        position: u64,
    },
    /// The log was closed at another head than it has now.
    #[error("the log was closed at position {closed} and now ends at {found}, or is another log")]
    NotAsClosed {
        /// Last position when it was closed.
        closed: u64,
        /// Last position now; never below `closed`, which the journal tells as positions it lacks.
        found: u64,
    },
}

/// The directories of a log.
pub(crate) struct Places<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) journal: PathBuf,
    pub(crate) sealed: PathBuf,
    pub(crate) directory: PathBuf,
}

/// What the marks beside the log say of its head.
pub(crate) struct Marks {
    clean: Option<CleanMark>,
    acknowledged: Option<HeadMark>,
}

impl EmbeddedLog {
    /// Opens the log in `dir`, or begins a new one in an empty directory.
    ///
    /// # Errors
    /// [`OpenError`]. Damage is never repaired and nothing acknowledged is ever cut off; a write
    /// that a crash cut short is.
    pub fn open(dir: &Path, mut options: Options) -> Result<Self, OpenError> {
        if let Some(fault) = options.fault() {
            return Err(OpenError::Options(fault));
        }
        let places = Places::of(dir);
        places.io(dir, durable::create_dir(dir))?;
        let lock = places.io(dir, DirectoryLock::take(dir))?;
        let lock = lock.ok_or_else(|| OpenError::Locked { dir: dir.to_owned() })?;
        let origin = places.origin(&mut options)?;
        let signing = Arc::new(Signing::open(dir, &origin, &mut *options.entropy)?);
        places.io(&places.sealed, durable::create_dir(&places.sealed))?;
        places.io(&places.sealed, durable::remove_leftovers(&places.sealed))?;
        let runs = places.runs()?;
        // The rename that brought the last run into being may not have been synced, the process
        // having been killed behind it; the segments that it replaces are deleted below.
        if !seeded_bug("no-sealed-directory-sync") {
            places.io(&places.sealed, durable::sync_dir(&places.sealed))?;
        }
        let marks = places.marks()?;
        let needed = marks.needed(&runs);
        let mut journal = Journal::open(&places.journal, options.journal, needed)?;
        let store = places.store(origin, &runs, &journal.segments(), options.seal_events)?;
        let store = Arc::new(store);
        marks.compare(&store)?;
        if !seeded_bug("keep-clean-mark") {
            // From now on the log changes.
            places.io(dir, CleanMark::remove(dir))?;
        }
        let destroyer = Destroyer::new(dir, &places.sealed);
        let unfinished = unfinished(&store)?;
        let entropy = &mut *options.entropy;
        if let Some(gone) = destroyer.destroy(&store, &mut journal, entropy, unfinished)? {
            gone.forget(&mut store.state_mut());
        }
        let listed = marks.clean.is_some_and(|mark| mark.directory);
        rotation::settle(&store, &signing)?;
        let files = Files { lock, journal, destroyer };
        start(dir, files, store, signing, listed, options)
    }
}

impl Marks {
    /// What the journal must hold behind these runs.
    pub(crate) fn needed(&self, runs: &[Arc<SealedRun>]) -> Needed {
        let sealed = runs.last().map_or(0, |run| run.name().last);
        let clean = self.clean.map(|mark| mark.position);
        let marked = clean.into_iter().chain(self.acknowledged.map(|mark| mark.position));
        Needed { first: sealed + 1, last: marked.fold(sealed, u64::max) }
    }

    /// Compares the log with where it was closed and with what it acknowledged.
    pub(crate) fn compare(&self, store: &Store) -> Result<(), OpenError> {
        let head = store.head(None)?;
        if let Some(CleanMark { position, root, .. }) = self.clean
            && (position != head.position.0 || root != head.root)
        {
            let found = head.position.0;
            return Err(OpenError::NotAsClosed { closed: position, found });
        }
        if let Some(HeadMark { position, root }) = self.acknowledged
            && store.head(Some(Position(position)))?.root != root
        {
            return Err(OpenError::NotAsAcknowledged { position });
        }
        Ok(())
    }
}

impl<'a> Places<'a> {
    pub(crate) fn of(dir: &'a Path) -> Self {
        let (journal, sealed) = (dir.join("journal"), dir.join("sealed"));
        Self { dir, journal, sealed, directory: dir.join("directory") }
    }

    /// Reads what the marks say.
    pub(crate) fn marks(&self) -> Result<Marks, OpenError> {
        let clean = self.io(self.dir, CleanMark::read(self.dir))?;
        let acknowledged = self.io(self.dir, HeadMark::read(self.dir))?;
        Ok(Marks { clean, acknowledged })
    }

    /// Puts runs and journal together; the directory of streams is not opened.
    pub(crate) fn store(
        &self,
        origin: String,
        runs: &[Arc<SealedRun>],
        segments: &Segments,
        seal_events: u64,
    ) -> Result<Store, OpenError> {
        let sealed = runs.last().map_or(0, |run| run.name().last);
        let mut state = State::sealed(runs.to_vec(), seal_events);
        if let Some(time) = last_recorded_time(runs)? {
            state.set_recorded_time(time);
        }
        read_tail(segments, sealed + 1, &mut state)?;
        let directory = Directory::new(self.directory.clone());
        let erasures = self.io(self.dir, Erasures::read(self.dir))?;
        Ok(Store::new(origin, state, directory, erasures))
    }

    pub(crate) fn io<T>(&self, path: &Path, outcome: io::Result<T>) -> Result<T, OpenError> {
        outcome.map_err(|source| OpenError::Io { path: path.to_owned(), source })
    }

    /// Reads the log's name, or gives it one.
    fn origin(&self, options: &mut Options) -> Result<String, OpenError> {
        let asked = options.origin.take();
        match self.io(self.dir, read_origin(self.dir))? {
            Some(found) if found.is_empty() => {
                Err(OpenError::OriginMissing { dir: self.dir.to_owned() })
            }
            Some(found) => match asked {
                Some(asked) if asked != found => Err(OpenError::Origin { found, asked }),
                _ => Ok(found),
            },
            // The name comes before the first event, so there is no event without a name.
            None if self.journal.exists() || self.sealed.exists() => {
                Err(OpenError::OriginMissing { dir: self.dir.to_owned() })
            }
            None => {
                let origin = asked.unwrap_or_else(|| random_origin(&mut *options.entropy));
                self.io(self.dir, write_origin(self.dir, &origin))?;
                Ok(origin)
            }
        }
    }

    /// Opens the sealed runs and checks that they follow on each other.
    pub(crate) fn runs(&self) -> Result<Vec<Arc<SealedRun>>, OpenError> {
        let mut runs = Vec::new();
        let mut next = 1;
        for (name, _) in self.io(&self.sealed, RunName::list(&self.sealed))? {
            if name.first != next {
                return Err(OpenError::RunMissing {
                    dir: self.dir.to_owned(),
                    first: next,
                    last: name.first - 1,
                });
            }
            runs.push(Arc::new(SealedRun::open(&self.sealed, name)?));
            next = name.last + 1;
        }
        Ok(runs)
    }
}

fn random_origin(entropy: &mut dyn Entropy) -> String {
    let uuid = uuid::Builder::from_random_bytes(entropy.salt().0).into_uuid();
    format!("casetrail/{uuid}")
}

fn last_recorded_time(runs: &[Arc<SealedRun>]) -> Result<Option<Timestamp>, OpenError> {
    let Some(run) = runs.last() else { return Ok(None) };
    let last = run.name().last;
    let block = run.block(last / BLOCK_RECORDS - 1)?;
    Ok(Some(block.kept(Position(last))?.1.recorded_time))
}

/// Takes the unsealed events over from the journal.
fn read_tail(segments: &Segments, from: u64, state: &mut State) -> Result<(), OpenError> {
    for first in segments.firsts() {
        let segment = segments.load(first).map_err(journal::OpenError::from)?;
        let mut arrivals = Vec::with_capacity(ARRIVALS_AT_ONCE);
        for (position, bytes) in segment.records(from) {
            arrivals.push(arrival(Position(position), bytes)?);
            if arrivals.len() == ARRIVALS_AT_ONCE {
                state.publish(std::mem::take(&mut arrivals));
            }
        }
        state.publish(arrivals);
    }
    Ok(())
}

fn arrival(position: Position, bytes: &[u8]) -> Result<Arrival, ReadError> {
    let record = Record::new(bytes);
    let read = || {
        let stored = record.stored()?;
        let recorded_time = Kept::read(stored.kept)?.recorded_time;
        Ok((Indexed::of_record(&stored)?, stored.leaf, recorded_time))
    };
    let (indexed, leaf, recorded_time) = read().map_err(|error| decode_error(position, &error))?;
    Ok(Arrival { indexed, leaf, recorded_time, record })
}

/// What the engine alone may change.
struct Files {
    lock: DirectoryLock,
    journal: Journal,
    destroyer: Destroyer,
}

/// Starts the threads. `listed` tells whether the directory of streams was closed in order.
fn start(
    dir: &Path,
    Files { lock, journal, destroyer }: Files,
    store: Arc<Store>,
    signing: Arc<Signing>,
    listed: bool,
    options: Options,
) -> Result<EmbeddedLog, OpenError> {
    let failed = |source| OpenError::Io { path: dir.to_owned(), source };
    let (submit, submissions) = mpsc::channel();
    let entropy = SharedEntropy::new(options.entropy);
    let (seal, wake_sealer) = mpsc::sync_channel(1);
    let (list, wake_lister) = mpsc::sync_channel(1);
    let (ended, lister) = mpsc::channel();
    let (head_sender, head) = watch::channel(Position(store.snapshot().head()));
    let (sealed_sender, sealed) = watch::channel(Position(store.snapshot().sealed()));
    let (stopped, ending) = (StopReason::default(), Arc::<OnceLock<Ending>>::default());
    let writer = Writer {
        store: Arc::clone(&store),
        clock: options.clock,
        entropy: entropy.clone(),
        heads: Heads::default(),
        pending: Pending::default(),
        group_events_max: options.group_events_max,
        group_bytes_max: options.group_bytes_max,
        submissions,
        head: Some(head_sender),
        seal,
        list: list.clone(),
        destroyer,
        stopped: Arc::clone(&stopped),
        journal,
    };
    let sealer = Sealer {
        store: Arc::clone(&store),
        dir: dir.join("sealed"),
        segments: writer.journal.segments(),
        seal_events: options.seal_events,
        wake: wake_sealer,
        ending: Arc::clone(&ending),
        list,
        sealed: sealed_sender,
    };
    let listing = Lister {
        store: Arc::clone(&store),
        clean: listed,
        wake: wake_lister,
        ending: Arc::clone(&ending),
        ended,
    };
    let (end_marker, end) = mpsc::channel();
    let (store_of_marker, every) = (Arc::clone(&store), options.mark_every);
    let marker = Marker { store: store_of_marker, dir: dir.to_owned(), every, end };
    // Where one cannot be started, those before it end with the channels of the others.
    spawn("log-directory", move || listing.run()).map_err(failed)?;
    let marker = spawn("log-marker", move || marker.run()).map_err(failed)?;
    let sealer = spawn("log-sealer", move || sealer.run()).map_err(failed)?;
    let writer = spawn("log-writer", move || writer.run()).map_err(failed)?;
    let threads = Threads { writer, sealer, marker, lister, ending, end_marker };
    let watched = Watched { head, sealed };
    let dir = dir.to_owned();
    let (submit, threads) = (Mutex::new(Some(submit)), Mutex::new(Some(threads)));
    Ok(EmbeddedLog { dir, lock, store, signing, entropy, submit, watched, stopped, threads })
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(run)
}
