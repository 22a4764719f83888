//! Conversions for servers that use the types of the crate `http`: hyper, axum, poem and
//! every Tower service.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::access::Credentials;
use crate::response::{Body, RequestError, Response};

impl<'a> Credentials<'a> {
    /// Finds the credentials in a header map. The rules are those of
    /// [`from_headers`](Self::from_headers). A value that is not UTF-8 counts as missing. Cost:
    /// two look-ups.
    ///
    /// Needs the feature `http`.
    ///
    /// ```
    /// use livechat_units::Credentials;
    ///
    /// let request = http::Request::get("/api/v1/livechat/units")
    ///     .header("X-User-Id", "rbAXPnMktTFbNpwtJ")
    ///     .header("X-Auth-Token", "s3cret")
    ///     .body(())?;
    /// let credentials = Credentials::from_header_map(request.headers()).unwrap();
    /// assert_eq!(credentials.user_id(), "rbAXPnMktTFbNpwtJ");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn from_header_map(headers: &'a HeaderMap) -> Option<Self> {
        let header = |name| {
            let value = headers.get(name)?;
            Some((name, str::from_utf8(value.as_bytes()).ok()?))
        };
        Self::from_headers([header("x-user-id")?, header("x-auth-token")?])
    }
}

impl Response {
    /// [`HEADERS`](Self::HEADERS) as a header map, for an answer that the host makes itself.
    ///
    /// Needs the feature `http`.
    #[must_use]
    pub fn header_map() -> HeaderMap {
        let header = |&(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        };
        Self::HEADERS.iter().map(header).collect()
    }
}

/// Status, [`HEADERS`](Response::HEADERS) and body. Needs the feature `http`.
///
/// [`http::Response::map`] turns the body into the body type of a framework. A `content-length`
/// is not set, because frameworks set it. A host that writes the head itself takes it from
/// [`Body::len`].
///
/// The extensions contain the [`error`](Response::error), if there is one, as an
/// `Arc<RequestError>`. So a middleware can log it:
///
/// ```
/// use std::sync::Arc;
/// use livechat_units::{Body, Caller, Endpoint, RequestError, Unit};
///
/// let response = Endpoint::default().handle(&Vec::<Unit>::new(), &Caller::Anonymous, "");
/// let response: http::Response<Vec<u8>> =
///     http::Response::<Body>::from(response).map(Body::into_bytes);
/// assert_eq!(response.status(), 401);
/// assert_eq!(response.headers()["content-type"], "application/json");
/// assert_eq!(response.body().len(), 64);
///
/// let error = response.extensions().get::<Arc<RequestError>>();
/// assert_eq!(error.unwrap().to_string(), "the caller has no valid credentials");
/// ```
impl From<Response> for http::Response<Body> {
    fn from(response: Response) -> Self {
        // Every status of a response is a valid one; a test converts each of them.
        let status =
            StatusCode::from_u16(response.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (body, error) = response.into_parts();
        let mut converted = Self::new(body);
        *converted.status_mut() = status;
        *converted.headers_mut() = Response::header_map();
        if let Some(error) = error {
            converted
                .extensions_mut()
                .insert::<Arc<RequestError>>(Arc::new(error));
        }
        converted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Permission, Refusal, User};
    use crate::endpoint::Endpoint;
    use crate::store::{StoreError, StoreErrorKind};
    use crate::unit::Unit;

    fn response(query_string: &str) -> Response {
        let manager = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
        let units = [Unit::builder("uA").build().unwrap()];
        Endpoint::default().handle(units.as_slice(), &manager.into(), query_string)
    }

    #[test]
    fn status_headers_body_and_error_are_those_of_the_response() {
        let endpoint = Endpoint::default();
        let too_long = "a".repeat(65_537);
        let cases: [(u16, &dyn Fn() -> Response); 6] = [
            (200, &|| response("")),
            (400, &|| response("count=-1")),
            (401, &|| endpoint.fail(Refusal::Unauthenticated)),
            (403, &|| endpoint.fail(Refusal::PermissionMissing)),
            (414, &|| response(&too_long)),
            (500, &|| {
                endpoint.fail(StoreError::new(StoreErrorKind::Timeout, "list units"))
            }),
        ];
        for (status, make) in cases {
            let expected = make();
            let error = expected.error().map(ToString::to_string);
            assert_eq!(expected.status(), status);
            let converted = http::Response::<Body>::from(make());
            assert_eq!(converted.status(), status);
            assert_eq!(converted.headers().len(), Response::HEADERS.len());
            for &(name, value) in Response::HEADERS {
                assert_eq!(converted.headers()[name], value);
            }
            let extension = converted.extensions().get::<Arc<RequestError>>();
            assert_eq!(extension.map(ToString::to_string), error);
            assert_eq!(
                converted.into_body().into_bytes(),
                expected.into_body().into_bytes()
            );
        }
    }

    /// Asserts that a header map gives the same credentials as the list of the same headers.
    fn assert_credentials(headers: &[(&str, &[u8])], expected: Option<(&str, &str)>) {
        let map: HeaderMap = headers
            .iter()
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                let name: HeaderName = name.parse().unwrap();
                map.append(name, HeaderValue::from_bytes(value).unwrap());
                map
            });
        let found = Credentials::from_header_map(&map);
        let found = found.map(|credentials| (credentials.user_id(), credentials.auth_token()));
        assert_eq!(found, expected, "{headers:?}");
        let list = headers
            .iter()
            .map(|&(name, value)| (name, str::from_utf8(value).unwrap_or_default()));
        let found = Credentials::from_headers(list);
        let found = found.map(|credentials| (credentials.user_id(), credentials.auth_token()));
        assert_eq!(found, expected, "{headers:?}");
    }

    #[test]
    fn credentials_are_two_headers_of_text() {
        let token = ("X-Auth-Token", b"t".as_slice());
        let id = ("X-User-Id", b"a".as_slice());
        assert_credentials(&[id, token], Some(("a", "t")));
        assert_credentials(&[token, ("x-user-ID", "é".as_bytes())], Some(("é", "t")));
        assert_credentials(&[id, token, ("x-user-id", b"b")], Some(("a", "t")));
        assert_credentials(&[], None);
        assert_credentials(&[id], None);
        assert_credentials(&[token], None);
        assert_credentials(&[("X-User-Id", b""), token], None);
        assert_credentials(&[id, ("X-Auth-Token", b"")], None);
        assert_credentials(&[id, ("X-Auth-Token", b"t\xff")], None);
        // The first of repeated headers counts, even if it is empty or not UTF-8.
        for first in [b"".as_slice(), b"\xff"] {
            assert_credentials(&[("X-User-Id", first), id, token], None);
        }
    }
}
