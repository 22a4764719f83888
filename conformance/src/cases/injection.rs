//! Texts, ids, sort keys and cursors that have a meaning in the language of a database. They are
//! data: they match exactly what they are, and no query with one changes the store.

use super::writes::{Live, by};
use crate::Change;
use crate::data::{document, named, numbers, unit};
use crate::loaded::Loaded;
use crate::run::Run;

/// Strings that would end a value, begin a statement or widen a condition if they were pasted
/// into a statement. Each is valid as a key of a document and as a segment of a path: it has no
/// dot and does not begin with `$`. No two differ in case alone.
const HOSTILE: [&str; 46] = [
    // SQL: strings, identifiers, comments, parameters, lists.
    "' OR '1'='1",
    "' OR 1=1 --",
    "x'; DROP TABLE unit; --",
    "x'; DELETE FROM units WHERE '1'='1",
    "') OR (1=1",
    "'||(SELECT 'x')||'",
    "' UNION SELECT json, 1 FROM document --",
    r"\' OR 1=1 --",
    r"\",
    r#"" OR ""=""#,
    r#"x" ASC; DROP TABLE document; --"#,
    "name ASC, (SELECT count(*) FROM unit) DESC",
    "1 LIMIT 0 --",
    "CASE WHEN 1=1 THEN name END",
    "x' AND pg_sleep(9) IS NULL --",
    "x' AND randomblob(999999999) --",
    "/* x */",
    "*/ x /*",
    "x$$; SELECT 1; $$",
    r"U&'\0027'",
    "?1",
    ":sort",
    "@p1",
    "a', 'b",
    "{a,b}",
    "(NULL)",
    "[x]",
    "`x`",
    // Paths into JSON: PostgreSQL's and SQLite's.
    "{name,0}",
    "x'->>'name",
    "name[*]",
    r#"x"]["name"#,
    // LIKE and GLOB.
    "%' ESCAPE '%",
    r"\%\_",
    "*[!x]?",
    // FTS5 and tsquery.
    "folded : x OR name : y",
    r#"x" OR "y"#,
    "x* AND NOT y",
    "NEAR(x y, 1)",
    "a & !b | c",
    // Patterns.
    "^(a+)+$",
    "[[:alpha:]]{1,999}",
    "(?i)(?s)|",
    // MongoDB and JavaScript.
    r#"{"$gt":""}"#,
    r#"","$where":"sleep(9)"#,
    "';return true;var x='",
];

/// One unit with each hostile string as its name.
fn by_names(run: &Run<'_>) -> Loaded {
    let ids = numbers(0..HOSTILE.len());
    run.load(
        ids.iter()
            .zip(HOSTILE)
            .map(|(id, hostile)| named(id, hostile)),
    )
}

