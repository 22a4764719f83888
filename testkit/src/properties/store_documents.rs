//! Documents that bytes choose.

use livechat_units::Unit;

use super::choices::Choices;
use crate::vocabulary::{CUTS, FIELDS, LENGTHS, USUAL, VALUES, WORDS};

impl Choices<'_> {
    pub(super) fn any_documents(&mut self) -> Vec<Unit> {
        (0..self.below(12))
            .map(|_| self.any_document("u"))
            .collect()
    }

    pub(super) fn any_document(&mut self, kind: &str) -> Unit {
        let id = serde_json::Value::from(self.id());
        let mut json = format!(r#"{{"type":"{kind}""#);
        if let Some(name) = self.name() {
            json.push_str(r#","name":"#);
            json.push_str(&name);
        }
        // Each of the lower six bits is a field.
        let present = self.below(256);
        for (place, field) in FIELDS.iter().enumerate() {
            if present >> place & 1 == 1 {
                let value = match present >> 6 {
                    0 => self.of(&VALUES),
                    _ => self.of(&USUAL),
                };
                json = format!(r#"{json},"{field}":{value}"#);
            }
        }
        // The id is the first field, or, in one case of four, the last.
        json = match present >> 6 {
            3 => format!(r#"{json},"_id":{id}}}"#),
            _ => json.replacen('{', &format!(r#"{{"_id":{id},"#), 1) + "}",
        };
        Unit::from_json(&json).expect("every choice is a document")
    }

    /// An id. There are only 32, so that documents replace each other.
    pub(super) fn id(&mut self) -> String {
        match self.below(32) {
            0 => String::new(),
            1 => "Z".to_owned(),
            2 => "\u{E9}".to_owned(),
            3 => "\u{10400}".to_owned(),
            place => format!("u{place:02}"),
        }
    }

    /// A name in JSON. `None` is a missing name.
    fn name(&mut self) -> Option<String> {
        match self.below(16) {
            0 => None,
            1 => Some(self.of(&VALUES).to_owned()),
            2 => {
                let mut part = self.words(2);
                part.push_str(self.of(&CUTS));
                let length = self.of(&LENGTHS);
                Some(quoted(
                    &part.chars().cycle().take(length).collect::<String>(),
                ))
            }
            3 => Some(quoted(&self.pieces(6))),
            4 => Some(quoted(&format!("{} {}", self.of(&WORDS), self.below(256)))),
            _ => Some(quoted(&self.words(4))),
        }
    }

    /// At least one word, with separators between words.
    fn words(&mut self, most: usize) -> String {
        let mut words = self.of(&WORDS).to_owned();
        for _ in 0..self.below(most) {
            words.push_str(self.of(&CUTS));
            words.push_str(self.of(&WORDS));
        }
        words
    }

    /// Words and separators in any order; possibly empty.
    pub(super) fn pieces(&mut self, most: usize) -> String {
        let count = self.below(most + 1);
        let pieces = (0..count).map(|_| match self.below(2) {
            0 => self.of(&WORDS),
            _ => self.of(&CUTS),
        });
        pieces.collect()
    }
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

/// Many units with few distinct words: an index changes its form above some size.
pub(super) fn many(count: usize, word: usize) -> Vec<Unit> {
    let unit = |place: usize| {
        let words = [place, place / 7].map(|shift| WORDS[(word + shift) % WORDS.len()]);
        let name = format!("{} {} {}", words[0], words[1], place % 50);
        let rank = i64::try_from(place % 5).expect("less than 5");
        let unit = Unit::builder(format!("many{place:04}")).name(name);
        unit.num_monitors(rank).build().expect("a unit")
    };
    (0..count).map(unit).collect()
}
