//! Stores that go on at another place.

use std::cmp::Ordering;
use std::sync::{Arc, RwLock};

use super::{Answer, answers, assert_found};
use crate::conformance::Fixture;
use crate::conformance::kit::{EVERYTHING, count};
use crate::conformance::own::change;
use crate::order::{Part, SortKey, compare_parts, directed};
use crate::query::UnitQuery;
use crate::query::cursor::Cursor;
use crate::query::page::Page;
use crate::store::{UnitPage, UnitStore};
use crate::unit::Unit;
use crate::unit::value::Value;

/// The same query from the beginning of the order.
fn from_the_beginning(query: &UnitQuery) -> UnitQuery {
    query.clone().with_sort(query.sort().clone())
}

/// The reference, where these units are behind a place.
fn behind(is_behind: fn(&SortKey<'_>, &SortKey<'_>) -> bool) -> Fixture {
    Fixture::lists(move |documents: &[Unit]| {
        let documents = documents.to_vec();
        move |query: &UnitQuery| {
            let Some(cursor) = query.cursor() else {
                return documents.list(query);
            };
            let total = documents.list(query)?.total();
            let mut rest = documents.clone();
            rest.retain(|unit| {
                let key = SortKey::new(query.sort(), unit);
                query.matches(unit) && is_behind(&key.unwrap(), &cursor.key())
            });
            let page = rest.list(&from_the_beginning(query))?;
            Ok(UnitPage::new(page.units().collect(), query.page(), total))
        }
    })
}

/// The key that a unit with this other id would have.
fn with_id_of<'a>(key: &SortKey<'a>, other: &SortKey<'a>) -> SortKey<'a> {
    SortKey::of_parts(key.sort(), key.parts(), other.id())
}

#[test]
fn what_is_behind_is_behind() {
    let by = ["cursor_of_several_keys", "cursor_with_text"];
    assert_found(&behind(|key, place| key > place), &[], &by);
}

#[test]
fn the_cursor_is_ignored() {
    let fault = answers(|documents, query| documents.list(&from_the_beginning(query)));
    let by = [
        "cursor_after_first_middle_and_last",
        "cursor_past_the_end",
        "cursor_with_pages",
        "cursor_walk_by_every_field",
        "random_cursors",
    ];
    assert_found(&fault, &by, &["page_end_to_end", "random_sorts"]);
}

#[test]
fn the_unit_of_the_cursor_comes_again() {
    let fault = behind(|key, place| key >= place);
    let by = [
        "cursor_after_first_middle_and_last",
        "cursor_id",
        "cursor_walk_by_every_size",
        "random_cursors",
    ];
    assert_found(&fault, &by, &[]);
}

/// In every direction of the last key.
#[test]
fn ties_go_on_with_greater_ids() {
    let fault = behind(|key, place| {
        let alike = with_id_of(place, key);
        *key > alike || *key == alike && key.id() > place.id()
    });
    let by = [
        "cursor_among_ties",
        "cursor_of_the_type",
        "cursor_missing_is_null",
        "cursor_walk_by_every_size",
        "random_cursors",
    ];
    assert_found(&fault, &by, &["cursor_name", "cursor_types_num_monitors"]);
}

#[test]
fn ties_are_passed_together() {
    let fault = behind(|key, place| *key > with_id_of(place, key));
    let by = [
        "cursor_among_ties",
        "cursor_of_equal_numbers",
        "cursor_walk_of_600",
    ];
    assert_found(&fault, &by, &["cursor_name"]);
}

/// `a > x AND b > y`, more or less.
#[test]
fn keys_are_compared_each_for_itself() {
    let fault = behind(|key, place| {
        let sort = key.sort().fields();
        let each = key.parts().zip(place.parts()).zip(sort);
        let mut each = each.map(|((part, of_place), field)| {
            let ordering = compare_parts(part, of_place);
            directed(field.direction(), ordering)
        });
        key > place && each.all(Ordering::is_ge)
    });
    let by = ["cursor_of_several_keys", "random_cursors"];
    assert_found(&fault, &by, &["cursor_name", "cursor_among_ties"]);
}

/// As SQL has it: what is compared with null is not true.
#[test]
fn nothing_is_before_or_behind_null() {
    fn is_null(key: &SortKey<'_>) -> bool {
        let first = key.parts().next();
        matches!(first, Some(Part::Missing | Part::Value(Value::Null)))
    }
    let fault = behind(|key, place| key > place && !is_null(key) && !is_null(place));
    let by = [
        "cursor_missing_is_null",
        "cursor_of_a_unit_that_has_changed",
        "cursor_types_name",
        "random_cursors",
    ];
    assert_found(&fault, &by, &["cursor_name", "cursor_of_large_numbers"]);
}

