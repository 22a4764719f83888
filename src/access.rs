//! Who asks, and what they may see (SPEC §3).

mod credentials;

use std::borrow::Cow;
use std::collections::BTreeSet;

use thiserror::Error;

pub use self::credentials::Credentials;
use crate::query::scope::Scope;

/// Who a request comes from, as the host has decided it: the host owns tokens,
/// roles and monitors, the engine takes the decision as a value.
///
/// ```
/// use livechat_units::{Caller, Permission, User};
///
/// let manager = Caller::from(User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS));
/// let monitor = Caller::from(User::new().monitoring(["uA", "uC"]));
/// assert_ne!(manager, monitor);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Caller {
    /// No valid credentials: 401.
    Anonymous,
    /// Known, and refused for a reason of the host's own: 403.
    Refused,
    /// Known, in a workspace without the licence for units: 400 where permissions and
    /// policy allow a listing, else the same refusal as for [`Caller::User`].
    Unlicensed(User),
    /// Known; permissions and policy decide.
    User(User),
}

/// A caller whose token is valid, with what the host knows of them.
///
/// ```
/// use livechat_units::{AccessPolicy, Caller, Scope, User};
///
/// // Permissions and monitored units come from the host's own tables.
/// let monitor: Caller = User::new()
///     .with_permission("view-livechat-rooms")
///     .monitoring(["uA", "uC"])
///     .into();
/// assert_eq!(AccessPolicy::OwnUnits.scope(&monitor), Ok(Scope::only(["uA", "uC"])));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct User {
    permissions: BTreeSet<Permission>,
    monitored: BTreeSet<String>,
}

/// The name of a permission, as the workspace knows it. Names are compared whole
/// and case matters; unknown ones grant nothing.
///
/// ```
/// use livechat_units::{AccessPolicy, Permission, Scope, User};
///
/// // All that a user holds can be handed over as it is, whichever of it counts here.
/// let held = vec!["view-l-room".to_owned(), "manage-livechat-units".to_owned()];
/// let manager = held.into_iter().fold(User::new(), User::with_permission);
/// assert_eq!(AccessPolicy::default().scope(&manager.into()), Ok(Scope::All));
/// assert_ne!(Permission::from("Manage-Livechat-Units"), Permission::MANAGE_LIVECHAT_UNITS);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(Cow<'static, str>);

/// What a caller without `manage-livechat-units` may see (SPEC §3).
///
/// The [`ServerVersion`](crate::ServerVersion) of an endpoint has one; the host can set
/// another ([`Endpoint::with_access_policy`](crate::Endpoint::with_access_policy)).
///
/// ```
/// use livechat_units::{AccessPolicy, Caller, Endpoint, Unit, User};
///
/// let units = [Unit::builder("uA").build()?, Unit::builder("uB").build()?];
/// let monitor = Caller::from(User::new().monitoring(["uB"]));
///
/// let documented = Endpoint::default();
/// assert_eq!(documented.handle(&units, &monitor, "").status(), 403);
///
/// let newer = documented.with_access_policy(AccessPolicy::OwnUnits);
/// let body = newer.handle(&units, &monitor, "").into_body().into_bytes();
/// assert_eq!(
///     body,
///     br#"{"units":[{"_id":"uB","type":"u"}],"count":1,"offset":0,"total":1,"success":true}"#
/// );
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[doc(alias = "authorization")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccessPolicy {
    /// Nothing: 403. The documented default.
    #[default]
    PermissionRequired,
    /// The units that they monitor, as in Rocket.Chat 7.5 and later.
    OwnUnits,
}

/// Why a caller gets no listing.
///
/// A host that refuses callers in a middleware answers with the endpoint's body:
///
/// ```
/// use livechat_units::{Endpoint, Refusal};
///
/// let response = Endpoint::default().fail(Refusal::Unauthenticated);
/// assert_eq!(response.status(), 401);
/// assert_eq!(
///     response.into_body().into_bytes(),
///     br#"{"status":"error","message":"You must be logged in to do this."}"#
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// [`Caller::Anonymous`]: 401.
    #[error("the caller has no valid credentials")]
    Unauthenticated,
    /// A user without `manage-livechat-units`, under a policy that wants it: 403.
    #[error("the caller lacks the permission {}", Permission::MANAGE_LIVECHAT_UNITS.as_str())]
    PermissionMissing,
    /// [`Caller::Refused`]: 403.
    #[error("the host refused the caller")]
    ByHost,
    /// [`Caller::Unlicensed`], who would otherwise get a listing: 400.
    #[error("the workspace has no licence for units")]
    Unlicensed,
}

impl User {
    /// A user without permissions who monitors no unit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a permission that the user holds.
    pub fn with_permission(mut self, permission: impl Into<Permission>) -> Self {
        self.permissions.insert(permission.into());
        self
    }

    /// Adds units that the user monitors, by id. They decide under
    /// [`AccessPolicy::OwnUnits`] alone.
    pub fn monitoring<I: IntoIterator<Item: Into<String>>>(mut self, units: I) -> Self {
        self.monitored.extend(units.into_iter().map(Into::into));
        self
    }
}

impl From<User> for Caller {
    fn from(user: User) -> Self {
        Self::User(user)
    }
}

impl Permission {
    /// `manage-livechat-units`: lists every unit.
    pub const MANAGE_LIVECHAT_UNITS: Self = Self(Cow::Borrowed("manage-livechat-units"));

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Permission {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl From<&'static str> for Permission {
    fn from(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }
}

impl AccessPolicy {
    /// The units that `caller` may see.
    ///
    /// ```
    /// use livechat_units::{AccessPolicy, Caller, Scope, User};
    ///
    /// let monitor = Caller::from(User::new().monitoring(["uA"]));
    /// assert_eq!(AccessPolicy::OwnUnits.scope(&monitor), Ok(Scope::only(["uA"])));
    /// assert!(AccessPolicy::PermissionRequired.scope(&monitor).is_err());
    /// ```
    ///
    /// # Errors
    /// Why they may see none (SPEC §3).
    pub fn scope(self, caller: &Caller) -> Result<Scope, Refusal> {
        match caller {
            Caller::Anonymous => Err(Refusal::Unauthenticated),
            Caller::Refused => Err(Refusal::ByHost),
            Caller::Unlicensed(user) => self.units_of(user).and(Err(Refusal::Unlicensed)),
            Caller::User(user) => self.units_of(user),
        }
    }

    fn units_of(self, user: &User) -> Result<Scope, Refusal> {
        if user
            .permissions
            .contains(&Permission::MANAGE_LIVECHAT_UNITS)
        {
            return Ok(Scope::All);
        }
        match self {
            Self::PermissionRequired => Err(Refusal::PermissionMissing),
            Self::OwnUnits => Ok(Scope::Only(user.monitored.clone())),
        }
    }
}
