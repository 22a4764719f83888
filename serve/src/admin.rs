//! Changes while the server runs, from this machine only.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use livechat_units::{AccessPolicy, StoreError, Unit};
use livechat_units_axum::{OwnedCredentials, into_response};
use livechat_units_cli::documents::Documents;
use livechat_units_cli::encoding;
use serde_json::json;

use crate::feed::with_causes;
use crate::server::{App, json as answer};

/// The longest body of a change, in bytes.
const MAX_BODY: usize = 8 << 20;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/units", post(upsert))
        .route("/admin/units/{id}", delete(remove))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// Someone on this machine who has the token and the permission. Pages of other sites cannot
/// change units, because they cannot set the header.
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

/// Takes all documents or, if one is wrong, none. A document that is not a unit removes the
/// unit with its `_id`, as in every store; such documents are counted separately.
async fn upsert(_: Admin, State(app): State<App>, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return failure(rejection.status(), &rejection.body_text()),
    };
    let text = match encoding::decode(body.into()) {
        Ok(text) => text,
        Err(error) => return failure(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let units: Vec<Unit> = match Documents::of(&text).collect() {
        Ok(units) => units,
        Err(malformed) => return failure(StatusCode::BAD_REQUEST, &malformed.to_string()),
    };
    let upserted = units.iter().filter(|unit| unit.is_unit()).count();
    let others = units.len() - upserted;
    match app.store.upsert_all(units).await {
        Ok(()) => answer(&json!({ "success": true, "upserted": upserted, "notUnits": others })),
        Err(error) => failed(&error),
    }
}

async fn remove(_: Admin, State(app): State<App>, Path(id): Path<String>) -> Response {
    match app.store.remove(id).await {
        Ok(true) => answer(&json!({ "success": true })),
        Ok(false) => failure(StatusCode::NOT_FOUND, "no such unit"),
        Err(error) => failed(&error),
    }
}

/// Shows the causes, because an administrator may see them.
fn failed(error: &StoreError) -> Response {
    failure(StatusCode::INTERNAL_SERVER_ERROR, &with_causes(error))
}

fn failure(status: StatusCode, error: &str) -> Response {
    (status, answer(&json!({ "success": false, "error": error }))).into_response()
}
