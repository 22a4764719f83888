//! An engine that answers Rocket.Chat's `GET /api/v1/livechat/units`, to embed in a server.
//!
//! It turns the headers, the query string and the host's decision about the caller into a query.
//! Any store of units answers the query. The crate turns the page into the exact status and body:
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
//! The crate is pure logic: it has no sockets, files, clocks, threads or async. It answers this
//! one endpoint, and it does not create, change or delete units for clients. The endpoint has
//! had this path since release 5.0 of Rocket.Chat, before it was `livechat/units.list`.
//!
//! # First listing
//!
//! ```console
//! cargo add livechat-units
//! ```
//!
//! A [`Unit`] is a document. A slice of units is a store. A [`UnitQuery`] says what to list:
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
//! # What to read
//!
//! | you have | read |
//! |---|---|
//! | a blocking server | [`Endpoint::handle`] |
//! | an async server | [`Endpoint::begin`], [`Pending::finish`], and the example `async_store` |
//! | axum | the crate `livechat-units-axum`, a router |
//! | hyper, poem, or another server that takes a Tower service | the crate `livechat-units-tower` |
//! | actix-web | the README of `livechat-units-axum` |
//! | a long body to send | [`Body::into_chunks`] |
//! | some hundreds of units in memory | the store over a slice: [`UnitStore`] for `[Unit]` |
//! | more units in memory | [`MemoryStore`] |
//! | units in a file or another text: JSON lines, an array, an export of `mongoexport` | [`Documents`] |
//! | units in structs of your own | [`Unit::from_serialize`], [`dates`], and `Deserialize` for [`Unit`] |
//! | units in a database | the crates `livechat-units-sqlite`, `livechat-units-postgres`, `livechat-units-mongodb` |
//! | units in another database | [A store of your own](#a-store-of-your-own) |
//! | a listing that must be read to its end | [`UnitQuery::pages`] and [`Cursor`] |
//! | users with different rights | [`Caller`], [`AccessPolicy`], [`Credentials`] |
//! | clients of a certain release of Rocket.Chat | [`ServerVersion`] |
//! | a question about an answer | [`spec`], the contract, and [`differences`], the differences from Rocket.Chat |
//! | a question about the architecture or a decision | [`design`] |
//! | an unknown word | [`glossary`] |
//!
//! Documentation and comments cite sections of the contract: `SPEC §2` is section 2 of [`spec`].
//! A host finds the user and compares the token in constant time; [`Credentials`] only finds the
//! two headers. The host adds CORS headers and limits the rate of requests.
//!
//! # A store of your own
//!
//! A blocking store implements [`UnitStore`], which has one required method. An async store has a
//! method of the same shape and implements no trait. [`UnitQuery::matches`] is the filter.
//! [`SortKey`] is the order, as values to compare or as [bytes](SortKey::key_strings) to save.
//! [`columns`] lists the columns with which a database can sort and page by itself.
//! [`UnitPage::builder`] makes the page. A store that has candidates in memory can list them as a
//! slice:
//!
//! ```
//! use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore};
//!
//! /// Units in parts, for example from several files.
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
//! The conformance suite, the crate `livechat-units-conformance`, tests that a store gives the
//! answers of the contract.
//!
//! # Bounds
//!
//! Everything that a request or a document can make large has a bound:
//!
//! | what | bound | constant | beyond the bound |
//! |---|---|---|---|
//! | query string | 65,536 bytes | [`Params::MAX_BYTES`] | 414 |
//! | text | 32,764 bytes | [`TextFilter::MAX_BYTES`] | 400 `error-invalid-params` |
//! | `offset`, `count` | 2^53 - 1 | [`Page::MAX_REQUESTED`] | 400 `error-invalid-params` |
//! | keys of `sort` | 32 | [`SortSpec::MAX_KEYS`] | 400 `error-invalid-sort` |
//! | segments of a path in `sort` | 256 | [`SortSpec::MAX_SEGMENTS`] | 400 `error-invalid-sort` |
//! | text of a cursor | 65,536 bytes | [`Cursor::MAX_BYTES`] | [`CursorError`] |
//! | a document in a text or a file | 64 MiB | [`Documents::MAX_BYTES`] | [`DocumentErrorKind::TooLong`] |
//! | nesting of a document | 256 levels | [`Unit::MAX_DEPTH`] | [`UnitErrorKind::TooDeep`] |
//! | steps for combinations of array elements, for the sort key of one unit | 16,384 | [`SortKey::MAX_STEPS`] | 400 `error-invalid-sort` |
//! | a chunk of a body | 65,536 bytes plus one unit | [`Chunks::TARGET_BYTES`] | the next chunk |
//! | sort orders that a [`MemoryStore`] remembers without a declaration | 4, each 4 bytes a unit | | the least recently used one is dropped |
//! | characters of a name that the text index of a [`MemoryStore`] holds | 1,024 | | every text reads the name |
//! | memory of its grams of more than three characters | 64 bytes a unit, and one length of grams more | | longer texts have more candidates |
//!
//! The host bounds headers, and the length of a document that it reads by itself. A unit whose fields have been read takes
//! about five times the memory of its JSON, and at most 48 times, for documents such as
//! `[[0],[0],[0]…`. The text of an error contains at most 80 characters of its input, except that
//! the answer to a refused `sort` repeats it completely, as Rocket.Chat does.
//!
//! Parsing a request or a document takes time linear in its length. Matching a name reads the name
//! once and allocates nothing. A slice is scanned for every query; [`MemoryStore`] says what each
//! query costs.
//!
//! # Versions
//!
//! The crate follows semantic versioning. A public, documented item keeps its meaning within a
//! major version, and within a minor version before 1.0. Three things can change in any release,
//! with an entry in the changelog: an answer that turns out to differ from Rocket.Chat's, the
//! figures of [`Explain`], and the texts of errors. Later versions with the same major number can
//! read the text of a [`Cursor`] and the bytes of [`SortKey::key_strings`]. Enums that can grow
//! are `#[non_exhaustive]`. Folding follows Unicode 15.0 in all releases, because MongoDB does.
//!
//! The minimum supported Rust version is 1.88. A release that raises it is a minor release, and
//! the new minimum is at least six months old.
//!
//! # Features
//!
//! No feature is on by default.
//!
//! | feature | what it adds |
//! |---|---|
//! | `http` | for version 1 of the crate `http`: `http::Response` from a [`Response`], [`Credentials`] from a header map |

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
pub mod columns;
pub mod dates;
mod documents;
mod endpoint;
mod excerpt;
mod field;
mod fold;
#[cfg(feature = "http")]
mod http_types;
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

/// Runs the examples of the README as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use crate::access::{
    AccessPolicy, AccessPolicyError, Caller, Credentials, Permission, Refusal, User,
};
pub use crate::documents::{DocumentError, DocumentErrorKind, Documents, Resume};
pub use crate::endpoint::{Endpoint, Pending};
pub use crate::order::{
    Direction, OrderError, SortError, SortErrorKind, SortField, SortKey, SortSpec, SortSpecBuilder,
};
pub use crate::query::cursor::{Cursor, CursorError};
pub use crate::query::page::{Limit, Page, PagePolicy};
pub use crate::query::params::{Params, QueryError, QueryErrorKind};
pub use crate::query::text::{TextError, TextErrorKind, TextFilter};
pub use crate::query::{Scope, UnitQuery};
pub use crate::response::{Body, Chunks, RequestError, Response};
pub use crate::store::{
    Explain, MemoryStore, Pages, PreparedUpsert, QueryPart, StoreError, StoreErrorKind, UnitPage,
    UnitPageBuilder, UnitStore, Unsupported, Written,
};
pub use crate::unit::{Timestamp, TimestampError, Unit, UnitBuilder, UnitError, UnitErrorKind};
pub use crate::version::{ServerVersion, ServerVersionError};
