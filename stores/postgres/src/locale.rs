//! Whether names can be found in the database, which is a matter of its encoding and locale.

use livechat_units::StoreError;
use tokio_postgres::Transaction;

use crate::error::{MIGRATE, Problem, excerpt, of_driver};

pub(crate) async fn check_encoding(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let failed = of_driver(MIGRATE);
    let row = transaction.query_one("SHOW server_encoding", &[]).await;
    let row = row.map_err(&failed)?;
    let encoding: &str = row.try_get(0).map_err(&failed)?;
    if encoding == "UTF8" {
        return Ok(());
    }
    let found = excerpt(encoding);
    Err(Problem::Encoding { found }.during(MIGRATE))
}

/// Tries out what `pg_trgm`, in this schema, does with the database's locale, as names of
/// locales are the operating system's.
///
/// It finds letters by `lc_ctype`, whatever the provider of the locale is: with `C` there are
/// none beyond ASCII. And it lower-cases names and parts of names with the provider's rules:
/// where the result for a character depends on its neighbours, as in ICU's Lithuanian, the
/// trigrams of a part are not those of the whole, and the index would not find every name.
/// (A capital sigma depends on its neighbours in all of ICU's locales; none is kept.)
pub(crate) async fn check(transaction: &Transaction<'_>, trigrams: &str) -> Result<(), StoreError> {
    let failed = of_driver(MIGRATE);
    // The columns of the catalog differ between versions.
    let sql = format!(
        "SELECT has_schema_privilege({schema}, 'USAGE'), lower('Į\u{300}') = lower('Į') || lower('\u{300}'), datctype::text, \
         CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'ICU' WHEN 'b' THEN 'builtin' \
           ELSE 'libc' END, \
         coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', datcollate::text) \
         FROM pg_catalog.pg_database d WHERE datname = current_database()",
        schema = "(SELECT extnamespace FROM pg_catalog.pg_extension WHERE extname = 'pg_trgm')",
    );
    let row = transaction.query_one(&sql, &[]).await.map_err(&failed)?;
    let text = |at| row.try_get::<_, &str>(at).map_err(&failed);
    let is_usable = row.try_get::<_, bool>(0).map_err(&failed)?;
    if is_usable && !finds_letters(transaction, trigrams).await? {
        let found = excerpt(text(2)?);
        return Err(Problem::Ctype { found }.during(MIGRATE));
    }
    if !row.try_get::<_, bool>(1).map_err(&failed)? {
        let (provider, locale) = (text(3)?, excerpt(text(4)?));
        let found = format!("the locale {locale:?} of the provider {provider}");
        return Err(Problem::Lower { found }.during(MIGRATE));
    }
    Ok(())
}

/// Whether `pg_trgm` sees letters beyond ASCII. A statement of its own, as PostgreSQL does not
/// even parse the function's name for a role that may not use its schema.
async fn finds_letters(transaction: &Transaction<'_>, trigrams: &str) -> Result<bool, StoreError> {
    let failed = of_driver(MIGRATE);
    let sql = format!("SELECT cardinality({trigrams}.show_trgm('отдел')) > 0");
    let row = transaction.query_one(&sql, &[]).await.map_err(&failed)?;
    row.try_get(0).map_err(failed)
}
