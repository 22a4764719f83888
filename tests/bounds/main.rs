//! Tests of the bounds that the crate documents. Each bound is accepted, and one more is
//! refused. Other tests check how much memory is allocated up to a bound, and how the smallest
//! and largest numbers of each type are treated.
//!
//! The cost that these tests measure is allocations. `benches/instructions` measures work that
//! does not allocate.

#![allow(clippy::unwrap_used, clippy::panic)]

mod documents;
mod growth;
mod numbers;
mod pages;
mod requests;
mod ties;
mod timestamps;

use livechat_units::{Unit, UnitQuery};
use livechat_units_testkit::allocations::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A unit with this `_id` and the JSON `literal` as the value of `field`.
fn unit(id: &str, field: &str, literal: &str) -> Unit {
    let text = format!(r#"{{"_id":"{id}","type":"u","{field}":{literal}}}"#);
    Unit::from_json(&text).unwrap()
}

/// A query for the first page, sorted by `sort`.
fn sorted_by(sort: &str) -> UnitQuery {
    UnitQuery::default().with_sort(sort.parse().unwrap())
}
