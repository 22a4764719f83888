use super::*;

fn unit(json: &str) -> Unit {
    Unit::from_json(json).unwrap()
}

/// A unit whose JSON is so long, between these two.
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

/// A unit whose name begins there.
fn named_at(at: usize) -> Unit {
    let name = r#""Sales"}"#;
    let after = format!(r#"","name":{name}"#);
    padded(r#"{"_id":"far","type":"u","x":""#, at + name.len(), &after)
}

/// With the place of the name, or none where the arena does not hold the unit.
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
fn names_are_found_where_a_mark_can_say() {
    for (unit, place) in units() {
        assert_eq!(name_at(&unit), place, "{}", unit.id());
        if let Some(name) = unit.name().filter(|_| place.is_some()) {
            let found = name_of(unit.as_json().as_bytes(), place.unwrap());
            assert_eq!(found.as_deref(), Some(name));
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn whatever_a_slot_had_it_holds_what_it_is_given() {
    let units = units();
    for (old, _) in &units {
        for (new, place) in &units {
            let mut documents = Documents::default();
            let slot = documents.insert(old);
            let other = documents.insert(new);
            assert_holds(&documents, slot, old);
            documents.replace(slot, new);
            assert_holds(&documents, slot, new);
            assert_eq!(documents.whole(slot).is_none(), place.is_some());
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
fn plain_texts_have_no_escapes() {
    let mut documents = Documents::default();
    let slots: Vec<Slot> = (units().iter().map(|(unit, _)| documents.insert(unit))).collect();
    let text = |at: usize, key| documents.plain_text(slots[at], key);
    assert_eq!(text(0, "name"), Some(&b"Sales"[..]));
    assert_eq!(text(0, "numMonitors"), None);
    assert_eq!(text(1, "name"), None);
    assert_eq!(text(1, "type"), Some(&b"u"[..]));
    assert_eq!(text(2, "name"), None);
    assert_eq!(text(5, "name"), None, "it is stored whole");
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_room_of_what_has_gone_is_given_back() {
    let mut documents = Documents::default();
    let unit = long(Location::MAX_LEN);
    let slots: Vec<Slot> = (0..40).map(|_| documents.insert(&unit)).collect();
    let places = documents.locations.clone();
    for slot in &slots[..30] {
        documents.remove(*slot);
        assert!(!documents.arena.is_sparse());
    }
    for slot in &slots[30..] {
        assert_holds(&documents, *slot, &unit);
    }
    let last = slots[39];
    assert_ne!(documents.locations[last], places[last], "it has moved up");
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn sparse_is_more_vacant_than_used_and_many() {
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
