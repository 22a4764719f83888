//! What each operation of the store does in its transaction.

use std::sync::atomic::Ordering;

use deadpool_postgres::Transaction;
use livechat_units::{StoreError, Unit, UnitPage, UnitQuery};

use crate::row::Row;
use crate::schema::{Lock, Place};
use crate::store::Inner;
use crate::totals::{self, TotalCheck};
use crate::transaction::{Access, Work};
use crate::{instant, list, write};

pub(crate) struct List<'a>(pub(crate) &'a Inner, pub(crate) &'a UnitQuery);

impl Work for List<'_> {
    const OPERATION: &'static str = list::OPERATION;
    const ACCESS: Access = Access::Read;
    type Done = UnitPage;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<UnitPage, StoreError> {
        let Self(inner, query) = *self;
        let tables = inner.tables(transaction, Self::OPERATION).await?;
        let hints = inner.hints();
        let (page, irregular) = list::list(transaction, &tables, query, hints).await?;
        inner.irregular.store(irregular, Ordering::Relaxed);
        totals::checked(transaction, &tables, query, page, &inner.doubted).await
    }
}

pub(crate) struct CheckTotal<'a>(pub(crate) &'a Inner);

impl Work for CheckTotal<'_> {
    const OPERATION: &'static str = totals::CHECK;
    const ACCESS: Access = Access::Read;
    type Done = TotalCheck;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<TotalCheck, StoreError> {
        let Self(inner) = self;
        let tables = inner.tables(transaction, Self::OPERATION).await?;
        let check = totals::check(transaction, &tables, Self::OPERATION).await?;
        let is_wrong = check.kept().is_some() && !check.is_kept_right();
        inner.doubted.store(is_wrong, Ordering::Relaxed);
        Ok(check)
    }
}

pub(crate) struct Explain<'a>(pub(crate) &'a Inner, pub(crate) &'a UnitQuery);

impl Work for Explain<'_> {
    const OPERATION: &'static str = list::OPERATION;
    const ACCESS: Access = Access::Read;
    type Done = Vec<String>;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
        let tables = self.0.tables(transaction, Self::OPERATION).await?;
        list::explain(transaction, &tables, self.1, self.0.hints()).await
    }
}

pub(crate) struct Get<'a>(pub(crate) &'a Inner, pub(crate) &'a str);

impl Work for Get<'_> {
    const OPERATION: &'static str = list::GET;
    const ACCESS: Access = Access::Read;
    type Done = Option<Unit>;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Option<Unit>, StoreError> {
        let tables = self.0.tables(transaction, Self::OPERATION).await?;
        list::get(transaction, &tables, self.1).await
    }
}

pub(crate) struct Upsert<'a>(pub(crate) &'a Inner, pub(crate) Row);

impl Work for Upsert<'_> {
    const OPERATION: &'static str = write::UPSERT;
    const ACCESS: Access = Access::Write;
    type Done = ();

    fn place(&self) -> Option<Place> {
        self.0.place()
    }

    async fn run(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let tables = self
            .0
            .tables_to_write(transaction, Lock::Shared, Self::OPERATION)
            .await?;
        write::upsert(transaction, &tables, &self.1).await?;
        instant::end(transaction, &tables, Self::OPERATION).await
    }
}

pub(crate) struct Remove<'a>(pub(crate) &'a Inner, pub(crate) &'a str);

impl Work for Remove<'_> {
    const OPERATION: &'static str = write::REMOVE;
    const ACCESS: Access = Access::Write;
    type Done = bool;

    fn place(&self) -> Option<Place> {
        self.0.place()
    }

    async fn run(&self, transaction: &Transaction<'_>) -> Result<bool, StoreError> {
        let tables = self
            .0
            .tables_to_write(transaction, Lock::Shared, Self::OPERATION)
            .await?;
        let was_there = write::remove(transaction, &tables, self.1).await?;
        instant::end(transaction, &tables, Self::OPERATION).await?;
        Ok(was_there)
    }
}

pub(crate) struct ReplaceAll<'a>(pub(crate) &'a Inner, pub(crate) Vec<Row>);

impl Work for ReplaceAll<'_> {
    const OPERATION: &'static str = write::REPLACE;
    const ACCESS: Access = Access::Bulk;
    type Done = ();

    fn place(&self) -> Option<Place> {
        self.0.place()
    }

    async fn run(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let tables = self
            .0
            .tables_to_write(transaction, Lock::Exclusive, Self::OPERATION)
            .await?;
        write::replace_all(transaction, &tables, &self.1).await?;
        instant::end(transaction, &tables, Self::OPERATION).await
    }
}
