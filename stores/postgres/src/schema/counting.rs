//! The SQL of the table, the triggers and the view that count units;
//! [`totals`](super::totals) says what they do.

/// The table and the name of each trigger.
const TRIGGERS: [(&str, &str); 6] = [
    ("units", "count_inserted"),
    ("units", "count_deleted"),
    ("units", "count_truncated"),
    ("units", "count_replicated"),
    ("units", "count_replicated_at_commit"),
    ("counts", "guard_counts"),
];

/// The statements that create the table, the triggers and the view, or replace them.
pub(crate) fn install(schema: &str) -> String {
    let always = TRIGGERS.map(|(table, name)| {
        format!("ALTER TABLE \"{schema}\".{table} ENABLE ALWAYS TRIGGER {name};")
    });
    let mut sql = vec![table(schema), functions(schema), triggers(schema)];
    sql.extend(always);
    sql.extend([
        view(schema),
        readers(schema, "counts", "total"),
        owners(schema),
    ]);
    sql.concat()
}

fn table(schema: &str) -> String {
    format!(
        r#"
CREATE TABLE IF NOT EXISTS "{schema}".counts (slot integer PRIMARY KEY, n bigint NOT NULL, origin text)
  WITH (fillfactor = 10);
"#
    )
}

/// The statement that adds the columns of this version to the table of the first version.
/// Lists wait until its transaction ends.
pub(crate) fn upgrade(schema: &str) -> String {
    format!("ALTER TABLE \"{schema}\".counts ADD COLUMN IF NOT EXISTS origin text;")
}

fn functions(schema: &str) -> String {
    [
        count_units(schema),
        count_replicated(schema),
        count_all(schema),
        guard_counts(schema),
    ]
    .concat()
}

/// Counts the rows of one statement, or of a `TRUNCATE`.
fn count_units(schema: &str) -> String {
    let origin = origin(schema);
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".count_units() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  change bigint;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM "{schema}".counts;
    INSERT INTO "{schema}".counts VALUES (-1, 0, {origin});
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
      -- DELETE has not seen changes that were committed after the snapshot of the transaction.
      INSERT INTO "{schema}".counts VALUES (-2, 0) ON CONFLICT (slot) DO NOTHING;
    END IF;
    RETURN NULL;
  ELSIF current_setting('session_replication_role') = 'replica' THEN
    RETURN NULL;
  END IF;
  SELECT count(*) INTO change FROM changed;
  IF TG_OP = 'DELETE' THEN
    change := -change;
  END IF;
  IF change <> 0 THEN
    INSERT INTO "{schema}".counts AS c VALUES (pg_backend_pid() % 64, change)
      ON CONFLICT (slot) DO UPDATE SET n = c.n + EXCLUDED.n;
  END IF;
  RETURN NULL;
END $$;
"#
    )
}

/// Counts rows in sessions with `session_replication_role = replica`: adds each to a setting of
/// the transaction, and writes the sum at the commit.
fn count_replicated(schema: &str) -> String {
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".count_replicated() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  change bigint := coalesce(nullif(current_setting('livechat_units.change_{schema}', true), ''), '0');
BEGIN
  IF TG_NAME = 'count_replicated' THEN
    change := change + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
  ELSIF change <> 0 THEN
    INSERT INTO "{schema}".counts AS c VALUES (pg_backend_pid() % 64, change)
      ON CONFLICT (slot) DO UPDATE SET n = c.n + EXCLUDED.n;
    change := 0;
  END IF;
  PERFORM set_config('livechat_units.change_{schema}', change::text, true);
  RETURN NULL;
END $$;
"#
    )
}

/// The number of units if the stored one is not used. Every role may call it.
fn count_all(schema: &str) -> String {
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".count_all() RETURNS bigint LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT count(*) FROM "{schema}".units);
END $$;
GRANT EXECUTE ON FUNCTION "{schema}".count_all() TO PUBLIC;
"#
    )
}

/// Marks `counts` as written by others, unless a recount writes them.
fn guard_counts(schema: &str) -> String {
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".guard_counts() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('livechat_units.recount', true) IS DISTINCT FROM 'on' THEN
    INSERT INTO "{schema}".counts VALUES (-2, 0) ON CONFLICT (slot) DO NOTHING;
    RETURN NULL;
  ELSIF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
"#
    )
}

