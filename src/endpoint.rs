//! The endpoint: a request in, a query out, a page in, a response out.

use crate::access::{AccessPolicy, Caller};
use crate::query::UnitQuery;
use crate::query::page::PagePolicy;
use crate::query::params::Params;
use crate::response::{RequestError, Response};
use crate::store::{StoreError, UnitPage, UnitStore};
use crate::version::ServerVersion;

/// `GET /api/v1/livechat/units`, without the socket and without the store.
///
/// An endpoint is a [`ServerVersion`], an [`AccessPolicy`] and a [`PagePolicy`]. The
/// default has the documented version, its policy, and Rocket.Chat's page sizes.
///
/// An endpoint does no I/O. [`begin`](Endpoint::begin) answers at once or returns the
/// query. The host runs the query on any store, blocking or async, and
/// [`Pending::finish`] turns the result into the response. [`handle`](Endpoint::handle)
/// does all three steps with a blocking store.
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
    /// `None` is the policy of the version.
    access: Option<AccessPolicy>,
    page: PagePolicy,
}

/// A request that has been let in and understood, waiting for its page.
///
/// The host decides how to run the query: on which store, with which deadline, through
/// which cache. A listing that failed is finished, too:
///
/// ```
/// use livechat_units::{Caller, Endpoint, Permission, StoreError, StoreErrorKind, User};
///
/// let caller = Caller::from(User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS));
/// let pending = Endpoint::default().begin(&caller, "text=sale&count=2").unwrap();
/// assert_eq!(pending.query().text().map(|text| text.as_str()), Some("sale"));
///
/// let too_late = StoreError::new(StoreErrorKind::Timeout, "list units");
/// let response = pending.finish(Err(too_late));
/// assert_eq!(response.status(), 500);
/// assert_eq!(response.error().unwrap().to_string(), "cannot list units: the store did not answer in time");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a request is answered by `finish`"]
pub struct Pending {
    query: UnitQuery,
}

impl Endpoint {
    /// Gives the answers of `version` (SPEC §5).
    ///
    /// ```
    /// use livechat_units::{Caller, Endpoint, ServerVersion, Unit};
    ///
    /// let endpoint = Endpoint::default().with_server_version(ServerVersion::V9);
    /// let response = endpoint.handle(&Vec::<Unit>::new(), &Caller::Anonymous, "");
    /// assert_eq!(
    ///     response.into_body().into_bytes(),
    ///     br#"{"success":false,"error":"You must be logged in to do this."}"#
    /// );
    /// ```
    pub fn with_server_version(mut self, version: ServerVersion) -> Self {
        self.version = version;
        self
    }

    /// Replaces the version's policy for callers without the permission. The order of
    /// this call and [`with_server_version`](Endpoint::with_server_version) does not
    /// matter.
    pub fn with_access_policy(mut self, policy: AccessPolicy) -> Self {
        self.access = Some(policy);
        self
    }

    /// Decides by this policy how large pages are.
    pub fn with_page_policy(mut self, policy: PagePolicy) -> Self {
        self.page = policy;
        self
    }

    /// Checks a request: first who asks, then what they may see, then the query
    /// string (SPEC §3), given without its `?`. It may be any bytes; the work is
    /// bounded by [`Params::MAX_BYTES`].
    ///
    /// # Errors
    /// The response, when it is known already: 401, 403, 414 or 400.
    #[allow(
        clippy::result_large_err,
        reason = "the response is the answer, and boxing it would cost its host a line"
    )]
    pub fn begin<S>(&self, caller: &Caller, query_string: &S) -> Result<Pending, Response>
    where
        S: AsRef<[u8]> + ?Sized,
    {
        self.query(caller, query_string)
            .map(|query| Pending { query })
            .map_err(|error| self.fail(error))
    }

    /// Answers a request from a store that blocks: [`begin`](Endpoint::begin), the store's
    /// [`list`](UnitStore::list), [`Pending::finish`].
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

    /// The response to a request that the host itself cannot or will not serve: a caller
    /// that a middleware refuses, a user table that cannot be read.
    ///
    /// ```
    /// use livechat_units::{Endpoint, Refusal, ServerVersion, StoreError, StoreErrorKind};
    ///
    /// let endpoint = Endpoint::default().with_server_version(ServerVersion::V9);
    /// let refused = endpoint.fail(Refusal::ByHost);
    /// assert_eq!(
    ///     refused.into_body().into_bytes(),
    ///     br#"{"success":false,"error":"forbidden"}"#
    /// );
    ///
    /// let error = StoreError::new(StoreErrorKind::Timeout, "look up the caller");
    /// assert_eq!(endpoint.fail(error).status(), 500);
    /// ```
    pub fn fail(&self, error: impl Into<RequestError>) -> Response {
        Response::from_error(error.into(), self.version)
    }

    fn query<S>(&self, caller: &Caller, query_string: &S) -> Result<UnitQuery, RequestError>
    where
        S: AsRef<[u8]> + ?Sized,
    {
        let access = self.access.unwrap_or(self.version.access_policy());
        let scope = access.scope(caller)?;
        let query = Params::parse(query_string)?
            .with_server_version(self.version)
            .into_query(self.page)?;
        Ok(query.with_scope(scope))
    }
}

impl Pending {
    /// The query to run.
    pub fn query(&self) -> &UnitQuery {
        &self.query
    }

    /// Makes the response from the result of the store (SPEC §4): 200 for a page; 400 for
    /// [`StoreErrorKind::InvalidQuery`](crate::StoreErrorKind::InvalidQuery), with the
    /// message of its source, and for
    /// [`StoreErrorKind::Unsupported`](crate::StoreErrorKind::Unsupported), with the
    /// message of an [`Unsupported`](crate::Unsupported) among its sources; 500 for any
    /// other failure, whose body says nothing about it. The response keeps the error for
    /// the host ([`Response::error`]).
    pub fn finish(self, result: Result<UnitPage, StoreError>) -> Response {
        match result {
            Ok(page) => Response::from_page(page, self.query.page().offset()),
            Err(error) => RequestError::from(error).into(),
        }
    }
}
