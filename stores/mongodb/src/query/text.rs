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
    /// The maximum length of a pattern, in bytes. MongoDB limits a pattern to 32,764 bytes and
    /// its compiled form to 64 KiB. A text much shorter than 32,764 bytes can exceed the second
    /// limit. Some other servers that speak MongoDB's protocol limit a pattern to 1,000 bytes.
    /// Few names contain the same 1,000 bytes, so the core has few candidates to verify.
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
            let group = match (is_listed, scalar.is_ascii()) {
                (false, false) => "(?-i:",
                (true, true) => ")",
                _ => "",
            };
            let mut piece = String::new();
            push_scalar(scalar, &mut piece);
            // One more byte for the parenthesis that closes a list.
            if regex.len() + group.len() + piece.len() + 1 > Self::MAX_BYTES {
                covers = Covers::Prefix;
                break;
            }
            regex.push_str(group);
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
    } else if let Some(class) = CLASSES.get(&folded) {
        out.push('[');
        out.push_str(class);
        out.push(']');
    } else {
        out.push(folded);
    }
}

/// The classes of scalars that fold to the same scalar, if that scalar is not in ASCII. The key
/// is the folded scalar. The value contains all scalars of the class, the key first.
static CLASSES: LazyLock<HashMap<char, String>> = LazyLock::new(|| {
    let scalars: String = ('\u{80}'..=LAST).collect();
    let mut classes: HashMap<char, String> = HashMap::new();
    for (scalar, folded) in scalars.chars().zip(TextFilter::fold(&scalars).chars()) {
        if scalar != folded && !folded.is_ascii() {
            let class = classes.entry(folded).or_insert_with(|| folded.into());
            class.push(scalar);
        }
    }
    classes
});

/// No scalar after this one folds to another.
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
    fn the_classes_are_complete() {
        let later: String = (LAST..=char::MAX).collect();
        assert_eq!(TextFilter::fold(&later), later);
        let classes: Vec<&String> = CLASSES.values().collect();
        // Simple case folding has 1,424 classes. 26 of them are the classes of ASCII letters.
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
