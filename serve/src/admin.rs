//! Routes that change the units while the server runs. They accept only requests from this
//! machine.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use livechat_units::{AccessPolicy, Documents, StoreError, Unit};
use livechat_units_axum::{OwnedCredentials, into_response};
use livechat_units_cli::encoding;
use serde_json::json;

use crate::app::{App, json_response};
use crate::feed::with_causes;

/// The maximum length of the body of a change, in bytes.
const MAX_BODY_BYTES: usize = 8 << 20;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/units", post(upsert))
        .route("/admin/units/{id}", delete(remove))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// Proof that a request is from this machine and has the token and the permission. Pages of
/// other sites cannot change units, because browsers do not let them send these headers to
/// another site.
struct Admin;

impl FromRequestParts<App> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, app).await;
        let ConnectInfo(peer) = peer.map_err(IntoResponse::into_response)?;
        if !peer.ip().to_canonical().is_loopback() {
            return Err(failure(StatusCode::FORBIDDEN, "only from this machine"));
        }
        let credentials = OwnedCredentials::from_request_parts(parts, app).await?;
        let caller = app.users.caller(&credentials);
        let endpoint = app
            .endpoint
            .with_access_policy(AccessPolicy::PermissionRequired);
        match endpoint.begin(&caller, "") {
            Ok(_) => Ok(Self),
            Err(response) => Err(into_response(response)),
        }
    }
}

/// Writes all documents of the body, or none of them if one is invalid. A document that is not
/// a unit removes the unit with its `_id`, as in every store. The answer counts such documents
/// separately.
async fn upsert(_: Admin, State(app): State<App>, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return failure(rejection.status(), &rejection.body_text()),
    };
    let text = match encoding::decode(body.into()) {
        Ok(text) => text,
        Err(error) => return failure(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let units: Vec<Unit> = match Documents::new(text.as_bytes()).collect() {
        Ok(units) => units,
        Err(malformed) => return failure(StatusCode::BAD_REQUEST, &malformed.to_string()),
    };
    let upserted = units.iter().filter(|unit| unit.is_unit()).count();
    let others = units.len() - upserted;
    match app.store.upsert_all(units).await {
        Ok(()) => {
            json_response(&json!({ "success": true, "upserted": upserted, "notUnits": others }))
        }
        Err(error) => store_failure(&error),
    }
}

async fn remove(_: Admin, State(app): State<App>, Path(id): Path<String>) -> Response {
    match app.store.remove(id).await {
        Ok(true) => json_response(&json!({ "success": true })),
        Ok(false) => failure(StatusCode::NOT_FOUND, "no such unit"),
        Err(error) => store_failure(&error),
    }
}

/// A 500 that shows the causes of the error, because an administrator may see them.
fn store_failure(error: &StoreError) -> Response {
    failure(StatusCode::INTERNAL_SERVER_ERROR, &with_causes(error))
}

fn failure(status: StatusCode, error: &str) -> Response {
    (
        status,
        json_response(&json!({ "success": false, "error": error })),
    )
        .into_response()
}
