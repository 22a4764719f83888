//! From a unit to the values of its sort key.
//!
//! All paths of a sort order are followed together, one array at a time. Each path is in a
//! [`State`]: done, with the value it found, or stopped at an array. While a path is
//! stopped, every element of the array is tried for all paths at once. When no path is
//! stopped, the values are a tuple. The tuple that sorts first is the key.

use super::SortSpec;
use super::compare;
use super::{OrderError, Part, SortKey, compare_tuples};
use crate::unit::value::Value;
use crate::unit::{self, Unit};

/// The values of the sort key of `unit`, one for each field of `sort`.
pub(super) fn first_tuple<'a>(
    sort: &'a SortSpec,
    unit: &'a Unit,
) -> Result<Box<[Part<&'a Value>]>, OrderError> {
    let mut first = First {
        sort,
        parts: None,
        steps_left: SortKey::MAX_STEPS,
    };
    let fields = sort.fields().iter();
    let states = fields.map(|field| descend(unit.first_segment(field.path()), &mut 0));
    let states: Vec<_> = states.collect();
    first.expand(&states, Elements::ReadOnce)?;
    Ok(first.parts.unwrap_or_default())
}

/// The state of one path.
#[derive(Clone, Copy)]
enum State<'a> {
    Done(Part<&'a Value>),
    Stopped(Stop<'a>),
}

/// A path that is stopped at an array.
#[derive(Clone, Copy)]
struct Stop<'a> {
    array: &'a Value,
    elements: &'a [Value],
    /// The remaining path; empty at its end.
    rest: &'a str,
    /// Whether the path picked this array by its index in another. Then it is compared as a whole.
    picked: bool,
}

