//! Feeds the units of a text to a store.

use std::error::Error;
use std::time::{Duration, Instant};

use livechat_units::{Documents, Unit};

pub(crate) type Problem = Box<dyn Error + Send + Sync>;

/// An error and its sources, in one line.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |&error| error.source());
    let texts: Vec<String> = errors.map(ToString::to_string).collect();
    texts.join(": ")
}

/// Calls `consume` with the units of a text, and reports the progress once a second. A wrong
/// document is the end of the units, and its error is returned.
pub(crate) fn feed<T>(
    text: &str,
    consume: impl FnOnce(&mut dyn Iterator<Item = Unit>) -> T,
) -> Result<T, Problem> {
    let mut documents = Documents::new(text.as_bytes());
    let (mut problem, mut count, mut reported) = (None, 0_u64, Instant::now());
    let mut units = std::iter::from_fn(|| {
        if reported.elapsed() > Duration::from_secs(1) {
            let percent = documents.bytes() * 100 / text.len().max(1) as u64;
            eprintln!("reading: {count} documents, {percent} %");
            reported = Instant::now();
        }
        match documents.next()? {
            Ok(unit) => {
                count += 1;
                Some(unit)
            }
            Err(error) => {
                problem = Some(error);
                None
            }
        }
    });
    let consumed = consume(&mut units);
    problem.map_or(Ok(consumed), |error| Err(error.into()))
}
