//! What this crate makes, verified by programs that share no code with it.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod export;
mod interop;
mod tools;
mod verify_py;
