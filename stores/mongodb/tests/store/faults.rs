//! Errors: their kinds and texts.

use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use livechat_units::{
    Caller, Cursor, Endpoint, OrderError, Permission, Scope, SortSpec, StoreError, StoreErrorKind,
    TextFilter, Unit, UnitQuery, User,
};
use livechat_units_mongodb::MongoStore;
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use mongodb::error::ErrorKind;
use mongodb::options::{ClientOptions, ServerAddress};
use mongodb::{Client, bson};

use crate::scripted::{Reply, Role, Scripted, Stores, census, documents};
use crate::server::RUNTIME;

fn fail(store: &MongoStore, query: &UnitQuery) -> StoreError {
    RUNTIME.block_on(store.list(query)).unwrap_err()
}

/// The error of a listing whose `find` gets this reply.
fn fail_by(reply: impl Fn() -> Reply + Send + Sync + 'static) -> StoreError {
    let server = Scripted::new(Role::Alone, move |command| {
        if command.contains_key("aggregate") {
            census(3)
        } else {
            reply()
        }
    });
    let store = server
        .options()
        .with_timeout(Duration::from_secs(10))
        .build();
    fail(&store, &UnitQuery::default())
}

fn source(error: &StoreError) -> String {
    error.source().unwrap().to_string()
}

#[test]
fn error_codes_of_the_server_have_kinds() {
    use StoreErrorKind::{Failed, Timeout, Unavailable};
    for (code, kind) in [
        (50, Timeout),
        (202, Timeout),
        (262, Timeout),
        (89, Timeout),
        (6, Unavailable),
        (43, Unavailable),
        (91, Unavailable),
        (133, Unavailable),
        (189, Unavailable),
        (239, Unavailable),
        (246, Unavailable),
        (365, Unavailable),
        (10107, Unavailable),
        (11600, Unavailable),
        (13435, Unavailable),
        (2, Failed),
        (13, Failed),
        (292, Failed),
    ] {
        let error = fail_by(move || Reply::Error(code, "no"));
        assert_eq!(error.kind(), kind, "{code}: {}", source(&error));
        assert_eq!(error.is_transient(), kind != Failed);
        assert_eq!(error.operation(), "list units");
        let source = error.source().unwrap();
        let driver = source.downcast_ref::<mongodb::error::Error>().unwrap();
        let ErrorKind::Command(command) = &*driver.kind else {
            panic!("{driver}");
        };
        assert_eq!(command.code, code);
    }
}

/// The client sees the text of the source, so it must not be the server's.
#[test]
fn parallel_arrays_are_an_error_of_the_core() {
    for (code, message) in [
        (
            2,
            "Executor error during find command :: caused by :: cannot sort with keys that are \
             parallel arrays",
        ),
        (171, "cannot index parallel arrays [b] [a]"),
    ] {
        let error = fail_by(move || Reply::Error(code, message));
        assert_eq!(error.kind(), StoreErrorKind::InvalidQuery);
        let source = error.source().unwrap().downcast_ref::<OrderError>();
        assert_eq!(source, Some(&OrderError::ParallelArrays));
    }
}

#[test]
fn no_server_is_found() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let options = ClientOptions::builder()
        .hosts(vec![ServerAddress::Tcp {
            host: "127.0.0.1".to_owned(),
            port: Some(port),
        }])
        .server_selection_timeout(Duration::from_millis(200))
        .build();
    let client = RUNTIME.block_on(async { Client::with_options(options).unwrap() });
    let store = MongoStore::new(&client.database("db").collection::<Document>("units"));
    let error = fail(&store, &UnitQuery::default());
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.is_transient());
    let address = format!("127.0.0.1:{port}");
    assert!(source(&error).contains(&address), "{}", source(&error));
    let error = RUNTIME.block_on(store.create_indexes()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert_eq!(error.operation(), "create indexes");
    assert!(source(&error).contains(&address), "{}", source(&error));
}

/// The driver refuses the server, so a retry does not help.
#[test]
fn a_server_that_is_too_old() {
    let server = Scripted::new(Role::Member { wire_version: 2 }, |_| census(0));
    let error = fail(&server.store(), &UnitQuery::default());
    let text = source(&error);
    assert_eq!(error.kind(), StoreErrorKind::Failed, "{text}");
    assert!(!error.is_transient());
    assert!(text.contains(server.address()), "{text}");
}

