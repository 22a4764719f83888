//! The plot: latency over size, both logarithmic, with a panel for each workload and a line
//! for each peer.

use std::fmt::Write as _;

use crate::figures::{FIGURES, Figure, Scale};
use crate::name::PeerName;
use crate::results::{Results, size_label};

const COLUMNS: u32 = 5;
/// The distance between panels.
const PITCH: (f64, f64) = (208.0, 158.0);
/// The size and the origin of the area inside the axes of a panel.
const AREA: (f64, f64) = (148.0, 100.0);
const ORIGIN: (f64, f64) = (46.0, 30.0);
const LEGEND_HEIGHT: f64 = 34.0;

/// Text follows the colour scheme of the reader. The lines differ in both schemes, and by
/// their dashes without colour.
const STYLE: &str = "
  svg { color: #1f2328; font: 11px system-ui, sans-serif; }
  text { fill: currentColor; }
  .title { font-weight: 600; }
  .frame { fill: none; stroke: currentColor; stroke-opacity: 0.4; }
  .grid { stroke: currentColor; stroke-opacity: 0.12; }
  .line { fill: none; stroke-width: 2; }
  .memory { stroke: #d1495b; } .memory-dot { fill: #d1495b; }
  .reference { stroke: #8a8f98; stroke-dasharray: 2 3; } .reference-dot { fill: #8a8f98; }
  .vec-plus { stroke: #3a86c8; stroke-dasharray: 7 3; } .vec-plus-dot { fill: #3a86c8; }
  .sqlite { stroke: #c98a1b; stroke-dasharray: 7 3 2 3; } .sqlite-dot { fill: #c98a1b; }
  @media (prefers-color-scheme: dark) { svg { color: #d8dee6; } }
";

/// The decades that the axes span, the same in every panel.
struct Axes {
    sizes: (f64, f64),
    micros: (f64, f64),
}

/// An SVG document.
pub(crate) fn svg(results: &Results, peers: &[PeerName]) -> String {
    let panels: Vec<&Figure> = FIGURES
        .iter()
        .filter(|figure| figure.scale == Scale::Micros)
        .filter(|figure| results.0.iter().any(|found| found.figure == figure.key))
        .collect();
    let axes = Axes::of(results);
    let count = u32::try_from(panels.len()).expect("some dozens of panels");
    let width = PITCH.0 * f64::from(COLUMNS);
    let height = LEGEND_HEIGHT + PITCH.1 * f64::from(count.div_ceil(COLUMNS));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>Latency in microseconds over the number of units</title>\n\
         <style>{STYLE}</style>\n"
    );
    legend(&mut svg, peers);
    for (place, figure) in (0..count).zip(panels) {
        let x = PITCH.0 * f64::from(place % COLUMNS);
        let y = LEGEND_HEIGHT + PITCH.1 * f64::from(place / COLUMNS);
        put(&mut svg, &format!("<g transform=\"translate({x} {y})\">"));
        panel(&mut svg, &axes, figure, results, peers);
        put(&mut svg, "</g>");
    }
    put(&mut svg, "</svg>");
    svg
}

fn legend(svg: &mut String, peers: &[PeerName]) {
    for (place, peer) in (0_u32..).zip(peers) {
        let x = ORIGIN.0 + 130.0 * f64::from(place);
        let (end, name) = (x + 26.0, peer.as_str());
        put(
            svg,
            &format!("<path class=\"line {name}\" d=\"M{x} 14H{end}\"/>"),
        );
        put(
            svg,
            &format!("<text x=\"{}\" y=\"18\">{name}</text>", end + 6.0),
        );
    }
}

fn panel(svg: &mut String, axes: &Axes, figure: &Figure, results: &Results, peers: &[PeerName]) {
    let (left, top) = ORIGIN;
    let (right, bottom) = (left + AREA.0, top + AREA.1);
    put(
        svg,
        &format!("<title>{}: {}</title>", figure.key, figure.what),
    );
    put(
        svg,
        &format!(
            "<text class=\"title\" x=\"{left}\" y=\"{}\">{}</text>",
            top - 8.0,
            figure.key
        ),
    );
    for decade in decades(axes.micros) {
        let y = axes.y(decade);
        put(
            svg,
            &format!("<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/>"),
        );
        if decade % 2 == 0 {
            let (x, y) = (left - 5.0, y + 4.0);
            let label = duration_label(decade);
            put(
                svg,
                &format!("<text text-anchor=\"end\" x=\"{x}\" y=\"{y:.1}\">{label}</text>"),
            );
        }
    }
    for size in results.sizes() {
        let (x, y, label) = (axes.x(size), bottom + 14.0, size_label(size));
        put(
            svg,
            &format!("<text text-anchor=\"middle\" x=\"{x:.1}\" y=\"{y}\">{label}</text>"),
        );
    }
    let (width, height) = AREA;
    put(
        svg,
        &format!(
            "<rect class=\"frame\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>"
        ),
    );
    // The first peer last, so that it lies on top.
    for peer in peers.iter().rev() {
        curve(svg, axes, figure, results, *peer);
    }
}

/// The figures of one peer: a dot for each size, and a line through the dots.
fn curve(svg: &mut String, axes: &Axes, figure: &Figure, results: &Results, peer: PeerName) {
    let name = peer.as_str();
    let points: Vec<(f64, f64)> = (results.sizes().into_iter())
        .filter_map(|size| {
            let found = results.find(figure.key, name, size)?;
            Some((axes.x(size), axes.height_of(found.value.log10())))
        })
        .collect();
    let path: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1} {y:.1}"))
        .collect();
    if path.len() > 1 {
        put(
            svg,
            &format!("<path class=\"line {name}\" d=\"M{}\"/>", path.join("L")),
        );
    }
    for (x, y) in points {
        put(
            svg,
            &format!("<circle class=\"{name}-dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>"),
        );
    }
}

impl Axes {
    fn of(results: &Results) -> Self {
        let sizes = results.sizes().into_iter().map(logarithm);
        let times = results.0.iter().filter(|found| {
            let figure = FIGURES.iter().find(|figure| figure.key == found.figure);
            figure.is_some_and(|figure| figure.scale == Scale::Micros)
        });
        let (least, most) = range(times.map(|found| found.value.log10()));
        Self {
            sizes: range(sizes),
            micros: (least.floor(), most.ceil()),
        }
    }

    fn x(&self, size: usize) -> f64 {
        const MARGIN: f64 = 14.0;
        let part = fraction(logarithm(size), self.sizes);
        ORIGIN.0 + MARGIN + part * (AREA.0 - 2.0 * MARGIN)
    }

    fn y(&self, decade: i32) -> f64 {
        self.height_of(f64::from(decade))
    }

    fn height_of(&self, logarithm: f64) -> f64 {
        ORIGIN.1 + (1.0 - fraction(logarithm, self.micros)) * AREA.1
    }
}

/// The middle, if the range is empty.
fn fraction(value: f64, (least, most): (f64, f64)) -> f64 {
    if most > least {
        (value - least) / (most - least)
    } else {
        0.5
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let all: Vec<f64> = values.collect();
    let least = all.iter().copied().reduce(f64::min).unwrap_or(0.0);
    let most = all.iter().copied().reduce(f64::max).unwrap_or(0.0);
    (least, most)
}

/// The whole decades of a range that begins with one.
fn decades((least, most): (f64, f64)) -> impl Iterator<Item = i32> {
    (-9..=12).filter(move |decade| (least..=most).contains(&f64::from(*decade)))
}

fn logarithm(size: usize) -> f64 {
    f64::from(u32::try_from(size).expect("a size below 2^32")).log10()
}

/// Powers of ten of a microsecond.
fn duration_label(decade: i32) -> &'static str {
    match decade {
        -2 => "10 ns",
        0 => "1 µs",
        2 => "100 µs",
        4 => "10 ms",
        6 => "1 s",
        8 => "100 s",
        _ => "",
    }
}

fn put(svg: &mut String, line: &str) {
    writeln!(svg, "{line}").expect("a string takes any text");
}
