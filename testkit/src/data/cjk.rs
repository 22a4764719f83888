//! Names of Chinese and Japanese companies and branches, without spaces.
//!
//! A name is a place, a proper name, a trade and a legal form. Any of them can be missing. Some
//! proper names are in katakana or in Latin letters.

use super::spelling::{capitalized, skewed, word};
use super::weighted::Weighted;
use crate::random::Random;

/// Frequent characters. They have the first ranks.
const FREQUENT: &str = "中大山国新上海天金北京东日本华江南田光明川安和三一小成东西高木林";
/// Distinct characters in all.
const CHARACTERS: usize = 3_500;
const CHINESE_FORMS: [&str; 8] = [
    "有限公司",
    "有限责任公司",
    "股份有限公司",
    "集团",
    "分公司",
    "科技有限公司",
    "贸易有限公司",
    "银行",
];
const JAPANESE_FORMS: [&str; 8] = [
    "株式会社",
    "有限会社",
    "合同会社",
    "支店",
    "営業所",
    "事務所",
    "センター",
    "銀行",
];
const KATAKANA: &str =
    "アイウエオカキクケコサシスセソタチツテトナニハヒフヘホマミムメモラリルレロワンー";
const HIRAGANA: &str = "のはさくらみどりあおいひかり";

/// An iterator over the names.
pub(super) struct Cjk {
    random: Random,
    characters: Vec<char>,
    character: Weighted,
    places: Vec<String>,
    place: Weighted,
    trades: Vec<String>,
    trade: Weighted,
    katakana: Vec<char>,
    hiragana: Vec<char>,
}

impl Cjk {
    /// The iterator does not end.
    pub(super) fn new() -> Self {
        let mut random = Random(0x6C0);
        let mut characters: Vec<char> = FREQUENT.chars().collect();
        while characters.len() < CHARACTERS {
            let other = char::from_u32(0x4E00 + random.below(0x5000_u32));
            characters.push(other.expect("a character of the block of ideographs"));
        }
        let character = Weighted::zipf(CHARACTERS, 8);
        let mut words = |count: usize, least: usize, more: usize| -> Vec<String> {
            let mut made = || {
                let length = least + random.below(more);
                let one = |_| characters[character.pick(&mut random)];
                (0..length).map(one).collect()
            };
            (0..count).map(|_| made()).collect()
        };
        let (places, trades) = (words(400, 2, 1), words(600, 2, 2));
        Self {
            random,
            characters,
            character,
            places,
            place: Weighted::zipf(400, 4),
            trades,
            trade: Weighted::zipf(600, 6),
            katakana: KATAKANA.chars().collect(),
            hiragana: HIRAGANA.chars().collect(),
        }
    }

    fn proper_name(&mut self, name: &mut String) {
        let random = &mut self.random;
        match random.below(100) {
            0..14 => {
                let length = 2 + random.below(5);
                name.extend((0..length).map(|_| random.pick(&self.katakana)));
            }
            14..18 => {
                let length = 2 + random.below(3);
                name.extend((0..length).map(|_| random.pick(&self.hiragana)));
            }
            18..23 => {
                let syllables = 1 + random.below(2);
                let latin = word(random, syllables);
                name.push_str(&match random.below(3) {
                    0 => latin.to_uppercase(),
                    _ => capitalized(&latin),
                });
            }
            23..26 => name.push_str(&(1 + random.below(999)).to_string()),
            _ => {
                let length = 1 + random.below(4);
                let character = |_| self.characters[self.character.pick(random)];
                name.extend((0..length).map(character));
            }
        }
    }
}

impl Iterator for Cjk {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut name = String::new();
        let japanese = self.random.below(2) == 0;
        let form = self.random.below(100);
        if japanese && form < 30 {
            name.push_str(JAPANESE_FORMS[0]);
        }
        if self.random.below(100) < 55 {
            name.push_str(&self.places[self.place.pick(&mut self.random)]);
        }
        self.proper_name(&mut name);
        if self.random.below(100) < 70 {
            name.push_str(&self.trades[self.trade.pick(&mut self.random)]);
        }
        let forms = if japanese {
            JAPANESE_FORMS
        } else {
            CHINESE_FORMS
        };
        if (30..85).contains(&form) {
            name.push_str(forms[skewed(&mut self.random, forms.len())]);
        }
        Some(name)
    }
}
