//! The command line.

use std::path::PathBuf;

use crate::figures::FIGURES;
use crate::peer::Name;

pub(crate) const USAGE: &str = "\
usage: livechat-units-peers [--sizes 10k,100k,1M] [--peers memory,reference,vec-plus,sqlite]
                            [--workloads W1,W4,...] [--out DIR]

Without --out the tables go into benches/README.md and the plot beside it.
Beyond 1M units only `memory` is measured, and only W1 to W10.";

/// What to measure, and where to write it.
#[derive(Clone)]
pub(crate) struct Args {
    pub(crate) sizes: Vec<usize>,
    pub(crate) peers: Vec<Name>,
    pub(crate) workloads: Vec<String>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) role: Role,
}

/// Every peer and size is measured by a process of its own: the memory that one has
/// left behind would be part of the next one's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Starts the others, and writes what they found.
    Report,
    /// Measures one peer at one size.
    Measure,
}

impl Args {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Self {
            sizes: vec![10_000, 100_000, 1_000_000],
            peers: Name::ALL.to_vec(),
            workloads: workloads(),
            out: None,
            role: Role::Report,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} has no value"));
            match word.as_str() {
                "--size" | "--sizes" => args.sizes = list(&value()?, size)?,
                "--peer" | "--peers" => args.peers = list(&value()?, peer)?,
                "--workload" | "--workloads" => args.workloads = list(&value()?, workload)?,
                "--out" => args.out = Some(PathBuf::from(value()?)),
                "--measure" => args.role = Role::Measure,
                _ => return Err(format!("unknown argument {word}")),
            }
        }
        Ok(args)
    }
}

fn list<T>(value: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    value.split(',').map(|item| parse(item.trim())).collect()
}

fn size(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => match text.strip_suffix('M') {
            Some(digits) => (digits, 1_000_000),
            None => (text, 1),
        },
    };
    let size = digits.parse::<usize>().ok();
    let size = size.and_then(|size| size.checked_mul(unit));
    // Rarer texts would not match fewer units; the codes of W15 have 7 digits.
    size.filter(|size| (10_000..=10_000_000).contains(size))
        .ok_or(format!("{text} is no size from 10k to 10M"))
}

fn peer(text: &str) -> Result<Name, String> {
    Name::find(text).ok_or(format!("{text} is no peer"))
}

fn workload(text: &str) -> Result<String, String> {
    let known = workloads();
    let found = known.iter().find(|known| known.eq_ignore_ascii_case(text));
    found
        .cloned()
        .ok_or(format!("{text} is none of {}", known.join(", ")))
}

fn workloads() -> Vec<String> {
    let mut names: Vec<String> = FIGURES
        .iter()
        .map(|figure| figure.workload.into())
        .collect();
    names.dedup();
    names
}
