//! The first page of all units in an order, from a slice.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion};
use livechat_units::{SortSpec, Unit, UnitQuery, UnitStore};
use livechat_units_testkit::naive;
use livechat_units_testkit::naive::{Order, Workload};

use crate::{Data, group};

/// Each order by the reference, by sorting everything and by selecting the page first.
pub(crate) fn sort(criterion: &mut Criterion, data: &Data) {
    let mut group = group(criterion, "sort", data.units.len());
    let orders = [
        ("name", Order::Name),
        ("updated", Order::NewestFirst),
        ("three-keys", Order::VisibilityMonitorsName),
    ];
    for (label, order) in orders {
        let workload = Workload {
            label,
            text: None,
            order,
            offset: 0,
        };
        let (total, page) = naive::expected(&data.rows, &workload);
        let expected: Vec<&str> = page.iter().map(|row| row.id.as_str()).collect();
        let spec: SortSpec = order.as_json().parse().expect("an order of known fields");
        let query = UnitQuery::default().with_sort(spec);
        let listed = data.units.list(&query).expect("units without arrays");
        assert_eq!(usize::try_from(listed.total()), Ok(total), "{label}");
        let listed: Vec<Unit> = listed.units().collect();
        for page in [
            listed.iter().collect(),
            naive::page_by_sorting(&data.units, order),
            naive::page_by_selecting(&data.units, order),
        ] {
            let ids: Vec<&str> = page.iter().map(|unit: &&Unit| unit.id()).collect();
            assert_eq!(ids, expected, "{label}");
        }

        let id =
            |implementation| BenchmarkId::new(format!("{}/{label}", data.label), implementation);
        group.bench_function(id("reference"), |b| {
            b.iter(|| data.units.list(black_box(&query)));
        });
        group.bench_function(id("sort-by"), |b| {
            b.iter(|| naive::page_by_sorting(black_box(&data.units), order));
        });
        group.bench_function(id("select-nth"), |b| {
            b.iter(|| naive::page_by_selecting(black_box(&data.units), order));
        });
    }
}
