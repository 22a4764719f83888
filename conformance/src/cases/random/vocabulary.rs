//! The words, values and paths in random documents and queries.

use std::fmt::Write as _;

use crate::rng::Random;
use crate::run::Run;

/// Lists of choices, each with the name of a case. A list is used only if the store serves that
/// case. A list with an empty name is always used.
type Choices = &'static [(&'static str, &'static [&'static str])];

/// Parts of names. Many are similar to others of the list, or look like a pattern.
const WORDS: Choices = &[
    (
        "",
        &[
            "Sales",
            "sales",
            "SALES",
            "sale",
            "ales",
            "unit",
            "Unit",
            "united",
            "UNIT",
            "a",
            "A",
            "aa",
            "aab",
            "b",
            "B",
            "1",
            "42",
            "k",
            "s",
            "i",
            "é",
            "É",
            "e\u{301}",
            "Отдел",
            "ОТДЕЛ",
            "東京",
            "京",
            "🦀",
            "100%",
            "%",
            "_",
            "a_b",
            "\\",
            "\"",
            "'",
            "''",
            ".*",
            ".",
            "(",
            "[a]",
            "^",
            "$",
            "*",
            "a*",
            "?",
            "AND",
            "OR",
            "--",
            ";",
            "\\E",
            "{}",
            "|",
            "\u{FFFD}",
        ],
    ),
    ("fold_kelvin_sign", &["\u{212A}", "\u{212A}iosk", "KIOSK"]),
    ("fold_long_s", &["ſaleſ", "ſ"]),
    ("fold_sharp_s", &["Straße", "STRAẞE", "STRASSE"]),
    ("fold_sigma", &["Σοφός", "ΣΟΦΌΣ", "ς"]),
    ("fold_turkish_i", &["İki", "ıki", "IKI", "i\u{307}ki"]),
    ("fold_greek_symbols", &["µ", "μ", "ϑ", "Θ"]),
    ("fold_titlecase", &["ǅ", "ǆ"]),
    ("fold_cherokee", &["\u{13A0}\u{13F8}", "\u{AB70}\u{13F0}"]),
    ("fold_astral", &["\u{10400}\u{10401}", "\u{10428}\u{10429}"]),
    ("fold_is_never_longer", &["ﬁ", "fi", "FI"]),
    ("documents_with_nul", &["\0", "a\0b"]),
];

/// Separators of words. The space is repeated to make it frequent.
const SEPARATORS: [&str; 12] = [
    " ", " ", " ", " ", "  ", "\t", "\n", "\r\n", "\u{A0}", "\u{2028}", "-", "",
];

