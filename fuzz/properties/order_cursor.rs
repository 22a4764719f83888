//! A cursor is the place of its unit, and its text comes back as the same place.

use std::hash::{DefaultHasher, Hash, Hasher};

use livechat_units::{Cursor, Limit, Page, SortSpec, Unit, UnitQuery, UnitStore};

use super::assert_bounded;
use super::order_input::{Document, Keyed};

/// Deeper ones are not read back in a cursor.
const MOST_LEVELS: usize = Unit::MAX_DEPTH - 2;

/// Any bytes are refused, or a cursor whose text is read as the same one.
pub(super) fn reads_what_it_writes(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match text.parse::<Cursor>() {
        Ok(cursor) => comes_back(&cursor),
        Err(error) => assert_bounded(&error.to_string()),
    }
}

/// A listing goes on after the cursor of a unit with what is greater.
pub(super) fn places_come_back(sort: &SortSpec, documents: &[Document], keyed: &[Keyed<'_>]) {
    let units: Vec<Unit> = documents.iter().map(|d| d.unit.clone()).collect();
    let query = UnitQuery::default()
        .with_sort(sort.clone())
        .with_page(Page::new(0, Limit::Unlimited));
    let whole = units.list(&query);
    for (key, from) in keyed {
        let cursor = Cursor::new(sort, &from.unit).expect("it has a key");
        let place = cursor.key();
        // What all units have in common a cursor has, whatever it is made of.
        if from.unit.is_unit() || !asks_for_the_common(sort) {
            assert!(place == *key, "{cursor:?}");
        }
        assert_eq!((cursor.sort(), cursor.id()), (sort, from.unit.id()));
        if from.tree.depth <= MOST_LEVELS {
            comes_back(&cursor);
        }
        if let Ok(whole) = &whole {
            let query = query.clone().with_cursor(cursor.clone());
            let after = units.list(&query).expect("all have places");
            assert_eq!(after.total(), whole.total());
            let is_greater = |unit: &Unit| {
                let other = keyed.iter().find(|(_, other)| other.unit == *unit);
                other.is_some_and(|(other, _)| *other > place)
            };
            let expected: Vec<Unit> = whole.units().filter(is_greater).collect();
            assert!(after.units().eq(expected), "{sort} after {:?}", from.unit);
        }
    }
}

/// Whether a field of the order has the same value in all units: `type`, or what is in it.
fn asks_for_the_common(sort: &SortSpec) -> bool {
    let mut fields = sort.fields().iter();
    fields.any(|field| field.path().split('.').next() == Some("type"))
}

fn comes_back(cursor: &Cursor) {
    let text = cursor.to_string();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
    assert!(text.bytes().all(is_plain), "{text}");
    match text.parse::<Cursor>() {
        Ok(again) => {
            assert_eq!(&again, cursor);
            assert!(again.key() == cursor.key(), "{text}");
            assert_eq!(hash(&again), hash(cursor));
            assert_eq!(again.to_string(), text);
        }
        Err(error) => assert!(text.len() > Cursor::MAX_BYTES, "{error}"),
    }
}

fn hash(cursor: &Cursor) -> u64 {
    let mut state = DefaultHasher::new();
    cursor.hash(&mut state);
    state.finish()
}
