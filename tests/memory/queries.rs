//! Queries of a model, some of which depend on what it holds when they are asked.

use livechat_units::{Limit, Page, Scope, SortSpec, TextFilter, Unit, UnitQuery};
use livechat_units_testkit::vocabulary::{PATHS, SORTS, WORDS};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::documents::{id, pieces};

/// One text, order and scope, and pages of what they list.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    text: Option<Text>,
    sort: String,
    scope: Scope,
    pages: Vec<(Offset, Limit)>,
}

#[derive(Clone, Debug)]
enum Text {
    Literal(String),
    /// So many scalars of some name, from some place on.
    Part {
        unit: Index,
        from: Index,
        scalars: usize,
    },
}

#[derive(Clone, Debug)]
enum Offset {
    Within(Index),
    Past(u64),
}

impl Question {
    /// The queries that it asks of these units; none where a text is no filter.
    pub(crate) fn queries(&self, units: &[Unit]) -> Vec<UnitQuery> {
        let text = self.text.as_ref().map(|text| text.of(units));
        if text.as_ref().is_some_and(Option::is_none) {
            return Vec::new();
        }
        let query = UnitQuery::default()
            .with_text(text.flatten())
            .with_sort(self.sort.parse().unwrap())
            .with_scope(self.scope.clone());
        let matches = units.iter().filter(|unit| query.matches(unit)).count();
        let pages = self.pages.iter();
        pages
            .map(|(offset, limit)| {
                let offset = match offset {
                    Offset::Within(index) => u64::try_from(index.index(matches + 1)).unwrap(),
                    Offset::Past(offset) => *offset,
                };
                query.clone().with_page(Page::new(offset, *limit))
            })
            .collect()
    }
}

impl Text {
    fn of(&self, units: &[Unit]) -> Option<TextFilter> {
        let text = match self {
            Self::Literal(text) => text.clone(),
            Self::Part {
                unit,
                from,
                scalars,
            } => {
                let names: Vec<&str> = units.iter().filter_map(Unit::name).collect();
                let name: Vec<char> = names.get(unit.index(names.len().max(1)))?.chars().collect();
                let from = from.index(name.len() + 1);
                name[from..].iter().take(*scalars).collect()
            }
        };
        TextFilter::new(&text).ok()
    }
}

pub(crate) fn question() -> impl Strategy<Value = Question> {
    let scope = option::weighted(0.2, btree_set(id(), 0..20));
    (
        option::weighted(0.7, text()),
        sort(),
        scope,
        vec((offset(), limit()), 1..4),
    )
        .prop_map(|(text, sort, scope, pages)| Question {
            text,
            sort,
            scope: scope.map_or(Scope::All, Scope::Only),
            pages,
        })
}

/// Orders that a store is told to keep.
pub(crate) fn declared() -> impl Strategy<Value = Vec<SortSpec>> {
    let orders = vec(
        sort().prop_map(|sort| sort.parse::<SortSpec>().unwrap()),
        0..4,
    );
    (orders, any::<bool>()).prop_map(|(mut orders, both_ways)| {
        if both_ways {
            orders.extend(orders.first().map(SortSpec::reversed));
        }
        orders
    })
}

fn text() -> impl Strategy<Value = Text> {
    let part = (any::<Index>(), any::<Index>(), 1_usize..=8);
    let of_words = (select(WORDS.to_vec()), any::<Index>(), 1_usize..=4);
    prop_oneof![
        5 => part.prop_map(|(unit, from, scalars)| Text::Part { unit, from, scalars }),
        2 => pieces(3).prop_map(Text::Literal),
        2 => of_words.prop_map(|(word, from, scalars)| {
            let word: Vec<char> = word.chars().collect();
            Text::Literal(word[from.index(word.len())..].iter().take(scalars).collect())
        }),
        1 => "[ aAkKsS\u{3A3}\u{3C2}\u{3c3}\u{a0}]{1,8}".prop_map(Text::Literal),
    ]
}

fn sort() -> impl Strategy<Value = String> {
    let field = (select(PATHS.to_vec()), select(vec!["1", "-1"]));
    let composed = vec(field, 1..5).prop_map(|fields| {
        let fields = fields.iter();
        let members: Vec<String> = fields
            .map(|(path, direction)| format!(r#""{path}":{direction}"#))
            .collect();
        format!("{{{}}}", members.join(","))
    });
    prop_oneof![
        3 => select(SORTS.to_vec()).prop_map(str::to_owned),
        2 => composed,
    ]
}

fn offset() -> impl Strategy<Value = Offset> {
    prop_oneof![
        3 => Just(Offset::Past(0)),
        6 => any::<Index>().prop_map(Offset::Within),
        1 => select(vec![41, 1000, Page::MAX_REQUESTED]).prop_map(Offset::Past),
    ]
}

fn limit() -> impl Strategy<Value = Limit> {
    let count = prop_oneof![6 => 1_u64..8, 1 => Just(50), 1 => Just(Page::MAX_REQUESTED)];
    prop_oneof![
        5 => count.prop_map(|count| Limit::at_most(count).unwrap()),
        1 => Just(Limit::Unlimited),
    ]
}
