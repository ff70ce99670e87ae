//! What HTTP costs on this machine: the server that the service uses, with a handler that does
//! nothing, in a process of its own.

use std::io::Write as _;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;

/// As long as a receipt.
const ANSWER: &str = r#"{"outcome":"recorded","position":1,"revision":1,"recordedtime":"2024-04-10T12:00:00.000000Z","leaf":"2ZjqYFAwenetML9xsbO+YoVE7VRRsacVQcMBlOQysW4="}"#;

/// Says where it listens, and serves until it is killed.
///
/// # Errors
/// When it cannot listen.
#[tokio::main]
pub(crate) async fn serve() -> Result<()> {
    let answer = async |_body: Bytes| {
        let kind = [("content-type", "application/json")];
        (StatusCode::CREATED, kind, ANSWER)
    };
    let router = Router::new().route("/v1/events", post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let mut out = std::io::stderr();
    writeln!(out, "listens on http://{}\ntrials: none", listener.local_addr()?)?;
    out.flush()?;
    axum::serve(listener, router).await?;
    Ok(())
}
