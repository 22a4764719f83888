//! The recorded requests that `replay` answers.

use livechat_units::{MemoryStore, Response};
use livechat_units_cli::request::Request;

/// The answers from the documents as a slice and from a memory store.
fn answers(documents: &str, query_string: &str) -> [(u16, String); 2] {
    let line = format!(
        r#"{{"caller":{{"kind":"user","permissions":["manage-livechat-units"]}},"documents":{documents},"query_string":"{query_string}"}}"#
    );
    let request = Request::read(&line).unwrap();
    let documents = request.documents();
    let loaded: MemoryStore = documents.iter().cloned().collect();
    [
        request.answer_from(&documents),
        request.answer_from(&loaded),
    ]
    .map(read)
}

fn read(response: Response) -> (u16, String) {
    let status = response.status();
    let body = String::from_utf8(response.into_body().into_bytes()).unwrap();
    (status, body)
}

#[test]
fn of_documents_with_one_id_every_store_has_the_last() {
    let documents = r#"[{"_id":"a","type":"u","name":"Old"},{"_id":"b","type":"u"},
        {"_id":"c","type":"u"},{"_id":"a","type":"u","name":"New"},{"_id":"b","type":"d"}]"#
        .replace('\n', "");
    let [reference, memory] = answers(&documents, "");
    assert_eq!(reference, memory);
    assert_eq!(
        reference.1,
        r#"{"units":[{"_id":"c","type":"u"},{"_id":"a","type":"u","name":"New"}],"count":2,"offset":0,"total":2,"success":true}"#
    );
    let [reference, memory] = answers(&documents, "text=old");
    assert_eq!(reference, memory);
    assert!(reference.1.contains(r#""total":0,"#), "{}", reference.1);
}

#[test]
fn words_for_doubles_are_read_in_requests_too() {
    let documents = r#"[{"_id":"a","type":"u","x":1},{"_id":"b","type":"u","x":+Infinity},{"_id":"c","type":"u","x":NaN}]"#;
    let [reference, memory] = answers(documents, r#"sort={\"x\":1}"#);
    assert_eq!(reference, memory);
    assert_eq!(
        reference.1,
        r#"{"units":[{"_id":"c","type":"u","x":null},{"_id":"a","type":"u","x":1},{"_id":"b","type":"u","x":null}],"count":3,"offset":0,"total":3,"success":true}"#
    );
}
