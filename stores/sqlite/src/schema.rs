//! The tables of a file: how they are made, upgraded, recognised and rebuilt.
//!
//! ```text
//!  document     slot → checksum, form, JSON                            the units
//!  ─────────────────────────────────────────────────────────────────────────────────
//!  unit         slot → id, folded name, parallel, keys k_… and d_…     derived from
//!    by_id                unique: id                                   the documents
//!    by_name …            one of each documented field: key, id
//!    arrays_name …        one of each field: descending keys that differ
//!    by_parallel          units with arrays under two fields or more
//!    long_names           names that are in no block
//!    order_1 …            one of each declared order
//!  names        trigrams of the folded names (FTS5, without a copy of them)
//!  name_block   block number → folded names of 128 slots
//!  tally        one row: the total; its rowid is the number of the last write
//!  ─────────────────────────────────────────────────────────────────────────────────
//!  change       number → id: the units that were changed last          from triggers
//!  ─────────────────────────────────────────────────────────────────────────────────
//!  kept_order   number → a declared order                              from the host
//! ```
//!
//! The documents have a table of their own, so that reading every row of `unit` reads little;
//! only the documents of a page are read. Every write keeps the derived tables current in its
//! transaction. Another program that writes to the file does not do this. `rebuild` derives
//! everything from the documents again, and `total` detects that this is necessary. Triggers
//! write the table `change` alone, whoever changes a unit.
//!
//! The module `versions` decides what a file is, and upgrades it. `restored` recognises a
//! file that was made from a dump.

pub(crate) mod changes;
pub(crate) mod declared;
pub(crate) mod order;
pub(crate) mod rebuild;
mod restored;
mod tables;
pub(crate) mod total;
pub(crate) mod versions;
