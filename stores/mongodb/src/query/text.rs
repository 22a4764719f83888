//! The text of a query as a regular expression that matches the same names on every server.

use std::collections::HashMap;
use std::sync::LazyLock;

use livechat_units::TextFilter;

/// A regular expression for the option `i`.
pub(super) struct Pattern {
    pub(super) regex: String,
    pub(super) covers: Covers,
}

/// Which part of the text a pattern contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Covers {
    /// The whole text.
    Text,
    /// The beginning of the text. Every name that contains the text matches, and others may.
    Prefix,
}

impl Pattern {
    /// The longest pattern, in bytes. MongoDB's limit is 32,764 bytes, and 64 KiB for the
    /// compiled pattern, which many shorter texts exceed. Some servers that speak its protocol
    /// have a limit of 1,000. Few names have so much in common, so the core verifies few.
    pub(super) const MAX_BYTES: usize = 1000;

    /// The pattern of `text`.
    ///
    /// For ASCII, the option `i` is the rule of SPEC §2 on every server: PCRE, PCRE2 and
    /// other engines agree about the scalars that equal `k` and `s`. For other scalars, each
    /// engine follows its own version of Unicode (MongoDB 6.0 and 6.1 differ in about 700
    /// scalars). There the pattern switches the option off and lists the equal scalars.
    pub(super) fn new(text: &TextFilter) -> Self {
        let mut regex = String::new();
        let mut covers = Covers::Text;
        let mut is_listed = false;
        for scalar in text.folded().chars() {
            let switch = match (is_listed, scalar.is_ascii()) {
                (false, false) => "(?-i:",
                (true, true) => ")",
                _ => "",
            };
            let mut piece = String::new();
            push_scalar(scalar, &mut piece);
            // One more byte for the parenthesis that closes a list.
            if regex.len() + switch.len() + piece.len() + 1 > Self::MAX_BYTES {
                covers = Covers::Prefix;
                break;
            }
            regex.push_str(switch);
            regex.push_str(&piece);
            is_listed = !scalar.is_ascii();
        }
        if is_listed {
            regex.push(')');
        }
        Self { regex, covers }
    }
}

fn push_scalar(folded: char, out: &mut String) {
    /// Other characters are special only in brackets, or with the option `x`.
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

/// For each scalar beyond ASCII to which others fold: that scalar and those others.
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

/// No later scalar folds to another.
const LAST: char = '\u{1FFFF}';

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(&TextFilter::new(text).unwrap())
    }

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(
            pattern(r"a\^$.|?*+()[]{}-#/&~ \E").regex,
            r"a\\\^\$\.\|\?\*\+\(\)\[\]\{\}-#/&~ \\e"
        );
    }

    #[test]
    fn equal_scalars_beyond_ascii_are_listed() {
        for (text, regex) in [
            ("Sales", "sales"),
            ("\u{212A}ſ", "ks"),
            ("Größe", "gr(?-i:[Öö][ßẞ])e"),
            ("销售 ΑΣ", "(?-i:销售) (?-i:[Αα][Σςσ])"),
        ] {
            let pattern = pattern(text);
            assert_eq!(pattern.regex, regex);
            assert_eq!(pattern.covers, Covers::Text);
        }
    }

    #[test]
    fn the_table_holds_every_scalar_that_folds() {
        let beyond: String = (LAST..=char::MAX).collect();
        assert_eq!(TextFilter::fold(&beyond), beyond);
        let classes: Vec<&String> = EQUALS.values().collect();
        // The classes of the rule, without those of the ASCII letters.
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
    fn a_long_pattern_covers_the_beginning_of_the_text() {
        let all = "a".repeat(Pattern::MAX_BYTES - 1);
        assert_eq!(pattern(&all).covers, Covers::Text);
        for (text, length) in [("a", 998), (".", 998), ("ß", 990), ("aß", 985)] {
            let pattern = pattern(&text.repeat(1000));
            assert_eq!(pattern.covers, Covers::Prefix);
            assert!(pattern.regex.len() <= Pattern::MAX_BYTES, "{text}");
            assert!(pattern.regex.len() >= length, "{}", pattern.regex.len());
        }
    }
}
