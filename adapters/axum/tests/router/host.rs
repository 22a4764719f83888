//! A host to test with: who asks, which units there are, a request without a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use livechat_units::{
    Caller, Endpoint, MemoryStore, Permission, StoreError, Unit, UnitPage, UnitQuery, UnitStore,
    User,
};
use livechat_units_axum::{OwnedCredentials, PATH, inline, router};
use tower::ServiceExt;

pub(crate) const SALES: &str = r#"{"_id":"uA","type":"u","name":"Sales"}"#;

/// The token is right for everyone; the id says what they are.
pub(crate) async fn authenticate(credentials: OwnedCredentials) -> Caller {
    match (credentials.user_id(), credentials.auth_token()) {
        ("manager", "s3cret") => User::new()
            .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
            .into(),
        ("monitor", "s3cret") => User::new().monitoring(["uB"]).into(),
        ("refused", "s3cret") => Caller::Refused,
        _ => Caller::Anonymous,
    }
}

pub(crate) fn units() -> Vec<Unit> {
    let unit = |id: &str, name: &str| Unit::builder(id).name(name).build().unwrap();
    vec![unit("uA", "Sales"), unit("uB", "Support")]
}

/// So many units, with names of about a hundred bytes.
pub(crate) fn many(count: usize) -> Vec<Unit> {
    let unit = |i| {
        let name = format!("{i:06} {}", "x".repeat(90));
        Unit::builder(format!("u{i}")).name(name).build().unwrap()
    };
    (0..count).map(unit).collect()
}

pub(crate) fn in_memory(units: Vec<Unit>) -> Router {
    let store: MemoryStore = units.into_iter().collect();
    over(move |query| store.list(query))
}

pub(crate) fn over<F>(list: F) -> Router
where
    F: Fn(&UnitQuery) -> Result<UnitPage, StoreError> + Send + Sync + 'static,
{
    router(Endpoint::default(), authenticate, inline(list))
}

/// A query string is written as it is read, but for the quotes of a sort.
pub(crate) fn request(method: Method, query_string: &str, user: Option<&str>) -> Request {
    let uri = format!("{PATH}?{}", query_string.replace('"', "%22"));
    let mut request = Request::builder().method(method).uri(uri);
    if let Some(user) = user {
        request = request
            .header("X-User-Id", user)
            .header("X-Auth-Token", "s3cret");
    }
    request.body(Body::empty()).unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) async fn send(app: &Router, request: Request) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.into()).unwrap(),
    }
}

pub(crate) async fn get(app: &Router, query_string: &str, user: Option<&str>) -> Answer {
    send(app, request(Method::GET, query_string, user)).await
}
