//! The subcommands, one file each.

mod again;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod findings;
pub(crate) mod goldens;
pub(crate) mod history;
pub(crate) mod policy;
pub(crate) mod proof;
pub(crate) mod report;
pub(crate) mod timeline;
pub(crate) mod verify;