/// None of these statements blocks readers of the units, as `DROP TRIGGER` would.
fn triggers(schema: &str) -> String {
    format!(
        r#"
CREATE OR REPLACE TRIGGER count_inserted AFTER INSERT ON "{schema}".units
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".count_units();
CREATE OR REPLACE TRIGGER count_deleted AFTER DELETE ON "{schema}".units
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".count_units();
CREATE OR REPLACE TRIGGER count_truncated AFTER TRUNCATE ON "{schema}".units
  FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".count_units();
CREATE OR REPLACE TRIGGER count_replicated AFTER INSERT OR DELETE ON "{schema}".units FOR EACH ROW
  WHEN (pg_catalog.current_setting('session_replication_role') = 'replica')
  EXECUTE FUNCTION "{schema}".count_replicated();
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger
    WHERE tgrelid = '"{schema}".units'::regclass AND tgname = 'count_replicated_at_commit')
  THEN
    CREATE CONSTRAINT TRIGGER count_replicated_at_commit AFTER INSERT OR DELETE ON "{schema}".units
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
      WHEN (pg_catalog.current_setting('session_replication_role') = 'replica')
      EXECUTE FUNCTION "{schema}".count_replicated();
  END IF;
END $$;
CREATE OR REPLACE TRIGGER guard_counts BEFORE INSERT OR UPDATE OR DELETE ON "{schema}".counts FOR EACH ROW
  WHEN (pg_catalog.pg_trigger_depth() = 0) EXECUTE FUNCTION "{schema}".guard_counts();
"#
    )
}

/// The column `kept` says whether the stored number is used.
fn view(schema: &str) -> String {
    let count = TRIGGERS.len();
    let origin = origin(schema);
    let names = TRIGGERS.map(|(_, name)| format!("'{name}'")).join(", ");
    format!(
        r#"
CREATE OR REPLACE VIEW "{schema}".total AS
SELECT CASE WHEN kept THEN n ELSE "{schema}".count_all() END AS n, kept
FROM (
  SELECT n, coalesce(n >= 0 AND origin = {origin} AND NOT written_by_others, false)
    AND (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgenabled = 'A' AND tgname IN ({names})
      AND tgrelid IN (pg_catalog.to_regclass('"{schema}".units'), pg_catalog.to_regclass('"{schema}".counts'))) = {count} AS kept
  FROM (
    SELECT sum(n)::bigint AS n, min(origin) FILTER (WHERE slot = -1) AS origin,
      bool_or(slot = -2) AS written_by_others
    FROM "{schema}".counts
  ) c OFFSET 0
) t;
"#
    )
}

/// Lets every role that may read `table` also read `new`.
pub(crate) fn readers(schema: &str, table: &str, new: &str) -> String {
    format!(
        r#"
DO $$
DECLARE
  reader text;
BEGIN
  FOR reader IN SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
    WHERE c.oid = '"{schema}".{table}'::regclass AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
  LOOP
    EXECUTE 'GRANT SELECT ON "{schema}".{new} TO ' || reader;
  END LOOP;
END $$;
"#
    )
}

/// Gives the owner of `units` the tables and the functions of the triggers, also if a superuser
/// has migrated. Objects that have this owner already are not locked.
pub(crate) fn owners(schema: &str) -> String {
    format!(
        r#"
DO $$
DECLARE
  owned text;
BEGIN
  FOR owned IN
    SELECT format('%s "{schema}".%I OWNER TO %I', o.kind, o.name, pg_get_userbyid(u.relowner))
    FROM (
      SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, relname AS name,
        relowner AS owner, relnamespace AS namespace
      FROM pg_catalog.pg_class WHERE relname IN ('counts', 'total', 'deletions')
      UNION ALL
      SELECT 'FUNCTION', proname, proowner, pronamespace FROM pg_catalog.pg_proc WHERE pronargs = 0
        AND proname IN ('count_units', 'count_replicated', 'count_all', 'guard_counts', 'guard_meta',
          'stamp_written', 'record_deleted', 'remove_old_deletions', 'guard_deletions', 'notify_changes')
    ) o JOIN pg_catalog.pg_class u ON u.relnamespace = o.namespace AND u.relowner <> o.owner
    WHERE u.oid = '"{schema}".units'::regclass
  LOOP
    EXECUTE 'ALTER ' || owned;
  END LOOP;
END $$;
"#
    )
}

/// Identifies the table that was counted: the cluster's system identifier and the table's OID.
/// The name is resolved at each use. A `regclass` constant would store the OID in the view,
/// which would be wrong after another table has taken the name.
pub(crate) fn origin(schema: &str) -> String {
    format!(
        "(SELECT system_identifier FROM pg_catalog.pg_control_system())::text \
         || '/' || pg_catalog.to_regclass('\"{schema}\".units')::oid"
    )
}
