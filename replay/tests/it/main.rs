//! The auditor's program: goldens, verification, comparison.

#[cfg(test)]
mod command_line;
#[cfg(test)]
mod common;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod verify;
