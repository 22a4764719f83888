//! The endpoint in actix-web. The README of `livechat-units-axum` shows the handler `units`;
//! here the handler is compiled and tested. Two units are served from memory.
//!
//! ```text
//! cargo run -p livechat-units-actix-example
//! curl -H 'X-User-Id: manager' -H 'X-Auth-Token: demo' http://127.0.0.1:3000/api/v1/livechat/units
//! ```

#![forbid(unsafe_code)]

use actix_web::http::StatusCode;
use actix_web::web::{Data, get};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use livechat_units::{
    Caller, Credentials, Endpoint, MemoryStore, Permission, Unit, UnitError, User,
};

/// Units "Sales" and "Support", whose ids are their names in lower case.
fn store() -> Result<MemoryStore, UnitError> {
    ["Sales", "Support"]
        .into_iter()
        .map(|name| Unit::builder(name.to_lowercase()).name(name).build())
        .collect()
}

async fn units(
    request: HttpRequest,
    endpoint: Data<Endpoint>,
    store: Data<MemoryStore>,
) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let caller = match Credentials::from_headers(headers) {
        Some(credentials) => look_up(credentials).await,
        None => Caller::Anonymous,
    };
    let response = endpoint.handle(&**store, &caller, request.query_string());
    let status = StatusCode::from_u16(response.status()).unwrap_or_default();
    let mut answer = HttpResponse::build(status);
    for &header in livechat_units::Response::HEADERS {
        answer.insert_header(header);
    }
    answer.body(response.into_body().into_bytes())
}

