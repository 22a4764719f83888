//! Documents with odd ids, long names or deep nesting.

use livechat_units::Unit;

use crate::data::{named, unit};
use crate::rng::Random;
use crate::run::Run;

/// Any string can be an id.
pub(super) const ODD_IDS: [&str; 33] = [
    " ",
    "  ",
    "a",
    "A",
    "a ",
    "'",
    "\"",
    "\\",
    "%",
    "_",
    "a.b",
    "$a",
    "{}",
    "null",
    "0",
    "00",
    "-1",
    "1e3",
    "é",
    "e\u{301}",
    "K",
    "\u{212A}",
    "ſ",
    "🦀",
    "\u{FFFF}",
    "\n",
    "\u{1}",
    "; --",
    "?",
    "$1",
    ":id",
    "0123456789abcdef01234567",
    "2022-09-15T11:44:32.103Z",
];

pub(super) fn documents_with_odd_ids(run: &Run<'_>) {
    let mut ids = ODD_IDS;
    let store = run.load(ids.map(|id| named(id, "same")));
    ids.sort_unstable();
    store.all().lists(ids);
    store.text("same").sort("{}").lists(ids);
    store.sort(r#"{"v":-1}"#).lists(ids.into_iter().rev());
}

pub(super) fn documents_with_an_empty_id(run: &Run<'_>) {
    let store = run.load([named("", "b"), named("1", "a"), named(" ", "c")]);
    store.all().lists(["1", "", " "]);
    store.sort(r#"{"_id":-1}"#).lists(["1", " ", ""]);
    store.only([""]).lists([""]);
}

pub(super) fn documents_with_nul_in_ids(run: &Run<'_>) {
    let ids = ["\0", "a", "a\0", "a\0b", "aa"];
    let store = run.load(ids.map(|id| named(id, "same")));
    store.all().lists(ids);
    store.only(["a\0", "aa", "b"]).lists(["a\0", "aa"]);
}

pub(super) fn documents_with_ids_of_300_bytes(run: &Run<'_>) {
    check_long_ids(run, 300);
}

pub(super) fn documents_with_ids_of_10000_bytes(run: &Run<'_>) {
    check_long_ids(run, 10_000);
}

/// Names, and values of another field, that differ only in their last byte.
pub(super) fn documents_with_names_of_4000_bytes(run: &Run<'_>) {
    check_long_names(run, 4_000);
}

pub(super) fn documents_with_names_of_100_kilobytes(run: &Run<'_>) {
    check_long_names(run, 100_000);
}

pub(super) fn documents_nested_in_20_levels(run: &Run<'_>) {
    check_nested(run, 20);
}

/// MongoDB's documented limit.
pub(super) fn documents_nested_in_100_levels(run: &Run<'_>) {
    check_nested(run, 100);
}

/// The limit of SPEC.
pub(super) fn documents_nested_in_256_levels(run: &Run<'_>) {
    check_nested(run, Unit::MAX_DEPTH);
}

/// Ids that differ only in their last byte.
fn check_long_ids(run: &Run<'_>, bytes: usize) {
    let id = |last: char| format!("{}{last}", letters(bytes - 1));
    let store = run.load(['b', 'a', 'B'].map(|last| named(&id(last), "same")));
    store.all().lists(['B', 'a', 'b'].map(id));
    store.only([id('a'), id('c')]).lists([id('a')]);
}

fn check_long_names(run: &Run<'_>, bytes: usize) {
    let long = letters(bytes - 1);
    let fields = |last: char| format!(r#""name":"{long}{last}","v":"{long}{last}""#);
    let store = run.load([
        unit("1", &fields('b')),
        unit("2", &fields('C')),
        unit("3", &fields('a')),
        unit("4", &format!(r#""name":"{long}","v":"{long}""#)),
    ]);
    store.all().lists(["4", "2", "3", "1"]);
    store.sort(r#"{"v":-1}"#).lists(["1", "3", "2", "4"]);
    store.text(&long[..100]).lists(["4", "2", "3", "1"]);
    let end = &long[long.len() - 50..];
    store.text(&format!("{end}c")).lists(["2"]);
}

/// Random letters, which do not compress well.
fn letters(count: usize) -> String {
    let mut random = Random::new(1);
    let letters = (0..count).map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz"[random.below(26)]));
    letters.collect()
}

/// Checks documents that nest `levels` deep, themselves included, and differ in the innermost
/// value.
fn check_nested(run: &Run<'_>, levels: usize) {
    let objects = |value: i64| {
        let inner = levels - 2;
        format!(
            r#""a":{}{{"a":{value}}}{}"#,
            r#"{"a":"#.repeat(inner),
            "}".repeat(inner)
        )
    };
    let arrays = format!(
        r#""b":{}{}"#,
        "[".repeat(levels - 1),
        "]".repeat(levels - 1)
    );
    let store = run.load([
        unit("1", &objects(2)),
        unit("2", &objects(1)),
        unit("3", &arrays),
    ]);
    store.sort("{}").lists(["1", "2", "3"]);
    let path = vec!["a"; levels].join(".");
    store.ascending(&path).lists(["3", "2", "1"]);
}
