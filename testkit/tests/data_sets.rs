//! The data sets have the shapes that their modules describe.

use std::collections::{HashMap, HashSet};

use livechat_units::{Timestamp, Unit};
use livechat_units_testkit::data::{Cut, DataSet, Hostile, Names};

/// Numbers that describe the names of a data set.
struct Shape {
    names: Vec<String>,
    /// The bytes of the names, in ascending order.
    lengths: Vec<usize>,
}

impl Shape {
    fn of(set: DataSet) -> Self {
        let size = set.size();
        let names: Vec<String> = set.names(size).take(size).collect();
        let mut lengths: Vec<usize> = names.iter().map(String::len).collect();
        lengths.sort_unstable();
        Self { names, lengths }
    }

    fn mean(&self) -> f64 {
        ratio(self.lengths.iter().sum(), self.lengths.len())
    }

    fn percentile(&self, percent: usize) -> f64 {
        float(self.lengths[(self.lengths.len() - 1) * percent / 100])
    }

    fn share(&self, has: impl Fn(&str) -> bool) -> f64 {
        let having = self.names.iter().filter(|name| has(name)).count();
        ratio(having, self.names.len())
    }

    fn distinct(&self) -> f64 {
        let distinct: HashSet<&str> = self.names.iter().map(String::as_str).collect();
        ratio(distinct.len(), self.names.len())
    }

    /// How often each part of the names occurs, the most frequent first.
    fn occurrences<'a>(&'a self, split: impl Fn(char) -> bool + Copy + 'a) -> Vec<usize> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for name in &self.names {
            for part in name.split(split).filter(|part| !part.is_empty()) {
                *counts.entry(part.to_lowercase()).or_default() += 1;
            }
        }
        let mut counts: Vec<usize> = counts.into_values().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts
    }
}

#[test]
fn prose_has_the_frequencies_of_its_shares() {
    let shape = Shape::of(DataSet::Prose);
    near("mean bytes", shape.mean(), 51.0, 0.03);
    near("median bytes", shape.percentile(50), 45.0, 0.03);
    near("p99 bytes", shape.percentile(99), 160.0, 0.05);
    near("longest name", shape.percentile(100), 430.0, 0.1);
    near(
        "not ASCII",
        shape.share(|name| !name.is_ascii()),
        0.02,
        0.15,
    );
    near("not distinct", 1.0 - shape.distinct(), 0.08, 0.05);

    let words = shape.names.iter().map(|name| name.split(' ').count());
    let all: usize = words.clone().sum();
    near("words a name", ratio(all, shape.names.len()), 7.5, 0.03);
    assert_eq!((words.clone().min(), words.max()), (Some(1), Some(25)));
    let split = shape.names.iter().flat_map(|name| name.split(' '));
    let capitals = split.filter(|word| word.starts_with(char::is_uppercase));
    near("capitals", ratio(capitals.count(), all), 0.333, 0.03);

    let counts = shape.occurrences(|letter| !letter.is_alphanumeric());
    let all: usize = counts.iter().sum();
    near("vocabulary", float(counts.len()), 120_000.0, 0.03);
    let shares = [
        (1, 0.058),
        (2, 0.032),
        (10, 0.0085),
        (100, 0.001),
        (1_000, 0.000_12),
    ];
    for (rank, share) in shares {
        let found = ratio(counts[rank - 1], all);
        near(&format!("share of rank {rank}"), found, share, 0.03);
    }
    let once = counts.iter().filter(|count| **count == 1).count();
    near(
        "words that occur once",
        ratio(once, counts.len()),
        0.667,
        0.03,
    );
}

#[test]
fn words_of_prose_follow_each_other() {
    let names: Vec<String> = DataSet::Prose.names(100_000).take(100_000).collect();
    let mut words = HashMap::new();
    let (mut pairs, mut triples) = (HashMap::new(), HashMap::new());
    for name in &names {
        let lower = name.to_lowercase();
        let split: Vec<&str> = lower.split(' ').collect();
        for (counts, length) in [(&mut words, 1), (&mut pairs, 2), (&mut triples, 3)] {
            for sequence in split.windows(length) {
                *counts.entry(sequence.join(" ")).or_insert(0_usize) += 1;
            }
        }
    }
    // Only words that are in less than one name of a hundred. If they were independent, a pair
    // of them would occur once, and hardly any triple.
    let rare = |sequence: &str| {
        sequence
            .split(' ')
            .all(|word| words[word] * 100 < names.len())
    };
    let frequent = |counts: &HashMap<String, usize>, times: usize| {
        let frequent = counts.iter().filter(|(_, count)| **count >= times);
        frequent.filter(|(sequence, _)| rare(sequence)).count()
    };
    assert!(frequent(&pairs, 20) > 300, "pairs");
    assert!(frequent(&triples, 5) > 200, "triples");
}

