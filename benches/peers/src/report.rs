//! Where the tables and the plot are written to.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::args::Args;
use crate::results::Results;
use crate::{machine, plot, tables};

const BEGIN: &str = "<!-- results: begin -->";
const END: &str = "<!-- results: end -->";
const PLOT: &str = "latency.svg";

/// Into the directory that was asked for, or into the README of the benchmarks.
pub(crate) fn write(args: &Args, results: &Results) -> Result<(), Box<dyn Error>> {
    let text = format!(
        "Measured on {}.\n\n![Latency over the number of units]({PLOT})\n\n{}",
        machine::description(),
        tables::markdown(results, &args.peers)
    );
    let svg = plot::svg(results, &args.peers);
    if let Some(directory) = &args.out {
        fs::create_dir_all(directory)?;
        fs::write(directory.join("results.md"), &text)?;
        fs::write(directory.join(PLOT), svg)?;
    } else {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let readme = directory.join("README.md");
        let whole = between_markers(&fs::read_to_string(&readme)?, &text)?;
        fs::write(readme, whole)?;
        fs::write(directory.join(PLOT), svg)?;
    }
    print!("{text}");
    Ok(())
}

fn between_markers(readme: &str, text: &str) -> Result<String, String> {
    let parts = readme.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or(format!("the README has no {BEGIN} and {END}"))?;
    Ok(format!("{before}{BEGIN}\n\n{text}\n{END}{after}"))
}
