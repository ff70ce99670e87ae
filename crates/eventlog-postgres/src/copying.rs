//! Rows in the binary form of COPY (PostgreSQL, "COPY", "Binary Format"), in large pieces: a piece
//! for every few rows costs a change of threads each.

use std::pin::pin;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::SinkExt as _;
use tokio_postgres::types::{IsNull, ToSql, Type};
use tokio_postgres::{Client, Error};

/// Signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: i16 = -1;
const NULL: i32 = -1;
/// Bytes after which a piece is sent.
const PIECE: usize = 256 << 10;

/// A value that cannot be written as its column's type.
#[derive(Debug, thiserror::Error)]
#[error("a value is not of its column's type")]
pub(crate) struct WrongType;

/// Rows to be copied to a table.
pub(crate) struct Rows {
    types: &'static [Type],
    pieces: Vec<Bytes>,
    piece: BytesMut,
}

impl Rows {
    pub(crate) fn new(types: &'static [Type]) -> Self {
        let mut piece = BytesMut::with_capacity(PIECE + PIECE / 8);
        piece.put_slice(HEADER);
        Self { types, pieces: Vec::new(), piece }
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
        if self.piece.len() > PIECE {
            let next = BytesMut::with_capacity(PIECE + PIECE / 8);
            self.pieces.push(std::mem::replace(&mut self.piece, next).freeze());
        }
        Ok(())
    }

    /// Sends them to where a statement says.
    pub(crate) async fn copy(mut self, client: &Client, statement: &str) -> Result<(), Error> {
        self.piece.put_i16(TRAILER);
        self.pieces.push(self.piece.freeze());
        let mut sink = pin!(client.copy_in(statement).await?);
        for piece in self.pieces {
            sink.feed(piece).await?;
        }
        sink.finish().await.map(drop)
    }
}
