//! Documents. Only their depth has a bound.

use livechat_units::Unit;

use crate::{Family, Work, family, work};

#[allow(clippy::too_many_lines, reason = "a table of inputs")]
pub(crate) fn families() -> Vec<Family> {
    vec![
        family("document with a long string", DOCUMENT, |n| string("a", n)),
        family("string of `\\n`", DOCUMENT, |n| string("\\n", n)),
        family("string of `\\u00e9`", DOCUMENT, |n| string("\\u00e9", n)),
        family("string of surrogate pairs", DOCUMENT, |n| {
            string("\\ud83e\\udd80", n)
        }),
        family("string of half pairs", DOCUMENT, |n| string("\\ud83e", n)),
        family("document with many fields", DOCUMENT, |n| {
            let fields = (0..n / 12).map(|field| format!(",\"k{field:06}\":1"));
            read(&format!("\"x\":0{}", fields.collect::<String>()))
        }),
        family("one field again and again", DOCUMENT, |n| {
            read(&repeated("\"a\":1", n))
        }),
        family("array of 0", DOCUMENT, |n| array("0", n)),
        family("array of `NaN`", DOCUMENT, |n| array("NaN", n)),
        family("array of `[]`", DOCUMENT, |n| array("[]", n)),
        family("array of `{}`", DOCUMENT, |n| array("{}", n)),
        family("array of `{\"a\":1}`", DOCUMENT, |n| array("{\"a\":1}", n)),
        family("array of `{\"$date\":1}`", DOCUMENT, |n| {
            array("{\"$date\":1}", n)
        }),
        family("array of `{\"$date\":1,\"a\":1}`", DOCUMENT, |n| {
            array("{\"$date\":1,\"a\":1}", n)
        }),
        family("`$date` again and again", DOCUMENT, |n| {
            read(&format!("\"x\":{{{}}}", repeated("\"$date\":1", n)))
        }),
        family("`$date` with an array", DOCUMENT, |n| {
            read(&format!("\"x\":{{\"$date\":[{}]}}", repeated("0", n)))
        }),
        family("`$date` in `$date`, levels", 60, |n| {
            nested("{\"$date\":", "", "}", n)
        }),
        family("`$date` and more in the same, levels", 60, |n| {
            nested("{\"$date\":", "", ",\"a\":1}", n)
        }),
        family("`$date` in arrays in the same, levels", 30, |n| {
            nested("{\"$date\":[", "", "],\"a\":1}", n)
        }),
        family("250 levels of `$date` and more", DOCUMENT, |n| {
            nested("{\"$date\":", &"a".repeat(n), ",\"a\":1}", 250)
        }),
        family("250 levels of `$date` alone", DOCUMENT, |n| {
            nested("{\"$date\":", &"a".repeat(n), "}", 250)
        }),
        family("blanks", DOCUMENT, |n| {
            read(&format!("\"x\":{}1", " \n".repeat(n / 2)))
        }),
        family("integer of many digits", DOCUMENT, |n| {
            read(&format!("\"x\":{}", "9".repeat(n)))
        }),
        family("fraction of many digits", DOCUMENT, |n| {
            read(&format!("\"x\":0.{}", "9".repeat(n)))
        }),
        family("exponent of many digits", DOCUMENT, |n| {
            read(&format!("\"x\":1e{}", "9".repeat(n)))
        }),
        family("`$numberLong` of zeros", DOCUMENT, |n| {
            read(&format!("\"x\":{{\"$numberLong\":\"{}\"}}", "0".repeat(n)))
        }),
        family("`$numberDouble` of many digits", DOCUMENT, |n| {
            read(&format!(
                "\"x\":{{\"$numberDouble\":\"0.{}\"}}",
                "3".repeat(n)
            ))
        }),
        family("`$date` with many digits of a second", DOCUMENT, |n| {
            let second = format!("2022-09-15T11:44:32.{}Z", "0".repeat(n));
            read(&format!("\"x\":{{\"$date\":\"{second}\"}}"))
        }),
        family(
            "text that stops being JSON after many lines",
            DOCUMENT,
            |n| read(&format!("{}!", "\n".repeat(n))),
        ),
        family("`_id` that is no string but long", DOCUMENT, |n| {
            let text = format!("{{\"_id\":[{}]}}", repeated("0", n));
            work(text, |text| Unit::from_json(text))
        }),
        family("extended JSON of many dates", DOCUMENT, |n| {
            let dates = repeated("{\"$date\":1}", n);
            let unit = Unit::from_json(&format!("{{\"_id\":\"a\",\"x\":[{dates}]}}"));
            work(unit.expect("a unit"), |unit| unit.to_extended_json().len())
        }),
        family("value of another library", DOCUMENT, |n| {
            let value = serde_json::json!({"_id": "a", "x": vec![0; n / 2]});
            work(value, |value| Unit::try_from(value.clone()))
        }),
    ]
}

const DOCUMENT: usize = 64_000;

fn repeated(part: &str, length: usize) -> String {
    vec![part; length / (part.len() + 1)].join(",")
}

fn read(members: &str) -> Work {
    work(format!("{{\"_id\":\"a\",{members}}}"), |text| {
        Unit::from_json(text)
    })
}

fn string(part: &str, length: usize) -> Work {
    read(&format!("\"x\":\"{}\"", part.repeat(length / part.len())))
}

fn array(element: &str, length: usize) -> Work {
    read(&format!("\"x\":[{}]", repeated(element, length)))
}

fn nested(open: &str, inner: &str, close: &str, levels: usize) -> Work {
    let (open, close) = (open.repeat(levels), close.repeat(levels));
    read(&format!("\"x\":{open}\"{inner}\"{close}"))
}
