//! The data of the benchmarks: a workspace of invented units, the same on every run.
//!
//! A figure means nothing without the shape of its data: how many names a text
//! matches, how many units tie on a field. So the shape is decided here, and
//! [`assert_shape`] counts it before anything is timed.

use std::collections::HashSet;

use livechat_units::{Timestamp, Unit};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// One unit as a plain structure, made without the library that is measured.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) visibility: &'static str,
    pub(crate) num_monitors: i64,
    pub(crate) num_departments: i64,
    pub(crate) updated_millis: i64,
    pub(crate) updated_at: String,
}

/// The same units twice: plain, and as the library holds them.
pub(crate) struct Data {
    /// As it stands in the name of a benchmark.
    pub(crate) label: &'static str,
    pub(crate) rows: Vec<Row>,
    pub(crate) units: Vec<Unit>,
}

const WORDS: usize = 2_000;
const RARE_NAMES: usize = 8;
const ID_LENGTH: usize = 17;
const MOST_MONITORS: u64 = 30;
const DAY: u64 = 86_400_000;
/// 2016-01-01 and eight years on.
const FIRST_UPDATE: i64 = 1_451_606_400_000;
const UPDATES_WITHIN: u64 = 8 * 365 * DAY;

impl Data {
    pub(crate) fn new(label: &'static str, size: usize) -> Self {
        let rows = rows(size);
        assert_shape(&rows);
        let read = |row: &Row| Unit::from_json(&row.json()).expect("a row is a document");
        let units = rows.iter().map(read).collect();
        Self { label, rows, units }
    }
}

impl Row {
    /// The document as Rocket.Chat answers with it. Nothing in it needs escaping.
    pub(crate) fn json(&self) -> String {
        format!(
            r#"{{"_id":"{}","name":"{}","visibility":"{}","type":"u","numMonitors":{},"numDepartments":{},"_updatedAt":"{}"}}"#,
            self.id,
            self.name,
            self.visibility,
            self.num_monitors,
            self.num_departments,
            self.updated_at
        )
    }

    /// The document as `mongoexport --jsonFormat=canonical` writes it.
    pub(crate) fn extended_json(&self) -> String {
        format!(
            r#"{{"_id":"{}","name":"{}","visibility":"{}","type":"u","numMonitors":{{"$numberInt":"{}"}},"numDepartments":{{"$numberInt":"{}"}},"_updatedAt":{{"$date":{{"$numberLong":"{}"}}}}}}"#,
            self.id,
            self.name,
            self.visibility,
            self.num_monitors,
            self.num_departments,
            self.updated_millis
        )
    }
}

/// What a derive would write. The library does without derives, and so does its bench.
impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("_id", &self.id)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("visibility", self.visibility)?;
        map.serialize_entry("type", "u")?;
        map.serialize_entry("numMonitors", &self.num_monitors)?;
        map.serialize_entry("numDepartments", &self.num_departments)?;
        map.serialize_entry("_updatedAt", &self.updated_at)?;
        map.end()
    }
}

/// Whether a name contains `text`, which is in lower case. Good enough for these
/// names: none has a letter whose lower case and case folding differ.
pub(crate) fn contains(name: &str, text: &str) -> bool {
    name.to_lowercase().contains(text)
}

fn rows(size: usize) -> Vec<Row> {
    let mut random = Random(0x5EED);
    let words = words(&mut random);
    let alphabet = id_alphabet();
    let rare_every = (size / RARE_NAMES).max(1);
    let row = |place: usize| {
        let mut name = name(&words, &mut random);
        if place % rare_every == rare_every / 2 {
            name.insert_str(0, "Qzx ");
        }
        let updated_millis = FIRST_UPDATE + signed(random.below(UPDATES_WITHIN));
        let updated_at = Timestamp::from_millis(updated_millis).expect("a date of this century");
        Row {
            id: (0..ID_LENGTH).map(|_| *random.pick(&alphabet)).collect(),
            name,
            visibility: ["public", "private"][usize::from(random.below(2) == 1)],
            num_monitors: signed(random.below(MOST_MONITORS + 1)),
            num_departments: signed(random.below(6)),
            updated_millis,
            updated_at: updated_at.to_string(),
        }
    };
    (0..size).map(row).collect()
}

