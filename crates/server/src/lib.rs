//! The service: events in, pages and answers out, over HTTP.
//!
//! A [`Service`] is a log, the [`View`](projection::View) of a projection that follows it, who may
//! do what ([`Keys`]), a log of who read what ([`AccessLog`]), and a clock. [`serve`] answers
//! requests with it until it is told to stop.
//!
//! | file | what it holds |
//! |---|---|
//! | `routes` | every route, with what it needs: read this first |
//! | `guard` | who asks, and whether the route is theirs; deny by default |
//! | `principal`, `grants`, `keys` | who somebody is and may do |
//! | `access` | the log of who read records of children |
//! | `problem` | errors as RFC 9457 says, with stable codes, each with a page |
//! | `shell` | what is the same around every request: id, limits, headers |
//! | one file a resource | its handlers |
//!
//! It computes no answer and keeps no state of its own beside the two logs and the file of keys.
//! Nothing that an event says, and no child's name, enters a message of an error, a line of its log
//! or a number of its telemetry.

mod access;
mod api;
mod body;
pub mod client;
mod config;
mod cors;
mod follow;
mod grants;
mod guard;
mod health;
mod keys;
mod oidc;
mod pages;
mod post;
mod principal;
mod problem;
mod query;
mod questions;
mod rates;
mod request_id;
mod routes;
mod serve;
mod service;
mod shell;
mod sockets;
mod telemetry;
mod tlog;

pub use access::AccessLog;
pub use api::text as openapi;
pub use config::{Config, ConfigError, Limits, Tls};
pub use grants::{GrantError, Grants, Names};
pub use keys::{KeyError, KeyFile, KeyRecord, Keys, Token};
pub use oidc::{Jwks, JwksError, Oidc};
pub use serve::{ServeError, serve};
pub use service::{Parts, Service};

#[cfg(test)]
mod tests;
