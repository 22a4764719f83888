//! Programs over a store that is large from the start. Its indexes have forms that a store
//! of hundreds of units does not have.
//!
//! The store is loaded once and cloned for each program. A step takes tens of
//! milliseconds, so a program has few steps, and the indexes are checked only at its end.

use std::sync::OnceLock;

use livechat_units::{SortSpec, TextFilter, Unit};

use super::choices::Choices;
use super::store_documents;
use crate::pair::Pair;
use crate::vocabulary::{CUTS, SORTS, WORDS};

/// The first bytes of a program for a large store.
pub(super) const MARK: &[u8] = b"large ";

const MOST_STEPS: usize = 12;
/// Most of the units share words. A gram of more than 1,024 names has longer grams.
const UNITS: usize = 12_000;

/// The declared order of the store.
const ORDER: &str = r#"{"visibility":1,"numMonitors":-1,"name":1}"#;

/// Texts of frequent and rare words, of several words, and of the ends of names.
const TEXTS: [&str; 24] = [
    "a",
    "al",
    "sale",
    "SALES",
    "\u{17F}ales",
    "gamma",
    "unit 4",
    "sales unit",
    "s u",
    " unit ",
    "unit alpha gamma",
    "alpha gamma data",
    " sale",
    "ta al",
    "ales ",
    " s",
    "sales ",
    " 77",
    "sales  unit",
    "unit sales",
    "team alpha",
    "kiosk",
    "team7",
    "zebra",
];

pub(super) fn store_large(data: &[u8]) {
    let mut choices = Choices::new(data);
    let mut pair = base().clone();
    for _ in 0..MOST_STEPS {
        if choices.are_used_up() {
            break;
        }
        step(&mut pair, &mut choices);
    }
    pair.assert_holds();
}

fn base() -> &'static Pair {
    static BASE: OnceLock<Pair> = OnceLock::new();
    BASE.get_or_init(|| {
        let order: SortSpec = ORDER.parse().expect("a sort");
        Pair::holding(vec![order], (0..UNITS).map(unit).collect())
    })
}

fn unit(place: usize) -> Unit {
    let number = place % 90;
    let rare = WORDS[place % WORDS.len()];
    let name = match place % 17 {
        0..=9 => format!("sales unit alpha gamma data {number}"),
        10..=12 => format!("team{number} unit sales alpha"),
        // All at one end of the order by name, and more than a list of slots holds.
        13 => format!("zebra gamma data alpha {rare}"),
        // Two spaces between words, or the same word twice.
        14 => format!("zebra sales  unit alpha gamma {number}"),
        15 => format!("zebra data sales{}data", CUTS[place % CUTS.len()]),
        // A name too long for the text index.
        _ if place % 500 == 16 => format!("sales {}", "unit ".repeat(300)),
        _ => format!("{rare} {place}"),
    };
    let rank = i64::try_from(place % 5).expect("less than 5");
    let unit = Unit::builder(format!("large{:05}", place * 7 % UNITS));
    let unit = if place % 100 == 99 {
        unit
    } else {
        unit.name(name)
    };
    let unit = if place.is_multiple_of(3) {
        unit.visibility("public")
    } else {
        unit.visibility("private")
    };
    unit.num_monitors(rank).build().expect("a unit")
}

fn step(pair: &mut Pair, choices: &mut Choices<'_>) {
    let held = pair.units().len();
    match choices.below(16) {
        0 | 1 => {
            let id = unit_of(pair, choices).map(|unit| unit.id().to_owned());
            if let Some(id) = id {
                let name = unit(choices.below(256)).name().unwrap_or("").to_owned();
                let renamed = Unit::builder(id).name(name).build();
                pair.upsert(renamed.expect("a unit"));
            }
        }
        2 => pair.upsert(choices.any_document("u")),
        3 => {
            if let Some(id) = unit_of(pair, choices).map(|unit| unit.id().to_owned()) {
                pair.remove(&id);
            }
        }
        4 => pair.remove_every(1 + choices.below(8)),
        5 => {
            let count = choices.below(256);
            pair.extend(store_documents::many(count, choices.below(256)));
        }
        6 => {
            let mut units = pair.units().to_vec();
            units.reverse();
            pair.replace_all_distinct(units);
        }
        _ => {
            let query = choices.query(pair.units());
            let query = match choices.below(TEXTS.len() + 8) {
                place @ 0..24 => {
                    let text = TextFilter::new(TEXTS[place]).expect("a text");
                    query.with_text(Some(text))
                }
                // Without a text, or with the text of the query.
                24..28 => query.with_text(None),
                _ => query,
            };
            let query = match choices.below(4) {
                0 => query.with_sort(choices.of(&SORTS).parse().expect("a sort")),
                _ => query,
            };
            let query = query.with_page(choices.page(held));
            pair.assert_answers(&query);
        }
    }
}

fn unit_of<'m>(pair: &'m Pair, choices: &mut Choices<'_>) -> Option<&'m Unit> {
    let place = choices.below(256) * pair.units().len() / 256;
    pair.units().get(place)
}