#[test]
fn a_lost_connection() {
    let server = Scripted::new(Role::Alone, |_| Reply::Close);
    let store = server.store();
    for error in [
        fail(&store, &UnitQuery::default()),
        RUNTIME.block_on(store.create_indexes()).unwrap_err(),
    ] {
        let text = source(&error);
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{text}");
        assert!(text.contains("connection lost ("), "{text}");
        let known = format!("); servers still known: {:?}", server.address());
        assert!(text.contains(&known), "{text}");
        let driver = error.source().unwrap();
        let driver = driver.downcast_ref::<mongodb::error::Error>();
        assert!(matches!(*driver.unwrap().kind, ErrorKind::Io(_)), "{text}");
    }
}

#[test]
fn a_server_that_does_not_answer() {
    for silent in ["aggregate", "find"] {
        let server = Scripted::new(Role::Alone, move |command| {
            if command.contains_key(silent) {
                Reply::Nothing
            } else {
                census(3)
            }
        });
        let store = server
            .options()
            .with_timeout(Duration::from_millis(300))
            .build();
        let error = fail(&store, &UnitQuery::default());
        assert_eq!(error.kind(), StoreErrorKind::Timeout);
        let expected = format!("no answer from {:?} within 300ms", server.address());
        assert_eq!(source(&error), expected);
        // The server has the limit too.
        let commands = server.commands();
        let millis = commands.last().unwrap().get("maxTimeMS").unwrap();
        let millis = millis
            .as_i32()
            .map_or_else(|| millis.as_i64(), |m| Some(m.into()));
        assert!((1..=300).contains(&millis.unwrap()));
    }
}

#[test]
fn a_timeout_of_zero() {
    let server = Scripted::new(Role::Alone, |_| census(3));
    let store = server.options().with_timeout(Duration::ZERO).build();
    let error = fail(&store, &UnitQuery::default());
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
}

#[test]
fn the_longest_timeout_is_no_limit() {
    let server = Scripted::new(Role::Alone, |_| census(0));
    let store = server.options().with_timeout(Duration::MAX).build();
    let page = RUNTIME.block_on(store.list(&UnitQuery::default())).unwrap();
    assert_eq!(page.total(), 0);
    let commands = server.commands();
    assert!(
        commands
            .iter()
            .all(|command| !command.contains_key("maxTimeMS"))
    );
}

#[test]
fn documents_that_are_not_valid_or_no_matches() {
    let mut broken =
        bson::serialize_to_vec(&doc! { "_id": "u", "type": "u", "name": "\u{7F}" }).unwrap();
    let at = broken.iter().position(|byte| *byte == 0x7F).unwrap();
    broken[at] = 0xFF;
    let broken = RawDocumentBuf::from_bytes(broken).unwrap();
    let error = fail_by(move || Reply::Documents(vec![broken.clone()]));
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert_eq!(
        source(&error),
        r#"expected valid BSON in the document with the _id "u""#
    );

    let error = fail_by(|| documents(&[doc! { "_id": "u", "type": "d" }]));
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert_eq!(
        source(&error),
        "expected a match, found the document with the _id \"u\", which is a match only on the server"
    );
}

