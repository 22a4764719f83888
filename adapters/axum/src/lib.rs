//! Rocket.Chat's `GET /api/v1/livechat/units` as an axum [`Router`](axum::Router).
//!
//! The host brings two async functions: one decides who a request comes from, the other
//! lists units from any store. [`router`] makes the route of them:
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
//! # Which `list`
//!
//! * A store in memory: [`inline`]`(move |query| units.list(query))`.
//! * One that blocks, waiting for a disk or a network:
//!   [`blocking`]`(move |query| store.list(query))`.
//! * One that awaits is called as it is:
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
//! Status and body are those of the contract ([`livechat_units::spec`]) and of the endpoint's
//! [`ServerVersion`](livechat_units::ServerVersion), with the headers
//! [`HEADERS`](livechat_units::Response::HEADERS) (`content-type: application/json`,
//! `cache-control: no-store`, `pragma: no-cache`) and a `content-length`. Bodies of more than
//! [`Chunks::TARGET_BYTES`](livechat_units::Chunks::TARGET_BYTES) are sent in pieces, as
//! fast as the client takes them. They are written from the page as they are sent, which
//! stays in memory until then.
//!
//! `HEAD` answers as `GET` does, without the body; it costs the same. Another method is
//! answered with 405, `allow: GET,HEAD` and `{"success":false,"error":"Method Not
//! Allowed"}`. Every other path is the host's.
//!
//! # What hyper answers
//!
//! What cannot be read as a request never comes here: hyper answers it, without a body,
//! and closes the connection. With `axum::serve`, HTTP/1 and nothing configured:
//!
//! | request | answer |
//! |---|---|
//! | a target (path and query string) of more than 65,534 bytes | 414 |
//! | more than 100 headers, or a head of more than about 400 KiB | 431 |
//! | a target with a space, `"`, `<` or `>` in it, or bytes that are not UTF-8 | 400 |
//! | anything that is not HTTP | 400 |
//!
//! So the quotes of a `sort` must be escaped, as browsers and HTTP libraries do by
//! themselves, and `curl` with `--data-urlencode`. And the contract's own 414, for more
//! than 65,536 bytes of query string, is not seen behind hyper.
//!
//! # Failures
//!
//! A listing that fails is a 500 that tells the client nothing. The error and all its
//! sources are logged at level ERROR, with kind and operation. A query that the store does
//! not support is a 400 that names the part. Where the store does not say which part, the
//! error is logged at level WARN.
//!
//! A panic of `authenticate` or `list` is not caught: as in any handler it ends the task
//! of its connection, which closes without an answer, and no other. Nothing here is
//! left in between. Where a 500 is wanted, tower-http has a layer for it. A client that
//! goes away drops the future that `list` returned, and so cancels it; see [`blocking`]
//! for work on a thread.
//!
//! # Tracing
//!
//! Each request has a span `livechat.units` of level INFO, target `livechat_units_axum`:
//!
//! | field | what |
//! |---|---|
//! | `status` | of the answer |
//! | `total`, `count` | all matches, and those on the page; of a 200 alone |
//! | `text_bytes` | the length of the text |
//! | `sort` | in its canonical form, cut to 80 characters |
//! | `offset`, `limit` | the page; `limit` is absent for a page of everything |
//! | `own_units` | how many units the caller is confined to |
//! | `explain` | what the store told, see [`explain`] |
//!
//! The text is not recorded, nor is who asked: both may be personal data, and the host
//! knows what it may log. The span ends when the answer is known, before the body is
//! sent. In it, an event of level DEBUG tells that a request was answered, and one of
//! level ERROR why a listing failed. Nothing is formatted where no subscriber wants it.
//!
//! # Without the router
//!
//! A handler of the host's own, over several workspaces, say, takes the same steps, and
//! [`into_response`] makes the answer of them:
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
//! The minimum supported Rust version is 1.88. axum 0.8 is part of the interface; none of its
//! features is needed for it. What [`livechat_units`] says of versions holds here too.

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

/// The README's examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// The `OpenAPI` document of the endpoint, `openapi.json`, for hosts that serve one: its
/// paths, parameters, answers and limits.
///
/// ```
/// assert!(livechat_units_axum::OPENAPI.contains(livechat_units_axum::PATH));
/// ```
pub const OPENAPI: &str = include_str!("../openapi.json");

pub use crate::authenticate::{IntoCaller, OwnedCredentials};
pub use crate::body::into_response;
pub use crate::list::{Listing, blocking, inline};
pub use crate::router::{PATH, router};
pub use crate::trace::explain;
