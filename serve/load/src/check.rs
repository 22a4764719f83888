//! The client that compares answers with the expected ones.

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Duration;

use crate::client::{Answer, Client};
use crate::model::{List, Model, PageRequest};
use crate::write::Progress;

/// The pause between two requests.
const PAUSE: Duration = Duration::from_millis(2);

/// The number of wrong answers that are printed in full. The others are counted.
const MAX_PRINTED: u64 = 5;

/// One request in this many is for all matches of a text, because such an answer has about
/// 900 kB.
const EVERYTHING_EVERY: u64 = 64;
const EVERYTHING: PageRequest = PageRequest::new(List::Sales, 0, 0);

#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) answers: u64,
    /// The answers among these that came while a change was made.
    pub(crate) during_changes: u64,
    pub(crate) units: u64,
    pub(crate) wrong: u64,
}

/// Requests all kinds of pages in turn, until the run is over.
pub(crate) fn check(model: &Model, address: SocketAddr, progress: &Progress) -> Checked {
    let page_requests = page_requests(model.len());
    let mut checked = Checked::default();
    let mut client = None;
    for (turn, &request) in (1_u64..).zip(page_requests.iter().cycle()) {
        thread::sleep(PAUSE);
        if progress.is_over.load(SeqCst) {
            break;
        }
        let everything = turn % EVERYTHING_EVERY == 0;
        let request = if everything { EVERYTHING } else { request };
        // The answer must contain every change that was acknowledged before the request, and no
        // change that began after the answer.
        let first = progress.acknowledged.load(SeqCst);
        let answer = send(&mut client, address, request);
        let last = progress.begun.load(SeqCst);
        checked.answers += 1;
        checked.during_changes += u64::from(first != last);
        let compared = match answer {
            Ok(answer) if answer.status == 200 => {
                compare(model, request, &answer.body, first..=last)
            }
            Ok(answer) => Err(format!("{request:?}: status {}", answer.status)),
            Err(error) => Err(format!("{request:?}: {error}")),
        };
        match compared {
            Ok(units) => checked.units += units,
            Err(problem) => {
                checked.wrong += 1;
                if checked.wrong <= MAX_PRINTED {
                    eprintln!("wrong: {problem}");
                }
            }
        }
    }
    checked
}

/// Sends the request on the open connection, or on a new one after a failure.
fn send(
    client: &mut Option<Client>,
    address: SocketAddr,
    request: PageRequest,
) -> io::Result<Answer> {
    let mut connected = match client.take() {
        Some(client) => client,
        None => Client::connect(address)?,
    };
    let answer = connected.ask("GET", &request.target(), "")?;
    *client = Some(connected);
    Ok(answer)
}

fn page_requests(size: usize) -> Vec<PageRequest> {
    vec![
        PageRequest::new(List::ByName, 0, 50),
        PageRequest::new(List::Sales, 0, 50),
        PageRequest::new(List::Newest, 0, 50),
        PageRequest::new(List::ByName, 30, 100),
        PageRequest::new(List::Sales, 1_000, 50),
        PageRequest::new(List::ByNameReversed, 0, 50),
        PageRequest::new(List::ByName, size / 2, 100),
        // This page has the last unit while the visitor exists, and is empty otherwise.
        PageRequest::new(List::ByName, size, 50),
        PageRequest::new(List::ByNameReversed, size - 20, 50),
    ]
}

