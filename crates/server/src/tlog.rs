//! The log's tree, as c2sp.org/tlog-tiles lays it out.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use eventlog::ReadError;
use events::Position;
use proof::TileId;

use crate::problem::{Problem, ServiceCode};
use crate::query::Path;
use crate::service::Service;

/// `GET /checkpoint`: size and root, signed.
pub(crate) async fn checkpoint(State(service): State<Service>) -> Result<Response, Problem> {
    let head = service.log().head(None).await?.position;
    let note = service.log().checkpoint(head).await?.ok_or(ServiceCode::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}

/// `GET /tile/<L>/<N>[.p/<W>]`: hashes of the tree, one behind the other.
pub(crate) async fn tile(
    State(service): State<Service>,
    Path((level, rest)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let tile = tile_at(&format!("tile/{level}/{rest}"))?;
    Ok(unchanging(service.log().tile(tile).await?.concat()))
}

/// `GET /tile/entries/<N>[.p/<W>]`: entries, each behind its length in two bytes, big-endian.
pub(crate) async fn entries(
    State(service): State<Service>,
    Path(rest): Path<String>,
) -> Result<Response, Problem> {
    let tile = tile_at(&format!("tile/0/{rest}"))?;
    let (first, width) = (tile.leaves().start, usize::from(tile.width()));
    let head = service.log().head(None).await?.position;
    let asked = Position(tile.leaves().end);
    if asked > head {
        return Err(ReadError::BeyondHead { asked, head }.into());
    }
    let mut bundle = Vec::new();
    let mut left = width;
    while left > 0 {
        let at = Position(first + 1 + (width - left) as u64);
        let page = service.log().page(at, left).await?;
        if page.is_empty() {
            return Err(ServiceCode::LogFailed.into());
        }
        for logged in page.iter().take(left) {
            let entry = logged.entry().canonical();
            let length = u16::try_from(entry.len()).map_err(|_| ServiceCode::Internal)?;
            bundle.extend(length.to_be_bytes());
            bundle.extend(entry);
            left -= 1;
        }
    }
    Ok(unchanging(bundle))
}

fn tile_at(path: &str) -> Result<TileId, Problem> {
    TileId::parse(path).map_err(|_| ServiceCode::NotFound.into())
}

/// What is there stays as it is, whatever is erased.
fn unchanging(bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ];
    (headers, Bytes::from(bytes)).into_response()
}
