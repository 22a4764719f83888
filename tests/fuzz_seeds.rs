//! The fuzzed properties on stable Rust: every committed seed, mutations of each, and the
//! inputs that are too large to commit.
//!
//! `fuzz/README.md` describes fuzzing itself.

use std::fmt::Write as _;
use std::path::Path;

use livechat_units_testkit::effort;
use livechat_units_testkit::properties;
use livechat_units_testkit::random::Random;

/// Mutations of one seed. A thousand take 25 s of processor time, nearly all of it for
/// `store_vs_reference`.
fn mutations() -> usize {
    effort::choose("mutations of each seed", 4, 40)
}

type Property = fn(&[u8]);

/// Prints the input if a property panics.
struct Shown<'a> {
    name: &'a str,
    data: &'a [u8],
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let data = &self.data[..self.data.len().min(4096)];
            eprintln!(
                "the input, from {}: b\"{}\"",
                self.name,
                data.escape_ascii()
            );
        }
    }
}

fn run(property: Property, name: &str, data: &[u8]) {
    let _shown = Shown { name, data };
    property(data);
}

/// The names and the bytes of the seeds of a target, by name.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut seeds: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder.join(target))
        .expect("the folder of the seeds")
        .map(|entry| {
            let path = entry.expect("an entry of the folder").path();
            let name = path.file_name().expect("a file").to_string_lossy();
            (name.into_owned(), std::fs::read(&path).expect("a seed"))
        })
        .collect();
    seeds.sort();
    seeds
}

/// Replays the seeds of a target, which are at least `at_least`.
fn replay(target: &str, property: Property, at_least: usize) {
    let seeds = seeds(target);
    assert!(seeds.len() >= at_least, "{} seeds", seeds.len());
    for (name, seed) in &seeds {
        run(property, name, seed);
    }
}

fn replay_mutated(target: &str, property: Property) {
    let seeds = seeds(target);
    let mut random = Random(0);
    let (small, large) = (
        mutations(),
        effort::choose("mutations of large seeds", 0, 1),
    );
    for (name, seed) in &seeds {
        // A program over a large store takes a second.
        let is_large = seed.starts_with(b"large ");
        for _ in 0..if is_large { large } else { small } {
            let (_, other) = random.pick(&seeds);
            run(property, name, &mutate(seed, other, &mut random));
        }
    }
}

/// Two tests for each target. `fuzz/coverage` measures the coverage of the first.
macro_rules! replay {
    ($($target:ident: $at_least:literal,)*) => {
        mod as_they_are {
            $(#[test]
            fn $target() {
                super::replay(stringify!($target), super::properties::$target, $at_least);
            })*
        }

        mod mutated {
            $(#[test]
            fn $target() {
                super::replay_mutated(stringify!($target), super::properties::$target);
            })*
        }

        const TARGETS: &[&str] = &[$(stringify!($target)),*];
    };
}

replay! {
    documents_read: 14,
    endpoint_request: 25,
    order_total: 25,
    params_parse: 25,
    sort_parse: 25,
    store_vs_reference: 15,
    text_match: 20,
    unit_decode: 25,
}

#[test]
fn every_target_is_replayed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let mut targets: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder of the targets")
        .map(|entry| {
            let path = entry.expect("an entry of the folder").path();
            let name = path.file_stem().expect("a file").to_string_lossy();
            name.into_owned()
        })
        .collect();
    targets.sort();
    assert_eq!(targets, TARGETS);
}

fn range_in(length: usize, random: &mut Random) -> std::ops::Range<usize> {
    let (a, b) = (random.below(length + 1), random.below(length + 1));
    a.min(b)..a.max(b)
}

/// Bytes with a meaning in at least one of the inputs.
const WORDS: [&[u8]; 20] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b",",
    b".",
    b"$",
    b"\\ud800",
    b"\\u0000",
    b"1e400",
    b"-0",
    b"\n",
    b"%",
    b"%zz",
    b"&count=",
    b"+",
    b"\xE2\x84\xAA",
    b"\xFF",
];

fn mutate(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut data = seed.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(data.len() + 1);
        match random.below(6) {
            0 => data.truncate(at),
            1 => {
                if let Some(byte) = data.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            2 => drop(data.splice(at..at, other[range_in(other.len(), random)].to_vec())),
            3 => drop(data.drain(range_in(seed.len().min(data.len()), random))),
            4 => {
                let repeated = data[range_in(data.len(), random)].to_vec();
                drop(data.splice(at..at, repeated));
            }
            _ => {
                let word = *random.pick(&WORDS);
                drop(data.splice(at..at, word.iter().copied()));
            }
        }
    }
    data
}

/// One below a bound, the bound, and one above it.
fn around(bound: usize) -> [usize; 3] {
    [bound - 1, bound, bound + 1]
}

#[test]
fn long_query_strings() {
    for length in around(65_536) {
        let mut text = b"text=".to_vec();
        text.resize(length, b'a');
        let mut sort = b"sort=".to_vec();
        sort.resize(length, b'[');
        let mut escapes = b"count=".to_vec();
        escapes.resize(length, b'%');
        let pairs: Vec<u8> = b"count=1&text=a&"
            .iter()
            .copied()
            .cycle()
            .take(length)
            .collect();
        for data in [text, sort, escapes, pairs] {
            run(properties::params_parse, "a long query string", &data);
            for caller in ["00", "10", "30"] {
                let data = [caller.as_bytes(), &data].concat();
                run(properties::endpoint_request, "a long query string", &data);
            }
        }
    }
}

#[test]
fn long_texts() {
    for length in around(32_764) {
        let text = "a".repeat(length);
        let data = format!("{text}\nA{text}\n{}", "é".repeat(length / 2));
        run(properties::text_match, "a long text", data.as_bytes());
    }
}

#[test]
fn sorts_of_many_keys_and_segments() {
    for count in around(32) {
        let keys: Vec<String> = (0..count).map(|key| format!(r#""k{key}":1"#)).collect();
        let mut sort = format!("{{{}}}", keys.join(","));
        run(properties::sort_parse, "many keys", sort.as_bytes());
        // Repeated keys do not count as further keys.
        sort.truncate(sort.len() - 1);
        let _ = write!(sort, r#","k0":-1,"k1":-1}}"#);
        run(properties::sort_parse, "repeated keys", sort.as_bytes());
    }
    for count in around(256) {
        let sort = format!(r#"{{"{}":-1}}"#, vec!["s"; count].join("."));
        run(properties::sort_parse, "many segments", sort.as_bytes());
    }
}

#[test]
fn deep_nesting() {
    for depth in [126, 127, 128, 129, 254, 255, 256, 257, 2_000] {
        for (begin, middle, end) in [("[", "1", "]"), (r#"{"a":"#, "1", "}"), ("[", "", "")] {
            let value = format!("{}{middle}{}", begin.repeat(depth), end.repeat(depth));
            let document = format!(r#"{{"_id":"x","a":{value}}}"#);
            run(
                properties::unit_decode,
                "a deep document",
                document.as_bytes(),
            );
            let sort = format!(r#"{{"a":{value},"a":1}}"#);
            run(properties::sort_parse, "a deep value", sort.as_bytes());
            if depth < 300 {
                let lines = format!("{{\"a.a\":1,\"_id\":-1}}\n{document}\n{document}\n{{}}");
                run(properties::order_total, "deep documents", lines.as_bytes());
            }
        }
    }
}