#[test]
fn codes_are_distinct_and_have_runs_that_occur_once() {
    let shape = Shape::of(DataSet::Codes);
    near("mean bytes", shape.mean(), 14.5, 0.03);
    near("median bytes", shape.percentile(50), 12.0, 0.0);
    near("p99 bytes", shape.percentile(99), 43.0, 0.05);
    near("longest name", shape.percentile(100), 190.0, 0.03);
    near("distinct", shape.distinct(), 1.0, 0.0);
    let scoped = |name: &str| name.starts_with('@') && name.contains('/');
    near("with a scope", shape.share(scoped), 0.11, 0.03);
    assert!(shape.share(|name| name.contains('-')) > 0.8);
    assert!(shape.share(|name| name.contains(|letter: char| letter.is_ascii_digit())) > 0.1);
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let plain = |name: &str| {
        name.chars()
            .all(|letter| plain(letter) || "-_.@/".contains(letter))
    };
    near("plain", shape.share(plain), 1.0, 0.0);

    let counts = shape.occurrences(|letter| !letter.is_ascii_alphanumeric());
    let all: usize = counts.iter().sum();
    near("runs a name", ratio(all, shape.names.len()), 3.4, 0.03);
    near("distinct runs", float(counts.len()), 500_000.0, 0.03);
    let once = counts.iter().filter(|count| **count == 1).count();
    near("runs that occur once", float(once), 400_000.0, 0.03);
}

#[test]
fn a_few_hundred_prefixes_and_suffixes_are_frequent() {
    let names: Vec<String> = DataSet::Codes.names(200_000).take(200_000).collect();
    let (mut first, mut last) = (HashMap::new(), HashMap::new());
    for name in names.iter().filter(|name| !name.starts_with('@')) {
        let mut runs = name.split(['-', '_', '.']);
        *first.entry(runs.next()).or_insert(0_usize) += 1;
        if let Some(run) = runs.next_back() {
            *last.entry(run).or_insert(0_usize) += 1;
        }
    }
    let frequent = |count: &&usize| **count * 2_500 > names.len();
    for frequent in [
        first.values().filter(frequent).count(),
        last.values().filter(frequent).count(),
    ] {
        assert!((150..600).contains(&frequent), "found {frequent}");
    }
}

#[test]
fn a_hundred_codes_of_a_million_have_no_plain_date() {
    let dates = DataSet::Codes.rows(1_000_000).take(1_000_000);
    let dates = dates.map(|row| row.updated_at);
    let malformed = dates.filter(|date| date.parse::<Timestamp>().is_err());
    assert_eq!(malformed.count(), 100);
}

#[test]
fn chinese_and_japanese_names_have_no_spaces() {
    let shape = Shape::of(DataSet::Cjk);
    assert!(shape.share(|name| name.contains(' ')) == 0.0);
    near("distinct", shape.distinct(), 0.98, 0.01);
    let characters: usize = shape.names.iter().map(|name| name.chars().count()).sum();
    near(
        "mean characters",
        ratio(characters, shape.names.len()),
        8.5,
        0.1,
    );
    let with = |text: &'static str| shape.share(move |name| name.contains(text));
    assert!(
        with("有限公司") > 0.1 && with("株式会社") > 0.1,
        "company forms"
    );
    let any = |from: char, to: char| {
        shape.share(move |name| name.chars().any(|letter| (from..=to).contains(&letter)))
    };
    near("katakana", any('ァ', 'ー'), 0.15, 0.1);
    near("hiragana", any('ぁ', 'ん'), 0.04, 0.1);
    near("Latin letters", any('A', 'z'), 0.05, 0.1);
    let ideographs = shape.names.iter().flat_map(|name| name.chars());
    let mut counts: HashMap<char, usize> = HashMap::new();
    for character in ideographs.filter(|letter| ('一'..='鿿').contains(letter)) {
        *counts.entry(character).or_default() += 1;
    }
    assert!((3_000..4_000).contains(&counts.len()), "{}", counts.len());
}

