//! The conformance suite for stores of [`livechat_units`]: cases that show whether a store
//! gives the answers of the [contract](livechat_units::spec).
//!
//! A case loads a new store with its documents, sends queries, and compares the answers with
//! those that SPEC requires: the ids in their order, the total and the JSON of each unit. Most
//! cases also compare consecutive pages.
//!
//! # How to test a store
//!
//! Add the crate to the development dependencies, and write one test file:
//!
//! ```
//! // tests/conformance.rs
//! use livechat_units::{MemoryStore, Unit};
//! use livechat_units_conformance::{Fixture, Group};
//!
//! fn fixture() -> Fixture {
//!     // In place of MemoryStore: your own store, which implements `UnitStore`.
//!     Fixture::stores(|documents: &[Unit]| documents.iter().cloned().collect::<MemoryStore>())
//!         .without(Group::Writes, "the tests only read")
//! }
//!
//! livechat_units_conformance::conformance_tests!(fixture());
//! # for case in livechat_units_conformance::CASES.iter().take(20) {
//! #     case.run(&fixture());
//! # }
//! ```
//!
//! The macro makes one `#[test]` of each case, so `cargo test --test conformance` runs all of
//! them and `cargo test --test conformance sort_name_ascending` runs one.
//!
//! * [`Fixture::stores`] takes a closure that makes a store of documents. [`Fixture::lists`] takes
//!   a closure that loads documents and returns a closure that answers queries.
//! * [`Fixture::with_writes`] adds stores that can be changed.
//! * [`Fixture::without`] and [`Fixture::cannot`] declare what the store does not serve.
//!
//! # The cases
//!
//! | names | what they check |
//! |---|---|
//! | `mixed_*` | units and departments in one collection |
//! | `documents_*` | documents come back without loss, also odd and long ones |
//! | `sort_*`, `array_*` | each field in both directions, several keys, ties, values of every type, paths, arrays |
//! | `mongodb_*` | facts from MongoDB's own tests of sorts and texts: a case for each test file, and three optional cases |
//! | `text_*` | characters that are special in regular expressions, SQL and other query languages; texts and names of many lengths |
//! | `fold_*` | which letters are equal |
//! | `page_*`, `collection_*` | pages, totals, collections of none to thousands |
//! | `cursor_*` | listings that continue after a cursor, and walks of all pages |
//! | `scope_*` | the units that a caller may see |
//! | `injection_*` | texts, keys, paths, ids and cursors that mean something in the language of a database |
//! | `writes_*` | a store that changes, also while it is listed |
//! | `random_*` | random documents and queries, compared with the reference, `[Unit]` |
//!
//! # What a store does not serve
//!
//! Some cases are [optional](Requirement::Optional): a store may declare one with
//! [`Fixture::cannot`] and a reason. A [`Group`] has the cases that a store does not serve for one
//! common reason, and [`Fixture::without`] declares a whole group. The cases about cursors are one:
//! the endpoint never sends a cursor.
//!
//! A declared case still runs, and must fail. Then the test passes, and writes the name of the
//! case, the reason and the failure to the standard error, where `cargo test` shows them. If the
//! store serves the case after all, the test fails, so that no declaration outlives its reason. Declare
//! a group only if the store serves none of its cases. Otherwise declare its optional cases by name.
//!
//! # What a failure prints
//!
//! The case and its section of SPEC, the query, what was expected and what was found, and how
//! to declare the case if that is allowed:
//!
//! ```text
//! cursor_with_nul (SPEC §2, Sort)
//! query:    {"sort":{"name":1},"offset":0}
//! expected: ["000","001","002","003","004","005","006","007","008","009"] of 10
//! found:    the error Unsupported: cannot list units: the store does not support this query or document
//! If the store cannot serve this case, declare that in the fixture: .cannot("cursor_with_nul", "…") or .without(Group::Cursors, "…") or .without(Group::Nul, "…")
//! ```
//!
//! # How long it takes
//!
//! Without optimisation, all cases take 10 seconds of processor time over
//! [`MemoryStore`](livechat_units::MemoryStore), and 3 seconds over the reference. Over a database, loading takes most of the time:
//! most cases load fewer than a hundred documents, the largest loads 2,000.
//!
//! # Async stores
//!
//! An async store implements no trait. [`Fixture::lists`] takes a closure that loads
//! documents and returns a closure that lists. Both block on a runtime of the tests:
//!
//! ```
//! use std::sync::Arc;
//! use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore};
//! use livechat_units_conformance::Fixture;
//!
//! struct Remote(Vec<Unit>);
//!
//! impl Remote {
//!     async fn load(documents: &[Unit]) -> Self {
//!         Self(documents.to_vec())
//!     }
//!
//!     async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
//!         self.0.list(query)
//!     }
//! }
//! #
//! # struct Runtime;
//! #
//! # impl Runtime {
//! #     fn block_on<F: Future>(&self, future: F) -> F::Output {
//! #         let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #         match std::pin::pin!(future).poll(&mut context) {
//! #             std::task::Poll::Ready(output) => output,
//! #             std::task::Poll::Pending => unreachable!("no future of this example waits"),
//! #         }
//! #     }
//! # }
//!
//! fn fixture() -> Fixture {
//!     let runtime = Arc::new(Runtime); // for example tokio's
//!     Fixture::lists(move |documents: &[Unit]| {
//!         let runtime = Arc::clone(&runtime);
//!         let store = runtime.block_on(Remote::load(documents));
//!         move |query: &UnitQuery| runtime.block_on(store.list(query))
//!     })
//! }
//!
//! livechat_units_conformance::conformance_tests!(fixture());
//! # for case in livechat_units_conformance::CASES.iter().take(20) {
//! #     case.run(&fixture());
//! # }
//! ```
//!
//! # Random cases
//!
//! The cases `random_*` make documents and queries from a seed, which is always the same. The
//! environment variable `LIVECHAT_UNITS_CONFORMANCE_SEED`, a number of 64 bits, sets another.
//! A failure shows the seed, the query, and the documents as JSON lines. If the
//! fixture declares that the store does not serve certain values, such as U+0000 in names, the
//! documents do not contain these values.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a case fails by a panic, and knows the documents and queries that it indexes"
)]

mod case;
mod cases;
mod checks;
mod data;
mod fixture;
mod loaded;
mod macros;
mod projection;
mod rng;
mod run;
mod show;

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use self::case::{Case, Group, Requirement};
pub use self::cases::CASES;
pub use self::fixture::{Change, Fixture};

/// Runs the case with this name. The tests that [`conformance_tests!`] makes call it.
#[doc(hidden)]
pub fn run(name: &str, fixture: &Fixture) {
    cases::named(name)
        .unwrap_or_else(|| panic!("there is no case {name:?}"))
        .run(fixture);
}
