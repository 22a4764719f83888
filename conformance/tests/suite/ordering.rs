//! Stores that list in a wrong order.

use std::cmp::Ordering;

use livechat_units::{
    Direction, OrderError, SortField, SortKey, SortSpec, StoreError, StoreErrorKind, Unit,
    UnitPage, UnitQuery, UnitStore,
};

use crate::{Answer, Key, UNLIMITED, answers, assert_found, to_u64};

/// The reference with another order.
fn ordered(
    documents: &[Unit],
    query: &UnitQuery,
    compare: impl Fn(&Unit, &Unit) -> Ordering,
) -> UnitPage {
    let matches = documents.iter().filter(|unit| query.matches(unit));
    let mut units: Vec<Unit> = matches.cloned().collect();
    units.sort_by(compare);
    let page = units[query.page().range(units.len())].to_vec();
    UnitPage::new(page, query.page(), to_u64(units.len()))
}

fn by(sort: &SortSpec, a: &Unit, b: &Unit) -> Ordering {
    SortKey::new(sort, a)
        .unwrap()
        .cmp(&SortKey::new(sort, b).unwrap())
}

fn sorted(documents: &[Unit], query: &UnitQuery, sort: &str) -> Answer {
    documents.list(&query.clone().with_sort(sort.parse().unwrap()))
}

#[test]
fn departments_cause_errors() {
    let fault = answers(|documents, query| {
        let keys = documents
            .iter()
            .map(|unit| SortKey::new(query.sort(), unit));
        keys.collect::<Result<Vec<_>, OrderError>>()?;
        documents.list(query)
    });
    let by = [
        "mixed_departments_cause_no_errors",
        "array_parallel_only_where_it_matches",
    ];
    assert_found(&fault, &by, &["array_parallel_is_refused"]);
}

#[test]
fn parallel_arrays_are_sorted_by_id() {
    let fault = answers(|documents, query| {
        documents
            .list(query)
            .or_else(|_| sorted(documents, query, "{}"))
    });
    let by = [
        "array_parallel_is_refused",
        "array_parallel_inside_elements",
    ];
    assert_found(&fault, &by, &["array_pairs_from_one_element"]);
}

#[test]
fn parallel_arrays_fail_with_another_kind() {
    let fault = answers(|documents, query| {
        let failed = |_| StoreError::new(StoreErrorKind::Failed, "list units");
        documents.list(query).map_err(failed)
    });
    assert_found(&fault, &["array_parallel_is_refused"], &[]);
}

#[test]
fn names_are_ordered_without_case() {
    let fault = answers(|documents, query| {
        Ok(ordered(documents, query, |a, b| {
            let lower = |unit: &Unit| unit.name().map(str::to_lowercase);
            let names = lower(a).cmp(&lower(b));
            names.then_with(|| by(query.sort(), a, b))
        }))
    });
    let cases = [
        "sort_default_is_by_name",
        "sort_name_ascending",
        "sort_names_by_bytes",
    ];
    assert_found(&fault, &cases, &["sort_undocumented_field"]);
}

/// As JavaScript and Java compare strings.
#[test]
fn strings_are_ordered_by_utf_16() {
    let fault = answers(|documents, query| {
        Ok(ordered(documents, query, |a, b| {
            let units = |unit: &Unit| {
                unit.name()
                    .map(|name| name.encode_utf16().collect::<Vec<_>>())
            };
            units(a).cmp(&units(b)).then_with(|| by(query.sort(), a, b))
        }))
    });
    assert_found(&fault, &["sort_names_by_bytes"], &["page_default"]);
}

#[test]
fn ties_always_ascend() {
    let fault = answers(|documents, query| {
        let mut sort = SortSpec::builder();
        for field in query.sort().fields() {
            sort = sort.then(field.path(), field.direction());
        }
        documents.list(
            &query
                .clone()
                .with_sort(sort.ascending("_id").build().unwrap()),
        )
    });
    let by = [
        "sort_ties_take_the_direction_of_the_last_key",
        "page_among_ties",
        "sort_field_missing_in_all_units",
        "array_ties_by_id",
        "random_sorts",
    ];
    assert_found(&fault, &by, &["sort_name_ascending"]);
}

