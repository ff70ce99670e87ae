//! Rows in the binary form of COPY (PostgreSQL, "COPY", "Binary Format"), in large pieces: a piece
//! for every few rows costs a change of threads each.

use std::pin::Pin;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::SinkExt as _;
use tokio_postgres::types::{IsNull, ToSql, Type};
use tokio_postgres::{Client, CopyInSink, Error, Statement};

/// Signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: i16 = -1;
const NULL: i32 = -1;
/// Bytes after which a piece is sent.
const PIECE: usize = 128 << 10;

/// A value that cannot be written as its column's type.
#[derive(Debug, thiserror::Error)]
#[error("a value is not of its column's type")]
pub(crate) struct WrongType;

/// A COPY to a table that is under way: the connection takes no other statement until it ends.
/// Dropping it gives the transaction up.
pub(crate) struct Copying {
    sink: Pin<Box<CopyInSink<Bytes>>>,
    types: &'static [Type],
    piece: BytesMut,
}

impl Copying {
    pub(crate) async fn begin(
        client: &Client,
        statement: &Statement,
        types: &'static [Type],
    ) -> Result<Self, Error> {
        let sink = Box::pin(client.copy_in(statement).await?);
        let mut piece = new_piece();
        piece.put_slice(HEADER);
        Ok(Self { sink, types, piece })
    }

    /// Adds a row: a value for every column.
    pub(crate) fn push(&mut self, row: &[&(dyn ToSql + Sync)]) -> Result<(), WrongType> {
        self.piece.put_i16(i16::try_from(row.len()).map_err(|_| WrongType)?);
        for (value, kind) in row.iter().zip(self.types) {
            let at = self.piece.len();
            self.piece.put_i32(NULL);
            let written = value.to_sql_checked(kind, &mut self.piece).map_err(|_| WrongType)?;
            if let IsNull::No = written {
                let length = i32::try_from(self.piece.len() - at - 4).map_err(|_| WrongType)?;
                self.piece[at..at + 4].copy_from_slice(&length.to_be_bytes());
            }
        }
        Ok(())
    }

    /// Hands the rows over to the connection, if they are many.
    pub(crate) async fn send(&mut self) -> Result<(), Error> {
        if self.piece.len() < PIECE {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, new_piece());
        self.sink.feed(piece.freeze()).await
    }

    /// Sends the rest, and waits until all rows are in the table.
    pub(crate) async fn finish(mut self) -> Result<(), Error> {
        self.piece.put_i16(TRAILER);
        self.sink.feed(self.piece.freeze()).await?;
        self.sink.as_mut().finish().await.map(drop)
    }
}

fn new_piece() -> BytesMut {
    BytesMut::with_capacity(PIECE + PIECE / 2)
}
