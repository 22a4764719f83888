//! Tests at the limits that the crate documents: at each limit and one past it, and the
//! memory that is allocated up to it. Also numbers at the ends of their types.
//!
//! These tests count allocations. `benches/instructions` counts work that allocates
//! nothing.

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

/// A query for the first page in the order `sort`.
fn by(sort: &str) -> UnitQuery {
    UnitQuery::default().with_sort(sort.parse().unwrap())
}