/// Finds the caller with these credentials. It is async because a host reads its users from a
/// database or a service.
#[allow(clippy::unused_async, reason = "these users are constants")]
async fn look_up(credentials: Credentials<'_>) -> Caller {
    let manager = || User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
    match (credentials.user_id(), credentials.auth_token()) {
        ("manager", "demo") => manager().into(),
        ("monitor", "demo") => User::new().monitoring(["sales"]).into(),
        ("agent", "demo") => User::new().into(),
        ("unlicensed", "demo") => Caller::Unlicensed(manager()),
        ("refused", "demo") => Caller::Refused,
        _ => Caller::Anonymous,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoint = Data::new(Endpoint::default());
    let store = Data::new(store()?);
    let app = move || {
        App::new()
            .app_data(endpoint.clone())
            .app_data(store.clone())
            .route(Endpoint::PATH, get().to(units))
    };
    rt::System::new().block_on(HttpServer::new(app).bind("127.0.0.1:3000")?.run())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use livechat_units::{AccessPolicy, ServerVersion};

    use super::*;

    #[test]
    fn the_readme_contains_the_handler() {
        let readme = include_str!("../../axum/README.md");
        let source = include_str!("main.rs");
        let (_, handler) = source.split_once("\n\nasync fn units").unwrap();
        let (handler, _) = handler.split_once("\n}\n").unwrap();
        assert!(readme.contains(&format!("```rust,ignore\nasync fn units{handler}\n}}\n```")));
    }

    /// A request with this user id and query string.
    #[derive(Clone, Copy)]
    struct Call {
        user: &'static str,
        query: &'static str,
    }

    fn assert_answers(endpoint: Endpoint, call: Call, status: u16, body: &str) {
        rt::System::new().block_on(async {
            let app = App::new()
                .app_data(Data::new(endpoint))
                .app_data(Data::new(store().unwrap()))
                .route(Endpoint::PATH, get().to(units));
            let app = init_service(app).await;
            let request = TestRequest::get()
                .uri(&format!("{}?{}", Endpoint::PATH, call.query))
                .insert_header(("X-User-Id", call.user))
                .insert_header(("X-Auth-Token", "demo"));
            let response = call_service(&app, request.to_request()).await;
            assert_eq!(response.status(), status, "{} {}", call.user, call.query);
            for (name, value) in [
                ("content-type", "application/json"),
                ("cache-control", "no-store"),
                ("pragma", "no-cache"),
            ] {
                assert_eq!(response.headers().get(name).unwrap(), value);
            }
            assert_eq!(read_body(response).await, body);
        });
    }

    #[test]
    fn pages_and_errors_have_the_bodies_of_the_core() {
        for (user, query, status, body) in [
            (
                "manager",
                "text=sup&count=1",
                200,
                r#"{"units":[{"_id":"support","type":"u","name":"Support"}],"count":1,"offset":0,"total":1,"success":true}"#,
            ),
            (
                "manager",
                "count=-1",
                400,
                r#"{"success":false,"error":"Invalid count parameter provided: \"-1\" (expected decimal digits, at most 9007199254740991) [error-invalid-params]","errorType":"error-invalid-params"}"#,
            ),
            ("nobody", "count=-1", 401, OLD_401),
        ] {
            assert_answers(Endpoint::default(), Call { user, query }, status, body);
        }
    }

    const OLD_401: &str = r#"{"status":"error","message":"You must be logged in to do this."}"#;
    /// The keys of both.
    const OLD_AND_NEW_401: &str = r#"{"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#;
    const NEW_401: &str = r#"{"success":false,"error":"You must be logged in to do this."}"#;
    const UNAUTHORIZED: &str = r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;
    const REFUSED: &str = r#"{"success":false,"error":"unauthorized"}"#;
    const REFUSED_V9: &str = r#"{"success":false,"error":"forbidden"}"#;
    const SALES: &str = r#"{"units":[{"_id":"sales","type":"u","name":"Sales"}],"count":1,"offset":0,"total":1,"success":true}"#;
    const NO_UNITS: &str = r#"{"units":[],"count":0,"offset":0,"total":0,"success":true}"#;
    const ALL_UNITS: &str = r#"{"units":[{"_id":"sales","type":"u","name":"Sales"},{"_id":"support","type":"u","name":"Support"}],"count":2,"offset":0,"total":2,"success":true}"#;
    const INVALID_SORT: &str = r#"{"success":false,"error":"Invalid sort parameter provided: \"\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#;
    const UNLICENSED: &str = r#"{"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#;

    /// Each request has one answer for each of `versions`, as in the table of SPEC §5.
    #[test]
    fn statuses_and_bodies_depend_on_the_version() {
        let versions = [
            ServerVersion::Documented,
            ServerVersion::V7_5,
            ServerVersion::V8,
            ServerVersion::V9,
        ];
        for (user, query, answers) in [
            (
                "nobody",
                "sort=",
                [
                    (401, OLD_401),
                    (401, OLD_401),
                    (401, OLD_AND_NEW_401),
                    (401, NEW_401),
                ],
            ),
            (
                "refused",
                "",
                [
                    (403, REFUSED),
                    (403, REFUSED),
                    (403, REFUSED),
                    (403, REFUSED_V9),
                ],
            ),
            (
                "monitor",
                "",
                [
                    (403, UNAUTHORIZED),
                    (200, SALES),
                    (200, SALES),
                    (200, SALES),
                ],
            ),
            (
                "agent",
                "",
                [
                    (403, UNAUTHORIZED),
                    (200, NO_UNITS),
                    (200, NO_UNITS),
                    (200, NO_UNITS),
                ],
            ),
            (
                "manager",
                "sort=",
                [
                    (200, ALL_UNITS),
                    (200, ALL_UNITS),
                    (400, INVALID_SORT),
                    (400, INVALID_SORT),
                ],
            ),
            ("manager", "", [(200, ALL_UNITS); 4]),
            ("unlicensed", "count=-1", [(400, UNLICENSED); 4]),
        ] {
            for (version, (status, body)) in versions.into_iter().zip(answers) {
                let endpoint = Endpoint::default().with_server_version(version);
                assert_answers(endpoint, Call { user, query }, status, body);
            }
        }
        for version in versions {
            let endpoint = Endpoint::default()
                .with_server_version(version)
                .with_access_policy(AccessPolicy::PermissionRequired);
            let call = Call {
                user: "monitor",
                query: "",
            };
            assert_answers(endpoint, call, 403, UNAUTHORIZED);
        }
    }
}
