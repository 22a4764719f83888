//! The parts of a request and the text of a cursor, at their limits and one past them.

use livechat_units::{
    Cursor, Limit, Page, PagePolicy, Params, QueryError, QueryErrorKind, SortErrorKind, SortKey,
    SortSpec, TextErrorKind, TextFilter, UnitQuery,
};
use livechat_units_testkit::allocations::during;

use crate::documents::read_fields;
use crate::unit;

fn query(query_string: &str) -> Result<UnitQuery, QueryError> {
    Params::parse(query_string)?.into_query(PagePolicy::default())
}

#[test]
fn parsing_a_query_string_allocates_nothing() {
    let longest = "_".repeat(Params::MAX_BYTES);
    let (allocated, params) = during(|| Params::parse(&longest));
    assert!(params.is_ok());
    assert_eq!(allocated.bytes, 0, "{allocated:?}");
    let longer = format!("{longest}_");
    let (allocated, refused) = during(|| Params::parse(&longer).unwrap_err());
    assert_eq!(refused.kind(), QueryErrorKind::TooLong);
    // The error has its message, whose length does not depend on the query string.
    assert!(
        allocated.times == 1 && allocated.bytes <= 128,
        "{allocated:?}"
    );
}

#[test]
fn a_text_takes_32_bytes_a_byte_and_a_search_none() {
    let longest = "a".repeat(TextFilter::MAX_BYTES);
    let (allocated, filter) = during(|| TextFilter::new(&longest).unwrap());
    // For each byte: a scalar, a value of the failure function and the byte itself, and the
    // growth of the buffer of scalars.
    assert!(allocated.bytes <= 32 * longest.len(), "{allocated:?}");
    let name = format!("{}b", "a".repeat(10 * longest.len()));
    let (allocated, found) = during(|| (filter.is_match(&name), filter.find(&name)));
    assert_eq!(found, (true, Some(0..longest.len())));
    assert_eq!(allocated.times, 0);

    let longer = format!("{longest}a");
    let (allocated, refused) = during(|| TextFilter::new(&longer).unwrap_err());
    assert_eq!(refused.kind(), TextErrorKind::TooLong);
    assert!(allocated.bytes <= 512, "{allocated:?}");
}

#[test]
fn offset_and_count_are_bounded() {
    let largest = Page::MAX_REQUESTED;
    assert_eq!(largest, 9_007_199_254_740_991);
    for name in ["offset", "count"] {
        let zeros = "0".repeat(60_000);
        assert!(query(&format!("{name}={zeros}{largest}")).is_ok());
        for past in [
            u128::from(largest) + 1,
            u128::from(u64::MAX),
            u128::from(u64::MAX) + 1,
            u128::MAX,
        ] {
            let error = query(&format!("{name}={past}")).unwrap_err();
            assert_eq!(error.kind(), QueryErrorKind::InvalidParams);
        }
    }
    let page = query(&format!("offset={largest}&count={largest}"))
        .unwrap()
        .page();
    assert_eq!(page.offset(), largest);
    assert_eq!(Some(page.limit()), Limit::at_most(100));
    // On 32-bit targets the offset is clamped to the longest possible list.
    let passed = usize::try_from(largest).unwrap_or(usize::MAX);
    assert_eq!(page.range(usize::MAX), passed..passed.saturating_add(100));
}

/// A sort of `keys` keys with `segments` segments each.
fn sort_of(keys: usize, segments: usize) -> String {
    let keys = (0..keys).map(|key| {
        let path = vec!["a"; segments - 1].join(".");
        format!("\"{path}.{key}\":1")
    });
    format!("{{{}}}", keys.collect::<Vec<_>>().join(","))
}

#[test]
fn a_sort_takes_twice_its_length() {
    let largest = sort_of(SortSpec::MAX_KEYS, SortSpec::MAX_SEGMENTS);
    assert!(largest.len() < Params::MAX_BYTES);
    let (allocated, sort) = during(|| largest.parse::<SortSpec>().unwrap());
    assert_eq!(sort.fields().len(), 32);
    assert!(
        allocated.bytes <= 2 * largest.len() + 8_192,
        "{allocated:?}"
    );

    // Every key follows its path through all levels of a document of the maximum depth.
    let levels = livechat_units::Unit::MAX_DEPTH - 2;
    let deep = format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let unit = unit("u", "a", &deep);
    read_fields(&unit);
    let (allocated, key) = during(|| SortKey::new(&sort, &unit).unwrap());
    assert!(allocated.times <= 8, "{allocated:?}");
    assert!(allocated.bytes <= 8_192, "{allocated:?}");
    assert!(key == SortKey::new(&sort, &unit).unwrap());

    for (sort, kind) in [
        (sort_of(33, 2), SortErrorKind::TooManyKeys),
        (sort_of(1, 257), SortErrorKind::TooManySegments),
        // The parser stops after the maximum number of keys.
        (sort_of(4_000, 2), SortErrorKind::TooManyKeys),
    ] {
        let (allocated, refused) = during(|| sort.parse::<SortSpec>().unwrap_err());
        assert_eq!(refused.kind(), kind);
        assert!(allocated.bytes <= 16_384, "{kind:?}: {allocated:?}");
    }
}

#[test]
fn a_cursor_takes_six_times_its_length() {
    let text = |ids: usize| {
        let id = "u".repeat(ids);
        let unit = unit(&id, "name", "\"n\"");
        Cursor::new(&SortSpec::default(), &unit)
            .unwrap()
            .to_string()
    };
    let longest = text(Cursor::MAX_BYTES - text(0).len());
    assert_eq!(longest.len(), Cursor::MAX_BYTES);
    let (allocated, cursor) = during(|| longest.parse::<Cursor>().unwrap());
    assert_eq!(cursor.to_string(), longest);
    assert!(allocated.bytes <= 6 * longest.len(), "{allocated:?}");
    let longer = format!("{longest}u");
    let (allocated, refused) = during(|| longer.parse::<Cursor>().is_err());
    assert!(refused);
    assert!(allocated.bytes <= 512, "{allocated:?}");
}
