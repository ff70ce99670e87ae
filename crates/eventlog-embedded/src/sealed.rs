//! A sealed run as the engine sees it: blocks of events, and the sections that find them.

use std::hint::black_box;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use eventlog::{ReadError, Seen, SeenContent};
use events::{EventKey, Hash, Logged, Position, Revision, Subject};
use journal::{BLOCK_RECORDS, Block, OpenRunError, ReadRunError, RunName, RunReader};

use crate::codec::{
    self, DecodeError, Kept, Shared, SharedTexts, StoredData, StoredName, StoredRecord,
};
use crate::filter::Filter;
use crate::hash_list::{HashList, SearchError};
use crate::sections::{
    FILTER, IDS, IDS_INDEX, ROOTS, SECTIONS_VERSION, STREAMS, STREAMS_INDEX, SUBJECTS,
    SUBJECTS_INDEX, SUMMARY,
};
use crate::short_hash;
use crate::streams::{StreamEntry, StreamName, StreamTable};
use crate::wire::Cursor;

/// Why a run could not be taken into use.
#[derive(Debug, thiserror::Error)]
pub enum OpenSealedError {
    /// The file is damaged or cannot be read.
    #[error(transparent)]
    File(#[from] OpenRunError),
    /// A section is damaged or cannot be read.
    #[error(transparent)]
    Section(#[from] ReadRunError),
    /// A section holds something else than it should.
    #[error("sealed run {name} has a malformed section `{section}`")]
    Malformed {
        /// The run's file name.
        name: String,
        /// The section.
        section: &'static str,
    },
    /// The sections were written by a later program.
    #[error("sealed run {name} has version {version}, which is unknown here")]
    Version {
        /// The run's file name.
        name: String,
        /// Its version.
        version: u32,
    },
}

/// Names of the streams of a run, by number.
pub(crate) type Names = Vec<StreamName>;

/// How many runs this process has opened.
static OPENED: AtomicU64 = AtomicU64::new(0);

/// A run in use: its filter, its block roots and the indexes of its lists are in memory, the rest
/// is on disk.
#[derive(Debug)]
pub(crate) struct SealedRun {
    id: u64,
    reader: RunReader,
    filter: Filter,
    roots: Vec<Hash>,
    streams: StreamTable,
    subjects: HashList,
    ids: HashList,
    erased: u32,
}

impl SealedRun {
    /// Opens the run of that name.
    ///
    /// # Errors
    /// [`OpenSealedError`].
    pub(crate) fn open(dir: &Path, name: RunName) -> Result<Self, OpenSealedError> {
        let reader = RunReader::open(dir, name)?;
        let malformed = |section| OpenSealedError::Malformed { name: name.file_name(), section };
        let summary = reader.section(SUMMARY)?;
        let mut summary = Cursor::new(&summary);
        let version = summary.u32().ok_or_else(|| malformed(SUMMARY))?;
        if version != SECTIONS_VERSION {
            return Err(OpenSealedError::Version { name: name.file_name(), version });
        }
        let erased = summary.u32().ok_or_else(|| malformed(SUMMARY))?;
        let filter = Filter::decode(&reader.section(FILTER)?).ok_or_else(|| malformed(FILTER))?;
        let streams = StreamTable::decode(&reader.section(STREAMS_INDEX)?);
        let streams = streams.ok_or_else(|| malformed(STREAMS_INDEX))?;
        let list =
            |section| HashList::decode(&reader.section(section)?).ok_or_else(|| malformed(section));
        let (subjects, ids) = (list(SUBJECTS_INDEX)?, list(IDS_INDEX)?);
        let roots = reader.section(ROOTS)?;
        let (roots, rest) = roots.as_chunks::<32>();
        if !rest.is_empty() || roots.len() as u64 * BLOCK_RECORDS != name.last + 1 - name.first {
            return Err(malformed(ROOTS));
        }
        let id = OPENED.fetch_add(1, Ordering::Relaxed);
        Ok(Self { id, filter, roots: roots.to_vec(), streams, subjects, ids, erased, reader })
    }

    /// Tells this run from the one of the same name that it was made from.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The file.
    pub(crate) fn reader(&self) -> &RunReader {
        &self.reader
    }

    /// First and last position.
    pub(crate) fn name(&self) -> RunName {
        self.reader.name()
    }

    /// Roots of the run's blocks, in order.
    pub(crate) fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// How many streams have an event in the run.
    pub(crate) fn stream_count(&self) -> u32 {
        self.streams.count()
    }

    /// Positions whose events may have that identity.
    pub(crate) fn candidates(&self, key_hash: u64) -> Result<Vec<Position>, ReadError> {
        let places = self.search(&self.ids, IDS, key_hash)?;
        Ok(places.into_iter().map(|place| self.position(place)).collect())
    }

    /// Which short hashes it may hold.
    pub(crate) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The stream of that name, if it has an event in the run.
    pub(crate) fn stream(&self, subject: &Subject) -> Result<Option<StreamEntry>, ReadError> {
        self.stream_hashed(subject, short_hash::of_subject(subject))
    }

    /// The same, for who has the name's short hash.
    pub(crate) fn stream_hashed(
        &self,
        subject: &Subject,
        hash: u64,
    ) -> Result<Option<StreamEntry>, ReadError> {
        let named = |entry: &StreamEntry| matches!(&entry.name, StreamName::Named(other, _) if other == subject);
        for number in self.search(&self.subjects, SUBJECTS, hash)? {
            let entry = self.stream_numbered(number)?;
            if named(&entry) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// How many events up to a position are erased.
    pub(crate) fn erased(&self, at: Position) -> Result<u64, ReadError> {
        let RunName { first, last } = self.name();
        if at.0 >= last || self.erased == 0 {
            return Ok(u64::from(self.erased));
        }
        let streams = self.streams()?.into_iter();
        let erased = streams.filter(|stream| matches!(stream.name, StreamName::Erased(_)));
        let places = erased.flat_map(|stream| stream.places);
        Ok(places.filter(|place| first + u64::from(*place) <= at.0).count() as u64)
    }

    /// The last revision among the bare entries of a stream.
    pub(crate) fn bare_revision(&self, subject_hash: &Hash) -> Result<Option<Revision>, ReadError> {
        if self.erased == 0 {
            return Ok(None);
        }
        let mut last = None;
        let hash = short_hash::first_bytes(subject_hash);
        for number in self.search(&self.subjects, SUBJECTS, hash)? {
            let entry = self.stream_numbered(number)?;
            if entry.name == StreamName::Erased(*subject_hash) {
                last = last.max(Some(entry.last_revision()));
            }
        }
        Ok(last)
    }

    /// The numbers beside a short hash in one of the lists, and seldom others.
    fn search(
        &self,
        list: &HashList,
        section: &'static str,
        hash: u64,
    ) -> Result<Vec<u32>, ReadError> {
        if !self.filter.may_hold(hash) {
            return Ok(Vec::new());
        }
        list.search(&self.reader, section, hash).map_err(|error| self.search_error(error))
    }

    /// The stream of that number.
    pub(crate) fn stream_numbered(&self, number: u32) -> Result<StreamEntry, ReadError> {
        let page = self.streams.page_of(number);
        let page = page.ok_or_else(|| self.damaged("a record names a stream that is not there"))?;
        let mut bytes = vec![0; page.len()];
        self.reader.section_part(STREAMS, page.start as u64, &mut bytes).map_err(read_error)?;
        let entry = self.streams.entry(&bytes, number);
        entry.ok_or_else(|| self.damaged("the table of streams is damaged"))
    }

    /// The whole table of streams, in order of number.
    pub(crate) fn streams(&self) -> Result<Vec<StreamEntry>, ReadError> {
        let pages = self.reader.section(STREAMS).map_err(read_error)?;
        let entries = self.streams.entries(&pages);
        entries.ok_or_else(|| self.damaged("the table of streams is damaged"))
    }

    /// Names of the streams, by number.
    pub(crate) fn names(&self) -> Result<Names, ReadError> {
        Ok(self.streams()?.into_iter().map(|entry| entry.name).collect())
    }

    /// Reads a block.
    pub(crate) fn block(&self, block: u64) -> Result<SealedBlock, ReadError> {
        self.reader.block(block).map(SealedBlock).map_err(read_error)
    }

    /// The position at a place of the run, counted from 0.
    pub(crate) fn position(&self, place: u32) -> Position {
        Position(self.name().first + u64::from(place))
    }

    fn search_error(&self, error: SearchError) -> ReadError {
        match error {
            SearchError::Read(error) => read_error(error),
            damaged @ SearchError::Damaged(_) => self.damaged(&damaged.to_string()),
        }
    }

    fn damaged(&self, what: &str) -> ReadError {
        let RunName { first, last } = self.name();
        ReadError::Damaged { first: Position(first), last: Position(last), what: what.to_owned() }
    }
}

/// A block of a run, decompressed.
#[derive(Debug)]
pub(crate) struct SealedBlock(Block);

impl SealedBlock {
    /// Writes the kept part of a sealed record down: the stream's number, then what is kept of
    /// the event.
    pub(crate) fn kept_record(number: u32, kept: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(kept.len() + 5);
        bytes.extend_from_slice(&number.to_le_bytes());
        bytes.extend_from_slice(kept);
        bytes
    }

    /// Number of the stream, and the kept part, of the event at a position of this block.
    pub(crate) fn kept(&self, position: Position) -> Result<(u32, Kept<'_>), ReadError> {
        let read = || {
            let record = self.0.kept.get(self.index(position)).ok_or(DecodeError::Malformed)?;
            let mut cursor = Cursor::new(record);
            let number = cursor.u32();
            Ok((number.ok_or(DecodeError::Malformed)?, Kept::read(cursor.rest())?))
        };
        read().map_err(|error| decode_error(position, &error))
    }

    /// The data part of the event at a position of this block.
    pub(crate) fn data(&self, position: Position) -> Result<StoredData<&str>, ReadError> {
        let record = self.0.data.get(self.index(position)).ok_or(DecodeError::Malformed);
        record.and_then(StoredData::read).map_err(|error| decode_error(position, &error))
    }

    /// Tells whether the event at a position of this block has that identity.
    pub(crate) fn has_key(&self, position: Position, key: &EventKey) -> Result<bool, ReadError> {
        Ok(self.data(position)?.has_key(key))
    }

    /// Tells whether the event at a position of this block is the one of that record.
    pub(crate) fn holds(
        &self,
        position: Position,
        stored: &StoredRecord<'_>,
        names: &Names,
    ) -> bool {
        let index = self.index(position);
        let same_kept = self.0.kept.get(index).is_some_and(|record| {
            let mut cursor = Cursor::new(record);
            let number = cursor.u32().and_then(|number| usize::try_from(number).ok());
            let name = number.and_then(|number| names.get(number));
            let same_name = name.is_some_and(|name| match (name, stored.name) {
                (StreamName::Named(name, salt), StoredName::Named { salt: other, subject }) => {
                    name.as_str() == subject && *salt == other
                }
                (StreamName::Erased(hash), StoredName::Erased(other)) => *hash == other,
                _ => false,
            });
            same_name && cursor.rest() == stored.kept
        });
        same_kept && self.0.data.get(index) == Some(stored.data)
    }

    /// The data record at a place of this block.
    pub(crate) fn data_record(&self, index: usize) -> Option<&[u8]> {
        self.0.data.get(index)
    }

    /// What stands at a position of this block; `name_of` answers for its stream.
    pub(crate) fn logged(
        &self,
        position: Position,
        mut name_of: impl FnMut(u32) -> Result<StreamName, ReadError>,
    ) -> Result<Logged, ReadError> {
        let end = Position(position.0 + 1);
        let logged = self.range(position..end, |number, _| name_of(number)).next();
        logged.expect("a position")
    }

    /// What stands at positions of this block, in order. The texts of the events are pieces of one;
    /// `name_of` answers for their streams.
    pub(crate) fn range(
        &self,
        positions: Range<Position>,
        mut name_of: impl FnMut(u32, Position) -> Result<StreamName, ReadError>,
    ) -> impl Iterator<Item = Result<Logged, ReadError>> {
        let places = self.index(positions.start)..self.index(positions.end);
        let mut texts = SharedTexts::of(places.filter_map(|place| self.0.data.get(place)));
        let mut recorder = Shared::default();
        (positions.start.0..positions.end.0).map(Position).map(move |position| {
            let (number, kept) = self.kept(position)?;
            let name = name_of(number, position)?;
            let malformed = |error| decode_error(position, &error);
            let data = self.0.data.get(self.index(position)).ok_or(DecodeError::Malformed);
            let data = data.and_then(|data| texts.read(data)).map_err(malformed)?;
            codec::logged(position, name, kept, data, &mut recorder).map_err(malformed)
        })
    }

    /// What a reader of the whole log is shown of the event at a position of this block.
    pub(crate) fn seen<'a>(
        &'a self,
        position: Position,
        names: &'a Names,
    ) -> Result<Seen<'a>, ReadError> {
        let (number, kept) = self.kept(position)?;
        let name = usize::try_from(number).ok().and_then(|number| names.get(number));
        let malformed = |error| decode_error(position, &error);
        let text =
            |bytes| std::str::from_utf8(bytes).map_err(|_| malformed(DecodeError::Malformed));
        let data = self.0.data.get(self.index(position)).ok_or(DecodeError::Malformed);
        let said = match (name, data.and_then(StoredData::read_bytes).map_err(malformed)?) {
            (Some(StreamName::Named(subject, salt)), StoredData::Said(data)) => Some(SeenContent {
                subject,
                subject_salt: *salt,
                effective_on: data.effective_on,
                source: text(data.source)?,
                id: text(data.id)?,
                time: data.time.map(text).transpose()?,
                data: text(data.data)?,
            }),
            (Some(StreamName::Erased(_)), StoredData::Erased(_)) => None,
            _ => return Err(malformed(DecodeError::Malformed)),
        };
        Ok(Seen { position, recorded_time: kept.recorded_time, kind: kept.kind, said })
    }

    /// Looks at the names of all streams of this block, which lie scattered in memory: the
    /// processor then fetches many of them at a time, and not each when its turn comes.
    pub(crate) fn fetch_names(&self, names: &Names) {
        let numbers = self.0.kept.iter().filter_map(|record| Cursor::new(record).u32());
        let names = numbers.filter_map(|number| names.get(usize::try_from(number).ok()?));
        let first_byte = |name: &StreamName| match name {
            StreamName::Named(subject, _) => subject.as_str().as_bytes().first().copied(),
            StreamName::Erased(hash) => hash.first().copied(),
        };
        black_box(names.filter_map(first_byte).fold(0_u8, |seen, byte| seen ^ byte));
    }

    fn index(&self, position: Position) -> usize {
        usize::try_from(position.0 - self.0.first).expect("usize has 64 bits")
    }
}

/// The block that a position lies in.
pub(crate) fn block_of(position: Position) -> u64 {
    (position.0 - 1) / BLOCK_RECORDS
}

/// Damage of one record, as readers are told.
pub(crate) fn decode_error(position: Position, error: &DecodeError) -> ReadError {
    ReadError::Damaged { first: position, last: position, what: error.to_string() }
}

/// What a run's reader found, as readers of the log are told.
fn read_error(error: ReadRunError) -> ReadError {
    let what = error.to_string();
    match error {
        ReadRunError::Damaged { hurt, .. } => ReadError::Damaged {
            first: Position(hurt.first),
            last: Position(hurt.last.unwrap_or(hurt.first)),
            what,
        },
        ReadRunError::Io { source, .. } => ReadError::Storage(format!("{what}: {source}")),
        ReadRunError::Absent { .. } => ReadError::Storage(what),
    }
}
