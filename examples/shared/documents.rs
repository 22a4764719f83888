//! Reads the documents of a file or a request.

use livechat_units::Unit;
use serde_json::value::RawValue;

/// The documents in `text`: JSON values one after another, or in arrays, as JSON
/// lines, `mongoexport` and `mongoexport --jsonArray` write them. One that cannot be
/// a unit is told of on standard error and left out, since one damaged document must
/// not hide the others.
pub(crate) fn read(text: &str) -> serde_json::Result<Vec<Unit>> {
    let text = text.trim_start_matches('\u{FEFF}');
    let mut units = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        let value = value?;
        if value.get().starts_with('[') {
            for document in serde_json::from_str::<Vec<&RawValue>>(value.get())? {
                push(&mut units, document);
            }
        } else {
            push(&mut units, value);
        }
    }
    Ok(units)
}

fn push(units: &mut Vec<Unit>, document: &RawValue) {
    match document.get().parse() {
        Ok(unit) => units.push(unit),
        Err(error) => eprintln!("left out: {error}"),
    }
}
