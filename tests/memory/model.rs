//! Random changes and queries: the store agrees with a plain list of units.

use std::collections::BTreeMap;

use livechat_units::{SortSpec, UnitQuery};
use livechat_units_testkit::effort;
use livechat_units_testkit::pair::Pair;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::documents::{self, Change, Source};
use crate::queries::{self, Question};

#[derive(Clone, Debug)]
enum Step {
    Upsert(Source),
    /// Upserts a known document with one field changed.
    Change(Index, Change),
    /// Upserts a known document without a change.
    Same(Index),
    Remove(String),
    RemoveKnown(Index),
    ReplaceAll(Vec<Source>),
    Extend(Vec<Source>),
    Clear,
    /// Copies the store. The copy is checked at the end.
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
    pair: Pair,
    /// The last version of every document that was ever written.
    sources: BTreeMap<String, Source>,
    copies: Vec<Pair>,
    /// The last query. It runs again after every step.
    last: UnitQuery,
}

impl Model {
    fn new(orders: Vec<SortSpec>, documents: Vec<Source>) -> Self {
        let mut model = Self {
            pair: Pair::new(orders),
            sources: BTreeMap::new(),
            copies: Vec::new(),
            last: UnitQuery::default(),
        };
        model.run(Step::ReplaceAll(documents));
        model
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Upsert(source) => {
                self.pair.upsert(source.unit());
                self.learn(vec![source]);
            }
            Step::Change(at, change) => {
                if let Some(mut source) = self.known(at) {
                    source.change(change);
                    self.run(Step::Upsert(source));
                }
            }
            Step::Same(at) => {
                if let Some(source) = self.known(at) {
                    self.pair.upsert(source.unit());
                }
            }
            Step::Remove(id) => self.pair.remove(&id),
            Step::RemoveKnown(at) => {
                if let Some(source) = self.known(at) {
                    self.pair.remove(&source.id);
                }
            }
            Step::ReplaceAll(sources) => {
                let units = sources.iter().map(Source::unit).collect();
                self.pair.replace_all(units);
                self.learn(sources);
            }
            Step::Extend(sources) => {
                let units = sources.iter().map(Source::unit).collect();
                self.pair.extend(units);
                self.learn(sources);
            }
            Step::Clear => self.pair.clear(),
            Step::Copy => self.copies.push(self.pair.clone()),
            Step::Ask(question) => {
                for query in question.queries(self.pair.units()) {
                    self.pair.assert_answers(&query);
                    // Some of these documents were removed, or are not units any more.
                    for source in self.sources.values().step_by(7) {
                        self.pair.assert_continues_after(&query, &source.unit());
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
    fn agrees_with_a_list_of_units(
        orders in queries::declared(),
        documents in vec(documents::source(), 0..40),
        steps in vec(step(), 1..50),
    ) {
        let mut model = Model::new(orders, documents);
        for step in steps {
            model.run(step);
            model.pair.assert_holds();
            model.pair.assert_answers(&model.last);
        }
        for pair in model.copies {
            pair.assert_holds();
            pair.assert_answers(&model.last);
        }
    }
}
