//! The journal seen from outside: directories, damage on disk, bytes that must not change.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod golden;
