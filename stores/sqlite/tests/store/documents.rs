//! Random documents and queries, and simple units.

use livechat_units::{Limit, Page, Scope, SortSpec, TextFilter, Unit, UnitQuery};
use livechat_units_testkit::random::Random;
use livechat_units_testkit::vocabulary::{
    CUTS, FIELDS, LENGTHS, PATHS, SORTS, USUAL, VALUES, WORDS,
};

/// A unit with a name.
pub(crate) fn unit(id: &str, name: &str) -> Unit {
    Unit::builder(id).name(name).build().unwrap()
}

/// Most ids are of a small set, so that documents replace each other. The others fill several
/// blocks of names.
pub(crate) fn id(random: &mut Random) -> String {
    match random.below(10) {
        0 => random
            .pick(&["", "Z", "\0", "u\0", "\u{E9}", "\u{10400}", "u 1"])
            .to_string(),
        1 | 2 => format!("u{:04}", random.below(5_000)),
        _ => format!("u{:02}", random.below(40)),
    }
}

/// Most documents are units.
pub(crate) fn document(random: &mut Random) -> Unit {
    let id = serde_json::Value::from(id(random));
    let kind = match random.below(20) {
        0 => random.pick(&[r#""d""#, r#""U""#, "null", r#"["u"]"#]),
        _ => r#""u""#,
    };
    let mut json = format!(r#"{{"_id":{id},"type":{kind}"#);
    if random.below(20) > 0 {
        let name = match random.below(12) {
            0 => random.pick(&VALUES).to_string(),
            _ => serde_json::Value::from(name(random)).to_string(),
        };
        json = format!(r#"{json},"name":{name}"#);
    }
    for field in FIELDS {
        let value = match random.below(5) {
            0 => continue,
            1 => random.pick(&VALUES),
            _ => random.pick(&USUAL),
        };
        json = format!(r#"{json},"{field}":{value}"#);
    }
    json.push('}');
    json.parse().unwrap()
}

pub(crate) fn documents(random: &mut Random, most: usize) -> Vec<Unit> {
    let count = random.below(most);
    (0..count).map(|_| document(random)).collect()
}

fn name(random: &mut Random) -> String {
    let mut name = String::new();
    for _ in 0..random.below(5) {
        name += *random.pick(&WORDS);
        name += *random.pick(&CUTS);
    }
    if random.below(20) == 0 {
        let length = LENGTHS[random.below(LENGTHS.len())];
        name.push('x');
        return name.chars().cycle().take(length).collect();
    }
    name
}

/// A query that some of these units often match.
pub(crate) fn query(random: &mut Random, units: &[Unit]) -> UnitQuery {
    let text = if random.below(3) == 0 {
        None
    } else {
        TextFilter::new(&text(random, units)).ok()
    };
    let scope = if random.below(5) == 0 {
        let count = random.below(30);
        Scope::only((0..count).map(|_| id(random)))
    } else {
        Scope::All
    };
    let offset = match random.below(4) {
        0 => 0,
        1 => Page::MAX_REQUESTED,
        _ => u64::try_from(random.below(units.len() + 2)).unwrap(),
    };
    let limit = match random.below(6) {
        0 => Limit::Unlimited,
        1 => Limit::at_most(50).unwrap(),
        _ => Limit::at_most(u64::try_from(1 + random.below(8)).unwrap()).unwrap(),
    };
    UnitQuery::default()
        .with_text(text)
        .with_sort(sort(random))
        .with_scope(scope)
        .with_page(Page::new(offset, limit))
}

/// A part of a name, or of two words.
fn text(random: &mut Random, units: &[Unit]) -> String {
    let names: Vec<&str> = units.iter().filter_map(Unit::name).collect();
    let source = if names.is_empty() || random.below(3) == 0 {
        format!("{}{}", random.pick(&WORDS), random.pick(&CUTS))
    } else {
        random.pick(&names).to_string()
    };
    let source: Vec<char> = source.chars().collect();
    let from = random.below(source.len() + 1);
    // Around 3 characters, the length of a trigram, and around 32, the length of a phrase.
    let scalars = match random.below(8) {
        0 => 30 + random.below(5),
        _ => 1 + random.below(8),
    };
    source[from..].iter().take(scalars).collect()
}

fn sort(random: &mut Random) -> SortSpec {
    if random.below(2) == 0 {
        return random.pick(&SORTS).parse().unwrap();
    }
    let fields = 1 + random.below(4);
    // The documented fields are the first ones.
    let paths = if random.below(2) == 0 { 7 } else { PATHS.len() };
    let sort = (0..fields).fold(SortSpec::builder(), |sort, _| {
        let path = random.pick(&PATHS[..paths]);
        if random.below(2) == 0 {
            sort.ascending(path)
        } else {
            sort.descending(path)
        }
    });
    sort.build().unwrap()
}
