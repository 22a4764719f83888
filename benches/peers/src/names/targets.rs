//! The targets, each beside what was found.

use livechat_units_testkit::data::{Cut, DataSet};

use super::answers::Listing;
use super::found::Values;
use super::measure::key;
use super::tables::code;
use crate::name::PeerName;
use crate::tables::{line, mark, number, row, rule};

/// The most that the store may take. `None` where nothing was agreed.
struct Targets {
    load: Option<f64>,
    resident: Option<f64>,
    /// One to three characters: p99, µs.
    short: Option<f64>,
    /// Longer texts: the median and p99, µs.
    longer: Option<(f64, f64)>,
    /// The p99 of any kind, divided by the scan's median of it.
    worst: Option<f64>,
    /// A rename, µs: in the write lock, and all of it.
    rename: Option<(f64, f64)>,
    /// Any text, divided by the scan's time for it.
    any_text: Option<f64>,
}

impl Targets {
    fn of(set: DataSet) -> Self {
        let plausible = |load, resident, short, longer, rename| Self {
            load: Some(load),
            resident: Some(resident),
            short: Some(short),
            longer: Some(longer),
            worst: Some(0.4),
            rename: Some(rename),
            any_text: None,
        };
        match set {
            DataSet::Prose => plausible(3.0, 1.2, 60.0, (25.0, 220.0), (45.0, 100.0)),
            DataSet::Codes => plausible(1.7, 0.95, 60.0, (15.0, 150.0), (20.0, 40.0)),
            DataSet::MadeUp => plausible(1.4, 0.95, 50.0, (25.0, 150.0), (25.0, 60.0)),
            DataSet::Cjk => Self {
                worst: Some(0.4),
                ..Self::none()
            },
            // 1.5 times the highest target of the other data sets.
            DataSet::Hostile(_) => Self {
                resident: Some(1.8),
                any_text: Some(1.1),
                ..Self::none()
            },
        }
    }

    fn none() -> Self {
        Self {
            load: None,
            resident: None,
            short: None,
            longer: None,
            worst: None,
            rename: None,
            any_text: None,
        }
    }
}

/// A figure with a target.
struct Figure {
    what: &'static str,
    found: Option<Worst>,
    target: Option<f64>,
}

/// The largest number, and where it was found.
struct Worst {
    value: f64,
    at: String,
}

/// A line for each target. The targets are for the size that a data set is described with.
pub(super) fn table(text: &mut String, values: Values<'_>) {
    let header = ["", "memory", "where", "at most", "met"];
    row(text, &header);
    rule(text, 1, header.len());
    for Figure {
        what,
        found,
        target,
    } in figures(values)
    {
        let Some(found) = found else {
            continue;
        };
        let met = target.map(|target| found.value <= target);
        let cells = [
            what.to_owned(),
            number(found.value),
            found.at,
            target.map_or(String::new(), number),
            mark(met),
        ];
        row(text, &cells);
    }
    line(text, "");
}

fn figures(values: Values<'_>) -> Vec<Figure> {
    let targets = if values.size == values.set.size() {
        Targets::of(values.set)
    } else {
        Targets::none()
    };
    let (short, longer) = Cut::ALL.split_at(3);
    let ratio = |key| values.ratio(key).map(alone);
    let rename = |key| values.number(PeerName::Memory, key).map(alone);
    let (inside, whole) = (targets.rename).map_or((None, None), |(a, b)| (Some(a), Some(b)));
    let (p50, p99) = (targets.longer).map_or((None, None), |(a, b)| (Some(a), Some(b)));
    let figure = |what, found, target| Figure {
        what,
        found,
        target,
    };
    vec![
        figure("load ÷ that of the scan", ratio("load"), targets.load),
        figure(
            "resident bytes ÷ those of the scan",
            ratio("resident"),
            targets.resident,
        ),
        figure(
            "1 to 3 characters, p99, µs",
            worst_p99(values, short),
            targets.short,
        ),
        figure("longer texts, p50, µs", worst_p50(values, longer), p50),
        figure("longer texts, p99, µs", worst_p99(values, longer), p99),
        figure(
            "p99 ÷ the scan's median",
            worst_ratio(values),
            targets.worst,
        ),
        figure(
            "one text ÷ the scan's time for it",
            worst_text(values),
            targets.any_text,
        ),
        figure(
            "rename: in the write lock, µs",
            rename("rename: in the lock"),
            inside,
        ),
        figure("rename: all of it, µs", rename("rename: all"), whole),
    ]
}

fn alone(value: f64) -> Worst {
    let at = String::new();
    Worst { value, at }
}

fn worst(all: impl Iterator<Item = (f64, String)>) -> Option<Worst> {
    let (value, at) = all.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Worst { value, at })
}

/// The keys of these kinds of texts in all listings.
fn each(cuts: &[Cut]) -> impl Iterator<Item = String> {
    cuts.iter()
        .flat_map(|cut| Listing::ALL.map(|listing| key(*cut, listing)))
}

fn worst_p50(values: Values<'_>, cuts: &[Cut]) -> Option<Worst> {
    let memory = |key: String| Some((values.number(PeerName::Memory, &key)?, key));
    worst(each(cuts).filter_map(memory))
}

fn worst_p99(values: Values<'_>, cuts: &[Cut]) -> Option<Worst> {
    let memory = |key: String| Some((values.times(PeerName::Memory, &key)?.p99, key));
    worst(each(cuts).filter_map(memory))
}

fn worst_ratio(values: Values<'_>) -> Option<Worst> {
    worst(each(&Cut::ALL).filter_map(|key| {
        let times = values.times(PeerName::Memory, &key)?;
        Some((times.p99 / values.number(PeerName::VecPlus, &key)?, key))
    }))
}

fn worst_text(values: Values<'_>) -> Option<Worst> {
    worst(each(&Cut::ALL).flat_map(|key| {
        let memory = values.times(PeerName::Memory, &key);
        let scan = values.times(PeerName::VecPlus, &key);
        let both = memory
            .zip(scan)
            .into_iter()
            .flat_map(|(memory, scan)| memory.texts.iter().zip(&scan.texts));
        let ratios = both
            .map(|((text, memory), (_, scan))| (memory / scan, format!("{key}: {}", code(text))));
        ratios.collect::<Vec<_>>()
    }))
}
