//! The names of the peers, as they are in arguments and in the tables.

/// The name of a peer. `peers` describes the implementations.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeerName {
    Memory,
    Reference,
    VecPlus,
    Sqlite,
    #[cfg(feature = "stores")]
    Database(DatabasePeer),
}

impl PeerName {
    pub(crate) const ALL: [Self; 4] = [Self::Memory, Self::Reference, Self::VecPlus, Self::Sqlite];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Reference => "reference",
            Self::VecPlus => "vec-plus",
            Self::Sqlite => "sqlite",
            #[cfg(feature = "stores")]
            Self::Database(database) => database.as_str(),
        }
    }
}

/// The name of a peer that uses a database: the store of this repository, or plain SQL without
/// indexes (`Plain`) or with them (`Indexed`).
#[cfg(feature = "stores")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatabasePeer {
    SqliteStore,
    SqlitePlain,
    SqliteIndexed,
    PostgresStore,
    PostgresPlain,
    PostgresIndexed,
}

#[cfg(feature = "stores")]
impl DatabasePeer {
    pub(crate) const ALL: [Self; 6] = [
        Self::SqliteStore,
        Self::SqlitePlain,
        Self::SqliteIndexed,
        Self::PostgresStore,
        Self::PostgresPlain,
        Self::PostgresIndexed,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SqliteStore => "sqlite-store",
            Self::SqlitePlain => "sqlite-plain",
            Self::SqliteIndexed => "sqlite-indexed",
            Self::PostgresStore => "postgres-store",
            Self::PostgresPlain => "postgres-plain",
            Self::PostgresIndexed => "postgres-indexed",
        }
    }

    pub(crate) fn needs_server(self) -> bool {
        match self {
            Self::SqliteStore | Self::SqlitePlain | Self::SqliteIndexed => false,
            Self::PostgresStore | Self::PostgresPlain | Self::PostgresIndexed => true,
        }
    }
}
