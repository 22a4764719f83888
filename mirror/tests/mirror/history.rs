//! The states that a source had, and readers who check that each answer is one of them.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use livechat_units::{Limit, Page, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore};
use livechat_units_mirror::Mirror;

/// A source's units by their `_id`.
pub(crate) type Units = BTreeMap<String, Unit>;

/// The age from which on a mirror refuses to list a state, by default.
pub(crate) const MAX_STALENESS: Duration = Duration::from_secs(30);

/// Every state of one source, numbered from 0.
pub(crate) struct History {
    states: Mutex<States>,
}

struct States {
    units: Units,
    /// When each state began.
    began: Vec<Instant>,
    /// The numbers of the states with this content, ascending. A state can return: a unit was
    /// added and removed.
    numbers: HashMap<u64, Vec<usize>>,
}

impl History {
    /// The history of a source without units.
    pub(crate) fn new() -> Self {
        let states = States {
            units: Units::new(),
            began: vec![Instant::now()],
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
        let (content, newest) = (content_of(&states.units), states.began.len());
        states.began.push(Instant::now());
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
        self.lock().began.len() - 1
    }

    /// Lists while `goes_on`, and checks every answer: it is one state of the source, no older than
    /// the one before and than `max_staleness`. A refusal says that the state is too old.
    pub(crate) fn list_while(
        &self,
        mirror: &Mirror,
        max_staleness: Duration,
        mut goes_on: impl FnMut(&Seen) -> bool,
    ) -> Seen {
        let (mut seen, mut last) = (Seen::default(), 0);
        while goes_on(&seen) {
            let asked = Instant::now();
            match mirror.list(&Self::query()) {
                Ok(page) => {
                    let number = self.check(&page, last);
                    let next = self.lock().began.get(number + 1).copied();
                    let is_young = next.is_none_or(|next| next + max_staleness >= asked);
                    assert!(is_young, "the state {number} is too old");
                    seen.answers += 1;
                    seen.states += usize::from(number > last);
                    last = number;
                }
                Err(error) => {
                    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
                    seen.refusals += 1;
                    thread::sleep(Duration::from_millis(1));
                }
            }
        }
        seen
    }

    fn lock(&self) -> MutexGuard<'_, States> {
        self.states.lock().unwrap()
    }
}

/// What a reader has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) answers: usize,
    /// How often an answer was of a later state than the one before.
    pub(crate) states: usize,
    pub(crate) refusals: usize,
}

fn content_of(units: &Units) -> u64 {
    let mut hasher = DefaultHasher::new();
    for unit in units.values() {
        unit.as_json().hash(&mut hasher);
    }
    hasher.finish()
}
