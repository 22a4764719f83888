//! BSON documents that can hold a field more than once.

use livechat_units::Unit;
use mongodb::bson::raw::CString;
use mongodb::bson::{RawArrayBuf, RawBson, RawDocumentBuf};

/// A document with these fields, repeated ones included.
pub(crate) fn raw(fields: &[(&str, RawBson)]) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    for (key, value) in fields {
        document.append(CString::try_from(*key).unwrap(), value.clone());
    }
    document
}

pub(crate) fn object(fields: &[(&str, RawBson)]) -> RawBson {
    raw(fields).into()
}

pub(crate) fn array(elements: &[RawBson]) -> RawBson {
    let mut array = RawArrayBuf::new();
    for element in elements {
        array.push(element.clone());
    }
    array.into()
}

pub(crate) fn text(text: &str) -> RawBson {
    RawBson::String(text.to_owned())
}

pub(crate) fn unit(id: &str, fields: &[(&str, RawBson)]) -> RawDocumentBuf {
    let mut all = vec![("_id", text(id)), ("type", text("u"))];
    all.extend_from_slice(fields);
    raw(&all)
}

/// The document as a unit by SPEC §1.
pub(crate) fn to_unit(document: &RawDocumentBuf) -> Unit {
    Unit::from_json(&to_json(&document.clone().into())).unwrap()
}

fn to_json(value: &RawBson) -> String {
    match value {
        RawBson::Document(document) => {
            let fields = document.iter().map(|field| {
                let (key, value) = field.unwrap();
                format!("{:?}:{}", key.as_str(), to_json(&value.into()))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        RawBson::Array(array) => {
            let elements = array
                .into_iter()
                .map(|value| to_json(&value.unwrap().into()));
            format!("[{}]", elements.collect::<Vec<_>>().join(","))
        }
        RawBson::String(text) => format!("{text:?}"),
        RawBson::Int32(int) => int.to_string(),
        RawBson::Null => "null".to_owned(),
        _ => panic!("expected a type that the tests write, found {value:?}"),
    }
}
