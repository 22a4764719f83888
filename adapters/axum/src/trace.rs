//! The tracing span of a request and its events. The crate documentation lists the fields.

use std::error::Error;
use std::fmt;

use axum::http::StatusCode;
use livechat_units::{
    Limit, RequestError, Response, Scope, StoreError, StoreErrorKind, UnitPage, UnitQuery,
    Unsupported,
};
use tracing::{Level, Span, debug, enabled, error, field, info_span, warn};

const TARGET: &str = "livechat_units_axum";
const SPAN: &str = "livechat.units";
/// The target of [`explain`], so that a filter can enable it alone.
const EXPLAIN_TARGET: &str = "livechat_units_axum::explain";

/// The maximum length of the field `sort`, in scalars. The canonical form of a sort can be as
/// long as a query string.
const MAX_SORT_CHARS: usize = 80;

pub(crate) fn request_span() -> Span {
    info_span!(
        target: TARGET,
        SPAN,
        status = field::Empty,
        total = field::Empty,
        count = field::Empty,
        text_bytes = field::Empty,
        sort = field::Empty,
        offset = field::Empty,
        limit = field::Empty,
        own_units = field::Empty,
        explain = field::Empty,
    )
}

pub(crate) fn record_query(span: &Span, query: &UnitQuery) {
    if span.is_disabled() {
        return;
    }
    if let Some(text) = query.text() {
        span.record("text_bytes", text.as_str().len());
    }
    let sort: String = query
        .sort()
        .to_string()
        .chars()
        .take(MAX_SORT_CHARS)
        .collect();
    span.record("sort", sort);
    span.record("offset", query.page().offset());
    if let Limit::AtMost(count) = query.page().limit() {
        span.record("limit", count.get());
    }
    if let Scope::Only(ids) = query.scope() {
        span.record("own_units", ids.len());
    }
}

pub(crate) fn record_page(span: &Span, page: &UnitPage) {
    span.record("total", page.total());
    span.record("count", page.len());
}

pub(crate) fn record_answer(span: &Span, status: StatusCode) {
    span.record("status", status.as_u16());
    debug!(target: TARGET, "answered");
}

/// Logs the error of a store, unless the body of the response contains its reason.
pub(crate) fn log_failure(response: &Response) {
    let Some(RequestError::Store(failure)) = response.error() else {
        return;
    };
    match failure.kind() {
        StoreErrorKind::InvalidQuery => {}
        StoreErrorKind::Unsupported if names_unsupported_part(failure) => {}
        StoreErrorKind::Unsupported => warn!(
            target: TARGET,
            operation = failure.operation(),
            error = %Causes(failure),
            "the store does not support a query"
        ),
        kind => error!(
            target: TARGET,
            ?kind,
            operation = failure.operation(),
            error = %Causes(failure),
            "a listing failed"
        ),
    }
}

/// Whether the error names the part of the query that the store does not support. The body
/// then names it too.
fn names_unsupported_part(failure: &StoreError) -> bool {
    let mut sources = std::iter::successors(failure.source(), |&error| error.source());
    sources.any(<dyn Error>::is::<Unsupported>)
}

/// An error and all its sources in one line. Not every subscriber prints the sources.
struct Causes<'a>(&'a StoreError);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        std::iter::successors(self.0.source(), |&error| error.source())
            .try_for_each(|source| write!(f, ": {source}"))
    }
}

/// Records how a store answers a query, in the field `explain` of the request's span.
///
/// Call it in the function `list` that [`router`](crate::router) takes, outside any other span.
/// An explanation can cost as much as the listing, so `explanation` is called only if the target
/// `livechat_units_axum::explain` is enabled at level DEBUG. An error of `explanation` is not
/// recorded, because the listing reports the same error.
///
/// ```
/// use std::sync::Arc;
/// use livechat_units::{MemoryStore, UnitStore};
/// use livechat_units_axum::{explain, inline};
///
/// let units = Arc::new(MemoryStore::new());
/// let list = inline(move |query| {
///     explain(|| units.explain(query));
///     units.list(query)
/// });
/// # let _ = list(livechat_units::UnitQuery::default());
/// ```
pub fn explain<D: fmt::Display>(explanation: impl FnOnce() -> Result<D, StoreError>) {
    if !enabled!(target: EXPLAIN_TARGET, Level::DEBUG) {
        return;
    }
    let span = Span::current();
    if span
        .metadata()
        .is_some_and(|metadata| metadata.name() == SPAN)
        && let Ok(explanation) = explanation()
    {
        span.record("explain", field::display(explanation));
    }
}
