//! Cursors of values of every type.

use livechat_units::Cursor;

use super::dates::around_new_year;
use super::values::{BEYOND_64_BITS, LARGE_NUMBERS, NAN_AND_INFINITIES, STRINGS, TYPES};
use crate::data::{MISSING, document, numbered, numbers, to_u64, unit};
use crate::run::Run;

/// Checks the units after a cursor for each of `values`, which are in ascending order under
/// `field`, in both directions. Then walks: those cursors are made from the units of a page.
pub(super) fn check_values(run: &Run<'_>, field: &str, values: &[&str]) {
    let store = run.load(numbered(field, values));
    let ascending = store.ascending(field);
    ascending.clone().lists_after_each(numbers(0..values.len()));
    ascending.walks(1, numbers(0..values.len()));
    let descending = store.descending(field);
    descending
        .clone()
        .lists_after_each(numbers((0..values.len()).rev()));
    descending.walks(3, numbers((0..values.len()).rev()));
}

/// Checks cursors whose units are not loaded: every other value is loaded, then the others.
pub(super) fn check_positions(run: &Run<'_>, field: &str, values: &[&str]) {
    let documents = numbered(field, values);
    for first in [1, 0] {
        let loaded = (first..values.len()).step_by(2);
        let total = to_u64(loaded.len());
        let store = run.load(loaded.clone().map(|index| &documents[index]));
        for gone in (1 - first..values.len()).step_by(2) {
            let after = loaded.clone().filter(|index| *index > gone);
            let query = store.ascending(field);
            query
                .after_document(&documents[gone])
                .page_shows(numbers(after), total);
            let before = loaded.clone().rev().filter(|index| *index < gone);
            let query = store.descending(field);
            query
                .after_document(&documents[gone])
                .page_shows(numbers(before), total);
        }
    }
}

pub(super) fn check_types(run: &Run<'_>, field: &str) {
    check_values(run, field, &TYPES);
    check_positions(run, field, &TYPES);
}

pub(super) fn cursor_types_name(run: &Run<'_>) {
    check_types(run, "name");
}

pub(super) fn cursor_types_visibility(run: &Run<'_>) {
    check_types(run, "visibility");
}

pub(super) fn cursor_types_num_monitors(run: &Run<'_>) {
    check_types(run, "numMonitors");
}

pub(super) fn cursor_types_num_departments(run: &Run<'_>) {
    check_types(run, "numDepartments");
}

pub(super) fn cursor_types_updated_at(run: &Run<'_>) {
    check_types(run, "_updatedAt");
}

