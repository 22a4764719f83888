//! Rocket.Chat's `GET /api/v1/livechat/units` as an axum [`Router`](axum::Router).
//!
//! The host provides two async functions: `authenticate` finds the caller of a request, and
//! `list` lists units from a store. [`router`] makes the route:
//!
//! ```
//! use livechat_units::{Caller, Endpoint, MemoryStore, Permission, Unit, UnitStore, User};
//! use livechat_units_axum::{OwnedCredentials, inline, router};
//!
//! async fn authenticate(credentials: OwnedCredentials) -> Caller {
//!     match (credentials.user_id(), credentials.auth_token()) {
//!         ("rbAXPnMktTFbNpwtJ", "s3cret") => User::new()
//!             .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
//!             .into(),
//!         _ => Caller::Anonymous,
//!     }
//! }
//!
//! let units: MemoryStore = [Unit::builder("uA").name("Sales").build()?].into_iter().collect();
//! let list = inline(move |query| units.list(query));
//! let app: axum::Router = router(Endpoint::default(), authenticate, list);
//! # let request = axum::extract::Request::get("/api/v1/livechat/units?text=sale")
//! #     .header("x-user-id", "rbAXPnMktTFbNpwtJ")
//! #     .header("x-auth-token", "s3cret")
//! #     .body(axum::body::Body::empty())?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # let response = runtime.block_on(tower::ServiceExt::oneshot(app, request))?;
//! # assert_eq!(response.status(), 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The function `list`
//!
//! * For a store in memory: [`inline`]`(move |query| units.list(query))`.
//! * For a store that blocks, because it waits for a disk or a network:
//!   [`blocking`]`(move |query| store.list(query))`.
//! * For an async store: an async closure.
//!
//! ```
//! # use std::sync::Arc;
//! # use livechat_units::{StoreError, UnitPage, UnitQuery};
//! # struct RemoteStore;
//! # impl RemoteStore {
//! #     async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
//! #         Ok(UnitPage::new(Vec::new(), query.page(), 0))
//! #     }
//! # }
//! # let store = Arc::new(RemoteStore);
//! let list = move |query: UnitQuery| {
//!     let store = Arc::clone(&store);
//!     async move { store.list(&query).await }
//! };
//! # async fn authenticate(_: livechat_units_axum::OwnedCredentials) -> livechat_units::Caller {
//! #     livechat_units::Caller::Anonymous
//! # }
//! # let _: axum::Router = livechat_units_axum::router(Default::default(), authenticate, list);
//! ```
//!
//! # Answers
//!
//! [`livechat_units::spec`] defines status and body for each
//! [`ServerVersion`](livechat_units::ServerVersion) of an endpoint. The headers are
//! [`HEADERS`](livechat_units::Response::HEADERS) (`content-type: application/json`,
//! `cache-control: no-store`, `pragma: no-cache`) and `content-length`.
//!
//! A body of more than [`Chunks::TARGET_BYTES`](livechat_units::Chunks::TARGET_BYTES) is sent
//! in chunks, as fast as the client reads them. Each chunk is written from the page when it is
//! sent. The page is in memory until the last chunk is written.
//!
//! `HEAD` is answered like `GET`, without the body, at the same cost. Another method is
//! answered with 405, `allow: GET,HEAD` and `{"success":false,"error":"Method Not
//! Allowed"}`. The router does not answer other paths.
//!
//! # Answers of hyper
//!
//! Bytes that are not a valid request do not reach this crate. hyper answers without a body
//! and closes the connection. With `axum::serve`, HTTP/1 and the default configuration:
//!
//! | request | answer |
//! |---|---|
//! | a target (path and query string) of more than 65,534 bytes | 414 |
//! | more than 100 headers, or a head of more than about 400 KiB | 431 |
//! | a target with a space, `"`, `<` or `>` in it, or bytes that are not UTF-8 | 400 |
//! | anything that is not HTTP | 400 |
//!
//! So the quotes in `sort` must be escaped. Browsers and HTTP libraries do this, and `curl` does
//! it with `--data-urlencode`. SPEC has a 414 for a query string of more than 65,536 bytes;
//! hyper refuses such a request first.
//!
//! # Failures
//!
//! A listing that fails is answered with 500, and the body does not name the cause. The error
//! and all its sources are logged at level ERROR, with kind and operation. A query that the
//! store does not support is answered with 400, and the body names the unsupported part. If
//! the store does not name the part, the error is logged at level WARN.
//!
//! A panic of `authenticate` or `list` is not caught. As in any handler, it ends the task of
//! its connection, which is closed without an answer. Other connections continue, and the
//! router has no state that a panic could damage. For an answer with 500, use the layer
//! `CatchPanicLayer` of tower-http.
//!
//! If the client closes the connection, the future that `list` returned is dropped, which
//! cancels the listing. [`blocking`] documents what happens to a listing on a thread.
//!
//! # Tracing
//!
//! Each request has a span `livechat.units` of level INFO, target `livechat_units_axum`:
//!
//! | field | value |
//! |---|---|
//! | `status` | the status of the answer |
//! | `total`, `count` | the number of all matches and of the matches on the page, only for a 200 |
//! | `text_bytes` | the length of the text in bytes |
//! | `sort` | the sort spec in its canonical form, at most 80 characters |
//! | `offset`, `limit` | the page; an unlimited page has no `limit` |
//! | `own_units` | the number of ids in the scope, if it is not all units |
//! | `explain` | the explanation of the store, see [`explain`] |
//!
//! The text and the caller are not recorded, because both may be personal data. A host that may
//! log them can record them itself. The span ends when the answer is known, before the body is
//! sent. It contains one event of level DEBUG when the request is answered, and the events of
//! level ERROR or WARN of the section Failures. A value is formatted only if a subscriber
//! records it.
//!
//! # Without the router
//!
//! A handler of the host, for example one for several workspaces, can make the same steps and
//! use [`into_response`]:
//!
//! ```
//! use axum::extract::{Path, RawQuery, State};
//! use axum::response::Response;
//! use livechat_units::{Caller, Endpoint, Unit, UnitStore};
//! use livechat_units_axum::into_response;
//! # #[derive(Clone)]
//! # struct App { units: Vec<Unit> }
//! # impl App {
//! #     async fn caller(&self, workspace: &str) -> Caller { Caller::Anonymous }
//! #     async fn units(&self, workspace: &str) -> &[Unit] { &self.units }
//! # }
//!
//! async fn units(
//!     State(app): State<App>,
//!     Path(workspace): Path<String>,
//!     RawQuery(query): RawQuery,
//! ) -> Response {
//!     let caller = app.caller(&workspace).await;
//!     into_response(match Endpoint::default().begin(&caller, &query.unwrap_or_default()) {
//!         Ok(pending) => {
//!             let result = app.units(&workspace).await.list(pending.query());
//!             pending.finish(result)
//!         }
//!         Err(response) => response,
//!     })
//! }
//! # let _: axum::Router<App> = axum::Router::new().route("/{workspace}/units", axum::routing::get(units));
//! ```
//!
//! # Versions
//!
//! The minimum supported Rust version is 1.88. axum 0.8 is part of the public interface; none of
//! its features is required. The version policy is the policy of [`livechat_units`].

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

mod authenticate;
mod body;
mod list;
mod router;
mod trace;

/// Makes the examples of the README doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// The `OpenAPI` document of the endpoint: paths, parameters, answers and limits. It is the file
/// `openapi.json`, for hosts that serve such a document.
///
/// ```
/// assert!(livechat_units_axum::OPENAPI.contains(livechat_units_axum::PATH));
/// ```
pub const OPENAPI: &str = include_str!("../openapi.json");

pub use crate::authenticate::OwnedCredentials;
pub use crate::body::into_response;
pub use crate::list::blocking;
pub use crate::router::{PATH, router};
pub use crate::trace::explain;
pub use livechat_units_tower::{IntoCaller, Listing, inline};
