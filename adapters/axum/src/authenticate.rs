//! The credentials of a request, and the result of the host's authentication.

use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use livechat_units::{Caller, Credentials, Endpoint, Refusal, StoreError};

use crate::body::into_response;

/// The headers `X-User-Id` and `X-Auth-Token` of a request: [`Credentials`] that own their
/// strings, for use across an `await`.
///
/// As an extractor, it answers 401 if one of the headers is missing. A value that is not UTF-8
/// counts as missing. The body of the 401 depends on the
/// [`ServerVersion`](livechat_units::ServerVersion) of the [`Endpoint`] in the extensions of the
/// request. Without an endpoint there, it is the body of the default version.
///
/// [`router`](crate::router) adds its endpoint to the extensions. For other routes, and for a
/// middleware around the router, add an outer layer `axum::Extension(endpoint)`.
///
/// `Debug` does not show the token.
///
/// ```
/// use axum::{Router, routing::get};
/// use livechat_units_axum::OwnedCredentials;
///
/// // Another route of the host that needs the same two headers:
/// async fn me(credentials: OwnedCredentials) -> String {
///     credentials.user_id().to_owned()
/// }
/// let app: Router = Router::new().route("/api/v1/me", get(me));
/// # let request = axum::extract::Request::get("/api/v1/me").body(axum::body::Body::empty())?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # let response = runtime.block_on(tower::ServiceExt::oneshot(app, request))?;
/// // Without the headers, the answer is the 401 of the contract:
/// assert_eq!(response.status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OwnedCredentials {
    user_id: String,
    auth_token: String,
}

impl OwnedCredentials {
    /// The value of `X-User-Id`.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The value of `X-Auth-Token`.
    pub fn auth_token(&self) -> &str {
        &self.auth_token
    }
}

impl From<Credentials<'_>> for OwnedCredentials {
    fn from(credentials: Credentials<'_>) -> Self {
        Self {
            user_id: credentials.user_id().to_owned(),
            auth_token: credentials.auth_token().to_owned(),
        }
    }
}

impl fmt::Debug for OwnedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedCredentials")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl<S: Sync> FromRequestParts<S> for OwnedCredentials {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
            (name.as_str(), value)
        });
        let credentials = Credentials::from_headers(headers);
        credentials.map(Self::from).ok_or_else(|| {
            let endpoint = parts.extensions.get::<Endpoint>();
            let endpoint = endpoint.copied().unwrap_or_default();
            into_response(endpoint.fail(Refusal::Unauthenticated))
        })
    }
}

/// The result of the host's authentication: a [`Caller`], or a `Result` if the lookup of the
/// caller can fail. An error is logged and answered with 500. A 401 would tell the client that
/// its token is invalid.
///
/// ```
/// use livechat_units::{Caller, Endpoint, StoreError, StoreErrorKind, Unit, UnitStore};
/// use livechat_units_axum::{OwnedCredentials, inline, router};
///
/// async fn authenticate(_: OwnedCredentials) -> Result<Caller, StoreError> {
///     // The database of the users is unavailable:
///     Err(StoreError::new(StoreErrorKind::Unavailable, "look up the caller"))
/// }
/// let list = inline(|query| Vec::<Unit>::new().list(query));
/// let app: axum::Router = router(Endpoint::default(), authenticate, list);
/// # let request = axum::extract::Request::get(livechat_units_axum::PATH)
/// #     .header("x-user-id", "rbAXPnMktTFbNpwtJ")
/// #     .header("x-auth-token", "s3cret")
/// #     .body(axum::body::Body::empty())?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # let response = runtime.block_on(tower::ServiceExt::oneshot(app, request))?;
/// assert_eq!(response.status(), 500);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait IntoCaller: sealed::Sealed {
    /// The caller, or the error of the lookup.
    fn into_caller(self) -> Result<Caller, StoreError>;
}

impl IntoCaller for Caller {
    fn into_caller(self) -> Result<Caller, StoreError> {
        Ok(self)
    }
}

impl IntoCaller for Result<Caller, StoreError> {
    fn into_caller(self) -> Result<Caller, StoreError> {
        self
    }
}

mod sealed {
    use super::{Caller, StoreError};

    pub trait Sealed {}

    impl Sealed for Caller {}
    impl Sealed for Result<Caller, StoreError> {}
}
