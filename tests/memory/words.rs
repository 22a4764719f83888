//! Random units with few distinct words and values, so that slot sets are long and many units
//! tie.

use livechat_units::{Timestamp, Unit};
use livechat_units_testkit::random::Random;
use serde_json::json;

const WORDS: [&str; 30] = [
    "sales",
    "Support",
    "training",
    "Unit",
    "east",
    "EAST",
    "west",
    "Emergency",
    "care",
    "Kiosk",
    "\u{212A}iosk",
    "\u{17F}ervice",
    "Service",
    "a",
    "e",
    "ab",
    "abc",
    "abcabc",
    "Отдел",
    "отдел",
    "продаж",
    "東京",
    "Straße",
    "Ünïtê",
    "teams",
    "team",
    "ΣΟΦΟΣ",
    "σοφος",
    "\u{10400}\u{10401}",
    "x-ray",
];

/// `count` units, not sorted by any field. Their ids are made from numbers from `first` on.
pub(crate) fn units(first: usize, count: usize) -> Vec<Unit> {
    let mut random = Random(u64::try_from(first).unwrap());
    (first..first + count)
        .map(|number| unit(number, &mut random))
        .collect()
}

/// A unit whose id depends on `number` alone. All other fields are random.
pub(crate) fn unit(number: usize, random: &mut Random) -> Unit {
    // The factor is odd, so different numbers below the modulus have different ids.
    let id = format!("{:05x}", number * 40_503 % (1 << 20));
    let unit = Unit::builder(id).name(name(random));
    let unit = unit.visibility(["public", "private"][random.below(2)]);
    let unit = match random.below(400) {
        0 => unit.field("numMonitors", json!([random.below(9), 4])),
        1 => unit.field("numMonitors", json!([])),
        2 => unit.field("numMonitors", json!("many")),
        3 => unit,
        _ => unit.num_monitors(small(random, 31)),
    };
    let unit = unit.num_departments(small(random, 3));
    let unit = match random.below(40) {
        0 => unit.field("_updatedAt", json!("long ago")),
        1 => unit.field("_updatedAt", json!(null)),
        _ => {
            let millis = 1_663_242_272_103 + 60_000 * small(random, 3000);
            unit.updated_at(Timestamp::from_millis(millis).unwrap())
        }
    };
    let regions = ["EU", "US", "asia"];
    let unit = unit.field("customFields", json!({"region": random.pick(&regions)}));
    let ranks = (0..random.below(3)).map(|_| json!({"rank": random.below(10)}));
    let ranks: Vec<_> = ranks.collect();
    unit.field("monitors", json!(ranks)).build().unwrap()
}

/// Three words and a number. Some names have unusual whitespace, some are very long.
pub(crate) fn name(random: &mut Random) -> String {
    let words: [&str; 3] = std::array::from_fn(|_| *random.pick(&WORDS));
    let number = random.below(500);
    match random.below(100) {
        0 => words.join("\u{A0}"),
        1 => format!(" {}  {}\t", words[0], words[1]),
        2 if random.below(10) == 0 => words.join(" ").repeat(70),
        _ => format!("{} {number}", words.join(" ")),
    }
}

fn small(random: &mut Random, bound: usize) -> i64 {
    i64::try_from(random.below(bound)).unwrap()
}
