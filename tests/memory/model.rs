//! Random changes and queries, against a plain list of units.

use std::collections::BTreeMap;

use livechat_units::{SortSpec, UnitQuery};
use livechat_units_testkit::effort;
use livechat_units_testkit::mirror::Mirror;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::documents::{self, Change, Source};
use crate::queries::{self, Question};

#[derive(Clone, Debug)]
enum Step {
    Upsert(Source),
    /// One field of a known document, the others as they were.
    Change(Index, Change),
    /// A known document as it is.
    Same(Index),
    Remove(String),
    RemoveKnown(Index),
    ReplaceAll(Vec<Source>),
    Extend(Vec<Source>),
    Clear,
    /// A copy is left behind, for the end.
    Copy,
    Ask(Question),
}

fn step() -> impl Strategy<Value = Step> {
    let documents = |most| vec(documents::source(), 0..most);
    prop_oneof![
        8 => documents::source().prop_map(Step::Upsert),
        8 => (any::<Index>(), documents::change()).prop_map(|(at, change)| Step::Change(at, change)),
        1 => any::<Index>().prop_map(Step::Same),
        1 => documents::id().prop_map(Step::Remove),
        4 => any::<Index>().prop_map(Step::RemoveKnown),
        1 => documents(30).prop_map(Step::ReplaceAll),
        2 => documents(15).prop_map(Step::Extend),
        1 => Just(Step::Clear),
        1 => Just(Step::Copy),
        16 => queries::question().prop_map(Step::Ask),
    ]
}

struct Model {
    mirror: Mirror,
    /// Every document that the store was ever given, as it was written last.
    sources: BTreeMap<String, Source>,
    left_behind: Vec<Mirror>,
    /// Asked last, and asked again after every change.
    last: UnitQuery,
}

impl Model {
    fn new(orders: Vec<SortSpec>, documents: Vec<Source>) -> Self {
        let mut model = Self {
            mirror: Mirror::new(orders),
            sources: BTreeMap::new(),
            left_behind: Vec::new(),
            last: UnitQuery::default(),
        };
        model.take(Step::ReplaceAll(documents));
        model
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Upsert(source) => {
                self.mirror.upsert(source.unit());
                self.learn(vec![source]);
            }
            Step::Change(at, change) => {
                if let Some(mut source) = self.known(at) {
                    source.change(change);
                    self.take(Step::Upsert(source));
                }
            }
            Step::Same(at) => {
                if let Some(source) = self.known(at) {
                    self.mirror.upsert(source.unit());
                }
            }
            Step::Remove(id) => self.mirror.remove(&id),
            Step::RemoveKnown(at) => {
                if let Some(source) = self.known(at) {
                    self.mirror.remove(&source.id);
                }
            }
            Step::ReplaceAll(sources) => {
                let units = sources.iter().map(Source::unit).collect();
                self.mirror.replace_all(units);
                self.learn(sources);
            }
            Step::Extend(sources) => {
                let units = sources.iter().map(Source::unit).collect();
                self.mirror.extend(units);
                self.learn(sources);
            }
            Step::Clear => self.mirror.clear(),
            Step::Copy => self.left_behind.push(self.mirror.clone()),
            Step::Ask(question) => {
                for query in question.queries(self.mirror.units()) {
                    self.mirror.assert_answers(&query);
                    // Some of them have left, or are what they were not.
                    for source in self.sources.values().step_by(7) {
                        self.mirror.assert_continues_after(&query, &source.unit());
                    }
                    self.last = query;
                }
            }
        }
    }

    fn learn(&mut self, sources: Vec<Source>) {
        let named = sources
            .into_iter()
            .map(|source| (source.id.clone(), source));
        self.sources.extend(named);
    }

    fn known(&self, at: Index) -> Option<Source> {
        let at = at.index(self.sources.len().max(1));
        self.sources.values().nth(at).cloned()
    }
}

// `LIVECHAT_UNITS_FULL=1 PROPTEST_CASES=100000` tests 100,000 cases.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        effort::choose("cases", 64, ProptestConfig::default().cases)
    ))]

    #[test]
    fn answers_as_a_list_of_units_does(
        orders in queries::declared(),
        documents in vec(documents::source(), 0..40),
        steps in vec(step(), 1..50),
    ) {
        let mut model = Model::new(orders, documents);
        for step in steps {
            model.take(step);
            model.mirror.assert_holds();
            model.mirror.assert_answers(&model.last);
        }
        for mirror in model.left_behind {
            mirror.assert_holds();
            mirror.assert_answers(&model.last);
        }
    }
}
