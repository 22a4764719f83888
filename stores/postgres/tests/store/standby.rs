//! A hot standby: it lists units, and its errors name the reason for everything else.

use std::error::Error;

use livechat_units::{StoreErrorKind, TextFilter, Unit, UnitQuery};
use livechat_units_postgres::{Layout, PostgresOptions, PostgresStore};

use crate::server::{Server, available, eventually};
use crate::stores::{On, Servers};
use crate::{block_on, sql};

#[test]
fn a_standby_lists_and_needs_no_migration() {
    if !available() {
        return;
    }
    let primary = Server::start("C.UTF-8");
    let unit = |number: u32| {
        let unit = Unit::builder(format!("u{number}")).name("Sales");
        unit.build().unwrap()
    };
    let ordered =
        || Layout::one_server().with_order(r#"{"visibility":1,"name":1}"#.parse().unwrap());
    let first = PostgresStore::new(primary.config()).unwrap();
    block_on(first.migrate(&ordered())).unwrap();
    block_on(first.replace_all((0..30).map(unit))).unwrap();
    // The same server also has the tables of a coordinator.
    let servers = Servers::shared();
    let sharded = |server: &Server| {
        let options = PostgresOptions::new(server.config()).with_schema("over_shards");
        options.build().unwrap()
    };
    let coordinator = servers.store(
        On::Three,
        PostgresOptions::new(primary.config()).with_schema("over_shards"),
    );
    block_on(coordinator.replace_all((0..20).map(unit))).unwrap();
    let standby = primary.standby();
    assert_eq!(
        sql::text(&standby.config(), "SELECT pg_is_in_recovery()::text"),
        "true"
    );

    let store = PostgresStore::new(standby.config()).unwrap();
    for layout in [Layout::one_server(), ordered()] {
        block_on(store.migrate(&layout)).unwrap();
    }
    let query = UnitQuery::default();
    assert_eq!(block_on(store.list(&query)).unwrap().total(), 30);
    assert!(block_on(store.check_total()).unwrap().is_right());
    let text = query
        .clone()
        .with_text("sal".parse::<TextFilter>().unwrap());
    assert_eq!(block_on(store.list(&text)).unwrap().total(), 30);
    assert_eq!(block_on(store.get("u7")).unwrap(), Some(unit(7)));

    let reader = sharded(&standby);
    block_on(reader.migrate(&servers.layout(On::Three))).unwrap();
    block_on(coordinator.upsert(&unit(20))).unwrap();
    for query in [&query, &text] {
        assert_eq!(block_on(reader.list(query)).unwrap().total(), 21);
    }
    let error = block_on(reader.remove("u1")).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");

    // Writes fail, and so do migrations that would create something.
    let address = standby.address();
    let writes = format!(
        "the server {address} is a standby, which takes no writes: connect to the primary \
         (`target_session_attrs=read-write` finds it among several hosts)"
    );
    for error in [
        block_on(store.upsert(&unit(1))).unwrap_err(),
        block_on(store.remove("u1")).unwrap_err(),
        block_on(store.replace_all([unit(1)])).unwrap_err(),
        block_on(store.repair_total(&Layout::one_server())).unwrap_err(),
    ] {
        assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");
        assert_eq!(error.source().unwrap().to_string(), writes);
    }
    let migrate = |schema: &str, layout: Layout| {
        let options = PostgresOptions::new(standby.config()).with_schema(schema);
        let error = block_on(options.build().unwrap().migrate(&layout)).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");
        error.source().unwrap().to_string()
    };
    let advice = "call `migrate` on the primary, and wait until the standby has it";
    assert_eq!(
        migrate("never_made", Layout::one_server()),
        format!("the server {address} is a standby that has no schema \"never_made\": {advice}")
    );
    let other = Layout::one_server().with_order(r#"{"name":1,"visibility":1}"#.parse().unwrap());
    assert_eq!(
        migrate("livechat_units", other),
        format!("the server {address} is a standby that has no index units_by_na_va: {advice}")
    );
    assert_eq!(
        migrate("livechat_units", Layout::distributed()),
        format!(
            "{address}: the schema \"livechat_units\" is laid out as one table, not as a \
             distributed table; units are moved with `replace_all` into another schema"
        )
    );

    // Writes to the primary arrive. After its promotion the standby accepts writes.
    block_on(first.remove("u7")).unwrap();
    eventually("the standby has it", || {
        (block_on(store.list(&query)).unwrap().total() == 29).then_some(())
    });
    sql::run(&standby.config(), "SELECT pg_promote()");
    block_on(store.upsert(&unit(7))).unwrap();
    block_on(store.migrate(&ordered())).unwrap();
    assert_eq!(block_on(store.list(&query)).unwrap().total(), 30);
    assert!(block_on(store.check_total()).unwrap().is_right());
}
