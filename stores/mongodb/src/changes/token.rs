//! The cluster time in a resume token.

use bson::Timestamp;
use bson::raw::RawDocument;

/// The byte before a timestamp in MongoDB's key strings, with which a token begins.
const TIMESTAMP: u8 = 0x82;

/// The cluster time of a token of MongoDB. `None` if the token has another format.
pub(super) fn time_of(token: &RawDocument) -> Option<Timestamp> {
    let bytes = bytes_of(token)?;
    if is_document(&bytes) {
        return None;
    }
    let (tag, rest) = bytes.split_first()?;
    let (time, rest) = rest.split_first_chunk()?;
    let (increment, _) = rest.split_first_chunk()?;
    (*tag == TIMESTAMP).then_some(Timestamp {
        time: u32::from_be_bytes(*time),
        increment: u32::from_be_bytes(*increment),
    })
}

/// Whether a token is one of the stand-in of the tests: the hexadecimal digits of a BSON document.
/// A document begins with its length, and so no token of MongoDB has this form.
///
/// The time in such a token is no bound for what the stream has shown. But the stand-in has a
/// single member, which has shown everything if it sends an empty batch.
pub(super) fn is_of_stand_in(token: &RawDocument) -> bool {
    bytes_of(token).is_some_and(|bytes| is_document(&bytes))
}

fn bytes_of(token: &RawDocument) -> Option<Vec<u8>> {
    from_hex(token.get_str("_data").ok()?)
}

fn is_document(bytes: &[u8]) -> bool {
    RawDocument::from_bytes(bytes).is_ok()
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
        let inner = rawdoc! { "s": 5_i64, "n": "db.units" };
        let bytes = inner.as_bytes().iter();
        let hex: Vec<String> = bytes.map(|byte| format!("{byte:02X}")).collect();
        let token = rawdoc! { "_data": hex.concat() };
        assert!(is_of_stand_in(&token));
        assert_eq!(time_of(&token), None);
        assert!(!is_of_stand_in(
            &rawdoc! { "_data": "8263A0B4E4000000012B0229296E04" }
        ));
    }
}
