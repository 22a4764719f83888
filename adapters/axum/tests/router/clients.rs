//! What Rocket.Chat's clients send, where HTTP matters. Their query strings are tested
//! with the core.

use std::io::{Read, Write};

use axum::body::Body;
use axum::http::Request;
use livechat_units::Unit;
use livechat_units_axum::PATH;

use crate::host::{get, in_memory, send, units};
use crate::wire::Server;
use livechat_units_testkit::client::{connect, head};

const SPECIAL: &str = r#"{"_id":"uC","type":"u","name":"Sales (EU)! *new* 'x'"}"#;

fn listing(units: &[&str]) -> String {
    let (count, units) = (units.len(), units.join(","));
    format!(r#"{{"units":[{units}],"count":{count},"offset":0,"total":{count},"success":true}}"#)
}

#[tokio::test]
async fn characters_that_only_some_clients_escape() {
    let special: Unit = SPECIAL.parse().unwrap();
    let app = in_memory([units(), vec![special]].concat());
    for text in [
        "(EU)!%20*new*%20'x'",
        "%28EU%29%21%20%2Anew%2A%20%27x%27",
        "%28eu%29%21+%2Anew%2a+%27X%27",
    ] {
        let query = format!("count=25&sort=%7B%22name%22%3A1%7D&text={text}");
        let answer = get(&app, &query, Some("manager")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body),
            (200, listing(&[SPECIAL]))
        );
    }
}

/// Some clients send a body with `GET`. It is not read, whatever is in it.
#[tokio::test]
async fn a_body_with_get_changes_nothing() {
    let app = in_memory(units());
    let expected = get(&app, "count=1&text=supp", Some("manager")).await;
    for body in ["{}", r#"{"text":"sales","count":-1}"#, "{", ""] {
        let request = Request::get(format!("{PATH}?count=1&text=supp"))
            .header("X-User-Id", "manager")
            .header("X-Auth-Token", "s3cret")
            .header("Content-Type", "application/json")
            .body(Body::from(body))
            .unwrap();
        let answer = send(&app, request).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers, expected.headers);
        assert_eq!(answer.body, expected.body, "{body}");
    }
}

/// The next request on the connection does not begin with the body of the one before.
#[test]
fn a_connection_goes_on_after_get_with_a_body() {
    let server = Server::start(in_memory(units()));
    let mut stream = connect(server.address());
    let body = r#"{"count":25,"sort":"{\"name\":1}"}"#;
    let length = body.len();
    let headers = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
    let with_body = head("GET", "text=sale", "s3cret").replace("Connection: close\r\n", "");
    let with_body = with_body.trim_end().to_owned() + "\r\n" + &headers + body;
    let last = head("GET", "text=supp", "s3cret");
    let requests = [with_body.as_str(), &with_body, &last].concat();
    stream.write_all(requests.as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    let statuses = answers.split("HTTP/1.1 ").skip(1).map(|text| &text[..3]);
    assert_eq!(statuses.collect::<Vec<_>>(), ["200", "200", "200"]);
    assert_eq!(answers.matches(r#""name":"Sales""#).count(), 2);
    assert!(
        answers.ends_with(r#""total":1,"success":true}"#),
        "{answers}"
    );
}
