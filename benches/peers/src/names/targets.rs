//! The targets, each beside what was found.

use livechat_units_testkit::data::{Cut, DataSet, Hostile};

use super::answers::Listing;
use super::found::Values;
use super::measure::key;
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
            // 1.5 times the highest of the other data sets.
            DataSet::Hostile(
                Hostile::Equal
                | Hostile::OneLetter
                | Hostile::TwoLetters
                | Hostile::SharedPrefix
                | Hostile::Random
                | Hostile::Megabyte
                | Hostile::Scalars,
            ) => Self {
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

/// The largest number, and where it was found.
struct Worst {
    value: f64,
    at: String,
}

fn worst(all: impl Iterator<Item = (f64, String)>) -> Option<Worst> {
    let worst = all.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Worst {
        value: worst.0,
        at: worst.1,
    })
}

/// A line for each target. The targets are for the size that a data set is described with.
pub(super) fn table(text: &mut String, values: Values<'_>) {
    let targets = if values.size == values.set.size() {
        Targets::of(values.set)
    } else {
        Targets::none()
    };
    let header = ["", "memory", "where", "at most", "met"];
    row(text, &header);
    rule(text, 1, header.len());
    let mut one = |what: &str, found: Option<Worst>, target: Option<f64>| {
        let Some(found) = found else {
            return;
        };
        let met = target.map(|target| found.value <= target);
        row(
            text,
            &[
                what.to_owned(),
                number(found.value),
                found.at,
                target.map_or(String::new(), number),
                mark(met),
            ],
        );
    };
    let ratio = |key| {
        let value = values.ratio(key)?;
        let at = String::new();
        Some(Worst { value, at })
    };
    one("load ÷ that of the scan", ratio("load"), targets.load);
    one(
        "resident bytes ÷ those of the scan",
        ratio("resident"),
        targets.resident,
    );
    let (short, longer) = Cut::ALL.split_at(3);
    let p99 = |cuts: &[Cut]| {
        worst(each(cuts).filter_map(|key| {
            let times = values.times(PeerName::Memory, &key)?;
            Some((times.p99, key))
        }))
    };
    let p50 =
        worst(each(longer).filter_map(|key| Some((values.number(PeerName::Memory, &key)?, key))));
    one("1 to 3 characters, p99, µs", p99(short), targets.short);
    one(
        "longer texts, p50, µs",
        p50,
        targets.longer.map(|both| both.0),
    );
    one(
        "longer texts, p99, µs",
        p99(longer),
        targets.longer.map(|both| both.1),
    );
    one(
        "p99 ÷ the scan's median",
        worst_ratio(values),
        targets.worst,
    );
    one(
        "one text ÷ the scan's time for it",
        worst_text(values),
        targets.any_text,
    );
    let rename = |key| {
        let value = values.number(PeerName::Memory, key)?;
        let at = String::new();
        Some(Worst { value, at })
    };
    let [inside, all] = ["rename: in the lock", "rename: all"].map(rename);
    one(
        "rename: in the write lock, µs",
        inside,
        targets.rename.map(|both| both.0),
    );
    one(
        "rename: all of it, µs",
        all,
        targets.rename.map(|both| both.1),
    );
    line(text, "");
}

/// The keys of these kinds of texts in all listings.
fn each(cuts: &[Cut]) -> impl Iterator<Item = String> {
    cuts.iter()
        .flat_map(|cut| Listing::ALL.map(|listing| key(*cut, listing)))
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
        let ratios = both.map(|((text, memory), (_, scan))| {
            (
                memory / scan,
                format!("{key}: {}", super::tables::code(text)),
            )
        });
        ratios.collect::<Vec<_>>()
    }))
}