/// Two to four words and a number, in the mixture of cases that people type.
fn name(words: &[String], random: &mut Random) -> String {
    let mut name = String::new();
    for _ in 0..2 + random.below(3) {
        let word = match random.below(1_000) {
            0..17 => "sales",
            17..22 => "отдел",
            22..27 => "ünïtê",
            27..32 => "東京",
            _ => random.pick(words),
        };
        match random.below(10) {
            0 => name.push_str(&word.to_uppercase()),
            1 | 2 => name.push_str(word),
            _ => {
                let mut letters = word.chars();
                name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                name.push_str(letters.as_str());
            }
        }
        name.push(' ');
    }
    name.push_str(&(1 + random.below(9_999)).to_string());
    name
}

/// Words of two or three syllables. No syllable has a `q` or makes a `sales`.
fn words(random: &mut Random) -> Vec<String> {
    const ONSETS: [&str; 20] = [
        "b", "c", "d", "f", "g", "h", "j", "k", "m", "n", "p", "r", "t", "v", "w", "br", "cl",
        "dr", "pl", "tr",
    ];
    const NUCLEI: [&str; 7] = ["a", "e", "i", "o", "u", "ie", "ou"];
    const CODAS: [&str; 8] = ["", "", "", "", "n", "r", "l", "st"];
    let mut words = Vec::with_capacity(WORDS);
    let mut seen = HashSet::new();
    while words.len() < WORDS {
        let mut word = String::new();
        for _ in 0..2 + random.below(2) {
            word.push_str(random.pick::<&str>(&ONSETS));
            word.push_str(random.pick::<&str>(&NUCLEI));
            word.push_str(random.pick::<&str>(&CODAS));
        }
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

/// Digits and letters without those that readers mistake for one another: the ids
/// that Meteor makes.
fn id_alphabet() -> Vec<char> {
    let all = ('2'..='9').chain('A'..='Z').chain('a'..='z');
    all.filter(|letter| !"IOUVl".contains(*letter)).collect()
}

/// Every workload is defined by how much it matches, so wrong proportions would
/// measure something else without anybody noticing.
fn assert_shape(rows: &[Row]) {
    let size = rows.len();
    let matches = |text: &str| rows.iter().filter(|row| contains(&row.name, text)).count();
    let sales = matches("sales");
    assert!(
        (size * 4..=size * 6).contains(&(sales * 100)),
        "expected `sales` in 4 to 6 % of {size} names, found it in {sales}"
    );
    let rare = matches("qzx");
    assert!(
        (1..=10).contains(&rare),
        "expected `qzx` in 1 to 10 of {size} names, found it in {rare}"
    );
    let one_letter = matches("a");
    assert!(
        one_letter * 2 > size && one_letter < size,
        "expected `a` in more than half of {size} names but not all, found it in {one_letter}"
    );
    for text in ["отд", "ünï", "東京"] {
        let some = matches(text);
        assert!(
            (size * 5..=size * 30).contains(&(some * 1_000)),
            "expected `{text}` in 0.5 to 3 % of {size} names, found it in {some}"
        );
    }
    for row in rows {
        let rare = usize::from(contains(&row.name, "qzx"));
        let words = row.name.split(' ').count() - 1 - rare;
        assert!(
            (2..=4).contains(&words),
            "expected 2 to 4 words and a number, found the name {:?}",
            row.name
        );
    }
    let alphabet = id_alphabet();
    let ids: HashSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let well_made = |id: &str| id.len() == ID_LENGTH && id.chars().all(|c| alphabet.contains(&c));
    assert!(
        ids.len() == size && ids.iter().all(|id| well_made(id)),
        "expected {size} different ids of {ID_LENGTH} letters of Meteor's alphabet"
    );
    let monitors: HashSet<i64> = rows.iter().map(|row| row.num_monitors).collect();
    assert!(
        monitors == (0..=signed(MOST_MONITORS)).collect(),
        "expected every numMonitors from 0 to {MOST_MONITORS}, found {monitors:?}"
    );
    let public = rows.iter().filter(|row| row.visibility == "public").count();
    assert!(
        (size * 4..=size * 6).contains(&(public * 10)),
        "expected about half of {size} units to be public, found {public}"
    );
    let updates = rows.iter().map(|row| row.updated_millis);
    let years = (updates.clone().max().zip(updates.min()))
        .map_or(0, |(last, first)| (last - first) / signed(365 * DAY));
    assert!(
        years >= 7,
        "expected updates spread over 8 years, found {years}"
    );
}

/// The generator known as splitmix64: a few lines, and the same numbers everywhere
/// and with every version of every dependency.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The bias of a remainder is far below what a benchmark could see.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let bound = u64::try_from(from.len()).expect("a length fits into 64 bits");
        let place = usize::try_from(self.below(bound)).expect("a place below a length");
        &from[place]
    }
}

fn signed(small: u64) -> i64 {
    i64::try_from(small).expect("far below 2^63")
}
