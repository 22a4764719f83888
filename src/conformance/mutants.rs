//! Stores with one fault each, and the cases that find it.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use super::failures::failure;
use super::{Change, Fixture};
use crate::order::{OrderError, SortKey};
use crate::query::UnitQuery;
use crate::query::page::{Limit, Page};
use crate::query::scope::Scope;
use crate::query::sort::SortSpec;
use crate::store::{StoreError, UnitPage, UnitStore};
use crate::unit::Unit;

type Answer = Result<UnitPage, StoreError>;

/// A store whose answers are these.
fn answers(list: fn(&[Unit], &UnitQuery) -> Answer) -> Fixture {
    Fixture::lists(move |documents: &[Unit]| {
        let documents = documents.to_vec();
        move |query: &UnitQuery| list(&documents, query)
    })
}

/// The reference over other documents than were given.
fn keeps(change: fn(&Unit) -> Unit) -> Fixture {
    Fixture::stores(move |documents: &[Unit]| documents.iter().map(change).collect::<Vec<Unit>>())
}

/// What the fault breaks, and what it does not, so that it is the fault that is found.
fn assert_found(fixture: &Fixture, by: &[&str], not_by: &[&str]) {
    for case in by {
        assert!(failure(case, fixture).is_some(), "{case} does not find it");
    }
    for case in not_by {
        assert_eq!(failure(case, fixture), None, "{case}");
    }
}

/// The reference with another filter.
fn filtered(documents: &[Unit], query: &UnitQuery, matches: impl Fn(&Unit) -> bool) -> Answer {
    let matches = documents.iter().filter(|unit| matches(unit));
    let units: Vec<Unit> = matches.map(as_unit).collect();
    let all = query.clone().with_scope(Scope::All).with_text(None);
    let page = units.list(&all)?;
    let given = page.units().map(|unit| original(documents, &unit));
    Ok(UnitPage::new(given.collect(), query.page(), page.total()))
}

