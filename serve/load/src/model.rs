//! The expected answers of `serve`, in every state of its units.
//!
//! The writer makes one change at a time, so the states have numbers: state 0 is the file, and
//! change `n` leads to state `n`. The changes are chosen so that the expected answer in a state
//! can be computed from the number of the state alone:
//!
//! * A change is a `POST` of one group of ten units, in five pairs. The two units of a pair
//!   exchange their names, and the number of the change is appended: `Sales Dentro 482`
//!   becomes `Sales Dentro 482 r1234`. No other name begins with one of these names, so the
//!   appended number changes neither the rank of the name nor the texts that match it.
//! * The groups change in turn, in a cycle of 100 changes.
//! * Every tenth change is a `DELETE` of one unit, the visitor. The `POST` five changes earlier
//!   added it. The visitor is the first unit in ascending order of the names, and in descending
//!   order of `_updatedAt`. While it exists, the other units are one index later in these orders,
//!   and `total` is greater by one.
//!
//! An answer that mixes two states, or whose units and `total` are from different states, differs
//! from the expected answer of every state.

use std::collections::{HashMap, HashSet};

use livechat_units_testkit::data::{self, Row, contains};
use livechat_units_testkit::random::Random;

/// The number of changes until the same group changes again.
const CYCLE: usize = 100;
/// The visitor is removed by every change whose number is a multiple of this.
const VISIT_PERIOD: usize = 10;
/// The number of the change, modulo `VISIT_PERIOD`, that adds the visitor.
const ARRIVAL: usize = 5;
/// The number of units in a group.
const GROUP_SIZE: usize = 10;
/// The number of units in all groups.
const CHANGING_UNITS: usize = (CYCLE - CYCLE / VISIT_PERIOD) * GROUP_SIZE;

/// The id of the visitor.
pub(crate) const VISITOR: &str = "visitor";

pub(crate) struct Model {
    /// The units in state 0.
    rows: Vec<Row>,
    /// The indexes into `rows`, ordered by name.
    by_name: Vec<usize>,
    /// The indexes into `rows`, in descending order of `_updatedAt`.
    newest: Vec<usize>,
    /// The part of `by_name` with the units whose names contain "sales".
    sales: Vec<usize>,
    /// The indexes into `rows` of the units of each group. The changes that remove the visitor
    /// have empty groups.
    groups: Vec<Vec<usize>>,
    /// The exchange of each unit in a group, by its index into `rows`.
    swaps: HashMap<usize, Swap>,
}

/// The exchange of names between a unit and its partner.
struct Swap {
    group: usize,
    partner: usize,
}

/// A change that the writer sends.
pub(crate) enum Change {
    /// The JSON lines of the documents, and the number of documents.
    Upsert(String, u32),
    RemoveVisitor,
}

/// A request for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    list: List,
    offset: usize,
    /// As in the query string: 0 asks for an unlimited page.
    count: usize,
}

/// The sort order or the text of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    ByName,
    ByNameReversed,
    Newest,
    Sales,
}

impl PageRequest {
    pub(crate) const fn new(list: List, offset: usize, count: usize) -> Self {
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
        model.make_groups();
        model
    }

    /// Chooses the units that change: the units of the first pages, and units from the whole
    /// order of names. The groups and the pairs are random.
    fn make_groups(&mut self) {
        let step = (self.rows.len() / CHANGING_UNITS).max(1);
        let pages = [&self.by_name, &self.sales, &self.newest];
        let mut seen = HashSet::new();
        let mut changing: Vec<usize> = (pages.iter().flat_map(|list| &list[..50]))
            .chain(self.by_name.iter().step_by(step))
            .chain(&self.by_name)
            .copied()
            .filter(|unit| !self.is_prefix_of_another(*unit) && seen.insert(*unit))
            .take(CHANGING_UNITS)
            .collect();
        let mut random = Random(0x10AD);
        changing.sort_by_cached_key(|_| random.below(u64::MAX));
        let groups = (0..CYCLE).filter(|group| group % VISIT_PERIOD != 0);
        for (group, units) in groups.zip(changing.chunks(GROUP_SIZE)) {
            for pair in units.chunks_exact(2) {
                for (unit, partner) in [(pair[0], pair[1]), (pair[1], pair[0])] {
                    self.swaps.insert(unit, Swap { group, partner });
                }
            }
            self.groups[group] = units.to_vec();
        }
    }

