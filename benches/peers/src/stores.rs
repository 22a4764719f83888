//! The stores in databases beside plain SQL and beside mirrors, as Markdown.

use crate::figures::{FIGURES, Figure, Scale};
use crate::results::{Measurement, Results, size_label};
use crate::tables::{line, mark, number, row, rule};

/// The figures without a target.
const TOLD: [&str; 3] = ["W10", "W10 disk", "W11"];
/// The figures of a rare text and of first pages. They must be [`MUCH`] times as fast as
/// plain SQL without indexes.
const MUCH_FASTER: [&str; 4] = ["W1", "W3", "W6", "W7"];
const MUCH: f64 = 5.0;

/// The peers of one database.
struct Database {
    name: &'static str,
    /// The store, plain SQL, plain SQL with indexes, and a mirror of the store.
    peers: [&'static str; 4],
}

const DATABASES: [Database; 2] = [
    Database {
        name: "SQLite",
        peers: [
            "sqlite-store",
            "sqlite-plain",
            "sqlite-indexed",
            "sqlite-mirror",
        ],
    },
    Database {
        name: "PostgreSQL",
        peers: [
            "postgres-store",
            "postgres-plain",
            "postgres-indexed",
            "postgres-mirror",
        ],
    },
];

/// A table for each size and database.
pub(crate) fn markdown(results: &Results, rounds: usize) -> String {
    let mut text = String::new();
    line(&mut text, "Medians, the best in brackets.");
    if rounds > 1 {
        line(&mut text, &noise(results, rounds));
    }
    line(&mut text, "");
    for size in results.sizes() {
        for database in &DATABASES {
            table(&mut text, results, size, database);
        }
    }
    text
}

/// The spread of the rounds.
fn noise(results: &Results, rounds: usize) -> String {
    let mut spreads: Vec<f64> = results.0.iter().map(|found| found.spread).collect();
    spreads.sort_by(f64::total_cmp);
    let percent = |tenths: usize| {
        let at = spreads.len().saturating_sub(1) * tenths / 10;
        number(spreads.get(at).map_or(0.0, |spread| spread * 100.0))
    };
    format!(
        "There were {rounds} rounds, whose medians lie within {} % of each other in half of \
         the cells, within {} % in nine of ten.",
        percent(5),
        percent(9)
    )
}

fn table(text: &mut String, results: &Results, size: usize, database: &Database) {
    let found = |figure: &Figure| {
        let peers = database.peers;
        peers.map(|peer| results.find(figure.key, peer, size))
    };
    let shown = |figure: &&Figure| {
        let scale = figure.scale == Scale::Micros || TOLD.contains(&figure.key);
        scale && found(figure).iter().any(Option::is_some)
    };
    let mut figures = FIGURES.iter().filter(shown).peekable();
    if figures.peek().is_none() {
        return;
    }
    line(
        text,
        &format!("### {}, {} units\n", database.name, size_label(size)),
    );
    let mut header = vec!["", "workload", ""];
    header.extend(database.peers);
    header.extend([
        "the better ÷ store",
        "≥ 1",
        "plain ÷ store",
        "≥ 5",
        "store ÷ mirror",
    ]);
    row(text, &header);
    rule(text, 3, header.len());
    for figure in figures {
        let found = found(figure);
        let mut cells = vec![
            figure.key.to_owned(),
            figure.what.to_owned(),
            figure.scale.label().to_owned(),
        ];
        cells.extend(found.map(cell));
        cells.extend(verdicts(figure, found));
        row(text, &cells);
    }
    line(text, "");
}

/// The ratios to the store, whether they meet the targets, and the ratio of the store to the mirror.
fn verdicts(figure: &Figure, found: [Option<&Measurement>; 4]) -> [String; 5] {
    let [store, plain, indexed, mirror] = found.map(|found| found.map(|found| found.value));
    let better = [plain, indexed].into_iter().flatten().reduce(f64::min);
    let times = |other: Option<f64>| Some(other? / store?);
    let (of_better, of_plain) = (times(better), times(plain));
    let told = TOLD.contains(&figure.key);
    let much = MUCH_FASTER.contains(&figure.key);
    let shown =
        |times: Option<f64>| times.map_or(String::new(), |times| format!("{}×", number(times)));
    [
        shown(of_better),
        mark(of_better.filter(|_| !told).map(|times| times >= 1.0)),
        shown(of_plain),
        mark(of_plain.filter(|_| much).map(|times| times >= MUCH)),
        shown(mirror.and_then(|mirror| Some(store? / mirror))),
    ]
}

fn cell(found: Option<&Measurement>) -> String {
    let Some(found) = found else {
        return "–".to_owned();
    };
    let star = if found.wrong { r"\*" } else { "" };
    let value = number(found.value);
    match found.min {
        None => format!("{value}{star}"),
        Some(min) => format!("{value}{star} ({})", number(min)),
    }
}
