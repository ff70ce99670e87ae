//! The same tests over logs in a PostgreSQL database: a cluster for each process, a database for
//! each log. What is left out looks into the files of a log in a directory.

#[cfg(test)]
#[path = "../it/bad_input.rs"]
mod bad_input;
#[cfg(test)]
#[path = "../it/bad_lines.rs"]
mod bad_lines;
#[cfg(test)]
#[path = "../it/baseline.rs"]
mod baseline;
#[cfg(test)]
#[path = "../it/copies.rs"]
mod copies;
#[cfg(test)]
mod database;
#[cfg(test)]
#[path = "../it/differences.rs"]
mod differences;
#[cfg(test)]
#[path = "../it/erasure.rs"]
mod erasure;
#[cfg(test)]
#[path = "../it/explained.rs"]
mod explained;
#[cfg(test)]
#[path = "../it/findings.rs"]
mod findings;
#[cfg(test)]
#[path = "../it/goldens.rs"]
mod goldens;
#[cfg(test)]
#[path = "../it/killed.rs"]
mod killed;
#[cfg(test)]
#[path = "../it/oracle.rs"]
mod oracle;
#[cfg(test)]
#[path = "../it/pieces.rs"]
mod pieces;
#[cfg(test)]
#[path = "../it/policy.rs"]
mod policy;
#[cfg(test)]
#[path = "../it/program.rs"]
mod program;
#[cfg(test)]
#[path = "../it/served.rs"]
mod served;
#[cfg(test)]
#[path = "../it/service_behaves.rs"]
mod service_behaves;
#[cfg(test)]
#[path = "../it/service_others.rs"]
mod service_others;
#[cfg(test)]
#[path = "../it/service_post.rs"]
mod service_post;
#[cfg(test)]
#[path = "../it/service_questions.rs"]
mod service_questions;
#[cfg(test)]
#[path = "../it/service_read.rs"]
mod service_read;
#[cfg(test)]
#[path = "../it/service_remote.rs"]
mod service_remote;
#[cfg(test)]
#[path = "../it/service_scope.rs"]
mod service_scope;
#[cfg(test)]
#[path = "../it/smoke.rs"]
mod smoke;
#[cfg(test)]
#[path = "../it/supposed.rs"]
mod supposed;
#[cfg(test)]
#[path = "../it/trusted.rs"]
mod trusted;
#[cfg(test)]
#[path = "../it/wrong_use.rs"]
mod wrong_use;

#[cfg(test)]
use database::{files_of, fork, new_log};
