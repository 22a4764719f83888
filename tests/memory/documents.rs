//! Random documents for the model test. A document is stored as the JSON of each field, so
//! that one field can change while the others stay the same.

use livechat_units::Unit;
use livechat_units_testkit::vocabulary::{CUTS, FIELDS, LENGTHS, USUAL, VALUES, WORDS};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A document as the JSON of its fields.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) id: String,
    /// The fields except `_id`, with their JSON.
    fields: Vec<(&'static str, String)>,
}

/// A field and its new JSON; `None` removes the field.
pub(crate) type Change = (&'static str, Option<String>);

impl Source {
    pub(crate) fn change(&mut self, (field, value): Change) {
        self.fields.retain(|(known, _)| *known != field);
        self.fields.extend(value.map(|value| (field, value)));
    }

    pub(crate) fn unit(&self) -> Unit {
        let id = serde_json::Value::from(self.id.as_str());
        let mut json = format!(r#"{{"_id":{id}"#);
        for (key, value) in &self.fields {
            json = format!(r#"{json},"{key}":{value}"#);
        }
        json.push('}');
        json.parse().unwrap()
    }
}

/// One of few ids, so that documents replace each other.
pub(crate) fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => select(vec!["", "Z", "\u{E9}", "\u{10400}", "u 1"]).prop_map(str::to_owned),
        9 => (0..40).prop_map(|number| format!("u{number:02}")),
    ]
}

pub(crate) fn source() -> impl Strategy<Value = Source> {
    let kind = prop_oneof![
        24 => Just(r#""u""#),
        1 => select(vec![r#""d""#, r#""U""#, "null", r#"["u"]"#]),
    ];
    let others = FIELDS.map(|field| {
        let value = option::weighted(0.8, value());
        value.prop_map(move |value| Some((field, value?))).boxed()
    });
    (id(), kind, option::weighted(0.95, name()), others.to_vec()).prop_map(
        |(id, kind, name, others)| {
            let mut fields = vec![("type", kind.to_owned())];
            fields.extend(name.map(|name| ("name", name)));
            fields.extend(others.into_iter().flatten());
            Source { id, fields }
        },
    )
}

/// Mostly a change of the name. A change of the type makes a unit a department, or the reverse.
pub(crate) fn change() -> impl Strategy<Value = Change> {
    let other = (select(FIELDS.to_vec()), option::weighted(0.8, value()));
    prop_oneof![
        5 => option::weighted(0.95, name()).prop_map(|name| ("name", name)),
        4 => other,
        1 => select(vec![r#""d""#, r#""u""#, "1"]).prop_map(|kind| ("type", Some(kind.to_owned()))),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let usual = select(USUAL.to_vec()).boxed();
    let any = select(VALUES.to_vec()).boxed();
    prop_oneof![2 => usual, 1 => any].prop_map(str::to_owned)
}

/// The JSON of a name.
fn name() -> impl Strategy<Value = String> {
    let long = (words(3), select(LENGTHS.to_vec())).prop_map(|(part, length)| {
        let part = part + "\u{3000}";
        part.chars().cycle().take(length).collect::<String>()
    });
    let numbered =
        (select(WORDS.to_vec()), 0..200).prop_map(|(word, number)| format!("{word} {number}"));
    let text = prop_oneof![
        12 => words(5),
        3 => pieces(6),
        2 => numbered,
        1 => long,
        1 => "\\PC{0,12}",
    ];
    prop_oneof![
        14 => text.prop_map(|name| serde_json::Value::from(name).to_string()),
        1 => select(VALUES.to_vec()).prop_map(str::to_owned),
    ]
}

/// Words with cuts between them, sometimes also before the first or after the last.
fn words(most: usize) -> impl Strategy<Value = String> {
    let pair = (select(WORDS.to_vec()), select(CUTS.to_vec()));
    let edges = (
        option::weighted(0.1, select(CUTS.to_vec())),
        any::<prop::sample::Index>(),
    );
    (edges, prop::collection::vec(pair, 1..=most)).prop_map(|((before, after), pairs)| {
        let mut name = before.unwrap_or_default().to_owned();
        for (at, (word, cut)) in pairs.iter().enumerate() {
            name.push_str(word);
            if at + 1 < pairs.len() || after.index(10) == 0 {
                name.push_str(cut);
            }
        }
        name
    })
}

/// Words and cuts in any order; it may be empty.
pub(crate) fn pieces(most: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![select(WORDS.to_vec()), select(CUTS.to_vec())];
    prop::collection::vec(piece, 0..=most).prop_map(|pieces| pieces.concat())
}
