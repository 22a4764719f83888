//! `serve`: its routes, and the errors of a store or a file.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use livechat_units_axum::PATH;

use crate::process::{Serve, run};
use crate::test_file::File;
use livechat_units_testkit::client::{PATIENCE, Reply, connect, exchange, head};

#[test]
fn the_documented_units_a_user_without_the_permission_and_a_page() {
    let serve = Serve::start(&[]);
    assert_eq!(serve.printed[1], "7 units in memory");
    let names = [
        "12345",
        "C",
        "Mtest",
        "Sales Unit",
        "TestDept1",
        "abc",
        "business unit test",
    ];
    let body = serve.units("");
    let offsets: Vec<_> = names
        .iter()
        .map(|name| body.find(&format!(r#""name":"{name}""#)).unwrap())
        .collect();
    assert!(
        offsets.is_sorted() && body.ends_with(r#""count":7,"offset":0,"total":7,"success":true}"#)
    );

    assert_eq!(serve.ask("agent", "GET", PATH, "").status, 403);
    assert_eq!(serve.ask("nobody", "GET", PATH, "").status, 401);
    let guessed = head("GET", "", &"0".repeat(serve.token().len()));
    assert_eq!(
        Reply::parse(&exchange(serve.address, guessed.as_bytes())).status,
        401
    );
    assert_eq!(
        serve
            .ask("manager", "GET", &format!("{PATH}?sort=up"), "")
            .status,
        400
    );
    assert_eq!(serve.ask("manager", "GET", "/elsewhere", "").status, 404);

    let page = serve.ask("", "GET", "/", "");
    assert!(
        page.head.contains("content-type: text/html"),
        "{}",
        page.head
    );
    assert!(page.head.contains("default-src 'none'"), "{}", page.head);
    assert!(page.text().contains("<title>"));
}

#[test]
fn a_token_is_random_or_given() {
    let (one, other) = (Serve::start(&[]), Serve::start(&[]));
    assert_eq!(one.token().len(), 32);
    assert_ne!(one.token(), other.token());
    let given = Serve::start(&["--token", "s3cret"]);
    assert_eq!(given.token(), "s3cret");
    given.units("");
}

#[test]
fn the_openapi_document_is_served() {
    let serve = Serve::start(&[]);
    let reply = serve.ask("", "GET", "/openapi.json", "");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.text(), livechat_units_axum::OPENAPI);
    assert!(reply.head.contains("content-type: application/json"));
}

#[test]
fn the_explanation_of_a_query() {
    let serve = Serve::start(&[]);
    let explained = serve.ask("manager", "GET", "/explain?text=unit", "");
    let text = explained.text();
    assert!(
        text.starts_with(r#"{"explain":"text: candidates of grams, verified (grams: 2, "#),
        "{text}"
    );
    assert_eq!(
        serve.ask("manager", "GET", "/explain?sort=up", "").status,
        400
    );
    assert_eq!(serve.ask("agent", "GET", "/explain", "").status, 403);
    assert_eq!(serve.ask("", "GET", "/explain", "").status, 401);
}

/// `\u{212A}` is the Kelvin sign. MongoDB's Unicode has no pair of `\u{A7CB}`.
#[test]
fn the_folding_rule_for_the_page() {
    let serve = Serve::start(&[]);
    let folding = serve.ask("", "GET", "/folding", "");
    let text = folding.text();
    assert!(text.starts_with(r#"{"folding":"AaBbCc"#), "{text}");
    assert!(text.contains("\u{212A}k") && text.contains("\u{1E9E}\u{DF}"));
    assert!(!text.contains('\u{A7CB}') && !text.contains('\u{130}'));
}

#[test]
fn the_log_has_the_explanation_whichever_thread_lists() {
    let serve = Serve::start(&["--log", "debug"]);
    serve.units("text=unit");
    serve.await_error("explain=text: candidates of grams, verified (grams: ");
    serve.units("count=0");
    serve.await_error("explain=text: none; order: index;");
}

#[test]
fn the_page_policy_is_that_of_the_command() {
    let serve = Serve::start(&[
        "--default-count",
        "2",
        "--max-count",
        "3",
        "--refuse-unlimited",
    ]);
    for (query, count) in [("", 2), ("count=7", 3), ("count=0", 2)] {
        let body = serve.units(query);
        assert!(
            body.contains(&format!(r#""count":{count},"#)),
            "{query}: {body}"
        );
    }
}

#[test]
#[cfg(unix)]
fn after_a_signal_to_stop_it_finishes_the_running_request() {
    let unit = |i| {
        format!(
            r#"{{"_id":"{i}","type":"u","name":"{}"}}"#,
            "x".repeat(20_000)
        )
    };
    let lines: Vec<String> = (0..2_000).map(unit).collect();
    let file = File::new("large.jsonl", &lines.join("\n"));
    for signal in ["TERM", "INT"] {
        let mut serve = Serve::start(&["--units", file.path()]);
        let mut stream = connect(serve.address);
        let request = head("GET", "count=0", serve.token());
        stream.write_all(request.as_bytes()).unwrap();
        // The answer is larger than what the sockets hold, so it is not sent yet.
        let mut answer = vec![0; 1000];
        stream.read_exact(&mut answer).unwrap();
        serve.signal(signal);
        let begun = Instant::now();
        while TcpStream::connect(serve.address).is_ok() {
            assert!(begun.elapsed() < PATIENCE, "it still listens");
        }
        stream.read_to_end(&mut answer).unwrap();
        let answer = Reply::parse(&answer);
        let length = format!("content-length: {}", answer.body.len());
        assert!(answer.head.contains(&length), "{}", answer.head);
        assert!(
            answer
                .body
                .ends_with(br#""count":2000,"offset":0,"total":2000,"success":true}"#)
        );
        assert_eq!(serve.wait().code(), Some(0), "{signal}");
    }
}

#[test]
fn what_cannot_be_served_is_explained() {
    let wrong = File::new("wrong.jsonl", "{\"_id\":\"a\"}\n{\"_id\":\"b\"\n");
    let empty = File::new("blank.jsonl", "\n");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let cases = [
        (
            vec!["--units", wrong.path()],
            "wrong.jsonl: line 3, column 1: expected JSON, found the end of the text",
        ),
        (vec!["--units", "/nowhere.json"], "/nowhere.json: "),
        (
            vec!["--units", empty.path()],
            "blank.jsonl is empty, as a file is when a program begins to write it: \
             to serve no units, write an empty array, []",
        ),
        (vec!["--listen", &taken], "cannot listen on 127.0.0.1:"),
    ];
    for (args, problem) in cases {
        let output = run(&args);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(
            errors.contains("error: ") && errors.contains(problem),
            "{args:?}: {errors}"
        );
    }
}

/// Nobody listens on port 1. The driver tries again until its own time is up.
#[test]
#[cfg(feature = "mongodb")]
fn a_mongodb_that_does_not_answer_is_named() {
    let url = "mongodb://u:s3cret@127.0.0.1:1/rocketchat?serverSelectionTimeoutMS=300";
    let output = run(&["--store", url]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.starts_with("error: cannot open the store: MongoDB at 127.0.0.1:1: "),
        "{errors}"
    );
    assert!(!errors.contains("s3cret"), "{errors}");
}

#[test]
#[cfg(feature = "postgres")]
fn a_postgresql_that_does_not_answer_is_an_error() {
    let output = run(&["--store", "postgres://u:s3cret@127.0.0.1:1/units"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.starts_with("error: cannot open the store: "),
        "{errors}"
    );
    assert!(!errors.contains("s3cret"), "{errors}");
}

#[test]
#[cfg(feature = "sqlite")]
fn a_file_that_is_no_database_is_an_error() {
    let file = File::new("units.txt", "Not a database, but longer than a header.");
    let output = run(&["--store", &format!("sqlite:{}", file.path())]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.starts_with("error: cannot open the store: "),
        "{errors}"
    );
}

/// What a store keeps in a file is there when it is opened again.
#[test]
#[cfg(feature = "sqlite")]
fn units_in_sqlite() {
    let file = File::new("units.json", r#"{"_id":"a","type":"u","name":"Sales"}"#);
    let database = File::new("units.db", "");
    let store = format!("sqlite:{}", database.path());
    let serve = Serve::start(&["--store", &store, "--units", file.path()]);
    let unit = r#"{"_id":"b","type":"u","name":"Support"}"#;
    assert_eq!(
        serve.ask("manager", "POST", "/admin/units", unit).status,
        200
    );
    assert!(serve.units("text=s").contains(r#""total":2,"#));
    drop(serve);
    let serve = Serve::start(&["--store", &store]);
    assert_eq!(
        serve.ask("manager", "DELETE", "/admin/units/a", "").status,
        200
    );
    assert!(serve.units("").contains(r#""total":1,"#));
}

#[test]
#[cfg(feature = "sqlite")]
fn units_in_sqlite_through_a_mirror() {
    let database = File::new("mirrored.db", "");
    let store = format!("sqlite:{}", database.path());
    let serve = Serve::start(&["--store", &store, "--mirror"]);
    assert!(serve.printed[1].ends_with(", listed from a mirror in memory"));
    for n in 0..3 {
        let unit = format!(r#"{{"_id":"u{n}","type":"u","name":"Sales {n}"}}"#);
        let stored = serve.ask("manager", "POST", "/admin/units", &unit);
        assert_eq!(stored.status, 200);
        // A write is in the next answer.
        assert!(
            serve
                .units("text=s")
                .contains(&format!(r#""total":{},"#, n + 1))
        );
    }
    let ready = serve.ask("manager", "GET", "/ready", "");
    assert_eq!((ready.status, ready.text()), (200, r#"{"ready":true}"#));
    let status = serve.ask("manager", "GET", "/status", "");
    let status = status.text();
    assert!(status.contains(r#""phase":"current""#), "{status}");
    assert!(status.contains(r#""units":3"#), "{status}");
    let explained = serve.ask("manager", "GET", "/explain?text=s", "");
    let explained = explained.text();
    assert!(explained.contains("gram"), "{explained}");
}

#[test]
fn a_store_in_memory_needs_no_mirror() {
    let output = run(&["--mirror"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("the units are in memory already"),
        "{errors}"
    );
    let serve = Serve::start(&[]);
    assert_eq!(serve.ask("manager", "GET", "/ready", "").status, 200);
    let status = serve.ask("manager", "GET", "/status", "");
    let status = status.text();
    assert_eq!(status, r#"{"mirror":null}"#);
}

#[test]
#[cfg(not(feature = "sqlite"))]
fn a_store_that_is_not_built_in_is_named() {
    let output = run(&["--store", "sqlite:x"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("built without sqlite: add `--features sqlite` to the command"),
        "{errors}"
    );
}
