//! The states that a source had, and whether an answer is one of them.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard};

use livechat_units::{Limit, Page, Unit, UnitPage, UnitQuery};

/// A source's units by their `_id`.
pub(crate) type Units = BTreeMap<String, Unit>;

/// Every state of one source, numbered from 0.
pub(crate) struct History {
    states: Mutex<States>,
}

struct States {
    units: Units,
    newest: usize,
    /// The numbers of the states with this content, ascending. A state can return: a unit was
    /// added and removed.
    numbers: HashMap<u64, Vec<usize>>,
}

impl History {
    /// The history of a source without units.
    pub(crate) fn new() -> Self {
        let states = States {
            units: Units::new(),
            newest: 0,
            numbers: HashMap::from([(content_of(&Units::new()), vec![0])]),
        };
        Self {
            states: Mutex::new(states),
        }
    }

    /// Makes one write, in which the source goes from one state to the next: `write` changes the
    /// source and the units. Writers wait for each other, and checks wait for writers.
    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut Units) -> T) -> T {
        let mut states = self.lock();
        let written = write(&mut states.units);
        states.newest += 1;
        let (content, newest) = (content_of(&states.units), states.newest);
        states.numbers.entry(content).or_default().push(newest);
        written
    }

    /// The units of the newest state.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Units) -> T) -> T {
        read(&self.lock().units)
    }

    /// The query whose answer [`check`](Self::check) takes.
    pub(crate) fn query() -> UnitQuery {
        UnitQuery::default().with_page(Page::new(0, Limit::Unlimited))
    }

    /// The number of the state that a reader has got, which saw the state `last` before.
    ///
    /// # Panics
    /// If the source had no such state, or only before `last`.
    pub(crate) fn check(&self, page: &UnitPage, last: usize) -> usize {
        assert_eq!(
            page.total(),
            page.len() as u64,
            "the total of another state"
        );
        let units = page.units().map(|unit| (unit.id().to_owned(), unit));
        let units: Units = units.collect();
        let states = self.lock();
        let numbers = states.numbers.get(&content_of(&units));
        let Some(numbers) = numbers else {
            panic!("{} units that are no state of the source", units.len());
        };
        let number = numbers.iter().find(|number| **number >= last);
        *number.unwrap_or_else(|| panic!("after the state {last} came one of {numbers:?}"))
    }

    /// The number of the newest state.
    pub(crate) fn newest(&self) -> usize {
        self.lock().newest
    }

    fn lock(&self) -> MutexGuard<'_, States> {
        self.states.lock().unwrap()
    }
}

fn content_of(units: &Units) -> u64 {
    let mut hasher = DefaultHasher::new();
    for unit in units.values() {
        unit.as_json().hash(&mut hasher);
    }
    hasher.finish()
}
