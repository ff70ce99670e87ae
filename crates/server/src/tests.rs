//! What needs no connection.

mod api;
mod clock;
mod common;
mod cors;
mod grants;
mod keys;
mod matrix;
mod oidc;
