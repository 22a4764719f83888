//! Rocket.Chat's `GET /api/v1/livechat/units` as a Tower service, for hyper, axum, poem, and
//! every other server that takes one.
//!
//! The host provides two async functions: `authenticate` finds the caller of a request, and
//! `list` lists units from a store. [`UnitsService`] calls them:
//!
//! ```
//! use http::request::Parts;
//! use livechat_units::{
//!     Caller, Credentials, Endpoint, MemoryStore, Permission, Unit, UnitStore, User,
//! };
//! use livechat_units_tower::{UnitsService, inline};
//! use tower_service::Service;
//!
//! async fn authenticate(request: Parts) -> Caller {
//!     let credentials = Credentials::from_header_map(&request.headers);
//!     match credentials.map(|found| (found.user_id(), found.auth_token())) {
//!         Some(("rbAXPnMktTFbNpwtJ", "s3cret")) => User::new()
//!             .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
//!             .into(),
//!         _ => Caller::Anonymous,
//!     }
//! }
//!
//! let store: MemoryStore = [Unit::builder("uA").name("Sales").build()?].into_iter().collect();
//! let list = inline(move |query| store.list(query));
//! let mut units = UnitsService::new(Endpoint::default(), authenticate, list);
//!
//! let request = http::Request::get("/api/v1/livechat/units?text=sale")
//!     .header("x-user-id", "rbAXPnMktTFbNpwtJ")
//!     .header("x-auth-token", "s3cret")
//!     .body(())?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let answer = units.call(request).await?;
//! assert_eq!(answer.status(), 200);
//! # Ok::<(), std::convert::Infallible>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The README has a whole program for each of several frameworks.
//!
//! # The function `list`
//!
//! * For a store in memory: [`inline`]`(move |query| store.list(query))`.
//! * For a store that blocks, because it waits for a disk or a network, on tokio:
//!   `blocking(move |query| store.list(query))`, with the feature `tokio`.
//! * For an async store, and for a store that blocks on the threads of another runtime: a
//!   closure that returns a future.
//!
//! ```
//! # use std::sync::Arc;
//! # use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore};
//! # let store = Arc::new(Vec::<Unit>::new());
//! # /// The function of a runtime that runs a blocking closure on a thread.
//! # async fn unblock<T>(work: impl FnOnce() -> T) -> T { work() }
//! let list = move |query: UnitQuery| {
//!     let store = Arc::clone(&store);
//!     unblock(move || store.list(&query)) // an async store: `async move { store.list(&query).await }`
//! };
//! # let authenticate = async |_| livechat_units::Caller::Anonymous;
//! # let _ = livechat_units_tower::UnitsService::new(Default::default(), authenticate, list);
//! ```
//!
//! # Answers
//!
//! | request | answer |
//! |---|---|
//! | `GET` at [`Endpoint::PATH`](livechat_units::Endpoint::PATH) | status and body that [`livechat_units::spec`] defines for the [`ServerVersion`](livechat_units::ServerVersion) of the endpoint |
//! | `HEAD` there | the same head, at the same cost, and no body |
//! | another method there | 405, `allow: GET,HEAD` and `{"success":false,"error":"Method Not Allowed"}` |
//! | another path | 404 and `{"success":false,"error":"Not Found"}` |
//!
//! Every answer has the headers [`HEADERS`](livechat_units::Response::HEADERS) (`content-type:
//! application/json`, `cache-control: no-store`, `pragma: no-cache`) and `content-length`.
//! [`ResponseBody`] describes how a long body is sent.
//!
//! The body of a request is not read. The service compares the path byte by byte: a final slash
//! and escapes make another path. It answers 405 and 404 before it calls `authenticate`.
//!
//! # A host that routes by itself
//!
//! The 404 is for a server that has no other routes. A host with other routes calls the service
//! only if `request.uri().path()` equals [`Endpoint::PATH`](livechat_units::Endpoint::PATH), or
//! has its router do so.
//!
//! * A router that cuts the path before it calls the service, or that has the endpoint at another
//!   path, needs [`UnitsService::on_any_path`].
//! * A router that matches methods must pass `GET` and `HEAD` to the service, and can answer the
//!   others with [`method_not_allowed`]. If it passes a `HEAD` as a `GET`, it must remove the
//!   body itself.
//! * CORS headers, rate limits and compression are layers of the host. A layer that changes the
//!   body must remove `content-length`; those of tower-http do.
//!
//! # Answers of the server
//!
//! Bytes that are not a valid request do not reach the service. hyper answers 414 if the target
//! (path and query string) has more than 65,534 bytes, 431 if the head is too large, and 400 for
//! a target with a space, `"`, `<` or `>` in it. So the quotes in `sort` must be escaped. Browsers
//! and HTTP libraries do this. SPEC has a 414 for a query string of more than 65,536 bytes, which
//! the type `http::Uri` cannot hold. [`respond`] gives this answer in servers with other types.
//!
//! # Failures
//!
//! A listing that fails is answered with 500, and the body does not name the cause. The extensions
//! of an answer that is not a 200, 404 or 405 contain the cause as an `Arc<RequestError>`, for the
//! log of the host:
//!
//! ```
//! use std::sync::Arc;
//! use livechat_units::RequestError;
//!
//! /// For a middleware of the host, such as `map_response` of tower.
//! fn log<B>(answer: http::Response<B>) -> http::Response<B> {
//!     let error = answer.extensions().get::<Arc<RequestError>>();
//!     if let Some(RequestError::Store(error)) = error.map(AsRef::as_ref) {
//!         eprintln!("livechat/units: {error}: {:?}", std::error::Error::source(error));
//!     }
//!     answer
//! }
//! # let _ = log::<()>;
//! ```
//!
//! A panic of `authenticate` or `list` is not caught: it ends the task of its connection. The
//! service has no state that a panic could damage. If the client closes the connection, hyper
//! drops the [`AnswerFuture`], which cancels the listing.
//!
//! # Versions
//!
//! The minimum supported Rust version is 1.88. `http` 1, `http-body` 1, `bytes` 1 and
//! `tower-service` 0.3 are part of the public interface. The version policy is the policy of
//! [`livechat_units`].

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

#[cfg(feature = "tokio")]
mod blocking;
mod body;
mod caller;
mod list;
mod respond;
mod service;

/// Makes the examples of the README doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(feature = "tokio")]
pub use crate::blocking::{Listing, blocking};
pub use crate::body::ResponseBody;
pub use crate::caller::IntoCaller;
pub use crate::list::inline;
pub use crate::respond::{method_not_allowed, respond};
pub use crate::service::{AnswerFuture, UnitsService};
