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
    /// Known; permissions and policy decide.
    User(User),
}

/// A known caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct User {
    permissions: BTreeSet<Permission>,
    monitored: BTreeSet<String>,
}

/// The name of a permission, as the workspace knows it. Names are compared whole
/// and case matters; unknown ones grant nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(Cow<'static, str>);

/// What a caller without `manage-livechat-units` may see (SPEC §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccessPolicy {
    /// Nothing: 403. The documented default.
    #[default]
    PermissionRequired,
    /// The units that they monitor, as newer servers have it.
    OwnUnits,
}

/// A caller who gets no listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// 401.
    #[error("the caller has no valid credentials")]
    Unauthenticated,
    /// 403.
    #[error("the caller lacks the permission {}", Permission::MANAGE_LIVECHAT_UNITS.as_str())]
    PermissionMissing,
    /// 403.
    #[error("the host refused the caller")]
    ByHost,
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

    /// Adds units that the user monitors, by id.
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
        let user = match caller {
            Caller::Anonymous => return Err(Refusal::Unauthenticated),
            Caller::Refused => return Err(Refusal::ByHost),
            Caller::User(user) => user,
        };
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
