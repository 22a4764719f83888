//! The endpoint: a request in, a query out, a page in, a response out.

use crate::access::{AccessPolicy, Caller};
use crate::query::UnitQuery;
use crate::query::page::PagePolicy;
use crate::query::params::Params;
use crate::response::{RequestError, Response};
use crate::store::{StoreError, UnitPage, UnitStore};

/// `GET /api/v1/livechat/units`, without the socket and without the store.
///
/// An endpoint is its two policies; those of the default are
/// [`AccessPolicy::PermissionRequired`] and Rocket.Chat's page sizes. It does no I/O:
/// [`begin`](Endpoint::begin) answers at once or hands back the query, the host runs the
/// query on any store, blocking or async, and [`Pending::finish`] makes the response of
/// what came out. [`handle`](Endpoint::handle) does all of it on a store that blocks.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Endpoint {
    access: AccessPolicy,
    page: PagePolicy,
}

/// A request that has been let in and understood, waiting for its page.
///
/// What its query takes is the host's affair: a store, a deadline, a cache. A listing that
/// failed is finished too:
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
    /// Decides by this policy what callers without the permission see.
    pub fn with_access_policy(mut self, policy: AccessPolicy) -> Self {
        self.access = policy;
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
            .map_err(Response::from)
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

    fn query<S>(&self, caller: &Caller, query_string: &S) -> Result<UnitQuery, RequestError>
    where
        S: AsRef<[u8]> + ?Sized,
    {
        let scope = self.access.scope(caller)?;
        let query = Params::parse(query_string)?.into_query(self.page)?;
        Ok(query.with_scope(scope))
    }
}

impl Pending {
    /// The query to run.
    pub fn query(&self) -> &UnitQuery {
        &self.query
    }

    /// Makes the response of what a store answered: 200; 400 for
    /// [`StoreErrorKind::InvalidQuery`](crate::StoreErrorKind::InvalidQuery), whose
    /// source's message the client sees; 500 for any other failure, of which the
    /// client sees nothing (SPEC §4). The response keeps the error for the host
    /// ([`Response::error`]).
    pub fn finish(self, result: Result<UnitPage, StoreError>) -> Response {
        match result {
            Ok(page) => Response::from_page(page, self.query.page().offset()),
            Err(error) => RequestError::from(error).into(),
        }
    }
}
