//! Status, headers and body of every kind of answer.

use std::io;
use std::sync::Arc;

use http::{Method, Request};
use http_body::Body as _;
use http_body_util::BodyExt;
use livechat_units::{
    Body, Caller, Chunks, Endpoint, Permission, RequestError, ServerVersion, StoreError,
    StoreErrorKind, UnitQuery, UnitStore, User,
};
use livechat_units_tower::{ResponseBody, UnitsService, inline, respond};
use tower_service::Service;

use crate::host::{Answer, SALES, authenticate, get, in_memory, many, over, request, send, units};

const METHOD_NOT_ALLOWED: &str = r#"{"success":false,"error":"Method Not Allowed"}"#;
const NOT_FOUND: &str = r#"{"success":false,"error":"Not Found"}"#;
const SERVER_ERROR: &str = r#"{"success":false,"error":"Internal server error"}"#;

fn assert_answer(answer: &Answer, status: u16, body: &str) {
    assert_eq!(answer.body, body);
    assert_eq!(answer.status, status);
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("content-length", &body.len().to_string()),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
}

fn manager() -> Caller {
    User::new()
        .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
        .into()
}

#[tokio::test]
async fn a_listing() {
    let answer = get(&in_memory(units()), "text=sale", Some("manager")).await;
    let body = format!(r#"{{"units":[{SALES}],"count":1,"offset":0,"total":1,"success":true}}"#);
    assert_answer(&answer, 200, &body);
}

#[tokio::test]
async fn a_request_without_a_query_string_lists_all_units() {
    let mut request = request(Method::GET, "", Some("manager"));
    *request.uri_mut() = Endpoint::PATH.parse().unwrap();
    let answer = send(&in_memory(units()), request).await;
    assert!(answer.body.contains(r#""total":2,"#), "{}", answer.body);
}

#[tokio::test]
async fn a_refused_caller_learns_nothing_about_the_parameters() {
    let service = over(|query| panic!("the store was asked {query:?}"));
    let anonymous = r#"{"status":"error","message":"You must be logged in to do this."}"#;
    let forbidden = r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;
    let refused = r#"{"success":false,"error":"unauthorized"}"#;
    for query in ["", "sort=up", "count=-1", "text=%00"] {
        for (user, status, body) in [
            (None, 401, anonymous),
            (Some("nobody"), 401, anonymous),
            (Some("monitor"), 403, forbidden),
            (Some("refused"), 403, refused),
        ] {
            assert_answer(&get(&service, query, user).await, status, body);
        }
    }
}

#[tokio::test]
async fn an_invalid_parameter_is_a_400() {
    let service = over(|query| panic!("the store was asked {query:?}"));
    let body = r#"{"success":false,"error":"Invalid sort parameter provided: \"up\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#;
    assert_answer(&get(&service, "sort=up", Some("manager")).await, 400, body);
}

#[tokio::test]
async fn the_version_of_the_endpoint_decides_the_401() {
    let endpoint = Endpoint::default().with_server_version(ServerVersion::V9);
    let list = inline(|query| units().list(query));
    let service = UnitsService::new(endpoint, authenticate, list);
    let body = r#"{"success":false,"error":"You must be logged in to do this."}"#;
    assert_answer(&get(&service, "", None).await, 401, body);
}

#[tokio::test]
async fn the_longest_target_of_a_request_is_answered() {
    let service = in_memory(units());
    let longest = 65_534 - Endpoint::PATH.len() - 1;
    let padding = "a".repeat(longest - "text=sale&ignored=".len());
    let query = format!("text=sale&ignored={padding}");
    let answer = get(&service, &query, Some("manager")).await;
    assert!(answer.body.contains(r#""total":1,"#), "{}", answer.body);
    let longer = format!("{}?{query}a", Endpoint::PATH);
    assert!(longer.parse::<http::Uri>().is_err());
}

#[tokio::test]
async fn a_query_string_that_no_target_can_hold_is_a_414() {
    let list = async |query: UnitQuery| units().list(&query);
    for (length, status) in [(65_536, 200), (65_537, 414)] {
        let query = format!("ignored={}", "a".repeat(length - "ignored=".len()));
        let response = respond(Endpoint::default(), manager(), &query, list).await;
        let answer = http::Response::<Body>::from(response).map(ResponseBody::from);
        assert_eq!(answer.status(), status);
        let length = answer.body().size_hint().exact();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(length, u64::try_from(body.len()).ok());
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let service = in_memory(many(2_000));
    for (query, user) in [
        ("", Some("manager")),
        ("count=0", Some("manager")),
        ("sort=up", Some("manager")),
        ("", Some("monitor")),
        ("", None),
    ] {
        let get = get(&service, query, user).await;
        let head = send(&service, request(Method::HEAD, query, user)).await;
        assert_eq!((head.status, head.body.as_str()), (get.status, ""));
        assert_eq!(head.headers, get.headers);
        assert!(get.header("content-length").is_some());
    }
}

/// A service whose functions must not be called.
fn uncalled() -> impl crate::host::Units {
    let authenticate = async |_| -> Caller { panic!("the caller was looked up") };
    let list = inline(|query| panic!("the store was asked {query:?}"));
    UnitsService::new(Endpoint::default(), authenticate, list)
}

#[tokio::test]
async fn other_methods_are_refused_before_the_caller_is_looked_up() {
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = send(&uncalled(), request(method, "sort=up", Some("manager"))).await;
        assert_answer(&answer, 405, METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    }
}

#[tokio::test]
async fn other_paths_are_refused_before_the_caller_is_looked_up() {
    for path in [
        "/",
        "/api/v1/livechat/units/",
        "/api/v1/livechat/unit",
        "/api/v1/livechat/Units",
        "/api/v1/livechat/units/uA",
        "//api/v1/livechat/units",
        "/api/v1/livechat/%75nits",
        "*",
    ] {
        for method in [Method::GET, Method::POST] {
            let request = Request::builder().method(method).uri(path);
            let request = request.body(String::new()).unwrap();
            assert_answer(&send(&uncalled(), request).await, 404, NOT_FOUND);
        }
        let request = Request::head(path).body(String::new()).unwrap();
        let head = send(&uncalled(), request).await;
        assert_eq!((head.status.as_u16(), head.body.as_str()), (404, ""));
    }
}

#[tokio::test]
async fn a_host_that_routes_can_use_any_path() {
    let list = inline(|query| units().list(query));
    let service = UnitsService::new(Endpoint::default(), authenticate, list).on_any_path();
    for (method, status) in [(Method::GET, 200), (Method::POST, 405)] {
        let mut request = request(method, "", Some("manager"));
        *request.uri_mut() = "/acme/units?text=sale".parse().unwrap();
        assert_eq!(send(&service.clone(), request).await.status, status);
    }
}

#[tokio::test]
async fn a_failed_store_is_a_500_and_its_cause_is_an_extension() {
    let mut service = over(|_| {
        let cause = io::Error::other("password of db.example.org");
        Err(StoreError::new(StoreErrorKind::Unavailable, "list units").with_source(cause))
    });
    let answer = get(&service, "", Some("manager")).await;
    assert_answer(&answer, 500, SERVER_ERROR);

    let Ok(answer) = service
        .call(request(Method::GET, "", Some("manager")))
        .await;
    let error = answer.extensions().get::<Arc<RequestError>>().unwrap();
    let RequestError::Store(error) = &**error else {
        panic!("expected an error of the store, found {error:?}");
    };
    let cause = std::error::Error::source(error).unwrap();
    assert_eq!(cause.to_string(), "password of db.example.org");
}

#[tokio::test]
async fn a_failed_lookup_of_the_caller_is_a_500_of_any_kind() {
    for kind in [
        StoreErrorKind::Timeout,
        StoreErrorKind::InvalidQuery,
        StoreErrorKind::Unsupported,
    ] {
        let authenticate = move |_| async move {
            let error = StoreError::new(kind, "look up the caller");
            Err::<Caller, _>(error.with_source("db.example.org"))
        };
        let list = inline(|query| panic!("the store was asked {query:?}"));
        let service = UnitsService::new(Endpoint::default(), authenticate, list);
        let answer = get(&service, "count=-1", Some("manager")).await;
        assert_answer(&answer, 500, SERVER_ERROR);
    }
}

#[tokio::test]
async fn authenticate_sees_the_extensions_of_the_request() {
    let found = async |mut request: http::request::Parts| {
        let caller = request.extensions.remove::<Caller>();
        caller.unwrap_or(Caller::Anonymous)
    };
    let list = inline(|query| units().list(query));
    let service = UnitsService::new(Endpoint::default(), found, list);
    let mut request = request(Method::GET, "", None);
    request.extensions_mut().insert(manager());
    assert_eq!(send(&service, request).await.status, 200);
    assert_eq!(get(&service, "", None).await.status, 401);
}

#[tokio::test]
async fn a_long_body_is_sent_in_chunks() {
    let mut service = in_memory(many(20_000));
    let Ok(answer) = service
        .call(request(Method::GET, "count=0", Some("manager")))
        .await;
    let mut body = answer.into_body();
    let mut left = body.size_hint().exact().unwrap();
    let (mut whole, mut pieces) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let piece = frame.unwrap().into_data().unwrap();
        assert!(!piece.is_empty() && piece.len() <= Chunks::TARGET_BYTES + 300);
        left -= u64::try_from(piece.len()).unwrap();
        assert_eq!(body.size_hint().exact(), Some(left));
        whole.extend_from_slice(&piece);
        pieces += 1;
    }
    assert_eq!(left, 0);
    assert!(pieces > 20 && body.is_end_stream());
    let expected = Endpoint::default().handle(&many(20_000), &manager(), "count=0");
    assert!(whole == expected.into_body().into_bytes());
}

#[tokio::test]
async fn an_async_store() {
    let store = Arc::new(units());
    let list = move |query: UnitQuery| {
        let store = Arc::clone(&store);
        async move {
            tokio::task::yield_now().await;
            store.list(&query)
        }
    };
    let service = UnitsService::new(Endpoint::default(), authenticate, list);
    let answer = get(&service, "text=s", Some("manager")).await;
    let expected = get(&in_memory(units()), "text=s", Some("manager")).await;
    assert_eq!((answer.status.as_u16(), answer.body), (200, expected.body));
}

#[test]
fn debug_shows_the_endpoint_and_no_function() {
    let list = inline(|query| units().list(query));
    let service = UnitsService::new(Endpoint::default(), authenticate, list);
    let shown = format!("{service:?}");
    assert!(
        shown.starts_with("UnitsService { endpoint: Endpoint {"),
        "{shown}"
    );
    assert!(shown.ends_with("paths: Endpoint, .. }"), "{shown}");
}
