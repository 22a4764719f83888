//! The names of the tables, by the distribution of the units over servers.

/// The version of the schema that this crate creates, and the newest that it reads.
pub(crate) const VERSION: i32 = 3;

/// The first version with the view `total`.
pub(crate) const VERSION_OF_VIEW: i32 = 2;

/// How the units are distributed over servers. A schema has one distribution for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Distribution {
    /// In one table of the store's own server.
    OneTable,
    /// In one table, which an extension may have distributed.
    Distributed,
    /// In tables of this many other servers.
    Shards(usize),
}

/// The tables of a schema, quoted for a statement.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) distribution: Distribution,
    /// At most [`VERSION`].
    version: i32,
    pub(crate) schema: String,
    /// The table with all units.
    pub(crate) units: String,
    /// The tables that together have all units: one, or one for each shard.
    pub(crate) parts: Vec<Part>,
}

/// One of the tables that have units.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) units: String,
    /// The table or view with a column `n`, whose sum is the number of units. `None` if no
    /// number is stored.
    pub(crate) counts: Option<String>,
}

impl Tables {
    pub(crate) fn new(schema: &str, distribution: Distribution, version: i32) -> Self {
        let units = format!("\"{schema}\".units");
        let counts = format!("\"{schema}\".counts");
        let total = format!("\"{schema}\".total");
        let parts = match distribution {
            Distribution::OneTable => vec![Part {
                units: units.clone(),
                counts: Some(if version < VERSION_OF_VIEW {
                    counts
                } else {
                    total
                }),
            }],
            Distribution::Distributed => vec![Part {
                units: units.clone(),
                counts: None,
            }],
            Distribution::Shards(number) => (0..number)
                .map(|shard| Part {
                    units: format!("{units}_{shard}"),
                    counts: Some(format!("{counts}_{shard}")),
                })
                .collect(),
        };
        Self {
            distribution,
            version,
            schema: schema.to_owned(),
            units,
            parts,
        }
    }

    /// Whether [`Part::counts`] are views, which say whether the stored number is used.
    pub(crate) fn has_view(&self) -> bool {
        self.version >= VERSION_OF_VIEW
    }

    /// Whether `migrate` has nothing to upgrade.
    pub(crate) fn is_current(&self) -> bool {
        self.version >= VERSION
    }

    /// Whether the schema has the table and the triggers that record changes.
    pub(crate) fn has_record(&self) -> bool {
        self.distribution == Distribution::OneTable && self.is_current()
    }
}

impl Distribution {
    /// For errors.
    pub(crate) fn name(self) -> String {
        match self {
            Self::OneTable => "one table".to_owned(),
            Self::Distributed => "a distributed table".to_owned(),
            Self::Shards(number) => format!("{number} shards"),
        }
    }

    /// The columns `place` and `shards` of the table `meta`.
    pub(crate) fn to_columns(self) -> (&'static str, i32) {
        match self {
            Self::OneTable => ("here", 1),
            Self::Distributed => ("distributed", 1),
            Self::Shards(number) => ("shards", i32::try_from(number).unwrap_or(i32::MAX)),
        }
    }

    /// The distribution with these columns. `None` if only a newer version knows it.
    pub(crate) fn from_columns(place: &str, shards: i32) -> Option<Self> {
        match place {
            "here" => Some(Self::OneTable),
            "distributed" => Some(Self::Distributed),
            "shards" => Some(Self::Shards(usize::try_from(shards).ok()?)),
            _ => None,
        }
    }
}