/// As if turning the order round reversed it.
#[test]
fn arrays_are_where_they_are_in_the_other_direction() {
    let fault = answers(|documents, query| {
        let page = documents.list(query)?;
        let Some(cursor) = query.cursor() else {
            return Ok(page);
        };
        let turned = query.sort().reversed();
        let mut rest = documents.to_vec();
        rest.retain(|unit| {
            let place = SortKey::of_parts(&turned, cursor.key().parts(), cursor.id());
            SortKey::new(&turned, unit).unwrap() < place
        });
        let page_of_rest = rest.list(&from_the_beginning(query))?;
        let units = page_of_rest.units().collect();
        Ok(UnitPage::new(units, query.page(), page.total()))
    });
    let by = ["cursor_of_arrays", "cursor_among_tied_arrays"];
    assert_found(&fault, &by, &["cursor_name", "cursor_among_ties"]);
}

#[test]
fn the_total_is_of_what_is_behind() {
    let fault = answers(|documents, query| {
        let everything = documents.list(&query.clone().with_page(EVERYTHING))?;
        let total = count(everything.len());
        let page = documents.list(query)?;
        Ok(UnitPage::new(page.units().collect(), query.page(), total))
    });
    let by = [
        "cursor_after_first_middle_and_last",
        "cursor_past_the_end",
        "cursor_walk_by_every_field",
        "random_cursors",
    ];
    assert_found(&fault, &by, &["page_total", "page_past_the_end"]);
}

#[test]
fn the_offset_counts_from_the_beginning() {
    let fault = answers(|documents, query| {
        let everything = documents.list(&query.clone().with_page(EVERYTHING))?;
        let passed = everything.total() - count(everything.len());
        let offset = query.page().offset().saturating_sub(passed);
        let page = Page::new(offset, query.page().limit());
        let page = documents.list(&query.clone().with_page(page))?;
        Ok(UnitPage::new(
            page.units().collect(),
            query.page(),
            page.total(),
        ))
    });
    let by = [
        "cursor_with_pages",
        "cursor_with_other_limits",
        "random_cursors",
    ];
    let not_by = ["cursor_walk_by_every_size", "page_end_to_end"];
    assert_found(&fault, &by, &not_by);
}

/// The place is that of the unit with the id of the cursor, where it is now.
fn from_the_unit_itself(documents: &[Unit], query: &UnitQuery) -> Answer {
    let unit = query.cursor().and_then(|cursor| {
        let mut documents = documents.iter();
        documents.find(|unit| unit.id() == cursor.id())
    });
    match unit {
        Some(unit) => {
            let cursor = Cursor::new(query.sort(), unit)?;
            documents.list(&query.clone().with_cursor(cursor))
        }
        None => documents.list(&from_the_beginning(query)),
    }
}

#[test]
fn the_unit_of_the_cursor_is_looked_up() {
    let by = [
        "cursor_of_a_unit_that_is_gone",
        "cursor_of_a_unit_that_has_changed",
        "cursor_of_no_keys",
        "random_cursors",
    ];
    let not_by = ["cursor_name", "cursor_walk_by_every_field"];
    assert_found(&answers(from_the_unit_itself), &by, &not_by);
}

#[test]
fn the_unit_of_the_cursor_is_looked_up_while_others_write() {
    let fault = Fixture::stores(<[Unit]>::to_vec).with_writes(|documents| {
        let units = Arc::new(RwLock::new(documents.to_vec()));
        let readers = Arc::clone(&units);
        (
            move |query: &UnitQuery| from_the_unit_itself(&readers.read().unwrap(), query),
            move |made| change(&mut units.write().unwrap(), made),
        )
    });
    let by = [
        "writes_at_the_end_of_a_page",
        "writes_move_units_between_pages",
        "writes_between_pages",
    ];
    assert_found(&fault, &by, &["writes_one_after_another"]);
}

/// The next place is made of a unit that has lost its dates.
#[test]
fn pages_have_units_without_dates() {
    let fault = answers(|documents, query| {
        let page = documents.list(query)?;
        let plain = |unit: Unit| Unit::from_json(unit.as_json()).unwrap();
        let units = page.units().map(plain).collect();
        Ok(UnitPage::new(units, query.page(), page.total()))
    });
    let by = ["cursor_types_name", "cursor_types_undocumented_field"];
    assert_found(
        &fault,
        &by,
        &["cursor_of_dates", "cursor_walk_by_every_field"],
    );
}
