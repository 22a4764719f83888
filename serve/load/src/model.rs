//! The expected answers of `serve`, in every state of its units.
//!
//! The writer makes one change after the other, so the states have numbers: state 0 is the
//! file, and change `n` leads to state `n`. The changes are such that the expected answer in a
//! state follows from its number alone:
//!
//! * A change is a `POST` of one group of ten units, in five pairs. The two units of a pair
//!   exchange their names, and the number of the change is appended: `Sales Dentro 482`
//!   becomes `Sales Dentro 482 r1234`. No other name begins with one of these names, so the
//!   unit that has a name has its rank in the order and matches the same texts.
//! * The groups follow one another, in a cycle.
//! * Every tenth change is a `DELETE` of a visitor, a unit that the `POST` five changes before
//!   has added. The visitor is the first unit of each order. While it exists, every page moves
//!   by one, and `total` is greater by one.
//!
//! An answer that mixes two states, or whose `total` belongs to another state than its units,
//! is therefore the answer of no state.

use std::collections::{HashMap, HashSet};

use livechat_units_testkit::data::{self, Row, contains};
use livechat_units_testkit::random::Random;

/// Changes until the same group comes again. The last of each ten changes is the visitor's.
const CYCLE: usize = 100;
const VISIT: usize = 10;
const ARRIVES: usize = 5;
const GROUP: usize = 10;
const CHANGING: usize = (CYCLE - CYCLE / VISIT) * GROUP;

pub(crate) const VISITOR: &str = "visitor";

pub(crate) struct Model {
    rows: Vec<Row>,
    by_name: Vec<usize>,
    newest: Vec<usize>,
    /// The indexes into `by_name` of the units whose names contain "sales".
    sales: Vec<usize>,
    /// The units of each group; empty for a change of the visitor.
    groups: Vec<Vec<usize>>,
    swaps: HashMap<usize, Swap>,
}

/// A unit that exchanges names with another.
struct Swap {
    group: usize,
    with: usize,
}

/// A change that the writer sends.
pub(crate) enum Change {
    /// Documents, and their number.
    Upsert(String, u32),
    RemoveVisitor,
}

/// A request for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    list: List,
    offset: usize,
    /// 0 is an unlimited page.
    count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    ByName,
    ByNameReversed,
    Newest,
    Sales,
}

impl Ask {
    pub(crate) const fn page(list: List, offset: usize, count: usize) -> Self {
        Self {
            list,
            offset,
            count,
        }
    }

    pub(crate) fn target(self) -> String {
        let Self { offset, count, .. } = self;
        let list = match self.list {
            List::ByName => "",
            List::ByNameReversed => "&sort=%7B%22name%22:-1%7D",
            List::Newest => "&sort=%7B%22_updatedAt%22:-1%7D",
            List::Sales => "&text=sales",
        };
        format!("/api/v1/livechat/units?offset={offset}&count={count}{list}")
    }
}

impl Model {
    pub(crate) fn new(size: usize) -> Self {
        let rows: Vec<Row> = data::rows(size).collect();
        data::assert_shape(&rows);
        let mut by_name: Vec<usize> = (0..size).collect();
        by_name.sort_by_key(|&unit| (&rows[unit].name, &rows[unit].id));
        let mut newest: Vec<usize> = (0..size).collect();
        newest.sort_by_key(|&unit| (rows[unit].updated_millis, &rows[unit].id));
        newest.reverse();
        let sales = by_name.iter().copied();
        let sales = sales.filter(|&unit| contains(&rows[unit].name, "sales"));
        let mut model = Self {
            sales: sales.collect(),
            rows,
            by_name,
            newest,
            groups: vec![Vec::new(); CYCLE],
            swaps: HashMap::new(),
        };
        model.group();
        model
    }

    /// The units of the first pages change, and others from the whole order. The pairs are
    /// random.
    fn group(&mut self) {
        let every = (self.rows.len() / CHANGING).max(1);
        let pages = [&self.by_name, &self.sales, &self.newest];
        let mut seen = HashSet::new();
        let mut changing: Vec<usize> = (pages.iter().flat_map(|list| &list[..50]))
            .chain(self.by_name.iter().step_by(every))
            .chain(&self.by_name)
            .copied()
            .filter(|unit| !self.leads(*unit) && seen.insert(*unit))
            .take(CHANGING)
            .collect();
        let mut random = Random(0x10AD);
        changing.sort_by_cached_key(|_| random.below(u64::MAX));
        let turns = (0..CYCLE).filter(|turn| turn % VISIT != 0);
        for (group, units) in turns.zip(changing.chunks(GROUP)) {
            for pair in units.chunks_exact(2) {
                for (unit, with) in [(pair[0], pair[1]), (pair[1], pair[0])] {
                    self.swaps.insert(unit, Swap { group, with });
                }
            }
            self.groups[group] = units.to_vec();
        }
    }

    /// Whether another name begins with the name of this unit.
    fn leads(&self, unit: usize) -> bool {
        let name = &self.rows[unit].name;
        let begins = |&other: &usize| self.rows[other].name.starts_with(name.as_str());
        let from = (self.by_name).partition_point(|&other| self.rows[other].name < *name);
        self.by_name[from..]
            .iter()
            .take_while(|other| begins(other))
            .count()
            > 1
    }

    /// The number of units without the visitor.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The file that `serve` reads at the start.
    pub(crate) fn file(&self) -> String {
        let lines = self.rows.iter().map(|row| row.json() + "\n");
        lines.collect()
    }

