//! The cluster time in a resume token.

use bson::raw::RawDocument;
use bson::{RawDocumentBuf, Timestamp};

/// The byte before a timestamp in MongoDB's key strings, with which a token begins.
const TIMESTAMP: u8 = 0x82;

/// The cluster time of a resume token. `None` if the token has another format.
pub(super) fn time_of(token: &RawDocument) -> Option<Timestamp> {
    let bytes = from_hex(token.get_str("_data").ok()?)?;
    // The stand-in of the tests has tokens of its own: the hexadecimal digits of a BSON document
    // with the time in its field `t`. A document begins with its length, and so no token of
    // MongoDB has the form of a document.
    if let Ok(document) = RawDocumentBuf::from_bytes(bytes.clone()) {
        return document.get_timestamp("t").ok();
    }
    let (tag, rest) = bytes.split_first()?;
    let (time, rest) = rest.split_first_chunk()?;
    let (increment, _) = rest.split_first_chunk()?;
    (*tag == TIMESTAMP).then_some(Timestamp {
        time: u32::from_be_bytes(*time),
        increment: u32::from_be_bytes(*increment),
    })
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let bytes = digits.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(value(high)? * 16 + value(low)?).ok(),
        _ => None,
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use bson::rawdoc;

    use super::*;

    fn time(data: &str) -> Option<(u32, u32)> {
        let time = time_of(&rawdoc! { "_data": data })?;
        Some((time.time, time.increment))
    }

    /// The tokens are from the documentation of MongoDB: of an event, and of an empty batch.
    #[test]
    fn tokens_of_mongodb() {
        for (data, expected) in [
            (
                "8262E2EE54000000022B022C0100296E5A100448E4C0A1A2B84A7BA5F1D1A7D2C6B3A746645F\
                 6964006462E2EE54E448E5BA8B6F4C2E0004",
                (0x62E2_EE54, 2),
            ),
            ("8263A0B4E4000000012B0229296E04", (0x63A0_B4E4, 1)),
            ("82FFFFFFFF00000000", (u32::MAX, 0)),
        ] {
            assert_eq!(time(data), Some(expected));
        }
        assert_eq!(time_of(&rawdoc! { "_data": 7 }), None);
    }

    #[test]
    fn tokens_of_another_format_have_no_time() {
        for data in [
            "",
            "8",
            "82",
            "82000000010000",
            "8100000001000000022B",
            "zz",
            "é",
        ] {
            assert_eq!(time(data), None, "{data}");
        }
    }

    #[test]
    fn tokens_of_the_stand_in() {
        let time = Timestamp {
            time: 7,
            increment: 9,
        };
        let inner = rawdoc! { "s": 5_i64, "t": time, "n": "db.units" };
        let hex: Vec<String> = inner
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        let token = rawdoc! { "_data": hex.concat() };
        assert_eq!(time_of(&token), Some(time));
    }
}
