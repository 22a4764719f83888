//! Facts from MongoDB's own tests: documents, a sort, and the order in which MongoDB lists them.
//!
//! Each line of `mongodb.jsonl` is a JSON object with the facts about one set of documents:
//!
//! | key | value |
//! |---|---|
//! | `from` | the test file in MongoDB's repository, without its directory |
//! | `case` | the conformance case, if it is not the case of the test file |
//! | `test` | the test in that file; or `like`, if the documents are only similar to those of the test |
//! | `documents` | for each `_id` the other fields, without `type` |
//! | `answers` | objects with the `sort`, a `text` if there is one, and the `ids` listed; or `"refused":"parallel arrays"` |
//!
//! Some of MongoDB's tests only list the index keys of a document. The fact then has other
//! documents with those keys, among which the document must be listed. The answers of a `like`
//! were computed by another program, which follows the rules of MongoDB's key generator. An
//! answer with `mongodb` is a query that MongoDB refuses with that error; its ids follow SPEC.
//!
//! Most facts have two to nine documents. The facts of one case that sort by the same paths are
//! loaded into one store, each `_id` after the number of its fact. The order is total, so the
//! documents of one fact have the same order there as by themselves.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use serde_json::value::RawValue;

use livechat_units::{SortField, SortSpec};

use crate::data::unit;
use crate::loaded::{Loaded, Query};
use crate::run::Run;
use crate::show::show_ids;

const FACTS: &str = include_str!("mongodb.jsonl");

type Members<'a> = HashMap<&'a str, &'a RawValue>;

/// One line of the file.
struct Fact {
    /// The case that checks the fact.
    case: String,
    /// The test and its file.
    title: String,
    /// For each `_id` the JSON of the other fields, without braces.
    documents: BTreeMap<String, String>,
    answers: Vec<Answer>,
}

struct Answer {
    sort: SortSpec,
    text: Option<String>,
    expected: Expected,
}

enum Expected {
    Ids(Vec<String>),
    ParallelArrays,
}

/// Facts whose documents are sorted by the same paths, and are loaded into one store.
#[derive(Default)]
struct Group<'a> {
    /// The numbers of the facts whose documents are in `documents`.
    facts: HashSet<usize>,
    documents: Vec<String>,
    /// The number of a fact, one of its answers, and the ids of that answer.
    asked: Vec<(usize, &'a Answer, &'a [String])>,
}

impl Fact {
    fn read(line: &str) -> Self {
        let members: Members<'_> = json(line);
        let from: String = json(members["from"].get());
        let case = match members.get("case") {
            Some(case) => json(case.get()),
            None => format!("mongodb_{}", from.split('.').next().unwrap()),
        };
        let title = match members.get("test") {
            Some(test) => json(test.get()),
            None => format!("like {}", json::<String>(members["like"].get())),
        };
        let documents: BTreeMap<String, &RawValue> = json(members["documents"].get());
        let documents = documents.into_iter().map(|(id, fields)| {
            let fields = fields.get().strip_prefix('{').unwrap();
            (id, fields.strip_suffix('}').unwrap().to_owned())
        });
        let answers: Vec<&RawValue> = json(members["answers"].get());
        Self {
            case,
            title: format!("{title} of {from}"),
            documents: documents.collect(),
            answers: answers.iter().map(|raw| Answer::read(raw.get())).collect(),
        }
    }

    /// The JSON of its documents, each `_id` with this prefix.
    fn documents(&self, prefix: &str) -> impl Iterator<Item = String> + '_ {
        let prefix = prefix.to_owned();
        let documents = self.documents.iter();
        documents.map(move |(id, fields)| unit(&format!("{prefix}{id}"), fields))
    }

    /// The documents as a failure shows them: each `_id` with the other fields.
    fn shown(&self) -> String {
        let documents = self.documents.iter();
        let shown = documents.map(|(id, fields)| format!("{id}: {{{fields}}}"));
        shown.collect::<Vec<_>>().join(", ")
    }

    /// Whether a document has a number that JSON cannot express.
    fn is_beyond_json(&self) -> bool {
        let mut fields = self.documents.values();
        fields.any(|fields| fields.contains("NaN") || fields.contains("Infinity"))
    }
}