#[test]
fn ties_are_in_the_order_of_loading() {
    let fault = answers(|documents, query| {
        Ok(ordered(documents, query, |a, b| {
            let ordering = by(query.sort(), a, b);
            if a.name() == b.name() {
                Ordering::Equal
            } else {
                ordering
            }
        }))
    });
    assert_found(&fault, &["page_among_ties"], &["sort_name_ascending"]);
}

#[test]
fn units_are_in_the_order_of_loading() {
    let fault = answers(|documents, query| Ok(ordered(documents, query, |_, _| Ordering::Equal)));
    let by = ["page_default", "sort_empty_is_by_id", "sort_name_ascending"];
    assert_found(&fault, &by, &[]);
}

#[test]
fn all_keys_after_the_first_are_ignored() {
    let fault = answers(|documents, query| {
        let Some(first) = query.sort().fields().first() else {
            return documents.list(query);
        };
        let sort = SortSpec::builder().then(first.path(), first.direction());
        documents.list(&query.clone().with_sort(sort.build().unwrap()))
    });
    let by = [
        "sort_two_keys",
        "sort_three_documented_keys",
        "sort_by_31_keys",
    ];
    assert_found(&fault, &by, &["sort_undocumented_field"]);
}

#[test]
fn undocumented_fields_are_ignored() {
    let fault = answers(|documents, query| {
        let known = ["_id", "name", "visibility", "numMonitors", "numDepartments"];
        let mut fields = query.sort().fields().iter();
        if fields.all(|field| known.contains(&field.path())) {
            documents.list(query)
        } else {
            sorted(documents, query, "{}")
        }
    });
    let by = [
        "sort_undocumented_field",
        "sort_dotted_path",
        "sort_updated_at_ascending",
        "sort_paths_with_special_characters",
        "array_on_a_path",
    ];
    assert_found(&fault, &by, &["sort_num_monitors_descending"]);
}

/// The default of PostgreSQL.
#[test]
fn missing_fields_come_last() {
    let fault = answers(|documents, query| {
        let all = documents.list(&query.clone().with_page(UNLIMITED))?;
        let mut units: Vec<Unit> = all.units().collect();
        units.sort_by_key(|unit| unit.num_monitors().is_none());
        units = units[query.page().range(units.len())].to_vec();
        Ok(UnitPage::new(units, query.page(), all.total()))
    });
    assert_found(
        &fault,
        &["sort_missing_is_null"],
        &["sort_num_monitors_ascending"],
    );
}

/// As JavaScript compares all numbers.
#[test]
fn integers_are_compared_as_doubles() {
    /// The bytes of a key string for the type and the nearest double of a number.
    const NEAREST: usize = 9;
    let fault = answers(|documents, query| {
        let sort = query.sort();
        let rounded = |unit: &Unit| {
            let mut key = Key::of_unit(sort, unit);
            for string in key.values.iter_mut().filter(|string| string[0] == 3) {
                string.truncate(NEAREST);
            }
            key
        };
        Ok(ordered(documents, query, |a, b| {
            rounded(a).compare(&rounded(b), sort)
        }))
    });
    let by = [
        "mongodb_bson_obj_test",
        "sort_large_integers_beside_doubles",
    ];
    assert_found(&fault, &by, &["mongodb_sort10", "mongodb_sort_array"]);
}

/// An index that is read backwards. An array sorts by another element then.
#[test]
fn descending_is_ascending_reversed() {
    let fault = answers(|documents, query| {
        let sort = query.sort();
        let first = sort.fields().first().map(SortField::direction);
        if first != Some(Direction::Descending) {
            return documents.list(query);
        }
        let ascending = query.clone().with_sort(sort.reversed());
        let all = documents.list(&ascending.with_page(UNLIMITED))?;
        let mut units: Vec<Unit> = all.units().collect();
        units.reverse();
        let page = units[query.page().range(units.len())].to_vec();
        Ok(UnitPage::new(page, query.page(), all.total()))
    });
    let by = [
        "array_largest_when_descending",
        "mongodb_btree_key_generator_test",
        "mongodb_sort_key_generator_test",
        "mongodb_sort_dotted_paths",
        "mongodb_sort_array",
        "mongodb_sort8",
    ];
    assert_found(
        &fault,
        &by,
        &["mongodb_sort1", "mongodb_document_value_test"],
    );
}
