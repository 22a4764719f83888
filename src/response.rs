//! The answers, to the byte (SPEC §3 and §4).

mod body;

use std::borrow::Cow;
use std::error::Error as StdError;

use thiserror::Error;

pub use self::body::{Body, Chunks};
use crate::access::Refusal;
use crate::json;
use crate::order::OrderError;
use crate::query::params::{QueryError, QueryErrorKind};
use crate::store::{QueryPart, StoreError, StoreErrorKind, UnitPage, Unsupported};
use crate::version::ServerVersion;

/// The answer to a request: a status and a JSON body.
///
/// A host turns it into its framework's, and logs what the client is not told:
///
/// ```
/// use livechat_units::{Caller, Endpoint, Response, Unit};
///
/// let response = Endpoint::default().handle(&Vec::<Unit>::new(), &Caller::Anonymous, "");
/// if let Some(error) = response.error() {
///     eprintln!("livechat/units: {error}");
/// }
/// let mut head = format!("HTTP/1.1 {}\r\n", response.status());
/// for (name, value) in Response::HEADERS {
///     head += &format!("{name}: {value}\r\n");
/// }
/// head += &format!("content-length: {}\r\n\r\n", response.body().len());
/// assert_eq!(
///     head,
///     "HTTP/1.1 401\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
///      pragma: no-cache\r\ncontent-length: 64\r\n\r\n"
/// );
/// ```
#[derive(Debug)]
#[must_use]
pub struct Response {
    status: u16,
    body: Body,
    error: Option<RequestError>,
}

