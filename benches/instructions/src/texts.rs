//! Texts and names, each the worst input of some way to search.

use livechat_units::{MemoryStore, TextFilter, Unit, UnitQuery, UnitStore};

use crate::{Family, Work, family, work};

pub(crate) fn families() -> Vec<Family> {
    vec![
        family("filter for `aa…ab`", TEXT, |n| {
            work(almost("a", n), |text| TextFilter::new(text))
        }),
        family("filter for `abab…c`", TEXT, |n| {
            work(almost("ab", n), |text| TextFilter::new(text))
        }),
        family("`aa…ab` in `aa…a`", NAME, |n| {
            matched(&almost("a", n.min(30_000) / 2), &"a".repeat(n))
        }),
        family("`abab…c` in `abab…`", NAME, |n| {
            matched(&almost("ab", n.min(30_000) / 2), &"ab".repeat(n / 2))
        }),
        family("a Fibonacci word in a longer one", TEXT, |n| {
            matched(&format!("{}c", fibonacci(n / 2)), &fibonacci(n))
        }),
        family("`kb` in Kelvin signs", NAME, |n| {
            matched("kb", &"\u{212A}".repeat(n / 3))
        }),
        family("`éé…e` in `éé…é`", NAME, |n| {
            matched(&format!("{}e", "é".repeat(4_000)), &"É".repeat(n / 2))
        }),
        family("`aab` in `aabaab…`, at its end", NAME, |n| {
            let name = format!("{}aac", "aab".repeat(n / 3));
            work(name, |name| filter("aac").find(name))
        }),
        family("fold of letters that are not ASCII", NAME, |n| {
            work("Я".repeat(n / 2), |name| TextFilter::fold(name))
        }),
        // An indexed store reads only the first 1,024 characters of a name into its index.
        family("upsert of a name of one word", INDEXED, |n| {
            upsert("a".repeat(n))
        }),
        family("upsert of a name of words", INDEXED, |n| upsert(words(n))),
        family("upsert of a name of blanks", INDEXED, |n| {
            upsert(" ".repeat(n))
        }),
        family("indexed text of one word", INDEXED, |n| {
            listed(&"a".repeat(n))
        }),
        family("indexed text of one word again and again", INDEXED, |n| {
            listed(&"a ".repeat(n / 2))
        }),
        family("indexed text of words", INDEXED, |n| listed(&words(n))),
    ]
}

/// Almost a quarter of [`TextFilter::MAX_BYTES`].
const TEXT: usize = 8_000;
const NAME: usize = 64_000;
const INDEXED: usize = 250;

/// `part` repeated, then an end that does not match.
fn almost(part: &str, length: usize) -> String {
    format!("{}c", part.repeat(length / part.len()))
}

fn fibonacci(length: usize) -> String {
    let (mut word, mut before) = ("a".to_owned(), "b".to_owned());
    while word.len() < length {
        let next = format!("{word}{before}");
        before = std::mem::replace(&mut word, next);
    }
    word.truncate(length);
    word
}

fn words(length: usize) -> String {
    let words: Vec<String> = (100..100 + length / 4)
        .map(|word| word.to_string())
        .collect();
    words.join(" ")
}

fn filter(text: &str) -> TextFilter {
    text.parse().expect("a text within the bounds")
}

fn matched(text: &str, name: &str) -> Work {
    work((filter(text), name.to_owned()), |(text, name)| {
        text.is_match(name)
    })
}

fn upsert(name: String) -> Work {
    let unit = Unit::builder("a").name(name).build().expect("a unit");
    work(unit, |unit| {
        let mut store = MemoryStore::new();
        store.upsert(unit.clone());
        store
    })
}

/// A listing of 5,000 units whose name is the text.
fn listed(text: &str) -> Work {
    let unit = |id: usize| Unit::builder(format!("{id}")).name(text).build();
    let units = (0..5_000).map(|id| unit(id).expect("a unit"));
    let store: MemoryStore = units.collect();
    let query = UnitQuery::default().with_text(filter(text));
    work((store, query), |(store, query)| store.list(query))
}
