//! The text is a literal: nothing in it is special, whatever the backend speaks.

use super::kit::{Kit, MISSING, named, numbered, numbers, unit};

/// Loads units "00", "001", … of these names and asks for each text, which is found in
/// the names at these places.
pub(super) fn check_texts(kit: &Kit<'_>, names: &[&str], texts: &[(&str, &[usize])]) {
    let ids = numbers(0..names.len());
    let store = kit.load(ids.iter().zip(names).map(|(id, name)| named(id, name)));
    for (text, places) in texts {
        let ask = store.sort(r#"{"_id":1}"#).text(text);
        ask.lists(numbers(places.iter().copied()));
    }
}

/// Loads a unit for each of the texts, of that name and with something around it, and
/// expects each text to be found in the names that contain it, by bytes, and nowhere
/// else. No text has letters that differ in case alone.
fn check_literals(kit: &Kit<'_>, texts: &[&str], others: &[&str]) {
    let around = texts.iter().map(|text| format!("<{text}>"));
    let names: Vec<String> = around
        .chain(others.iter().map(|&name| name.into()))
        .collect();
    let ids = numbers(0..names.len());
    let store = kit.load(ids.iter().zip(&names).map(|(id, name)| named(id, name)));
    for text in texts {
        let places = (0..names.len()).filter(|&place| names[place].contains(text));
        let ask = store.sort(r#"{"_id":1}"#).text(text);
        ask.lists(numbers(places));
    }
}

pub(super) fn text_is_a_part_of_the_name(kit: &Kit<'_>) {
    check_texts(
        kit,
        &["sales", "wholesales unit", "Sale", "units", "ales", ""],
        &[
            ("sales", &[0, 1]),
            ("sale", &[0, 1, 2]),
            ("ales", &[0, 1, 4]),
            ("ales u", &[1]),
            ("unit", &[1, 3]),
            ("units", &[3]),
            ("wholesales units", &[]),
            ("salesunit", &[]),
            ("zzz", &[]),
        ],
    );
}

/// The documented example.
pub(super) fn text_with_sort_and_page(kit: &Kit<'_>) {
    let store = kit.load([
        named("1", "business unit test"),
        named("2", "Sales Unit"),
        named("3", "abc"),
        named("4", "UNIT"),
    ]);
    let by_name = || store.text("unit").sort(r#"{"name":-1}"#);
    by_name().lists(["1", "4", "2"]);
    by_name().page(0, 1).shows(["1"], 3);
    by_name().page(1, 1).shows(["4"], 3);
    by_name().page(2, 5).shows(["2"], 3);
    by_name().page(3, 5).shows([""; 0], 3);
    store.text("UNIT").sort("{}").lists(["1", "2", "4"]);
}

pub(super) fn text_of_one_character(kit: &Kit<'_>) {
    check_texts(
        kit,
        &["a", "ba", "b", "", "é", "中a", "1"],
        &[
            ("a", &[0, 1, 5]),
            ("b", &[1, 2]),
            ("é", &[4]),
            ("中", &[5]),
            ("1", &[6]),
            ("c", &[]),
            (" ", &[]),
        ],
    );
}

pub(super) fn text_of_two_characters(kit: &Kit<'_>) {
    check_texts(
        kit,
        &["ab", "ba", "a b", "aab", "中文ab", "abc"],
        &[
            ("ab", &[0, 3, 4, 5]),
            ("ba", &[1]),
            ("a ", &[2]),
            ("aa", &[3]),
            ("中文", &[4]),
            ("文a", &[4]),
            ("cc", &[]),
        ],
    );
}

pub(super) fn text_of_three_characters(kit: &Kit<'_>) {
    check_texts(
        kit,
        &["abc", "cab", "ab c", "xabcx", "中文字", "ABC"],
        &[
            ("abc", &[0, 3, 5]),
            ("b c", &[2]),
            ("cab", &[1]),
            ("中文字", &[4]),
            ("bca", &[]),
        ],
    );
}

pub(super) fn text_that_overlaps_itself(kit: &Kit<'_>) {
    check_texts(
        kit,
        &["aaab", "abaabab", "banana", "abcabcabd", "aab", "abab"],
        &[
            ("aab", &[0, 1, 4]),
            ("abab", &[1, 5]),
            ("anana", &[2]),
            ("abcabd", &[3]),
            ("aaaa", &[]),
        ],
    );
}

pub(super) fn text_regex_metacharacters(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            ".", ".*", ".+", "a.c", "^", "$", "^a", "c$", "(", ")", "(a)", "[", "]", "[abc]",
            "[^a]", "{", "}", "a{2}", "|", "a|b", "?", "a?", "*", "+", "\\", "(?i)a", "(?#", "#",
            "/", "/a/i", "&&", "-", "a-c",
        ],
        &["abc", "aa", "a", "b", "", "axc"],
    );
}

pub(super) fn text_regex_escapes(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            r"\d", r"\w", r"\s", r"\b", r"\.", r"\\", r"\Q", r"\E", r"\Qa\E", r"\E.*", r"\n",
            r"\t", r"\0", r"\x41", r"\u0041", r"\p{L}", r"\A", r"\z", r"\1", r"a\",
        ],
        &["abc 123", "A", "\n", "\t", "1"],
    );
}

