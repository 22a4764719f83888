//! Status, headers and body of every kind of answer.

use std::io;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::routing::get as route_get;
use axum::{Router, body::HttpBody};
use livechat_units::{
    AccessPolicy, Caller, Chunks, Endpoint, PagePolicy, Permission, StoreError, StoreErrorKind,
    UnitQuery, UnitStore, User,
};
use livechat_units_axum::{OwnedCredentials, PATH, blocking, inline, router};
use tower::ServiceExt;

use crate::host::{Answer, SALES, authenticate, get, in_memory, many, over, request, send, units};

fn assert_answer(answer: &Answer, status: u16, body: &str) {
    assert_eq!(answer.body, body);
    assert_eq!(answer.status, status);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let length = body.len().to_string();
    assert_eq!(answer.header("content-length"), Some(length.as_str()));
}

#[tokio::test]
async fn a_listing() {
    let answer = get(&in_memory(units()), "text=sale", Some("manager")).await;
    let body = format!(r#"{{"units":[{SALES}],"count":1,"offset":0,"total":1,"success":true}}"#);
    assert_answer(&answer, 200, &body);
}

#[tokio::test]
async fn the_query_string_is_decoded_once() {
    let named = |name| {
        livechat_units::Unit::builder("u")
            .name(name)
            .build()
            .unwrap()
    };
    let app = in_memory(vec![named("50%25")]);
    // Decoded twice, or not at all, each of these would find the name or miss it.
    for (text, found) in [
        ("50%2525", 1),
        ("50%25", 1),
        ("%2B", 0),
        ("0%2525", 1),
        ("0%25%25", 0),
    ] {
        let answer = get(&app, &format!("text={text}"), Some("manager")).await;
        assert!(
            answer.body.contains(&format!(r#""total":{found},"#)),
            "{text}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request() {
    let app = in_memory(units());
    let anonymous = r#"{"status":"error","message":"You must be logged in to do this."}"#;
    let forbidden = r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;
    let refused = r#"{"success":false,"error":"unauthorized"}"#;
    let sort = r#"{"success":false,"error":"Invalid sort parameter provided: \"up\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#;
    // A refused caller gets no error about the parameters.
    for query in ["", "sort=up"] {
        assert_answer(&get(&app, query, None).await, 401, anonymous);
        assert_answer(&get(&app, query, Some("nobody")).await, 401, anonymous);
        assert_answer(&get(&app, query, Some("monitor")).await, 403, forbidden);
        assert_answer(&get(&app, query, Some("refused")).await, 403, refused);
    }
    assert_answer(&get(&app, "sort=up", Some("manager")).await, 400, sort);
}

/// Not by a header either.
#[tokio::test]
async fn who_may_not_ask_gets_one_response_whatever_they_ask() {
    let app = over(|query| panic!("the store was asked {query:?}"));
    for user in [None, Some("nobody"), Some("monitor"), Some("refused")] {
        let expected = get(&app, "", user).await;
        assert!(matches!(expected.status.as_u16(), 401 | 403));
        for query in [
            "text=sale&count=1",
            "count=0",
            "offset=-1",
            "count=1&count=1",
            "sort=up",
            r#"sort={"name":2}"#,
            "sort=%FF",
            "text=%00",
            "text=%zz",
            &format!("text={}", "x".repeat(40_000)),
        ] {
            let answer = get(&app, query, user).await;
            let whole = |answer: &Answer| {
                let Answer {
                    status,
                    headers,
                    body,
                } = answer;
                format!("{status} {headers:?} {body}")
            };
            assert_eq!(whole(&answer), whole(&expected), "{user:?}: {query:.80}");
        }
    }
}

#[tokio::test]
async fn credentials_are_two_headers_of_text() {
    let app = in_memory(units());
    for (id, token, status) in [
        ("manager", b"s3cret".as_slice(), 200),
        ("", b"s3cret", 401),
        ("manager", b"", 401),
        ("manager", b"s3cret\xff", 401),
    ] {
        let request = Request::get(PATH)
            .header("x-USER-id", id)
            .header("x-auth-TOKEN", token);
        let answer = send(&app, request.body(String::new().into()).unwrap()).await;
        assert_eq!(answer.status, status, "{id:?} {token:?}");
    }
}

#[tokio::test]
async fn the_longest_query_string_that_axum_can_hold_is_answered() {
    let app = in_memory(units());
    let longest = 65_534 - PATH.len() - 1;
    let padding = "a".repeat(longest - "text=sale&ignored=".len());
    let answer = get(
        &app,
        &format!("text=sale&ignored={padding}"),
        Some("manager"),
    )
    .await;
    assert!(answer.body.contains(r#""total":1,"#));
    let padding = "a".repeat(longest - "text=".len());
    let answer = get(&app, &format!("text={padding}"), Some("manager")).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.body.contains("at most 32764 bytes"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_handler_of_the_hosts_own_can_answer_414() {
    let manager = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
    let too_long = "a".repeat(65_537);
    let response = Endpoint::default().handle(&units(), &manager.into(), &too_long);
    let response = livechat_units_axum::into_response(response);
    assert_eq!(response.status(), 414);
    assert_eq!(response.body().size_hint().exact(), Some(48));
}

#[tokio::test]
async fn a_failed_store_tells_the_client_nothing() {
    let app = over(|_| {
        let cause = io::Error::other("password of db.example.org");
        Err(StoreError::new(StoreErrorKind::Unavailable, "list units").with_source(cause))
    });
    let body = r#"{"success":false,"error":"Internal server error"}"#;
    assert_answer(&get(&app, "", Some("manager")).await, 500, body);
}

#[tokio::test]
async fn a_query_that_does_not_fit_the_data_is_the_clients_fault() {
    let document = r#"{"_id":"u","type":"u","a":[1],"b":[2]}"#;
    let app = in_memory(vec![document.parse().unwrap()]);
    let answer = get(&app, r#"sort={"a":1,"b":1}"#, Some("manager")).await;
    let body = r#"{"success":false,"error":"cannot sort with keys that are parallel arrays [error-invalid-sort]","errorType":"error-invalid-sort"}"#;
    assert_answer(&answer, 400, body);
}

#[tokio::test]
async fn users_that_cannot_be_looked_up_are_a_500() {
    for kind in [
        StoreErrorKind::Timeout,
        StoreErrorKind::InvalidQuery,
        StoreErrorKind::Unsupported,
    ] {
        let authenticate = move |_: OwnedCredentials| async move {
            let error = StoreError::new(kind, "look up the caller");
            Err::<Caller, _>(error.with_source("db.example.org"))
        };
        let list = inline(|query| units().list(query));
        let app: Router = router(Endpoint::default(), authenticate, list);
        let answer = get(&app, "", Some("manager")).await;
        assert_eq!(answer.status, 500);
        assert_eq!(
            answer.body,
            r#"{"success":false,"error":"Internal server error"}"#
        );
        assert_eq!(get(&app, "", None).await.status, 401);
    }
}

#[tokio::test]
async fn the_policies_are_the_endpoints() {
    let endpoint = Endpoint::default()
        .with_access_policy(AccessPolicy::OwnUnits)
        .with_page_policy(PagePolicy::default().with_max_count(1));
    let app: Router = router(endpoint, authenticate, inline(|query| units().list(query)));
    let body = get(&app, "", Some("manager")).await.body;
    assert!(
        body.contains(r#""count":1,"offset":0,"total":2,"#),
        "{body}"
    );
    let body = get(&app, "", Some("monitor")).await.body;
    assert!(
        body.contains(r#""_id":"uB""#) && body.contains(r#""total":1,"#),
        "{body}"
    );
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let app = in_memory(many(2_000));
    for (query, user) in [
        ("", Some("manager")),
        ("count=0", Some("manager")),
        ("sort=up", Some("manager")),
        ("", Some("monitor")),
        ("", None),
    ] {
        let get = get(&app, query, user).await;
        let head = send(&app, request(Method::HEAD, query, user)).await;
        assert_eq!((head.status, head.body.as_str()), (get.status, ""));
        assert_eq!(head.headers, get.headers);
        assert!(get.header("content-length").is_some());
    }
}

#[tokio::test]
async fn other_methods_are_refused_before_anyone_is_asked() {
    let app: Router = router(
        Endpoint::default(),
        async |_: OwnedCredentials| -> Caller { unreachable!() },
        inline(|_| unreachable!()),
    );
    let body = r#"{"success":false,"error":"Method Not Allowed"}"#;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = send(&app, request(method, "sort=up", Some("manager"))).await;
        assert_answer(&answer, 405, body);
        assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    }
}

#[tokio::test]
async fn every_other_path_is_the_hosts() {
    let app = in_memory(units()).fallback(|| async { "the host's" });
    for path in [
        "/",
        "/api/v1/livechat/units/",
        "/api/v1/livechat/unit",
        "/api/v1/livechat/Units",
        "/api/v1/livechat/units/uA",
        "//api/v1/livechat/units",
        "/api/v1/livechat/%75nits",
    ] {
        let request = Request::get(path).body(String::new().into()).unwrap();
        assert_eq!(send(&app, request).await.body, "the host's", "{path}");
    }
}

#[tokio::test]
async fn a_long_body_is_sent_in_pieces_of_a_bound() {
    for app in [
        in_memory(many(20_000)),
        over(|query| many(20_000).list(query)),
    ] {
        let request = request(Method::GET, "count=0", Some("manager"));
        let mut body = app.oneshot(request).await.unwrap().into_body();
        let mut length = body.size_hint().exact().unwrap();
        let (mut whole, mut pieces) = (Vec::new(), 0);
        while let Some(frame) =
            std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context)).await
        {
            let piece = frame.unwrap().into_data().unwrap();
            assert!(!piece.is_empty() && piece.len() <= Chunks::TARGET_BYTES + 300);
            length -= u64::try_from(piece.len()).unwrap();
            assert_eq!(body.size_hint().exact(), Some(length));
            whole.extend_from_slice(&piece);
            pieces += 1;
        }
        assert_eq!(length, 0);
        assert!(pieces > 20 && body.is_end_stream());
        let manager = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
        let expected = Endpoint::default().handle(&many(20_000), &manager.into(), "count=0");
        assert!(whole == expected.into_body().into_bytes());
    }
}

#[tokio::test]
async fn stores_that_block_and_stores_that_await() {
    let expected = get(&in_memory(units()), "text=s", Some("manager"))
        .await
        .body;

    let on_a_thread = blocking(|query| units().list(query));
    let app: Router = router(Endpoint::default(), authenticate, on_a_thread);
    assert_eq!(get(&app, "text=s", Some("manager")).await.body, expected);

    let store = Arc::new(units());
    let awaited = move |query: UnitQuery| {
        let store = Arc::clone(&store);
        async move {
            tokio::task::yield_now().await;
            store.list(&query)
        }
    };
    let app: Router = router(Endpoint::default(), authenticate, awaited);
    assert_eq!(get(&app, "text=s", Some("manager")).await.body, expected);
}

#[derive(Clone)]
struct App {
    token: &'static str,
}

#[tokio::test]
async fn the_router_joins_a_host_with_state() {
    async fn look_up((State(app), credentials): (State<App>, OwnedCredentials)) -> Caller {
        if credentials.auth_token() == app.token {
            authenticate(credentials).await
        } else {
            Caller::Anonymous
        }
    }
    for (token, status) in [("s3cret", 200), ("another", 401)] {
        let list = inline(|query| units().list(query));
        let app = Router::new()
            .route(
                "/state",
                route_get(|State(app): State<App>| async move { app.token }),
            )
            .merge(router(Endpoint::default(), look_up, list))
            .with_state(App { token });
        assert_eq!(get(&app, "", Some("manager")).await.status, status);
    }
}

#[tokio::test]
async fn a_user_that_a_middleware_has_found_is_taken_over() {
    async fn found(Extension(caller): Extension<Caller>) -> Caller {
        caller
    }
    let list = inline(|query| units().list(query));
    let app: Router = router(Endpoint::default(), found, list);
    // Where it is missing, axum's rejection is the answer.
    assert_eq!(get(&app, "", None).await.status, 500);
    let app = app.layer(from_fn(async |mut request: Request, next: Next| {
        request.extensions_mut().insert(Caller::Refused);
        next.run(request).await
    }));
    assert_eq!(get(&app, "", None).await.status, 403);
}

#[test]
fn debug_keeps_the_token_secret() {
    let headers = [("X-User-Id", "a"), ("X-Auth-Token", "s3cret")];
    let credentials = livechat_units::Credentials::from_headers(headers).unwrap();
    let shown = format!("{:?}", OwnedCredentials::from(credentials));
    assert_eq!(shown, r#"OwnedCredentials { user_id: "a", .. }"#);
}
