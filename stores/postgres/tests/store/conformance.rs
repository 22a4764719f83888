//! The conformance suite: on one server, on one server without a stored total, on three, and
//! on Citus.

use std::sync::Arc;

use livechat_units::{Unit, UnitQuery};
use livechat_units_conformance::{Change, Fixture, Group};

use crate::block_on;
use crate::citus::Citus;
use crate::stores::{On, store_of};

const NUL: &str = "PostgreSQL stores no U+0000: an upsert of such a document is refused";

const LONG_ID: &str = "an entry of an index has at most a third of a page: longer ids are refused";

fn fixture(on: On) -> Fixture {
    let fixture = Fixture::lists(move |documents: &[Unit]| {
        let store = store_of(on, documents);
        move |query: &UnitQuery| block_on(store.list(query))
    });
    fixture
        .with_writes(move |documents: &[Unit]| {
            let store = store_of(on, documents);
            let writer = Arc::clone(&store);
            (
                move |query: &UnitQuery| block_on(store.list(query)),
                move |change| {
                    let written = match &change {
                        Change::Upsert(unit) => block_on(writer.upsert(unit)).map(drop),
                        Change::Remove(id) => block_on(writer.remove(id)).map(drop),
                    };
                    written.expect("the change is made");
                },
            )
        })
        .without(Group::Nul, NUL)
        .cannot("documents_with_ids_of_10000_bytes", LONG_ID)
}

macro_rules! suite {
    ($name:ident, $on:expr) => {
        mod $name {
            livechat_units_conformance::conformance_tests!({
                let on: crate::stores::On = $on;
                if !on.available() {
                    return;
                }
                super::fixture(on)
            });
        }
    };
}

suite!(one, super::On::One);
suite!(distributed, super::On::Distributed);
suite!(three, super::On::Three);
suite!(
    citus_4_shards,
    super::On::Citus(super::Citus::Workers { shards: 4 })
);
suite!(
    citus_32_shards,
    super::On::Citus(super::Citus::Workers { shards: 32 })
);
suite!(citus_single, super::On::Citus(super::Citus::Single));
