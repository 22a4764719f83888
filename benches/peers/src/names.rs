//! Searches of names of several shapes: the data sets of the test kit, with texts that are cut
//! out of their names.
//!
//! Each data set, size and peer is measured in a process of its own: the load, then each kind of
//! text in each listing, then renames. An answer is checked before it is timed.

mod answers;
mod found;
mod growth;
mod measure;
mod renames;
mod tables;
mod targets;

use std::error::Error;

use livechat_units_testkit::data::{DataSet, Row};

use self::answers::Answers;
pub(crate) use self::found::{Found, merged};
pub(crate) use self::tables::markdown;
use crate::args::Args;
use crate::load::{self, lines};
use crate::name::PeerName;
use crate::peer::Peer;
use crate::peers::library::Memory;
use crate::peers::sqlite::Sqlite;
use crate::peers::vec_plus::VecPlus;

/// The peers of this run. `vec-plus` is the scan that the store is compared with.
pub(crate) const PEERS: [PeerName; 3] = [PeerName::Memory, PeerName::VecPlus, PeerName::Sqlite];

/// What one process measures.
#[derive(Clone, Copy)]
pub(crate) struct Job {
    pub(crate) set: DataSet,
    pub(crate) size: usize,
    pub(crate) peer: PeerName,
    /// Only the time and the memory of a load.
    pub(crate) load_only: bool,
}

/// All jobs of one round. The peers of a data set and a size follow each other.
pub(crate) fn jobs(args: &Args) -> Vec<Job> {
    let mut jobs = Vec::new();
    for &set in &args.sets {
        let natural = [set.size()];
        let sizes = if args.sizes.is_empty() {
            &natural[..]
        } else {
            &args.sizes
        };
        for &size in sizes {
            let job = |peer| Job {
                set,
                size,
                peer,
                load_only: args.load_only,
            };
            jobs.extend(args.peers.iter().copied().map(job));
        }
    }
    if args.growth {
        jobs.extend(growth::jobs(&jobs));
    }
    jobs
}

/// Measures in this process, and prints a line of JSON for each value.
#[allow(
    clippy::match_wildcard_for_single_variants,
    reason = "with the feature `stores` there are more"
)]
pub(crate) fn measure_here(args: &Args) -> Result<(), Box<dyn Error>> {
    for job in jobs(args) {
        let found = match job.peer {
            PeerName::Memory => run::<Memory>(job),
            PeerName::VecPlus => run::<VecPlus>(job),
            PeerName::Sqlite => run::<Sqlite>(job),
            other => return Err(format!("--names does not measure {}", other.as_str()).into()),
        };
        for found in found {
            println!("{}", serde_json::to_string(&found)?);
        }
    }
    Ok(())
}

/// Reads the lines that a process printed.
pub(crate) fn parsed(output: &str) -> Result<Vec<Found>, serde_json::Error> {
    output.lines().map(serde_json::from_str).collect()
}

fn run<P: Peer>(job: Job) -> Vec<Found> {
    let Job { set, size, .. } = job;
    let mut record = Record {
        job,
        found: Vec::new(),
    };
    // The generator lives until the load is over: memory that it returns would be used again,
    // and not be counted.
    let mut made = set.rows(size);
    if job.load_only {
        let mut lines = String::new();
        for row in made.by_ref().take(size) {
            lines.push_str(&row.json());
            lines.push('\n');
        }
        load::<P>(&lines, &mut record);
        return record.found;
    }
    let mut rows: Vec<Row> = made.by_ref().take(size).collect();
    let names: Vec<String> = made
        .by_ref()
        .take(renames::MOST)
        .map(|row| row.name)
        .collect();
    let all = lines(&rows);
    let mut store = load::<P>(&all, &mut record);
    drop(made);
    let answers = Answers::new(&rows, &all);
    measure::texts(&mut record, &store, &rows, &answers);
    drop(answers);
    drop(all);
    renames::measure(&mut record, &mut store, &mut rows, names);
    record.found
}

fn load<P: Peer>(lines: &str, record: &mut Record) -> P {
    let (store, cost) = load::load::<P>(lines, record.job.size);
    record.number("load", cost.seconds);
    record.number("resident", cost.resident);
    record.number("allocated", cost.bytes);
    for (part, value) in store.parts() {
        record.number(&format!("part: {part}"), value);
    }
    store
}

/// Collects the values of one process.
struct Record {
    job: Job,
    found: Vec<Found>,
}

impl Record {
    fn number(&mut self, key: &str, value: f64) {
        eprintln!("  {key}: {value:.3}");
        self.push(key, value, None);
    }

    fn push(&mut self, key: &str, value: f64, listing: Option<found::Times>) {
        self.found.push(Found {
            set: self.job.set.label().to_owned(),
            size: self.job.size,
            peer: self.job.peer.as_str().to_owned(),
            key: key.to_owned(),
            value,
            times: listing,
        });
    }
}
