//! Documents of every kind are stored, replaced, removed and read back.

use super::*;

fn unit(json: &str) -> Unit {
    Unit::from_json(json).unwrap()
}

/// A unit whose JSON has this length, with padding between `before` and `after`.
fn padded(before: &str, length: usize, after: &str) -> Unit {
    let padding = "x".repeat(length - before.len() - after.len());
    let unit = unit(&format!("{before}{padding}{after}"));
    assert_eq!(unit.as_json().len(), length);
    unit
}

fn long(length: usize) -> Unit {
    let before = r#"{"_id":"long","name":"Sales","type":"u","x":""#;
    padded(before, length, "\"}")
}

/// A unit whose name begins at this byte of its JSON.
fn named_at(at: usize) -> Unit {
    let name = r#""Sales"}"#;
    let after = format!(r#"","name":{name}"#);
    padded(r#"{"_id":"far","type":"u","x":""#, at + name.len(), &after)
}

/// Units, with the byte at which the name begins. `None` if the arena cannot hold the unit.
fn units() -> Vec<(Unit, Option<usize>)> {
    let usual = unit(r#"{"_id":"a","name":"Sales","type":"u","numMonitors":3}"#);
    let first = unit(r#"{"name":"Sales \"A\"","type":"u","_id":"b\n"}"#);
    let nameless = unit(r#"{"_id":"c","type":"u"}"#);
    let array = unit(r#"{"_id":"d","name":["Sales"],"type":"u"}"#);
    vec![
        (usual, Some(18)),
        (first, Some(8)),
        (nameless, Some(0)),
        (array, Some(0)),
        (named_at(Location::MAX_MARK), Some(Location::MAX_MARK)),
        (named_at(Location::MAX_MARK + 1), None),
        (long(Location::MAX_LEN), Some(21)),
        (long(Location::MAX_LEN + 1), None),
    ]
}

fn assert_holds(documents: &Documents, slot: Slot, unit: &Unit) {
    assert_eq!(documents.json(slot), unit.as_json().as_bytes());
    assert_eq!(
        documents.json_bytes(&[slot, slot]),
        2 * unit.as_json().len()
    );
    assert_eq!(&documents.unit(slot), unit);
    assert_eq!(documents.id(slot), unit.id());
    assert_eq!(documents.name(slot).as_deref(), unit.name());
    for key in ["_id", "name", "type", "numMonitors", "nothing"] {
        assert_eq!(documents.field(slot, key).as_ref(), unit.get(key));
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn names_are_found_by_their_marks() {
    for (unit, expected) in units() {
        assert_eq!(name_at(&unit), expected, "{}", unit.id());
        let mut documents = Documents::default();
        let slot = documents.insert(&unit);
        assert_eq!(documents.name(slot).as_deref(), unit.name());
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_slot_can_be_filled_again_with_any_unit() {
    let units = units();
    for (old, _) in &units {
        for (new, name_at) in &units {
            let mut documents = Documents::default();
            let slot = documents.insert(old);
            let other = documents.insert(new);
            assert_holds(&documents, slot, old);
            documents.replace(slot, new);
            assert_holds(&documents, slot, new);
            assert_eq!(documents.whole(slot).is_none(), name_at.is_some());
            documents.remove(slot);
            assert_holds(&documents, other, new);
            assert_eq!(documents.iter().collect::<Vec<Slot>>(), [other]);
            assert_eq!(documents.insert(old), slot);
            assert_holds(&documents, slot, old);
            assert_eq!((documents.len(), documents.slots()), (2, 2));
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn texts_are_strings_other_than_dates() {
    let mut documents = Documents::default();
    let slots: Vec<Slot> = (units().iter().map(|(unit, _)| documents.insert(unit))).collect();
    let text = |at: usize, key| documents.text(slots[at], key).map(Cow::into_owned);
    assert_eq!(text(0, "_id").as_deref(), Some("a"));
    assert_eq!(text(0, "name").as_deref(), Some("Sales"));
    assert_eq!(text(0, "numMonitors"), None);
    assert_eq!(text(1, "name").as_deref(), Some("Sales \"A\""));
    assert_eq!(text(1, "type").as_deref(), Some("u"));
    assert_eq!(text(2, "name"), None);
    assert_eq!(text(5, "name").as_deref(), Some("Sales"));
    assert_eq!(text(5, "type"), None, "it is stored whole");
    let dated = unit(r#"{"_id":"e","type":"u","_updatedAt":"2022-09-15T11:44:32Z"}"#);
    let slot = documents.insert(&dated);
    assert_eq!(documents.text(slot, "_updatedAt"), None);
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_space_of_removed_documents_is_given_back() {
    let mut documents = Documents::default();
    let unit = long(Location::MAX_LEN);
    let slots: Vec<Slot> = (0..40).map(|_| documents.insert(&unit)).collect();
    let before = documents.locations.clone();
    for slot in &slots[..30] {
        documents.remove(*slot);
        assert!(!documents.arena.is_sparse());
    }
    for slot in &slots[30..] {
        assert_holds(&documents, *slot, &unit);
    }
    let last = slots[39];
    assert_ne!(
        documents.locations[last], before[last],
        "expected a compacted arena"
    );
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn documents_are_sparse_when_many_slots_and_more_than_half_are_vacant() {
    let mut documents = Documents::default();
    let unit = unit(r#"{"_id":"a"}"#);
    let slots: Vec<Slot> = (0..2 * MANY_VACANT)
        .map(|_| documents.insert(&unit))
        .collect();
    for slot in &slots[..MANY_VACANT] {
        documents.remove(*slot);
    }
    assert!(!documents.is_sparse());
    documents.remove(slots[MANY_VACANT]);
    assert!(documents.is_sparse());
}
