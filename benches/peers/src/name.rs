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

/// The name of a peer that uses a database: the store of this repository, a mirror of that
/// store, or plain SQL without indexes (`Plain`) or with them (`Indexed`).
#[cfg(feature = "stores")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatabasePeer {
    SqliteStore,
    SqliteMirror,
    SqlitePlain,
    SqliteIndexed,
    PostgresStore,
    PostgresMirror,
    PostgresPlain,
    PostgresIndexed,
}

#[cfg(feature = "stores")]
impl DatabasePeer {
    pub(crate) const ALL: [Self; 8] = [
        Self::SqliteStore,
        Self::SqliteMirror,
        Self::SqlitePlain,
        Self::SqliteIndexed,
        Self::PostgresStore,
        Self::PostgresMirror,
        Self::PostgresPlain,
        Self::PostgresIndexed,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SqliteStore => "sqlite-store",
            Self::SqliteMirror => "sqlite-mirror",
            Self::SqlitePlain => "sqlite-plain",
            Self::SqliteIndexed => "sqlite-indexed",
            Self::PostgresStore => "postgres-store",
            Self::PostgresMirror => "postgres-mirror",
            Self::PostgresPlain => "postgres-plain",
            Self::PostgresIndexed => "postgres-indexed",
        }
    }

    pub(crate) fn needs_server(self) -> bool {
        self.as_str().starts_with("postgres")
    }
}
