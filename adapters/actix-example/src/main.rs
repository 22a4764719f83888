//! The endpoint behind actix-web: the handler that the README of `livechat-units-axum`
//! shows, compiled, and asked in the tests.
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

const PATH: &str = "/api/v1/livechat/units";

fn documents() -> Result<MemoryStore, UnitError> {
    ["Sales", "Support"]
        .into_iter()
        .map(|name| Unit::builder(name.to_lowercase()).name(name).build())
        .collect()
}

async fn units(request: HttpRequest, store: Data<MemoryStore>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let caller = match Credentials::from_headers(headers) {
        Some(credentials) => look_up(credentials).await,
        None => Caller::Anonymous,
    };
    let response = Endpoint::default().handle(&**store, &caller, request.query_string());
    HttpResponse::build(StatusCode::from_u16(response.status()).unwrap_or_default())
        .content_type(livechat_units::Response::CONTENT_TYPE)
        .body(response.into_body().into_bytes())
}

/// A host looks the pair up where it keeps its users, and awaits that.
#[allow(clippy::unused_async, reason = "this one knows a single user")]
async fn look_up(credentials: Credentials<'_>) -> Caller {
    match (credentials.user_id(), credentials.auth_token()) {
        ("manager", "demo") => User::new()
            .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
            .into(),
        _ => Caller::Anonymous,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Data::new(documents()?);
    let app = move || {
        App::new()
            .app_data(store.clone())
            .route(PATH, get().to(units))
    };
    rt::System::new().block_on(HttpServer::new(app).bind("127.0.0.1:3000")?.run())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    use super::*;

    #[test]
    fn the_readme_shows_this_handler() {
        let readme = include_str!("../../axum/README.md");
        let source = include_str!("main.rs");
        let (_, shown) = source.split_once("\n\nasync fn units").unwrap();
        let (shown, _) = shown.split_once("\n}\n").unwrap();
        assert!(readme.contains(&format!("```rust,ignore\nasync fn units{shown}\n}}\n```")));
    }

    #[test]
    fn it_answers() {
        rt::System::new().block_on(async {
            let store = Data::new(documents().unwrap());
            let app = App::new().app_data(store).route(PATH, get().to(units));
            let app = init_service(app).await;
            for (token, query, status, body) in [
                ("demo", "text=sup&count=1", 200, r#"{"units":[{"_id":"support","type":"u","name":"Support"}],"count":1,"offset":0,"total":1,"success":true}"#),
                ("demo", "count=-1", 400, r#"{"success":false,"error":"Invalid count parameter provided: \"-1\" (expected decimal digits, at most 9007199254740991) [error-invalid-params]","errorType":"error-invalid-params"}"#),
                ("wrong", "count=-1", 401, r#"{"status":"error","message":"You must be logged in to do this."}"#),
            ] {
                let request = TestRequest::get()
                    .uri(&format!("{PATH}?{query}"))
                    .insert_header(("X-User-Id", "manager"))
                    .insert_header(("X-Auth-Token", token));
                let response = call_service(&app, request.to_request()).await;
                assert_eq!(response.status(), status);
                assert_eq!(response.headers().get("content-type").unwrap(), "application/json");
                assert_eq!(read_body(response).await, body);
            }
        });
    }
}
