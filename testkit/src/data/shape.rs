//! The shape that the data must have.

use std::collections::HashSet;

use super::{DAY, ID_ALPHABET, ID_LENGTH, MOST_MONITORS, Row, contains, signed};

/// Panics unless the rows have the shape that the workloads assume: how many names contain
/// a text, how many units share a value.
#[allow(clippy::too_many_lines, reason = "a table of expectations")]
pub fn assert_shape(rows: &[Row]) {
    let size = rows.len();
    let matches = |text: &str| rows.iter().filter(|row| contains(&row.name, text)).count();
    let sales = matches("sales");
    assert!(
        (size * 4..=size * 6).contains(&(sales * 100)),
        "expected `sales` in 4 to 6 % of {size} names, found it in {sales}"
    );
    let rare = matches("qzx");
    assert!(
        (1..=10).contains(&rare),
        "expected `qzx` in 1 to 10 of {size} names, found it in {rare}"
    );
    let one_letter = matches("a");
    assert!(
        one_letter * 2 > size && one_letter < size,
        "expected `a` in more than half of {size} names but not all, found it in {one_letter}"
    );
    for text in ["отд", "ünï", "東京"] {
        let some = matches(text);
        assert!(
            (size * 5..=size * 30).contains(&(some * 1_000)),
            "expected `{text}` in 0.5 to 3 % of {size} names, found it in {some}"
        );
    }
    for row in rows {
        let rare = usize::from(contains(&row.name, "qzx"));
        let words = row.name.split(' ').count() - 1 - rare;
        assert!(
            (2..=4).contains(&words),
            "expected 2 to 4 words and a number, found the name {:?}",
            row.name
        );
    }
    let ids: HashSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let well_made =
        |id: &str| id.len() == ID_LENGTH && id.bytes().all(|byte| ID_ALPHABET.contains(&byte));
    assert!(
        ids.len() == size && ids.iter().all(|id| well_made(id)),
        "expected {size} different ids of {ID_LENGTH} letters of Meteor's alphabet"
    );
    let monitors: HashSet<i64> = rows.iter().map(|row| row.num_monitors).collect();
    assert!(
        monitors == (0..=signed(MOST_MONITORS)).collect(),
        "expected every numMonitors from 0 to {MOST_MONITORS}, found {monitors:?}"
    );
    let public = rows.iter().filter(|row| row.visibility == "public").count();
    assert!(
        (size * 4..=size * 6).contains(&(public * 10)),
        "expected about half of {size} units to be public, found {public}"
    );
    let updates = rows.iter().map(|row| row.updated_millis);
    let years = (updates.clone().max().zip(updates.min()))
        .map_or(0, |(last, first)| (last - first) / signed(365 * DAY));
    assert!(
        years >= 7,
        "expected updates spread over 8 years, found {years}"
    );
}
