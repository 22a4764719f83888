//! The names of the implementations.

/// An implementation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Memory,
    Reference,
    VecPlus,
    Sqlite,
    #[cfg(feature = "stores")]
    Database(Database),
}

impl Name {
    pub(crate) const ALL: [Self; 4] = [Self::Memory, Self::Reference, Self::VecPlus, Self::Sqlite];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Reference => "reference",
            Self::VecPlus => "vec-plus",
            Self::Sqlite => "sqlite",
            #[cfg(feature = "stores")]
            Self::Database(peer) => peer.as_str(),
        }
    }
}

/// A store in a database, or plain SQL.
#[cfg(feature = "stores")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    SqliteStore,
    SqlitePlain,
    SqliteIndexed,
    PostgresStore,
    PostgresPlain,
    PostgresIndexed,
}

#[cfg(feature = "stores")]
impl Database {
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