/// The document as a unit, whatever its type.
fn as_unit(document: &Unit) -> Unit {
    let json = document.as_json();
    let fields = json.strip_suffix('}').unwrap();
    let unit = Unit::from_json(&format!(r#"{fields},"type":"u"}}"#)).unwrap();
    if document.is_unit() {
        document.clone()
    } else {
        unit
    }
}

fn original(documents: &[Unit], unit: &Unit) -> Unit {
    let mut found = documents
        .iter()
        .filter(|document| document.id() == unit.id());
    found.next().unwrap().clone()
}

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
    let total = u64::try_from(units.len()).unwrap();
    UnitPage::new(page, query.page(), total)
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
fn a_store_without_a_fault() {
    let by = ["scope_of_some", "page_total", "fold_sigma", "sort_two_keys"];
    assert_found(&answers(<[Unit]>::list), &[], &by);
}

#[test]
fn the_scope_is_ignored() {
    let fault = answers(|documents, query| documents.list(&query.clone().with_scope(Scope::All)));
    let by = [
        "scope_of_some",
        "scope_of_none",
        "scope_with_text",
        "random_scopes_and_pages",
    ];
    assert_found(&fault, &by, &["text_with_sort_and_page"]);
}

#[test]
fn departments_are_listed() {
    let fault = answers(|documents, query| {
        filtered(documents, query, |unit| query.matches(&as_unit(unit)))
    });
    let by = [
        "mixed_departments_are_not_listed",
        "mixed_departments_are_not_counted",
        "mixed_departments_are_not_matched",
        "mixed_departments_are_in_no_scope",
        "mixed_types_that_are_not_u",
        "mixed_without_units",
    ];
    assert_found(&fault, &by, &["sort_two_keys", "scope_of_some"]);
}

/// As MongoDB's own equality has it.
#[test]
fn an_array_that_holds_the_type_is_taken_for_it() {
    let fault = answers(|documents, query| {
        filtered(documents, query, |unit| {
            let array = unit.as_json().contains(r#""type":["u"]"#);
            query.matches(unit) || array && query.matches(&as_unit(unit))
        })
    });
    let not_by = ["mixed_departments_are_not_listed"];
    assert_found(&fault, &["mixed_array_of_types"], &not_by);
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
fn parallel_arrays_are_sorted_all_the_same() {
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
fn parallel_arrays_are_another_error() {
    let fault = answers(|documents, query| {
        let failed = |_| StoreError::new(crate::StoreErrorKind::Failed, "list units");
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
        "sort_ties_follow_the_last_key",
        "page_among_ties",
        "sort_field_nobody_has",
        "array_ties_by_id",
        "random_sorts",
    ];
    assert_found(&fault, &by, &["sort_name_ascending"]);
}

#[test]
fn ties_are_left_as_they_come() {
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
fn all_keys_behind_the_first_are_ignored() {
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
        "sort_keys_of_odd_names",
        "array_on_a_path",
    ];
    assert_found(&fault, &by, &["sort_num_monitors_descending"]);
}

/// As SQL has it by default.
#[test]
fn missing_fields_come_last() {
    let fault = answers(|documents, query| {
        let mut page = documents.list(&query.clone().with_page(super::kit::EVERYTHING))?;
        let mut units: Vec<Unit> = page.units().collect();
        units.sort_by_key(|unit| unit.num_monitors().is_none());
        let total = page.total();
        units = units[query.page().range(units.len())].to_vec();
        page = UnitPage::new(units, query.page(), total);
        Ok(page)
    });
    assert_found(
        &fault,
        &["sort_missing_is_null"],
        &["sort_num_monitors_ascending"],
    );
}

#[test]
fn the_total_is_that_of_the_page() {
    let fault = answers(|documents, query| {
        let units: Vec<Unit> = documents.list(query)?.units().collect();
        let total = u64::try_from(units.len()).unwrap();
        Ok(UnitPage::new(units, query.page(), total))
    });
    let by = ["page_total", "page_past_the_end", "sort_name_ascending"];
    assert_found(&fault, &by, &[]);
}

#[test]
fn the_offset_in_the_answer_is_not_that_which_was_asked_for() {
    let fault = answers(|documents, query| {
        let page = documents.list(query)?;
        let other = Page::new(0, query.page().limit());
        Ok(UnitPage::new(page.units().collect(), other, page.total()))
    });
    assert_found(
        &fault,
        &["page_past_the_end", "page_of_one"],
        &["page_default"],
    );
}

#[test]
fn numbers_of_a_page_are_cut_to_32_bits() {
    let fault = answers(|documents, query| {
        let offset = query.page().offset() & 0xFFFF_FFFF;
        let page = documents.list(
            &query
                .clone()
                .with_page(Page::new(offset, query.page().limit())),
        )?;
        Ok(UnitPage::new(
            page.units().collect(),
            query.page(),
            page.total(),
        ))
    });
    assert_found(&fault, &["page_past_the_end"], &["page_end_to_end"]);
}

#[test]
fn no_page_is_longer_than_100() {
    let fault = answers(|documents, query| {
        let limit = match query.page().limit() {
            Limit::AtMost(count) => count.get().min(100),
            Limit::Unlimited => 100,
        };
        let page = Page::new(query.page().offset(), Limit::at_most(limit).unwrap());
        documents.list(&query.clone().with_page(page))
    });
    assert_found(&fault, &["collection_of_2000"], &["page_end_to_end"]);
}

/// The reference with another rule for which names contain the text.
fn matching(documents: &[Unit], query: &UnitQuery, matches: fn(&str, &str) -> bool) -> Answer {
    filtered(documents, query, |unit| {
        let others = query.clone().with_text(None).matches(unit);
        let text = query.text().map(crate::TextFilter::as_str);
        others && text.is_none_or(|text| unit.name().is_some_and(|name| matches(text, name)))
    })
}

#[test]
fn only_ascii_is_folded() {
    let fault = answers(|documents, query| {
        matching(documents, query, |text, name| {
            let (text, name) = (text.to_ascii_lowercase(), name.to_ascii_lowercase());
            name.contains(&text)
        })
    });
    let by = [
        "fold_latin",
        "fold_cyrillic_and_greek",
        "fold_kelvin_sign",
        "fold_all_classes",
        "random_texts",
    ];
    assert_found(&fault, &by, &["fold_ascii", "text_sql"]);
}

#[test]
fn both_sides_are_lower_case() {
    let fault = answers(|documents, query| {
        matching(documents, query, |text, name| {
            name.to_lowercase().contains(&text.to_lowercase())
        })
    });
    let by = [
        "fold_long_s",
        "fold_sigma",
        "fold_turkish_i",
        "fold_greek_symbols",
        "fold_cyrillic_variants",
        "fold_no_other_pairs",
    ];
    assert_found(&fault, &by, &["fold_ascii", "fold_latin", "fold_astral"]);
}

#[test]
fn the_text_is_a_pattern_of_a_newer_unicode() {
    let fault = answers(|documents, query| {
        matching(documents, query, |text, name| {
            let pattern = format!("(?i){}", regex::escape(text));
            regex::Regex::new(&pattern).unwrap().is_match(name)
        })
    });
    assert_found(&fault, &["fold_no_newer_pairs"], &["fold_long_s"]);
}

#[test]
fn the_text_is_a_pattern() {
    let fault = answers(|documents, query| {
        matching(documents, query, |text, name| {
            let pattern = regex::Regex::new(&format!("(?i){text}"));
            pattern.is_ok_and(|pattern| pattern.is_match(name))
        })
    });
    let by = [
        "text_regex_metacharacters",
        "text_regex_escapes",
        "text_sql",
    ];
    assert_found(&fault, &by, &["text_of_three_characters"]);
}

#[test]
fn the_text_is_a_pattern_of_like() {
    let fault = answers(|documents, query| {
        matching(documents, query, |text, name| {
            let text = regex::escape(text).replace('%', ".*").replace('_', ".");
            let pattern = format!("(?is){text}");
            regex::Regex::new(&pattern).unwrap().is_match(name)
        })
    });
    let by = ["text_like_wildcards"];
    assert_found(&fault, &by, &["text_glob_wildcards"]);
}

#[test]
fn the_text_is_words() {
    let fault = answers(|documents, query| {
        matching(documents, query, |text, name| {
            let (text, name) = (text.to_lowercase(), name.to_lowercase());
            let mut words = text.split_whitespace();
            words.all(|word| name.contains(word))
        })
    });
    let by = ["text_with_spaces", "text_is_a_part_of_the_name"];
    assert_found(&fault, &by, &["text_that_overlaps_itself"]);
}

#[test]
fn the_text_is_searched_in_the_document() {
    let fault = answers(|documents, query| {
        filtered(documents, query, |unit| {
            let others = query.clone().with_text(None).matches(unit);
            others
                && query
                    .text()
                    .is_none_or(|text| text.is_match(unit.as_json()))
        })
    });
    let by = [
        "text_is_of_the_name_alone",
        "text_in_no_name_that_is_no_string",
        "text_in_no_array_of_names",
        "text_json",
    ];
    assert_found(&fault, &by, &["text_of_32764_bytes"]);
}

#[test]
fn names_end_at_nul() {
    let fault = answers(|documents, query| {
        matching(documents, query, |text, name| {
            let name = name.split('\0').next().unwrap_or_default();
            crate::TextFilter::new(text).unwrap().is_match(name)
        })
    });
    let not_by = ["text_with_control_characters"];
    assert_found(&fault, &["text_in_a_name_with_nul"], &not_by);
}

/// What `as_json` writes does not say which strings were dates.
#[test]
fn dates_become_strings() {
    let fault = keeps(|unit| Unit::from_json(unit.as_json()).unwrap());
    let by = [
        "sort_dates_by_instant",
        "sort_dates_in_custom_fields",
        "sort_nan_and_infinities",
    ];
    assert_found(
        &fault,
        &by,
        &["documents_with_dates", "sort_updated_at_ascending"],
    );
}

/// `serde_json::Value`, as it is by default, and JSONB.
#[test]
fn documents_are_put_in_order() {
    let fault = keeps(|unit| {
        let value: serde_json::Value = serde_json::from_str(unit.as_json()).unwrap();
        Unit::try_from(value).unwrap()
    });
    let by = [
        "documents_keep_keys_and_their_order",
        "documents_keep_digits",
        "sort_objects_by_stored_order",
    ];
    assert_found(&fault, &by, &[]);
}

/// A store whose total was counted for an earlier answer.
#[test]
fn page_and_total_are_of_two_states() {
    let fault = Fixture::stores(<[Unit]>::to_vec).with_writes(|documents| {
        let units = Arc::new(RwLock::new(documents.to_vec()));
        let totals: Mutex<HashMap<UnitQuery, u64>> = Mutex::default();
        let readers = Arc::clone(&units);
        (
            move |query: &UnitQuery| {
                let page = readers.read().unwrap().list(query)?;
                let total = totals.lock().unwrap().insert(query.clone(), page.total());
                let total = total.unwrap_or(page.total());
                Ok(UnitPage::new(page.units().collect(), query.page(), total))
            },
            move |change| {
                let mut units = units.write().unwrap();
                match change {
                    Change::Upsert(unit) => {
                        units.retain(|old| old.id() != unit.id());
                        units.push(unit);
                    }
                    Change::Remove(id) => units.retain(|old| old.id() != id),
                }
            },
        )
    });
    let by = [
        "writes_beside_readers_keep_the_total",
        "writes_add_and_remove",
    ];
    assert_found(&fault, &by, &[]);
}

/// A store that adds the new document and leaves the old one.
#[test]
fn documents_are_not_replaced() {
    let fault = Fixture::stores(<[Unit]>::to_vec).with_writes(|documents| {
        let units = Arc::new(RwLock::new(documents.to_vec()));
        let readers = Arc::clone(&units);
        (
            move |query: &UnitQuery| readers.read().unwrap().list(query),
            move |change| match change {
                Change::Upsert(unit) => units.write().unwrap().push(unit),
                Change::Remove(id) => units.write().unwrap().retain(|old| old.id() != id),
            },
        )
    });
    let by = [
        "writes_replace",
        "writes_change_types",
        "writes_one_after_another",
        "writes_beside_readers_move_units",
    ];
    assert_found(&fault, &by, &["writes_add_and_remove"]);
}
