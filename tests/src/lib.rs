//! Black-box tests of the real programs: see `tests/it/`. There is no code of its own here.
//!
//! The tests know the programs by their command lines and files alone. They find the binaries
//! beside their own executable, in `target/debug` or `target/release`; cargo does not build the
//! binaries of other packages for a test, so `cargo build --bins` comes first.
