//! A sort and documents from any bytes.
//!
//! If the bytes are lines of JSON, the first is the sort and the others are documents. If
//! that gives fewer than two documents, every byte chooses one of a few words instead, so
//! that paths find fields and values tie.

use livechat_units::{SortKey, SortSpec, Unit};

use super::choices::Choices;
use super::json::{self, Kind, Tree};

const MOST_DOCUMENTS: usize = 6;

pub(super) struct Document {
    pub(super) unit: Unit,
    /// The tree of the unit's JSON.
    pub(super) tree: Tree,
    /// Whether the text had no extended JSON and no word for a double. The JSON of a unit
    /// does not distinguish dates from strings, or NaN from null.
    pub(super) is_plain: bool,
    pub(super) has_array: bool,
}

/// A document and its sort key.
pub(super) type Keyed<'a> = (SortKey<'a>, &'a Document);

impl Document {
    fn read(text: &str) -> Option<Self> {
        let unit = Unit::from_json(text).ok()?;
        let tree = json::read(unit.as_json()).expect("as_json is JSON");
        let read = json::read_with_words(text).expect("has been read");
        Some(Self {
            is_plain: !read.has_word && !read.root.has_dollar_key(),
            has_array: tree.root.any(&|value| matches!(value.kind, Kind::Array(_))),
            unit,
            tree,
        })
    }
}

pub(super) fn from_bytes(data: &[u8]) -> Option<(SortSpec, Vec<Document>)> {
    from_lines(&String::from_utf8_lossy(data)).or_else(|| from_choices(data))
}

fn from_lines(text: &str) -> Option<(SortSpec, Vec<Document>)> {
    let (sort, documents) = text.split_once('\n')?;
    let documents = documents.lines().filter_map(Document::read);
    let documents: Vec<Document> = documents.take(MOST_DOCUMENTS).collect();
    (documents.len() >= 2).then_some((sort.parse().ok()?, documents))
}

fn from_choices(data: &[u8]) -> Option<(SortSpec, Vec<Document>)> {
    let mut choices = Choices::new(data);
    let sort = choices.sort().parse().ok()?;
    let count = 2 + choices.below(MOST_DOCUMENTS - 1);
    let documents = (0..count).map(|place| Document::read(&choices.document(place)));
    let documents = documents.collect::<Option<Vec<_>>>();
    Some((sort, documents.expect("every choice is a document")))
}

const HEADS: [&str; 5] = ["a", "b", "c", "_updatedAt", "_id"];
const SEGMENTS: [&str; 6] = ["a", "b", "0", "1", "2", "00"];
const SCALARS: [&str; 24] = [
    "null",
    "0",
    "1",
    "-1",
    "2",
    "-0",
    "1.0",
    "0.5",
    "1e400",
    "-1e400",
    "9007199254740993",
    "9007199254740992.0",
    "9223372036854775807",
    "9223372036854775808",
    r#""""#,
    r#""a""#,
    r#""Z""#,
    r#""é""#,
    "true",
    "false",
    r#""2022-09-15T11:44:32.103Z""#,
    r#"{"$date":"2022-09-15T11:44:32.103Z"}"#,
    r#"{"$date":{"$numberLong":"-1"}}"#,
    r#"{"$numberDouble":"NaN"}"#,
];

impl Choices<'_> {
    fn sort(&mut self) -> String {
        let fields = (0..self.below(5)).map(|_| {
            let mut path = self.of(&HEADS).to_owned();
            for _ in 0..self.below(4) {
                path = format!("{path}.{}", self.of(&SEGMENTS));
            }
            format!(r#""{path}":{}"#, self.of(&["1", "-1"]))
        });
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }

    fn document(&mut self, place: usize) -> String {
        let mut document = format!(r#"{{"_id":"{place}","type":"u""#);
        for head in ["a", "b", "c"] {
            if let Some(value) = self.value(4) {
                document = format!(r#"{document},"{head}":{value}"#);
            }
        }
        let date = match self.below(3) {
            0 => String::new(),
            1 => r#","_updatedAt":"2022-09-15T11:44:32.103Z""#.to_owned(),
            _ => format!(r#","_updatedAt":{}"#, self.of(&SCALARS)),
        };
        format!("{document}{date}}}")
    }

    /// A value with up to `levels` levels below it. `None` is a missing value.
    fn value(&mut self, levels: usize) -> Option<String> {
        let kinds = if levels > 0 { 8 } else { 4 };
        match self.below(kinds) {
            0 => None,
            1..=3 => Some(self.of(&SCALARS).to_owned()),
            4 | 5 => {
                let elements = (0..self.below(4)).filter_map(|_| self.value(levels - 1));
                Some(format!("[{}]", elements.collect::<Vec<_>>().join(",")))
            }
            _ => {
                let fields = (0..self.below(4)).filter_map(|_| {
                    let key = self.of(&SEGMENTS);
                    Some(format!(r#""{key}":{}"#, self.value(levels - 1)?))
                });
                Some(format!("{{{}}}", fields.collect::<Vec<_>>().join(",")))
            }
        }
    }
}
