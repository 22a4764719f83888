//! The route.

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

/// Where [`router`] answers.
pub const PATH: &str = "/api/v1/livechat/units";

/// A router that answers `GET` and `HEAD` at [`PATH`], to be merged into the host's, of
/// whatever state that has. The [crate's documentation](crate) tells what it answers.
///
/// * `endpoint` holds the version of the server and the policies of access and page size.
/// * `authenticate` decides who asks. It takes one extractor and returns a future of a
///   [`Caller`](livechat_units::Caller), or of one or an error ([`IntoCaller`]). Most take
///   [`OwnedCredentials`](crate::OwnedCredentials); a host whose middleware has found
///   the user already takes axum's `Extension`, one that needs its state a pair with
///   `State`. Where the extractor rejects, its rejection is the answer.
/// * `list` answers a query from the store. [`inline`](crate::inline) and
///   [`blocking`](crate::blocking) make one of a store that does not await.
///
/// They are asked in this order, and `list` only where the request is allowed and well
/// formed: a caller who may not ask learns nothing about the parameters.
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
///     // Looks the two up, and fails where the users cannot be read.
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
            // An extractor that rejects answers as this endpoint does.
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
        Err(error) => Err(endpoint.fail(unknown_caller(error))),
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

/// A failure to find out who asks is never the fault of the request, so it is a 500
/// whatever its kind.
fn unknown_caller(error: StoreError) -> StoreError {
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