/// The server sorts an object after all numbers, also one that reads as a number.
#[test]
fn a_position_before_the_cursor_is_an_error() {
    let server = Scripted::new(Role::Alone, |command| {
        if command.contains_key("aggregate") {
            census(3)
        } else {
            documents(&[doc! { "_id": "u", "type": "u", "x": { "$numberInt": "7" } }])
        }
    });
    let after = |x: i32| {
        let unit = Unit::from_json(&format!(r#"{{"_id":"u","x":{x}}}"#)).unwrap();
        let by_x: SortSpec = r#"{"x":1}"#.parse().unwrap();
        UnitQuery::default().with_cursor(Cursor::new(&by_x, &unit).unwrap())
    };
    let error = fail(&server.store(), &after(7));
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert_eq!(
        source(&error),
        "expected a document that sorts after the cursor, found the document with the _id \"u\", \
         which sorts there only on the server"
    );
    assert!(RUNTIME.block_on(server.store().list(&after(6))).is_ok());
}

#[test]
fn a_count_that_is_not_a_number() {
    let server = Scripted::new(Role::Alone, |_| {
        documents(&[doc! { "_id": Bson::Null, "total": "3" }])
    });
    let error = fail(&server.store(), &UnitQuery::default());
    assert_eq!(error.kind(), StoreErrorKind::Failed);
    assert_eq!(
        source(&error),
        r#"expected a whole number as the count "total", found another value or none"#
    );
}

#[test]
fn more_matches_than_the_core_may_sort() {
    let all: Vec<Document> = (0..4)
        .map(|i| doc! { "_id": format!("{i}"), "type": "u", "name": "a" })
        .collect();
    let server = Scripted::new(Role::Alone, move |_| documents(&all));
    let mut sort = SortSpec::builder();
    for key in 0..SortSpec::MAX_KEYS {
        sort = sort.ascending(&format!("k{key}"));
    }
    let by_32 = UnitQuery::default().with_sort(sort.build().unwrap());
    let store = server.options().with_max_sorted(3).build();
    let error = fail(&store, &by_32);
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    assert!(!error.is_transient());
    assert_eq!(
        source(&error),
        "a sort by 32 fields and `_id`: expected at most 3 matches to put in order, found more"
    );
    let last = || server.commands().pop().unwrap();
    assert!(
        !last().contains_key("limit"),
        "only matches count, so the server cannot stop"
    );

    let long = TextFilter::new(&"a".repeat(2000)).unwrap();
    let error = fail(&store, &UnitQuery::default().with_text(long));
    assert_eq!(
        source(&error),
        "a text whose pattern has more than 1000 bytes: expected at most 3 matches to put in \
         order, found more"
    );
    assert_eq!(last().get_i64("limit").unwrap(), 4);

    for bound in [4, u64::MAX] {
        let store = server.options().with_max_sorted(bound).build();
        assert_eq!(RUNTIME.block_on(store.list(&by_32)).unwrap().total(), 4);
    }
    let unbounded = server.commands().pop().unwrap();
    assert!(!unbounded.contains_key("limit"), "{unbounded}");
}

#[test]
fn the_core_does_not_sort_types_that_json_lacks() {
    let unit = doc! { "_id": "u", "type": "u", "k1": { "n": Bson::MinKey } };
    let server = Scripted::new(Role::Alone, move |_| documents(std::slice::from_ref(&unit)));
    let mut sort = SortSpec::builder();
    for key in 0..SortSpec::MAX_KEYS {
        sort = sort.ascending(&format!("k{key}.n"));
    }
    let error = fail(
        &server.store(),
        &UnitQuery::default().with_sort(sort.build().unwrap()),
    );
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    assert_eq!(
        source(&error),
        "a sort by 32 fields and `_id`: expected JSON's types under the sort field \"k1\", found \
         another in the document with the _id \"u\""
    );
}

/// The text for the host also names the document.
#[test]
fn the_client_sees_the_reason_and_no_document() {
    let caller: Caller = User::new()
        .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
        .into();
    let answer = |query: &str, document: Document, max_sorted: u64| {
        let all = vec![document; 2];
        let server = Scripted::new(Role::Alone, move |_| documents(&all));
        let store = server.options().with_max_sorted(max_sorted).build();
        let pending = Endpoint::default().begin(&caller, query).unwrap();
        let page = RUNTIME.block_on(store.list(pending.query()));
        let response = pending.finish(page);
        let status = response.status();
        let body = response.into_body().into_bytes();
        (status, String::from_utf8(body).unwrap())
    };
    let unit = doc! { "_id": "u", "type": "u", "name": "a" };
    let fields = (0..32)
        .map(|key| format!("\"k{key}\":1"))
        .collect::<Vec<_>>();
    let sort = format!("sort={{{}}}", fields.join(","));
    let text = format!("text={}", "a".repeat(2000));
    for (query, reason) in [
        (
            &sort,
            "a sort by 32 fields and `_id`: expected at most 1 matches to put in order, found more \
             [error-invalid-sort]\",\"errorType\":\"error-invalid-sort\"",
        ),
        (
            &text,
            "a text whose pattern has more than 1000 bytes: expected at most 1 matches to put in \
             order, found more [error-invalid-params]\",\"errorType\":\"error-invalid-params\"",
        ),
    ] {
        let body = format!("{{\"success\":false,\"error\":\"{reason}}}");
        assert_eq!(answer(query, unit.clone(), 1), (400, body));
    }
    let non_json = doc! { "_id": "u", "type": "u", "k1": Bson::MinKey };
    let (status, body) = answer(&sort, non_json, 9);
    assert_eq!(status, 400);
    assert!(
        body.contains(r#"under the sort field \"k1\", found another [error"#),
        "{body}"
    );
}

#[test]
fn a_scope_too_long_for_a_command_is_not_sent() {
    let server = Scripted::new(Role::Alone, |_| census(0));
    let ids = (b'a'..)
        .take(16)
        .map(|id| char::from(id).to_string().repeat(1_000_000));
    let query = UnitQuery::default().with_scope(Scope::only(ids));
    let error = fail(&server.store(), &query);
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    assert_eq!(
        source(&error),
        "expected a scope and a sort that take at most 16000000 bytes of a command, found \
         16000640 for its ids and 136 for its paths"
    );
    assert_eq!(server.commands(), []);
}