pub(super) fn text_like_wildcards(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            "%", "_", "%%", "__", "a%", "a_c", r"\%", r"\_", "100%", "50%_", "[a-c]", "[!a]", "=%",
            "!_", "~",
        ],
        &["abc", "a", "100", "", "1000", "50"],
    );
}

pub(super) fn text_glob_wildcards(kit: &Kit<'_>) {
    check_literals(
        kit,
        &["*", "a*", "?", "a?c", "[a]", "{a,b}", "**", "~", "!"],
        &["abc", "a", "aXc"],
    );
}

pub(super) fn text_full_text_syntax(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            "AND",
            "OR",
            "NOT",
            "a AND b",
            "a NOT b",
            "NEAR(",
            "NEAR(a b, 2)",
            "a*",
            "*",
            "\"",
            "\"a b\"",
            "\"\"",
            "^a",
            "-a",
            "+a",
            "a:b",
            "name:a",
            "name : a",
            "{name} : a",
            "a + b",
            "(a",
            "a)",
            "a & b",
            "a | b",
            "!a",
            "a <-> b",
            "a:*",
            "'a'",
            "~a",
        ],
        &["a", "b", "a b", "b a", "ab", "c"],
    );
}

pub(super) fn text_sql(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            "'",
            "''",
            "\"",
            "`",
            ";",
            "--",
            "-- a",
            "/*",
            "*/",
            "/* a */",
            "$1",
            "$$",
            "$a$",
            "?",
            "?1",
            ":a",
            "@a",
            "{}",
            "%s",
            "' OR '1'='1",
            "a'); DROP TABLE units; --",
            r"\'",
            "E'a'",
            "NULL",
            "1=1",
            "0x41",
            "||",
        ],
        &["a", "1", "", "A", "nul"],
    );
}

pub(super) fn text_json(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            "\"",
            "\\\"",
            "\\",
            "{",
            "}",
            "{\"a\":1}",
            "[1]",
            ",",
            ":",
            "\\u0041",
            "\\n",
            "null",
            "\",\"type\":\"u",
        ],
        &["A", "\n", "a", "1"],
    );
}