pub(super) fn injection_in_texts(run: &Run<'_>) {
    let store = by_names(run);
    for text in HOSTILE {
        let indexes = (0..HOSTILE.len()).filter(|&index| HOSTILE[index].contains(text));
        let query = || store.sort(r#"{"_id":1}"#).text(text);
        query().lists_on_page(numbers(indexes.clone()));
        // Together with other parameters of a statement.
        query().only([text, "' OR 1=1 --"]).lists_on_page([""; 0]);
        let scope = numbers(0..HOSTILE.len());
        query()
            .only(scope)
            .sort(&sort_by(text, 1))
            .lists_on_page(numbers(indexes));
    }
    store.sort("{}").lists_on_page(numbers(0..HOSTILE.len()));
}

/// The sort by one key, which is written as a JSON string.
fn sort_by(key: &str, direction: i8) -> String {
    format!("{{{}:{direction}}}", serde_json::Value::from(key))
}

/// No unit has such a field, so only the tie-break decides.
pub(super) fn injection_in_sort_keys(run: &Run<'_>) {
    let store = by_names(run);
    let ids = numbers(0..HOSTILE.len());
    for key in HOSTILE {
        store.sort(&sort_by(key, 1)).lists_on_page(ids.clone());
        let reversed = ids.iter().rev().cloned();
        store.sort(&sort_by(key, -1)).lists_on_page(reversed);
        for path in [format!("name.{key}"), format!("{key}.{key}")] {
            store.sort(&sort_by(&path, 1)).lists_on_page(ids.clone());
        }
    }
}

/// The units have these fields, at the top level and inside an object. Sorting by each uses its
/// own values.
pub(super) fn injection_in_fields(run: &Run<'_>) {
    let count = HOSTILE.len();
    let json = |key: &str| serde_json::Value::from(key).to_string();
    // The values of each unit are a different rotation of 0, 1, 2, …
    let fields = |rotation: usize| {
        let values = (0..count).map(|index| (index + rotation) % count);
        let fields = HOSTILE.iter().zip(values);
        let fields = fields.map(|(key, value)| format!("{}:{value}", json(key)));
        fields.collect::<Vec<_>>().join(",")
    };
    let ids = numbers(0..count);
    let store = run.load(ids.iter().enumerate().map(|(rotation, id)| {
        let fields = fields(rotation);
        unit(id, &format!(r#"{fields},"in":{{{fields}}}"#))
    }));
    for (index, key) in HOSTILE.iter().enumerate() {
        // The unit in whose rotation this key has the value 0 is first.
        let first = (count - index) % count;
        let order = || (0..count).map(|after| (first + after) % count);
        for path in [(*key).to_owned(), format!("in.{key}")] {
            store
                .sort(&sort_by(&path, 1))
                .lists_on_page(numbers(order()));
            let reversed = numbers(order().rev());
            store.sort(&sort_by(&path, -1)).lists_on_page(reversed);
        }
    }
}

pub(super) fn injection_in_ids(run: &Run<'_>) {
    let mut ids = HOSTILE;
    ids.sort_unstable();
    let store = run.load(ids.map(|id| named(id, "same")));
    store.sort("{}").lists(ids);
    for id in ids {
        store.only([id]).lists_on_page([id]);
        store.only([id, "nobody"]).text("same").lists_on_page([id]);
    }
    store.only(ids).lists_on_page(ids);
    // In a store without these ids they match nothing.
    let store = run.load([named("a", "same"), named("b", "same")]);
    for id in ids {
        store.only([id]).lists_on_page([""; 0]);
    }
    store.all().lists_on_page(["a", "b"]);
}

/// Listings continue after hostile names and ids.
pub(super) fn injection_in_cursors(run: &Run<'_>) {
    let mut names = HOSTILE;
    names.sort_unstable();
    let ids = names.map(|name| format!("{name}!"));
    let units = ids.iter().zip(names).map(|(id, name)| named(id, name));
    let store = run.load(units);
    store.all().lists_after_each(ids.clone());
    store
        .sort(r#"{"name":-1}"#)
        .lists_after_each(ids.iter().rev().cloned());
    let mut by_id = ids;
    by_id.sort_unstable();
    store.sort("{}").lists_after_each(by_id);
}

/// A write changes the unit with its id, and no other.
pub(super) fn writes_with_hostile_ids(run: &Run<'_>) {
    let mut ids = HOSTILE;
    ids.sort_unstable();
    let others = ["a", "b"].map(|id| document(&named(id, "same")));
    let (store, mut write) = Live::load(run, others.into());
    for id in ids {
        write(Change::Remove(id.to_owned()));
    }
    store.lists(&by("{}"), &["a", "b"]);
    for id in ids {
        write(Change::Upsert(document(&named(id, "old"))));
        write(Change::Upsert(document(&named(id, id))));
    }
    let mut all = [&ids[..], &["a", "b"]].concat();
    all.sort_unstable();
    store.lists(&by("{}"), &all);
    for id in ids {
        write(Change::Remove(id.to_owned()));
        all.retain(|other| *other != id);
        store.lists(&by("{}"), &all);
    }
}
