//! From the core's response to axum's.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use livechat_units::Chunks;

/// The answer as axum sends it: status, [`HEADERS`](livechat_units::Response::HEADERS), and a
/// body whose length is known, so that it is sent with a `content-length`.
///
/// A short body is sent whole; one of more than [`Chunks::TARGET_BYTES`] is written
/// piece by piece as it is sent, so it is never in memory beside the page that it comes
/// from. [`Response::error`](livechat_units::Response::error) is lost here: log it
/// before, because the cause of a 500 is nowhere else. [`router`](crate::router) does.
///
/// ```
/// use livechat_units::{Endpoint, Refusal};
/// use livechat_units_axum::into_response;
///
/// // A middleware of the host's that refuses callers:
/// let endpoint = Endpoint::default();
/// let refused = into_response(endpoint.fail(Refusal::ByHost));
/// assert_eq!(refused.status(), 403);
/// assert_eq!(refused.headers()["content-type"], "application/json");
/// assert_eq!(refused.headers()["cache-control"], "no-store");
/// ```
pub fn into_response(response: livechat_units::Response) -> Response {
    let status =
        StatusCode::from_u16(response.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = response.into_body();
    let length = body.len();
    let body = if length <= Chunks::TARGET_BYTES {
        Body::from(body.into_bytes())
    } else {
        Body::new(Pieces {
            chunks: body.into_chunks(),
            left: u64::try_from(length).unwrap_or(u64::MAX),
        })
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    insert_headers(response.headers_mut());
    response
}

/// Adds the headers of every answer.
pub(crate) fn insert_headers(headers: &mut HeaderMap) {
    for &(name, value) in livechat_units::Response::HEADERS {
        let name = HeaderName::from_static(name);
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// A body that is written as it is sent. A stream would do, but for its length.
struct Pieces {
    chunks: Chunks,
    left: u64,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.chunks.next().map(|piece| {
            let sent = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            self.left = self.left.saturating_sub(sent);
            Ok(Frame::data(Bytes::from(piece)))
        });
        Poll::Ready(piece)
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
