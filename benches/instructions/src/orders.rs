//! Sort keys, and the comparison of large values.

use livechat_units::{SortKey, SortSpec, Unit, UnitQuery, UnitStore};

use crate::{Family, Work, family, work};

#[allow(clippy::too_many_lines, reason = "a table of inputs")]
pub(crate) fn families() -> Vec<Family> {
    vec![
        family("key through an array, elements", 4_000, |n| {
            key("x.a", n, "{\"a\":1}")
        }),
        family("32 keys through an array, elements", 1_000, |n| {
            let paths: Vec<String> = (10..42).map(|path| format!("x.a{path}")).collect();
            key(&paths.join("\":1,\""), n, "{\"a10\":1,\"a41\":2}")
        }),
        family("a long path through an array, bytes", 12_000, |n| {
            key(&format!("x.{}", "a".repeat(n)), 1_000, "{\"a\":1}")
        }),
        family("a path of digits through an array, bytes", 12_000, |n| {
            key(&format!("x.{}", "1".repeat(n)), 1_000, "{\"a\":1}")
        }),
        family("a path down all levels, levels", 60, |n| {
            let document = format!("{}1{}", "{\"a\":".repeat(n), "}".repeat(n));
            let path = vec!["a"; n].join(".");
            sorted(&format!("{{\"x.{path}\":1}}"), &document)
        }),
        family("32 paths down all levels, levels", 60, |n| {
            let document = format!("{}1{}", "{\"a\":".repeat(n), "}".repeat(n));
            let path = vec!["a"; n - 1].join(".");
            let paths = (10..42).map(|end| format!("\"x.{path}.{end}\":1"));
            sorted(
                &format!("{{{}}}", paths.collect::<Vec<_>>().join(",")),
                &document,
            )
        }),
        family("two large arrays that are equal, elements", 16_000, |n| {
            compared(&format!("[[{}]]", vec!["0"; n].join(",")))
        }),
        family("two large objects that are equal, fields", 4_000, |n| {
            let fields: Vec<String> = (0..n).map(|field| format!("\"k{field}\":1")).collect();
            compared(&format!("{{{}}}", fields.join(",")))
        }),
        family("two deep values that are equal, levels", 60, |n| {
            compared(&format!("[{}1{}]", "[".repeat(n), "]".repeat(n)))
        }),
        family("two integers of many digits, bytes", 64_000, |n| {
            compared(&"9".repeat(n))
        }),
        family("bytes of a key with U+0000, bytes", 64_000, |n| {
            let unit = unit("a", &format!("\"{}\"", "\\u0000".repeat(n / 6)));
            let sort: SortSpec = "{\"x\":1}".parse().expect("a sort");
            work((sort, unit), |(sort, unit)| {
                SortKey::new(sort, unit).map(|key| key.key_strings())
            })
        }),
        family("a slice of units that tie, units", 4_000, |n| {
            let units: Vec<Unit> = (0..n).map(|id| unit(&format!("{id:09}"), "1")).collect();
            work(units, |units| units.list(&UnitQuery::default()))
        }),
        family("units under a long path, bytes", 12_000, |n| {
            let units: Vec<Unit> = (0..1_000)
                .map(|id| unit(&format!("{id:09}"), "1"))
                .collect();
            let sort: SortSpec = format!("{{\"x.{}\":1}}", "a".repeat(n))
                .parse()
                .expect("a sort");
            let query = UnitQuery::default().with_sort(sort);
            work((units, query), |(units, query)| units.list(query))
        }),
    ]
}

fn unit(id: &str, value: &str) -> Unit {
    let text = format!("{{\"_id\":\"{id}\",\"type\":\"u\",\"x\":{value}}}");
    Unit::from_json(&text).expect("a unit")
}

fn sorted(sort: &str, value: &str) -> Work {
    let sort: SortSpec = sort.parse().expect("a sort");
    work((sort, unit("a", value)), |(sort, unit)| {
        SortKey::new(sort, unit).is_ok()
    })
}

/// The key of these paths for an array of equal elements.
fn key(paths: &str, elements: usize, element: &str) -> Work {
    sorted(
        &format!("{{\"{paths}\":1}}"),
        &format!("[{}]", vec![element; elements].join(",")),
    )
}

fn compared(value: &str) -> Work {
    let sort: SortSpec = "{\"x\":1}".parse().expect("a sort");
    work(
        (sort, unit("a", value), unit("b", value)),
        |(sort, a, b)| {
            let (a, b) = (SortKey::new(sort, a), SortKey::new(sort, b));
            a.is_ok_and(|a| b.is_ok_and(|b| a < b))
        },
    )
}
