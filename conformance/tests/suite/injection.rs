//! Stores that concatenate texts, keys and ids into statements of a database. The comment of
//! each test shows the part of the statement that such a value can end.

use livechat_units::{Scope, SortSpec, TextFilter, Unit, UnitPage, UnitQuery, UnitStore};
use livechat_units_conformance::{Change, Fixture};

use crate::{Key, answers, assert_found, change, with_writes, without_cursor};

/// The part of a string before its first quote.
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
fn a_quote_ends_an_id_and_begins_another() {
    let fault = answers(|documents, query| {
        let Scope::Only(ids) = query.scope() else {
            return documents.list(query);
        };
        let ids = ids.iter().flat_map(|id| id.split("', '"));
        documents.list(&query.clone().with_scope(Scope::only(ids)))
    });
    assert_found(&fault, &["injection_in_ids"], &["scope_of_odd_ids"]);
}

/// The reference, except that `read` replaces the path of each field of the sort.
fn replaces_paths(read: fn(&str) -> &str) -> Fixture {
    Fixture::lists(move |documents: &[Unit]| {
        let documents = documents.to_vec();
        move |query: &UnitQuery| {
            let mut sort = SortSpec::builder();
            for field in query.sort().fields() {
                sort = sort.then(read(field.path()), field.direction());
            }
            // The builder refuses a path that occurs twice.
            let Ok(sort) = sort.build() else {
                return documents.list(query);
            };
            documents.list(&query.clone().with_sort(sort))
        }
    })
}

/// `ORDER BY name ASC, (SELECT …)`.
#[test]
fn a_comma_ends_a_sort_key() {
    let fault = replaces_paths(|path| path.split_once(" ASC, ").map_or(path, |(first, _)| first));
    let found_by = ["injection_in_sort_keys"];
    assert_found(&fault, &found_by, &["sort_paths_with_special_characters"]);
}

/// `document #> '{in,…}'`.
#[test]
fn a_brace_ends_a_path() {
    let fault = replaces_paths(|path| path.strip_suffix(",0}").unwrap_or(path));
    let found_by = ["injection_in_fields"];
    assert_found(
        &fault,
        &found_by,
        &["sort_paths_with_special_characters", "sort_dotted_path"],
    );
}

/// `_id > '…'`.
#[test]
fn a_quote_ends_the_id_of_a_cursor() {
    let fault = answers(|documents, query| {
        let Some(cursor) = query.cursor() else {
            return documents.list(query);
        };
        let position = Key::of(&cursor.key(), unquoted(cursor.id()));
        let total = documents.list(&without_cursor(query))?.total();
        let mut rest = documents.to_vec();
        rest.retain(|unit| {
            let key = || Key::of_unit(query.sort(), unit);
            query.matches(unit) && key().compare(&position, query.sort()).is_gt()
        });
        let page = rest.list(&without_cursor(query))?;
        Ok(UnitPage::new(page.units().collect(), query.page(), total))
    });
    assert_found(&fault, &["injection_in_cursors"], &["cursor_name"]);
}

/// `DELETE … WHERE _id = '…' OR 1=1 --'`.
#[test]
fn a_condition_in_an_id_removes_all_units() {
    let fault = with_writes(|units, made| match made {
        Change::Remove(id) if id.contains("OR 1=1") => units.clear(),
        made => change(units, made),
    });
    let found_by = ["writes_with_hostile_ids"];
    assert_found(&fault, &found_by, &["writes_add_and_remove"]);
}

/// `INSERT … VALUES ('…')`, which fails.
#[test]
fn a_document_with_a_quote_in_its_id_is_not_stored() {
    let fault = with_writes(|units, made| match made {
        Change::Upsert(unit) if unit.id().contains('\'') => {}
        made => change(units, made),
    });
    assert_found(&fault, &["writes_with_hostile_ids"], &["writes_replace"]);
}
