//! The conversion of a response of the core into a response of axum.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use livechat_units::Chunks;

/// The response as axum sends it: status, [`HEADERS`](livechat_units::Response::HEADERS), and a
/// body with a `content-length`.
///
/// A body of at most [`Chunks::TARGET_BYTES`] is sent whole. A longer body is written in
/// chunks while it is sent, so that the whole body is never in memory.
///
/// The result does not contain [`Response::error`](livechat_units::Response::error). Log the
/// error before the conversion, because the body of a 500 does not name the cause.
/// [`router`](crate::router) logs it.
///
/// ```
/// use livechat_units::{Endpoint, Refusal};
/// use livechat_units_axum::into_response;
///
/// // Middleware of the host that refuses callers:
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
        Body::new(ChunkedBody {
            chunks: body.into_chunks(),
            bytes_left: u64::try_from(length).unwrap_or(u64::MAX),
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

/// A body that is written while it is sent. axum's `Body::from_stream` does not know the length
/// of the body.
struct ChunkedBody {
    chunks: Chunks,
    bytes_left: u64,
}

impl http_body::Body for ChunkedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.chunks.next().map(|chunk| {
            let sent = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            self.bytes_left = self.bytes_left.saturating_sub(sent);
            Ok(Frame::data(Bytes::from(chunk)))
        });
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.bytes_left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes_left)
    }
}
