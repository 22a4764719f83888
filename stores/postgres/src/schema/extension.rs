//! Extensions of PostgreSQL that the store uses.

use tokio_postgres::Transaction;

use crate::error::Problem;

/// Installs the extension if it is missing, and returns its schema, quoted. A new extension
/// goes to `public`, or to the store's own schema if the database has no `public`.
pub(crate) async fn install(
    transaction: &Transaction<'_>,
    name: &'static str,
    schema: &str,
) -> Result<String, Problem> {
    if let Some(found) = find(transaction, name).await? {
        return Ok(found);
    }
    let public = transaction
        .query_opt(
            "SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public'",
            &[],
        )
        .await?;
    let within = public.map_or(schema, |_| "public");
    let sql = format!("CREATE EXTENSION {name} WITH SCHEMA \"{within}\"");
    transaction.batch_execute(&sql).await?;
    let found = find(transaction, name).await?;
    found.ok_or(Problem::NoExtension { name })
}

/// The schema of the extension, quoted, if it is installed.
pub(crate) async fn find(
    transaction: &Transaction<'_>,
    name: &'static str,
) -> Result<Option<String>, Problem> {
    let find = "SELECT quote_ident(n.nspname) FROM pg_catalog.pg_extension e \
                JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = $1";
    let found = transaction.query_opt(find, &[&name]).await?;
    let schema = found.map(|row| row.try_get(0));
    Ok(schema.transpose()?)
}
