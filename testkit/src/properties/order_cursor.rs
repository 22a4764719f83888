//! A cursor has the position of its unit, and its text is read back as the same position.

use std::hash::{DefaultHasher, Hash, Hasher};

use livechat_units::{Cursor, Limit, Page, SortSpec, Unit, UnitQuery, UnitStore};

use super::assert_bounded;
use super::order_input::{Document, Keyed};

/// Deeper values cannot be read back from a cursor.
const MOST_LEVELS: usize = Unit::MAX_DEPTH - 2;

/// Any bytes are refused, or are a cursor whose text is read back as the same cursor.
pub(super) fn reads_what_it_writes(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match text.parse::<Cursor>() {
        Ok(cursor) => comes_back(&cursor),
        Err(error) => assert_bounded(&error.to_string()),
    }
}

/// A page after the cursor of a unit begins with the next greater unit.
pub(super) fn positions_survive_a_round_trip(
    sort: &SortSpec,
    documents: &[Document],
    keyed: &[Keyed<'_>],
) {
    let units: Vec<Unit> = documents.iter().map(|d| d.unit.clone()).collect();
    let query = UnitQuery::default()
        .with_sort(sort.clone())
        .with_page(Page::new(0, Limit::Unlimited));
    let whole = units.list(&query);
    for (key, from) in keyed {
        let cursor = Cursor::new(sort, &from.unit).expect("it has a key");
        let place = cursor.key();
        // All units share `type`, so a cursor has it even if its document does not.
        if from.unit.is_unit() || !sorts_by_type(sort) {
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

/// Whether the sort contains `type`, or a path into it: all units have the same value.
fn sorts_by_type(sort: &SortSpec) -> bool {
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
