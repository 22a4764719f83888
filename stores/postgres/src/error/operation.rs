//! The operations as errors name them: "cannot …".

pub(crate) const OPEN: &str = "open the store";
pub(crate) const MIGRATE: &str = "migrate";
pub(crate) const CHECK_TOTAL: &str = "check the total";
pub(crate) const LIST: &str = "list units";
pub(crate) const GET: &str = "get a unit";
pub(crate) const CHANGES: &str = "read changes";
pub(crate) const LISTEN: &str = "listen for changes";
pub(crate) const UPSERT: &str = "upsert a unit";
pub(crate) const REMOVE: &str = "remove a unit";
pub(crate) const REPLACE_ALL: &str = "replace all units";
