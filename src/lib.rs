//! Rocket.Chat's `GET /api/v1/livechat/units`, as a query engine to embed.
//!
//! A request goes in as headers, a query string and a decision about the caller. The
//! exact status and body come out. Between the two lies any store of units:
//!
//! ```text
//!  headers + query string                      host: sockets, tokens, settings
//!         │
//!    Endpoint::begin ──► Response (401, 403, 400, 414)
//!         │
//!    UnitQuery { scope, text, sort, page }
//!         │
//!    UnitStore::list ──► UnitPage { units, total, offset }
//!         │
//!    Pending::finish ──► Response { status, body }
//! ```
//!
//! ```
//! use livechat_units::{Caller, Endpoint, Permission, Unit, User};
//!
//! let units = vec![
//!     Unit::from_json(r#"{"_id":"uA","type":"u","name":"Sales"}"#)?,
//!     Unit::from_json(r#"{"_id":"uB","type":"u","name":"Support"}"#)?,
//! ];
//! let caller: Caller = User::new()
//!     .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
//!     .into();
//!
//! let response = Endpoint::default().handle(&units, &caller, r#"sort={"name":-1}&count=1"#);
//! assert_eq!(response.status(), 200);
//! assert_eq!(
//!     response.into_body().into_bytes(),
//!     br#"{"units":[{"_id":"uB","type":"u","name":"Support"}],"count":1,"offset":0,"total":2,"success":true}"#
//! );
//! # Ok::<(), livechat_units::UnitError>(())
//! ```
//!
//! # Ways in
//!
//! * A server that blocks: [`Endpoint::handle`] over a [`UnitStore`].
//! * An async server: [`Endpoint::begin`], its own store, [`Pending::finish`].
//! * Without HTTP: build a [`UnitQuery`] and call [`UnitStore::list`].
//! * Many units in memory: [`MemoryStore`].
//! * Everything, page by page, while it changes: [`UnitQuery::pages`], [`Cursor`].
//! * A store of one's own: implement [`UnitStore`]; [`UnitQuery::matches`] and
//!   [`SortKey`] are the filter and the order that define the right answer, and the
//!   module `conformance` has the tests that show it (feature `conformance`).
//! * The pieces alone: [`TextFilter`] finds and highlights, [`SortSpec`] parses and
//!   prints, [`Unit`] reads and writes documents.
//!
//! # Scope
//!
//! The crate is pure logic: no sockets, files, clocks, threads or async. It does not
//! know users or tokens ([`Credentials`] only finds the two headers). It answers this
//! one endpoint. The contract, whose sections the items cite, is in [`spec`].
//!
//! # Limits
//!
//! Everything a request or a document can grow in has a bound:
//!
//! | what | bound | past it |
//! |---|---|---|
//! | query string | [`Params::MAX_BYTES`] | 414 |
//! | text | [`TextFilter::MAX_BYTES`] | 400 `error-invalid-params` |
//! | `offset`, `count` | [`Page::MAX_REQUESTED`] | 400 `error-invalid-params` |
//! | sort keys | [`SortSpec::MAX_KEYS`] | 400 `error-invalid-sort` |
//! | segments of a sort path | [`SortSpec::MAX_SEGMENTS`] | 400 `error-invalid-sort` |
//! | text of a cursor | [`Cursor::MAX_BYTES`] | [`CursorError`] |
//! | nesting of a document | [`Unit::MAX_DEPTH`] | [`UnitErrorKind::TooDeep`] |
//! | steps through combinations of elements for one sort key | [`SortKey::MAX_STEPS`] | 400 `error-invalid-sort` |
//! | a piece of a body | [`Chunks::TARGET_BYTES`] and one unit | the next piece |
//! | orders that a [`MemoryStore`] remembers without being told to | 4 | the one asked for least recently is forgotten |
//! | ready answers of a [`MemoryStore`] to frequent short texts | 256 | the text is joined from its words |
//!
//! Headers are the host's to bound. What an error shows of its input is cut to 80
//! characters; only the refused `sort` is echoed whole, as Rocket.Chat does.
//!
//! # Costs
//!
//! Parsing a request is linear in its length. Matching a name reads it once and
//! allocates nothing. The store over a slice looks at every unit: filter, sort,
//! slice. [`MemoryStore`] looks into indexes; its documentation tells what each query
//! costs. A page is joined from the JSON that each unit already has.

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

mod access;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod endpoint;
mod excerpt;
mod fold;
mod json;
mod order;
mod query;
mod response;
mod store;
mod unit;

#[doc = include_str!("../SPEC.md")]
pub mod spec {}

/// The README's examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use crate::access::{AccessPolicy, Caller, Credentials, Permission, Refusal, User};
pub use crate::endpoint::{Endpoint, Pending};
pub use crate::order::{OrderError, SortKey};
pub use crate::query::UnitQuery;
pub use crate::query::cursor::{Cursor, CursorError};
pub use crate::query::page::{Limit, Page, PagePolicy};
pub use crate::query::pages::Pages;
pub use crate::query::params::{Params, QueryError, QueryErrorKind};
pub use crate::query::scope::Scope;
pub use crate::query::sort::{
    Direction, SortError, SortErrorKind, SortField, SortSpec, SortSpecBuilder,
};
pub use crate::query::text::{TextError, TextErrorKind, TextFilter};
pub use crate::response::{Body, Chunks, RequestError, Response};
pub use crate::store::{
    Explain, MemoryStore, StoreError, StoreErrorKind, UnitPage, UnitPageBuilder, UnitStore,
};
pub use crate::unit::{Timestamp, TimestampError, Unit, UnitBuilder, UnitError, UnitErrorKind};
