//! The body of an answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use livechat_units::{Body, Chunks};

/// The body of an answer, as a body of the crate `http-body`. Its length is known, and it never
/// fails.
///
/// A body of at most [`Chunks::TARGET_BYTES`] is sent whole. A longer body is written in chunks
/// while it is sent, so that the whole body is never in memory. Each chunk has at most
/// [`Chunks::TARGET_BYTES`] and one unit.
///
/// ```
/// use http_body::Body as _;
/// use livechat_units::{Body, Endpoint, Refusal};
/// use livechat_units_tower::ResponseBody;
///
/// let refused = Endpoint::default().fail(Refusal::ByHost);
/// let refused = http::Response::<Body>::from(refused).map(ResponseBody::from);
/// assert_eq!(refused.status(), 403);
/// assert_eq!(refused.body().size_hint().exact(), Some(40));
/// ```
#[derive(Debug)]
pub struct ResponseBody {
    source: Source,
    bytes_left: u64,
}

#[derive(Debug)]
enum Source {
    Whole(Bytes),
    Chunks(Chunks),
}

impl ResponseBody {
    /// The number of bytes that are not sent yet.
    pub(crate) fn bytes_left(&self) -> u64 {
        self.bytes_left
    }

    pub(crate) const fn empty() -> Self {
        Self {
            source: Source::Whole(Bytes::new()),
            bytes_left: 0,
        }
    }

    pub(crate) fn from_text(text: &'static str) -> Self {
        Self::from_bytes(Bytes::from_static(text.as_bytes()))
    }

    fn from_bytes(bytes: Bytes) -> Self {
        Self {
            bytes_left: length_of(bytes.len()),
            source: Source::Whole(bytes),
        }
    }
}

impl From<Body> for ResponseBody {
    fn from(body: Body) -> Self {
        let length = body.len();
        if length <= Chunks::TARGET_BYTES {
            return Self::from_bytes(body.into_bytes().into());
        }
        Self {
            source: Source::Chunks(body.into_chunks()),
            bytes_left: length_of(length),
        }
    }
}

/// The length of a buffer. Rust has no platform on which it does not fit.
fn length_of(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match &mut self.source {
            Source::Whole(bytes) => Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()),
            Source::Chunks(chunks) => chunks.next().map(Bytes::from),
        };
        let frame = piece.map(|piece| {
            self.bytes_left = self.bytes_left.saturating_sub(length_of(piece.len()));
            Ok(Frame::data(piece))
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
