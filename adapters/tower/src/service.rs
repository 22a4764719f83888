//! The service: path, method, authentication, listing, answer.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderValue, Method, Request};
use livechat_units::{Body, Endpoint, StoreError, UnitPage, UnitQuery};
use tower_service::Service;

use crate::body::ResponseBody;
use crate::caller::IntoCaller;
use crate::respond::{method_not_allowed, not_found, respond};

/// A Tower service that answers `GET` and `HEAD` at [`Endpoint::PATH`]. The
/// [crate's documentation](crate) describes the answers.
///
/// It accepts a request with any type of body, and drops the body unread. It is always ready and
/// never returns an error: a failure is an HTTP response. A clone shares the two functions that
/// [`new`](Self::new) takes, and costs one increment of a reference count.
///
/// Cost, in addition to that of the two functions: one allocation for the future, and what the
/// endpoint does: reading the parameters, a copy of the query, and the response.
#[must_use = "a service does nothing until a server calls it"]
pub struct UnitsService<A, L> {
    endpoint: Endpoint,
    paths: Paths,
    host: Arc<(A, L)>,
}

/// The paths that a service answers.
#[derive(Clone, Copy, Debug)]
enum Paths {
    /// [`Endpoint::PATH`].
    Endpoint,
    Any,
}

impl<A, L> UnitsService<A, L> {
    /// A service over the two functions of the host.
    ///
    /// * `endpoint` contains the version of the server, the access policy and the page policy.
    /// * `authenticate` finds the caller. It takes the head of the request, and returns a future
    ///   of a [`Caller`](livechat_units::Caller) or of a `Result` ([`IntoCaller`]).
    ///   [`Credentials::from_header_map`](livechat_units::Credentials::from_header_map) finds the
    ///   two headers of Rocket.Chat. A user that a middleware has stored in the extensions of the
    ///   request is in those of the head.
    /// * `list` answers a query from the store. [`inline`](crate::inline) and `blocking` (feature
    ///   `tokio`) make this function for a store that is not async.
    ///
    /// Path and method are checked first. Then `authenticate` is called; `list` is called only if
    /// the caller is allowed to list units and the parameters are valid. A caller who is not allowed to list units learns
    /// nothing about the parameters.
    pub fn new<AF, LF>(endpoint: Endpoint, authenticate: A, list: L) -> Self
    where
        A: Fn(Parts) -> AF,
        AF: Future<Output: IntoCaller>,
        L: Fn(UnitQuery) -> LF,
        LF: Future<Output = Result<UnitPage, StoreError>>,
    {
        Self {
            endpoint,
            paths: Paths::Endpoint,
            host: Arc::new((authenticate, list)),
        }
    }

    /// Answers every path. Use it behind a router that matches the path itself, mounts the endpoint
    /// at another path, or removes a prefix of the path.
    ///
    /// ```
    /// use livechat_units::{Caller, Endpoint, Unit, UnitStore};
    /// use livechat_units_tower::{UnitsService, inline};
    ///
    /// let list = inline(|query| Vec::<Unit>::new().list(query));
    /// let units = UnitsService::new(Endpoint::default(), async |_| Caller::Anonymous, list);
    /// let app: axum::Router =
    ///     axum::Router::new().route_service("/{workspace}/units", units.on_any_path());
    /// ```
    pub fn on_any_path(mut self) -> Self {
        self.paths = Paths::Any;
        self
    }
}

impl<A, L> Clone for UnitsService<A, L> {
    fn clone(&self) -> Self {
        Self {
            endpoint: self.endpoint,
            paths: self.paths,
            host: Arc::clone(&self.host),
        }
    }
}

impl<A, L> fmt::Debug for UnitsService<A, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnitsService")
            .field("endpoint", &self.endpoint)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}

impl<B, A, AF, L, LF> Service<Request<B>> for UnitsService<A, L>
where
    A: Fn(Parts) -> AF + Send + Sync + 'static,
    AF: Future<Output: IntoCaller> + Send + 'static,
    L: Fn(UnitQuery) -> LF + Send + Sync + 'static,
    LF: Future<Output = Result<UnitPage, StoreError>> + Send + 'static,
{
    type Response = http::Response<ResponseBody>;
    type Error = Infallible;
    type Future = AnswerFuture;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> AnswerFuture {
        let Self {
            endpoint,
            paths,
            host,
        } = self.clone();
        let (request, _body) = request.into_parts();
        AnswerFuture(Box::pin(async move {
            let (authenticate, list) = &*host;
            let method = request.method.clone();
            let mut answer = match (paths, request.uri.path()) {
                (Paths::Endpoint, path) if path != Endpoint::PATH => not_found(),
                _ if !matches!(method, Method::GET | Method::HEAD) => method_not_allowed(),
                _ => {
                    let uri = request.uri.clone();
                    let caller = authenticate(request).await;
                    let query_string = uri.query().unwrap_or_default();
                    let response = respond(endpoint, caller, query_string, list).await;
                    http::Response::<Body>::from(response).map(ResponseBody::from)
                }
            };
            let length = HeaderValue::from(answer.body().bytes_left());
            answer.headers_mut().insert(CONTENT_LENGTH, length);
            if method == Method::HEAD {
                *answer.body_mut() = ResponseBody::empty();
            }
            answer
        }))
    }
}

/// The future of an answer. If it is dropped, the futures of `authenticate` and `list` are
/// dropped with it.
#[must_use = "a future does nothing until it is polled"]
pub struct AnswerFuture(Pin<Box<dyn Future<Output = http::Response<ResponseBody>> + Send>>);

impl Future for AnswerFuture {
    type Output = Result<http::Response<ResponseBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context).map(Ok)
    }
}

impl fmt::Debug for AnswerFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerFuture").finish_non_exhaustive()
    }
}
