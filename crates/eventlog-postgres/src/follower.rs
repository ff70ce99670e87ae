//! Following what other servers append: told by the database, and looking by itself, since being
//! told is never relied on.

use std::future::poll_fn;
use std::sync::Weak;
use std::time::Duration;

use tokio_postgres::AsyncMessage;

use crate::catch_up::is_standby;
use crate::shared::Shared;

/// How often it looks without having been told.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long it waits before it connects again.
const CONNECT_AGAIN: Duration = Duration::from_millis(300);
/// The channel on which a commit tells of itself.
pub(crate) const CHANNEL: &str = "casetrail_head";

/// Follows until the log is dropped.
pub(crate) async fn follow(shared: Weak<Shared>) {
    while let Some(log) = shared.upgrade() {
        let database = log.database.clone();
        drop(log);
        if let Ok((client, mut connection)) = database.connect_by_hand().await {
            let (tell, mut told) = tokio::sync::mpsc::channel(1);
            let driven = tokio::spawn(async move {
                while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                    if matches!(message, AsyncMessage::Notification(_)) {
                        // One that waits already is enough.
                        let _ = tell.try_send(());
                    }
                }
            });
            // A standby tells nobody; it is looked at.
            let standby = is_standby(&client).await.unwrap_or_default();
            let listening = client.batch_execute(&format!("LISTEN {CHANNEL}")).await;
            while (standby || listening.is_ok()) && !client.is_closed() {
                let Some(log) = shared.upgrade() else { return };
                if let Err(error) = log.catch_up(&client).await {
                    tracing::warn!(%error, "what others have appended cannot be read");
                    break;
                }
                drop(log);
                let _ = tokio::time::timeout(LOOK_EVERY, told.recv()).await;
            }
            driven.abort();
        }
        // Not all servers of a machine at once.
        let jitter = Duration::from_millis(u64::from(std::process::id() % 200));
        tokio::time::sleep(CONNECT_AGAIN + jitter).await;
    }
}
