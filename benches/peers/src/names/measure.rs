//! The times of the texts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use livechat_units_testkit::data::{Cut, Names, Row};

use super::Record;
use super::answers::{Answers, Listing};
use super::found::Times;
use crate::measure::time_of;
use crate::name::PeerName;
use crate::peer::Peer;

/// The least number of samples of one kind of text in one listing. Of fewer, the slowest in a
/// hundred would be an accident.
const SAMPLES: usize = 1_000;
/// After this time, a peer other than the store is asked no more, if it has answered each text
/// once. SQLite is asked for no other text, if it has answered a few.
const PATIENCE: Duration = Duration::from_secs(4);
const FEW: usize = 5;

/// A text, and its matches in the order of names.
type Text = (&'static str, Vec<usize>);

/// Measures each kind of text in each listing.
pub(super) fn texts<P: Peer>(record: &mut Record, store: &P, rows: &[Row], answers: &Answers<'_>) {
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let names = Names::new(&names);
    for cut in Cut::ALL {
        // A process measures some thousand texts and ends.
        let texts = names.texts(cut).into_iter().map(|text| &*text.leak());
        let texts: Vec<Text> = texts.map(|text| (text, answers.matches(text))).collect();
        if texts.is_empty() {
            continue;
        }
        for listing in Listing::ALL {
            let (p50, times) = listed(record.job.peer, store, &texts, listing, answers);
            let key = key(cut, listing);
            eprintln!("  {key}: {p50:.2}, p99 {:.2}", times.p99);
            record.push(&key, p50, Some(times));
        }
    }
}

pub(super) fn key(cut: Cut, listing: Listing) -> String {
    format!("{}, {listing}", cut.label())
}

/// The median, and the other times.
fn listed<P: Peer>(
    peer: PeerName,
    store: &P,
    texts: &[Text],
    listing: Listing,
    answers: &Answers<'_>,
) -> (f64, Times) {
    let mut wrong = 0;
    let mut queries = Vec::new();
    let start = Instant::now();
    for (text, matches) in texts {
        if peer == PeerName::Sqlite && queries.len() >= FEW && start.elapsed() > PATIENCE {
            break;
        }
        let request = listing.request(text, matches.len());
        let query = P::query(request);
        if store.answer(query.clone()) != answers.body(matches, request) {
            // The trigrams of SQLite fold letters by an older table.
            assert!(peer == PeerName::Sqlite, "a wrong answer to {request:?}");
            wrong += 1;
        }
        queries.push(query);
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); queries.len()];
    let start = Instant::now();
    let enough = SAMPLES.div_ceil(queries.len());
    // All texts in turn, so that none is answered twice in a row.
    while times[0].len() < enough
        && (peer == PeerName::Memory || times[0].is_empty() || start.elapsed() < PATIENCE)
    {
        for (query, times) in queries.iter().zip(&mut times) {
            let query = query.clone();
            let time = time_of(|| drop(black_box(store.answer(black_box(query)))));
            times.push(time.as_secs_f64() * 1e6);
        }
    }
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let at = |percent| all[(all.len() - 1) * percent / 100];
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let medians = texts.iter().zip(&mut times);
    let medians = medians.map(|((text, _), times)| ((*text).to_owned(), median(times)));
    let found = Times {
        p90: at(90),
        p99: at(99),
        texts: medians.collect(),
        wrong,
    };
    (at(50), found)
}
