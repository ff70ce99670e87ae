//! The programs seen from outside: command lines, files, processes that are killed.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bad_lines;
#[cfg(test)]
mod baseline;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod explained;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod goldens;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod pieces;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod program;
#[cfg(test)]
mod served;
#[cfg(test)]
mod service_behaves;
#[cfg(test)]
mod service_others;
#[cfg(test)]
mod service_post;
#[cfg(test)]
mod service_questions;
#[cfg(test)]
mod service_read;
#[cfg(test)]
mod service_remote;
#[cfg(test)]
mod service_scope;
#[cfg(test)]
mod smoke;
#[cfg(test)]
mod stored;
#[cfg(test)]
mod supposed;
#[cfg(test)]
mod trusted;
#[cfg(test)]
mod wrong_use;

#[cfg(test)]
use stored::{files_of, fork, new_log};
