//! Names and documents that are the worst for an index. The answers are those of the
//! reference, and the work stays within bounds.

use livechat_units::{MemoryStore, Unit};

use crate::work::{assert_deep_pages_are_cheap, assert_text_reads_at_most};
use crate::{DOCUMENTED_ORDERS, assert_holds, assert_same_pages, query};

/// Loads the units, removes half of them and adds these again. After each step the store gives
/// the answers of the reference. `long` is the number of names that are too long for the
/// text index: every text reads them.
fn assert_answers_after_changes(units: &[Unit], texts: &[&str], long: u64) {
    let mut store: MemoryStore = units.iter().cloned().collect();
    let mut held = units.to_vec();
    assert_answers(&store, &held, texts, long);

    let (removed, remaining): (Vec<_>, Vec<_>) =
        (0..held.len()).partition(|number| number % 2 == 1);
    for number in &removed {
        assert!(store.remove(units[*number].id()));
    }
    held = remaining
        .iter()
        .map(|number| units[*number].clone())
        .collect();
    assert_answers(&store, &held, texts, long);

    for number in removed {
        store.upsert(units[number].clone());
        held.push(units[number].clone());
    }
    assert_answers(&store, &held, texts, long);
}

fn assert_answers(store: &MemoryStore, units: &[Unit], texts: &[&str], long: u64) {
    assert_holds(store, units);
    for text in texts {
        for sort in [r#"{"name":1}"#, r#"{"numMonitors":-1}"#] {
            let query = query(text, sort);
            assert_same_pages(store, units, &query);
            if !text.contains(char::is_whitespace) {
                assert_text_reads_at_most(store, &query, long);
            }
        }
    }
    for sort in [
        "{}",
        r#"{"name":-1}"#,
        r#"{"visibility":1,"numMonitors":-1}"#,
    ] {
        assert_same_pages(store, units, &query("", sort));
    }
    assert_deep_pages_are_cheap(store, &DOCUMENTED_ORDERS);
}

fn numbered(count: usize, name: impl Fn(usize) -> String) -> Vec<Unit> {
    let unit = |number: usize| {
        let id = format!("{:04}", number * 7 % 10_007);
        let monitors = i64::try_from(number % 4).unwrap();
        let unit = Unit::builder(id).name(name(number)).num_monitors(monitors);
        unit.build().unwrap()
    };
    (0..count).map(unit).collect()
}

#[test]
fn all_names_are_equal() {
    let units = numbered(900, |_| "Sales Unit".to_owned());
    let texts = ["s", "sales", "sales unit", "S U", " ", "unit", "unit sales"];
    assert_answers_after_changes(&units, &texts, 0);
}

#[test]
fn all_names_are_empty_or_missing() {
    let mut units = numbered(600, |_| String::new());
    let nameless = (0..300).map(|number| Unit::builder(format!("n{number}")).build().unwrap());
    units.extend(nameless);
    assert_answers_after_changes(&units, &["a", " "], 0);
}

#[test]
fn all_names_are_one_letter_repeated() {
    let units = numbered(300, |number| {
        "aA"[number % 2..=number % 2].repeat(1 + number * 4)
    });
    let texts = [1, 2, 3, 4, 5, 100, 1000, 1025, 2000].map(|length| "a".repeat(length));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    // Names 256 to 299 have more than 1,024 scalars.
    assert_answers_after_changes(&units, &texts, 44);
}

#[test]
fn all_names_are_blanks() {
    let blanks = [" ", "\t", "\u{A0}", "\u{3000}"];
    let units = numbered(400, |number| blanks[number % 4].repeat(number % 9));
    assert_answers_after_changes(&units, &[" ", "  ", "        ", "\u{3000}", " \t", "a"], 0);
}

#[test]
fn all_names_are_different_words() {
    let units = numbered(2000, |number| format!("Unit-{number:07}"));
    let texts = ["unit", "t-00", "99", "-", "unit-0001234", "0", "unit-1"];
    assert_answers_after_changes(&units, &texts, 0);
}

/// All words are made of two letters, so a text with a space matches the ends of many words.
#[test]
fn texts_with_a_space_match_parts_of_many_words() {
    let units = numbered(1200, |number| {
        let words = ["ab", "ba", "aab", "b", "a"];
        format!(
            "{} {}  {}",
            words[number % 5],
            words[number / 5 % 5],
            words[number / 25 % 5]
        )
    });
    let texts = ["b a", "a b", "b  b", "  ", " ", "ab ba", "a aab  b", "b b"];
    assert_answers_after_changes(&units, &texts, 0);
}

#[test]
fn one_name_of_a_megabyte() {
    let long = "sales unit ".repeat(95_326);
    let mut units = numbered(40, |number| format!("unit {number}"));
    units.push(Unit::builder("long").name(&*long).build().unwrap());
    let long_text = "sales unit ".repeat(20);
    let texts = ["unit", "s u", "t s", "unit 1", "sales", "t  s", &*long_text];
    assert_answers_after_changes(&units, &texts, 1);
}

#[test]
fn documents_of_half_a_megabyte() {
    let text = "x".repeat(1 << 19);
    let mut units = numbered(20, |number| format!("unit {number}"));
    units.extend((0..3).map(|number| {
        let unit = Unit::builder(format!("large{number}")).name("Unit");
        unit.field("text", &*text)
            .num_monitors(number)
            .build()
            .unwrap()
    }));
    assert_answers_after_changes(&units, &["unit", "t 1", "x"], 0);
}

#[test]
fn every_unit_ties_on_every_field() {
    let unit = |number: usize| {
        let unit = Unit::builder(format!("{:04}", number * 7 % 10_007)).name("Unit");
        let unit = unit.visibility("public").num_monitors(3).num_departments(1);
        let at = "2022-09-15T11:44:32.103Z".parse().unwrap();
        unit.updated_at(at).build().unwrap()
    };
    let units: Vec<Unit> = (0..1100).map(unit).collect();
    assert_answers_after_changes(&units, &["u", "unit"], 0);
    let store: MemoryStore = units.iter().cloned().collect();
    for sort in DOCUMENTED_ORDERS {
        assert_same_pages(&store, &units, &query("", sort));
    }
}
