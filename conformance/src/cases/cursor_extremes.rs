//! Cursors of odd and long names and ids.

use super::cursor_values::{check_positions, check_values};
use super::extremes::ODD_IDS;
use super::values::STRINGS_WITH_NUL;
use crate::data::{named, numbered_names, numbers, to_u64};
use crate::run::Run;

/// Names that are equal under some folding, are patterns or literals of some language, or have
/// unusual characters.
const ODD_NAMES: [&str; 60] = [
    "K",
    "k",
    "\u{212A}",
    "S",
    "s",
    "ſ",
    "ß",
    "ẞ",
    "ss",
    "I",
    "i",
    "İ",
    "ı",
    "i\u{307}",
    "Σ",
    "σ",
    "ς",
    "Å",
    "A\u{30A}",
    "\u{212B}",
    "µ",
    "μ",
    "ǅ",
    "ﬁ",
    "\u{10400}",
    "\u{10428}",
    "%",
    "_",
    "\\",
    "\\%",
    "'",
    "''",
    "\"",
    "`",
    "*",
    "?",
    "[a]",
    ".*",
    "^",
    "$",
    "$1",
    "(",
    "|",
    "'; --",
    "{\"$gt\":\"\"}",
    "{}",
    "[]",
    "null",
    "NULL",
    "1",
    "01",
    "1e0",
    " ",
    "a ",
    "a\n",
    "\u{1}",
    "\u{FEFF}",
    "&x=1",
    "%00",
    "+",
];

/// A name in a cursor is data, whatever the language of the database, and is compared by bytes.
pub(super) fn cursor_of_odd_names(run: &Run<'_>) {
    let mut names = ODD_NAMES;
    names.sort_unstable();
    let store = run.load(numbered_names(names));
    store.all().lists_after_each(numbers(0..names.len()));
    store
        .sort(r#"{"name":-1}"#)
        .lists_after_each(numbers((0..names.len()).rev()));
    // Positions directly before each unit, in both directions.
    for (index, name) in names.iter().enumerate() {
        let total = to_u64(names.len());
        let query = store.all().page(0, 1);
        query
            .after_document(&named(" ", name))
            .page_shows(numbers([index]), total);
        let query = store.sort(r#"{"name":-1}"#).page(0, 1);
        query
            .after_document(&named("999", name))
            .page_shows(numbers([index]), total);
    }
}

/// An id in a cursor is data as well.
pub(super) fn cursor_of_odd_ids(run: &Run<'_>) {
    let mut ids = ODD_IDS;
    ids.sort_unstable();
    let store = run.load(ids.map(|id| named(id, "same")));
    store.all().lists_after_each(ids);
    store
        .sort(r#"{"numMonitors":-1}"#)
        .lists_after_each(ids.into_iter().rev());
    store.sort("{}").lists_after_each(ids);
}

/// Ids that differ only in their last byte.
pub(super) fn cursor_of_ids_of_300_bytes(run: &Run<'_>) {
    let long = "a long id ".repeat(29) + "its end: ";
    let id = |last: char| format!("{long}{last}");
    let store = run.load(['b', 'a', 'B'].map(|last| named(&id(last), "same")));
    store.all().lists_after_each(['B', 'a', 'b'].map(id));
    store
        .sort(r#"{"name":-1}"#)
        .lists_after_each(['b', 'a', 'B'].map(id));
    let query = store.all().after_document(&named(&long, "same"));
    query.page_shows(['B', 'a', 'b'].map(id), 3);
}

pub(super) fn cursor_of_names_of_1000_bytes(run: &Run<'_>) {
    check_long_names(run, 1_000);
}

pub(super) fn cursor_of_names_of_4000_bytes(run: &Run<'_>) {
    check_long_names(run, 4_000);
}

/// Too long for the text of a cursor, but not for a cursor.
pub(super) fn cursor_of_names_of_100_kilobytes(run: &Run<'_>) {
    check_long_names(run, 100_000);
}

/// Names that differ only in their last byte.
fn check_long_names(run: &Run<'_>, bytes: usize) {
    let long: String = "Sales of everything "
        .chars()
        .cycle()
        .take(bytes - 1)
        .collect();
    let name = |last: char| format!("{long}{last}");
    let store = run.load([
        named("1", &name('b')),
        named("2", &name('C')),
        named("3", &name('a')),
        named("4", &long),
        named("5", &name('a')),
    ]);
    let descending = || store.sort(r#"{"name":-1}"#);
    store.all().lists_after_each(["4", "2", "3", "5", "1"]);
    store.all().walks(2, ["4", "2", "3", "5", "1"]);
    descending().lists_after_each(["1", "5", "3", "2", "4"]);
    let gone = named("4", &name('a'));
    store.all().after_document(&gone).page_shows(["5", "1"], 5);
    descending()
        .after_document(&gone)
        .page_shows(["3", "2", "4"], 5);
}

/// The values of the cursor are longer than those of any unit.
pub(super) fn cursor_longer_than_all_units(run: &Run<'_>) {
    let store = run.load([named("1", "Sales"), named("2", "Support")]);
    for bytes in [4_000, 100_000] {
        let long = named("1", &"Sales ".repeat(bytes / 6));
        store.all().after_document(&long).page_shows(["2"], 2);
        let query = store.sort(r#"{"name":-1}"#).text("s");
        query.after_document(&long).page_shows(["1"], 2);
        let query = store.sort(r#"{"numMonitors":1}"#);
        query
            .after_document(&named(&"1".repeat(bytes), ""))
            .page_shows(["2"], 2);
    }
}

pub(super) fn cursor_with_nul(run: &Run<'_>) {
    check_values(run, "name", &STRINGS_WITH_NUL);
    check_positions(run, "name", &STRINGS_WITH_NUL);
}
