//! `check`: its output and its exit codes. The unit tests have the faults that it finds.

use std::process::Output;

use crate::process::run;

/// The exit code, standard output and standard error.
fn read(output: Output) -> (i32, String, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn the_memory_store_is_exact() {
    let (code, output, errors) = read(run(&["check", "memory", "--queries", "500", "--seed", "3"]));
    assert_eq!((code, errors.as_str()), (0, ""), "{output}");
    assert_eq!(
        output,
        "7 units, seed 3: 500 queries had the same answer, 0 are not supported by the store, 0 \
         differences\n"
    );
}

#[test]
#[cfg(feature = "sqlite")]
fn an_sqlite_file_is_read_and_not_created() {
    let folder = crate::test_file::File::new("none.jsonl", "");
    let missing = folder.0.with_file_name("missing.db");
    let path = missing.to_str().unwrap();
    let (code, output, errors) = read(run(&["check", path]));
    assert_eq!((code, output.as_str()), (2, ""), "{errors}");
    let expected = format!("error: cannot open the store: {path}: ");
    assert!(errors.starts_with(&expected), "{errors}");
    assert!(!missing.exists());
}

/// The names that the store searches are changed in the file; the documents are not.
#[test]
#[cfg(feature = "sqlite")]
fn a_damaged_column_of_an_sqlite_file_is_found() {
    use livechat_units::Unit;
    use livechat_units_sqlite::SqliteStore;

    let file = crate::test_file::File::new("damaged.db", "");
    let unit = |i: usize| {
        let name = format!("{} TEAM {i}", ["SALES", "SUPPORT"][i % 2]);
        Unit::builder(format!("u{i:02}"))
            .name(name)
            .build()
            .unwrap()
    };
    let units: Vec<Unit> = (0..30).map(unit).collect();
    // The file is complete when the store is closed.
    SqliteStore::open(&file.0)
        .unwrap()
        .upsert_all(&units)
        .unwrap();

    for store in [file.path().to_owned(), format!("sqlite:{}", file.path())] {
        let (code, output, errors) = read(run(&["check", &store]));
        assert_eq!((code, errors.as_str()), (0, ""), "{output}");
        assert!(output.starts_with("30 units, seed 1: "), "{output}");
    }

    let mut bytes = std::fs::read(&file.0).unwrap();
    let (folded, other) = (b"sales", b"xales");
    let found: Vec<usize> = (0..bytes.len() - folded.len())
        .filter(|&at| bytes[at..].starts_with(folded))
        .collect();
    assert!(!found.is_empty());
    for at in found {
        bytes[at..at + other.len()].copy_from_slice(other);
    }
    std::fs::write(&file.0, bytes).unwrap();

    let (code, output, errors) = read(run(&["check", file.path()]));
    assert_eq!((code, errors.as_str()), (1, ""), "{output}");
    assert!(output.starts_with("difference 1, query "), "{output}");
    assert!(output.contains("\n  query:     text \""), "{output}");
    assert!(
        output.contains("\n  store:     0 of 0 units: none\n"),
        "{output}"
    );
    assert!(output.contains("\n  reference: "), "{output}");
    assert!(!output.ends_with(" 0 differences\n"), "{output}");
}

/// Nobody listens on port 1.
#[test]
#[cfg(feature = "postgres")]
fn a_store_that_cannot_be_reached_is_an_error() {
    let store = "postgres://u:s3cret@127.0.0.1:1/units";
    let (code, output, errors) = read(run(&["check", store]));
    assert_eq!((code, output.as_str()), (2, ""), "{errors}");
    assert!(errors.starts_with("error: "), "{errors}");
    assert!(!errors.contains("s3cret"), "{errors}");
}

#[test]
#[cfg(not(feature = "sqlite"))]
fn a_store_that_is_not_built_in_is_named() {
    let (code, output, errors) = read(run(&["check", "units.db"]));
    assert_eq!((code, output.as_str()), (2, ""));
    assert!(errors.contains("built without sqlite"), "{errors}");
}
