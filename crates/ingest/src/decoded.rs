//! Plain, gzip or zstd bytes, told apart by their first bytes.

use std::io::{self, BufReader, Chain, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use crate::Encoding;

/// The input with the bytes that were looked at put back in front.
type Whole<R> = BufReader<Chain<Cursor<Vec<u8>>, Counted<R>>>;

/// An input may unpack to so many bytes whatever it is,
const UNPACKED_BYTES_FREE: u64 = 64 * 1024 * 1024;
/// and beyond that to so many for each that it has. Events differ from each other: none of theirs
/// come near.
const UNPACKED_OF_EACH: u64 = 256;

/// The bytes behind the compression, if there is any. Members of gzip and frames of zstd that
/// follow each other are one text. One that unpacks to far more than it is breaks off with
/// [`io::ErrorKind::FileTooLarge`].
pub(crate) struct Decoded<R: Read> {
    input: Packed<R>,
    /// Bytes that came in, before the compression is taken off.
    taken: Arc<AtomicU64>,
    /// Bytes that were given out.
    given: u64,
}

enum Packed<R: Read> {
    Plain(Whole<R>),
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
    Zstd(ZstdDecoder<'static, Whole<R>>),
}

/// Counts the bytes of an input.
struct Counted<R> {
    input: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl<R: Read> Decoded<R> {
    /// Looks at the first bytes of `input`.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub(crate) fn detect(mut input: R) -> io::Result<Self> {
        let mut first = Vec::with_capacity(4);
        input.by_ref().take(4).read_to_end(&mut first)?;
        let encoding = encoding_of(&first);
        let taken = Arc::new(AtomicU64::new(first.len() as u64));
        let input = Counted { input, count: Arc::clone(&taken) };
        let whole = BufReader::with_capacity(128 * 1024, Cursor::new(first).chain(input));
        let input = match encoding {
            Encoding::Plain => Packed::Plain(whole),
            Encoding::Gzip => Packed::Gzip(Box::new(MultiGzDecoder::new(whole))),
            Encoding::Zstd => Packed::Zstd(ZstdDecoder::with_buffer(whole)?),
        };
        Ok(Self { input, taken, given: 0 })
    }

    pub(crate) const fn encoding(&self) -> Encoding {
        match &self.input {
            Packed::Plain(_) => Encoding::Plain,
            Packed::Gzip(_) => Encoding::Gzip,
            Packed::Zstd(_) => Encoding::Zstd,
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.input {
            Packed::Plain(input) => input.read(buffer),
            Packed::Gzip(input) => input.read(buffer),
            Packed::Zstd(input) => input.read(buffer),
        }?;
        self.given += count as u64;
        let taken = self.taken.load(Ordering::Relaxed);
        if self.given > UNPACKED_BYTES_FREE + UNPACKED_OF_EACH * taken {
            let what = "it unpacks to far more than it is";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        }
        Ok(count)
    }
}

/// Magic bytes of gzip (RFC 1952) and zstd (RFC 8878; frames that readers skip may come first).
fn encoding_of(first: &[u8]) -> Encoding {
    match first {
        [0x1f, 0x8b, ..] => Encoding::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Encoding::Zstd,
        _ => Encoding::Plain,
    }
}
