//! Stores that list the wrong documents, because they apply the scope, the type or the text
//! wrongly.

use livechat_units::{Scope, TextFilter, Unit, UnitPage, UnitQuery, UnitStore};

use crate::{Answer, answers, assert_found};

/// Answers like the reference, but lists the documents for which `matches` is true.
fn filtered(documents: &[Unit], query: &UnitQuery, matches: impl Fn(&Unit) -> bool) -> Answer {
    let matches = documents.iter().filter(|unit| matches(unit));
    let units: Vec<Unit> = matches.map(as_unit).collect();
    let all = query.clone().with_scope(Scope::All).with_text(None);
    let page = units.list(&all)?;
    let listed = page.units().map(|unit| {
        let mut documents = documents.iter();
        let document = documents.find(|document| document.id() == unit.id());
        document.unwrap().clone()
    });
    Ok(UnitPage::new(listed.collect(), query.page(), page.total()))
}

/// The document with the type of a unit.
fn as_unit(document: &Unit) -> Unit {
    if document.is_unit() {
        return document.clone();
    }
    let fields = document.as_json().strip_suffix('}').unwrap();
    Unit::from_json(&format!(r#"{fields},"type":"u"}}"#)).unwrap()
}

/// Answers like the reference, but `matches(text, name)` decides whether a name contains the
/// text.
fn matching(documents: &[Unit], query: &UnitQuery, matches: fn(&str, &str) -> bool) -> Answer {
    filtered(documents, query, |unit| {
        let is_in_scope = query.clone().with_text(None).matches(unit);
        let text = query.text().map(TextFilter::as_str);
        is_in_scope && text.is_none_or(|text| unit.name().is_some_and(|name| matches(text, name)))
    })
}

#[test]
fn the_scope_is_ignored() {
    let fault = answers(|documents, query| documents.list(&query.clone().with_scope(Scope::All)));
    let by = [
        "scope_of_some",
        "scope_empty",
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
        "mixed_departments_are_outside_every_scope",
        "mixed_types_other_than_u",
        "mixed_without_units",
    ];
    assert_found(&fault, &by, &["sort_two_keys", "scope_of_some"]);
}

/// In MongoDB the condition `type: "u"` also matches an array that contains `"u"`.
#[test]
fn an_array_with_the_type_u_makes_a_unit() {
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
fn both_sides_are_converted_to_lower_case() {
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
        "fold_keeps_other_pairs_apart",
    ];
    assert_found(&fault, &by, &["fold_ascii", "fold_latin", "fold_astral"]);
}

#[test]
fn folding_follows_a_newer_version_of_unicode() {
    let fault = answers(|documents, query| {
        matching(documents, query, |text, name| {
            let pattern = format!("(?i){}", regex::escape(text));
            regex::Regex::new(&pattern).unwrap().is_match(name)
        })
    });
    assert_found(&fault, &["fold_keeps_newer_pairs_apart"], &["fold_long_s"]);
}

#[test]
fn the_text_is_a_regular_expression() {
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
fn the_text_is_split_into_words() {
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
            let is_in_scope = query.clone().with_text(None).matches(unit);
            is_in_scope
                && query
                    .text()
                    .is_none_or(|text| text.is_match(unit.as_json()))
        })
    });
    let by = [
        "text_ignores_other_fields",
        "text_ignores_names_of_other_types",
        "text_ignores_arrays_of_names",
        "text_json",
    ];
    assert_found(&fault, &by, &["text_of_32764_bytes"]);
}

#[test]
fn names_end_at_nul() {
    let fault = answers(|documents, query| {
        matching(documents, query, |text, name| {
            let name = name.split('\0').next().unwrap_or_default();
            TextFilter::new(text).unwrap().is_match(name)
        })
    });
    let not_by = ["text_with_control_characters"];
    assert_found(&fault, &["text_in_a_name_with_nul"], &not_by);
}
