//! Places by values of every type.

use super::dates::around_new_year;
use super::kit::{Kit, MISSING, count, document, numbered, numbers, unit};
use super::values::{BEYOND_64_BITS, LARGE_NUMBERS, NAN_AND_INFINITIES, STRINGS, TYPES};
use crate::query::cursor::Cursor;

/// Goes on after each of `values`, which come one before the next under `field`, both
/// ways; and walks, for which the pages have to tell the values apart.
pub(super) fn check_values(kit: &Kit<'_>, field: &str, values: &[&str]) {
    let store = kit.load(numbered(field, values));
    let ascending = store.ascending(field);
    ascending.clone().goes_on(numbers(0..values.len()));
    ascending.walks(1, numbers(0..values.len()));
    let descending = store.descending(field);
    descending.clone().goes_on(numbers((0..values.len()).rev()));
    descending.walks(3, numbers((0..values.len()).rev()));
}

/// Places that no loaded unit has. Every other value is loaded, then the rest of them.
pub(super) fn check_places(kit: &Kit<'_>, field: &str, values: &[&str]) {
    let documents = numbered(field, values);
    for first in [1, 0] {
        let loaded = (first..values.len()).step_by(2);
        let total = count(loaded.len());
        let store = kit.load(loaded.clone().map(|place| &documents[place]));
        for gone in (1 - first..values.len()).step_by(2) {
            let behind = loaded.clone().filter(|place| *place > gone);
            let ask = store.ascending(field);
            ask.after_document(&documents[gone])
                .shows(numbers(behind), total);
            let before = loaded.clone().rev().filter(|place| *place < gone);
            let ask = store.descending(field);
            ask.after_document(&documents[gone])
                .shows(numbers(before), total);
        }
    }
}

pub(super) fn check_types(kit: &Kit<'_>, field: &str) {
    check_values(kit, field, &TYPES);
    check_places(kit, field, &TYPES);
}

pub(super) fn cursor_types_name(kit: &Kit<'_>) {
    check_types(kit, "name");
}

pub(super) fn cursor_types_visibility(kit: &Kit<'_>) {
    check_types(kit, "visibility");
}

pub(super) fn cursor_types_num_monitors(kit: &Kit<'_>) {
    check_types(kit, "numMonitors");
}

pub(super) fn cursor_types_num_departments(kit: &Kit<'_>) {
    check_types(kit, "numDepartments");
}

pub(super) fn cursor_types_updated_at(kit: &Kit<'_>) {
    check_types(kit, "_updatedAt");
}

