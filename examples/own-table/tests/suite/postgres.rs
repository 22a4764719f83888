//! The table in PostgreSQL, on a server of the tests.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use deadpool_postgres::{Manager, Pool};
use livechat_units::{TextFilter, Unit, UnitQuery};
use livechat_units_conformance::{Change, Fixture, Group};
use livechat_units_own_table::postgres::Units;
use livechat_units_testkit::postgres::server::{Server, available};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::NoTls;

use crate::{projected, row};

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().enable_all().build().unwrap())
}

/// The table in a schema of its own.
fn table(documents: &[Unit]) -> Units {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let mut config = SERVER.get_or_init(|| Server::start("C.UTF-8")).config();
    config.options(format!("-c search_path=own_{number}"));
    let pool = Pool::builder(Manager::new(config, NoTls))
        .max_size(2)
        .build()
        .unwrap();
    runtime().block_on(async {
        let create = format!(
            "CREATE SCHEMA own_{number}; \
             CREATE TABLE units (id TEXT PRIMARY KEY, name TEXT NOT NULL, visibility TEXT, \
             monitors BIGINT, departments BIGINT, updated_at BIGINT, folded TEXT NOT NULL)"
        );
        pool.get()
            .await
            .unwrap()
            .batch_execute(&create)
            .await
            .unwrap();
        for document in documents {
            write(&pool, Change::Upsert(document.clone())).await;
        }
    });
    Units(pool)
}

async fn write(pool: &Pool, change: Change) {
    let mut client = pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    let id = match &change {
        Change::Upsert(unit) => unit.id(),
        Change::Remove(id) => id,
    };
    let delete = "DELETE FROM units WHERE id = $1";
    transaction.execute(delete, &[&id]).await.unwrap();
    if let Change::Upsert(unit) = &change
        && unit.is_unit()
    {
        let row = row(unit);
        let folded = TextFilter::fold(&row.name);
        let insert = "INSERT INTO units VALUES ($1, $2, $3, $4, $5, $6, $7)";
        transaction
            .execute(
                insert,
                &[
                    &row.id,
                    &row.name,
                    &row.visibility,
                    &row.monitors,
                    &row.departments,
                    &row.updated_at,
                    &folded,
                ],
            )
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
}

fn fixture() -> Fixture {
    let fixture = Fixture::lists(|documents: &[Unit]| {
        let units = table(documents);
        move |query: &UnitQuery| runtime().block_on(units.list(query))
    });
    let shared = |documents: &[Unit]| {
        let units = table(documents);
        let pool = units.0.clone();
        (
            move |query: &UnitQuery| runtime().block_on(units.list(query)),
            move |change| runtime().block_on(write(&pool, change)),
        )
    };
    let fixture = fixture
        .with_writes(shared)
        .projecting(projected)
        .without(Group::Cursors, "the endpoint sends no cursors")
        .cannot(
            "documents_with_ids_of_10000_bytes",
            "longer than an entry of an index",
        );
    // Not the whole group: the table does not keep the keys of `documents_with_nul_in_keys`.
    let with_nul = [
        "documents_with_nul",
        "documents_with_nul_in_ids",
        "sort_strings_with_nul",
        "text_in_a_name_with_nul",
    ];
    with_nul.iter().fold(fixture, |fixture, case| {
        fixture.cannot(case, "PostgreSQL stores no U+0000")
    })
}

livechat_units_conformance::conformance_tests!({
    if !available() {
        return;
    }
    fixture()
});
