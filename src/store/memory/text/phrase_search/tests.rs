//! The exact counted work of texts across words: a change of these numbers must be intended.

use crate::store::UnitStore;
use crate::{Limit, MemoryStore, Page, TextFilter, Unit, UnitQuery};

fn named(number: usize, name: &str) -> Unit {
    let unit = Unit::builder(format!("{number:05}")).name(name);
    unit.build().unwrap()
}

/// Names with frequent words first, last and side by side, a rare word, and names that are not
/// plain.
fn units() -> Vec<Unit> {
    let many = (0..12_000).map(|i| match i % 6 {
        0 => format!("Business Unit {i}"),
        1 => format!("unit of business {i}"),
        2 => format!("the {i} business unit"),
        3 => format!("business of unit {i} east"),
        4 => format!("business  unit {i}"),
        _ => format!("an agribusiness {i}"),
    });
    let others = [
        "business  unit",
        "business\tunit",
        " business unit",
        "business unit ",
        "unit business of business unit",
        "business business unit unit",
        "rare business unit",
        "unit rare business",
        "the business agribusiness",
    ];
    let names = many.chain(others.map(str::to_owned)).enumerate();
    names.map(|(number, name)| named(number, &name)).collect()
}

/// Texts with their number of matches, of index entries read, and of names read.
const TEXTS: [(&str, u64, u64, u64); 31] = [
    ("business unit", 4_005, 32_482, 4),
    ("siness unit", 4_005, 32_482, 4),
    ("business uni", 4_005, 32_482, 4),
    (" business unit", 2_004, 48_165, 3),
    ("business unit ", 2_002, 42_592, 3),
    (" business unit ", 1, 16_176, 2),
    ("the business", 1, 3, 1),
    ("unit of business", 2_000, 20_517, 2_000),
    ("it of busi", 2_000, 18_517, 2_000),
    (" unit of bus", 0, 14_015, 0),
    (" busin", 4_006, 24_138, 2_006),
    ("iness ", 12_007, 12_560, 2_007),
    (" agribusiness ", 2_000, 4_342, 0),
    ("siness  un", 2_001, 18_466, 2_001),
    ("business ", 12_007, 12_560, 2_007),
    ("usiness ", 12_007, 12_560, 2_007),
    (" business", 4_006, 24_138, 2_006),
    (" business ", 4_005, 24_235, 2_006),
    ("business unit unit", 1, 4, 1),
    ("business  unit", 2_001, 20_467, 2_001),
    ("business\tunit", 1, 3, 1),
    ("rare business", 2, 5, 2),
    ("are busi", 2, 5, 2),
    (" rare b", 1, 4, 1),
    ("rare  business", 0, 0, 0),
    ("unit rare business", 1, 4, 1),
    ("unit 12", 56, 1_898, 56),
    ("unit 1234 ", 0, 4, 1),
    ("of unit 9", 187, 6_360, 187),
    ("nowhere near", 0, 0, 0),
    ("near  here", 0, 0, 0),
];

fn query(text: &str) -> UnitQuery {
    let first = Page::new(0, Limit::at_most(5).unwrap());
    let filter = TextFilter::new(text).unwrap();
    UnitQuery::default().with_text(filter).with_page(first)
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn texts_across_words_are_found_after_writes() {
    let mut units = units();
    let mut store: MemoryStore = units.iter().cloned().collect();
    for at in (0..units.len()).step_by(7) {
        let other = units[(at * 31 + 1) % units.len()]
            .name()
            .unwrap()
            .to_owned();
        units[at] = named(at, &other);
        store.upsert(units[at].clone());
    }
    for at in (0..units.len()).step_by(11).rev() {
        let removed = units.swap_remove(at);
        assert!(store.remove(removed.id()));
    }
    for (text, ..) in TEXTS {
        let query = query(text);
        assert_eq!(
            store.list(&query).unwrap(),
            units.list(&query).unwrap(),
            "{text:?}"
        );
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn texts_across_words_have_exact_costs() {
    let units = units();
    let store: MemoryStore = units.iter().cloned().collect();
    for (text, total, keys, names) in TEXTS {
        let query = query(text);
        let page = store.list(&query).unwrap();
        assert_eq!(page, units.list(&query).unwrap(), "{text:?}");
        let explain = store.explain(&query).unwrap();
        let expected = "text: words, then names; order: index; ";
        let expected = format!("{expected}keysExamined: {keys}, docsExamined: {names};");
        assert_eq!(page.total(), total, "{text:?}");
        let explain = explain.to_string();
        assert!(explain.starts_with(&expected), "{text:?}: {explain}");
    }
}
