//! The arguments of the command line.

use std::path::PathBuf;

use livechat_units_testkit::data::DataSet;

use crate::figures::FIGURES;
#[cfg(feature = "stores")]
use crate::name::DatabasePeer;
use crate::name::PeerName;
use crate::names;

pub(crate) const USAGE: &str = "\
usage: livechat-units-peers [--sizes 10k,100k,1M] [--peers memory,reference,vec-plus,sqlite]
                            [--workloads W1,W4,...] [--rounds 1] [--out DIR]
       livechat-units-peers --names plausible,hostile,made-up,prose,codes,cjk,...
                            [--sizes 100k] [--peers memory,vec-plus,sqlite] [--rounds 1]
                            [--growth] [--out DIR]
       livechat-units-peers --stores [--sizes 100k] [--peers sqlite-store,sqlite-plain,...]
                            [--workloads W1,W4,...] [--rounds 3] [--out DIR]

Without --out, the tables are written to benches/README.md, and the plot beside it.
Above 1M units, only the peer `memory` and the workloads W1 to W10 are measured.
--names measures texts that are cut out of the names of these data sets. Without --sizes, each has
its own size. --growth adds loads of ten times as many units.
--stores needs `cargo run --features stores`.";

/// What to measure, and where to write the results.
#[derive(Clone)]
pub(crate) struct Args {
    /// For `--names`, no size stands for that of the data set.
    pub(crate) sizes: Vec<usize>,
    pub(crate) peers: Vec<PeerName>,
    pub(crate) workloads: Vec<String>,
    /// The data sets of `--names`.
    pub(crate) sets: Vec<DataSet>,
    /// Whether ten times as many units are loaded too.
    pub(crate) growth: bool,
    /// Whether a process measures only the load.
    pub(crate) load_only: bool,
    /// The number of rounds. Each round measures every peer once.
    pub(crate) rounds: usize,
    pub(crate) out: Option<PathBuf>,
    pub(crate) role: Role,
    pub(crate) subject: Subject,
}

/// What a process does. Each peer is measured at each size in a separate process: in a shared
/// one, memory that a peer did not return would be counted for the next peer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Starts the measuring processes and writes their results.
    Report,
    /// Measures one peer at one size.
    Measure,
}

/// Which peers are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The memory store and its alternatives.
    Memory,
    /// The same, with texts that are cut out of the names of several data sets.
    Names,
    /// The stores over databases, and plain SQL.
    Stores,
}

impl Args {
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let arguments: Vec<String> = arguments.collect();
        // `--stores` and `--names` decide which other options are valid, so they are read first.
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        let mut args = Self::defaults(if has("--stores") {
            Subject::Stores
        } else if has("--names") {
            Subject::Names
        } else {
            Subject::Memory
        });
        let known = args.peers.clone();
        if known.is_empty() {
            return Err("--stores needs `cargo run --features stores`".to_owned());
        }
        let mut arguments = arguments
            .into_iter()
            .filter(|argument| argument != "--stores");
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or(format!("expected a value after {argument}"))
            };
            match argument.as_str() {
                "--size" | "--sizes" => args.sizes = parse_list(&value()?, size)?,
                "--peer" | "--peers" => {
                    args.peers = parse_list(&value()?, |name| peer(name, &known))?;
                }
                "--workload" | "--workloads" => args.workloads = parse_list(&value()?, workload)?,
                "--rounds" => args.rounds = rounds(&value()?)?,
                "--out" => args.out = Some(PathBuf::from(value()?)),
                "--names" => args.sets = sets(&value()?)?,
                "--growth" => args.growth = true,
                "--load-only" => args.load_only = true,
                "--measure" => args.role = Role::Measure,
                _ => return Err(format!("unknown argument {argument}")),
            }
        }
        Ok(args)
    }

    /// The arguments of a command without options.
    fn defaults(subject: Subject) -> Self {
        let common = Self {
            sizes: vec![10_000, 100_000, 1_000_000],
            peers: PeerName::ALL.to_vec(),
            workloads: workloads(),
            sets: Vec::new(),
            growth: false,
            load_only: false,
            rounds: 1,
            out: None,
            role: Role::Report,
            subject,
        };
        match subject {
            Subject::Memory => common,
            Subject::Names => Self {
                sizes: Vec::new(),
                peers: names::PEERS.to_vec(),
                ..common
            },
            Subject::Stores => Self {
                sizes: vec![100_000],
                peers: stores(),
                workloads: STORE_WORKLOADS.map(str::to_owned).to_vec(),
                rounds: 3,
                ..common
            },
        }
    }
}

/// Data sets by their names, and the two groups of them.
fn sets(value: &str) -> Result<Vec<DataSet>, String> {
    let mut sets = Vec::new();
    for label in value.split(',').map(str::trim) {
        match label {
            "plausible" => sets.extend(DataSet::PLAUSIBLE),
            "hostile" => sets.extend(DataSet::HOSTILE),
            _ => sets.push(DataSet::of_label(label).ok_or_else(|| {
                let all = DataSet::PLAUSIBLE.into_iter().chain(DataSet::HOSTILE);
                let known: Vec<&str> = all.map(DataSet::label).collect();
                let known = known.join(", ");
                format!("expected plausible, hostile or some of {known}; found {label}")
            })?),
        }
    }
    Ok(sets)
}

#[cfg(feature = "stores")]
fn stores() -> Vec<PeerName> {
    DatabasePeer::ALL.map(PeerName::Database).to_vec()
}

#[cfg(not(feature = "stores"))]
fn stores() -> Vec<PeerName> {
    Vec::new()
}

/// The default workloads of `--stores`.
const STORE_WORKLOADS: [&str; 11] = [
    "W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "W10", "W11",
];

/// Parses the items of a list that is separated by commas.
fn parse_list<T>(value: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    value.split(',').map(|item| parse(item.trim())).collect()
}

fn size(text: &str) -> Result<usize, String> {
    let (digits, factor) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => match text.strip_suffix('M') {
            Some(digits) => (digits, 1_000_000),
            None => (text, 1),
        },
    };
    let size = digits.parse::<usize>().ok();
    let size = size.and_then(|size| size.checked_mul(factor));
    // In fewer units, the rarer texts of the workloads would not match fewer units than the
    // others. For more units, the codes of W15 would need more than 7 digits.
    size.filter(|size| (10_000..=10_000_000).contains(size))
        .ok_or(format!("expected a size from 10k to 10M, found {text}"))
}

fn rounds(text: &str) -> Result<usize, String> {
    let rounds = text.parse().ok();
    rounds
        .filter(|rounds| (1..=99).contains(rounds))
        .ok_or(format!("expected a number from 1 to 99, found {text}"))
}

fn peer(text: &str, known: &[PeerName]) -> Result<PeerName, String> {
    let found = known.iter().find(|peer| peer.as_str() == text);
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = known.iter().map(|peer| peer.as_str()).collect();
        format!("expected one of {}, found {text}", known.join(", "))
    })
}

fn workload(text: &str) -> Result<String, String> {
    let known = workloads();
    let found = known.iter().find(|known| known.eq_ignore_ascii_case(text));
    found.cloned().ok_or(format!(
        "expected one of {}, found {text}",
        known.join(", ")
    ))
}

fn workloads() -> Vec<String> {
    let mut names: Vec<String> = FIGURES
        .iter()
        .map(|figure| figure.workload.into())
        .collect();
    names.dedup();
    names
}
