//! The conversion of a response of the core into a response of axum.

use axum::body::Body;
use axum::response::Response;
use livechat_units_tower::ResponseBody;

/// The response as axum sends it: status, [`HEADERS`](livechat_units::Response::HEADERS), and a
/// body with a `content-length`.
///
/// [`ResponseBody`](livechat_units_tower::ResponseBody) describes how a long body is sent.
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
    axum::http::Response::<livechat_units::Body>::from(response)
        .map(|body| Body::new(ResponseBody::from(body)))
}