/// What the JSON of a unit has around its name is not in the name.
pub(super) fn text_is_of_the_name_alone(kit: &Kit<'_>) {
    let store = kit.load([
        unit(
            "sales",
            r#""name":"a","visibility":"sales","description":"sales""#,
        ),
        unit("2", r#""sales":"sales","name":"b""#),
        unit("3", r#""customFields":{"name":"sales"},"name":"c""#),
        unit("4", r#""customFields":{"name":"x"},"name":"for sales""#),
    ]);
    store.text("sales").lists(["4"]);
    for text in ["name", "type", "u\"", "visibility", "_id", ",", "{"] {
        store.text(text).lists([""; 0]);
    }
}

pub(super) fn text_with_spaces(kit: &Kit<'_>) {
    check_texts(
        kit,
        &[
            "sales unit",
            "unit sales",
            "sales  unit",
            " sales unit",
            "sales unit ",
            "salesunit",
            "sales\u{A0}unit",
            "   ",
        ],
        &[
            ("sales unit", &[0, 3, 4]),
            ("unit sales", &[1]),
            ("sales  unit", &[2]),
            (" sales", &[1, 3]),
            ("unit ", &[1, 4]),
            (" ", &[0, 1, 2, 3, 4, 7]),
            ("  ", &[2, 7]),
            ("   ", &[7]),
            ("    ", &[]),
            ("s u", &[0, 3, 4]),
            ("sales\u{A0}", &[6]),
        ],
    );
}

pub(super) fn text_with_other_whitespace(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            "\t", "\n", "\r", "\r\n", "\n\n", "a\nb", "a\tb", "\u{B}", "\u{C}", "\u{85}", "\u{A0}",
            "\u{1680}", "\u{2003}", "\u{3000}", "\u{202F}",
        ],
        &["a b", "ab", "a", "a\r\nb"],
    );
}

pub(super) fn text_with_line_separators(kit: &Kit<'_>) {
    check_literals(
        kit,
        &["\u{2028}", "\u{2029}", "a\u{2028}b", "\u{2028}\u{2029}"],
        &["a b", "ab", "a\nb", "\\u2028"],
    );
}

/// A name of several lines is one string: no text is anchored at one of them.
pub(super) fn text_across_lines(kit: &Kit<'_>) {
    check_texts(
        kit,
        &[
            "first\nsecond",
            "first second",
            "first\r\nsecond",
            "second\nfirst",
        ],
        &[
            ("second", &[0, 1, 2, 3]),
            ("first\nsecond", &[0]),
            ("t\ns", &[0]),
            ("\nfirst", &[3]),
            ("first\r", &[2]),
        ],
    );
}

pub(super) fn text_with_control_characters(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            "\u{1}",
            "\u{8}",
            "\u{1B}",
            "\u{1F}",
            "\u{7F}",
            "\u{80}",
            "\u{9F}",
            "\u{1}\u{2}",
        ],
        &["a", "", "\\u0001"],
    );
}

pub(super) fn text_with_invisible_characters(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            "\u{AD}",
            "\u{200B}",
            "\u{200C}",
            "\u{200D}",
            "\u{200E}",
            "\u{2060}",
            "\u{FEFF}",
            "\u{FE0F}",
            "\u{FFFD}",
            "\u{FFFE}",
            "\u{FFFF}",
            "\u{E000}",
            "\u{E0001}",
            "\u{10FFFF}",
            "a\u{AD}b",
            "a\u{200B}b",
        ],
        &["ab", "a b", "", "?"],
    );
}

pub(super) fn text_with_emoji(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            "🦀",
            "🦀🦀",
            "👍",
            "👍🏽",
            "🏽",
            "👩",
            "👩\u{200D}🚀",
            "🇩🇪",
            "🇩",
            "❤",
            "❤\u{FE0F}",
            "🀄",
        ],
        &["a", "🇪🇩", "🤖"],
    );
}

pub(super) fn text_with_scripts_without_case(kit: &Kit<'_>) {
    check_literals(
        kit,
        &[
            "東",
            "東京",
            "京東",
            "한",
            "한국어",
            "日本語",
            "שלום",
            "مرحبا",
            "ไทย",
            "हिन्दी",
            "न्",
            "𠀀",
        ],
        &["東 京", "日本", "日語"],
    );
}

/// `é` in one character and in two are different; so are ligatures and wide letters.
pub(super) fn text_is_not_normalised(kit: &Kit<'_>) {
    check_texts(
        kit,
        &[
            "caf\u{E9}",
            "cafe\u{301}",
            "cafe",
            "\u{FB01}x",
            "fix",
            "\u{FF21}",
            "A",
            "\u{B2}",
            "2",
            "\u{1100}\u{1161}",
            "\u{AC00}",
        ],
        &[
            ("caf\u{E9}", &[0]),
            ("cafe\u{301}", &[1]),
            ("cafe", &[1, 2]),
            ("\u{301}", &[1]),
            ("\u{FB01}", &[3]),
            ("fi", &[4]),
            ("\u{FF21}", &[5]),
            ("2", &[8]),
            ("\u{B2}", &[7]),
            ("\u{AC00}", &[10]),
            ("\u{1100}", &[9]),
        ],
    );
}

