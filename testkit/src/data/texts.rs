//! Texts to search for, cut out of the names.

use std::collections::HashSet;

use crate::random::Random;

/// How a text is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// One character of a word.
    One,
    /// Two characters of a word.
    Two,
    /// Three characters of a word.
    Three,
    /// 4 to 6 characters of a word.
    FourToSix,
    /// 7 to 12 characters of a word.
    SevenToTwelve,
    /// 13 to 32 characters from anywhere, without a blank at either end.
    ThirteenToThirtyTwo,
    /// 3 to 13 characters on both sides of a blank.
    AcrossWords,
    /// A name of at most 1,000 bytes.
    WholeName,
    /// Parts of two names that no name contains in this sequence.
    Nothing,
}

/// The number of texts of each kind.
const TEXTS: usize = 100;
/// The most names that are tried for the texts of a kind.
const TRIES: usize = 50_000;
/// The most bytes of a text that is a whole name.
const WHOLE_NAME: usize = 1_000;
/// The most names whose texts are cut. All names are searched for the texts that match nothing.
const CUT_NAMES: usize = 50_000;

/// Names from which texts are cut.
pub struct Names<'a> {
    /// The names whose texts are cut.
    cut: Vec<&'a str>,
    /// All names in lower case, a line each.
    lower: String,
}

impl<'a> Names<'a> {
    /// Reads all names once.
    pub fn new(names: &'a [String]) -> Self {
        let stride = names.len().div_ceil(CUT_NAMES).max(1);
        let mut lower = String::new();
        for name in names {
            lower.push_str(&name.to_lowercase());
            lower.push('\n');
        }
        Self {
            cut: names.iter().step_by(stride).map(String::as_str).collect(),
            lower,
        }
    }

    /// Texts of this kind: a hundred, or fewer if the names are too short for them. No two are
    /// equal, unless the names have too few different texts. Every second text has its letters
    /// in the other case.
    pub fn texts(&self, cut: Cut) -> Vec<String> {
        let mut random = Random(0x7E57 + cut as u64);
        let mut texts = Vec::new();
        let mut seen = HashSet::new();
        let mut tries = 0;
        while texts.len() < TEXTS && tries < TRIES {
            tries += 1;
            let Some(text) = cut.cut(self, &mut random) else {
                continue;
            };
            let few_are_new = tries >= TRIES / TEXTS * (texts.len() + 1);
            if seen.insert(text.clone()) || few_are_new {
                texts.push(text);
            }
        }
        let cased = |(number, text): (usize, String)| match number % 2 {
            0 => text,
            _ => text.chars().map(other_case).collect(),
        };
        texts.into_iter().enumerate().map(cased).collect()
    }

    fn pick(&self, random: &mut Random) -> &'a str {
        random.pick::<&str>(&self.cut)
    }

    fn match_none(&self, text: &str) -> bool {
        !self.lower.contains(&text.to_lowercase())
    }
}

impl Cut {
    /// Every kind of text.
    pub const ALL: [Self; 9] = [
        Self::One,
        Self::Two,
        Self::Three,
        Self::FourToSix,
        Self::SevenToTwelve,
        Self::ThirteenToThirtyTwo,
        Self::AcrossWords,
        Self::WholeName,
        Self::Nothing,
    ];

    /// The kind in tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::One => "1 character",
            Self::Two => "2 characters",
            Self::Three => "3 characters",
            Self::FourToSix => "4 to 6",
            Self::SevenToTwelve => "7 to 12",
            Self::ThirteenToThirtyTwo => "13 to 32",
            Self::AcrossWords => "across words",
            Self::WholeName => "a whole name",
            Self::Nothing => "nothing",
        }
    }

    /// A text from a random name. `None` if that name has none.
    fn cut(self, names: &Names<'_>, random: &mut Random) -> Option<String> {
        let name = names.pick(random);
        let (least, most) = match self {
            Self::One => (1, 1),
            Self::Two => (2, 2),
            Self::Three => (3, 3),
            Self::FourToSix => (4, 6),
            Self::SevenToTwelve => (7, 12),
            Self::ThirteenToThirtyTwo => (13, 32),
            Self::AcrossWords => return across(name, random),
            Self::WholeName => {
                let short = name.len() <= WHOLE_NAME;
                return short.then(|| name.to_owned());
            }
            Self::Nothing => return nothing(names, random),
        };
        let text = part(name, least + random.below(most - least + 1), random)?;
        let blanks = if most > 12 {
            text.starts_with(' ') || text.ends_with(' ')
        } else {
            text.contains(' ')
        };
        (!blanks).then_some(text)
    }
}

/// `length` characters of the name, from a random position.
fn part(name: &str, length: usize, random: &mut Random) -> Option<String> {
    // A position in bytes, so that a name of a megabyte is not counted for every text.
    let mut start = random.below(name.len().checked_sub(length)? + 1);
    while !name.is_char_boundary(start) {
        start -= 1;
    }
    let text: String = name[start..].chars().take(length).collect();
    (text.chars().count() == length).then_some(text)
}

/// The end of one word and the start of the next.
fn across(name: &str, random: &mut Random) -> Option<String> {
    let blanks: Vec<usize> = name
        .match_indices(' ')
        .map(|(at, _)| at)
        .take(1_000)
        .collect();
    if blanks.is_empty() {
        return None;
    }
    let blank = *random.pick(&blanks);
    let (before, after) = (1 + random.below(6), 1 + random.below(6));
    let end: Vec<char> = name[..blank].chars().rev().take(before).collect();
    let start = name[blank + 1..].chars().take(after);
    let text: String = (end.iter().rev().copied())
        .chain([' '])
        .chain(start)
        .collect();
    let whole = text.chars().count() > 2 && !text.starts_with(' ') && !text.ends_with(' ');
    whole.then_some(text)
}

/// The parts are longer the more often two parts make a text that matches.
fn nothing(names: &Names<'_>, random: &mut Random) -> Option<String> {
    for length in 2..16 {
        let first = part(names.pick(random), length, random)?;
        let second = part(names.pick(random), length, random)?;
        let text = first.trim_start().to_owned() + second.trim_end();
        if !text.is_empty() && names.match_none(&text) {
            return Some(text);
        }
    }
    let name = names.pick(random);
    let text = format!("{name} zzq");
    (text.len() <= WHOLE_NAME && names.match_none(&text)).then_some(text)
}

/// The same letter in the other case. A letter without one that folds back stays as it is.
fn other_case(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    let mut lower = letter.to_lowercase();
    let other = match (upper.next(), upper.next(), lower.next(), lower.next()) {
        (Some(upper), None, Some(lower), None) if lower == letter => upper,
        (_, _, Some(lower), None) => lower,
        _ => letter,
    };
    if other.to_lowercase().eq(letter.to_lowercase()) {
        other
    } else {
        letter
    }
}