    pub(crate) fn change(&self, number: usize) -> Change {
        if number.is_multiple_of(VISIT) {
            return Change::RemoveVisitor;
        }
        let group = self.groups[number % CYCLE].iter();
        let mut documents: Vec<String> = group.map(|&unit| self.unit(unit, number)).collect();
        if number % VISIT == ARRIVES {
            documents.extend(visitor(number));
        }
        let units = u32::try_from(documents.len()).expect("a group and a visitor");
        Change::Upsert(documents.join("\n"), units)
    }

    /// The body of the expected answer in this state.
    pub(crate) fn answer(&self, ask: Ask, state: usize) -> String {
        let visitor = visitor(state);
        let (list, by_name) = match ask.list {
            List::ByName | List::ByNameReversed => (&self.by_name, true),
            List::Sales => (&self.sales, true),
            List::Newest => (&self.newest, false),
        };
        let total = list.len() + usize::from(visitor.is_some());
        let document = |place: usize| {
            let place = match ask.list {
                List::ByNameReversed => total - 1 - place,
                _ => place,
            };
            match (&visitor, place.checked_sub(usize::from(visitor.is_some()))) {
                (Some(visitor), None) => visitor.clone(),
                (_, Some(place)) if by_name => self.unit(self.holder(list[place], state), state),
                (_, Some(place)) => self.unit(list[place], state),
                (None, None) => unreachable!("nothing is subtracted"),
            }
        };
        let most = if ask.count == 0 { total } else { ask.count };
        let end = ask.offset.saturating_add(most).min(total);
        let units: Vec<String> = (ask.offset..end).map(document).collect();
        format!(
            r#"{{"units":[{}],"count":{},"offset":{},"total":{total},"success":true}}"#,
            units.join(","),
            units.len(),
            ask.offset,
        )
    }

    /// The unit that has, in this state, the name that this unit had in state 0.
    fn holder(&self, unit: usize, state: usize) -> usize {
        match self.swaps.get(&unit) {
            Some(swap) if turns(swap.group, state) % 2 == 1 => swap.with,
            _ => unit,
        }
    }

    /// The document of a unit in this state.
    fn unit(&self, unit: usize, state: usize) -> String {
        let row = &self.rows[unit];
        let Some(swap) = self.swaps.get(&unit) else {
            return row.json();
        };
        let Some(before) = turns(swap.group, state).checked_sub(1) else {
            return row.json();
        };
        let last = swap.group + before * CYCLE;
        // Two units exchange names, so the holder of this unit's name has the name of this unit.
        let name = &self.rows[self.holder(unit, state)].name;
        let name = format!("{name} r{last}");
        Row {
            name,
            ..row.clone()
        }
        .json()
    }
}

/// The number of changes of this group so far.
fn turns(group: usize, state: usize) -> usize {
    (state + CYCLE).saturating_sub(group) / CYCLE
}

/// The visitor's document, if the visitor exists in this state.
fn visitor(state: usize) -> Option<String> {
    let arrived = (state % VISIT).checked_sub(ARRIVES)?;
    let visitor = Row {
        id: VISITOR.to_owned(),
        name: format!("! Sales visitor r{}", state - arrived),
        visibility: "public",
        num_monitors: 1,
        num_departments: 1,
        updated_millis: 0,
        updated_at: "2030-01-01T00:00:00.000Z".to_owned(),
    };
    Some(visitor.json())
}

#[cfg(test)]
mod tests {
    use livechat_units::{Caller, Endpoint, MemoryStore, Permission, Unit, User};

    use super::*;

    const ASKS: [Ask; 7] = [
        Ask::page(List::ByName, 0, 50),
        Ask::page(List::ByNameReversed, 0, 50),
        Ask::page(List::Newest, 0, 50),
        Ask::page(List::Sales, 0, 50),
        Ask::page(List::ByName, 5_000, 100),
        Ask::page(List::Sales, 0, 0),
        Ask::page(List::Newest, 9_999, 50),
    ];

    fn read(documents: &str) -> impl Iterator<Item = Unit> {
        documents.lines().map(|line| line.parse().unwrap())
    }

    /// A store to which the changes were made gives the same answers.
    #[test]
    fn the_answers_in_every_state_are_those_of_a_store() {
        let model = Model::new(10_000);
        let mut store: MemoryStore = read(&model.file()).collect();
        let caller: Caller = (User::new())
            .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
            .into();
        let answer = |store: &MemoryStore, ask: Ask| {
            let target = ask.target();
            let (_, query) = target.split_once('?').unwrap();
            let response = Endpoint::default().handle(store, &caller, query);
            String::from_utf8(response.into_body().into_bytes()).unwrap()
        };
        let mut seen = HashSet::new();
        for state in 0..=CYCLE + 2 * VISIT {
            if state > 0 {
                match model.change(state) {
                    Change::Upsert(documents, units) => {
                        assert_eq!(documents.lines().count(), units as usize);
                        read(&documents).for_each(|unit| store.upsert(unit));
                    }
                    Change::RemoveVisitor => assert!(store.remove(VISITOR)),
                }
            }
            for ask in ASKS {
                assert_eq!(
                    answer(&store, ask),
                    model.answer(ask, state),
                    "{ask:?} in {state}"
                );
            }
            seen.insert(model.answer(ASKS[0], state));
        }
        assert!(
            seen.len() > CYCLE / 2,
            "a first page is changed {} times",
            seen.len()
        );
    }
}
