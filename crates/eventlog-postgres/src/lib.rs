//! The event log on PostgreSQL 15 and newer, for users who outgrow one machine.
//!
//! Many servers share one database, each with a [`PostgresLog`]; nothing of ours stands between
//! them. One row of `casetrail.head` says where the log ends. Whoever appends locks it on the
//! condition that it still says what this server has seen, stamps the time by the primary's clock,
//! and adds its events and the new head in the same transaction. So positions are dense and in the
//! order of commits, and a server that has fallen behind cannot commit: it reads what follows,
//! checks again and retries.
//!
//! Each server holds the tree (RFC 6962) and little else: it computes leaves from rows, compares the
//! root with the head's, and so notices a database that is not the one that was written.
//!
//! | file | what |
//! |---|---|
//! | `migrations/*.sql` | the schema, by number |
//! | `writer`, `trouble`, `group`, `transaction`, `writing` | appending: a thread, what it gathers, how a transaction begins and ends |
//! | `catch_up`, `follower` | learning what other servers have appended |
//! | `erasing` | emptying rows |
//! | `rows`, `names`, `columns`, `copying` | from rows to events, and to rows |
//! | `signing`, `rotating` | the log's key and its replacement, checkpoints, cosignatures |

mod catch_up;
mod columns;
mod connecting;
mod copying;
mod erasing;
mod follower;
mod group;
mod ledger;
mod log;
mod migrations;
mod names;
mod open;
mod rotating;
mod rows;
mod shared;
mod signing;
mod transaction;
mod trouble;
mod writer;
mod writing;

pub use connecting::ConnectError;
pub use erasing::ERASURE_ELSEWHERE;
pub use log::PostgresLog;
pub use open::{OpenError, Options};
pub use rotating::RotateError;
pub use signing::KeepError;
