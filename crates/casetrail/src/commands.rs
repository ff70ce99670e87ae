//! The subcommands, one file each.

pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod findings;
pub(crate) mod generate;
pub(crate) mod history;
pub(crate) mod ingest;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod policy;
pub(crate) mod report;
pub(crate) mod serve;
pub(crate) mod timeline;
