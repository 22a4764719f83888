//! A text as a regular expression that means it on every server.

use std::collections::HashMap;
use std::sync::LazyLock;

use livechat_units::TextFilter;

/// A regular expression for the option `i`.
pub(crate) struct Pattern {
    pub(crate) regex: String,
    pub(crate) covers: Covers,
}

/// How much of the text a pattern asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Covers {
    Whole,
    /// Every name that contains the text matches, and others may.
    Beginning,
}

impl Pattern {
    /// The longest pattern, in bytes. MongoDB takes 32,764 of them, but compiles them to
    /// no more than 64 KiB, which for many texts is reached before; servers that only
    /// speak its protocol take a thousand. Names that have this much in common are few.
    pub(crate) const MAX_BYTES: usize = 1000;

    /// The pattern of `text`.
    ///
    /// Inside ASCII the option `i` is the rule of SPEC §2 on every server: PCRE, PCRE2
    /// and other engines agree on what equals `k` and `s`. Beyond it each goes by the
    /// Unicode of its day (MongoDB 6.0 and 6.1 differ in some 700 scalars). So there the
    /// option is switched off, and what a scalar equals is spelled out.
    pub(crate) fn new(text: &TextFilter) -> Self {
        let mut regex = String::new();
        let mut covers = Covers::Whole;
        let mut is_spelled = false;
        for scalar in text.folded().chars() {
            let turn = match (is_spelled, scalar.is_ascii()) {
                (false, false) => "(?-i:",
                (true, true) => ")",
                _ => "",
            };
            let mut piece = String::new();
            push_scalar(scalar, &mut piece);
            // And the end of what is spelled.
            if regex.len() + turn.len() + piece.len() + 1 > Self::MAX_BYTES {
                covers = Covers::Beginning;
                break;
            }
            regex.push_str(turn);
            regex.push_str(&piece);
            is_spelled = !scalar.is_ascii();
        }
        if is_spelled {
            regex.push(')');
        }
        Self { regex, covers }
    }
}

fn push_scalar(folded: char, out: &mut String) {
    /// The others mean nothing outside of brackets and of the option `x`.
    const SPECIAL: &str = r"\^$.|?*+()[]{}";
    if SPECIAL.contains(folded) {
        out.push('\\');
        out.push(folded);
    } else if let Some(equals) = EQUALS.get(&folded) {
        out.push('[');
        out.push_str(equals);
        out.push(']');
    } else {
        out.push(folded);
    }
}

/// Every folded scalar beyond ASCII that others fold to, and all of them.
static EQUALS: LazyLock<HashMap<char, String>> = LazyLock::new(|| {
    let scalars: String = ('\u{80}'..=LAST).collect();
    let mut equals: HashMap<char, String> = HashMap::new();
    for (scalar, folded) in scalars.chars().zip(TextFilter::fold(&scalars).chars()) {
        if scalar != folded && !folded.is_ascii() {
            let all = equals.entry(folded).or_insert_with(|| folded.into());
            all.push(scalar);
        }
    }
    equals
});

/// No scalar after it folds to another.
const LAST: char = '\u{1FFFF}';

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(&TextFilter::new(text).unwrap())
    }

    #[test]
    fn what_means_something_is_escaped() {
        assert_eq!(
            pattern(r"a\^$.|?*+()[]{}-#/&~ \E").regex,
            r"a\\\^\$\.\|\?\*\+\(\)\[\]\{\}-#/&~ \\e"
        );
    }

    #[test]
    fn what_equals_a_scalar_is_spelled_beyond_ascii() {
        for (text, regex) in [
            ("Sales", "sales"),
            ("\u{212A}ſ", "ks"),
            ("Größe", "gr(?-i:[Öö][ßẞ])e"),
            ("销售 ΑΣ", "(?-i:销售) (?-i:[Αα][Σςσ])"),
        ] {
            let pattern = pattern(text);
            assert_eq!(pattern.regex, regex);
            assert_eq!(pattern.covers, Covers::Whole);
        }
    }

    #[test]
    fn the_table_holds_every_scalar_that_folds() {
        let beyond: String = (LAST..=char::MAX).collect();
        assert_eq!(TextFilter::fold(&beyond), beyond);
        let classes: Vec<&String> = EQUALS.values().collect();
        // The classes of the rule, less those of ASCII letters.
        assert_eq!(classes.len(), 1424 - 26);
        for class in classes {
            let (first, rest) = class.split_at(class.chars().next().unwrap().len_utf8());
            assert_eq!(
                TextFilter::fold(class),
                first.repeat(rest.chars().count() + 1)
            );
            assert!(
                class.chars().all(char::is_alphabetic)
                    || class.contains('\u{345}')
                    || !class.is_ascii()
            );
        }
    }

    #[test]
    fn a_long_text_is_asked_for_by_its_beginning() {
        let all = "a".repeat(Pattern::MAX_BYTES - 1);
        assert_eq!(pattern(&all).covers, Covers::Whole);
        for (text, length) in [("a", 998), (".", 998), ("ß", 990), ("aß", 985)] {
            let pattern = pattern(&text.repeat(1000));
            assert_eq!(pattern.covers, Covers::Beginning);
            assert!(pattern.regex.len() <= Pattern::MAX_BYTES, "{text}");
            assert!(pattern.regex.len() >= length, "{}", pattern.regex.len());
        }
    }
}
