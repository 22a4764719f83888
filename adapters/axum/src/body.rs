//! The conversion of a response of the core into a response of axum.

use axum::response::Response;
use livechat_units_tower::ResponseBody;

/// The response as axum sends it: status, [`HEADERS`](livechat_units::Response::HEADERS), and a
/// body with a `content-length`.
///
/// A body of at most [`Chunks::TARGET_BYTES`](livechat_units::Chunks::TARGET_BYTES) is sent whole. A longer body is written in
/// chunks while it is sent, so that the whole body is never in memory.
///
/// The body of a 500 does not name the cause. [`router`](crate::router) logs it. For other
/// handlers, the extensions of the result contain
/// [`Response::error`](livechat_units::Response::error) as an
/// `Arc<`[`RequestError`](livechat_units::RequestError)`>`.
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
    http_response(response).map(|body| axum::body::Body::new(ResponseBody::from(body)))
}

fn http_response(response: livechat_units::Response) -> axum::http::Response<livechat_units::Body> {
    response.into()
}
