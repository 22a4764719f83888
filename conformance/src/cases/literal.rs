//! The text is a literal: no character in it is special, whatever the language of the database.

use crate::checks::{check_literals, check_texts};
use crate::data::unit;
use crate::run::Run;

pub(super) fn text_regex_metacharacters(run: &Run<'_>) {
    check_literals(
        run,
        &[
            ".", ".*", ".+", "a.c", "^", "$", "^a", "c$", "(", ")", "(a)", "[", "]", "[abc]",
            "[^a]", "{", "}", "a{2}", "|", "a|b", "?", "a?", "*", "+", "\\", "(?i)a", "(?#", "#",
            "/", "/a/i", "&&", "-", "a-c",
        ],
        &["abc", "aa", "a", "b", "", "axc"],
    );
}

pub(super) fn text_regex_escapes(run: &Run<'_>) {
    check_literals(
        run,
        &[
            r"\d", r"\w", r"\s", r"\b", r"\.", r"\\", r"\Q", r"\E", r"\Qa\E", r"\E.*", r"\n",
            r"\t", r"\0", r"\x41", r"\u0041", r"\p{L}", r"\A", r"\z", r"\1", r"a\",
        ],
        &["abc 123", "A", "\n", "\t", "1"],
    );
}

pub(super) fn text_like_wildcards(run: &Run<'_>) {
    check_literals(
        run,
        &[
            "%", "_", "%%", "__", "a%", "a_c", r"\%", r"\_", "100%", "50%_", "[a-c]", "[!a]", "=%",
            "!_", "~",
        ],
        &["abc", "a", "100", "", "1000", "50"],
    );
}

pub(super) fn text_glob_wildcards(run: &Run<'_>) {
    check_literals(
        run,
        &["*", "a*", "?", "a?c", "[a]", "{a,b}", "**", "~", "!"],
        &["abc", "a", "aXc"],
    );
}

pub(super) fn text_full_text_syntax(run: &Run<'_>) {
    check_literals(
        run,
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

pub(super) fn text_sql(run: &Run<'_>) {
    check_literals(
        run,
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

pub(super) fn text_json(run: &Run<'_>) {
    check_literals(
        run,
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

/// Only the name is searched, not the rest of the unit's JSON.
pub(super) fn text_ignores_other_fields(run: &Run<'_>) {
    let store = run.load([
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

pub(super) fn text_with_spaces(run: &Run<'_>) {
    check_texts(
        run,
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

pub(super) fn text_with_other_whitespace(run: &Run<'_>) {
    check_literals(
        run,
        &[
            "\t", "\n", "\r", "\r\n", "\n\n", "a\nb", "a\tb", "\u{B}", "\u{C}", "\u{85}", "\u{A0}",
            "\u{1680}", "\u{2003}", "\u{3000}", "\u{202F}",
        ],
        &["a b", "ab", "a", "a\r\nb"],
    );
}

pub(super) fn text_with_line_separators(run: &Run<'_>) {
    check_literals(
        run,
        &["\u{2028}", "\u{2029}", "a\u{2028}b", "\u{2028}\u{2029}"],
        &["a b", "ab", "a\nb", "\\u2028"],
    );
}

/// A name of several lines is one string. A text can match across its lines.
pub(super) fn text_across_lines(run: &Run<'_>) {
    check_texts(
        run,
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

pub(super) fn text_with_control_characters(run: &Run<'_>) {
    check_literals(
        run,
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

pub(super) fn text_with_invisible_characters(run: &Run<'_>) {
    check_literals(
        run,
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

pub(super) fn text_with_emoji(run: &Run<'_>) {
    check_literals(
        run,
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

pub(super) fn text_with_scripts_without_case(run: &Run<'_>) {
    check_literals(
        run,
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

/// `é` as one character differs from `é` as two. Ligatures and wide letters differ from plain ones.
pub(super) fn text_is_not_normalised(run: &Run<'_>) {
    check_texts(
        run,
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
