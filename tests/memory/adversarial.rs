//! Data and texts that are the worst for an index: they get the right answer too, and
//! no more work than the bounds allow.

use livechat_units::{MemoryStore, Unit};

use crate::work::{assert_deep_pages_are_cheap, assert_text_reads_at_most};
use crate::{DOCUMENTED_ORDERS, assert_holds, assert_same_pages, query};

/// From the load over the removal of half the units to their return, with the same
/// answers as the reference. `long` names are so long that texts have to read them.
fn assert_survives(units: &[Unit], texts: &[&str], long: u64) {
    let mut store: MemoryStore = units.iter().cloned().collect();
    let mut held = units.to_vec();
    assert_answers(&store, &held, texts, long);

    let (gone, kept): (Vec<_>, Vec<_>) = (0..held.len()).partition(|place| place % 2 == 1);
    for place in &gone {
        assert!(store.remove(units[*place].id()));
    }
    held = kept.iter().map(|place| units[*place].clone()).collect();
    assert_answers(&store, &held, texts, long);

    for place in gone {
        store.upsert(units[place].clone());
        held.push(units[place].clone());
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
    let unit = |place: usize| {
        let id = format!("{:04}", place * 7 % 10_007);
        let rank = i64::try_from(place % 4).unwrap();
        let unit = Unit::builder(id).name(name(place)).num_monitors(rank);
        unit.build().unwrap()
    };
    (0..count).map(unit).collect()
}

#[test]
fn all_names_are_equal() {
    let units = numbered(900, |_| "Sales Unit".to_owned());
    let texts = ["s", "sales", "sales unit", "S U", " ", "unit", "unit sales"];
    assert_survives(&units, &texts, 0);
}

#[test]
fn all_names_are_empty_or_missing() {
    let mut units = numbered(600, |_| String::new());
    let nameless = (0..300).map(|place| Unit::builder(format!("n{place}")).build().unwrap());
    units.extend(nameless);
    assert_survives(&units, &["a", " "], 0);
}

#[test]
fn all_names_are_one_letter_repeated() {
    let units = numbered(300, |place| {
        "aA"[place % 2..=place % 2].repeat(1 + place * 4)
    });
    let texts = [1, 2, 3, 4, 5, 100, 1000, 1025, 2000].map(|length| "a".repeat(length));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    // From the 256th on they have more than 1,024 scalars.
    assert_survives(&units, &texts, 44);
}

#[test]
fn all_names_are_blanks() {
    let blanks = [" ", "\t", "\u{A0}", "\u{3000}"];
    let units = numbered(400, |place| blanks[place % 4].repeat(place % 9));
    assert_survives(&units, &[" ", "  ", "        ", "\u{3000}", " \t", "a"], 0);
}

#[test]
fn all_names_are_different_words() {
    let units = numbered(2000, |place| format!("Unit-{place:07}"));
    let texts = ["unit", "t-00", "99", "-", "unit-0001234", "0", "unit-1"];
    assert_survives(&units, &texts, 0);
}

/// Neighbouring words overlap, and texts across the blank find one another's ends.
#[test]
fn texts_across_blanks_meet_every_name() {
    let units = numbered(1200, |place| {
        let words = ["ab", "ba", "aab", "b", "a"];
        format!(
            "{} {}  {}",
            words[place % 5],
            words[place / 5 % 5],
            words[place / 25 % 5]
        )
    });
    let texts = ["b a", "a b", "b  b", "  ", " ", "ab ba", "a aab  b", "b b"];
    assert_survives(&units, &texts, 0);
}

#[test]
fn one_name_of_a_megabyte() {
    let long = "sales unit ".repeat(95_326);
    let mut units = numbered(40, |place| format!("unit {place}"));
    units.push(Unit::builder("long").name(&*long).build().unwrap());
    let beyond = "sales unit ".repeat(20);
    let texts = ["unit", "s u", "t s", "unit 1", "sales", "t  s", &*beyond];
    assert_survives(&units, &texts, 1);
}

#[test]
fn documents_of_half_a_megabyte() {
    let text = "x".repeat(1 << 19);
    let mut units = numbered(20, |place| format!("unit {place}"));
    units.extend((0..3).map(|place| {
        let unit = Unit::builder(format!("large{place}")).name("Unit");
        unit.field("text", &*text)
            .num_monitors(place)
            .build()
            .unwrap()
    }));
    assert_survives(&units, &["unit", "t 1", "x"], 0);
}

#[test]
fn every_unit_ties_on_every_field() {
    let unit = |place: usize| {
        let unit = Unit::builder(format!("{:04}", place * 7 % 10_007)).name("Unit");
        let unit = unit.visibility("public").num_monitors(3).num_departments(1);
        let at = "2022-09-15T11:44:32.103Z".parse().unwrap();
        unit.updated_at(at).build().unwrap()
    };
    let units: Vec<Unit> = (0..1100).map(unit).collect();
    assert_survives(&units, &["u", "unit"], 0);
    let store: MemoryStore = units.iter().cloned().collect();
    for sort in DOCUMENTED_ORDERS {
        assert_same_pages(&store, &units, &query("", sort));
    }
}
