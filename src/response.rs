//! Responses: the status and the exact body of every response (SPEC §4 and §5).
//!
//! A [`Response`] is a status, a [`Body`] and, unless the status is 200, the
//! [`RequestError`] for the host's log. [`status_and_body`] maps each error to its status and body.

mod body;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::Display;

use thiserror::Error;

pub use self::body::{Body, Chunks};
use crate::access::Refusal;
use crate::json;
use crate::order::OrderError;
use crate::query::params::{QueryError, QueryErrorKind};
use crate::store::{QueryPart, StoreError, StoreErrorKind, UnitPage, Unsupported};
use crate::version::ServerVersion;

/// The response to a request: a status, a JSON body, and an error for the host's log.
///
/// A host converts it to a response of its framework, with [`Response::HEADERS`] and the length
/// of the body, and logs the error:
///
/// ```
/// use livechat_units::{Caller, Endpoint, Unit};
///
/// let response = Endpoint::default().handle(&Vec::<Unit>::new(), &Caller::Anonymous, "");
/// if let Some(error) = response.error() {
///     eprintln!("livechat/units: {error}");
/// }
/// assert_eq!((response.status(), response.body().len()), (401, 64));
/// ```
#[derive(Debug)]
#[must_use]
pub struct Response {
    status: u16,
    body: Body,
    error: Option<RequestError>,
}

