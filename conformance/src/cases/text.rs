//! Texts and names of every length: a text matches the names that contain it.

use livechat_units::TextFilter;

use crate::checks::check_texts;
use crate::data::{MISSING, named, numbered, unit};
use crate::run::Run;

pub(super) fn text_is_a_part_of_the_name(run: &Run<'_>) {
    check_texts(
        run,
        &["sales", "wholesales unit", "Sale", "units", "ales", ""],
        &[
            ("sales", &[0, 1]),
            ("sale", &[0, 1, 2]),
            ("ales", &[0, 1, 4]),
            ("ales u", &[1]),
            ("unit", &[1, 3]),
            ("units", &[3]),
            ("wholesales units", &[]),
            ("unit wholesales", &[]),
            ("salesunit", &[]),
            ("zzz", &[]),
        ],
    );
}

/// The example of the API documentation.
pub(super) fn text_with_sort_and_page(run: &Run<'_>) {
    let store = run.load([
        named("1", "business unit test"),
        named("2", "Sales Unit"),
        named("3", "abc"),
        named("4", "UNIT"),
    ]);
    let by_name = || store.text("unit").sort(r#"{"name":-1}"#);
    by_name().lists(["1", "4", "2"]);
    by_name().page(0, 1).page_shows(["1"], 3);
    by_name().page(1, 1).page_shows(["4"], 3);
    by_name().page(2, 5).page_shows(["2"], 3);
    by_name().page(3, 5).page_shows([""; 0], 3);
    store.text("UNIT").sort("{}").lists(["1", "2", "4"]);
}

pub(super) fn text_of_one_character(run: &Run<'_>) {
    check_texts(
        run,
        &["a", "ba", "b", "", "é", "中a", "1"],
        &[
            ("a", &[0, 1, 5]),
            ("b", &[1, 2]),
            ("é", &[4]),
            ("中", &[5]),
            ("1", &[6]),
            ("c", &[]),
            (" ", &[]),
        ],
    );
}

pub(super) fn text_of_two_characters(run: &Run<'_>) {
    check_texts(
        run,
        &["ab", "ba", "a b", "aab", "中文ab", "abc"],
        &[
            ("ab", &[0, 3, 4, 5]),
            ("ba", &[1]),
            ("a ", &[2]),
            ("aa", &[3]),
            ("中文", &[4]),
            ("文a", &[4]),
            ("cc", &[]),
        ],
    );
}

pub(super) fn text_of_three_characters(run: &Run<'_>) {
    check_texts(
        run,
        &["abc", "cab", "ab c", "xabcx", "中文字", "ABC"],
        &[
            ("abc", &[0, 3, 5]),
            ("b c", &[2]),
            ("cab", &[1]),
            ("中文字", &[4]),
            ("bca", &[]),
        ],
    );
}

pub(super) fn text_that_overlaps_itself(run: &Run<'_>) {
    check_texts(
        run,
        &["aaab", "abaabab", "banana", "abcabcabd", "aab", "abab"],
        &[
            ("aab", &[0, 1, 4]),
            ("abab", &[1, 5]),
            ("anana", &[2]),
            ("abcabd", &[3]),
            ("aaaa", &[]),
        ],
    );
}

pub(super) fn text_ignores_names_of_other_types(run: &Run<'_>) {
    let names = [
        MISSING,
        "null",
        "5",
        "true",
        r#"{"$date":"2022-09-15T11:44:32.103Z"}"#,
        r#"{"a":"sales"}"#,
        "[]",
        r#""sales null 5 true 2022 a [] {}""#,
    ];
    let store = run.load(numbered("name", &names));
    for text in [
        "sales", "null", "5", "true", "2022", "a", "[]", "{}", " ", "e",
    ] {
        store.text(text).lists(["007"]);
    }
    store.text("object").lists([""; 0]);
    store.text("undefined").lists([""; 0]);
}

/// A condition of MongoDB would match an element of the array.
pub(super) fn text_ignores_arrays_of_names(run: &Run<'_>) {
    let names = [r#"["sales"]"#, r#""sales""#, r#"["a","Sales unit"]"#];
    let store = run.load(numbered("name", &names));
    store.text("sales").lists(["001"]);
    store.text("a").lists(["001"]);
    store.text("unit").lists([""; 0]);
}

/// A unit with an empty name is listed, and matches no text.
pub(super) fn text_in_an_empty_name(run: &Run<'_>) {
    let store = run.load([named("1", ""), named("2", " "), unit("3", "")]);
    store.all().lists(["3", "1", "2"]);
    store.text(" ").lists(["2"]);
    store.text("a").lists([""; 0]);
}

pub(super) fn text_in_a_name_of_thousands_of_characters(run: &Run<'_>) {
    let long = |end: &str| format!("{}{end}", "lorem ipsum ".repeat(120));
    check_texts(
        run,
        &[&long("Needle"), &long("nail"), "needle", &long("é")],
        &[
            ("needle", &[0, 2]),
            ("ipsum needle", &[0]),
            ("nail", &[1]),
            ("m é", &[3]),
            ("lorem", &[0, 1, 3]),
            ("ipsum lorem ipsum", &[0, 1, 3]),
        ],
    );
}

pub(super) fn text_in_a_name_of_100_kilobytes(run: &Run<'_>) {
    let long = |end: &str| format!("{}{end}", "abcde fghi".repeat(10_000));
    let store = run.load([
        named("1", &long("Needle")),
        named("2", &long("nail")),
        named("3", "needle"),
    ]);
    store.text("needle").lists(["1", "3"]);
    store.text("hineedle").lists(["1"]);
    store.text("ghiabc").lists(["1", "2"]);
}

pub(super) fn text_in_a_name_with_nul(run: &Run<'_>) {
    check_texts(
        run,
        &["a\0b", "ab", "\0sales", "sales\0"],
        &[
            ("a", &[0, 1, 2, 3]),
            ("b", &[0, 1]),
            ("ab", &[1]),
            ("sales", &[2, 3]),
        ],
    );
}

/// Checks a text over names that contain it, a name that lacks its last character, and a name
/// whose last character differs.
fn check_long(run: &Run<'_>, text: &str) {
    let before = text.char_indices().next_back().unwrap().0;
    let store = run.load([
        named("1", text),
        named("2", &text[..before]),
        named("3", &format!("{}!", &text[..before])),
        named("4", &format!("<{}>", text.to_uppercase())),
    ]);
    store.sort("{}").text(text).lists(["1", "4"]);
}

pub(super) fn text_of_1000_bytes(run: &Run<'_>) {
    check_long(run, &"long text ".repeat(100));
}

/// The longest text that SPEC allows.
pub(super) fn text_of_32764_bytes(run: &Run<'_>) {
    let text = format!("{}long", "abcdefghi ".repeat(3_276));
    assert_eq!(text.len(), TextFilter::MAX_BYTES);
    check_long(run, &text);
}

/// The same length, and every byte would have to be escaped in a pattern.
pub(super) fn text_of_32764_metacharacters(run: &Run<'_>) {
    let text = r".*%_".repeat(8_191);
    assert_eq!(text.len(), TextFilter::MAX_BYTES);
    check_long(run, &text);
}
