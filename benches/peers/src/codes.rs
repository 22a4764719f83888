//! The second data set: each name is a code, so no word repeats.

use std::collections::HashSet;

use livechat_units_testkit::data::{self, Row, contains};

/// The first data set with other names. The codes are in random order.
pub(crate) fn rows(size: usize) -> Vec<Row> {
    // A prime: no code repeats if it does not divide the size.
    const STEP: usize = 7_919;
    let code = |index: usize| (index * STEP + 1) % size;
    let renamed = |(index, row)| Row {
        name: format!("Unit-{:07}", code(index)),
        ..row
    };
    let rows: Vec<Row> = data::rows(size).enumerate().map(renamed).collect();
    assert_shape(&rows);
    rows
}

fn assert_shape(rows: &[Row]) {
    let names: HashSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), rows.len(), "expected names that all differ");
    let matches = |text| rows.iter().filter(|row| contains(&row.name, text)).count();
    assert_eq!(matches("unit"), rows.len(), "expected `unit` in every name");
    assert_eq!(matches("unit-0001234"), 1, "expected one name of this code");
}
