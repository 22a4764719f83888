//! Sort keys are a total order. `reversed` reverses it if no path meets an array, it agrees
//! with a plain model if the documents are plain, it depends on no field outside its
//! paths, and a listing has this order.

use std::cmp::Ordering;
use std::error::Error as _;

use livechat_units::{
    Direction, Limit, OrderError, Page, SortKey, SortSpec, StoreErrorKind, Unit, UnitQuery,
    UnitStore,
};

use super::order_cursor;
use super::order_input::{self, Document, Keyed};
use super::order_model;
use super::order_paths;

/// Asserts the laws of sort keys; see the module.
pub fn order_total(data: &[u8]) {
    order_cursor::reads_what_it_writes(data);
    let Some((sort, documents)) = order_input::from_bytes(data) else {
        return;
    };
    let mut keyed: Vec<Keyed<'_>> = Vec::new();
    for document in &documents {
        let key = SortKey::new(&sort, &document.unit);
        refuses_only_for_arrays(&sort, document, key.as_ref().err());
        keyed.extend(key.ok().map(|key| (key, document)));
    }
    // Only for one document: this costs as much as all other checks of a document.
    depends_on_its_paths_only(&sort, &documents[0]);
    is_total(&keyed);
    bytes_compare_alike(&sort, &keyed);
    agrees_with_the_model(&sort, &keyed);
    is_reversed_by_reversed(&sort, &keyed);
    is_the_order_of_a_listing(&sort, &documents);
    order_cursor::positions_survive_a_round_trip(&sort, &documents, &keyed);
}

fn refuses_only_for_arrays(sort: &SortSpec, document: &Document, error: Option<&OrderError>) {
    let unit = &document.unit;
    if let Some(parallel) = order_paths::is_parallel(sort, document) {
        let expected = parallel.then_some(&OrderError::ParallelArrays);
        assert_eq!(error, expected, "{sort}: {unit:?}");
    }
    if sort.fields().len() < 2 || !document.has_array {
        assert_eq!(error, None, "{sort}: {unit:?}");
    }
}

