//! A document is read if SPEC §1 accepts it. Its JSON is written as it was read, except for
//! the wrappers of extended JSON, and all ways to read or write it agree.

use livechat_units::{Timestamp, Unit, UnitError, UnitErrorKind};
use serde_json::Value;

use super::assert_bounded;
use super::dates;
use super::json::{self, Json, Kind, Member, Tree};
use super::json_agreement;
use super::unit_relation::{Place, assert_related, is_object_id};

const MAX_DEPTH: usize = 256;

/// Asserts that a document is read and written correctly; see the module.
pub fn unit_decode(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let tree = json_agreement::read_as_serde_does(&text);
    let tree = tree.or_else(|| json::read_with_words(&text));
    let unit = Unit::from_json(&text);
    match (&unit, &tree) {
        (Ok(unit), Some(tree)) => {
            let written = json::read(unit.as_json()).expect("as_json is JSON");
            comes_out_as_it_went_in(&text, tree, unit, &written);
            reads_and_writes_alike(unit, &written, tree.root.has_dollar_key());
            builds_alike(unit);
        }
        (Ok(_), None) => panic!("{text:?} is not JSON"),
        (Err(error), tree) => names_a_defect(&text, tree.as_ref(), error),
    }
    if let Ok(value) = serde_json::from_str::<Value>(&text) {
        reads_a_value_as_its_text(&value);
        let plain = tree.is_some_and(|tree| !tree.root.has_dollar_key());
        if let (true, Ok(unit)) = (plain, unit) {
            let again: Value = serde_json::from_str(unit.as_json()).expect("JSON");
            assert_eq!(again, value, "{text:?}");
        }
    }
}

fn comes_out_as_it_went_in(text: &str, tree: &Tree, unit: &Unit, written_tree: &Tree) {
    assert!(tree.depth <= MAX_DEPTH);
    let written = unit.as_json();
    assert_related(
        (text, &tree.root),
        (written, &written_tree.root),
        Place::Document,
    );

    let read = |key| tree.root.field(key).and_then(Json::string);
    let shown = |key| written_tree.root.field(key).and_then(Json::string);
    assert_eq!(Some(unit.id()), shown("_id"));
    assert_eq!(unit.is_unit(), read("type") == Some("u"));
    for (key, value) in [("name", unit.name()), ("visibility", unit.visibility())] {
        // A date or an object id is written as a string.
        assert!(value == shown(key) || read(key).is_none() && value.is_none());
    }
    let numbers = [
        ("numMonitors", unit.num_monitors()),
        ("numDepartments", unit.num_departments()),
    ];
    for (key, value) in numbers {
        let field = written_tree.root.field(key);
        let is_number = field.is_some_and(|f| matches!(f.kind, Kind::Number));
        assert!(is_number || value.is_none());
        if let Some(Ok(integer)) = field.map(|f| f.literal(written).parse()) {
            assert_eq!(value, Some(integer));
        }
    }
    if let Some(text) = read("_updatedAt") {
        // Without `$date`, a date has three digits of a fraction of a second or none.
        let fraction = text.split_once('.').map(|(_, fraction)| fraction);
        let is_plain = text.ends_with('Z') && fraction.is_none_or(|f| f.len() == "000Z".len());
        let date = dates::instant(text).filter(|_| is_plain);
        assert_eq!(unit.updated_at(), date, "{text}");
    }
}

fn reads_and_writes_alike(unit: &Unit, written_tree: &Tree, has_doubles: bool) {
    let written = unit.as_json();
    let again = Unit::from_json(written).expect("was read before");
    assert_eq!(again.as_json(), written, "reading again changes nothing");
    assert_eq!(again.id(), unit.id());
    assert_eq!(again.is_unit(), unit.is_unit());
    assert_eq!(again.num_monitors(), unit.num_monitors());
    assert_eq!(again.num_departments(), unit.num_departments());
    assert_eq!(again.updated_at(), unit.updated_at());
    assert_eq!(unit.to_string(), written);
    let kept = Unit::from_json(&unit.to_extended_json()).expect("nests no deeper");
    assert_eq!(&kept, unit, "what is kept is the unit");
    assert_eq!(written.parse().as_ref(), Ok(&again));
    assert!(format!("{unit:?}").contains(&format!("{written:?}")));

    let value = serde_json::to_value(unit).expect("any format has these types");
    assert!(
        is_serialized_as(written, &written_tree.root, &value, has_doubles),
        "{written} as {value}"
    );
    let serialized = serde_json::to_string(unit).expect("these too");
    let keys = |tree: &Tree| -> Vec<String> {
        let fields = tree.root.fields().expect("a document");
        fields.into_iter().map(|(key, _)| key.to_owned()).collect()
    };
    let serialized_tree = json::read(&serialized).expect("JSON");
    assert_eq!(keys(&serialized_tree), keys(written_tree));
}

