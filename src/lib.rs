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
//! # Scope
//!
//! The crate answers this one endpoint, as Rocket.Chat does: which units a caller sees, which
//! of them a text matches, in which order, on which page, with which body when it goes wrong.
//! It was written from the documentation of the API and the source of the server, releases
//! 5 to 8. The answers of the newer releases are chosen by a [`ServerVersion`]. The endpoint
//! has had its path since Rocket.Chat 5.0; before, it was `livechat/units.list`.
//! Texts match as on MongoDB 6.1 and later. The contract, whose sections the items cite, is
//! in [`spec`]; the reasons behind the shapes are in [`design`].
//!
//! It is pure logic: no sockets, files, clocks, threads or async. It does not know users or
//! tokens; [`Credentials`] only finds the two headers. It does not create, change or delete
//! units for clients, and knows no other endpoint.
//!
//! # A first listing
//!
//! A [`Unit`] is a document. A list of them is a store, and a [`UnitQuery`] says what to list:
//!
//! ```
//! use livechat_units::{SortSpec, TextFilter, Unit, UnitQuery, UnitStore};
//!
//! let units = vec![
//!     Unit::builder("uA").name("Sales").num_monitors(2).build()?,
//!     Unit::builder("uB").name("Support").num_monitors(5).build()?,
//!     Unit::from_json(r#"{"_id":"uC","type":"u","name":"Wholesales","numMonitors":9}"#)?,
//! ];
//! let query = UnitQuery::default()
//!     .with_text(TextFilter::new("SALES")?)
//!     .with_sort(SortSpec::builder().descending("numMonitors").build()?);
//!
//! let page = units.list(&query)?;
//! assert_eq!(page.total(), 2);
//! let ids: Vec<String> = page.units().map(|unit| unit.id().to_owned()).collect();
//! assert_eq!(ids, ["uC", "uA"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A list is looked through for every query. Beyond some hundreds of units there is
//! [`MemoryStore`], which has an index for everything that can be asked, current under writes,
//! and tells by [`explain`](MemoryStore::explain) how it answers. What a listing does not
//! hold is walked page by page, while it changes, by [`UnitQuery::pages`] or from a
//! [`Cursor`].
//!
//! # In a server
//!
//! One that blocks calls [`Endpoint::handle`]:
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
//! An async one takes the steps one by one: [`Endpoint::begin`] checks the request,
//! [`Pending::query`] is what to ask the store, [`Pending::finish`] makes the response of
//! what it answered. The example `async_store` shows it whole. [`Body::into_chunks`] sends a
//! long body in pieces. For axum this is done: the crate `livechat-units-axum` is a router,
//! with a server and a page to try; its README has the same for actix-web.
//!
//! # Where units are kept
//!
//! `[Unit]`, `Vec<Unit>` and [`MemoryStore`] are here. `livechat-units-sqlite`,
//! `livechat-units-postgres` and `livechat-units-mongodb` keep them in databases, and give
//! the same answers.
//!
//! A store of one's own implements [`UnitStore`], whose one method lists; an async one has a
//! method of the same shape. What a database cannot do is done here:
//! [`UnitQuery::matches`] is the filter, [`SortKey`] the order, as values to compare or as
//! [bytes](SortKey::key_strings) to keep, and [`UnitPage::builder`] makes the page. Whoever
//! holds candidates in memory can list them as a slice:
//!
//! ```
//! use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore};
//!
//! /// Units in parts, as several files might have them.
//! struct Parts(Vec<Vec<Unit>>);
//!
//! impl UnitStore for Parts {
//!     fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
//!         let units = self.0.iter().flatten();
//!         let found: Vec<Unit> = units.filter(|unit| query.matches(unit)).cloned().collect();
//!         found.list(query)
//!     }
//! }
//!
//! let unit = |id: &str| Unit::builder(id).name(id).build();
//! let store = Parts(vec![vec![unit("b")?], vec![unit("a")?, unit("c")?]]);
//! let page = store.list(&UnitQuery::default())?;
//! assert_eq!(page.units().next().unwrap().id(), "a");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! That it gives the right answers is shown by the cases of the feature `conformance`, one
//! test each.
//!
//! # Access
//!
//! The host looks up the credentials and says who the [`Caller`] is. The [`AccessPolicy`]
//! decides what a caller without the permission `manage-livechat-units` sees: nothing, by
//! default, or with [`AccessPolicy::OwnUnits`] the units that they monitor. A refused caller
//! gets 401, 403 or, without the licence, 400 before the parameters are read. The host compares tokens in constant time.
//!
//! # Versions of the server
//!
//! A [`ServerVersion`] chooses the release of Rocket.Chat whose answers the [`Endpoint`]
//! gives: the default access policy, the bodies of 401 and 403, and what an empty `sort`
//! means ([`spec`], §5). The default is the public API documentation. The host adds CORS
//! headers and limits the rate of requests ([`spec`], §4, has the body of a 429).
//!
//! # Limits
//!
//! Everything a request or a document can grow in has a bound:
//!
//! | what | bound | | past it |
//! |---|---|---|---|
//! | query string | 65,536 bytes | [`Params::MAX_BYTES`] | 414 |
//! | text | 32,764 bytes | [`TextFilter::MAX_BYTES`] | 400 `error-invalid-params` |
//! | `offset`, `count` | 2^53 - 1 | [`Page::MAX_REQUESTED`] | 400 `error-invalid-params` |
//! | sort keys | 32 | [`SortSpec::MAX_KEYS`] | 400 `error-invalid-sort` |
//! | segments of a sort path | 256 | [`SortSpec::MAX_SEGMENTS`] | 400 `error-invalid-sort` |
//! | text of a cursor | 65,536 bytes | [`Cursor::MAX_BYTES`] | [`CursorError`] |
//! | nesting of a document | 256 | [`Unit::MAX_DEPTH`] | [`UnitErrorKind::TooDeep`] |
//! | steps through combinations of elements for one sort key | 16,384 a document | [`SortKey::MAX_STEPS`] | 400 `error-invalid-sort` |
//! | a piece of a body | 65,536 bytes and one unit | [`Chunks::TARGET_BYTES`] | the next piece |
//! | orders that a [`MemoryStore`] remembers without being told to | 4, of 4 bytes a unit each | | the one asked for least recently is forgotten |
//! | ready answers of a [`MemoryStore`] to frequent short texts | 256, of a bit a unit each | | the text is joined from its words |
//!
//! Headers and the length of a document are the host's to bound. A unit takes about five
//! times the memory of its JSON, and at most 48 times, where that is `[[0],[0],[0]…`.
//!
//! What an error shows of its input is cut to 80 characters; only the refused `sort` is
//! echoed whole, as Rocket.Chat does.
//!
//! # Performance
//!
//! Parsing a request or a document is linear in its length. Matching a name reads it once
//! and allocates nothing. The store over a slice looks at every unit: filter, sort, slice.
//! [`MemoryStore`] looks into indexes; its documentation tells what each query costs. A page
//! is joined from the JSON that each unit already has. For the worst input of each kind,
//! `tests/bounds` counts what is allocated, and `cargo bench --bench instructions` the work.
//!
//! Of a million units, [`MemoryStore`] answers any page in about a microsecond and a text in
//! some ten, renames one in less than 25, and takes 315 bytes a unit, 177 of which are the
//! JSON. The figures, beside those of what else there is, are in `benches/README.md` of the
//! repository, with the command that measures them again.
//!
//! # Differences
//!
//! What a client really sends gets Rocket.Chat's answer. Malformed requests, and what is an
//! accident there, get a clear one: [`differences`] lists them all.
//!
//! # Features
//!
//! None is on by default, and none changes an answer.
//!
//! | feature | what it adds | without it |
//! |---|---|---|
//! | `conformance` | the module `conformance` and `conformance_tests!` | a store of one's own has to find its mistakes another way |
//!
//! # Versions
//!
//! Semantic versioning: what is public and documented keeps its meaning within a major
//! version, and before 1.0 within a minor one. An answer that turns out to differ from
//! Rocket.Chat's is mended in any release and told in the changelog, as are the figures of
//! [`Explain`] and the texts of errors, which are for people. The text of a [`Cursor`] and
//! the bytes of [`SortKey::key_strings`] are read by every later version of the same major
//! one. Enums that can grow are `#[non_exhaustive]`.
//!
//! The minimum supported Rust version is 1.88. Raising it is a minor release, and it is never
//! younger than six months. Folding follows Unicode 15.0 on purpose, because MongoDB does.

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
mod version;

