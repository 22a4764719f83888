//! Sorting by fields that contain dates.

use crate::checks::check_ascending;
use crate::data::{numbered, numbers, unit};
use crate::loaded::Loaded;
use crate::run::Run;

pub(super) fn sort_dates_by_instant(run: &Run<'_>) {
    check_ascending(
        run,
        "v",
        &[
            // Strings that look like dates are strings. They sort before dates.
            r#""1970-01-01T00:00:00.000Z""#,
            r#""2022-09-15T11:44:32.103Z""#,
            "true",
            r#"{"$date":"1969-12-31T23:59:59.999Z"}"#,
            r#"{"$date":{"$numberLong":"0"}}"#,
            r#"{"$date":"1970-01-01T00:00:00.001Z"}"#,
            r#"{"$date":"2022-09-15T13:44:32.103+02:00"}"#,
            r#"{"$date":"2022-09-15T11:44:32.104Z"}"#,
            r#"{"$date":"2022-09-15T11:44:33Z"}"#,
            r#"{"$date":"2022-10-01T00:00:00Z"}"#,
        ],
    );
}

pub(super) fn sort_dates_in_custom_fields(run: &Run<'_>) {
    let since = |date: &str| format!(r#""customFields":{{"since":{{"$date":"{date}"}}}}"#);
    let store = run.load([
        unit("1", &since("2024-01-01T00:30:00+01:00")),
        unit("2", &since("2024-01-01T00:00:00Z")),
        unit("3", &since("2023-12-31T23:29:59.999Z")),
        unit(
            "4",
            r#""customFields":{"since":"2023-12-31T23:00:00.000Z"}"#,
        ),
        unit("5", r#""customFields":{"since":false}"#),
    ]);
    store
        .sort(r#"{"customFields.since":1}"#)
        .lists(["4", "5", "3", "1", "2"]);
    store
        .sort(r#"{"customFields.since":-1}"#)
        .lists(["2", "1", "3", "5", "4"]);
}

pub(super) fn sort_dates_of_far_years(run: &Run<'_>) {
    let values = [
        r#"{"$date":{"$numberLong":"-8640000000000000"}}"#,
        r#"{"$date":{"$numberLong":"-62198755200000"}}"#,
        r#"{"$date":"0001-01-01T00:00:00Z"}"#,
        r#"{"$date":"9999-12-31T23:59:59.999Z"}"#,
        r#"{"$date":{"$numberLong":"253402300800000"}}"#,
        r#"{"$date":{"$numberLong":"8640000000000000"}}"#,
    ];
    check_ascending(run, "v", &values);
    check_ascending(run, "_updatedAt", &values);
}

/// Units whose `_updatedAt` is a date, a string in the form of a date, another string, another
/// value, or missing.
pub(super) fn around_new_year(run: &Run<'_>) -> Loaded {
    run.load([
        unit("1", r#""_updatedAt":"2024-01-01T00:00:00.000Z""#),
        unit("2", r#""_updatedAt":{"$date":"2023-12-31T23:59:59.999Z"}"#),
        unit("3", r#""_updatedAt":{"$date":"2024-01-01T00:30:00+01:00"}"#),
        unit("4", r#""_updatedAt":"soon""#),
        unit(
            "5",
            r#""_updatedAt":{"$date":{"$numberLong":"1704067200000"}}"#,
        ),
        unit("6", ""),
        unit("7", r#""_updatedAt":"2024-01-01""#),
        unit("8", r#""_updatedAt":false"#),
    ])
}

pub(super) fn sort_updated_at_is_an_instant(run: &Run<'_>) {
    let store = around_new_year(run);
    store
        .sort(r#"{"_updatedAt":1}"#)
        .lists(["6", "7", "4", "8", "3", "2", "1", "5"]);
    store
        .sort(r#"{"_updatedAt":-1}"#)
        .lists(["5", "1", "2", "3", "8", "4", "7", "6"]);
}

/// A string without milliseconds is a date too in `_updatedAt`, and is answered as it was written.
pub(super) fn sort_updated_at_without_milliseconds(run: &Run<'_>) {
    let values = [
        r#""2023-12-31T23:59:59Z""#,
        r#""2024-01-01T00:00:00.000Z""#,
        r#""2024-01-01T00:00:01Z""#,
        r#""2024-01-01T00:00:01.001Z""#,
    ];
    check_ascending(run, "_updatedAt", &values);
    let equal = [r#""2024-01-01T00:00:00Z""#, r#""2024-01-01T00:00:00.000Z""#];
    let store = run.load(numbered("_updatedAt", &equal));
    store.sort(r#"{"_updatedAt":1}"#).lists(numbers([0, 1]));
    store.sort(r#"{"_updatedAt":-1}"#).lists(numbers([1, 0]));
}
