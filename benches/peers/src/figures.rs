//! The figures in the order of the tables, with the targets at 1,000,000 units.

/// One line of the tables.
pub(crate) struct Figure {
    /// Its name in a measurement.
    pub(crate) key: &'static str,
    /// Its name for `--workloads`.
    pub(crate) workload: &'static str,
    pub(crate) what: &'static str,
    pub(crate) scale: Scale,
    /// The target of the indexed store at 1,000,000 units.
    pub(crate) target: Option<f64>,
}

/// The unit of a number, and whether less or more is better.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    Micros,
    Seconds,
    BytesPerUnit,
    WritesPerSecond,
}

impl Scale {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Micros => "µs",
            Self::Seconds => "s",
            Self::BytesPerUnit => "bytes/unit",
            Self::WritesPerSecond => "/s",
        }
    }
}

impl Figure {
    pub(crate) fn is_met(&self, value: f64) -> Option<bool> {
        let target = self.target?;
        Some(match self.scale {
            // A paced writer reaches its rate within a thousandth.
            Scale::WritesPerSecond => value >= target * 0.999,
            Scale::Micros | Scale::Seconds | Scale::BytesPerUnit => value <= target,
        })
    }
}

pub(crate) fn find(key: &str) -> Option<&'static Figure> {
    FIGURES.iter().find(|figure| figure.key == key)
}

const fn micros(
    key: &'static str,
    workload: &'static str,
    what: &'static str,
    target: f64,
) -> Figure {
    Figure {
        key,
        workload,
        what,
        scale: Scale::Micros,
        target: Some(target),
    }
}

const fn other(
    key: &'static str,
    workload: &'static str,
    what: &'static str,
    scale: Scale,
    target: Option<f64>,
) -> Figure {
    Figure {
        key,
        workload,
        what,
        scale,
        target,
    }
}

pub(crate) const FIGURES: &[Figure] = &[
    micros("W1", "W1", "everything by name", 1.0),
    micros("W2", "W2", "offset N/2", 1.0),
    other(
        "W2r",
        "W2",
        "512 random offsets in turn",
        Scale::Micros,
        None,
    ),
    micros("W2r fresh", "W2", "random offsets, each once", 4.0),
    micros("W3", "W3", "text `qzx`, at most 10 matches", 1.0),
    micros("W4", "W4", "text `sales`, 5 % match", 60.0),
    micros("W4r", "W4", "16 texts in turn", 60.0),
    micros("W4r slowest", "W4", "the slowest of the 16 texts", 100.0),
    micros("W5", "W5", "text `a`, more than half match", 2.0),
    micros("W6", "W6", "`_updatedAt` descending", 1.5),
    micros(
        "W6 fresh",
        "W6",
        "the same, random offsets, each once",
        10.0,
    ),
    micros(
        "W6m fresh",
        "W6",
        "`numMonitors` descending, random offsets, each once",
        20.0,
    ),
    micros("W7", "W7", "three keys, a declared order", 1.5),
    micros("W7d", "W7", "the same, offset N/2", 1.5),
    micros(
        "W7 fresh",
        "W7",
        "the same, random offsets, each once",
        10.0,
    ),
    micros(
        "W7 first",
        "W7",
        "three keys, not declared, first time after a write",
        3_000.0,
    ),
    micros("W7 again", "W7", "the same when asked again", 10.0),
    micros(
        "W7d first",
        "W7",
        "offset N/2, not declared, first time after a write",
        3_000.0,
    ),
    micros("W7d again", "W7", "the same when asked again", 10.0),
    micros(
        "W8",
        "W8",
        "text `sales`, `numMonitors` descending, offset 100",
        80.0,
    ),
    micros("W9", "W9", "text `отд`", 40.0),
    other(
        "W10",
        "W10",
        "load JSON lines, all indexes built",
        Scale::Seconds,
        Some(2.0),
    ),
    other(
        "W10 bytes",
        "W10",
        "memory after it, as allocated",
        Scale::BytesPerUnit,
        Some(320.0),
    ),
    other(
        "W10 resident",
        "W10",
        "memory after it, as the process grew",
        Scale::BytesPerUnit,
        None,
    ),
    other(
        "W10 disk",
        "W10",
        "files after it",
        Scale::BytesPerUnit,
        None,
    ),
    micros("W11", "W11", "rename one unit", 25.0),
    other(
        "W12 W1 p50",
        "W12",
        "W1 beside 1,000 renames a second",
        Scale::Micros,
        None,
    ),
    micros("W12 W1 p99", "W12", "its slowest in a hundred", 40.0),
    other(
        "W12 W4 p50",
        "W12",
        "W4 beside 1,000 renames a second",
        Scale::Micros,
        None,
    ),
    micros("W12 W4 p99", "W12", "its slowest in a hundred", 150.0),
    other(
        "W12 writes",
        "W12",
        "renames kept up",
        Scale::WritesPerSecond,
        Some(1_000.0),
    ),
    micros("W13 s t", "W13", "text `s t`, across words", 500.0),
    micros("W13 e c", "W13", "text `e c`, across words", 500.0),
    micros("W13 sales s", "W13", "text `sales s`, across words", 500.0),
    micros("W14 a", "W14", "text `a`, offset N/3", 1_000.0),
    micros("W14 sales", "W14", "text `sales`, offset N/40", 400.0),
    micros(
        "W14 a sorted",
        "W14",
        "text `a`, `numMonitors` descending, offset N/3",
        1_500.0,
    ),
    micros("W15 unit", "W15", "names that are codes: text `unit`", 60.0),
    micros("W15 99", "W15", "text `99`", 300.0),
    micros("W15 t-00", "W15", "text `t-00`", 120.0),
    micros("W15 code", "W15", "one whole code", 5.0),
    other(
        "W15 bytes",
        "W15",
        "memory, as allocated",
        Scale::BytesPerUnit,
        Some(400.0),
    ),
    micros("P", "P", "query string to query", 1.0),
];