#[doc = include_str!("../docs/spec.md")]
pub mod spec {}

#[doc = include_str!("../docs/differences.md")]
pub mod differences {}

#[doc = include_str!("../docs/design.md")]
pub mod design {}

#[doc = include_str!("../docs/glossary.md")]
pub mod glossary {}

/// The README's examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use crate::access::{AccessPolicy, Caller, Credentials, Permission, Refusal, User};
pub use crate::endpoint::{Endpoint, Pending};
pub use crate::order::{
    Direction, OrderError, SortError, SortErrorKind, SortField, SortKey, SortSpec, SortSpecBuilder,
};
pub use crate::query::UnitQuery;
pub use crate::query::cursor::{Cursor, CursorError};
pub use crate::query::page::{Limit, Page, PagePolicy};
pub use crate::query::pages::Pages;
pub use crate::query::params::{Params, QueryError, QueryErrorKind};
pub use crate::query::scope::Scope;
pub use crate::query::text::{TextError, TextErrorKind, TextFilter};
pub use crate::response::{Body, Chunks, RequestError, Response};
pub use crate::store::{
    Explain, MemoryStore, QueryPart, StoreError, StoreErrorKind, UnitPage, UnitPageBuilder,
    UnitStore, Unsupported,
};
pub use crate::unit::{Timestamp, TimestampError, Unit, UnitBuilder, UnitError, UnitErrorKind};
pub use crate::version::{ServerVersion, ServerVersionError};
