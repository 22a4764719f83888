//! Callers, access policies and refusals (SPEC §3).
//!
//! The host describes who sent a request as a [`Caller`]. [`AccessPolicy::scope`] turns a caller
//! into a [`Scope`], the units that the caller may list, or into a [`Refusal`]. [`Credentials`]
//! finds the two headers by which a host looks up a caller. The host owns tokens and roles.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::excerpt::excerpt;
use crate::query::Scope;
use crate::version::ServerVersion;

/// The values of the headers `X-User-Id` and `X-Auth-Token` of a request.
///
/// Both values are borrowed and not empty. The host identifies the [`Caller`] by the pair. It
/// compares tokens in constant time; `==` on this type does not. `Debug` omits the token.
///
/// ```
/// use livechat_units::Credentials;
///
/// let headers = [("Accept", "*/*"), ("x-auth-token", "s3cret"), ("X-User-Id", "rbAXPnMktTFbNpwtJ")];
/// let credentials = Credentials::from_headers(headers).unwrap();
/// assert_eq!(credentials.user_id(), "rbAXPnMktTFbNpwtJ");
/// assert_eq!(credentials.auth_token(), "s3cret");
/// ```
#[doc(alias = "token")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credentials<'a> {
    user_id: &'a str,
    auth_token: &'a str,
}

/// The sender of a request, as the host has identified it. The example of [`User`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Caller {
    /// No valid credentials: 401.
    Anonymous,
    /// An identified user whom the host refuses for its own reasons: 403.
    Refused,
    /// An identified user of a workspace without the licence for units: 400 if the permissions and
    /// the policy allow a listing, otherwise the refusal that [`Caller::User`] gets.
    Unlicensed(User),
    /// An identified user. The permissions and the policy decide what the user may list.
    User(User),
}

/// A user with a valid token: permissions, and the ids of the monitored units; none by default.
///
/// ```
/// use livechat_units::{AccessPolicy, Caller, Permission, Scope, User};
///
/// // Permissions and monitored units come from the host's own tables, unfiltered.
/// let user = User::new().with_permission("view-l-room").monitoring(["uA", "uC"]);
/// let monitor = Caller::User(user.clone());
/// assert_eq!(AccessPolicy::OwnUnits.scope(&monitor), Ok(Scope::only(["uA", "uC"])));
///
/// let manager = Caller::User(user.with_permission(Permission::MANAGE_LIVECHAT_UNITS));
/// assert_eq!(AccessPolicy::OwnUnits.scope(&manager), Ok(Scope::All));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct User {
    permissions: BTreeSet<Permission>,
    monitored: BTreeSet<String>,
}

/// The name of a permission of the workspace.
///
/// Names are compared byte for byte. Only [`MANAGE_LIVECHAT_UNITS`](Self::MANAGE_LIVECHAT_UNITS)
/// has an effect; every other name grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(Cow<'static, str>);

/// What a caller without `manage-livechat-units` may list (SPEC §3).
///
/// The [`ServerVersion`] of an endpoint determines the policy, unless the host sets one
/// with [`Endpoint::with_access_policy`](crate::Endpoint::with_access_policy).
///
/// ```
/// use livechat_units::{AccessPolicy, Endpoint, User};
///
/// let endpoint = Endpoint::default();
/// let monitor = User::new().monitoring(["uB"]).into();
/// assert_eq!(endpoint.begin(&monitor, "").unwrap_err().status(), 403);
///
/// // Settings and command lines write a policy by its name:
/// let policy: AccessPolicy = "own-units".parse()?;
/// assert!(endpoint.with_access_policy(policy).begin(&monitor, "").is_ok());
/// # Ok::<(), livechat_units::AccessPolicyError>(())
/// ```
#[doc(alias = "authorization")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccessPolicy {
    /// Nothing: 403. The documented default. Written `permission-required`.
    #[default]
    PermissionRequired,
    /// The units that the caller monitors, as in Rocket.Chat 7.5 and later. Written `own-units`.
    OwnUnits,
}

/// The error for a text that is not an [`AccessPolicy`]. It holds the text's beginning, escaped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected permission-required or own-units, found \"{0}\"")]
pub struct AccessPolicyError(String);

/// The reason why a caller gets no listing. A middleware that refuses callers itself answers
/// with [`Endpoint::fail`](crate::Endpoint::fail).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// [`Caller::Anonymous`]: 401.
    #[error("the caller has no valid credentials")]
    Unauthenticated,
    /// A user without `manage-livechat-units`, under [`AccessPolicy::PermissionRequired`]: 403.
    #[error("the caller lacks the permission {}", Permission::MANAGE_LIVECHAT_UNITS.as_str())]
    PermissionMissing,
    /// [`Caller::Refused`]: 403.
    #[error("the host refused the caller")]
    ByHost,
    /// [`Caller::Unlicensed`] with access to a listing: 400.
    #[error("the workspace has no licence for units")]
    Unlicensed,
}