/// Values without arrays, in JSON.
const SCALARS: Choices = &[
    (
        "",
        &[
            "null",
            "false",
            "true",
            "0",
            "1",
            "-1",
            "2",
            "2.5",
            "30",
            r#"{"$numberDouble":"1.0"}"#,
            r#"{"$numberDouble":"-0.0"}"#,
            r#"{"$numberInt":"1"}"#,
            "9007199254740993",
            "9007199254740992",
            "-9223372036854775808",
            r#""""#,
            r#""a""#,
            r#""A""#,
            r#""Z""#,
            r#""aa""#,
            r#""10""#,
            r#""9""#,
            r#""é""#,
            r#""🦀""#,
            "\"\u{FFFF}\"",
            r#""public""#,
            r#""2022-09-15T11:44:32.103Z""#,
            r#"{"$date":"2022-09-15T11:44:32.103Z"}"#,
            r#"{"$date":"2022-09-15T13:44:32.104+02:00"}"#,
            r#"{"$date":{"$numberLong":"-1"}}"#,
            "{}",
            r#"{"x":1}"#,
            r#"{"x":"a","y":2}"#,
            r#"{"y":2,"x":"a"}"#,
            r#"{"y":{"$date":{"$numberLong":"0"}}}"#,
            r#"{"x":{"z":1},"y":null}"#,
            r#"{"x":{"z":false}}"#,
        ],
    ),
    ("documents_keep_digits", &["1.0", "1.50", "-0"]),
    (
        "sort_numbers_beyond_64_bits",
        &["9223372036854775808", "1e300", "-1e400"],
    ),
    (
        "sort_nan_and_infinities",
        &[
            r#"{"$numberDouble":"NaN"}"#,
            r#"{"$numberDouble":"-Infinity"}"#,
        ],
    ),
    (
        "sort_updated_at_without_milliseconds",
        &[r#""2022-09-15T11:44:32Z""#],
    ),
    ("sort_strings_with_nul", &[r#""a\u0000""#, r#""\u0000""#]),
    (
        "documents_with_broken_wrappers",
        &[r#"{"$numberInt":"one"}"#, r#"{"$date":"yesterday"}"#],
    ),
];

/// Values with arrays, in JSON. No value contains parallel arrays.
const ARRAYS: [&str; 22] = [
    "[]",
    "[[]]",
    "[1]",
    "[3,1,2]",
    "[1,3]",
    r#"[null,"x"]"#,
    r#"["b","a"]"#,
    "[[1,2],[0]]",
    "[[],5]",
    "[false,0]",
    r#"[{"x":1,"y":9},{"x":2,"y":1}]"#,
    r#"[{"x":1,"y":3}]"#,
    r#"[{"x":2},{"y":1}]"#,
    r#"[{"x":"a","y":0},{"x":"b","y":0}]"#,
    r#"[{"x":1,"y":9},7]"#,
    r#"[{"x":[]},5]"#,
    r#"{"x":[4,2]}"#,
    r#"{"x":[{"z":1},{"z":0}]}"#,
    r#"[{"x":{"z":5}},{"x":{"z":-5}}]"#,
    r#"{"x":{"z":[1,2]}}"#,
    r#"[[{"x":1}],{"x":3}]"#,
    r#"[{"$date":"2022-09-15T11:44:32.103Z"}]"#,
];

/// Paths to sort by, except those into `a`.
pub(super) const PATHS: [&str; 13] = [
    "name",
    "_id",
    "visibility",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
    "type",
    "v",
    "w",
    "v.x",
    "v.x.z",
    "name.x",
    "nobody has it",
];

/// Paths into `a`.
pub(super) const ARRAY_PATHS: [&str; 9] = [
    "a", "a.x", "a.y", "a.0", "a.1", "a.0.x", "a.1.y", "a.x.z", "a.x.0",
];

/// The choices that the store serves.
pub(super) struct Vocabulary {
    words: Vec<&'static str>,
    scalars: Vec<&'static str>,
}

impl Vocabulary {
    pub(super) fn served(run: &Run<'_>) -> Self {
        let served = |choices: Choices| -> Vec<&'static str> {
            let served = choices
                .iter()
                .filter(|(case, _)| case.is_empty() || run.serves(case));
            served.flat_map(|(_, choices)| *choices).copied().collect()
        };
        Self {
            words: served(WORDS),
            scalars: served(SCALARS),
        }
    }

    /// The JSON of a random document. `arrays` chooses the value of `a`, and sometimes that of
    /// another field.
    pub(super) fn document(&self, random: &mut Random, index: usize, arrays: &ArrayMix) -> String {
        let id = match random.below(40) {
            0 => format!("é{index}"),
            1 => format!("U{index}"),
            2 => format!("it's \"{index}\""),
            _ => format!("u{index:03}"),
        };
        let mut json = format!(r#"{{"_id":{}"#, serde_json::Value::from(id));
        self.push_documented(&mut json, random);
        for key in ["v", "w"] {
            if random.percent(80) {
                push(&mut json, key, random.of(&self.scalars));
            }
        }
        if random.percent(80) {
            push(&mut json, "a", arrays.value(random, &self.scalars));
        }
        if random.percent(arrays.elsewhere_percent) {
            let key = random.of(&["visibility", "numMonitors", "_updatedAt", "v", "w", "name"]);
            push(&mut json, key, arrays.value(random, &self.scalars));
        }
        json.push('}');
        json
    }

    /// Adds some of the documented fields.
    fn push_documented(&self, json: &mut String, random: &mut Random) {
        match random.below(25) {
            0 => push(json, "type", r#""d""#),
            1 => push(json, "type", r#"["u"]"#),
            2 => {}
            _ => push(json, "type", r#""u""#),
        }
        match random.below(20) {
            0 => {}
            1 => push(json, "name", random.of(&self.scalars)),
            _ => {
                let name = self.join_words(random, 4);
                push(json, "name", &serde_json::Value::from(name).to_string());
            }
        }
        if random.percent(70) {
            let values = [r#""public""#, r#""private""#, r#""Public""#];
            push(json, "visibility", random.of(&values));
        }
        for key in ["numMonitors", "numDepartments"] {
            if random.percent(70) {
                push(json, key, random.of(&["0", "1", "2", "10", "-1"]));
            }
        }
        if random.percent(60) {
            let millis = random.below(4);
            let text = format!("2022-09-15T11:44:32.10{millis}Z");
            let date = [format!(r#""{text}""#), format!(r#"{{"$date":"{text}"}}"#)];
            push(json, "_updatedAt", &date[random.below(2)]);
        }
    }

    /// At least one word and at most `most`, with separators.
    pub(super) fn join_words(&self, random: &mut Random, most: usize) -> String {
        let mut joined = random.of(&self.words).to_owned();
        for _ in 0..random.below(most) {
            joined.push_str(random.of(&SEPARATORS));
            joined.push_str(random.of(&self.words));
        }
        joined
    }
}

/// Adds a field to an object that is not closed yet.
fn push(json: &mut String, key: &str, value: &str) {
    let _ = write!(json, r#","{key}":{value}"#);
}

/// How often the fields of a document hold arrays.
pub(super) struct ArrayMix {
    /// The values with arrays. If there are none, `a` holds no array.
    values: &'static [&'static str],
    /// The probability in percent that another field has its value from `values` too.
    elsewhere_percent: usize,
}

impl ArrayMix {
    pub(super) const NONE: Self = Self {
        values: &[],
        elsewhere_percent: 0,
    };

    /// Arrays in `a`, and with this probability in percent in another field too.
    pub(super) fn new(elsewhere_percent: usize) -> Self {
        Self {
            values: &ARRAYS,
            elsewhere_percent,
        }
    }

    /// A random value. If there are values with arrays, 70 % are from these.
    fn value(&self, random: &mut Random, scalars: &[&'static str]) -> &'static str {
        let choices = if self.values.is_empty() || random.percent(30) {
            scalars
        } else {
            self.values
        };
        random.of(choices)
    }
}
