//! `openapi.json` says what the router does: its examples are answers, its limits are the
//! crate's, and its schemas fit what is answered and nothing else.

mod document;
mod schema;

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use livechat_units::{
    Caller, Endpoint, Limit, MemoryStore, OrderError, Page, PagePolicy, Permission, QueryPart,
    SortSpec, StoreError, StoreErrorKind, TextFilter, UnitStore, Unsupported, User,
};
use livechat_units_axum::{OwnedCredentials, PATH, inline, router};
use serde_json::{Value, json};

use self::document::{Document, Example};
use self::schema::fits;
use crate::host::{Answer, in_memory, over, send};
use crate::wire::Server;
use livechat_units_testkit::client::{Reply, exchange};

const DOCUMENTED: &str = include_str!("../../../../../cli/src/documented.jsonl");

async fn authenticate(credentials: OwnedCredentials) -> Caller {
    match credentials.user_id() {
        "manager" => User::new()
            .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
            .into(),
        "agent" => User::new().into(),
        "refused" => Caller::Refused,
        "unlicensed" => {
            let user = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
            Caller::Unlicensed(user)
        }
        _ => Caller::Anonymous,
    }
}

/// The host that an example speaks of: nearly always one with the documented units.
fn host(example: &Example) -> Router {
    let lines = match example.name.as_str() {
        "parallel_arrays" => r#"{"_id":"u","type":"u","tags":[1],"owners":[2]}"#,
        _ => DOCUMENTED,
    };
    let fails = example.name == "failed";
    let version = example.version.as_deref().unwrap_or("documented");
    let endpoint = Endpoint::default().with_server_version(version.parse().unwrap());
    let units: MemoryStore = lines.lines().map(|line| line.parse().unwrap()).collect();
    let list = inline(move |query| {
        if fails {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "list units"));
        }
        units.list(query)
    });
    router(endpoint, authenticate, list)
}

