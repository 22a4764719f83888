//! The file that `serve` follows. The unit tests of `watch` test the rule look by look.

use std::fs;
#[cfg(target_os = "linux")]
use std::io::Write;

use crate::process::Serve;
use crate::test_file::File;

#[test]
fn a_file_is_read_again_when_it_changes() {
    let file = File::new(
        "changing.json",
        r#"[{"_id":"a","type":"u"},{"_id":"d","type":"d"}]"#,
    );
    let serve = Serve::start(&["--units", file.path()]);
    assert_eq!(serve.printed[1], "1 units in memory");
    assert!(
        serve
            .units("")
            .starts_with(r#"{"units":[{"_id":"a","type":"u"}],"#)
    );

    file.replace("{\"_id\":\"b\",\"type\":\"u\"}\n{\"_id\":\"c\",\"type\":\"u\"}\n");
    serve.await_units(r#""total":2,"#);

    file.replace("{\"_id\":\"x\",\"type\":\"u\"}\n?\n");
    serve.await_error("changing.json: line 2, column 1: expected JSON, found ?, in the document ?");
    assert!(serve.units("").contains(r#""_id":"b""#));

    fs::remove_file(&file.0).unwrap();
    serve.await_error("the units stay as they were");
    assert!(serve.units("").contains(r#""_id":"b""#));

    file.replace(r#"{"_id":"e","type":"u"}"#);
    serve.await_units(r#""_id":"e""#);
}

/// `> file` by a program that takes its time.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_being_written_is_served_when_it_is_closed() {
    let old = "{\"_id\":\"u1\",\"type\":\"u\"}\n{\"_id\":\"u2\",\"type\":\"u\"}\n";
    let file = File::new("slow.jsonl", old);
    let serve = Serve::start(&["--units", file.path()]);
    let mut writer = fs::File::create(&file.0).unwrap();
    let unit = |id: &str| format!("{{\"_id\":\"{id}\",\"type\":\"u\"}}\n");
    for id in ["n1", "n2"] {
        writer.write_all(unit(id).as_bytes()).unwrap();
    }
    // It is reported when the file would be read if it were not open.
    serve.await_error(&format!(
        "slow.jsonl is open for writing in process {}: the units stay as they were until",
        std::process::id()
    ));
    assert!(
        serve
            .units("")
            .contains(r#"[{"_id":"u1","type":"u"},{"_id":"u2""#)
    );
    writer.write_all(unit("n3").as_bytes()).unwrap();
    drop(writer);
    serve.await_units(r#"[{"_id":"n1","type":"u"},{"_id":"n2","type":"u"},{"_id":"n3""#);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_open_for_writing_at_the_start_is_served_with_a_warning() {
    let file = File::new("early.jsonl", "{\"_id\":\"u1\",\"type\":\"u\"}\n");
    let _writer = fs::File::options().append(true).open(&file.0).unwrap();
    let serve = Serve::start(&["--units", file.path()]);
    serve.await_error(&format!(
        "early.jsonl is open for writing in process {}: it is served as it is now",
        std::process::id()
    ));
    assert!(serve.units("").contains(r#""total":1,"#));
}

#[test]
fn fewer_documents_written_into_the_file_are_not_taken_at_once() {
    let old = "{\"_id\":\"u1\",\"type\":\"u\"}\n{\"_id\":\"u2\",\"type\":\"u\"}\n";
    let file = File::new("fewer.jsonl", old);
    let serve = Serve::start(&["--units", file.path()]);
    let fewer = "{\"_id\":\"n1\",\"type\":\"u\"}\n";
    fs::write(&file.0, fewer).unwrap();
    serve.await_error("fewer.jsonl has fewer documents (1) than are served (2)");
    assert!(serve.units("").contains(r#""total":2,"#));
    file.replace(fewer);
    serve.await_units(r#"[{"_id":"n1","type":"u"}],"count":1,"#);
}

/// `touch -r` and `cp --preserve` set the time of writing.
#[test]
#[cfg(unix)]
fn content_of_the_same_length_and_time_of_writing_is_read() {
    let file = File::new("stamp.jsonl", r#"{"_id":"u","type":"u","name":"AAAA"}"#);
    let written = fs::metadata(&file.0).unwrap().modified().unwrap();
    let serve = Serve::start(&["--units", file.path()]);
    fs::write(&file.0, r#"{"_id":"u","type":"u","name":"CCCC"}"#).unwrap();
    let opened = fs::File::options().write(true).open(&file.0).unwrap();
    opened.set_modified(written).unwrap();
    drop(opened);
    serve.await_units("CCCC");
}

#[test]
fn utf16_and_words_for_doubles_are_read_and_the_last_of_an_id_counts() {
    let text = "\u{FEFF}{\"_id\":\"u\",\"type\":\"u\",\"name\":\"Old\"}\r\n\
                \u{FEFF}{\"_id\":\"u\",\"type\":\"u\",\"name\":\"Zoë\",\"x\":NaN}\r\n";
    let file = File::new("utf16.jsonl", "");
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&file.0, bytes).unwrap();
    let serve = Serve::start(&["--units", file.path()]);
    let units = serve.units("");
    assert!(
        units.starts_with(r#"{"units":[{"_id":"u","type":"u","name":"Zoë","x":null}],"count":1,"#),
        "{units}"
    );
    let more = r#"{"_id":"n","type":"u","x":-Infinity}"#;
    assert_eq!(
        serve.ask("manager", "POST", "/admin/units", more).status,
        200
    );
    assert!(
        serve
            .units(r#"sort={"x":1}"#.replace('"', "%22").as_str())
            .contains(r#"[{"_id":"u","#)
    );
}