/// Missing and null are equal, also in a cursor.
pub(super) fn cursor_missing_is_null(run: &Run<'_>) {
    for field in [
        "name",
        "visibility",
        "numMonitors",
        "numDepartments",
        "_updatedAt",
    ] {
        let store = run.load(numbered(
            field,
            &["0", "null", MISSING, "null", MISSING, "-1"],
        ));
        let ascending = || store.ascending(field);
        let descending = || store.descending(field);
        ascending().lists_after_each(numbers([1, 2, 3, 4, 5, 0]));
        descending().lists_after_each(numbers([0, 5, 4, 3, 2, 1]));
        store
            .sort(&format!(r#"{{"{field}":1,"_id":-1}}"#))
            .lists_after_each(numbers([4, 3, 2, 1, 5, 0]));
        let null = format!(r#""{field}":null"#);
        for fields in ["", &null] {
            let query = ascending().after_document(&unit("0021", fields));
            query.page_shows(numbers([3, 4, 5, 0]), 6);
            let query = descending().after_document(&unit("0021", fields));
            query.page_shows(numbers([2, 1]), 6);
        }
    }
}

pub(super) fn cursor_strings_by_bytes(run: &Run<'_>) {
    check_values(run, "name", &STRINGS);
    check_positions(run, "visibility", &STRINGS);
}

/// Integers and doubles of the same value have the same position.
pub(super) fn cursor_of_equal_numbers(run: &Run<'_>) {
    let values = [
        r#"{"$numberDouble":"1.0"}"#,
        r#"{"$numberLong":"1"}"#,
        "1",
        r#"{"$numberDouble":"-0.0"}"#,
        "0",
        "2",
    ];
    let store = run.load(numbered("numMonitors", &values));
    let ascending = || store.sort(r#"{"numMonitors":1}"#);
    ascending().lists_after_each(numbers([3, 4, 0, 1, 2, 5]));
    let descending = || store.sort(r#"{"numMonitors":-1}"#);
    descending().lists_after_each(numbers([5, 2, 1, 0, 4, 3]));
    for one in ["1", r#"{"$numberDouble":"1"}"#, r#"{"$numberInt":"1"}"#] {
        let document = unit("0005", &format!(r#""numMonitors":{one}"#));
        let query = ascending().after_document(&document);
        query.page_shows(numbers([1, 2, 5]), 6);
        let query = descending().after_document(&document);
        query.page_shows(numbers([0, 4, 3]), 6);
    }
    let between = unit("0", r#""numMonitors":1.5"#);
    let query = ascending().after_document(&between);
    query.page_shows(numbers([5]), 6);
}

pub(super) fn cursor_of_large_numbers(run: &Run<'_>) {
    for field in ["numMonitors", "numDepartments"] {
        check_values(run, field, &LARGE_NUMBERS);
        check_positions(run, field, &LARGE_NUMBERS);
    }
}

pub(super) fn cursor_of_numbers_beyond_64_bits(run: &Run<'_>) {
    check_values(run, "numMonitors", &BEYOND_64_BITS);
    check_positions(run, "numMonitors", &BEYOND_64_BITS);
}

pub(super) fn cursor_of_nan_and_infinities(run: &Run<'_>) {
    check_values(run, "numMonitors", &NAN_AND_INFINITIES);
    check_positions(run, "numMonitors", &NAN_AND_INFINITIES);
}

/// A date has the position of its instant, whatever its form and its time zone.
pub(super) fn cursor_of_dates(run: &Run<'_>) {
    let store = around_new_year(run);
    let ascending = || store.sort(r#"{"_updatedAt":1}"#);
    let descending = || store.sort(r#"{"_updatedAt":-1}"#);
    ascending().lists_after_each(["6", "7", "4", "8", "3", "2", "1", "5"]);
    ascending().walks(1, ["6", "7", "4", "8", "3", "2", "1", "5"]);
    descending().lists_after_each(["5", "1", "2", "3", "8", "4", "7", "6"]);
    for new_year in [
        r#""2024-01-01T00:00:00.000Z""#,
        r#"{"$date":"2024-01-01T02:00:00+02:00"}"#,
        r#"{"$date":1704067200000}"#,
    ] {
        let document = unit("4", &format!(r#""_updatedAt":{new_year}"#));
        ascending().after_document(&document).page_shows(["5"], 8);
        let query = descending().after_document(&document);
        query.page_shows(["1", "2", "3", "8", "4", "7", "6"], 8);
    }
    // After all strings and before all dates.
    let earliest = unit("9", r#""_updatedAt":{"$date":{"$numberLong":"-1"}}"#);
    let query = ascending().after_document(&earliest);
    query.page_shows(["3", "2", "1", "5"], 8);
}

/// A cursor that is read from its text has the position of the cursor that was written.
pub(super) fn cursor_read_from_its_text(run: &Run<'_>) {
    for field in ["name", "numMonitors", "_updatedAt"] {
        let documents = numbered(field, &TYPES);
        let store = run.load(&documents);
        let total = to_u64(documents.len());
        let sort = format!(r#"{{"{field}":-1,"visibility":1,"_id":1}}"#);
        for (index, json) in documents.iter().enumerate() {
            let cursor = Cursor::new(&sort.parse().unwrap(), &document(json)).unwrap();
            let text = cursor.to_string();
            let read: Cursor = text.parse().unwrap_or_else(|error| panic!("{error}"));
            let query = store.all().after_cursor(read);
            query.page_shows(numbers((0..index).rev()), total);
        }
    }
}