#[test]
fn hostile_names_are_what_they_say() {
    let names = |hostile| {
        let names = DataSet::Hostile(hostile).names(100_000);
        names.take(100_000).collect::<Vec<String>>()
    };
    let first = &names(Hostile::Equal)[0];
    assert!(names(Hostile::Equal).iter().all(|name| name == first));
    for name in names(Hostile::OneLetter) {
        assert_eq!(name, "a".repeat(name.len()));
        assert!((1..=256).contains(&name.len()));
    }
    for name in names(Hostile::TwoLetters) {
        assert_eq!(name.replace(['a', 'b'], "").len(), 0);
        assert_eq!(name.len(), 100);
    }
    let shared = names(Hostile::SharedPrefix);
    assert!(shared.iter().all(|name| name[..200] == shared[0][..200]));
    let random = names(Hostile::Random);
    let distinct: HashSet<&String> = random.iter().collect();
    assert_eq!(distinct.len(), random.len());
    let long = names(Hostile::Megabyte);
    let long = long.iter().filter(|name| name.len() >= 1_000_000);
    assert_eq!(long.count(), 1);
    let scalars = names(Hostile::Scalars).concat();
    let mut counts: HashMap<char, usize> = HashMap::new();
    for scalar in scalars.chars() {
        *counts.entry(scalar).or_default() += 1;
    }
    let once = counts.values().filter(|count| **count == 1).count();
    assert!(once > 1_100_000, "{once} scalar values occur once");
}

#[test]
fn rows_are_documents_and_need_no_escaping() {
    for set in DataSet::PLAUSIBLE.into_iter().chain(DataSet::HOSTILE) {
        assert_eq!(DataSet::of_label(set.label()), Some(set));
        for row in set.rows(10_000).take(10_000) {
            let unit = Unit::from_json(&row.json()).expect("a row is a document");
            assert_eq!(unit.name(), Some(row.name.as_str()), "{}", set.label());
        }
        let again = set.rows(10_000).zip(set.rows(10_000)).take(1_000);
        assert!(again.into_iter().all(|(a, b)| a.json() == b.json()));
    }
}

#[test]
fn texts_are_of_their_kind() {
    for set in DataSet::PLAUSIBLE.into_iter().chain(DataSet::HOSTILE) {
        let names: Vec<String> = set.names(10_000).take(3_000).collect();
        let texts = Names::new(&names);
        let all: String = names
            .iter()
            .map(|name| name.to_lowercase() + "\n")
            .collect();
        for cut in Cut::ALL {
            let found = texts.texts(cut);
            let label = format!("{}, {}", set.label(), cut.label());
            assert_eq!(found, texts.texts(cut), "{label}: not the same again");
            let expected = match (set, cut) {
                // Names without blanks.
                (DataSet::Codes | DataSet::Cjk, Cut::AcrossWords) => 0..=0,
                // Few names are as long.
                (DataSet::Cjk, Cut::ThirteenToThirtyTwo) => 10..=100,
                (DataSet::Hostile(_), _) => 0..=100,
                _ => 100..=100,
            };
            assert!(expected.contains(&found.len()), "{label}: {}", found.len());
            for text in &found {
                let matches = all.contains(&text.to_lowercase());
                assert_eq!(matches, cut != Cut::Nothing, "{label}: {text:?}");
                assert!(is_cut(cut, text), "{label}: {text:?}");
            }
            // The names have no capitals.
            let capitals = found
                .iter()
                .filter(|text| text.contains(char::is_uppercase));
            if set == DataSet::Codes && cut > Cut::Three && !found.is_empty() {
                let capitals = capitals.count();
                assert!((45..=50).contains(&capitals), "{label}: {capitals}");
            }
        }
    }
}

fn is_cut(cut: Cut, text: &str) -> bool {
    let length = text.chars().count();
    let trimmed = text.trim() == text;
    match cut {
        Cut::One => length == 1,
        Cut::Two => length == 2,
        Cut::Three => length == 3,
        Cut::FourToSix => (4..=6).contains(&length) && !text.contains(' '),
        Cut::SevenToTwelve => (7..=12).contains(&length) && !text.contains(' '),
        Cut::ThirteenToThirtyTwo => (13..=32).contains(&length) && trimmed,
        Cut::AcrossWords => text.contains(' ') && (3..=13).contains(&length) && trimmed,
        Cut::WholeName | Cut::Nothing => length > 0,
    }
}

/// Panics unless the number is within this fraction of the expected one.
fn near(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= expected * tolerance,
        "{what}: expected {expected} within {tolerance}, found {found}"
    );
}

fn ratio(part: usize, whole: usize) -> f64 {
    float(part) / float(whole)
}

fn float(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("a number below 2^32"))
}
