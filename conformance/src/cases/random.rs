//! Random documents and queries, whose answers are compared with those of the reference.

mod vocabulary;

use std::env::VarError;
use std::fmt::Write as _;

use livechat_units::{
    Cursor, Limit, Page, Scope, SortSpec, StoreError, StoreErrorKind, TextFilter, Unit, UnitPage,
    UnitQuery, UnitStore,
};

use self::vocabulary::{ARRAY_PATHS, ArrayMix, PATHS, Vocabulary};
use crate::data::{UNLIMITED, document, to_u64};
use crate::rng::Random;
use crate::run::Run;
use crate::show::{show_error, show_page, show_query};

/// The environment variable that sets another seed.
pub(super) const SEED: &str = "LIVECHAT_UNITS_CONFORMANCE_SEED";
const DOCUMENTS: usize = 200;
const QUERIES: usize = 100;
/// The most bytes of documents in the message of a failure.
const MAX_SHOWN: usize = 60_000;

fn seed(given: Result<String, VarError>) -> u64 {
    match given {
        Ok(seed) => seed
            .parse()
            .unwrap_or_else(|_| panic!("{SEED} is {seed:?}, expected a number of 64 bits")),
        Err(VarError::NotPresent) => 0x5EED,
        Err(error) => panic!("{SEED}: {error}"),
    }
}

/// The probability in percent of each part of a query, and the paths that it sorts by.
#[derive(Default)]
struct QueryMix {
    paths: &'static [&'static str],
    most_keys: usize,
    text: usize,
    scope: usize,
    page: usize,
    cursor: usize,
}

/// Loads random documents, and compares the answers to random queries.
fn compare(run: &Run<'_>, arrays: &ArrayMix, mix: &QueryMix) {
    let seed = seed(std::env::var(SEED));
    let mut random = Random::new(seed);
    let vocabulary = Vocabulary::served(run);
    let json: Vec<String> = (0..DOCUMENTS)
        .map(|index| vocabulary.document(&mut random, index, arrays))
        .collect();
    let reference: Vec<Unit> = json.iter().map(|json| document(json)).collect();
    let store = run.load_units(reference.clone());
    let reference = run.projection().expected_documents(reference);
    for round in 0..QUERIES {
        let query = mix.query(&mut random, &vocabulary, &reference);
        let found = store.list(&query);
        let expected = reference.list(&query);
        let same = match (&found, &expected) {
            (Ok(found), Ok(expected)) => found == expected,
            (Err(error), Err(_)) => error.kind() == StoreErrorKind::InvalidQuery,
            _ => false,
        };
        assert!(
            same,
            "{}\nquery {round} of {SEED}={seed}: {}\nexpected: {}\nfound:    {}\nfor the documents\n{}",
            run.title(),
            show_query(&query),
            show(&expected),
            show(&found),
            lines(&json)
        );
    }
}

fn show(answer: &Result<UnitPage, StoreError>) -> String {
    match answer {
        Ok(page) => format!("{} from {}", show_page(page), page.offset()),
        Err(error) => show_error(error),
    }
}

/// The documents, one in each line, up to the bound.
fn lines(documents: &[String]) -> String {
    let mut lines = String::new();
    for (index, json) in documents.iter().enumerate() {
        if lines.len() + json.len() > MAX_SHOWN {
            let _ = writeln!(lines, "and {} more", documents.len() - index);
            break;
        }
        let _ = writeln!(lines, "{json}");
    }
    lines
}

impl QueryMix {
    fn query(&self, random: &mut Random, vocabulary: &Vocabulary, units: &[Unit]) -> UnitQuery {
        let mut query = UnitQuery::default().with_sort(self.sort(random));
        if random.percent(self.text) {
            let text = text(random, vocabulary, units);
            query = query.with_text(TextFilter::new(&text).unwrap());
        }
        if random.percent(self.scope) {
            let most = random.of(&[1, 5, 50, DOCUMENTS]);
            let ids = (0..most).map(|_| match random.below(20) {
                0 => "nobody".to_owned(),
                _ => units[random.below(units.len())].id().to_owned(),
            });
            query = query.with_scope(Scope::only(ids));
        }
        let page = if random.percent(self.page) {
            let most = random.of(&[5, 50, DOCUMENTS + 20]);
            let size = random.of(&[1, 3, 20, 100]);
            Page::new(to_u64(random.below(most)), Limit::at_most(size).unwrap())
        } else {
            UNLIMITED
        };
        query = query.with_page(page);
        if random.percent(self.cursor) {
            let cursor = cursor(query.sort(), random, vocabulary, units);
            if let Some(cursor) = cursor {
                query = query.with_cursor(cursor);
            }
        }
        query
    }

    fn sort(&self, random: &mut Random) -> SortSpec {
        let mut sort = SortSpec::builder();
        for _ in 0..random.below(self.most_keys + 1) {
            let path = random.of(self.paths);
            sort = match random.below(2) {
                0 => sort.ascending(path),
                _ => sort.descending(path),
            };
        }
        sort.build().unwrap()
    }
}

