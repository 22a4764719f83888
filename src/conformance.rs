//! The conformance kit: the cases by which any store shows that it gives the answers of
//! [`spec`](crate::spec).
//!
//! [`conformance_tests!`](crate::conformance_tests) expands to one `#[test]` for each of
//! [`CASES`]. Each makes a [`Fixture`] from the expression it is given, loads a fresh store
//! with the documents of the case, and compares the answers with those that SPEC has: ids
//! in their order, the total, the JSON of each unit, and mostly the same again in pages
//! laid end to end.
//!
//! Add the crate to the development dependencies with the feature `conformance`, and put
//! this into a test:
//!
//! ```
//! // tests/store.rs
//! use livechat_units::conformance::Fixture;
//! use livechat_units::{MemoryStore, Unit};
//!
//! fn fixture() -> Fixture {
//!     Fixture::stores(|documents: &[Unit]| documents.iter().cloned().collect::<MemoryStore>())
//! }
//!
//! mod conformance {
//!     livechat_units::conformance_tests!(super::fixture());
//! }
//! # for case in livechat_units::conformance::CASES.iter().take(20) {
//! #     case.run(&fixture());
//! # }
//! ```
//!
//! Then `cargo test conformance::` runs all of it, and
//! `cargo test conformance::sort_name_ascending` one case. A failure names the case, the
//! section of SPEC, the query, and the ids that were expected and found.
//!
//! | cases | what they are about |
//! |---|---|
//! | `mixed_*` | units and departments in one collection |
//! | `documents_*` | documents without loss, odd ones, long ones |
//! | `sort_*`, `array_*` | every field both ways, several keys, ties, values of every type, paths, arrays |
//! | `mongodb_*` | facts of MongoDB's own tests about sorts and texts: a case for each of their files, and three for facts that a database may not share |
//! | `text_*` | what is special elsewhere as plain text, texts and names of every length |
//! | `fold_*` | which letters are the same |
//! | `page_*`, `collection_*` | pages, totals, collections of none to thousands |
//! | `cursor_*` | listings that go on after a place, and walks through all of one |
//! | `scope_*` | whose units are listed |
//! | `injection_*` | texts, keys, paths, ids and places that mean something to a backend |
//! | `writes_*` | a store that changes, also while it is listed |
//! | `random_*` | random documents and queries, compared with the reference, `[Unit]` |
//!
//! # Async stores
//!
//! An async store has no trait to implement. [`Fixture::lists`] takes a closure that
//! loads documents and gives back a closure that lists; both block on the runtime that
//! the tests choose:
//!
//! ```
//! use std::sync::Arc;
//! use livechat_units::conformance::Fixture;
//! use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore};
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
//! #             std::task::Poll::Pending => unreachable!("nothing here waits"),
//! #         }
//! #     }
//! # }
//!
//! fn fixture() -> Fixture {
//!     let runtime = Arc::new(Runtime); // tokio's, say
//!     Fixture::lists(move |documents: &[Unit]| {
//!         let runtime = Arc::clone(&runtime);
//!         let store = runtime.block_on(Remote::load(documents));
//!         move |query: &UnitQuery| runtime.block_on(store.list(query))
//!     })
//! }
//!
//! livechat_units::conformance_tests!(fixture());
//! # for case in livechat_units::conformance::CASES.iter().take(20) {
//! #     case.run(&fixture());
//! # }
//! ```
//!
//! # What a store cannot serve
//!
//! [`Fixture::cannot`] declares it, case by case, with a reason; only an
//! [optional](Requirement::Optional) case can be declared. The case is run all the same:
//! it writes its name, the reason and what happened to the standard error, past the
//! capture of the test harness, and fails if the store serves it after all.
//!
//! # Writes
//!
//! Cases whose names begin with `writes_` change a store and list it, some from other
//! threads at the same time. [`Fixture::with_writes`] says how; a store that has no writes
//! declares these cases.
//!
//! # Random cases
//!
//! Cases whose names begin with `random_` make documents and queries from a seed, which
//! is always the same. The environment variable `LIVECHAT_UNITS_CONFORMANCE_SEED`, a
//! number of 64 bits, sets another. A failure shows the seed, the query, and the documents
//! as JSON lines. What an optional case is about, U+0000 in names, say, or cursors of
//! undocumented fields, does not occur in them where that case is declared.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a case fails by a panic, and its documents and queries are its own"
)]

mod arrays;
mod ask;
#[cfg(test)]
mod asked;
mod case;
mod cursor_extremes;
mod cursor_paths;
mod cursor_values;
mod cursors;
mod dates;
mod documents;
mod extremes;
#[cfg(test)]
mod failures;
mod fields;
mod fixture;
mod folding;
mod injection;
mod kit;
mod literal;
mod make;
mod mixed;
mod mongodb;
#[cfg(test)]
mod mutants;
mod numbers;
mod order;
#[cfg(test)]
mod own;
mod pages;
mod random;
#[cfg(test)]
mod registered;
mod registry;
mod run;
mod scope;
mod show;
mod stores;
mod text;
mod values;
mod walks;
mod writes;

pub use self::case::{Case, Requirement};
pub use self::fixture::Fixture;
pub use self::registry::CASES;
pub use self::stores::Change;

/// Runs the case of this name: what the tests of
/// [`conformance_tests!`](crate::conformance_tests) consist of.
#[doc(hidden)]
pub fn run(name: &str, fixture: &Fixture) {
    registry::named(name)
        .unwrap_or_else(|| panic!("{name:?} is no case"))
        .run(fixture);
}
