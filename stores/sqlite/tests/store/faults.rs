//! Refusals, and damaged or locked files.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use livechat_units::{
    Endpoint, Limit, Page, Permission, SortSpec, StoreError, StoreErrorKind, Unit, UnitQuery,
    UnitStore, User,
};
use livechat_units_sqlite::{SqliteOptions, SqliteStore};
use rusqlite::{Connection, ErrorCode};
use tempfile::TempDir;

use crate::documents::unit;
use crate::file;

pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn sort(sort: &str) -> UnitQuery {
    UnitQuery::default().with_sort(sort.parse().unwrap())
}

/// The words of the source of an error of this kind.
pub(crate) fn refusal(error: &StoreError, kind: StoreErrorKind) -> String {
    assert_eq!(error.kind(), kind, "{error:?}");
    error.source().expect("a source").to_string()
}

/// The words of an error about this file.
pub(crate) fn of_file(path: &Path, words: &str) -> String {
    format!("{:?}: {words}", path.to_string_lossy())
}

pub(crate) fn code(error: &StoreError) -> ErrorCode {
    let source = error.source().expect("a source");
    let error: &rusqlite::Error = source.downcast_ref().expect("an error of SQLite");
    error.sqlite_error_code().expect("a code")
}

#[test]
fn a_long_write_of_another_process_is_a_timeout() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let options = SqliteOptions::new().with_timeout(Duration::from_millis(20));
    let store = options.open(&path).unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let error = store.upsert(&unit("b", "Support")).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    assert_eq!(code(&error), ErrorCode::DatabaseBusy);
    assert_eq!(error.operation(), "store a unit");
    assert!(error.is_transient());
    // A listing does not wait.
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 1);

    other.execute_batch("ROLLBACK").unwrap();
    store.upsert(&unit("b", "Support")).unwrap();
    assert_eq!(store.len().unwrap(), 2);
}

/// The iterator runs while the only connection is in use.
#[test]
fn waiting_too_long_for_a_connection_is_a_timeout() {
    let options = SqliteOptions::new().with_timeout(Duration::from_millis(20));
    let store = options.open_in_memory().unwrap();
    let units = std::iter::once_with(|| {
        let error = store.list(&UnitQuery::default()).unwrap_err();
        assert_eq!(
            refusal(&error, StoreErrorKind::Timeout),
            "expected a free connection within 20ms, of 1"
        );
        unit("a", "Sales")
    });
    store.replace_all(units).unwrap();
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 1);
}

#[test]
fn a_panic_of_the_iterator_leaves_the_old_units() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = SqliteStore::open(&path).unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    let units = (0..10).map(|i| {
        assert!(i < 5, "the iterator panics");
        unit(&i.to_string(), "Support")
    });
    let replace = std::panic::AssertUnwindSafe(|| store.replace_all(units));
    std::panic::catch_unwind(replace).unwrap_err();
    assert_eq!(store.len().unwrap(), 1);
    store.upsert(&unit("b", "Support")).unwrap();
    assert_eq!(store.len().unwrap(), 2);
    file::assert_intact(&path);
}

