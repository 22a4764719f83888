//! Checks the encoding and the locale of the database: with some of them `pg_trgm` does not
//! find every name.

use livechat_units::columns::excerpt;
use tokio_postgres::Transaction;

use crate::error::Problem;

/// Checks that the database stores Unicode.
pub(crate) async fn check_encoding(transaction: &Transaction<'_>) -> Result<(), Problem> {
    let row = transaction.query_one("SHOW server_encoding", &[]).await?;
    let encoding: &str = row.try_get(0)?;
    if encoding == "UTF8" {
        return Ok(());
    }
    let found = excerpt(encoding);
    Err(Problem::Encoding { found })
}

/// Tests `pg_trgm`, in the schema `trigrams`, with the locale of the database. The names of
/// locales say too little, because they are those of the operating system.
///
/// * `pg_trgm` recognises letters by `lc_ctype`, for each provider of locales. With `C` it
///   recognises none beyond ASCII.
/// * `pg_trgm` lower-cases names and parts of names by the rules of the provider. If the lower
///   case of a character depends on its neighbours, as in ICU's Lithuanian, the trigrams of a
///   part differ from those of the whole name, and the index misses names. (`Σ` depends on its
///   neighbours in all locales of ICU; no stored text contains it.)
pub(crate) async fn check(transaction: &Transaction<'_>, trigrams: &str) -> Result<(), Problem> {
    // The columns of pg_database differ between versions of PostgreSQL; JSON hides that.
    let sql = format!(
        "SELECT has_schema_privilege({schema}, 'USAGE'), lower('Į\u{300}') = lower('Į') || lower('\u{300}'), datctype::text, \
         CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'ICU' WHEN 'b' THEN 'builtin' \
           ELSE 'libc' END, \
         coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', datcollate::text) \
         FROM pg_catalog.pg_database d WHERE datname = current_database()",
        schema = "(SELECT extnamespace FROM pg_catalog.pg_extension WHERE extname = 'pg_trgm')",
    );
    let row = transaction.query_one(&sql, &[]).await?;
    let text = |index| row.try_get::<_, &str>(index);
    let is_usable = row.try_get::<_, bool>(0)?;
    if is_usable && !finds_letters(transaction, trigrams).await? {
        let found = excerpt(text(2)?);
        return Err(Problem::Ctype { found });
    }
    if !row.try_get::<_, bool>(1)? {
        let (provider, locale) = (text(3)?.to_owned(), excerpt(text(4)?));
        return Err(Problem::Lower { locale, provider });
    }
    Ok(())
}

/// Whether `pg_trgm` recognises letters beyond ASCII. This is a statement of its own, because
/// PostgreSQL refuses the name of the function to a role that may not use its schema.
async fn finds_letters(transaction: &Transaction<'_>, trigrams: &str) -> Result<bool, Problem> {
    let sql = format!("SELECT cardinality({trigrams}.show_trgm('отдел')) > 0");
    let row = transaction.query_one(&sql, &[]).await?;
    Ok(row.try_get(0)?)
}
