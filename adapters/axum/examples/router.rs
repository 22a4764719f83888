//! Serves units from memory. The units are behind a lock, so that a host can change them
//! while they are served.
//!
//! ```text
//! cargo run --release -p livechat-units-axum --example router
//! curl -s http://127.0.0.1:3000/api/v1/livechat/units -H 'X-User-Id: admin' -H 'X-Auth-Token: s3cret'
//! ```

use std::error::Error;
use std::sync::{Arc, RwLock};

use livechat_units::{
    Caller, Endpoint, MemoryStore, Permission, StoreError, StoreErrorKind, Unit, UnitStore, User,
};
use livechat_units_axum::{OwnedCredentials, inline, router};
use tokio::net::TcpListener;

type Units = Arc<RwLock<MemoryStore>>;

/// A host looks the pair up in its own tables. This one has one user.
async fn authenticate(credentials: OwnedCredentials) -> Caller {
    match (credentials.user_id(), credentials.auth_token()) {
        ("admin", "s3cret") => User::new()
            .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
            .into(),
        _ => Caller::Anonymous,
    }
}

/// A change that the host has learnt of. The next answer has it.
fn rename(units: &Units, id: &str, name: &str) -> Result<(), Box<dyn Error>> {
    let unit = Unit::builder(id).name(name).build()?;
    units.write().map_err(|_| poisoned())?.upsert(unit);
    Ok(())
}

/// A write panicked, so the indexes may be inconsistent.
fn poisoned() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, "use the units")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let units = Units::default();
    for (id, name) in [("uA", "Sales"), ("uB", "Support"), ("uC", "Training")] {
        rename(&units, id, name)?;
    }
    let shared = Arc::clone(&units);
    let list = inline(move |query| shared.read().map_err(|_| poisoned())?.list(query));
    let app = axum::Router::new().merge(router(Endpoint::default(), authenticate, list));
    rename(&units, "uC", "Training Europe")?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