/// A cursor of a loaded document, of another document with the id of a loaded one, or of a
/// document that is not loaded. Half of the cursors are read from their texts. `None` if the
/// document has no position in the order.
fn cursor(
    sort: &SortSpec,
    random: &mut Random,
    vocabulary: &Vocabulary,
    units: &[Unit],
) -> Option<Cursor> {
    let unit = if random.percent(50) {
        units[random.below(units.len())].clone()
    } else {
        let arrays = ArrayMix::new(10);
        let index = random.below(2 * DOCUMENTS);
        document(&vocabulary.document(random, index, &arrays))
    };
    let cursor = Cursor::new(sort, &unit).ok()?;
    match random.below(2) {
        0 => Some(cursor),
        _ => Some(cursor.to_string().parse().unwrap()),
    }
}

/// A part of a name, or words that may be in a name; sometimes in upper or lower case.
fn text(random: &mut Random, vocabulary: &Vocabulary, units: &[Unit]) -> String {
    let name = units[random.below(units.len())].name().unwrap_or_default();
    let scalars: Vec<char> = name.chars().collect();
    let part: String = if random.percent(30) || scalars.is_empty() {
        vocabulary.join_words(random, 2)
    } else {
        let from = random.below(scalars.len());
        let length = 1 + random.below(8);
        scalars[from..].iter().take(length).collect()
    };
    let part = match random.below(4) {
        0 => part.to_uppercase(),
        1 => part.to_lowercase(),
        _ => part,
    };
    let part = part.replace('\0', "");
    if part.is_empty() {
        "a".to_owned()
    } else {
        part
    }
}

/// The documented fields.
const DOCUMENTED: [&str; 7] = [
    "name",
    "_id",
    "visibility",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
    "type",
];

/// Some of each kind of path.
const MIXED: [&str; 11] = [
    "name",
    "_id",
    "visibility",
    "numMonitors",
    "_updatedAt",
    "v",
    "w",
    "a",
    "a.x",
    "a.0",
    "v.x",
];

pub(super) fn random_sorts(run: &Run<'_>) {
    let mix = QueryMix {
        paths: &PATHS,
        most_keys: 3,
        page: 50,
        ..QueryMix::default()
    };
    compare(run, &ArrayMix::NONE, &mix);
}

pub(super) fn random_texts(run: &Run<'_>) {
    let mix = QueryMix {
        paths: &["name", "_id"],
        most_keys: 1,
        text: 100,
        page: 20,
        ..QueryMix::default()
    };
    compare(run, &ArrayMix::NONE, &mix);
}

pub(super) fn random_scopes_and_pages(run: &Run<'_>) {
    let mix = QueryMix {
        paths: &["name", "visibility", "numMonitors"],
        most_keys: 2,
        text: 20,
        scope: 80,
        page: 90,
        ..QueryMix::default()
    };
    compare(run, &ArrayMix::NONE, &mix);
}

/// One array in each document, and every path into it.
pub(super) fn random_arrays(run: &Run<'_>) {
    let arrays = ArrayMix::new(0);
    let mix = QueryMix {
        paths: &ARRAY_PATHS,
        most_keys: 3,
        text: 10,
        scope: 20,
        page: 30,
        ..QueryMix::default()
    };
    compare(run, &arrays, &mix);
}

/// Arrays in several fields, so that some orders are not defined.
pub(super) fn random_mixtures(run: &Run<'_>) {
    let arrays = ArrayMix::new(5);
    let mix = QueryMix {
        paths: &MIXED,
        most_keys: 3,
        text: 40,
        scope: 40,
        page: 50,
        ..QueryMix::default()
    };
    compare(run, &arrays, &mix);
}

/// Cursors of documents that are loaded, that have changed, and that are gone.
pub(super) fn random_cursors(run: &Run<'_>) {
    let undocumented = [
        "cursor_undocumented_field",
        "cursor_types_undocumented_field",
        "cursor_dotted_path",
        "cursor_array_on_a_path",
    ];
    let any_path = undocumented.iter().all(|case| run.serves(case));
    let mix = |paths| QueryMix {
        paths,
        most_keys: 3,
        text: 30,
        scope: 20,
        page: 60,
        cursor: 95,
    };
    compare(run, &ArrayMix::NONE, &mix(&DOCUMENTED));
    if any_path {
        compare(run, &ArrayMix::NONE, &mix(&PATHS));
    }
    let paths: &[&str] = if any_path { &MIXED } else { &DOCUMENTED };
    compare(run, &ArrayMix::new(5), &mix(paths));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_seed_is_a_number() {
        assert_eq!(seed(Ok("17".to_owned())), 17);
        assert_eq!(seed(Err(VarError::NotPresent)), 24_301);
    }

    #[test]
    fn documents_are_shown_up_to_a_bound() {
        let half = "x".repeat(MAX_SHOWN / 2);
        let less = "y".repeat(MAX_SHOWN / 2 - 1);
        assert_eq!(
            lines(&[half.clone(), less.clone()]),
            format!("{half}\n{less}\n")
        );
        let more = lines(&[half.clone(), half.clone(), less]);
        assert_eq!(more, format!("{half}\nand 2 more\n"));
    }

    #[test]
    #[should_panic(expected = "SEED is \"soon\", expected a number of 64 bits")]
    fn a_seed_that_is_not_a_number_refuses() {
        seed(Ok("soon".to_owned()));
    }
}
