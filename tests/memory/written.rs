//! What writes report of their documents.

use livechat_units::{MemoryStore, Unit, Written};

#[test]
fn a_write_reports_what_it_did_with_its_documents() {
    let unit = |id: &str| Unit::builder(id).build().unwrap();
    let department = Unit::from_json(r#"{"_id":"a","type":"d"}"#).unwrap();
    let counts = |written: &Written| (written.stored(), written.replaced(), written.not_units());
    let documents = [
        unit("b"),
        unit("a"),
        department.clone(),
        unit("b"),
        unit("c"),
    ];
    let mut store = MemoryStore::new();
    let loaded = store.upsert_all(documents.clone());
    assert_eq!(counts(&loaded), (4, 2, 1));
    assert_eq!(loaded.first_not_unit(), Some("a"));
    assert_eq!(store.replace_all(documents.clone()), loaded);
    assert_eq!(store.len(), 2);

    assert_eq!(counts(&store.upsert_all(documents)), (4, 4, 1));
    assert_eq!(counts(&store.upsert(unit("a"))), (1, 0, 0));
    assert_eq!(counts(&store.upsert(unit("a"))), (1, 1, 0));
    assert_eq!(counts(&store.upsert(department.clone())), (0, 1, 1));
    assert_eq!(counts(&store.upsert(department)), (0, 0, 1));
    assert_eq!(store.len(), 2);
}