impl<'a> Credentials<'a> {
    /// Finds the credentials among the headers of a request. Header names are compared
    /// case-insensitively, and the first of repeated headers counts. Returns `None` if a
    /// header is missing or empty. Cost: one pass over the headers.
    pub fn from_headers<I>(headers: I) -> Option<Self>
    where
        I: IntoIterator<Item = (&'a str, &'a str)>,
    {
        let (mut user_id, mut auth_token) = (None, None);
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("X-User-Id") {
                user_id.get_or_insert(value);
            } else if name.eq_ignore_ascii_case("X-Auth-Token") {
                auth_token.get_or_insert(value);
            }
        }
        Some(Self {
            user_id: user_id.filter(|id| !id.is_empty())?,
            auth_token: auth_token.filter(|token| !token.is_empty())?,
        })
    }

    /// The value of `X-User-Id`.
    pub fn user_id(self) -> &'a str {
        self.user_id
    }

    /// The value of `X-Auth-Token`.
    pub fn auth_token(self) -> &'a str {
        self.auth_token
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl User {
    /// A user without permissions and without monitored units.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a permission that the user holds.
    pub fn with_permission(mut self, permission: impl Into<Permission>) -> Self {
        self.permissions.insert(permission.into());
        self
    }

    /// Adds the ids of units that the user monitors. Only [`AccessPolicy::OwnUnits`] reads them.
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
    /// `manage-livechat-units`: the permission to list every unit.
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
    /// The units that `caller` may list. Cost: at most a copy of the monitored ids.
    ///
    /// # Errors
    /// The reason why `caller` gets no listing (SPEC §3).
    pub fn scope(self, caller: &Caller) -> Result<Scope, Refusal> {
        match caller {
            Caller::Anonymous => Err(Refusal::Unauthenticated),
            Caller::Refused => Err(Refusal::ByHost),
            Caller::Unlicensed(user) => self.scope_of(user).and(Err(Refusal::Unlicensed)),
            Caller::User(user) => self.scope_of(user),
        }
    }

    fn scope_of(self, user: &User) -> Result<Scope, Refusal> {
        let manages = &Permission::MANAGE_LIVECHAT_UNITS;
        match self {
            _ if user.permissions.contains(manages) => Ok(Scope::All),
            Self::PermissionRequired => Err(Refusal::PermissionMissing),
            Self::OwnUnits => Ok(Scope::Only(user.monitored.clone())),
        }
    }
}

impl ServerVersion {
    /// The default policy of this version for callers without `manage-livechat-units`.
    /// [`Endpoint::with_access_policy`](crate::Endpoint::with_access_policy) overrides it.
    pub const fn access_policy(self) -> AccessPolicy {
        match self {
            Self::Documented => AccessPolicy::PermissionRequired,
            Self::V7_5 | Self::V8 | Self::V9 => AccessPolicy::OwnUnits,
        }
    }
}

impl fmt::Display for AccessPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PermissionRequired => "permission-required",
            Self::OwnUnits => "own-units",
        })
    }
}

impl FromStr for AccessPolicy {
    type Err = AccessPolicyError;

    fn from_str(text: &str) -> Result<Self, AccessPolicyError> {
        match text {
            "permission-required" => Ok(Self::PermissionRequired),
            "own-units" => Ok(Self::OwnUnits),
            _ => Err(AccessPolicyError(excerpt(text))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_each_policy_reads_as_that_policy() {
        for (name, policy) in [
            ("permission-required", AccessPolicy::PermissionRequired),
            ("own-units", AccessPolicy::OwnUnits),
        ] {
            assert_eq!(name.parse(), Ok(policy));
            assert_eq!(policy.to_string(), name);
        }
    }

    #[test]
    fn other_texts_are_errors() {
        for text in ["", "Own-Units", "own_units", " own-units", "own-units "] {
            let error = text.parse::<AccessPolicy>().unwrap_err();
            let expected = format!("expected permission-required or own-units, found \"{text}\"");
            assert_eq!(error.to_string(), expected);
        }
        let long = "x".repeat(1_000).parse::<AccessPolicy>().unwrap_err();
        assert!(long.to_string().len() < 200, "{long}");
    }

    #[test]
    fn both_headers_are_required_and_the_first_of_repeated_ones_counts() {
        let both = [
            ("X-User-Id", "a"),
            ("X-Auth-Token", "t"),
            ("x-user-id", "b"),
        ];
        let first = Credentials::from_headers(both).unwrap();
        assert_eq!((first.user_id(), first.auth_token()), ("a", "t"));
        for missing in [
            vec![],
            vec![("X-Auth-Token", "t")],
            vec![("X-User-Id", ""), ("X-Auth-Token", "t")],
            vec![("X-User-Id", "a"), ("X-Auth-Token", "")],
            vec![("X-User-Id", ""), ("X-Auth-Token", "t"), ("X-User-Id", "a")],
        ] {
            assert_eq!(Credentials::from_headers(missing), None);
        }
    }

    #[test]
    fn debug_omits_the_token() {
        let headers = [("X-User-Id", "a"), ("X-Auth-Token", "s3cret")];
        let shown = format!("{:?}", Credentials::from_headers(headers));
        assert_eq!(shown, r#"Some(Credentials { user_id: "a", .. })"#);
    }
}
