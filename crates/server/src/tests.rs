//! What needs no connection.

mod grants;
mod keys;