    /// Whether another name begins with the name of this unit.
    fn is_prefix_of_another(&self, unit: usize) -> bool {
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

    /// The content of the file that `serve` reads at the start.
    pub(crate) fn file(&self) -> String {
        let lines = self.rows.iter().map(|row| row.json() + "\n");
        lines.collect()
    }

    /// The change that leads to the state `number`.
    pub(crate) fn change(&self, number: usize) -> Change {
        if number.is_multiple_of(VISIT_PERIOD) {
            return Change::RemoveVisitor;
        }
        let group = self.groups[number % CYCLE].iter();
        let mut documents: Vec<String> = group.map(|&unit| self.unit(unit, number)).collect();
        if number % VISIT_PERIOD == ARRIVAL {
            documents.extend(visitor(number));
        }
        let units = u32::try_from(documents.len()).expect("a group and a visitor");
        Change::Upsert(documents.join("\n"), units)
    }

    /// The body of the expected answer in this state.
    pub(crate) fn answer(&self, request: PageRequest, state: usize) -> String {
        let visitor = visitor(state);
        let (list, by_name) = match request.list {
            List::ByName | List::ByNameReversed => (&self.by_name, true),
            List::Sales => (&self.sales, true),
            List::Newest => (&self.newest, false),
        };
        let total = list.len() + usize::from(visitor.is_some());
        let document = |index: usize| {
            let index = match request.list {
                List::ByNameReversed => total - 1 - index,
                _ => index,
            };
            match (&visitor, index.checked_sub(usize::from(visitor.is_some()))) {
                (Some(visitor), None) => visitor.clone(),
                (_, Some(index)) if by_name => self.unit(self.holder(list[index], state), state),
                (_, Some(index)) => self.unit(list[index], state),
                (None, None) => unreachable!("nothing is subtracted"),
            }
        };
        let limit = if request.count == 0 {
            total
        } else {
            request.count
        };
        let end = request.offset.saturating_add(limit).min(total);
        let units: Vec<String> = (request.offset..end).map(document).collect();
        format!(
            r#"{{"units":[{}],"count":{},"offset":{},"total":{total},"success":true}}"#,
            units.join(","),
            units.len(),
            request.offset,
        )
    }

    /// The unit that has, in this state, the name that this unit had in state 0.
    fn holder(&self, unit: usize, state: usize) -> usize {
        match self.swaps.get(&unit) {
            Some(swap) if changes_of(swap.group, state) % 2 == 1 => swap.partner,
            _ => unit,
        }
    }

    /// The document of a unit in this state.
    fn unit(&self, unit: usize, state: usize) -> String {
        let row = &self.rows[unit];
        let Some(swap) = self.swaps.get(&unit) else {
            return row.json();
        };
        let Some(earlier) = changes_of(swap.group, state).checked_sub(1) else {
            return row.json();
        };
        let last = swap.group + earlier * CYCLE;
        // The two units of a pair exchange names, so a unit has the name of the unit that has its
        // name.
        let name = &self.rows[self.holder(unit, state)].name;
        let name = format!("{name} r{last}");
        Row {
            name,
            ..row.clone()
        }
        .json()
    }
}

/// The number of changes of this group up to this state.
fn changes_of(group: usize, state: usize) -> usize {
    (state + CYCLE).saturating_sub(group) / CYCLE
}

/// The document of the visitor, if it exists in this state.
fn visitor(state: usize) -> Option<String> {
    let arrived = (state % VISIT_PERIOD).checked_sub(ARRIVAL)?;
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

    const PAGE_REQUESTS: [PageRequest; 7] = [
        PageRequest::new(List::ByName, 0, 50),
        PageRequest::new(List::ByNameReversed, 0, 50),
        PageRequest::new(List::Newest, 0, 50),
        PageRequest::new(List::Sales, 0, 50),
        PageRequest::new(List::ByName, 5_000, 100),
        PageRequest::new(List::Sales, 0, 0),
        PageRequest::new(List::Newest, 9_999, 50),
    ];

    fn read(documents: &str) -> impl Iterator<Item = Unit> {
        documents.lines().map(|line| line.parse().unwrap())
    }

    #[test]
    fn the_model_and_a_store_with_the_same_changes_give_equal_answers() {
        let model = Model::new(10_000);
        let mut store: MemoryStore = read(&model.file()).collect();
        let caller: Caller = (User::new())
            .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
            .into();
        let answer = |store: &MemoryStore, request: PageRequest| {
            let target = request.target();
            let (_, query) = target.split_once('?').unwrap();
            let response = Endpoint::default().handle(store, &caller, query);
            String::from_utf8(response.into_body().into_bytes()).unwrap()
        };
        let mut seen = HashSet::new();
        for state in 0..=CYCLE + 2 * VISIT_PERIOD {
            if state > 0 {
                match model.change(state) {
                    Change::Upsert(documents, units) => {
                        assert_eq!(documents.lines().count(), units as usize);
                        read(&documents).for_each(|unit| drop(store.upsert(unit)));
                    }
                    Change::RemoveVisitor => assert!(store.remove(VISITOR)),
                }
            }
            for request in PAGE_REQUESTS {
                assert_eq!(
                    answer(&store, request),
                    model.answer(request, state),
                    "{request:?} in {state}"
                );
            }
            seen.insert(model.answer(PAGE_REQUESTS[0], state));
        }
        assert!(
            seen.len() > CYCLE / 2,
            "expected more than {} different first pages, found {}",
            CYCLE / 2,
            seen.len()
        );
    }
}
