//! What needs no connection.

mod common;
mod grants;
mod keys;
mod matrix;
mod oidc;