/// How a path continues from an array.
enum Next<'a> {
    /// In the same state for every element.
    Fixed(State<'a>),
    /// With the element itself, as its value.
    Element,
    /// With this path inside the element.
    Field(&'a str),
}

/// How often the elements of an array are read.
#[derive(Clone, Copy)]
enum Elements {
    ReadOnce,
    /// Once for each element of another array. These steps are counted.
    ReadAgain,
}

/// The tuple that sorts first, among those offered so far.
struct First<'a> {
    sort: &'a SortSpec,
    parts: Option<Box<[Part<&'a Value>]>>,
    steps_left: usize,
}

impl<'a> First<'a> {
    /// Offers every tuple of these states. Each call takes all paths through one array,
    /// so calls nest at most as deep as a path has segments.
    fn expand(&mut self, states: &[State<'a>], elements: Elements) -> Result<(), OrderError> {
        let mut stopped = states.iter().filter_map(|state| match state {
            State::Stopped(stop) => Some(stop),
            State::Done(_) => None,
        });
        let first = stopped.next();
        if stopped.any(|stop| first.is_some_and(|first| !std::ptr::eq(first.array, stop.array))) {
            return Err(OrderError::ParallelArrays);
        }
        let Some(stop) = first.filter(|stop| !stop.elements.is_empty()) else {
            return self.offer(states, elements);
        };
        let mut steps = states.len();
        let next: Vec<_> = states.iter().map(|state| state.next(&mut steps)).collect();
        self.spend(steps, elements)?;
        if next.iter().all(|next| matches!(next, Next::Fixed(_))) {
            // Every element yields the same tuples.
            return self.enter(&next, stop.array, elements);
        }
        let remains = |next: &Next<'_>| matches!(next, Next::Fixed(State::Stopped(_)));
        let inner = if next.iter().any(remains) {
            Elements::ReadAgain
        } else {
            elements
        };
        let mut all = stop.elements.iter();
        all.try_for_each(|element| self.enter(&next, element, inner))
    }

    /// Continues all paths from one element.
    fn enter(
        &mut self,
        next: &[Next<'a>],
        element: &'a Value,
        elements: Elements,
    ) -> Result<(), OrderError> {
        let mut steps = next.len();
        let states = next.iter().map(|next| next.state(element, &mut steps));
        let states: Vec<_> = states.collect();
        self.spend(steps, elements)?;
        self.expand(&states, elements)
    }

    /// Offers the tuple of states that are at the end of their paths.
    fn offer(&mut self, states: &[State<'a>], elements: Elements) -> Result<(), OrderError> {
        let tuple: Box<[_]> = states.iter().map(|state| state.part()).collect();
        if matches!(elements, Elements::ReadAgain) {
            let steps = tuple.iter().map(|part| compare::steps(*part)).sum();
            self.spend(steps, elements)?;
        }
        match &self.parts {
            Some(first) if compare_tuples(self.sort, &tuple, first).is_ge() => {}
            _ => self.parts = Some(tuple),
        }
        Ok(())
    }

    fn spend(&mut self, steps: usize, elements: Elements) -> Result<(), OrderError> {
        if matches!(elements, Elements::ReadAgain) {
            let left = self.steps_left.checked_sub(steps);
            self.steps_left = left.ok_or(OrderError::TooManyCombinations)?;
        }
        Ok(())
    }
}

impl<'a> State<'a> {
    /// The value of the path. A path that is stopped here is at an array without elements:
    /// the value is that array if the path ends there, and missing otherwise.
    fn part(self) -> Part<&'a Value> {
        match self {
            Self::Done(part) => part,
            Self::Stopped(stop) if stop.rest.is_empty() => Part::EmptyArray,
            Self::Stopped(_) => Part::Missing,
        }
    }

    /// How the path continues from its array.
    fn next(self, steps: &mut usize) -> Next<'a> {
        let Self::Stopped(stop) = self else {
            return Next::Fixed(self);
        };
        if stop.rest.is_empty() {
            return if stop.picked {
                Next::Fixed(Self::Done(Part::Value(stop.array)))
            } else {
                Next::Element
            };
        }
        let picked = array_index(stop.rest)
            .and_then(|(index, rest)| stop.elements.get(index).map(|element| (element, rest)));
        let Some((element, rest)) = picked else {
            return Next::Field(stop.rest);
        };
        let mut state = descend(Some((element, rest)), steps);
        if let Self::Stopped(inner) = &mut state {
            inner.picked = std::ptr::eq(inner.array, element);
        }
        Next::Fixed(state)
    }
}

impl<'a> Next<'a> {
    /// The state of the path inside `element`.
    fn state(&self, element: &'a Value, steps: &mut usize) -> State<'a> {
        match *self {
            Self::Fixed(state) => state,
            Self::Element => State::Done(Part::Value(element)),
            Self::Field(path) => match element {
                Value::Object(_) => descend(Some((element, path)), steps),
                // A scalar has no fields, and MongoDB does not search a nested array.
                _ => State::Done(Part::Missing),
            },
        }
    }
}

/// Follows a path through objects to its end or to an array. Adds the fields read to `steps`.
fn descend<'a>(from: Option<(&'a Value, &'a str)>, steps: &mut usize) -> State<'a> {
    let mut reached = from;
    loop {
        match reached {
            Some((array @ Value::Array(elements), path)) => {
                return State::Stopped(Stop {
                    array,
                    elements,
                    rest: path,
                    picked: false,
                });
            }
            Some((found, "")) => return State::Done(Part::Value(found)),
            Some((Value::Object(fields), path)) => {
                reached = unit::first_segment(fields, path);
                *steps += fields.len();
            }
            Some(_) | None => return State::Done(Part::Missing),
        }
    }
}

/// The index that the first segment of a path names, if it is decimal digits without leading
/// zeros, and the path after it.
fn array_index(path: &str) -> Option<(usize, &str)> {
    /// Decimal digits of the largest `u64`.
    const DIGITS: usize = 20;
    let digits = path.bytes().take(DIGITS).take_while(u8::is_ascii_digit);
    let (digits, rest) = path.split_at_checked(digits.count())?;
    let ends = rest.is_empty() || rest.starts_with('.');
    let canonical = digits == "0" || !digits.starts_with('0');
    let index = digits.parse().ok().filter(|_| ends && canonical)?;
    Some((index, rest.strip_prefix('.').unwrap_or(rest)))
}
