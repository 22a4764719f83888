//! The results as Markdown.

use std::fmt::Write as _;

use crate::figures::{FIGURES, Figure, Scale};
use crate::name::PeerName;
use crate::results::{Results, size_label};

/// The size at which the targets apply.
const TARGET_SIZE: usize = 1_000_000;
/// The figures whose growth has a target, and the target.
const BOUNDED: [&str; 5] = ["W1", "W2", "W6", "W7", "W7d"];
const MOST_GROWTH: f64 = 1.5;

/// A table for each size, the largest first, and one of growth.
pub(crate) fn markdown(results: &Results, peers: &[PeerName]) -> String {
    let mut text = String::new();
    let sizes = results.sizes();
    for &size in sizes.iter().rev() {
        of_size(&mut text, results, peers, size);
    }
    if let [smallest, .., largest] = sizes[..] {
        growth(&mut text, results, peers, (smallest, largest));
    }
    text
}

fn of_size(text: &mut String, results: &Results, peers: &[PeerName], size: usize) {
    let with_targets = size == TARGET_SIZE && peers.contains(&PeerName::Memory);
    let mut header: Vec<&str> = vec!["", "workload", ""];
    header.extend(peers.iter().map(|peer| peer.as_str()));
    if with_targets {
        header.extend(["target", "met"]);
    }
    line(text, &format!("### {} units\n", size_label(size)));
    line(text, "Medians, the best in brackets.\n");
    row(text, &header);
    rule(text, 3, header.len());
    for figure in FIGURES {
        let measured = |peer: &PeerName| results.find(figure.key, peer.as_str(), size);
        if peers.iter().all(|peer| measured(peer).is_none()) {
            continue;
        }
        let mut cells = vec![
            figure.key.to_owned(),
            figure.what.to_owned(),
            figure.scale.label().to_owned(),
        ];
        cells.extend(peers.iter().map(|peer| match measured(peer) {
            None => "–".to_owned(),
            Some(found) => match found.min {
                None => number(found.value),
                Some(min) => format!("{} ({})", number(found.value), number(min)),
            },
        }));
        if with_targets {
            let memory = measured(&PeerName::Memory).map(|found| found.value);
            cells.extend([
                target(figure),
                mark(memory.and_then(|value| figure.is_met(value))),
            ]);
        }
        row(text, &cells);
    }
    line(text, "");
}

/// The time of the largest size divided by that of the smallest.
fn growth(text: &mut String, results: &Results, peers: &[PeerName], (from, to): (usize, usize)) {
    let mut header: Vec<&str> = vec!["", "workload"];
    header.extend(peers.iter().map(|peer| peer.as_str()));
    header.extend(["at most", "met"]);
    line(
        text,
        &format!(
            "### Growth from {} to {} units\n",
            size_label(from),
            size_label(to)
        ),
    );
    row(text, &header);
    rule(text, 2, header.len());
    for figure in FIGURES
        .iter()
        .filter(|figure| figure.scale == Scale::Micros)
    {
        let ratio = |peer: PeerName| {
            let at = |size| results.find(figure.key, peer.as_str(), size);
            Some(at(to)?.value / at(from)?.value)
        };
        if peers.iter().all(|peer| ratio(*peer).is_none()) {
            continue;
        }
        let mut cells = vec![figure.key.to_owned(), figure.what.to_owned()];
        cells.extend(peers.iter().map(|peer| {
            ratio(*peer).map_or("–".to_owned(), |ratio| format!("{}×", number(ratio)))
        }));
        if BOUNDED.contains(&figure.key) {
            let met = ratio(PeerName::Memory).map(|ratio| ratio <= MOST_GROWTH);
            cells.extend([format!("{MOST_GROWTH}×"), mark(met)]);
        } else {
            cells.extend([String::new(), String::new()]);
        }
        row(text, &cells);
    }
    line(text, "");
}

fn target(figure: &Figure) -> String {
    figure.target.map_or(String::new(), number)
}

pub(crate) fn mark(met: Option<bool>) -> String {
    match met {
        None => "",
        Some(true) => "✓",
        Some(false) => "✗",
    }
    .to_owned()
}

pub(crate) fn row(text: &mut String, cells: &[impl AsRef<str>]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    line(text, &format!("| {} |", cells.join(" | ")));
}

/// Aligns words to the left, numbers to the right.
pub(crate) fn rule(text: &mut String, words: usize, columns: usize) {
    let cells = (0..columns).map(|column| if column < words { "---" } else { "--:" });
    let cells: Vec<&str> = cells.collect();
    line(text, &format!("|{}|", cells.join("|")));
}

pub(crate) fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes any text");
}

/// Three significant digits, or a whole number with commas.
pub(crate) fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
