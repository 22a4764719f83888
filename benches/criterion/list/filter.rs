//! Benchmarks of the text filter: every name is compared with one text, without a store.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion};
use livechat_units::TextFilter;
use livechat_units_testkit::data;

use crate::{Data, group, without_library};

/// The filter and the regular expression are made before the measurement. The benchmarks in
/// `request` include the time to make them.
pub(crate) fn filter(criterion: &mut Criterion, data: &Data) {
    let names: Vec<&str> = data.rows.iter().map(|row| row.name.as_str()).collect();
    let mut group = group(criterion, "filter", names.len());
    for text in ["sales", "qzx", "a", "отд"] {
        let filter = TextFilter::new(text).expect("the text is within the bounds");
        let regex = without_library::regex(text);
        for name in &names {
            let expected = data::contains(name, text);
            assert_eq!(filter.is_match(name), expected, "{text:?} in {name:?}");
            assert_eq!(regex.is_match(name), expected, "{text:?} in {name:?}");
        }
        let id =
            |implementation| BenchmarkId::new(format!("{}/{text}", data.label), implementation);
        group.bench_function(id("livechat-units"), |b| {
            b.iter(|| count(&names, |name| filter.is_match(name)));
        });
        group.bench_function(id("regex"), |b| {
            b.iter(|| count(&names, |name| regex.is_match(name)));
        });
        group.bench_function(id("to-lowercase"), |b| {
            b.iter(|| count(&names, |name| data::contains(name, text)));
        });
    }
}

fn count(names: &[&str], is_match: impl Fn(&str) -> bool) -> usize {
    black_box(names)
        .iter()
        .filter(|name| is_match(name))
        .count()
}