/// Some of the damaged rows are valid documents.
#[test]
fn a_damaged_document_is_corrupt() {
    for damage in [
        r#"UPDATE document SET json = '{"_id":7}'"#,
        "UPDATE document SET json = replace(json, 'Support', 'Suppose')",
        "UPDATE document SET json = CAST(x'FF' AS TEXT)",
        "UPDATE document SET json = ''",
        "UPDATE document SET form = 1",
        "UPDATE document SET form = 2",
        "UPDATE document SET checksum = checksum + 4294967296",
        "INSERT OR REPLACE INTO document SELECT 2, checksum, form, json FROM document",
        "DELETE FROM document",
    ] {
        let directory = directory();
        let path = directory.path().join("units.db");
        let store = SqliteStore::open(&path).unwrap();
        let units = [unit("a", "Sales"), unit("b", "Support")];
        store.upsert_all(&units).unwrap();
        let connection = Connection::open(&path).unwrap();
        let slot = if damage.starts_with("INSERT") { 1 } else { 2 };
        let damage = format!("{damage} WHERE slot = {slot}");
        assert_eq!(connection.execute(&damage, []).unwrap(), 1);

        let text = "s".parse::<livechat_units::TextFilter>().unwrap();
        for query in [
            sort(r#"{"name":1}"#),
            sort(r#"{"name":1,"visibility":1}"#),
            sort(r#"{"name":1}"#).with_text(text.clone()),
            sort(r#"{"custom":1}"#),
            sort(r#"{"custom":1}"#).with_text(text),
        ] {
            let error = store.list(&query).unwrap_err();
            assert_eq!(
                refusal(&error, StoreErrorKind::Corrupt),
                of_file(
                    &path,
                    "expected the document in slot 2 as it was written, found another or none"
                ),
                "{damage} {query:?}"
            );
        }
        let error = store.get("b").unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{damage}");
        // The other document can be read, and writing the damaged one again repairs it.
        assert_eq!(store.get("a").unwrap().as_ref(), Some(&units[0]));
        store.upsert(&units[1]).unwrap();
        assert_eq!(store.list(&sort("{}")).unwrap().len(), 2, "{damage}");
    }
}

#[test]
fn a_damaged_block_of_names_is_corrupt() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = SqliteStore::open(&path).unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    let connection = Connection::open(&path).unwrap();
    let text = "s".parse::<livechat_units::TextFilter>().unwrap();
    let query = UnitQuery::default().with_text(text);
    assert_eq!(store.list(&query).unwrap().total(), 1);
    let whole: Vec<u8> = connection
        .query_row("SELECT names FROM name_block", [], |row| row.get(0))
        .unwrap();
    let longer = [whole.as_slice(), b"ss"].concat();
    let shorter = &whole[..whole.len() - 1];
    for damage in [b"".as_slice(), &[5], shorter, &longer] {
        let update = "UPDATE name_block SET names = ?1";
        connection.execute(update, [damage]).unwrap();
        let error = store.list(&query).unwrap_err();
        assert_eq!(
            refusal(&error, StoreErrorKind::Corrupt),
            of_file(&path, "expected names in block 0, found other bytes")
        );
    }
}

#[test]
fn a_sort_without_an_index_over_too_many_matches_is_refused() {
    let store = SqliteOptions::new()
        .with_max_sorted(2)
        .open_in_memory()
        .unwrap();
    store
        .upsert_all(&[unit("a", "Sales"), unit("b", "Support")])
        .unwrap();
    let query = sort(r#"{"name":1,"customFields.region":1}"#);
    assert_eq!(store.list(&query).unwrap().total(), 2);
    store.upsert(&unit("c", "Sales")).unwrap();
    let error = store.list(&query).unwrap_err();
    assert_eq!(
        refusal(&error, StoreErrorKind::Unsupported),
        "expected at most 2 matches for a sort by \"customFields.region\", \
         which has no index, found 3"
    );
    // A text that fewer units match is answered, and so is a sort order with an index.
    let text = "sales".parse::<livechat_units::TextFilter>().unwrap();
    assert_eq!(store.list(&query.with_text(text)).unwrap().total(), 2);
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 3);
}

/// The words are part of the answer, so they must not name the file.
#[test]
fn a_sort_without_an_index_over_too_many_matches_is_a_bad_request() {
    let directory = directory();
    let options = SqliteOptions::new().with_max_sorted(0);
    let store = options.open(directory.path().join("units.db")).unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    let user = User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS);
    let response = Endpoint::default().handle(&store, &user.into(), r#"sort={"rank":1}"#);
    assert_eq!(response.status(), 400);
    let body = response.into_body().into_bytes();
    let words = r#"expected at most 0 matches for a sort by \"rank\", which has no index, found 1"#;
    assert_eq!(
        String::from_utf8(body).unwrap(),
        format!(
            r#"{{"success":false,"error":"{words} [error-invalid-sort]","errorType":"error-invalid-sort"}}"#
        )
    );
}

#[test]
fn a_long_sort_path_is_cut_in_the_refusal() {
    let store = SqliteOptions::new()
        .with_max_sorted(0)
        .open_in_memory()
        .unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    let path = "p\n".repeat(1_000);
    let query =
        UnitQuery::default().with_sort(SortSpec::builder().ascending(&path).build().unwrap());
    let error = store.list(&query).unwrap_err();
    let shown = format!("\"{}…\"", "p\\n".repeat(40));
    assert_eq!(
        refusal(&error, StoreErrorKind::Unsupported),
        format!("expected at most 0 matches for a sort by {shown}, which has no index, found 1")
    );
}

#[test]
fn a_document_beyond_the_bound_is_refused() {
    let store = SqliteOptions::new().open_in_memory().unwrap();
    let empty = unit("a", "").as_json().len();
    let longest = SqliteStore::MAX_DOCUMENT_BYTES - empty;
    let error = store
        .upsert(&unit("a", &"x".repeat(longest + 1)))
        .unwrap_err();
    assert_eq!(
        refusal(&error, StoreErrorKind::Unsupported),
        "expected a document of at most 33554432 bytes, found 33554433, with the _id \"a\""
    );
    // This field has no index, which makes the test faster.
    let fits = Unit::builder("a")
        .field("x", "x".repeat(longest))
        .build()
        .unwrap();
    store.upsert(&fits).unwrap();
    assert_eq!(store.get("a").unwrap(), Some(fits));
}

#[test]
fn orders_that_cannot_be_declared_are_refused() {
    let order = |sort: &str| sort.parse::<SortSpec>().unwrap();
    let options = SqliteOptions::new().with_order(order(r#"{"name":1,"a.b":1}"#));
    let error = options.open_in_memory().unwrap_err();
    assert_eq!(
        refusal(&error, StoreErrorKind::Unsupported),
        "expected only documented fields in a declared order, found \"a.b\""
    );

    let fields = [
        "visibility",
        "numMonitors",
        "numDepartments",
        "_updatedAt",
        "type",
    ];
    let pairs = fields
        .iter()
        .flat_map(|first| fields.map(|second| (first, second)));
    let orders = pairs.map(|(first, second)| format!(r#"{{"{first}":1,"{second}":-1,"name":1}}"#));
    let open = |most: usize| {
        let orders = orders.clone().take(most);
        let options = orders.fold(SqliteOptions::new(), |options, sort| {
            options.with_order(order(&sort))
        });
        options.open_in_memory()
    };
    open(SqliteOptions::MAX_ORDERS).unwrap();
    let error = open(SqliteOptions::MAX_ORDERS + 1).unwrap_err();
    assert_eq!(
        refusal(&error, StoreErrorKind::Unsupported),
        "expected at most 16 declared orders, found more"
    );
}

#[test]
fn an_order_is_declared_once_for_a_file() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let order: SortSpec = r#"{"visibility":1,"numMonitors":-1}"#.parse().unwrap();
    for _ in 0..2 {
        let options = SqliteOptions::new().with_order(order.clone());
        let store = options.with_order(SortSpec::default()).open(&path).unwrap();
        store.replace_all([unit("a", "Sales")]).unwrap();
    }
    let connection = Connection::open(&path).unwrap();
    let indexes = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'order\\_%' ESCAPE '\\'";
    let indexes: i64 = connection.query_row(indexes, [], |row| row.get(0)).unwrap();
    assert_eq!(indexes, 1);
}

#[test]
fn a_page_beyond_the_end_is_empty() {
    let store = SqliteOptions::new().open_in_memory().unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    let most = Page::new(u64::MAX, Limit::at_most(u64::MAX).unwrap());
    let page = store.list(&UnitQuery::default().with_page(most)).unwrap();
    assert_eq!((page.len(), page.total()), (0, 1));
}
