//! The two headers that identify a caller: `X-User-Id` and `X-Auth-Token`.

use std::fmt;

/// The values of the headers `X-User-Id` and `X-Auth-Token` of a request.
///
/// Both values are borrowed and not empty. The host looks up the pair and identifies the
/// [`Caller`](crate::Caller). It compares tokens in constant time; `==` on this type does
/// not. `Debug` omits the token.
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

#[cfg(test)]
mod tests {
    use super::*;

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
