//! Tests of the crate.

mod any_bytes;
mod broken;
mod forms;
mod lines;
mod ten_thousand;
mod under_way;

use std::io::{self, Read, Write};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use events::{Admission, Refusal};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{Format, Item, ReadInputError, read};

/// The text of a removal of a child.
fn removal(id: &str, child: &str) -> String {
    format!(
        concat!(
            r#"{{"specversion":"1.0","source":"test","id":"{id}","#,
            r#""type":"casetrail.removal.recorded.v1","subject":"child/{child}","#,
            r#""effectiveon":"2024-03-01","data":{{"removal_id":"{id}"}}}}"#
        ),
        id = id,
        child = child
    )
}

/// The same event over several lines.
fn pretty(event: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(event).expect("JSON");
    serde_json::to_string_pretty(&value).expect("text")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).expect("memory")
}

/// Everything that an input gives up to its end or error.
fn all(bytes: impl AsRef<[u8]>) -> (Format, Vec<Item>, Option<ReadInputError>) {
    let mut reader = read(bytes.as_ref(), Admission::Adapter).expect("a form");
    let format = reader.format();
    let (mut items, mut error) = (Vec::new(), None);
    for item in reader.by_ref() {
        match item {
            Ok(item) => items.push(item),
            Err(e) => error = Some(e),
        }
    }
    assert!(reader.next().is_none(), "nothing behind the end");
    (format, items, error)
}

/// Line and id, or code, of each item.
fn short(items: &[Item]) -> Vec<(u64, String)> {
    let what = |item: &Item| match &item.outcome {
        Ok(event) => event.content.key.id.to_string(),
        Err(Refusal { code, .. }) => code.name().to_owned(),
    };
    items.iter().map(|item| (item.line, what(item))).collect()
}

/// The same with borrowed text, as tables have it.
fn table(rows: &[(u64, &str)]) -> Vec<(u64, String)> {
    rows.iter().map(|(line, what)| (*line, (*what).to_owned())).collect()
}

/// Waits for a future whose wakers need no thread to be woken by.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Gives bytes by threes and interrupts between, then fails or ends.
struct Dripping<'a> {
    bytes: &'a [u8],
    fails: bool,
    interrupt: bool,
}

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.bytes.is_empty() && self.fails {
            return Err(io::Error::other("unplugged"));
        }
        let count = self.bytes.len().min(buffer.len()).min(3);
        let (now, later) = self.bytes.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}
