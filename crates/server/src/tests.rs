//! What needs no connection.

mod clock;
mod common;
mod grants;
mod keys;
mod matrix;
mod oidc;
