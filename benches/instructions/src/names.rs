//! Loads of units with names of every shape, hostile ones included. The length is the number of
//! units.

use livechat_units::{MemoryStore, Unit};
use livechat_units_testkit::data::{DataSet, Hostile};

use crate::{Family, MOST_OF_A_LOAD, Work, family, work};

pub(crate) fn families() -> Vec<Family> {
    let mut families = vec![
        family("load of made-up names, units", UNITS, |n| {
            load(DataSet::MadeUp, n)
        }),
        family("load of prose, units", UNITS, |n| load(DataSet::Prose, n)),
        family("load of codes, units", UNITS, |n| load(DataSet::Codes, n)),
        family("load of Chinese and Japanese names, units", UNITS, |n| {
            load(DataSet::Cjk, n)
        }),
        family("load of equal names, units", UNITS, |n| {
            hostile(Hostile::Equal, n)
        }),
        family("load of one letter repeated, units", FEWER_UNITS, |n| {
            hostile(Hostile::OneLetter, n)
        }),
        family("load of names of two letters, units", UNITS, |n| {
            hostile(Hostile::TwoLetters, n)
        }),
        family("load of names with one prefix, units", FEWER_UNITS, |n| {
            hostile(Hostile::SharedPrefix, n)
        }),
        family("load of random names, units", UNITS, |n| {
            hostile(Hostile::Random, n)
        }),
        family("load of names of all scalars, units", UNITS, |n| {
            hostile(Hostile::Scalars, n)
        }),
    ];
    for family in &mut families {
        family.most = MOST_OF_A_LOAD;
    }
    families
}

const UNITS: usize = 4_000;
/// Fewer, where a load takes up to forty times as many instructions. Long grams need more than
/// 1,024 names.
const FEWER_UNITS: usize = 1_200;

/// The names are the first ones of a set of this size, so that both lengths have one shape.
const SHAPE: usize = 16_000;

fn load(set: DataSet, units: usize) -> Work {
    let rows = set.rows(SHAPE).take(units);
    let units: Vec<Unit> = rows
        .map(|row| Unit::from_json(&row.json()).expect("a row is a document"))
        .collect();
    work(units, |units| {
        units.iter().cloned().collect::<MemoryStore>()
    })
}

fn hostile(hostile: Hostile, units: usize) -> Work {
    load(DataSet::Hostile(hostile), units)
}
