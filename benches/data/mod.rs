//! The data of the benchmarks: a workspace of invented units, the same on every run.
//!
//! A figure means nothing without the shape of its data: how many names a text
//! matches, how many units tie on a field. So the shape is decided here, and
//! [`assert_shape`] counts it before anything is timed.

mod names;
pub(crate) mod random;
mod shape;

use livechat_units::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use self::random::Random;
pub(crate) use self::shape::assert_shape;

/// One unit as a plain structure, made without the library that is measured.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) visibility: &'static str,
    pub(crate) num_monitors: i64,
    pub(crate) num_departments: i64,
    pub(crate) updated_millis: i64,
    pub(crate) updated_at: String,
}

const RARE_NAMES: usize = 8;
const ID_LENGTH: usize = 17;
const MOST_MONITORS: u64 = 30;
const DAY: u64 = 86_400_000;
/// 2016-01-01 and eight years on.
const FIRST_UPDATE: i64 = 1_451_606_400_000;
const UPDATES_WITHIN: u64 = 8 * 365 * DAY;

impl Row {
    /// The document as Rocket.Chat answers with it. Nothing in it needs escaping.
    pub(crate) fn json(&self) -> String {
        format!(
            r#"{{"_id":"{}","name":"{}","visibility":"{}","type":"u","numMonitors":{},"numDepartments":{},"_updatedAt":"{}"}}"#,
            self.id,
            self.name,
            self.visibility,
            self.num_monitors,
            self.num_departments,
            self.updated_at
        )
    }
}

/// What a derive would write. The library does without derives, and so does its bench.
impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("_id", &self.id)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("visibility", self.visibility)?;
        map.serialize_entry("type", "u")?;
        map.serialize_entry("numMonitors", &self.num_monitors)?;
        map.serialize_entry("numDepartments", &self.num_departments)?;
        map.serialize_entry("_updatedAt", &self.updated_at)?;
        map.end()
    }
}

/// Whether a name contains `text`, which is in lower case. Good enough for these
/// names: none has a letter whose lower case and case folding differ.
pub(crate) fn contains(name: &str, text: &str) -> bool {
    name.to_lowercase().contains(text)
}

/// So many units, one after the other, so that nobody has to hold them all.
pub(crate) fn rows(size: usize) -> impl Iterator<Item = Row> {
    let mut random = Random(0x5EED);
    let words = names::words(&mut random);
    let alphabet = id_alphabet();
    let rare_every = (size / RARE_NAMES).max(1);
    (0..size).map(move |place| {
        let mut name = names::name(&words, &mut random);
        if place % rare_every == rare_every / 2 {
            name.insert_str(0, "Qzx ");
        }
        let updated_millis = FIRST_UPDATE + signed(random.below(UPDATES_WITHIN));
        let updated_at = Timestamp::from_millis(updated_millis).expect("a date of this century");
        Row {
            id: (0..ID_LENGTH).map(|_| *random.pick(&alphabet)).collect(),
            name,
            visibility: ["public", "private"][usize::from(random.below(2) == 1)],
            num_monitors: signed(random.below(MOST_MONITORS + 1)),
            num_departments: signed(random.below(6)),
            updated_millis,
            updated_at: updated_at.to_string(),
        }
    })
}

/// Digits and letters without those that readers mistake for one another: the ids
/// that Meteor makes.
fn id_alphabet() -> Vec<char> {
    let all = ('2'..='9').chain('A'..='Z').chain('a'..='z');
    all.filter(|letter| !"IOUVl".contains(*letter)).collect()
}

fn signed(small: u64) -> i64 {
    i64::try_from(small).expect("far below 2^63")
}