impl Answer {
    fn read(text: &str) -> Self {
        let members: Members<'_> = json(text);
        let sort = members["sort"].get();
        Self {
            sort: sort.parse().unwrap_or_else(|error| panic!("{error}")),
            text: members.get("text").map(|text| json(text.get())),
            expected: match members.get("ids") {
                Some(ids) => Expected::Ids(json(ids.get())),
                None => Expected::ParallelArrays,
            },
        }
    }

    /// The query, of the unlimited page.
    fn query<'a>(&self, store: &'a Loaded) -> Query<'a> {
        let query = store.sort(&self.sort.to_string());
        match &self.text {
            Some(text) => query.text(text),
            None => query,
        }
    }

    /// The paths that documents are sorted by.
    fn paths(&self) -> Vec<&str> {
        let fields = self.sort.fields().iter();
        fields.map(SortField::path).collect()
    }
}

fn json<'a, T: serde::Deserialize<'a>>(text: &'a str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The prefix of the ids of a fact.
fn prefix(fact: usize) -> String {
    format!("{fact:03}-")
}

impl Fact {
    /// Checks all facts of the case that runs.
    fn check_all_of(case: &Run<'_>) {
        let serves_words = case.serves("sort_nan_and_infinities");
        let facts = FACTS.lines().map(Fact::read);
        let facts = facts.filter(|fact| fact.case == case.name());
        let facts: Vec<Fact> = facts
            .filter(|fact| serves_words || !fact.is_beyond_json())
            .collect();
        assert!(!facts.is_empty(), "no facts of {}", case.name());
        let mut groups: BTreeMap<Vec<&str>, Group<'_>> = BTreeMap::new();
        for (number, fact) in facts.iter().enumerate() {
            for answer in &fact.answers {
                let Expected::Ids(ids) = &answer.expected else {
                    answer.query(&case.load(fact.documents(""))).refuses();
                    continue;
                };
                let group = groups.entry(answer.paths()).or_default();
                if group.facts.insert(number) {
                    group.documents.extend(fact.documents(&prefix(number)));
                }
                group.asked.push((number, answer, ids));
            }
        }
        for group in groups.values() {
            group.check(case, &facts);
        }
    }
}

impl Group<'_> {
    fn check(&self, run: &Run<'_>, facts: &[Fact]) {
        let store = run.load(&self.documents);
        let mut listings: HashMap<(String, &Option<String>), Vec<String>> = HashMap::new();
        let mut wrong = String::new();
        for (number, answer, expected) in &self.asked {
            let query = (answer.sort.to_string(), &answer.text);
            let listing = listings
                .entry(query)
                .or_insert_with(|| answer.query(&store).listing());
            let prefix = prefix(*number);
            let found = listing.iter().filter_map(|id| id.strip_prefix(&prefix));
            let found: Vec<&str> = found.collect();
            // The listing of a projection was compared with that of the reference.
            if !store.is_projected() && found != *expected {
                let _ = write!(
                    wrong,
                    "\n{}\nof:       {}\nsort:     {}{}\nexpected: {}\nfound:    {}",
                    facts[*number].title,
                    facts[*number].shown(),
                    answer.sort,
                    answer
                        .text
                        .as_ref()
                        .map_or(String::new(), |text| format!(", text {text:?}")),
                    show_ids(*expected),
                    show_ids(&found)
                );
            }
        }
        assert!(wrong.is_empty(), "{}{wrong}", run.title());
    }
}

pub(super) fn mongodb_btree_key_generator_test(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort_key_generator_test(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort_dotted_paths(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort_dotted_paths_numeric(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort_dotted_paths_parallel_arrays(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort_array(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort1(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort5(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort6(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort8(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort9(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort10(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sorta(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_sort4(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_indexu(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_document_source_sort_test(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_bson_obj_test(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_regex_unicode(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_document_value_test(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_integers_beside_large_doubles(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_indexes_that_mongodb_refuses(run: &Run<'_>) {
    Fact::check_all_of(run);
}

pub(super) fn mongodb_arrays_on_deep_paths(run: &Run<'_>) {
    Fact::check_all_of(run);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CASES;

    #[test]
    fn every_fact_is_of_a_case() {
        for fact in FACTS.lines().map(Fact::read) {
            let mut cases = CASES.iter();
            assert!(cases.any(|case| case.name() == fact.case), "{}", fact.case);
        }
    }
}
