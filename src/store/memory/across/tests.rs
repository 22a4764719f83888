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
    let plain = (0..10_000).map(|i| match i % 4 {
        0 => format!("Business Unit {i}"),
        1 => format!("unit of business {i}"),
        2 => format!("the {i} business unit"),
        _ => format!("business of unit {i} east"),
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
    let names = plain.chain(others.map(str::to_owned)).enumerate();
    names.map(|(number, name)| named(number, &name)).collect()
}

/// A text, how many match it, the entries of indexes that are read, and the names.
const TEXTS: [(&str, u64, u64, u64); 27] = [
    ("business unit", 5_005, 30_479, 4),
    ("siness unit", 5_005, 30_479, 4),
    ("business uni", 5_005, 30_479, 4),
    (" business unit", 2_504, 45_449, 3),
    ("business unit ", 2_502, 40_589, 3),
    (" business unit ", 1, 17_649, 2),
    ("the business", 0, 0, 0),
    ("unit of business", 2_500, 42_639, 0),
    ("it of busi", 2_500, 32_631, 0),
    (" unit of bus", 0, 17_516, 0),
    ("business ", 10_006, 10_555, 6),
    ("usiness ", 10_006, 10_555, 6),
    (" business", 5_005, 20_422, 6),
    (" business ", 5_004, 20_519, 6),
    ("business unit unit", 1, 4, 1),
    ("business  unit", 1, 4, 1),
    ("business\tunit", 1, 3, 1),
    ("rare business", 2, 5, 2),
    ("are busi", 2, 5, 2),
    (" rare b", 1, 4, 1),
    ("rare  business", 0, 0, 0),
    ("unit rare business", 1, 4, 1),
    ("unit 12", 56, 1_310, 56),
    ("unit 1234 ", 0, 4, 1),
    ("of unit 9", 278, 6_126, 278),
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
