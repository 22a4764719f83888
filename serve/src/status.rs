//! The routes for monitoring.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::{App, json_response};
use crate::feed::with_causes;

/// Whether listings are answered: `{"ready": true}`, or the same with `false` and status 503.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let is_ready = app.store.is_ready();
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, json_response(&json!({ "ready": is_ready }))).into_response()
}

/// The figures of the mirror: `{"mirror": {…}}`, or `{"mirror": null}` if there is none.
pub(crate) async fn status(State(app): State<App>) -> Response {
    let mirror = app.store.status().map(|status| {
        json!({
            "phase": status.phase.to_string(),
            // A number of JavaScript has 53 bits, which is enough for milliseconds.
            "ageMs": status.age.and_then(|age| u64::try_from(age.as_millis()).ok()),
            "error": status.error.map(|error| with_causes(&*error)),
            "units": status.units,
            "changes": status.changes,
            "snapshots": status.snapshots,
        })
    });
    json_response(&json!({ "mirror": mirror }))
}
