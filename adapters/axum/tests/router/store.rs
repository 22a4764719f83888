//! A store for the tests of `load`, whose failures a test switches on and off.

use std::sync::{Mutex, PoisonError};

use livechat_units::{StoreError, StoreErrorKind};

use crate::feed::{Problem, feed};

/// Records the ids of the units of each change.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) is_down: Mutex<bool>,
    pub(crate) changes: Mutex<Vec<String>>,
}

impl Store {
    #[allow(clippy::unused_async, reason = "as the stores of `serve`")]
    pub(crate) async fn replace_all(&self, text: String) -> Result<(), Problem> {
        let ids = feed(&text, |units| {
            units.map(|unit| unit.id().to_owned()).collect::<String>()
        })?;
        if *self.is_down.lock().unwrap_or_else(PoisonError::into_inner) {
            let error = StoreError::new(StoreErrorKind::Unavailable, "change the units");
            return Err(error.into());
        }
        self.changes.lock().unwrap().push(ids);
        Ok(())
    }

    pub(crate) fn ids(&self) -> String {
        self.changes.lock().unwrap().join(" ")
    }
}