async fn ask(example: &Example) -> Answer {
    let (method, target) = example.request.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(target);
    if let Some(user) = &example.user {
        request = request
            .header("X-User-Id", user)
            .header("X-Auth-Token", "right");
    }
    send(&host(example), request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_examples_are_what_the_router_answers() {
    let document = Document::read();
    let mut asked = 0;
    for example in document.examples() {
        let answer = ask(&example).await;
        assert_eq!(answer.body, example.body, "{}", example.name);
        assert_eq!(answer.status.as_str(), example.status, "{}", example.name);
        let response = document.response(&example.status);
        assert!(response["content"][answer.header("content-type").unwrap()].is_object());
        if let Some(headers) = response["headers"].as_object() {
            for (name, header) in headers {
                let value = json!(answer.header(name));
                let schema = &document.resolve(header)["schema"];
                assert!(fits(&document, schema, &value), "{name}");
            }
        }
        asked += 1;
    }
    assert_eq!(asked, 18);
}

/// 414 and 431 are hyper's answers; all others have an example.
#[test]
fn the_statuses_are_those_of_the_router_and_of_hyper() {
    let document = Document::read();
    let listed: BTreeSet<String> = document.statuses("get");
    let mut answered: BTreeSet<String> =
        document.examples().map(|example| example.status).collect();
    let server = Server::start(in_memory(Vec::new()));
    let mut status = |target: &str, headers: &str| {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        let reply = Reply::parse(&exchange(server.address(), request.as_bytes()));
        let status = reply.status.to_string();
        if document.response(&status).get("content").is_none() {
            assert_eq!(reply.text(), "", "{status}");
        }
        answered.insert(status);
        reply.status
    };
    let target = |length: usize| format!("{PATH}?a={:0>1$}", "", length - PATH.len() - 3);
    let headers = |count: usize| "a: b\r\n".repeat(count - 2);
    assert_eq!(status(&target(65_534), ""), 401);
    assert_eq!(status(&target(65_535), ""), 414);
    assert_eq!(status(PATH, &headers(100)), 401);
    assert_eq!(status(PATH, &headers(101)), 431);
    assert_says(document.response("414"), "65534 bytes");
    assert_says(document.response("431"), "100 headers");

    assert_eq!(answered, listed);
    // A HEAD is no wrong method.
    answered.remove("405");
    assert_eq!(answered, document.statuses("head"));
}

#[test]
fn the_limits_are_the_crates() {
    let document = Document::read();
    let parameter =
        |name: &str| document.resolve(&document.value["components"]["parameters"][name]);
    let text = parameter("text");
    assert_eq!(text["schema"]["maxLength"], TextFilter::MAX_BYTES);
    assert_says(text, &format!("{} bytes of UTF-8", TextFilter::MAX_BYTES));

    let sort = parameter("sort");
    let order = &sort["content"]["application/json"]["schema"];
    assert_eq!(order["maxProperties"], SortSpec::MAX_KEYS);
    assert_eq!(
        order["default"].to_string().parse(),
        Ok(SortSpec::default())
    );
    assert_says(sort, &format!("{} segments", SortSpec::MAX_SEGMENTS));

    let policy = PagePolicy::default();
    let (offset, count) = (parameter("offset"), parameter("count"));
    for number in [offset, count] {
        assert_eq!(number["schema"]["minimum"], 0);
        assert_eq!(number["schema"]["maximum"], Page::MAX_REQUESTED);
    }
    assert_eq!(offset["schema"]["default"], 0);
    let default = count["schema"]["default"].as_u64().unwrap();
    assert_eq!(Some(policy.limit(None)), Limit::at_most(default));
    let Limit::AtMost(most) = policy.limit(Some(Page::MAX_REQUESTED)) else {
        panic!("no maximum");
    };
    assert_says(count, &format!("More than {most} counts as {most}"));
    let offset = document
        .value
        .pointer("/components/schemas/UnitPage/properties/offset");
    assert_eq!(offset.unwrap()["maximum"], Page::MAX_REQUESTED);
}

#[test]
fn it_is_about_this_version_of_this_endpoint() {
    let document = Document::read();
    assert_eq!(document.value["info"]["version"], env!("CARGO_PKG_VERSION"));
    let paths: Vec<_> = document.value["paths"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(paths, [PATH]);
}

fn assert_says(described: &Value, what: &str) {
    let description = described["description"].as_str().unwrap();
    assert!(description.contains(what), "{what}: {description}");
}

/// Of every body that is an example, and of every object in it.
#[test]
fn the_schemas_fit_the_bodies_and_no_body_with_another_key() {
    let document = Document::read();
    let mut changed = 0;
    for example in document.examples() {
        let schema = document.schema(&example.status);
        let body: Value = serde_json::from_str(&example.body).unwrap();
        assert!(fits(&document, schema, &body), "{}", example.name);
        for body in with_other_keys(&body) {
            assert!(!fits(&document, schema, &body), "{body}");
            changed += 1;
        }
        if let Value::Object(details) = &body["details"] {
            for details in with_other_keys(&details.clone().into()) {
                let mut body = body.clone();
                body["details"] = details;
                assert!(!fits(&document, schema, &body), "{body}");
                changed += 1;
            }
        }
    }
    assert_eq!(changed, 78);
}

#[test]
fn the_documented_units_have_the_keys_of_a_unit() {
    let document = Document::read();
    let [page, unit] =
        ["UnitPage", "Unit"].map(|name| &document.value["components"]["schemas"][name]);
    for line in DOCUMENTED.lines() {
        let documented: Value = serde_json::from_str(line).unwrap();
        assert!(fits(&document, unit, &documented));
        for key in documented.as_object().unwrap().keys() {
            let mut without = documented.clone();
            without.as_object_mut().unwrap().remove(key);
            assert!(!fits(&document, unit, &without), "{key}");
            // It is listed all the same, where it is still a unit.
            let page_of_it = json!({
                "units": [without], "count": 1, "offset": 0, "total": 1, "success": true
            });
            let listed = !["_id", "type"].contains(&key.as_str());
            assert_eq!(fits(&document, page, &page_of_it), listed, "{key}");
        }
    }
}

#[tokio::test]
async fn the_schemas_fit_other_bodies() {
    let odd = [
        r#"{"_id":"","type":"u"}"#,
        r#"{"_id":"a","type":"u","name":7,"numMonitors":"3","_updatedAt":null,"more":[{}]}"#,
        r#"{"_id":"b","type":"u","_updatedAt":{"$date":"2022-09-15T11:44:32+02:00"}}"#,
    ];
    let odd = in_memory(odd.map(|unit| unit.parse().unwrap()).into());
    let own_bound = StoreErrorKind::InvalidQuery;
    let apps = [
        (odd, &["", "offset=9007199254740991", "count=0"][..], "200"),
        (
            in_memory(Vec::new()),
            &[
                "sort=%FF",
                "sort={\"a\":%0A\"\\\\\"}",
                "sort=1&sort=1",
                "text=%00",
                "count=%",
            ],
            "400",
        ),
        (
            over(|_| Err(OrderError::ParallelArrays.into())),
            &[""],
            "400",
        ),
        (
            over(|_| Err(OrderError::TooManyCombinations.into())),
            &[""],
            "400",
        ),
        (
            over(move |_| Err(StoreError::new(own_bound, "list units"))),
            &[""],
            "400",
        ),
        (
            over(|_| Err(Unsupported::new(QueryPart::Sort, "too many matches").into())),
            &[""],
            "400",
        ),
    ];
    let document = Document::read();
    for (app, queries, status) in apps {
        for query in queries {
            let answer = crate::host::get(&app, query, Some("manager")).await;
            assert_eq!(answer.status.as_str(), status, "{query}: {}", answer.body);
            let body = serde_json::from_str(&answer.body).unwrap();
            assert!(fits(&document, document.schema(status), &body), "{body}");
        }
    }
}

/// The body with one key less, for each, and with one more.
fn with_other_keys(body: &Value) -> Vec<Value> {
    let object = body.as_object().unwrap();
    let mut changed: Vec<Value> = object
        .keys()
        .map(|key| {
            let mut less = object.clone();
            less.remove(key);
            less.into()
        })
        .collect();
    let mut more = object.clone();
    more.insert("another".to_owned(), Value::Null);
    changed.push(more.into());
    changed
}
