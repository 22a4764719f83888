//! Units as the BSON that Rocket.Chat would have stored.

use std::fmt;

use livechat_units::{Timestamp, Unit};
use mongodb::bson::{Bson, DateTime, Document};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The document that `unit` is read from.
pub fn to_bson(unit: &Unit) -> Document {
    let json = unit.to_extended_json();
    let value: Json = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e} in {json}"));
    let mut value = value.0;
    unwrap(&mut value);
    let Bson::Document(mut document) = value else {
        panic!("no document: {json}");
    };
    // JSON has dates as strings. A date in another spelling remains a string, so that the
    // answer has the same spelling.
    if let Some(Bson::String(text)) = document.get("_updatedAt") {
        let date = text.parse::<Timestamp>().ok();
        if let Some(date) = date.filter(|date| date.to_string() == *text) {
            document.insert("_updatedAt", DateTime::from_millis(date.as_millis()));
        }
    }
    document
}

/// JSON, with the keys in their order.
struct Json(Bson);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Bson;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON that BSON can hold")
    }

    fn visit_unit<E>(self) -> Result<Bson, E> {
        Ok(Bson::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Bson, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Bson, E> {
        // Both types of integers.
        Ok(i32::try_from(value).map_or(Bson::Int64(value), Bson::Int32))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Bson, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            #[allow(clippy::cast_precision_loss, reason = "what BSON does to it")]
            Err(_) => Ok(Bson::Double(value as f64)),
        }
    }

    fn visit_f64<E>(self, value: f64) -> Result<Bson, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Bson, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Bson, A::Error> {
        let mut array = Vec::new();
        while let Some(Json(element)) = elements.next_element()? {
            array.push(element);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Bson, A::Error> {
        let mut document = Document::new();
        while let Some((key, Json(value))) = fields.next_entry::<String, Json>()? {
            if key.contains('\0') {
                return Err(A::Error::custom("U+0000 in a key"));
            }
            document.insert(key, value);
        }
        Ok(Bson::Document(document))
    }
}

/// Replaces the wrappers of extended JSON by values. A wrapper without a meaning remains, with
/// everything in it.
fn unwrap(value: &mut Bson) {
    match value {
        Bson::Array(elements) => elements.iter_mut().for_each(unwrap),
        Bson::Document(document) => match wrapper(document) {
            Some(Ok(plain)) => *value = plain,
            Some(Err(Broken)) => {}
            None => document.iter_mut().for_each(|(_, value)| unwrap(value)),
        },
        _ => {}
    }
}

struct Broken;

fn wrapper(document: &Document) -> Option<Result<Bson, Broken>> {
    let (key, value) = document.iter().next().filter(|_| document.len() == 1)?;
    let text = value.as_str().unwrap_or_default();
    let plain = match key.as_str() {
        "$date" => {
            let date = text.parse::<Timestamp>().ok();
            date.map(|date| DateTime::from_millis(date.as_millis()).into())
        }
        "$numberDouble" => match text {
            "NaN" => Some(f64::NAN.into()),
            "Infinity" => Some(f64::INFINITY.into()),
            "-Infinity" => Some(f64::NEG_INFINITY.into()),
            _ => text.parse::<f64>().ok().map(Bson::Double),
        },
        "$numberInt" | "$numberLong" | "$oid" => None,
        _ => return None,
    };
    Some(plain.ok_or(Broken))
}
