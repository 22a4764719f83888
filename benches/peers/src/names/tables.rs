//! The results as Markdown.

use livechat_units_testkit::data::Cut;

use super::answers::Listing;
use super::found::{Found, Times, Values};
use super::measure::key;
use super::{Job, growth, targets};
use crate::name::PeerName;
use crate::results::size_label;
use crate::tables::{line, number, row, rule};

/// The most characters of a text in a table.
const SHOWN: usize = 24;

/// For each data set: the targets, the texts, and the other figures.
pub(crate) fn markdown(jobs: &[Job], peers: &[PeerName], all: &[Found]) -> String {
    let mut text = String::new();
    let mut tables: Vec<Values<'_>> = Vec::new();
    for job in jobs.iter().filter(|job| !job.load_only) {
        let values = Values {
            set: job.set,
            size: job.size,
            all,
        };
        let seen = |table: &Values<'_>| (table.set, table.size) == (job.set, job.size);
        if !tables.iter().any(seen) {
            tables.push(values);
        }
    }
    for values in &tables {
        let (set, size) = (values.set.label(), size_label(values.size));
        line(&mut text, &format!("### {set}, {size} units\n"));
        targets::table(&mut text, *values);
        costs(&mut text, *values, peers);
        texts(&mut text, *values, peers);
    }
    growth::table(&mut text, &tables);
    text
}

/// The load, the memory and the renames of each peer.
fn costs(text: &mut String, values: Values<'_>, peers: &[PeerName]) {
    let mut header = vec![""];
    header.extend(peers.iter().map(|peer| peer.as_str()));
    row(text, &header);
    rule(text, 1, header.len());
    let fixed = [
        ("load, s", "load"),
        ("resident, bytes a unit", "resident"),
        ("as allocated, bytes a unit", "allocated"),
        ("rename: before the lock, µs", "rename: before the lock"),
        ("rename: in the write lock, µs", "rename: in the lock"),
        ("rename: all of it, µs", "rename: all"),
    ];
    let parts = values.all.iter().filter_map(|found| {
        let here = (found.set.as_str(), found.size) == (values.set.label(), values.size);
        let part = found.key.strip_prefix("part: ").filter(|_| here)?;
        Some((part, found.key.as_str()))
    });
    for (what, key) in fixed.into_iter().chain(parts) {
        let mut cells = vec![what.to_owned()];
        cells.extend(
            peers
                .iter()
                .map(|peer| values.number(*peer, key).map_or("–".to_owned(), number)),
        );
        row(text, &cells);
    }
    line(text, "");
}

/// A line for each kind of text in each listing.
fn texts(text: &mut String, values: Values<'_>, peers: &[PeerName]) {
    line(text, "Microseconds: p50 / p90 / p99 / the slowest text.\n");
    let mut header = vec!["text", "listing"];
    header.extend(peers.iter().map(|peer| peer.as_str()));
    header.extend(["p99 ÷ the scan's p50", "the slowest text"]);
    row(text, &header);
    rule(text, 2, header.len());
    for cut in Cut::ALL {
        for listing in Listing::ALL {
            let key = key(cut, listing);
            let mut cells = vec![cut.label().to_owned(), listing.to_string()];
            cells.extend(
                peers
                    .iter()
                    .map(|peer| values.find(*peer, &key).map_or("–".to_owned(), cell)),
            );
            let memory = values.times(PeerName::Memory, &key);
            let scan = values.number(PeerName::VecPlus, &key);
            let ratio = memory.zip(scan).map(|(memory, scan)| memory.p99 / scan);
            cells.push(ratio.map_or(String::new(), number));
            let slowest = memory.and_then(Times::slowest);
            cells.push(slowest.map_or(String::new(), |(text, _)| code(text)));
            if values.all.iter().any(|found| found.key == key) {
                row(text, &cells);
            }
        }
    }
    line(text, "");
}

fn cell(found: &Found) -> String {
    let Some(times) = &found.times else {
        return number(found.value);
    };
    let slowest = times.slowest().map_or(0.0, |(_, time)| *time);
    let all = [found.value, times.p90, times.p99, slowest].map(number);
    let wrong = match times.wrong {
        0 => String::new(),
        wrong => format!(r" \*{wrong}"),
    };
    format!("{}{wrong}", all.join(" / "))
}

/// The beginning of a text, for a cell.
pub(super) fn code(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("`{}`", shown.replace('|', "¦").replace('`', "'"))
}
