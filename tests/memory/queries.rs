//! Random queries for the model test. Some depend on the units that the model contains when the
//! query runs: a text can be a part of a name, and an offset can be relative to the matches.

use livechat_units::{Limit, Page, Scope, SortSpec, TextFilter, Unit, UnitQuery};
use livechat_units_testkit::vocabulary::{PATHS, SORTS, WORDS};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::documents::{id, pieces};

/// A text, a sort order and a scope, and the pages to read of their listing.
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
    /// A part of the name of a unit.
    Part {
        unit: Index,
        /// The first scalar of the part.
        from: Index,
        /// The maximum length of the part.
        scalars: usize,
    },
}

#[derive(Clone, Debug)]
enum Offset {
    /// At most the number of matches.
    UpToTotal(Index),
    Fixed(u64),
}

impl Question {
    /// The queries over these units, one for each page. Empty if the text is not a valid filter.
    pub(crate) fn queries(&self, units: &[Unit]) -> Vec<UnitQuery> {
        let text = self.text.as_ref().map(|text| text.to_filter(units));
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
                    Offset::UpToTotal(index) => u64::try_from(index.index(matches + 1)).unwrap(),
                    Offset::Fixed(offset) => *offset,
                };
                query.clone().with_page(Page::new(offset, *limit))
            })
            .collect()
    }
}

impl Text {
    fn to_filter(&self, units: &[Unit]) -> Option<TextFilter> {
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

/// Sort orders for the declared indexes of a store.
pub(crate) fn declared() -> impl Strategy<Value = Vec<SortSpec>> {
    let sort_orders = vec(
        sort().prop_map(|sort| sort.parse::<SortSpec>().unwrap()),
        0..4,
    );
    (sort_orders, any::<bool>()).prop_map(|(mut sort_orders, with_reversed)| {
        if with_reversed {
            sort_orders.extend(sort_orders.first().map(SortSpec::reversed));
        }
        sort_orders
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
        3 => Just(Offset::Fixed(0)),
        6 => any::<Index>().prop_map(Offset::UpToTotal),
        1 => select(vec![41, 1000, Page::MAX_REQUESTED]).prop_map(Offset::Fixed),
    ]
}

fn limit() -> impl Strategy<Value = Limit> {
    let count = prop_oneof![6 => 1_u64..8, 1 => Just(50), 1 => Just(Page::MAX_REQUESTED)];
    prop_oneof![
        5 => count.prop_map(|count| Limit::at_most(count).unwrap()),
        1 => Just(Limit::Unlimited),
    ]
}
