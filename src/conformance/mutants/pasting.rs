//! Stores that paste what they are given into a language of their own.

use super::{answers, assert_found};
use crate::conformance::own::{change, with_writes};
use crate::conformance::{Change, Fixture};
use crate::order::SortKey;
use crate::order::SortSpec;
use crate::query::UnitQuery;
use crate::query::scope::Scope;
use crate::query::text::TextFilter;
use crate::store::{UnitPage, UnitStore};
use crate::unit::Unit;

/// What a quote in it would leave of a string.
fn unquoted(text: &str) -> &str {
    text.split('\'').next().unwrap_or_default()
}

/// `name LIKE '%…%'`.
#[test]
fn a_quote_ends_the_text() {
    let fault = answers(|documents, query| {
        let text = query.text().map(|text| unquoted(text.as_str()));
        let text = text.filter(|text| !text.is_empty());
        let text = text.map(|text| TextFilter::new(text).unwrap());
        documents.list(&query.clone().with_text(text))
    });
    assert_found(&fault, &["injection_in_texts", "text_sql"], &["fold_ascii"]);
}

/// `_id IN ('…', '…')`.
#[test]
fn an_id_is_several() {
    let fault = answers(|documents, query| {
        let Scope::Only(ids) = query.scope() else {
            return documents.list(query);
        };
        let ids = ids.iter().flat_map(|id| id.split("', '"));
        documents.list(&query.clone().with_scope(Scope::only(ids)))
    });
    assert_found(&fault, &["injection_in_ids"], &["scope_of_odd_ids"]);
}

/// The reference, where a path is read as this.
fn reads_paths(read: fn(&str) -> &str) -> Fixture {
    Fixture::lists(move |documents: &[Unit]| {
        let documents = documents.to_vec();
        move |query: &UnitQuery| {
            let mut sort = SortSpec::builder();
            for field in query.sort().fields() {
                sort = sort.then(read(field.path()), field.direction());
            }
            // A field twice is an error of a builder.
            let Ok(sort) = sort.build() else {
                return documents.list(query);
            };
            documents.list(&query.clone().with_sort(sort))
        }
    })
}

/// `ORDER BY name ASC, (SELECT …)`.
#[test]
fn a_key_is_a_clause() {
    let fault = reads_paths(|path| path.split_once(" ASC, ").map_or(path, |(first, _)| first));
    let by = ["injection_in_sort_keys"];
    assert_found(&fault, &by, &["sort_keys_of_odd_names"]);
}

/// `document #> '{in,…}'`.
#[test]
fn a_path_is_a_list() {
    let fault = reads_paths(|path| path.strip_suffix(",0}").unwrap_or(path));
    let by = ["injection_in_fields"];
    assert_found(&fault, &by, &["sort_keys_of_odd_names", "sort_dotted_path"]);
}

/// `_id > '…'`.
#[test]
fn a_quote_ends_the_place() {
    let fault = answers(|documents, query| {
        let Some(cursor) = query.cursor() else {
            return documents.list(query);
        };
        let place = cursor.key();
        let place = SortKey::of_parts(place.sort(), place.parts(), unquoted(place.id()));
        let plain = query.clone().with_sort(query.sort().clone());
        let total = documents.list(&plain)?.total();
        let mut rest = documents.to_vec();
        rest.retain(|unit| {
            query.matches(unit) && SortKey::new(query.sort(), unit).unwrap() > place
        });
        let page = rest.list(&plain)?;
        Ok(UnitPage::new(page.units().collect(), query.page(), total))
    });
    assert_found(&fault, &["injection_in_cursors"], &["cursor_name"]);
}

/// `DELETE … WHERE _id = '…' OR 1=1 --'`.
#[test]
fn a_removal_is_of_all() {
    let fault = with_writes(<[Unit]>::to_vec, |units: &mut Vec<Unit>, made| match made {
        Change::Remove(id) if id.contains("OR 1=1") => units.clear(),
        made => change(units, made),
    });
    let by = ["writes_with_hostile_ids"];
    assert_found(&fault, &by, &["writes_add_and_remove"]);
}

/// `INSERT … VALUES ('…')`, which fails.
#[test]
fn an_id_with_a_quote_is_not_kept() {
    let fault = with_writes(<[Unit]>::to_vec, |units: &mut Vec<Unit>, made| match made {
        Change::Upsert(unit) if unit.id().contains('\'') => {}
        made => change(units, made),
    });
    assert_found(&fault, &["writes_with_hostile_ids"], &["writes_replace"]);
}
