//! Each version of the server, through the router: status, body and headers.

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::from_extractor;
use axum::routing::get as route_get;
use livechat_units::{
    AccessPolicy, Caller, Endpoint, Permission, QueryPart, ServerVersion, StoreError, UnitStore,
    Unsupported, User,
};
use livechat_units_axum::{OwnedCredentials, inline, router};

use crate::host::{Answer, authenticate, get, over, request, send, units};

const VERSIONS: [ServerVersion; 4] = [
    ServerVersion::Documented,
    ServerVersion::V7_5,
    ServerVersion::V8,
    ServerVersion::V9,
];

const OLD_401: &str = r#"{"status":"error","message":"You must be logged in to do this."}"#;
const NEW_401: &str = r#"{"success":false,"error":"You must be logged in to do this."}"#;
const BOTH_401: &str = r#"{"success":false,"error":"You must be logged in to do this.","status":"error","message":"You must be logged in to do this."}"#;
const UNAUTHORIZED: &str = r#"{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}"#;
const OWN_UNIT: &str = r#"{"units":[{"_id":"uB","type":"u","name":"Support"}],"count":1,"offset":0,"total":1,"success":true}"#;

fn app(endpoint: Endpoint) -> Router {
    let list = inline(|query| units().list(query));
    router(endpoint, authenticate, list)
}

fn version(version: ServerVersion) -> Endpoint {
    Endpoint::default().with_server_version(version)
}

fn assert_answer(answer: &Answer, status: u16, body: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_str()),
        (status, body)
    );
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
}

/// Of the extractor, for a request without headers, and of the endpoint, for a wrong token.
#[tokio::test]
async fn the_body_of_401_is_the_versions() {
    for (at, body) in VERSIONS
        .into_iter()
        .zip([OLD_401, OLD_401, BOTH_401, NEW_401])
    {
        let app = app(version(at));
        for user in [None, Some("nobody")] {
            for query in ["", "sort=", "count=-1"] {
                assert_answer(&get(&app, query, user).await, 401, body);
            }
        }
    }
}

#[tokio::test]
async fn the_body_of_a_refusal_is_the_versions() {
    for (at, error) in
        VERSIONS
            .into_iter()
            .zip(["unauthorized", "unauthorized", "unauthorized", "forbidden"])
    {
        let body = format!(r#"{{"success":false,"error":"{error}"}}"#);
        assert_answer(
            &get(&app(version(at)), "", Some("refused")).await,
            403,
            &body,
        );
    }
}

#[tokio::test]
async fn the_policy_is_the_versions_unless_it_is_set_apart() {
    for (at, (status, body)) in [
        (ServerVersion::Documented, (403, UNAUTHORIZED)),
        (ServerVersion::V7_5, (200, OWN_UNIT)),
        (ServerVersion::V8, (200, OWN_UNIT)),
        (ServerVersion::V9, (200, OWN_UNIT)),
    ] {
        assert_answer(
            &get(&app(version(at)), "", Some("monitor")).await,
            status,
            body,
        );
        for (policy, status, body) in [
            (AccessPolicy::PermissionRequired, 403, UNAUTHORIZED),
            (AccessPolicy::OwnUnits, 200, OWN_UNIT),
        ] {
            let app = app(version(at).with_access_policy(policy));
            assert_answer(&get(&app, "", Some("monitor")).await, status, body);
        }
    }
}

#[tokio::test]
async fn an_empty_sort_is_the_versions() {
    let all = r#"{"units":[{"_id":"uA","type":"u","name":"Sales"},{"_id":"uB","type":"u","name":"Support"}],"count":2,"offset":0,"total":2,"success":true}"#;
    let invalid = r#"{"success":false,"error":"Invalid sort parameter provided: \"\" [error-invalid-sort]","errorType":"error-invalid-sort","details":{"helperMethod":"parseJsonQuery"}}"#;
    for (at, status, body) in [
        (ServerVersion::Documented, 200, all),
        (ServerVersion::V7_5, 200, all),
        (ServerVersion::V8, 400, invalid),
        (ServerVersion::V9, 400, invalid),
    ] {
        let app = app(version(at));
        assert_answer(&get(&app, "sort=", Some("manager")).await, status, body);
        assert_answer(&get(&app, "", Some("manager")).await, 200, all);
    }
}

#[tokio::test]
async fn a_workspace_without_the_licence() {
    let body = r#"{"success":false,"error":"This is an enterprise feature [error-action-not-allowed]","errorType":"error-action-not-allowed"}"#;
    for at in VERSIONS {
        let unlicensed = async |_: OwnedCredentials| {
            let user = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
            Caller::Unlicensed(user)
        };
        let list = inline(|query| units().list(query));
        let app: Router = router(version(at), unlicensed, list);
        for query in ["", "count=-1"] {
            assert_answer(&get(&app, query, Some("manager")).await, 400, body);
        }
    }
}

#[tokio::test]
async fn another_route_answers_as_an_endpoint_that_is_layered_over_it() {
    async fn me(credentials: OwnedCredentials) -> String {
        credentials.user_id().to_owned()
    }
    let route = || Router::new().route("/me", route_get(me));
    let endpoint = version(ServerVersion::V9);
    let layered = route().layer(axum::Extension(endpoint));
    // A middleware that asks for the credentials before the route does.
    let guard = from_extractor::<OwnedCredentials>();
    let guarded = route().layer(guard).layer(axum::Extension(endpoint));
    for (app, body) in [(route(), OLD_401), (layered, NEW_401), (guarded, NEW_401)] {
        let request = Request::get("/me").body(String::new().into()).unwrap();
        assert_answer(&send(&app, request).await, 401, body);
    }
}

#[tokio::test]
async fn a_405_is_not_cacheable_either() {
    let app = app(Endpoint::default());
    let answer = send(&app, request(Method::POST, "", Some("manager")));
    let body = r#"{"success":false,"error":"Method Not Allowed"}"#;
    assert_answer(&answer.await, 405, body);
}

#[tokio::test]
async fn a_query_that_the_store_does_not_support_is_a_400_that_names_the_part() {
    let app = over(|_| {
        let reason = "expected at most 9 matches for a sort by \"a\", found 10";
        Err(StoreError::from(Unsupported::new(QueryPart::Sort, reason)))
    });
    let body = r#"{"success":false,"error":"expected at most 9 matches for a sort by \"a\", found 10 [error-invalid-sort]","errorType":"error-invalid-sort"}"#;
    assert_answer(&get(&app, "", Some("manager")).await, 400, body);
}
