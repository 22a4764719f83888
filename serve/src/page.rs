//! The page, and the routes that it uses beside the endpoint.

use std::sync::LazyLock;

use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::{Html, IntoResponse, Response};
use livechat_units::TextFilter;
use livechat_units_axum::{OwnedCredentials, into_response};
use serde_json::json;

use crate::app::{App, json_response};

const PAGE: &str = include_str!("page.html");

pub(crate) async fn page() -> Response {
    // The page loads nothing and asks this server alone.
    const POLICY: &str = "default-src 'none'; connect-src 'self'; img-src data:; \
                          script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                          base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, Html(PAGE)).into_response()
}

/// The plan of the store for a query: `{"explain": "…"}`.
pub(crate) async fn explain(
    State(app): State<App>,
    credentials: OwnedCredentials,
    RawQuery(query_string): RawQuery,
) -> Response {
    let caller = app.users.caller(&credentials);
    let query_string = query_string.unwrap_or_default();
    let pending = match app.endpoint.begin(&caller, &query_string) {
        Ok(pending) => pending,
        Err(response) => return into_response(response),
    };
    match app.store.explain(pending.query()) {
        Ok(explanation) => json_response(&json!({ "explain": explanation })),
        Err(error) => into_response(pending.finish(Err(error))),
    }
}

/// The case folding of text filters: `{"folding": "AaBb…"}` has each scalar that folds to
/// another, followed by that one. The page highlights matches by it, because a browser's own
/// folding may be that of another version of Unicode.
pub(crate) async fn folding() -> Response {
    static FOLDING: LazyLock<String> = LazyLock::new(|| {
        let scalars: String = ('\0'..=char::MAX).collect();
        let folded = TextFilter::fold(&scalars);
        let pairs = scalars.chars().zip(folded.chars());
        let differ = pairs.filter(|(scalar, folded)| scalar != folded);
        differ.flat_map(<[char; 2]>::from).collect()
    });
    json_response(&json!({ "folding": *FOLDING }))
}
