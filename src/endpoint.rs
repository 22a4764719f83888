//! The endpoint, from request to query and from page to response. The [crate] has a diagram.

use crate::access::{AccessPolicy, Caller};
use crate::query::UnitQuery;
use crate::query::page::PagePolicy;
use crate::query::params::Params;
use crate::response::{RequestError, Response};
use crate::store::{StoreError, UnitPage, UnitStore};
use crate::version::ServerVersion;

/// `GET /api/v1/livechat/units` without a socket and without a store.
///
/// The default has the documented [`ServerVersion`], its [`AccessPolicy`], and the
/// [`PagePolicy`] of Rocket.Chat. An endpoint is `Copy` and does no I/O.
///
/// [`begin`](Endpoint::begin) returns the query of a request, or a response if the request fails
/// the checks. The host runs the query on a blocking or async store, and [`Pending::finish`] turns
/// the result into the response. [`handle`](Endpoint::handle) does all three steps.
///
/// ```
/// use livechat_units::{Caller, Endpoint, Permission, Unit, User};
///
/// let units = vec![Unit::builder("uA").name("Sales").build()?];
/// let caller = Caller::from(User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS));
///
/// let response = Endpoint::default().handle(&units, &caller, "text=sale");
/// assert_eq!(response.status(), 200);
/// assert_eq!(
///     response.into_body().into_bytes(),
///     br#"{"units":[{"_id":"uA","type":"u","name":"Sales"}],"count":1,"offset":0,"total":1,"success":true}"#,
/// );
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[doc(alias("route", "handler"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Endpoint {
    version: ServerVersion,
    /// `None` selects the policy of the version.
    access: Option<AccessPolicy>,
    page: PagePolicy,
}

/// A permitted and valid request that needs the result of its query.
///
/// The host decides how to run the query: on which store, with which deadline, through
/// which cache. [`finish`](Pending::finish) takes errors of the store too:
///
/// ```
/// use livechat_units::{Caller, Endpoint, Permission, StoreError, StoreErrorKind, User};
///
/// let caller = Caller::from(User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS));
/// let pending = Endpoint::default().begin(&caller, "text=sale&count=2").unwrap();
/// assert_eq!(pending.query().text().map(|text| text.as_str()), Some("sale"));
///
/// let too_late = StoreError::new(StoreErrorKind::Timeout, "list units");
/// assert_eq!(pending.finish(Err(too_late)).status(), 500);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a request is answered by `finish`"]
pub struct Pending {
    query: UnitQuery,
}

impl Endpoint {
    /// The path of the endpoint, for the router of the host.
    pub const PATH: &'static str = "/api/v1/livechat/units";

    /// Sets the version whose answers the endpoint gives (SPEC §5).
    pub fn with_server_version(mut self, version: ServerVersion) -> Self {
        self.version = version;
        self
    }

    /// Sets the policy for callers without `manage-livechat-units` (SPEC §3). It overrides the
    /// policy of the version, in whatever order the two are set.
    pub fn with_access_policy(mut self, policy: AccessPolicy) -> Self {
        self.access = Some(policy);
        self
    }

    /// Sets the default and the maximum size of a page (SPEC §2, Page policy).
    pub fn with_page_policy(mut self, policy: PagePolicy) -> Self {
        self.page = policy;
        self
    }

    /// Checks a request: first the caller (SPEC §3), then the query string (SPEC §2).
    ///
    /// `query_string` is the part after the `?` and may be any bytes. Cost: linear in its
    /// length, which is bounded by [`Params::MAX_BYTES`].
    ///
    /// # Errors
    /// The response: 401 or 403 for the caller, 400 for a missing licence or invalid
    /// parameters, 414 for a query string that is too long.
    #[allow(
        clippy::result_large_err,
        reason = "hosts send the response as it is, so a box would only have to be opened"
    )]
    pub fn begin<S>(&self, caller: &Caller, query_string: &S) -> Result<Pending, Response>
    where
        S: AsRef<[u8]> + ?Sized,
    {
        let check = || -> Result<UnitQuery, RequestError> {
            let access = self.access.unwrap_or(self.version.access_policy());
            let scope = access.scope(caller)?;
            let params = Params::parse(query_string)?.with_server_version(self.version);
            Ok(params.into_query(self.page)?.with_scope(scope))
        };
        check()
            .map(|query| Pending { query })
            .map_err(|error| self.fail(error))
    }

    /// Answers a request with a blocking store.
    pub fn handle<T, S>(&self, store: &T, caller: &Caller, query_string: &S) -> Response
    where
        T: UnitStore + ?Sized,
        S: AsRef<[u8]> + ?Sized,
    {
        match self.begin(caller, query_string) {
            Ok(pending) => {
                let result = store.list(pending.query());
                pending.finish(result)
            }
            Err(response) => response,
        }
    }

    /// The response to a request that the host rejects itself, for example because a middleware
    /// refuses the caller ([`Refusal`](crate::Refusal)) or the table of users cannot be read.
    pub fn fail(&self, error: impl Into<RequestError>) -> Response {
        Response::from_error(error.into(), self.version)
    }
}

impl Pending {
    /// The query for the store.
    pub fn query(&self) -> &UnitQuery {
        &self.query
    }

    /// Turns the result of the store into the response (SPEC §4).
    ///
    /// | result | status | message in the body |
    /// |---|---|---|
    /// | a page | 200 | none |
    /// | [`StoreErrorKind::InvalidQuery`](crate::StoreErrorKind::InvalidQuery) | 400 | the error's source |
    /// | [`StoreErrorKind::Unsupported`](crate::StoreErrorKind::Unsupported) | 400 | the first [`Unsupported`](crate::Unsupported) among the error's sources, otherwise a fixed text |
    /// | any other error | 500 | a fixed text, without the kind and the cause |
    ///
    /// [`Response::error`] returns the error to the host.
    pub fn finish(self, result: Result<UnitPage, StoreError>) -> Response {
        match result {
            Ok(page) => Response::from_page(page, self.query.page().offset()),
            Err(error) => RequestError::from(error).into(),
        }
    }
}
