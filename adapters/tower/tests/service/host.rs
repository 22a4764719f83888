//! A host to test with: callers, units, and requests without a socket.

use std::convert::Infallible;

use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use livechat_units::{
    Caller, Credentials, Endpoint, MemoryStore, Permission, StoreError, Unit, UnitPage, UnitQuery,
    UnitStore, User,
};
use livechat_units_tower::{AnswerFuture, ResponseBody, UnitsService, inline};
use tower_service::Service;

pub(crate) const SALES: &str = r#"{"_id":"uA","type":"u","name":"Sales"}"#;

/// A service for requests with bodies of type `B`.
pub(crate) trait Units<B = String>:
    Service<
        Request<B>,
        Response = http::Response<ResponseBody>,
        Error = Infallible,
        Future = AnswerFuture,
    > + Clone
    + Send
    + 'static
{
}

impl<A, L, B> Units<B> for UnitsService<A, L> where
    Self: Service<
            Request<B>,
            Response = http::Response<ResponseBody>,
            Error = Infallible,
            Future = AnswerFuture,
        > + Clone
        + Send
        + 'static
{
}

/// Every user has the same token. The id determines the rights.
pub(crate) async fn authenticate(request: Parts) -> Caller {
    let credentials = Credentials::from_header_map(&request.headers);
    match credentials.map(|found| (found.user_id(), found.auth_token())) {
        Some(("manager", "s3cret")) => User::new()
            .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
            .into(),
        Some(("monitor", "s3cret")) => User::new().monitoring(["uB"]).into(),
        Some(("refused", "s3cret")) => Caller::Refused,
        _ => Caller::Anonymous,
    }
}

pub(crate) fn units() -> Vec<Unit> {
    let unit = |id: &str, name: &str| Unit::builder(id).name(name).build().unwrap();
    vec![unit("uA", "Sales"), unit("uB", "Support")]
}

/// `count` units, with names of about a hundred bytes.
pub(crate) fn many(count: usize) -> Vec<Unit> {
    let unit = |i| {
        let name = format!("{i:06} {}", "x".repeat(90));
        Unit::builder(format!("u{i}")).name(name).build().unwrap()
    };
    (0..count).map(unit).collect()
}

pub(crate) fn in_memory(units: Vec<Unit>) -> impl Units + Units<Incoming> {
    let store: MemoryStore = units.into_iter().collect();
    over(move |query| store.list(query))
}

pub(crate) fn over<F>(list: F) -> impl Units + Units<Incoming>
where
    F: Fn(&UnitQuery) -> Result<UnitPage, StoreError> + Send + Sync + 'static,
{
    UnitsService::new(Endpoint::default(), authenticate, inline(list))
}

/// A request whose target has this query string, in which only quotes need an escape.
pub(crate) fn request(method: Method, query_string: &str, user: Option<&str>) -> Request<String> {
    let uri = format!("{}?{}", Endpoint::PATH, query_string.replace('"', "%22"));
    let mut request = Request::builder().method(method).uri(uri);
    if let Some(user) = user {
        request = request
            .header("X-User-Id", user)
            .header("X-Auth-Token", "s3cret");
    }
    request.body(String::new()).unwrap()
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

pub(crate) async fn send(service: &impl Units, request: Request<String>) -> Answer {
    let Ok(answer) = service.clone().call(request).await;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.into()).unwrap(),
    }
}

pub(crate) async fn get(service: &impl Units, query_string: &str, user: Option<&str>) -> Answer {
    send(service, request(Method::GET, query_string, user)).await
}
