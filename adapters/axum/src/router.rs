//! The route of the endpoint.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use livechat_units::{Caller, Endpoint, StoreError, StoreErrorKind, UnitPage, UnitQuery};
use tracing::{Instrument, Span};

use crate::authenticate::IntoCaller;
use crate::body::{insert_headers, into_response};
use crate::trace;

/// The path that [`router`] answers.
pub const PATH: &str = "/api/v1/livechat/units";

/// A router that answers `GET` and `HEAD` at [`PATH`]. The host merges it into its own router,
/// with any state. The [crate's documentation](crate) describes the answers.
///
/// * `endpoint` contains the version of the server, the access policy and the page policy.
/// * `authenticate` finds the caller. It takes one extractor, and returns a future of a
///   [`Caller`](livechat_units::Caller) or of a `Result` ([`IntoCaller`]). The extractor is
///   [`OwnedCredentials`](crate::OwnedCredentials) for most hosts. It is axum's `Extension` if
///   middleware has found the user before, and a pair with `State` if the function needs the
///   state of the host. If the extractor rejects the request, its rejection is the answer.
/// * `list` answers a query from the store. [`inline`](crate::inline) and
///   [`blocking`](crate::blocking) make this function for a store that is not async.
///
/// `authenticate` is called first. `list` is called only if the caller is allowed to list units
/// and the parameters are valid. A caller who is not allowed to list units learns nothing about
/// the parameters.
///
/// ```
/// use axum::Router;
/// use axum::extract::State;
/// use livechat_units::{Caller, Endpoint, StoreError, Unit, UnitQuery, UnitStore};
/// use livechat_units_axum::{OwnedCredentials, router};
///
/// #[derive(Clone)]
/// struct App {/* connections, caches */}
///
/// async fn authenticate(
///     (State(app), credentials): (State<App>, OwnedCredentials),
/// ) -> Result<Caller, StoreError> {
///     // Finds the caller. Fails if the users cannot be read.
/// #   let _ = (app, credentials);
///     Ok(Caller::Anonymous)
/// }
///
/// let list = async |query: UnitQuery| Vec::<Unit>::new().list(&query);
/// let app: Router = Router::new()
///     .merge(router(Endpoint::default(), authenticate, list))
///     .with_state(App {});
/// ```
pub fn router<S, C, A, AF, L, LF>(endpoint: Endpoint, authenticate: A, list: L) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    C: FromRequestParts<S> + Send + 'static,
    A: Fn(C) -> AF + Send + Sync + 'static,
    AF: Future<Output: IntoCaller> + Send + 'static,
    L: Fn(UnitQuery) -> LF + Send + Sync + 'static,
    LF: Future<Output = Result<UnitPage, StoreError>> + Send + 'static,
{
    let host = Arc::new((authenticate, list));
    let handler = move |State(state): State<S>, request: Request| {
        let host = Arc::clone(&host);
        let span = trace::request_span();
        let recorded = span.clone();
        let answer = async move {
            let (authenticate, list) = &*host;
            let (mut parts, _body) = request.into_parts();
            // `OwnedCredentials` reads the version of this endpoint for its rejection.
            parts.extensions.insert(endpoint);
            let extracted = C::from_request_parts(&mut parts, &state).await;
            let response = match extracted.map_err(IntoResponse::into_response) {
                Ok(extracted) => {
                    let caller = authenticate(extracted).await.into_caller();
                    let query_string = parts.uri.query().unwrap_or_default();
                    let response = respond(endpoint, caller, query_string, list, &recorded).await;
                    into_response(response)
                }
                Err(rejection) => rejection,
            };
            trace::record_answer(&recorded, response.status());
            response
        };
        answer.instrument(span)
    };
    Router::new().route(PATH, get(handler).fallback(method_not_allowed))
}

async fn respond<L, LF>(
    endpoint: Endpoint,
    caller: Result<Caller, StoreError>,
    query_string: &str,
    list: &L,
    span: &Span,
) -> livechat_units::Response
where
    L: Fn(UnitQuery) -> LF,
    LF: Future<Output = Result<UnitPage, StoreError>>,
{
    let begun = match caller {
        Ok(caller) => endpoint.begin(&caller, query_string),
        Err(error) => Err(endpoint.fail(as_server_error(error))),
    };
    let response = match begun {
        Ok(pending) => {
            trace::record_query(span, pending.query());
            let result = list(pending.query().clone()).await;
            if let Ok(page) = &result {
                trace::record_page(span, page);
            }
            pending.finish(result)
        }
        Err(response) => response,
    };
    trace::log_failure(&response);
    response
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

/// axum adds the header `allow`.
async fn method_not_allowed() -> Response {
    let body = r#"{"success":false,"error":"Method Not Allowed"}"#;
    let mut response = (StatusCode::METHOD_NOT_ALLOWED, body).into_response();
    insert_headers(response.headers_mut());
    response
}
