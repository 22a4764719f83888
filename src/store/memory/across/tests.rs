//! What a text across words costs, to the entry: whoever changes it has to mean it.

use crate::store::UnitStore;
use crate::{Limit, MemoryStore, Page, TextFilter, Unit, UnitQuery};

fn named(number: usize, name: &str) -> Unit {
    let unit = Unit::builder(format!("{number:05}")).name(name);
    unit.build().unwrap()
}

/// Frequent words in front, behind and side by side, a rare one, and names that are not
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
    ];
    let names = many.chain(others.map(str::to_owned)).enumerate();
    names.map(|(number, name)| named(number, &name)).collect()
}

/// A text, how many match it, the entries of indexes that are read, and the names.
const TEXTS: [(&str, u64, u64, u64); 31] = [
    ("business unit", 4_005, 32_480, 4),
    ("siness unit", 4_005, 32_480, 4),
    ("business uni", 4_005, 32_480, 4),
    (" business unit", 2_004, 48_162, 3),
    ("business unit ", 2_002, 42_590, 3),
    (" business unit ", 1, 16_174, 2),
    ("the business", 0, 0, 0),
    ("unit of business", 2_000, 20_517, 2_000),
    ("it of busi", 2_000, 18_517, 2_000),
    (" unit of bus", 0, 14_015, 0),
    (" busin", 4_005, 24_136, 2_006),
    ("iness ", 12_006, 12_556, 2_006),
    (" agribusiness ", 2_000, 4_338, 0),
    ("siness  un", 2_001, 18_464, 2_001),
    ("business ", 12_006, 12_556, 2_006),
    ("usiness ", 12_006, 12_556, 2_006),
    (" business", 4_005, 24_136, 2_006),
    (" business ", 4_004, 24_232, 2_006),
    ("business unit unit", 1, 4, 1),
    ("business  unit", 2_001, 20_465, 2_001),
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

#[test]
fn texts_across_words_cost_what_they_did() {
    let units = units();
    let store: MemoryStore = units.iter().cloned().collect();
    let first = Page::new(0, Limit::at_most(5).unwrap());
    for (text, total, keys, names) in TEXTS {
        let filter = TextFilter::new(text).unwrap();
        let query = UnitQuery::default().with_text(filter).with_page(first);
        let page = store.list(&query).unwrap();
        assert_eq!(page, units.list(&query).unwrap(), "{text:?}");
        let explain = store.explain(&query).unwrap();
        let expected = "text: words, then names; order: index; ";
        let expected = format!("{expected}keysExamined: {keys}, docsExamined: {names}");
        assert_eq!(
            (page.total(), explain.to_string()),
            (total, expected),
            "{text:?}"
        );
    }
}
