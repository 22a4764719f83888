//! Stores that continue at a wrong position after a cursor.

use std::cmp::Ordering;
use std::sync::{Arc, RwLock};

use livechat_units::{Cursor, Page, SortSpec, Unit, UnitPage, UnitQuery, UnitStore};
use livechat_units_conformance::Fixture;

use crate::{Answer, Key, UNLIMITED, answers, assert_found, change, to_u64, without_cursor};

/// The reference with another rule that decides which units follow a cursor.
fn with_rule(is_after: fn(&SortSpec, &Key, &Key) -> bool) -> Fixture {
    Fixture::lists(move |documents: &[Unit]| {
        let documents = documents.to_vec();
        move |query: &UnitQuery| {
            let Some(cursor) = query.cursor() else {
                return documents.list(query);
            };
            let sort = query.sort();
            let position = Key::of(&cursor.key(), cursor.id());
            let total = documents.list(query)?.total();
            let mut rest = documents.clone();
            rest.retain(|unit| {
                query.matches(unit) && is_after(sort, &Key::of_unit(sort, unit), &position)
            });
            let page = rest.list(&without_cursor(query))?;
            Ok(UnitPage::new(page.units().collect(), query.page(), total))
        }
    })
}

#[test]
fn the_right_rule_passes() {
    let right = with_rule(|sort, key, position| key.compare(position, sort).is_gt());
    let not_by = ["cursor_of_several_keys", "cursor_with_text"];
    assert_found(&right, &[], &not_by);
}

#[test]
fn the_cursor_is_ignored() {
    let fault = answers(|documents, query| documents.list(&without_cursor(query)));
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
fn the_unit_of_the_cursor_is_repeated() {
    let fault = with_rule(|sort, key, position| key.compare(position, sort).is_ge());
    let by = [
        "cursor_after_first_middle_and_last",
        "cursor_id",
        "cursor_walk_by_every_size",
        "random_cursors",
    ];
    assert_found(&fault, &by, &[]);
}

/// Units that tie with the position continue with greater ids even if the last field is
/// descending.
#[test]
fn ties_continue_with_greater_ids() {
    let fault = with_rule(|sort, key, position| {
        let values = key.compare_values(position, sort);
        values.then_with(|| key.id.cmp(&position.id)).is_gt()
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
fn ties_are_skipped() {
    let fault = with_rule(|sort, key, position| key.compare_values(position, sort).is_gt());
    let by = [
        "cursor_among_ties",
        "cursor_of_equal_numbers",
        "cursor_walk_of_600",
    ];
    assert_found(&fault, &by, &["cursor_name"]);
}

/// Like the condition `a >= x AND b >= y`, where `a` should decide before `b`.
#[test]
fn keys_are_compared_independently() {
    let fault = with_rule(|sort, key, position| {
        let mut each = key.compare_each(position, sort).into_iter();
        key.compare(position, sort).is_gt() && each.all(Ordering::is_ge)
    });
    let by = ["cursor_of_several_keys", "random_cursors"];
    assert_found(&fault, &by, &["cursor_name", "cursor_among_ties"]);
}

/// As in SQL, where no comparison with NULL is true.
#[test]
fn comparisons_with_null_are_false() {
    /// The key string of null, and of a missing field.
    const NULL: [u8; 1] = [2];
    fn is_null(key: &Key) -> bool {
        key.values.first().is_some_and(|first| *first == NULL)
    }
    let fault = with_rule(|sort, key, position| {
        key.compare(position, sort).is_gt() && !is_null(key) && !is_null(position)
    });
    let by = [
        "cursor_missing_is_null",
        "cursor_of_a_unit_that_has_changed",
        "cursor_types_name",
        "random_cursors",
    ];
    assert_found(&fault, &by, &["cursor_name", "cursor_of_large_numbers"]);
}

/// A store that reads an index of the reversed sort order backwards. In the reversed order, an
/// array sorts by another element.
#[test]
fn arrays_are_compared_as_in_the_reversed_order() {
    let fault = answers(|documents, query| {
        let page = documents.list(query)?;
        let Some(cursor) = query.cursor() else {
            return Ok(page);
        };
        let reversed = query.sort().reversed();
        let position = Key::of(&cursor.key(), cursor.id());
        let mut rest = documents.to_vec();
        rest.retain(|unit| {
            let key = Key::of_unit(&reversed, unit);
            key.compare(&position, &reversed).is_lt()
        });
        let rest = rest.list(&without_cursor(query))?;
        let units = rest.units().collect();
        Ok(UnitPage::new(units, query.page(), page.total()))
    });
    let by = ["cursor_of_arrays", "cursor_among_tied_arrays"];
    assert_found(&fault, &by, &["cursor_name", "cursor_among_ties"]);
}

#[test]
fn the_total_counts_only_what_follows() {
    let fault = answers(|documents, query| {
        let unlimited = documents.list(&query.clone().with_page(UNLIMITED))?;
        let total = to_u64(unlimited.len());
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
fn the_offset_counts_from_the_first_unit() {
    let fault = answers(|documents, query| {
        let unlimited = documents.list(&query.clone().with_page(UNLIMITED))?;
        let before = unlimited.total() - to_u64(unlimited.len());
        let offset = query.page().offset().saturating_sub(before);
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

/// Continues after the unit with the id of the cursor, at the position that the unit has now.
fn list_after_current_unit(documents: &[Unit], query: &UnitQuery) -> Answer {
    let unit = query.cursor().and_then(|cursor| {
        let mut documents = documents.iter();
        documents.find(|unit| unit.id() == cursor.id())
    });
    match unit {
        Some(unit) => {
            let cursor = Cursor::new(query.sort(), unit)?;
            documents.list(&query.clone().with_cursor(cursor))
        }
        None => documents.list(&without_cursor(query)),
    }
}

#[test]
fn the_unit_of_the_cursor_is_looked_up() {
    let by = [
        "cursor_of_a_unit_that_is_gone",
        "cursor_of_a_unit_that_has_changed",
        "cursor_of_an_empty_sort",
        "random_cursors",
    ];
    let not_by = ["cursor_name", "cursor_walk_by_every_field"];
    assert_found(&answers(list_after_current_unit), &by, &not_by);
}

#[test]
fn the_unit_of_the_cursor_is_looked_up_while_others_write() {
    let fault = Fixture::stores(<[Unit]>::to_vec).with_writes(|documents| {
        let units = Arc::new(RwLock::new(documents.to_vec()));
        let readers = Arc::clone(&units);
        (
            move |query: &UnitQuery| list_after_current_unit(&readers.read().unwrap(), query),
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

/// The listed units have strings in place of dates, so the next cursor has strings too.
#[test]
fn pages_contain_dates_as_strings() {
    let fault = answers(|documents, query| {
        let page = documents.list(query)?;
        let without_dates = |unit: Unit| Unit::from_json(unit.as_json()).unwrap();
        let units = page.units().map(without_dates).collect();
        Ok(UnitPage::new(units, query.page(), page.total()))
    });
    let by = ["cursor_types_name", "cursor_types_undocumented_field"];
    assert_found(
        &fault,
        &by,
        &["cursor_of_dates", "cursor_walk_by_every_field"],
    );
}
