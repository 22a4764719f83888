//! Texts and names at the limits of the index of trigrams and of the blocks of names.

use livechat_units::{TextFilter, Unit, UnitQuery, UnitStore};
use livechat_units_sqlite::{SqliteOptions, SqliteStore};

use crate::documents::unit;

/// Two stores with these names. The first loads all of them at once. The second loads other
/// names and then replaces one name after another.
fn stores(names: &[&str]) -> [(SqliteStore, Vec<Unit>); 2] {
    let numbered = names.iter().enumerate();
    let units: Vec<Unit> = numbered
        .map(|(id, name)| unit(&format!("{id:03}"), name))
        .collect();
    let loaded = SqliteOptions::new().open_in_memory().unwrap();
    loaded.replace_all(units.clone()).unwrap();
    let renamed = SqliteOptions::new().open_in_memory().unwrap();
    renamed
        .replace_all(units.iter().map(|old| unit(old.id(), "before")))
        .unwrap();
    for unit in &units {
        renamed.upsert(unit).unwrap();
    }
    [(loaded, units.clone()), (renamed, units)]
}

/// Checks that each text matches this number of names, and that the page is equal to the page
/// of the reference.
#[track_caller]
fn assert_finds(names: &[&str], texts: &[(&str, u64)]) {
    for (store, units) in stores(names) {
        for &(text, count) in texts {
            let text: TextFilter = text.parse().unwrap();
            let query = UnitQuery::default().with_text(text);
            let found = store.list(&query).unwrap();
            assert_eq!(found, units.list(&query).unwrap(), "{query:?}");
            assert_eq!(found.total(), count, "{query:?}");
        }
    }
}

/// The tokenizer of FTS5 skips U+0000 or stops at it, and reads U+FFFE and U+FFFF as U+FFFD.
#[test]
fn characters_that_the_tokenizer_confuses_are_distinguished() {
    let names = [
        "ab\0cd",
        "abcd",
        "\0abc",
        "ab\u{FFFD}cd",
        "ab\u{FFFE}cd",
        "ab\u{FFFF}cd",
        "ab\u{FFFD}\u{FFFE}",
        "\0\0\0",
    ];
    let texts = [
        ("abc", 2),
        ("abcd", 1),
        ("b\u{FFFD}c", 1),
        ("b\u{FFFE}c", 1),
        ("b\u{FFFF}c", 1),
        ("\u{FFFD}\u{FFFE}", 1),
        ("ab\u{FFFD}\u{FFFE}", 1),
        ("\u{FFFD}\u{FFFD}\u{FFFD}", 0),
        ("\u{FFFD}", 2),
        ("d", 5),
    ];
    assert_finds(&names, &texts);
}

#[test]
fn texts_that_differ_after_32_characters_match_different_names() {
    let common = "0123456789abcdef".repeat(2);
    let names = ["x", "y", ""].map(|end| format!("{common}{end}"));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let texts = [
        (common.clone(), 3),
        (format!("{common}x"), 1),
        (format!("{common}Y"), 1),
        (format!("{common}z"), 0),
        (common.repeat(1_000), 0),
    ];
    let texts: Vec<(&str, u64)> = texts.iter().map(|(text, n)| (text.as_str(), *n)).collect();
    assert_finds(&names, &texts);
}

#[test]
fn short_texts_match_names_that_are_too_long_for_a_block() {
    let long = [4_095, 4_096, 4_097, 100_000].map(|bytes| format!("{}q", "x".repeat(bytes - 1)));
    let mut names: Vec<&str> = long.iter().map(String::as_str).collect();
    names.extend(["q", "x"]);
    assert_finds(
        &names,
        &[("q", 5), ("xq", 4), ("x", 5), ("qx", 0), ("xxq", 4)],
    );
}

/// The names are in several blocks.
#[test]
fn no_text_matches_across_two_names() {
    let names: Vec<&str> = ["ab", "cd", ""].into_iter().cycle().take(300).collect();
    assert_finds(&names, &[("bc", 0), ("da", 0), ("ab", 100), ("d", 100)]);
}

#[test]
fn operators_of_fts5_in_a_text_are_literal() {
    let names = [
        "a\"b\"c",
        "abc*",
        "NEAR(abc)",
        "folded : abc",
        "-abc",
        "^abc",
        "a AND b",
        "a'b;--",
    ];
    let texts = [
        ("\"b\"", 1),
        ("abc*", 1),
        ("near(", 1),
        ("folded : abc", 1),
        ("-abc", 1),
        ("^abc", 1),
        (" and ", 1),
        ("'b;--", 1),
        ("abc", 5),
        ("\"\"\"", 0),
        ("%", 0),
    ];
    assert_finds(&names, &texts);
}
