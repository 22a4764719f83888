//! The state that the handlers share, and their JSON responses.

use std::fmt::Display;
use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use livechat_units::Endpoint;

use crate::store::Store;
use crate::users::Users;

/// The state that the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) endpoint: Endpoint,
    pub(crate) store: Store,
    pub(crate) users: Arc<Users>,
}

/// A response with status 200 and this JSON as its body.
pub(crate) fn json_response(json: &impl Display) -> Response {
    let content_type = livechat_units::Response::CONTENT_TYPE;
    ([(CONTENT_TYPE, content_type)], json.to_string()).into_response()
}