/// Why a request did not get a listing.
///
/// ```
/// use livechat_units::{Caller, Endpoint, Permission, RequestError, Unit, User};
///
/// // A label for the host's metrics:
/// let label = |error: &RequestError| match error {
///     RequestError::Refused(_) => "caller",
///     RequestError::Query(error) => error.parameter().unwrap_or("query string"),
///     RequestError::Store(_) => "store",
///     _ => "other",
/// };
/// let caller = Caller::from(User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS));
/// let response = Endpoint::default().handle(&Vec::<Unit>::new(), &caller, "count=many");
/// assert_eq!(response.error().map(label), Some("count"));
/// ```
#[derive(Debug, Error)]
#[error(transparent)]
#[non_exhaustive]
pub enum RequestError {
    /// The caller gets no listing: 400, 401 or 403.
    Refused(#[from] Refusal),
    /// The query string is wrong: 400 or 414.
    Query(#[from] QueryError),
    /// The store failed: 500, or 400 where the query asks for something that the data or
    /// the store does not allow.
    Store(#[from] StoreError),
}

impl Response {
    /// The media type of every body.
    pub const CONTENT_TYPE: &'static str = "application/json";

    /// The headers of every answer, with names in lower case (SPEC §4). The host adds the
    /// CORS headers.
    pub const HEADERS: &'static [(&'static str, &'static str)] = &[
        ("content-type", Self::CONTENT_TYPE),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
    ];

    /// The answer of this version to a request that failed.
    pub(crate) fn from_error(error: RequestError, version: ServerVersion) -> Self {
        let (status, body) = answer(&error, version);
        Self {
            status,
            body: Body::from_text(body),
            error: Some(error),
        }
    }

    /// A listing that begins at the offset that was asked for.
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

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body, to be sent.
    #[must_use]
    pub fn into_body(self) -> Body {
        self.body
    }

    /// Why this is not a listing, for the host's log: the typed errors say more than
    /// the body, and the cause of a 500 is nowhere else.
    #[must_use]
    pub fn error(&self) -> Option<&RequestError> {
        self.error.as_ref()
    }
}

/// The answer of the documented version to a request that failed.
/// [`Endpoint::fail`](crate::Endpoint::fail) gives that of the endpoint's own version.
///
/// ```
/// use livechat_units::{RequestError, Response, StoreError, StoreErrorKind};
///
/// let error = StoreError::new(StoreErrorKind::Timeout, "look up the caller");
/// assert_eq!(Response::from(RequestError::from(error)).status(), 500);
/// ```
impl From<RequestError> for Response {
    fn from(error: RequestError) -> Self {
        Self::from_error(error, ServerVersion::Documented)
    }
}

fn answer(error: &RequestError, version: ServerVersion) -> (u16, Cow<'static, str>) {
    match error {
        RequestError::Refused(refusal) => {
            let (status, body) = refused(*refusal, version);
            (status, body.into())
        }
        RequestError::Query(error) => match error.kind() {
            QueryErrorKind::TooLong => (
                414,
                r#"{"success":false,"error":"Request-URI Too Long"}"#.into(),
            ),
            QueryErrorKind::InvalidParams => {
                (400, failure(&error.to_string(), INVALID_PARAMS, None))
            }
            QueryErrorKind::InvalidSort => (
                400,
                failure(&error.to_string(), INVALID_SORT, Some(SORT_DETAILS)),
            ),
        },
        RequestError::Store(error) => match error.kind() {
            StoreErrorKind::InvalidQuery | StoreErrorKind::Unsupported => {
                (400, refused_by_the_store(error))
            }
            _ => (
                500,
                r#"{"success":false,"error":"Internal server error"}"#.into(),
            ),
        },
    }
}

/// SPEC §5 has the table.
fn refused(refusal: Refusal, version: ServerVersion) -> (u16, &'static str) {
    use ServerVersion::{Documented, V7_5, V8, V9};
    match (refusal, version) {
        (Refusal::Unauthenticated, Documented | V7_5) => (
            401,
            r#"{"status":"error","message":"You must be logged in to do this."}"#,
        ),
        (Refusal::Unauthenticated, V8) => (
            401,
            r#"{"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#,
        ),
        (Refusal::Unauthenticated, V9) => (
            401,
            r#"{"success":false,"error":"You must be logged in to do this."}"#,
        ),
        (Refusal::PermissionMissing, Documented | V7_5 | V8 | V9) => (
            403,
            r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#,
        ),
        (Refusal::ByHost, Documented | V7_5 | V8) => {
            (403, r#"{"success":false,"error":"unauthorized"}"#)
        }
        (Refusal::ByHost, V9) => (403, r#"{"success":false,"error":"forbidden"}"#),
        (Refusal::Unlicensed, Documented | V7_5 | V8 | V9) => (
            400,
            r#"{"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#,
        ),
    }
}

const INVALID_PARAMS: &str = "error-invalid-params";
const INVALID_SORT: &str = "error-invalid-sort";
const SORT_DETAILS: &str = r#"{"helperMethod":"parseJsonQuery"}"#;

fn refused_by_the_store(error: &StoreError) -> Cow<'static, str> {
    if let Some(error) = source::<OrderError>(error) {
        return failure(&error.to_string(), INVALID_SORT, None);
    }
    if let Some(unsupported) = source::<Unsupported>(error) {
        let code = match unsupported.part() {
            QueryPart::Sort => INVALID_SORT,
            _ => INVALID_PARAMS,
        };
        return failure(&unsupported.to_string(), code, None);
    }
    let reason = match error.kind() {
        // The source may be a driver's error, which may describe the host.
        StoreErrorKind::Unsupported => "the store does not support this query".to_owned(),
        _ => error.source().unwrap_or(error).to_string(),
    };
    failure(&reason, INVALID_PARAMS, None)
}

/// The first of the chain of sources that has this type.
fn source<E: StdError + 'static>(error: &StoreError) -> Option<&E> {
    let mut sources = std::iter::successors(error.source(), |&error| error.source());
    sources.find_map(|source| source.downcast_ref())
}

/// The body of a 400 (SPEC §4).
fn failure(reason: &str, code: &str, details: Option<&str>) -> Cow<'static, str> {
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
