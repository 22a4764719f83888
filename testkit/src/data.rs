//! The data of the benchmarks: invented units, the same on every run.
//!
//! The shape of the data decides a figure: how many names contain a text, how many units
//! tie on a field. [`assert_shape`] checks that of the made-up names before anything is timed.
//! The tests of this crate check that of the other data sets.
//!
//! | module | contents |
//! |---|---|
//! | `made_up`, `prose`, `codes`, `cjk`, `hostile` | names |
//! | `spelling`, `weighted` | words and random choices for them |
//! | `set` | the data sets: names with the other fields |
//! | `texts` | texts to search for, cut out of names |
//! | `shape` | a check of the made-up names |

mod cjk;
mod codes;
mod hostile;
mod made_up;
mod prose;
mod set;
mod shape;
mod spelling;
mod texts;
mod weighted;

use livechat_units::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

pub use self::hostile::Hostile;
pub use self::set::DataSet;
pub use self::shape::assert_shape;
pub use self::texts::{Cut, Names};
use crate::random::Random;

/// One unit as a plain structure. The library that is measured has no part in it, but for
/// the text of the date.
#[derive(Clone)]
pub struct Row {
    /// `_id`, 17 characters.
    pub id: String,
    /// `name`, which the data set decides.
    pub name: String,
    /// `visibility`: `public` or `private`.
    pub visibility: &'static str,
    /// `numMonitors`, 0 to 30.
    pub num_monitors: i64,
    /// `numDepartments`, 0 to 5.
    pub num_departments: i64,
    /// `_updatedAt` in milliseconds since 1970.
    pub updated_millis: i64,
    /// `_updatedAt` as it is written in JSON. In [`DataSet::Codes`], some are not dates;
    /// `updated_millis` is then unrelated.
    pub updated_at: String,
}

/// How many names begin with `Qzx`.
const RARE_NAMES: usize = 8;
const ID_LENGTH: usize = 17;
const MOST_MONITORS: u64 = 30;
const DAY: u64 = 86_400_000;
/// 2016-01-01, in milliseconds since 1970.
const FIRST_UPDATE: i64 = 1_451_606_400_000;
/// Eight years, in milliseconds.
const UPDATES_WITHIN: u64 = 8 * 365 * DAY;

impl Row {
    /// The document as Rocket.Chat sends it. None of its strings needs escaping.
    pub fn json(&self) -> String {
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

/// What a derive would write. The library uses no derives of serde; its benchmarks need
/// none either.
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

/// Whether a name contains `text`, which is in lower case. No letter of these names has
/// a lower case that differs from its case folding.
pub fn contains(name: &str, text: &str) -> bool {
    name.to_lowercase().contains(text)
}

/// `size` units of [`DataSet::MadeUp`], made one by one: a caller need not hold them all.
pub fn rows(size: usize) -> impl Iterator<Item = Row> {
    let mut random = Random(0x5EED);
    let words = made_up::words(&mut random);
    let rare_every = (size / RARE_NAMES).max(1);
    (0..size).map(move |number| {
        let mut name = made_up::name(&words, &mut random);
        if number % rare_every == rare_every / 2 {
            name.insert_str(0, "Qzx ");
        }
        row(name, &mut random)
    })
}

/// A unit with this name and random other fields.
fn row(name: String, random: &mut Random) -> Row {
    let updated_millis = FIRST_UPDATE + signed(random.below(UPDATES_WITHIN));
    let updated_at = Timestamp::from_millis(updated_millis).expect("a date of this century");
    Row {
        id: (0..ID_LENGTH).map(|_| id_letter(random)).collect(),
        name,
        visibility: ["public", "private"][usize::from(random.below(2) == 1)],
        num_monitors: signed(random.below(MOST_MONITORS + 1)),
        num_departments: signed(random.below(6)),
        updated_millis,
        updated_at: updated_at.to_string(),
    }
}

/// The alphabet of Meteor's ids: digits and letters without those that look alike.
const ID_ALPHABET: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz";

fn id_letter(random: &mut Random) -> char {
    char::from(*random.pick(ID_ALPHABET))
}

fn signed(small: u64) -> i64 {
    i64::try_from(small).expect("far below 2^63")
}