/// The reason why a request got no listing. A host can use the variant as a label of its metrics.
#[derive(Debug, Error)]
#[error(transparent)]
#[non_exhaustive]
pub enum RequestError {
    /// The caller may not list units: 400, 401 or 403.
    Refused(#[from] Refusal),
    /// The query string is invalid: 400, or 414 if it is too long.
    Query(#[from] QueryError),
    /// The store failed: 500, or 400 if the data or the store does not allow the query.
    Store(#[from] StoreError),
}

impl Response {
    /// The media type of every body.
    pub const CONTENT_TYPE: &'static str = "application/json";

    /// The headers of every response, in lower case (SPEC §4). The host adds CORS headers itself.
    pub const HEADERS: &'static [(&'static str, &'static str)] = &[
        ("content-type", Self::CONTENT_TYPE),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
    ];

    /// The response of `version` to a request that failed.
    pub(crate) fn from_error(error: RequestError, version: ServerVersion) -> Self {
        let (status, body) = status_and_body(&error, version);
        Self {
            status,
            body: Body::from_text(body),
            error: Some(error),
        }
    }

    /// The 200 with `page`. The body repeats the requested `offset`.
    pub(crate) fn from_page(page: UnitPage, offset: u64) -> Self {
        Self {
            status: 200,
            body: Body::from_page(page, offset),
            error: None,
        }
    }

    /// The HTTP status: 200, 400, 401, 403, 414 or 500.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// A reference to the body, for example to read its length.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body itself, for sending it.
    #[must_use]
    pub fn into_body(self) -> Body {
        self.body
    }

    /// The body and the error. The status has been read before.
    #[cfg(feature = "http")]
    pub(crate) fn into_parts(self) -> (Body, Option<RequestError>) {
        (self.body, self.error)
    }

    /// The error, for the host's log; `None` for a 200. It has more detail than the body:
    /// the body of a 500 does not contain the cause.
    #[must_use]
    pub fn error(&self) -> Option<&RequestError> {
        self.error.as_ref()
    }
}

/// The response of [`ServerVersion::Documented`] to a request that failed.
/// [`Endpoint::fail`](crate::Endpoint::fail) uses the version of an endpoint.
impl From<RequestError> for Response {
    fn from(error: RequestError) -> Self {
        Self::from_error(error, ServerVersion::Documented)
    }
}

/// The status and the body for an error (SPEC §4).
fn status_and_body(error: &RequestError, version: ServerVersion) -> (u16, Cow<'static, str>) {
    match error {
        RequestError::Refused(refusal) => {
            let (status, body) = refusal_status_and_body(*refusal, version);
            (status, body.into())
        }
        RequestError::Query(error) => match error.kind() {
            QueryErrorKind::TooLong => (414, URI_TOO_LONG.into()),
            QueryErrorKind::InvalidParams => (400, error_body(error, INVALID_PARAMS, None)),
            QueryErrorKind::InvalidSort => {
                (400, error_body(error, INVALID_SORT, Some(SORT_DETAILS)))
            }
        },
        RequestError::Store(error) => match error.kind() {
            StoreErrorKind::InvalidQuery | StoreErrorKind::Unsupported => {
                (400, store_error_body(error))
            }
            _ => (500, SERVER_ERROR.into()),
        },
    }
}

/// The status and the body for a refused caller (the tables in SPEC §4 and §5).
fn refusal_status_and_body(refusal: Refusal, version: ServerVersion) -> (u16, &'static str) {
    use ServerVersion::{Documented, V7_5, V8, V9};
    match (refusal, version) {
        (Refusal::Unauthenticated, Documented | V7_5) => (401, LOGIN),
        (Refusal::Unauthenticated, V8) => (401, LOGIN_V8),
        (Refusal::Unauthenticated, V9) => (401, LOGIN_V9),
        (Refusal::PermissionMissing, Documented | V7_5 | V8 | V9) => (403, PERMISSION),
        (Refusal::ByHost, Documented | V7_5 | V8) => (403, UNAUTHORIZED),
        (Refusal::ByHost, V9) => (403, FORBIDDEN),
        (Refusal::Unlicensed, Documented | V7_5 | V8 | V9) => (400, ENTERPRISE),
    }
}

const LOGIN: &str = r#"{"status":"error","message":"You must be logged in to do this."}"#;
const LOGIN_V8: &str = r#"{"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#;
const LOGIN_V9: &str = r#"{"success":false,"error":"You must be logged in to do this."}"#;
const PERMISSION: &str = r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;
const UNAUTHORIZED: &str = r#"{"success":false,"error":"unauthorized"}"#;
const FORBIDDEN: &str = r#"{"success":false,"error":"forbidden"}"#;
const ENTERPRISE: &str = r#"{"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#;
const URI_TOO_LONG: &str = r#"{"success":false,"error":"Request-URI Too Long"}"#;
const SERVER_ERROR: &str = r#"{"success":false,"error":"Internal server error"}"#;
const INVALID_PARAMS: &str = "error-invalid-params";
const INVALID_SORT: &str = "error-invalid-sort";
/// The `details` of an invalid `sort`: Rocket.Chat names the function that found it.
const SORT_DETAILS: &str = r#"{"helperMethod":"parseJsonQuery"}"#;

/// The body of a 400 for a query that the store cannot answer.
fn store_error_body(error: &StoreError) -> Cow<'static, str> {
    if let Some(error) = find_source::<OrderError>(error) {
        return error_body(error, INVALID_SORT, None);
    }
    if let Some(unsupported) = find_source::<Unsupported>(error) {
        let code = match unsupported.part() {
            QueryPart::Sort => INVALID_SORT,
            _ => INVALID_PARAMS,
        };
        return error_body(unsupported, code, None);
    }
    let reason: &dyn Display = match error.kind() {
        // The source may be an error of a database driver, which may describe the host.
        StoreErrorKind::Unsupported => &"the store does not support this query",
        _ => &error.source().unwrap_or(error),
    };
    error_body(reason, INVALID_PARAMS, None)
}

/// The first error of type `E` in the chain of sources.
fn find_source<E: StdError + 'static>(error: &StoreError) -> Option<&E> {
    let mut sources = std::iter::successors(error.source(), |&error| error.source());
    sources.find_map(|source| source.downcast_ref())
}

/// The body of a 400 (SPEC §4). `details` is JSON.
fn error_body(reason: &dyn Display, code: &str, details: Option<&str>) -> Cow<'static, str> {
    let mut body = String::from(r#"{"success":false,"error":"#);
    json::push_string(&mut body, &format!("{reason} [{code}]"));
    body.push_str(r#","errorType":"#);
    json::push_string(&mut body, code);
    if let Some(details) = details {
        body.push_str(r#","details":"#);
        body.push_str(details);
    }
    body.push('}');
    body.into()
}
