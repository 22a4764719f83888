//! The route of the endpoint.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::ALLOW;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use livechat_units::{Endpoint, StoreError, UnitPage, UnitQuery};
use livechat_units_tower::{IntoCaller, method_not_allowed, respond};
use tracing::Instrument;

use crate::body::into_response;
use crate::trace;

/// The path that [`router`] answers.
pub const PATH: &str = Endpoint::PATH;

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
                    let caller = authenticate(extracted).await;
                    let query_string = parts.uri.query().unwrap_or_default();
                    let list = async |query: UnitQuery| {
                        trace::record_query(&recorded, &query);
                        let result = list(query).await;
                        if let Ok(page) = &result {
                            trace::record_page(&recorded, page);
                        }
                        result
                    };
                    let response = respond(endpoint, caller, query_string, list).await;
                    trace::log_failure(&response);
                    into_response(response)
                }
                Err(rejection) => rejection,
            };
            trace::record_answer(&recorded, response.status());
            response
        };
        answer.instrument(span)
    };
    Router::new().route(PATH, get(handler).fallback(other_method))
}

/// axum adds the header `allow`. If the host has other methods at this path, they are in it.
async fn other_method() -> Response {
    let mut answer = method_not_allowed();
    answer.headers_mut().remove(ALLOW);
    answer.map(Body::new)
}
