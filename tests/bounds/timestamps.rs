//! Instants near the ends of JavaScript dates and of 64 bits.

use livechat_units::{Timestamp, Unit};
use proptest::prelude::*;

use crate::unit;

fn millis() -> impl Strategy<Value = i64> {
    let edges = vec![
        i64::MIN,
        Timestamp::MIN.as_millis(),
        // The beginnings of the years 0, 1, 1970 and 10000, and a leap day.
        -62_167_219_200_000,
        -62_135_596_800_000,
        0,
        253_402_300_800_000,
        951_782_400_000,
        i64::from(i32::MAX) * 1000,
        i64::from(u32::MAX),
        (1 << 53) - 1,
        Timestamp::MAX.as_millis(),
        i64::MAX,
    ];
    (prop::sample::select(edges), -2_000..=2_000_i64).prop_map(|(edge, by)| edge.saturating_add(by))
}

proptest! {
    #[test]
    fn dates_at_the_edges_are_read_and_written(millis in millis()) {
        let within = (Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis()).contains(&millis);
        let at = Timestamp::from_millis(millis);
        prop_assert_eq!(at.is_some(), within);
        // A `$date` out of range stays an object.
        for literal in [
            format!("{{\"$date\":{millis}}}"),
            format!("{{\"$date\":{{\"$numberLong\":\"{millis}\"}}}}"),
        ] {
            let read = unit("a", "_updatedAt", &literal);
            prop_assert_eq!(read.updated_at(), at);
            let reread: Unit = read.to_extended_json().parse().unwrap();
            prop_assert_eq!(reread, read);
        }
        if let Some(at) = at {
            prop_assert_eq!(at.as_millis(), millis);
            prop_assert_eq!(at.to_string().parse(), Ok(at));
        }
    }

    #[test]
    fn an_offset_does_not_lead_out_of_the_range(
        hours in 0..24_i64,
        minutes in 0..60_i64,
        east: bool,
        latest: bool,
    ) {
        let (sign, direction) = if east { ('+', -1) } else { ('-', 1) };
        let (text, edge) = if latest {
            ("+275760-09-13T00:00:00", Timestamp::MAX)
        } else {
            ("-271821-04-20T00:00:00", Timestamp::MIN)
        };
        let millis = edge.as_millis() + direction * (hours * 60 + minutes) * 60_000;
        let literal = format!("{{\"$date\":\"{text}{sign}{hours:02}:{minutes:02}\"}}");
        let read = unit("a", "_updatedAt", &literal);
        prop_assert_eq!(read.updated_at(), Timestamp::from_millis(millis));
    }
}