/// A field outside the paths does not change the key.
fn depends_on_its_paths_only(sort: &SortSpec, document: &Document) {
    let unused = "nobody sorts by this";
    let json = document.unit.as_json();
    if sort.to_string().contains(unused) || json.contains(unused) {
        return;
    }
    let whole = json.strip_suffix('}').expect("an object");
    let with_more = format!(r#"{whole},"{unused}":[[1],{{"a":[]}}]}}"#);
    let (Ok(plain), Ok(more)) = (Unit::from_json(json), Unit::from_json(&with_more)) else {
        panic!("{json} is a document");
    };
    assert_eq!(SortKey::new(sort, &plain), SortKey::new(sort, &more));
}

fn is_total(keyed: &[Keyed<'_>]) {
    let orderings: Vec<Vec<Ordering>> = keyed
        .iter()
        .map(|(a, _)| keyed.iter().map(|(b, _)| a.cmp(b)).collect())
        .collect();
    let shown = |indices: &[usize]| {
        let units = indices.iter().map(|&index| &keyed[index].1.unit);
        units.cloned().collect::<Vec<Unit>>()
    };
    for (i, (a, from_a)) in keyed.iter().enumerate() {
        assert!(orderings[i][i].is_eq());
        for (j, (b, from_b)) in keyed.iter().enumerate() {
            let ordering = orderings[i][j];
            assert_eq!(ordering, orderings[j][i].reverse(), "{:?}", shown(&[i, j]));
            assert_eq!(a.partial_cmp(b), Some(ordering));
            assert_eq!(a == b, ordering.is_eq());
            let same = from_a.unit.id() == from_b.unit.id();
            assert!(same || ordering.is_ne(), "a tie: {:?}", shown(&[i, j]));
            for (k, (&a_c, &b_c)) in orderings[i].iter().zip(&orderings[j]).enumerate() {
                // Transitive; and equal keys compare alike with every other key.
                let transitive = ordering != b_c || a_c == ordering;
                let congruent = ordering.is_ne() || a_c == b_c;
                assert!(transitive && congruent, "{:?}", shown(&[i, j, k]));
            }
        }
    }
}

fn bytes_compare_alike(sort: &SortSpec, keyed: &[Keyed<'_>]) {
    let strings: Vec<_> = keyed.iter().map(|(key, _)| key.key_strings()).collect();
    for ((a, from_a), strings_a) in keyed.iter().zip(&strings) {
        for ((b, from_b), strings_b) in keyed.iter().zip(&strings) {
            let directed = |direction, ordering: Ordering| match direction {
                Direction::Ascending => ordering,
                Direction::Descending => ordering.reverse(),
            };
            let pairs = strings_a.iter().zip(strings_b).zip(sort.fields());
            let mut orderings = pairs.map(|((a, b), field)| directed(field.direction(), a.cmp(b)));
            let expected = orderings.find(|ordering| ordering.is_ne());
            let tie = || directed(sort.tie_break(), from_a.unit.id().cmp(from_b.unit.id()));
            assert_eq!(a.cmp(b), expected.unwrap_or_else(tie), "{sort}");
        }
    }
}

fn agrees_with_the_model(sort: &SortSpec, keyed: &[Keyed<'_>]) {
    let modelled: Vec<_> = keyed
        .iter()
        .filter_map(|(key, from)| Some((key, order_model::keys(sort, from)?, &from.unit)))
        .collect();
    for (a, keys_a, from_a) in &modelled {
        for (b, keys_b, from_b) in &modelled {
            let (model_a, model_b) = ((&**keys_a, from_a.id()), (&**keys_b, from_b.id()));
            let expected = order_model::compare(sort, model_a, model_b);
            assert_eq!(a.cmp(b), expected, "{sort}: {from_a:?} {from_b:?}");
        }
    }
}

/// `reversed` reverses the order, except for `{}`, which has no field.
fn is_reversed_by_reversed(sort: &SortSpec, keyed: &[Keyed<'_>]) {
    let reversed = sort.reversed();
    let without_arrays = keyed.iter().filter(|(_, from)| !from.has_array);
    let both: Vec<_> = without_arrays
        .map(|(key, from)| {
            let reversed_key = SortKey::new(&reversed, &from.unit).expect("meets no array");
            (key, reversed_key, &from.unit)
        })
        .collect();
    for (a, reversed_a, from_a) in &both {
        for (b, reversed_b, from_b) in &both {
            let expected = if sort.fields().is_empty() {
                a.cmp(b)
            } else {
                b.cmp(a)
            };
            let shown = (from_a, from_b);
            assert_eq!(reversed_a.cmp(reversed_b), expected, "{sort}: {shown:?}");
        }
    }
}

/// All units and nothing else are listed, in the order of their keys. If a unit has no
/// key, the error names the first such unit.
fn is_the_order_of_a_listing(sort: &SortSpec, documents: &[Document]) {
    let units: Vec<Unit> = documents.iter().map(|d| d.unit.clone()).collect();
    let query = UnitQuery::default()
        .with_sort(sort.clone())
        .with_page(Page::new(0, Limit::Unlimited));
    if let [unit, ..] = &*units {
        let alone = [unit.clone()].list(&query).map(|page| page.total());
        let is_refused = unit.is_unit() && SortKey::new(sort, unit).is_err();
        let expected = (!is_refused).then_some(u64::from(unit.is_unit()));
        assert_eq!(alone.ok(), expected, "{sort}: {unit:?}");
    }
    let are_units = units.iter().filter(|unit| unit.is_unit());
    let keys: Result<Vec<_>, _> = are_units.map(|unit| SortKey::new(sort, unit)).collect();
    match (units.list(&query), keys) {
        (Ok(page), Ok(mut keys)) => {
            assert_eq!(page.total(), keys.len() as u64);
            assert_eq!(page.len(), keys.len());
            keys.sort();
            let listed: Vec<Unit> = page.units().collect();
            for (unit, key) in listed.iter().zip(keys) {
                assert_eq!(SortKey::new(sort, unit), Ok(key), "{sort}: {listed:?}");
            }
            let all = |units: &[Unit]| {
                let units = units.iter().filter(|unit| unit.is_unit());
                let mut all: Vec<String> = units.map(|unit| unit.as_json().to_owned()).collect();
                all.sort();
                all
            };
            assert_eq!(all(&listed), all(&units));
        }
        (Err(error), Err(expected)) => {
            assert_eq!(error.kind(), StoreErrorKind::InvalidQuery);
            let source = error.source().and_then(|source| source.downcast_ref());
            assert_eq!(source, Some(&expected));
        }
        (page, keys) => panic!("{sort}: {page:?}, keys {keys:?}"),
    }
}
