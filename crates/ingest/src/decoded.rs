//! Plain, gzip or zstd bytes, told apart by their first bytes.

use std::io::{self, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use crate::Encoding;

/// The input with the bytes that were looked at put back in front.
type Whole<R> = BufReader<Chain<Cursor<Vec<u8>>, R>>;

/// The bytes behind the compression, if there is any. Members of gzip and frames of zstd that
/// follow each other are one text.
pub(crate) enum Decoded<R: Read> {
    Plain(Whole<R>),
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
    Zstd(ZstdDecoder<'static, Whole<R>>),
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
        let whole = BufReader::with_capacity(128 * 1024, Cursor::new(first).chain(input));
        Ok(match encoding {
            Encoding::Plain => Self::Plain(whole),
            Encoding::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(whole))),
            Encoding::Zstd => Self::Zstd(ZstdDecoder::with_buffer(whole)?),
        })
    }

    pub(crate) const fn encoding(&self) -> Encoding {
        match self {
            Self::Plain(_) => Encoding::Plain,
            Self::Gzip(_) => Encoding::Gzip,
            Self::Zstd(_) => Encoding::Zstd,
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(buffer),
            Self::Gzip(input) => input.read(buffer),
            Self::Zstd(input) => input.read(buffer),
        }
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
