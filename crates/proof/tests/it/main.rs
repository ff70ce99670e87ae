//! What this crate makes, verified by programs that share no code with it.

mod export;
mod interop;
mod tools;
mod verify_py;
