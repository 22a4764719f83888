//! The two demo users: `manager` may list all units, `agent` has no permission.

use livechat_units::{Caller, Permission, User};
use livechat_units_axum::OwnedCredentials;
use subtle::ConstantTimeEq;

pub(crate) struct Users {
    token: String,
}

impl Users {
    /// Both users have `token`, or one random token if it is `None`.
    pub(crate) fn new(token: Option<String>) -> Result<Self, String> {
        let token = token.map_or_else(random_token, Ok)?;
        Ok(Self { token })
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn caller(&self, credentials: &OwnedCredentials) -> Caller {
        let token = credentials.auth_token().as_bytes();
        if !bool::from(token.ct_eq(self.token.as_bytes())) {
            return Caller::Anonymous;
        }
        match credentials.user_id() {
            "manager" => User::new()
                .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
                .into(),
            "agent" => User::new().into(),
            _ => Caller::Anonymous,
        }
    }
}

/// 128 random bits in hexadecimal digits.
fn random_token() -> Result<String, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| format!("cannot get random bytes for the token: {error}"))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
