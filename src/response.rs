//! The answers, to the byte (SPEC §3 and §4).

mod body;

use std::borrow::Cow;
use std::error::Error as _;

use thiserror::Error;

pub use self::body::{Body, Chunks};
use crate::access::Refusal;
use crate::json;
use crate::order::OrderError;
use crate::query::params::{QueryError, QueryErrorKind};
use crate::store::{StoreError, StoreErrorKind, UnitPage};

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
/// let head = format!(
///     "HTTP/1.1 {}\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
///     response.status(),
///     Response::CONTENT_TYPE,
///     response.body().len(),
/// );
/// assert_eq!(head, "HTTP/1.1 401\r\ncontent-type: application/json\r\ncontent-length: 64\r\n\r\n");
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
    /// The caller may not have it: 401 or 403.
    Refused(#[from] Refusal),
    /// The query string is wrong: 400 or 414.
    Query(#[from] QueryError),
    /// The store failed: 500, or 400 where the data does not fit the query.
    Store(#[from] StoreError),
}

impl Response {
    /// The media type of every body.
    pub const CONTENT_TYPE: &'static str = "application/json";

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

/// The answer to a request that failed. A host that fails before there is a query,
/// in looking up the caller, say, makes its 500 so:
///
/// ```
/// use livechat_units::{RequestError, Response, StoreError, StoreErrorKind};
///
/// let error = StoreError::new(StoreErrorKind::Timeout, "look up the caller");
/// assert_eq!(Response::from(RequestError::from(error)).status(), 500);
/// ```
impl From<RequestError> for Response {
    fn from(error: RequestError) -> Self {
        let (status, body) = answer(&error);
        Self {
            status,
            body: Body::from_text(body),
            error: Some(error),
        }
    }
}

fn answer(error: &RequestError) -> (u16, Cow<'static, str>) {
    match error {
        RequestError::Refused(Refusal::Unauthenticated) => (
            401,
            r#"{"status":"error","message":"You must be logged in to do this."}"#.into(),
        ),
        RequestError::Refused(Refusal::PermissionMissing) => (
            403,
            r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#
                .into(),
        ),
        RequestError::Refused(Refusal::ByHost) => {
            (403, r#"{"success":false,"error":"unauthorized"}"#.into())
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
        RequestError::Store(error) if error.kind() == StoreErrorKind::InvalidQuery => {
            (400, invalid_for_the_data(error))
        }
        RequestError::Store(_) => (
            500,
            r#"{"success":false,"error":"Internal server error"}"#.into(),
        ),
    }
}

const INVALID_PARAMS: &str = "error-invalid-params";
const INVALID_SORT: &str = "error-invalid-sort";
const SORT_DETAILS: &str = r#"{"helperMethod":"parseJsonQuery"}"#;

fn invalid_for_the_data(error: &StoreError) -> Cow<'static, str> {
    // However deep a store has wrapped it.
    let mut sources = std::iter::successors(error.source(), |&error| error.source());
    if let Some(error) = sources.find_map(|source| source.downcast_ref::<OrderError>()) {
        return failure(&error.to_string(), INVALID_SORT, None);
    }
    let reason = error.source().unwrap_or(error).to_string();
    failure(&reason, INVALID_PARAMS, None)
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
