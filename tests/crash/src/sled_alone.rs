//! sled by itself, its `flush` taken for durable: what the simulation must find wanting.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::workload::say;

const VALUE_BYTES: usize = 300;

fn value_of(key: u64) -> Vec<u8> {
    key.to_le_bytes().repeat(VALUE_BYTES / 8)
}

fn open(dir: &Path) -> Result<sled::Db> {
    let config = sled::Config::new().path(dir).cache_capacity(16 << 20).flush_every_ms(None);
    config.open().context("it does not open")
}

/// Stores values and says `ack` for each once `flush` has returned.
///
/// # Errors
/// What sled says.
pub fn work(dir: &Path, session: u64, values: u64) -> Result<()> {
    let db = open(dir)?;
    for key in session..session + values {
        db.insert(key.to_be_bytes(), value_of(key))?;
        db.flush()?;
        say(&format!("stored {key}\n"))?;
    }
    Ok(())
}

/// Looks for every value that was said to be stored.
///
/// # Errors
/// Names the first that is lost or changed.
pub fn check(dir: &Path, claims: &str) -> Result<()> {
    let db = open(dir)?;
    for key in claims.lines().filter_map(|line| line.strip_prefix("stored ")) {
        let key: u64 = key.parse()?;
        let found = db.get(key.to_be_bytes())?;
        let found = found.with_context(|| format!("value {key} is lost"))?;
        ensure!(found == value_of(key), "value {key} changed");
    }
    Ok(())
}
