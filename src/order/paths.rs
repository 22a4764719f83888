//! From a unit to the values that an order compares it by: the paths are followed
//! together, and of the candidates that arrays on the way yield the first one counts.

use super::SortSpec;
use super::compare;
use super::{OrderError, Part, SortKey, compare_tuples};
use crate::unit::value::Value;
use crate::unit::{self, Unit};

/// The parts of the key of `unit`, one for each field of `sort`.
pub(super) fn first<'a>(sort: &'a SortSpec, unit: &'a Unit) -> Result<Box<[Part<'a>]>, OrderError> {
    let mut first = First {
        sort,
        parts: None,
        steps_left: SortKey::MAX_STEPS,
    };
    let mut steps = 0;
    let paths = sort
        .fields()
        .iter()
        .map(|field| descend(unit.enter(field.path()), &mut steps));
    let states: Vec<State<'a>> = paths.collect();
    first.expand(&states, Elements::MetOnce)?;
    Ok(first.parts.unwrap_or_default())
}

/// How far the path of one field has been followed.
#[derive(Clone, Copy)]
enum State<'a> {
    Done(Part<'a>),
    Stopped(Stop<'a>),
}

/// A path that has met an array.
#[derive(Clone, Copy)]
struct Stop<'a> {
    array: &'a Value,
    elements: &'a [Value],
    /// The path left; empty at its end.
    rest: &'a str,
    /// Whether this very array was picked by its position in another; then it is
    /// compared whole.
    picked: bool,
}

/// Where a path goes from an array.
enum Next<'a> {
    /// To one place, whichever element is looked at.
    Fixed(State<'a>),
    /// To the element itself.
    Element,
    /// To a field of the element, and on.
    Field(&'a str),
}

/// How often the paths come to the same elements.
#[derive(Clone, Copy)]
enum Elements {
    MetOnce,
    /// Once for each element of another array.
    MetAgain,
}

/// The candidate that comes first in the order, of those offered so far.
struct First<'a> {
    sort: &'a SortSpec,
    parts: Option<Box<[Part<'a>]>>,
    steps_left: usize,
}

impl<'a> First<'a> {
    /// Offers every candidate that the paths lead to. Each call takes them all
    /// through one array, so calls nest no deeper than paths have segments.
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
            let candidate = states.iter().map(|state| state.part()).collect();
            return self.offer(candidate, elements);
        };
        let mut steps = states.len();
        let next = states.iter().map(|state| state.next(&mut steps));
        let next: Vec<Next<'a>> = next.collect();
        self.spend(steps, elements)?;
        if next.iter().all(|next| matches!(next, Next::Fixed(_))) {
            // Every element would offer the same candidates.
            return self.enter(&next, stop.array, elements);
        }
        let remains = |next: &Next<'_>| matches!(next, Next::Fixed(State::Stopped(_)));
        let inner = if next.iter().any(remains) {
            Elements::MetAgain
        } else {
            elements
        };
        let mut all = stop.elements.iter();
        all.try_for_each(|element| self.enter(&next, element, inner))
    }

    /// Goes on from one element.
    fn enter(
        &mut self,
        next: &[Next<'a>],
        element: &'a Value,
        elements: Elements,
    ) -> Result<(), OrderError> {
        let mut steps = next.len();
        let states = next.iter().map(|next| next.state(element, &mut steps));
        let states: Vec<State<'a>> = states.collect();
        self.spend(steps, elements)?;
        self.expand(&states, elements)
    }

    fn offer(&mut self, candidate: Box<[Part<'a>]>, elements: Elements) -> Result<(), OrderError> {
        if matches!(elements, Elements::MetAgain) {
            let steps = candidate.iter().map(|part| compare::steps(*part)).sum();
            self.spend(steps, elements)?;
        }
        let comes_first = self
            .parts
            .as_ref()
            .is_none_or(|first| compare_tuples(self.sort, &candidate, first).is_lt());
        if comes_first {
            self.parts = Some(candidate);
        }
        Ok(())
    }

    fn spend(&mut self, steps: usize, elements: Elements) -> Result<(), OrderError> {
        if matches!(elements, Elements::MetAgain) {
            let left = self.steps_left.checked_sub(steps);
            self.steps_left = left.ok_or(OrderError::TooManyCombinations)?;
        }
        Ok(())
    }
}

impl<'a> State<'a> {
    /// The value that the path has come to. Through an array without elements there
    /// is nothing on the way, and at the end of the path the array itself.
    fn part(self) -> Part<'a> {
        match self {
            Self::Done(part) => part,
            Self::Stopped(stop) if stop.rest.is_empty() => Part::EmptyArray,
            Self::Stopped(_) => Part::Missing,
        }
    }

    /// Where the path goes from the array it has met.
    fn next(self, steps: &mut usize) -> Next<'a> {
        let stop = match self {
            Self::Done(_) => return Next::Fixed(self),
            Self::Stopped(stop) => stop,
        };
        if stop.rest.is_empty() {
            return if stop.picked {
                Next::Fixed(Self::Done(Part::Value(stop.array)))
            } else {
                Next::Element
            };
        }
        let picked = position(stop.rest)
            .and_then(|(at, rest)| stop.elements.get(at).map(|element| (element, rest)));
        match picked {
            Some((element, rest)) => Next::Fixed(match descend(Some((element, rest)), steps) {
                Self::Stopped(inner) => Self::Stopped(Stop {
                    picked: std::ptr::eq(inner.array, element),
                    ..inner
                }),
                done @ State::Done(_) => done,
            }),
            None => Next::Field(stop.rest),
        }
    }
}

impl<'a> Next<'a> {
    /// Where the path is once it has gone on to `element`.
    fn state(&self, element: &'a Value, steps: &mut usize) -> State<'a> {
        match *self {
            Self::Fixed(state) => state,
            Self::Element => State::Done(Part::Value(element)),
            Self::Field(path) => match element {
                Value::Object(_) => descend(Some((element, path)), steps),
                // Neither a scalar nor a nested array is searched.
                _ => State::Done(Part::Missing),
            },
        }
    }
}

/// Follows a path from a value through objects, up to its end or to an array. Adds the
/// fields it looks at to `steps`.
fn descend<'a>(from: Option<(&'a Value, &'a str)>, steps: &mut usize) -> State<'a> {
    let mut place = from;
    loop {
        match place {
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
                place = unit::enter(fields, path);
                *steps += fields.len();
            }
            Some(_) | None => return State::Done(Part::Missing),
        }
    }
}

/// The position that the first segment of a path names, decimal digits without leading
/// zeros, and the path after it.
fn position(path: &str) -> Option<(usize, &str)> {
    /// No array is so long that a position in it has more.
    const DIGITS: usize = 20;
    let digits = path.bytes().take(DIGITS).take_while(u8::is_ascii_digit);
    let (digits, rest) = path.split_at_checked(digits.count())?;
    let ends = rest.is_empty() || rest.starts_with('.');
    let canonical = digits == "0" || !digits.starts_with('0');
    if !ends || !canonical {
        return None;
    }
    let at = digits.parse().ok()?;
    Some((at, rest.strip_prefix('.').unwrap_or(rest)))
}