/// A unit that is built from the values of the getters has the same values.
fn builds_alike(unit: &Unit) {
    let mut builder = Unit::builder(unit.id()).field("extra", Value::Null);
    if let Some(name) = unit.name() {
        builder = builder.name(name);
    }
    if let Some(visibility) = unit.visibility() {
        builder = builder.visibility(visibility);
    }
    if let Some(count) = unit.num_monitors() {
        builder = builder.num_monitors(count);
    }
    if let Some(count) = unit.num_departments() {
        builder = builder.num_departments(count);
    }
    if let Some(at) = unit.updated_at() {
        assert_eq!(Timestamp::from_millis(at.as_millis()), Some(at));
        builder = builder.updated_at(at);
    }
    let built = builder.build().expect("every field is sound");
    assert!(built.is_unit());
    assert_eq!(built.id(), unit.id());
    assert_eq!(built.name(), unit.name());
    assert_eq!(built.visibility(), unit.visibility());
    assert_eq!(built.num_monitors(), unit.num_monitors());
    assert_eq!(built.num_departments(), unit.num_departments());
    assert_eq!(built.updated_at(), unit.updated_at());
    assert_eq!(built.to_extended_json().parse(), Ok(built));
}

/// Whether `value` is the serialized JSON of a unit. Numbers that are not integers of 64
/// bits become their nearest doubles, and null beyond the largest double.
fn is_serialized_as(text: &str, json: &Json, value: &Value, has_doubles: bool) -> bool {
    match (&json.kind, value) {
        (Kind::Null, Value::Null) => true,
        (Kind::Bool(a), Value::Bool(b)) => a == b,
        (Kind::String(a), Value::String(b)) => a == b,
        (Kind::Number, value) => {
            let literal = json.literal(text);
            let double = literal.parse::<f64>().expect("a JSON number");
            let int = literal.parse::<i64>().ok().filter(|_| literal != "-0");
            match (int, value.as_i64()) {
                (Some(expected), Some(int)) => int == expected,
                _ if double.is_infinite() => value.is_null(),
                // A double of extended JSON may have the digits of an integer.
                (Some(_), None) => has_doubles && value.as_f64() == Some(double),
                (None, _) => value.as_f64() == Some(double),
            }
        }
        (Kind::Array(a), Value::Array(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| is_serialized_as(text, a, b, has_doubles))
        }
        (Kind::Object(a), Value::Object(b)) => {
            let same = |member: &Member| {
                let value = b.get(&member.key);
                value.is_some_and(|value| is_serialized_as(text, &member.value, value, has_doubles))
            };
            a.len() == b.len() && a.iter().all(same)
        }
        _ => false,
    }
}

/// A value is read like the text that it is written as.
fn reads_a_value_as_its_text(value: &Value) {
    let from_text = Unit::from_json(&value.to_string());
    match (Unit::try_from(value.clone()), from_text) {
        (Ok(unit), Ok(from_text)) => {
            assert_eq!(unit, from_text);
            assert_eq!(unit.as_json(), from_text.as_json());
        }
        (Err(error), Err(from_text)) => {
            assert_eq!(error.kind(), from_text.kind());
            assert_bounded(&error.to_string());
        }
        (unit, from_text) => panic!("{value} is {unit:?}, its text {from_text:?}"),
    }
}

/// The error names a defect of the text.
fn names_a_defect(text: &str, tree: Option<&Tree>, error: &UnitError) {
    assert_bounded(&error.to_string());
    let shown = error.document().unwrap_or_default();
    assert!(error.to_string().contains(shown), "{error:?}");
    let id = || tree.and_then(|tree| tree.root.field("_id"));
    let is_object = tree.is_some_and(|tree| matches!(tree.root.kind, Kind::Object(_)));
    let is_true = match error.kind() {
        UnitErrorKind::Malformed => tree.is_none(),
        UnitErrorKind::NotAnObject => tree.is_some() && !is_object,
        // The text after the first level that is too deep is not checked.
        UnitErrorKind::TooDeep => tree.is_none_or(|tree| tree.depth > MAX_DEPTH),
        // A text is no value of a host.
        UnitErrorKind::NotSerializable => false,
        UnitErrorKind::MissingId => is_object && id().is_none(),
        UnitErrorKind::IdNotAString => {
            id().is_some_and(|id| id.string().is_none() && !is_object_id(id))
        }
        kind => panic!("{kind:?} is new"),
    };
    assert!(is_true, "{error:?} about {text:?}");
    let is_malformed = error.kind() == UnitErrorKind::Malformed;
    assert_eq!(error.byte().is_some(), is_malformed, "{text:?}");
    if let Some(byte) = error.byte() {
        assert!(text.is_char_boundary(byte), "{byte} in {text:?}");
    }
}
