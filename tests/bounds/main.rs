//! Every limit of the crate's documentation, from both sides, and what is allocated up to
//! it; and numbers at the ends of their types. What takes steps but no memory is counted
//! by `cargo bench --bench instructions`.

#![allow(clippy::unwrap_used, clippy::panic)]

mod allocations;
mod documents;
mod growth;
mod numbers;
mod pages;
mod requests;
mod ties;
mod timestamps;

use livechat_units::{Unit, UnitQuery};

/// A unit with this field.
fn unit(id: &str, field: &str, literal: &str) -> Unit {
    let text = format!(r#"{{"_id":"{id}","type":"u","{field}":{literal}}}"#);
    Unit::from_json(&text).unwrap()
}

fn by(sort: &str) -> UnitQuery {
    UnitQuery::default().with_sort(sort.parse().unwrap())
}