/// Missing and null are one value, also that of the place.
pub(super) fn cursor_missing_is_null(kit: &Kit<'_>) {
    for field in [
        "name",
        "visibility",
        "numMonitors",
        "numDepartments",
        "_updatedAt",
    ] {
        let store = kit.load(numbered(
            field,
            &["0", "null", MISSING, "null", MISSING, "-1"],
        ));
        let ascending = || store.ascending(field);
        let descending = || store.descending(field);
        ascending().goes_on(numbers([1, 2, 3, 4, 5, 0]));
        descending().goes_on(numbers([0, 5, 4, 3, 2, 1]));
        store
            .sort(&format!(r#"{{"{field}":1,"_id":-1}}"#))
            .goes_on(numbers([4, 3, 2, 1, 5, 0]));
        let null = format!(r#""{field}":null"#);
        for fields in ["", &null] {
            let ask = ascending().after_document(&unit("0021", fields));
            ask.shows(numbers([3, 4, 5, 0]), 6);
            let ask = descending().after_document(&unit("0021", fields));
            ask.shows(numbers([2, 1]), 6);
        }
    }
}

pub(super) fn cursor_strings_by_bytes(kit: &Kit<'_>) {
    check_values(kit, "name", &STRINGS);
    check_places(kit, "visibility", &STRINGS);
}

/// Whether a number is an integer or a double is no part of its place.
pub(super) fn cursor_of_equal_numbers(kit: &Kit<'_>) {
    let values = [
        r#"{"$numberDouble":"1.0"}"#,
        r#"{"$numberLong":"1"}"#,
        "1",
        r#"{"$numberDouble":"-0.0"}"#,
        "0",
        "2",
    ];
    let store = kit.load(numbered("numMonitors", &values));
    let ascending = || store.sort(r#"{"numMonitors":1}"#);
    ascending().goes_on(numbers([3, 4, 0, 1, 2, 5]));
    let descending = || store.sort(r#"{"numMonitors":-1}"#);
    descending().goes_on(numbers([5, 2, 1, 0, 4, 3]));
    for one in ["1", r#"{"$numberDouble":"1"}"#, r#"{"$numberInt":"1"}"#] {
        let document = unit("0005", &format!(r#""numMonitors":{one}"#));
        let ask = ascending().after_document(&document);
        ask.shows(numbers([1, 2, 5]), 6);
        let ask = descending().after_document(&document);
        ask.shows(numbers([0, 4, 3]), 6);
    }
    let between = unit("0", r#""numMonitors":1.5"#);
    let ask = ascending().after_document(&between);
    ask.shows(numbers([5]), 6);
}

pub(super) fn cursor_of_large_numbers(kit: &Kit<'_>) {
    for field in ["numMonitors", "numDepartments"] {
        check_values(kit, field, &LARGE_NUMBERS);
        check_places(kit, field, &LARGE_NUMBERS);
    }
}

pub(super) fn cursor_of_numbers_beyond_64_bits(kit: &Kit<'_>) {
    check_values(kit, "numMonitors", &BEYOND_64_BITS);
    check_places(kit, "numMonitors", &BEYOND_64_BITS);
}

pub(super) fn cursor_of_nan_and_infinities(kit: &Kit<'_>) {
    check_values(kit, "numMonitors", &NAN_AND_INFINITIES);
    check_places(kit, "numMonitors", &NAN_AND_INFINITIES);
}

/// A place is at an instant, whatever wrote it and wherever.
pub(super) fn cursor_of_dates(kit: &Kit<'_>) {
    let store = around_new_year(kit);
    let ascending = || store.sort(r#"{"_updatedAt":1}"#);
    let descending = || store.sort(r#"{"_updatedAt":-1}"#);
    ascending().goes_on(["6", "7", "4", "8", "3", "2", "1", "5"]);
    ascending().walks(1, ["6", "7", "4", "8", "3", "2", "1", "5"]);
    descending().goes_on(["5", "1", "2", "3", "8", "4", "7", "6"]);
    for new_year in [
        r#""2024-01-01T00:00:00.000Z""#,
        r#"{"$date":"2024-01-01T02:00:00+02:00"}"#,
        r#"{"$date":1704067200000}"#,
    ] {
        let document = unit("4", &format!(r#""_updatedAt":{new_year}"#));
        ascending().after_document(&document).shows(["5"], 8);
        let ask = descending().after_document(&document);
        ask.shows(["1", "2", "3", "8", "4", "7", "6"], 8);
    }
    // Before all dates and behind all strings.
    let earliest = unit("9", r#""_updatedAt":{"$date":{"$numberLong":"-1"}}"#);
    let ask = ascending().after_document(&earliest);
    ask.shows(["3", "2", "1", "5"], 8);
}

/// The place that is read from its text is the place that was written.
pub(super) fn cursor_through_its_text(kit: &Kit<'_>) {
    for field in ["name", "numMonitors", "_updatedAt"] {
        let documents = numbered(field, &TYPES);
        let store = kit.load(&documents);
        let total = count(documents.len());
        let sort = format!(r#"{{"{field}":-1,"visibility":1,"_id":1}}"#);
        for (place, json) in documents.iter().enumerate() {
            let cursor = Cursor::new(&sort.parse().unwrap(), &document(json)).unwrap();
            let text = cursor.to_string();
            let read: Cursor = text.parse().unwrap_or_else(|error| panic!("{error}"));
            let ask = store.all().after_cursor(read);
            ask.shows(numbers((0..place).rev()), total);
        }
    }
}
