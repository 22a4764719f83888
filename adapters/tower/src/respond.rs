//! The response to a request whose caller is known.

use http::header::ALLOW;
use http::{HeaderValue, StatusCode};
use livechat_units::{Endpoint, Response, StoreError, StoreErrorKind, UnitPage, UnitQuery};

use crate::body::ResponseBody;
use crate::caller::IntoCaller;

/// Answers a request whose caller the host has found: [`Endpoint::begin`], `list`, and
/// [`Pending::finish`](livechat_units::Pending::finish).
///
/// It is for a host that has its own handler, for example because its framework finds the caller
/// with an extractor. [`UnitsService`](crate::UnitsService) calls it for a whole request.
/// `query_string` is the part of the target after the `?`, empty if there is none. `list` is
/// called only if the caller is allowed to list units and the query string is valid.
///
/// An error instead of a caller is answered with 500, whatever its kind.
///
/// ```
/// use livechat_units::{Body, Caller, Endpoint, Unit, UnitQuery, UnitStore};
/// use livechat_units_tower::{ResponseBody, respond};
///
/// /// A handler of the host. The middleware of its framework has found the caller.
/// async fn units(caller: Caller, query_string: &str) -> http::Response<ResponseBody> {
///     let list = async |query: UnitQuery| Vec::<Unit>::new().list(&query);
///     let response = respond(Endpoint::default(), caller, query_string, list).await;
///     if let Some(error) = response.error() {
///         eprintln!("livechat/units: {error}");
///     }
///     http::Response::<Body>::from(response).map(ResponseBody::from)
/// }
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// assert_eq!(runtime.block_on(units(Caller::Refused, "")).status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn respond<C, L, LF>(
    endpoint: Endpoint,
    caller: C,
    query_string: &str,
    list: L,
) -> Response
where
    C: IntoCaller,
    L: FnOnce(UnitQuery) -> LF,
    LF: Future<Output = Result<UnitPage, StoreError>>,
{
    let begun = match caller.into_caller() {
        Ok(caller) => endpoint.begin(&caller, query_string),
        Err(error) => Err(endpoint.fail(as_server_error(error))),
    };
    match begun {
        Ok(pending) => {
            let result = list(pending.query().clone()).await;
            pending.finish(result)
        }
        Err(response) => response,
    }
}

/// Replaces the kinds that are answered with 400. An error of `authenticate` is not a fault of
/// the request, so it must be answered with 500.
fn as_server_error(error: StoreError) -> StoreError {
    match error.kind() {
        StoreErrorKind::InvalidQuery | StoreErrorKind::Unsupported => {
            StoreError::new(StoreErrorKind::Failed, error.operation()).with_source(error)
        }
        _ => error,
    }
}

/// The answer to a method other than `GET` and `HEAD`: 405, with `allow: GET,HEAD`.
///
/// It is for a host whose router matches the method. A host that has other methods at
/// [`Endpoint::PATH`] replaces the header `allow`.
///
/// ```
/// let answer = livechat_units_tower::method_not_allowed();
/// assert_eq!(answer.status(), 405);
/// assert_eq!(answer.headers()["allow"], "GET,HEAD");
/// assert_eq!(answer.headers()["cache-control"], "no-store");
/// ```
pub fn method_not_allowed() -> http::Response<ResponseBody> {
    let body = r#"{"success":false,"error":"Method Not Allowed"}"#;
    let mut answer = fixed(StatusCode::METHOD_NOT_ALLOWED, body);
    let allowed = HeaderValue::from_static("GET,HEAD");
    answer.headers_mut().insert(ALLOW, allowed);
    answer
}

/// The answer to a path that is not the endpoint's.
pub(crate) fn not_found() -> http::Response<ResponseBody> {
    fixed(
        StatusCode::NOT_FOUND,
        r#"{"success":false,"error":"Not Found"}"#,
    )
}

fn fixed(status: StatusCode, body: &'static str) -> http::Response<ResponseBody> {
    let mut answer = http::Response::new(ResponseBody::from_text(body));
    *answer.status_mut() = status;
    *answer.headers_mut() = Response::header_map();
    answer
}
