//! From an append to its being visible to who asks.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use eventlog::{Batch, EventLog};
use eventlog_embedded::{EmbeddedLog, Options};
use events::{Admission, Incoming};
use projection::{Follower, Projection};

use super::child::millis;

/// Events that are appended, one after the other.
const EVENTS: usize = 300;
/// Longest wait for one.
const WITHIN: Duration = Duration::from_secs(10);

fn event(number: usize) -> Result<Incoming> {
    let text = format!(
        r#"{{"specversion":"1.0","source":"bench","id":"visible-{number}",
            "type":"casetrail.removal.recorded.v1","subject":"child/visible-{number}",
            "effectiveon":"2024-01-01","data":{{"removal_id":"R"}}}}"#
    );
    Ok(Incoming::parse(text.as_bytes(), Admission::Adapter)?)
}

/// Milliseconds from handing an event to the log until a reader's projection has it, the log's copy
/// being followed from `projection` on.
///
/// # Errors
/// When the log cannot be copied or followed.
pub(super) async fn visible(log: &Path, projection: Projection) -> Result<Vec<f64>> {
    let copy = log.with_extension("copy");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    copy_all(log, &copy)?;
    let log = Arc::new(EmbeddedLog::open(&copy, Options::default())?);
    let mut follower = Follower::start(log.clone(), projection).await?;
    let view = follower.view();
    let following = tokio::spawn(async move { follower.run().await });
    let mut ms = Vec::new();
    for number in 0..EVENTS {
        let events = vec![event(number)?];
        let start = Instant::now();
        let batch = Batch::Adapter { events, recorded_by: "bench".to_owned() };
        let receipts = log.append(batch).await?;
        let position = receipts.first().context("no receipt")?.position;
        let followed = view.at(position, WITHIN).await?;
        ms.push(millis(start));
        ensure!(followed.position() == position, "something else was appended");
    }
    following.abort();
    let _ = following.await;
    let log = Arc::into_inner(log).context("the log is still followed")?;
    log.close()?;
    fs::remove_dir_all(copy)?;
    Ok(ms)
}

/// Everything but snapshots.
fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == "snapshots" {
            continue;
        }
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), &to).with_context(|| entry.path().display().to_string())?;
        }
    }
    Ok(())
}
