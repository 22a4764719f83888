//! Mirrors of sources that tests write, and of databases.

mod basics;
mod history;
mod states;

#[cfg(feature = "mongodb")]
mod mongodb;
#[cfg(feature = "mongodb")]
mod mongodb_cluster;
#[cfg(feature = "mongodb")]
mod mongodb_cost;
#[cfg(feature = "mongodb")]
mod mongodb_faults;
#[cfg(feature = "mongodb")]
mod mongodb_states;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_faults;
#[cfg(feature = "postgres")]
mod postgres_states;
#[cfg(any(feature = "mongodb", feature = "postgres", feature = "sqlite"))]
mod soak;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod sqlite_faults;
#[cfg(feature = "sqlite")]
mod sqlite_states;
