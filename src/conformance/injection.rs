//! What a request names is data: no text, id, sort key or place is read as a part of the
//! backend's language, and what is asked with one changes nothing.

use super::Change;
use super::ask::Loaded;
use super::kit::{Kit, document, named, numbers, unit};
use super::writes::{Live, by};

/// What would end a value, begin a statement or widen a condition where it is pasted into
/// one. Each can be a key of a document and a segment of a path, so none has a dot or
/// begins with `$`; no two are the same but for case.
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
    // Ways into JSON: PostgreSQL's and SQLite's.
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

/// Units of which each has one of these as its name.
fn by_names(kit: &Kit<'_>) -> Loaded {
    let ids = numbers(0..HOSTILE.len());
    kit.load(
        ids.iter()
            .zip(HOSTILE)
            .map(|(id, hostile)| named(id, hostile)),
    )
}

pub(super) fn injection_in_texts(kit: &Kit<'_>) {
    let store = by_names(kit);
    for text in HOSTILE {
        let places = (0..HOSTILE.len()).filter(|&place| HOSTILE[place].contains(text));
        let ask = || store.sort(r#"{"_id":1}"#).text(text);
        ask().finds(numbers(places.clone()));
        // Beside other parameters of a statement.
        ask().only([text, "' OR 1=1 --"]).finds([""; 0]);
        let scope = numbers(0..HOSTILE.len());
        ask()
            .only(scope)
            .sort(&sort_by(text, 1))
            .finds(numbers(places));
    }
    store.sort("{}").finds(numbers(0..HOSTILE.len()));
}

/// The sort by a key, as it is.
fn sort_by(key: &str, direction: i8) -> String {
    format!("{{{}:{direction}}}", serde_json::Value::from(key))
}

/// Nobody has such a field, so the tie-break alone decides.
pub(super) fn injection_in_sort_keys(kit: &Kit<'_>) {
    let store = by_names(kit);
    let ids = numbers(0..HOSTILE.len());
    for key in HOSTILE {
        store.sort(&sort_by(key, 1)).finds(ids.clone());
        let reversed = ids.iter().rev().cloned();
        store.sort(&sort_by(key, -1)).finds(reversed);
        for path in [format!("name.{key}"), format!("{key}.{key}")] {
            store.sort(&sort_by(&path, 1)).finds(ids.clone());
        }
    }
}

/// Each key, and each path of two of them, leads to the values that are there.
pub(super) fn injection_in_fields(kit: &Kit<'_>) {
    let count = HOSTILE.len();
    let json = |key: &str| serde_json::Value::from(key).to_string();
    // A rotation for each unit, in which the value of each key is another.
    let fields = |turn: usize| {
        let values = (0..count).map(|place| (place + turn) % count);
        let fields = HOSTILE.iter().zip(values);
        let fields = fields.map(|(key, value)| format!("{}:{value}", json(key)));
        fields.collect::<Vec<_>>().join(",")
    };
    let ids = numbers(0..count);
    let store = kit.load(ids.iter().enumerate().map(|(turn, id)| {
        let fields = fields(turn);
        unit(id, &format!(r#"{fields},"in":{{{fields}}}"#))
    }));
    for (place, key) in HOSTILE.iter().enumerate() {
        // The unit whose turn makes it 0 comes first.
        let first = (count - place) % count;
        let order = || (0..count).map(|after| (first + after) % count);
        for path in [(*key).to_owned(), format!("in.{key}")] {
            store.sort(&sort_by(&path, 1)).finds(numbers(order()));
            let reversed = numbers(order().rev());
            store.sort(&sort_by(&path, -1)).finds(reversed);
        }
    }
}

pub(super) fn injection_in_ids(kit: &Kit<'_>) {
    let mut ids = HOSTILE;
    ids.sort_unstable();
    let store = kit.load(ids.map(|id| named(id, "same")));
    store.sort("{}").lists(ids);
    for id in ids {
        store.only([id]).finds([id]);
        store.only([id, "nobody"]).text("same").finds([id]);
    }
    store.only(ids).finds(ids);
    // In a store that has none of them they are nobody.
    let store = kit.load([named("a", "same"), named("b", "same")]);
    for id in ids {
        store.only([id]).finds([""; 0]);
    }
    store.all().finds(["a", "b"]);
}

/// Listings go on after names and ids.
pub(super) fn injection_in_cursors(kit: &Kit<'_>) {
    let mut names = HOSTILE;
    names.sort_unstable();
    let ids = names.map(|name| format!("{name}!"));
    let units = ids.iter().zip(names).map(|(id, name)| named(id, name));
    let store = kit.load(units);
    store.all().goes_on(ids.clone());
    store
        .sort(r#"{"name":-1}"#)
        .goes_on(ids.iter().rev().cloned());
    let mut by_id = ids;
    by_id.sort_unstable();
    store.sort("{}").goes_on(by_id);
}

/// A write meets the unit with the id that it names, and no other.
pub(super) fn writes_with_hostile_ids(kit: &Kit<'_>) {
    let mut ids = HOSTILE;
    ids.sort_unstable();
    let others = ["a", "b"].map(|id| document(&named(id, "same")));
    let (store, mut write) = Live::load(kit, others.into());
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