/// Compares the answer with the expected answer of each of these states, byte by byte. Returns
/// the number of units if one is equal, and otherwise where the nearest one differs.
fn compare(
    model: &Model,
    request: PageRequest,
    body: &[u8],
    states: RangeInclusive<usize>,
) -> Result<u64, String> {
    let mut nearest = (0, String::new());
    for state in states.clone() {
        let expected = model.answer(request, state);
        if expected.as_bytes() == body {
            return Ok(u64::try_from(expected.matches(r#""_id":"#).count()).unwrap_or(u64::MAX));
        }
        let same = expected
            .bytes()
            .zip(body)
            .take_while(|(one, other)| one == *other);
        let same = same.count();
        if same >= nearest.0 {
            nearest = (
                same,
                format!("state {state} has {}", excerpt(expected.as_bytes(), same)),
            );
        }
    }
    let (same, expected) = nearest;
    let (first, last) = states.into_inner();
    Err(format!(
        "{request:?}: the answer of no state from {first} to {last}: at byte {same} {expected}, it has {}",
        excerpt(body, same)
    ))
}

/// Some bytes around an offset.
fn excerpt(body: &[u8], offset: usize) -> String {
    let part = &body[offset.saturating_sub(60)..body.len().min(offset + 60)];
    let mut excerpt = String::new();
    for chunk in part.utf8_chunks() {
        let _ = write!(excerpt, "{}", chunk.valid());
    }
    format!("…{excerpt}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer in state 17, and answers with one fault each.
    #[test]
    fn only_answers_of_the_given_states_are_accepted() {
        let model = Model::new(10_000);
        let request = PageRequest::new(List::ByName, 0, 50);
        let right = model.answer(request, 17);
        let compare = |body: &str, states| compare(&model, request, body.as_bytes(), states);
        assert_eq!(compare(&right, 17..=17), Ok(50));
        assert_eq!(compare(&right, 15..=19), Ok(50));

        // The visitor exists from 15 to 19.
        let too_old = compare(&right, 20..=24).unwrap_err();
        assert!(too_old.contains("no state from 20 to 24"), "{too_old}");
        assert!(compare(&right, 10..=14).is_err());

        let (units, tail) = right.split_once("],\"count\"").unwrap();
        let units: Vec<&str> = units
            .strip_prefix("{\"units\":[")
            .unwrap()
            .split_inclusive('}')
            .collect();
        let put = |units: &[&str], tail: &str| {
            format!("{{\"units\":[{}],\"count\"{tail}", units.concat())
        };
        assert_eq!(put(&units, tail), right);
        let mut exchanged = units.clone();
        exchanged.swap(3, 4);
        let mut repeated = units.clone();
        repeated[3] = repeated[2];
        let mut short = units.clone();
        short.remove(9);
        for (what, body) in [
            ("order", put(&exchanged, tail)),
            ("repeats", put(&repeated, tail)),
            ("a unit is missing", put(&short, tail)),
            ("count", put(&units, &tail.replace(":50,", ":49,"))),
            (
                "offset",
                put(&units, &tail.replace("\"offset\":0", "\"offset\":1")),
            ),
            ("total", put(&units, &tail.replace(":10001,", ":10000,"))),
            ("cut", right[..right.len() - 1].to_owned()),
            ("more", right.clone() + " "),
        ] {
            assert_ne!(body, right, "{what}");
            assert!(compare(&body, 0..=40).is_err(), "{what}");
        }
    }

    /// An answer with a part of one change is wrong.
    #[test]
    fn half_of_a_change_is_refused() {
        let model = Model::new(10_000);
        let request = EVERYTHING;
        let mut mixed = 0;
        for state in 1..200 {
            let (before, after) = (
                model.answer(request, state - 1),
                model.answer(request, state),
            );
            let (before, after): (Vec<&str>, Vec<&str>) =
                (before.split('{').collect(), after.split('{').collect());
            let mut differ = (0..before.len()).filter(|&at| before.get(at) != after.get(at));
            let (Some(first), Some(_)) = (differ.next(), differ.next()) else {
                continue;
            };
            if before.len() == after.len() {
                let half = [&after[..=first], &before[first + 1..]].concat().join("{");
                assert!(
                    compare(&model, request, half.as_bytes(), state - 1..=state).is_err(),
                    "{state}"
                );
                mixed += 1;
            }
        }
        assert!(mixed > 20, "{mixed}");
    }
}
