//! Writes the tables and the plot.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use crate::args::{Args, Subject};
use crate::names::Found;
use crate::results::Results;
use crate::{machine, names, plot, stores, tables};

const PLOT: &str = "latency.svg";

/// Writes into the directory of `--out`, or into the README of the benchmarks.
pub(crate) fn write(args: &Args, results: &Results) -> Result<(), Box<dyn Error>> {
    if args.subject == Subject::Stores {
        return section(args, "stores", &stores::markdown(results, args.rounds));
    }
    let tables = tables::markdown(results, &args.peers);
    let text = format!("![Latency over the number of units]({PLOT})\n\n{tables}");
    section(args, "results", &text)?;
    fs::write(directory(args).join(PLOT), plot::svg(results, &args.peers))?;
    Ok(())
}

/// The same, for the data sets of `--names`.
pub(crate) fn write_names(args: &Args, found: &[Found]) -> Result<(), Box<dyn Error>> {
    let tables = names::markdown(&names::jobs(args), &args.peers, found);
    section(args, "names", &tables)
}

fn directory(args: &Args) -> PathBuf {
    let here = || Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    args.out.clone().unwrap_or_else(here)
}

fn section(args: &Args, name: &str, tables: &str) -> Result<(), Box<dyn Error>> {
    let text = format!("Measured on {}.\n\n{tables}", machine::description());
    let directory = directory(args);
    if args.out.is_some() {
        fs::create_dir_all(&directory)?;
        fs::write(directory.join(format!("{name}.md")), &text)?;
    } else {
        let readme = directory.join("README.md");
        let whole = between_markers(&fs::read_to_string(&readme)?, name, &text)?;
        fs::write(readme, whole)?;
    }
    print!("{text}");
    Ok(())
}

fn between_markers(readme: &str, name: &str, text: &str) -> Result<String, String> {
    let (begin, end) = (
        format!("<!-- {name}: begin -->"),
        format!("<!-- {name}: end -->"),
    );
    let parts = readme.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or(format!("the README has no {begin} and {end}"))?;
    let text = text.trim_end();
    Ok(format!("{before}{begin}\n\n{text}\n\n{end}{after}"))
}
