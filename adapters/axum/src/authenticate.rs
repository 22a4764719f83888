//! The credentials of a request, as an extractor.

use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use livechat_units::{Credentials, Endpoint, Refusal};

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
        let credentials = Credentials::from_header_map(&parts.headers);
        credentials.map(Self::from).ok_or_else(|| {
            let endpoint = parts.extensions.get::<Endpoint>();
            let endpoint = endpoint.copied().unwrap_or_default();
            into_response(endpoint.fail(Refusal::Unauthenticated))
        })
    }
}