pub(super) fn text_in_no_name_that_is_no_string(kit: &Kit<'_>) {
    let names = [
        MISSING,
        "null",
        "5",
        "true",
        r#"{"$date":"2022-09-15T11:44:32.103Z"}"#,
        r#"{"a":"sales"}"#,
        "[]",
        r#""sales null 5 true 2022 a [] {}""#,
    ];
    let store = kit.load(numbered("name", &names));
    for text in [
        "sales", "null", "5", "true", "2022", "a", "[]", "{}", " ", "e",
    ] {
        store.text(text).lists(["007"]);
    }
    store.text("object").lists([""; 0]);
    store.text("undefined").lists([""; 0]);
}

/// MongoDB's own regex would look into the array.
pub(super) fn text_in_no_array_of_names(kit: &Kit<'_>) {
    let names = [r#"["sales"]"#, r#""sales""#, r#"["a","Sales unit"]"#];
    let store = kit.load(numbered("name", &names));
    store.text("sales").lists(["001"]);
    store.text("a").lists(["001"]);
    store.text("unit").lists([""; 0]);
}

/// An empty name is a name: it is listed, and contains no text.
pub(super) fn text_in_an_empty_name(kit: &Kit<'_>) {
    let store = kit.load([named("1", ""), named("2", " "), unit("3", "")]);
    store.all().lists(["3", "1", "2"]);
    store.text(" ").lists(["2"]);
    store.text("a").lists([""; 0]);
}

pub(super) fn text_in_a_name_of_thousands_of_characters(kit: &Kit<'_>) {
    let long = |end: &str| format!("{}{end}", "lorem ipsum ".repeat(120));
    check_texts(
        kit,
        &[&long("Needle"), &long("nail"), "needle", &long("é")],
        &[
            ("needle", &[0, 2]),
            ("ipsum needle", &[0]),
            ("nail", &[1]),
            ("m é", &[3]),
            ("lorem", &[0, 1, 3]),
            ("ipsum lorem ipsum", &[0, 1, 3]),
        ],
    );
}

pub(super) fn text_in_a_name_of_100_kilobytes(kit: &Kit<'_>) {
    let long = |end: &str| format!("{}{end}", "abcde fghi".repeat(10_000));
    let store = kit.load([
        named("1", &long("Needle")),
        named("2", &long("nail")),
        named("3", "needle"),
    ]);
    store.text("needle").lists(["1", "3"]);
    store.text("hineedle").lists(["1"]);
    store.text("ghiabc").lists(["1", "2"]);
}

pub(super) fn text_in_a_name_with_nul(kit: &Kit<'_>) {
    check_texts(
        kit,
        &["a\0b", "ab", "\0sales", "sales\0"],
        &[
            ("a", &[0, 1, 2, 3]),
            ("b", &[0, 1]),
            ("ab", &[1]),
            ("sales", &[2, 3]),
        ],
    );
}

/// A text of so many bytes: the names that hold it, one that ends a byte too early, and
/// one in which the last byte differs.
fn check_long(kit: &Kit<'_>, text: &str) {
    let before = text.char_indices().next_back().unwrap().0;
    let store = kit.load([
        named("1", text),
        named("2", &text[..before]),
        named("3", &format!("{}!", &text[..before])),
        named("4", &format!("<{}>", text.to_uppercase())),
    ]);
    store.sort("{}").text(text).lists(["1", "4"]);
}

pub(super) fn text_of_1000_bytes(kit: &Kit<'_>) {
    check_long(kit, &"long text ".repeat(100));
}

/// The longest text that SPEC allows.
pub(super) fn text_of_32764_bytes(kit: &Kit<'_>) {
    let text = format!("{}long", "abcdefghi ".repeat(3_276));
    assert_eq!(text.len(), crate::TextFilter::MAX_BYTES);
    check_long(kit, &text);
}

/// The same where every byte would have to be escaped in a pattern.
pub(super) fn text_of_32764_metacharacters(kit: &Kit<'_>) {
    let text = r".*%_".repeat(8_191);
    assert_eq!(text.len(), crate::TextFilter::MAX_BYTES);
    check_long(kit, &text);
}
