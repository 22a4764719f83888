//! Placeholder for docs.

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
mod endpoint;
mod excerpt;
mod fold;
mod json;
mod order;
mod query;
mod response;
mod store;
mod unit;

pub use crate::access::{AccessPolicy, Caller, Credentials, Permission, Refusal, User};
pub use crate::endpoint::{Endpoint, Pending};
pub use crate::order::{OrderError, SortKey};
pub use crate::query::UnitQuery;
pub use crate::query::page::{Limit, Page, PagePolicy};
pub use crate::query::params::{Params, QueryError, QueryErrorKind};
pub use crate::query::scope::Scope;
pub use crate::query::sort::{
    Direction, SortError, SortErrorKind, SortField, SortSpec, SortSpecBuilder,
};
pub use crate::query::text::{TextError, TextFilter};
pub use crate::response::{Body, Chunks, RequestError, Response};
pub use crate::store::{StoreError, StoreErrorKind, UnitPage, UnitStore};
pub use crate::unit::{Timestamp, TimestampError, Unit, UnitBuilder, UnitError, UnitErrorKind};
