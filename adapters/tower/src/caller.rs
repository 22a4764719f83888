//! The result of the host's authentication.

use livechat_units::{Caller, StoreError};

/// The result of the host's authentication: a [`Caller`], or a `Result` if the lookup of the
/// caller can fail. An error is answered with 500. A 401 would tell the client that its token is
/// invalid.
///
/// ```
/// use livechat_units::{Caller, StoreError, StoreErrorKind};
///
/// async fn authenticate(request: http::request::Parts) -> Result<Caller, StoreError> {
///     // The database of the users is unavailable:
///     Err(StoreError::new(StoreErrorKind::Unavailable, "look up the caller"))
/// }
/// # let list = livechat_units_tower::inline(|_| unreachable!());
/// # let _ = livechat_units_tower::UnitsService::new(Default::default(), authenticate, list);
/// ```
pub trait IntoCaller: sealed::Sealed + Send {
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
