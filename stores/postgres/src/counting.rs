//! The table, the triggers and the view that keep the number of units; see
//! [`totals`](crate::totals) for what they do.

/// Each trigger with its table.
const TRIGGERS: [(&str, &str); 6] = [
    ("units", "count_inserted"),
    ("units", "count_deleted"),
    ("units", "count_truncated"),
    ("units", "count_replicated"),
    ("units", "count_replicated_at_commit"),
    ("counts", "guard_counts"),
];

/// The statements that make everything that counts, where some of it may be there.
pub(crate) fn install(schema: &str) -> String {
    let always = TRIGGERS.map(|(table, name)| {
        format!("ALTER TABLE \"{schema}\".{table} ENABLE ALWAYS TRIGGER {name};")
    });
    let mut sql = vec![table(schema), functions(schema), triggers(schema)];
    sql.extend(always);
    sql.extend([view(schema), readers(schema), owners(schema)]);
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

/// The statement that gives the counts of the first version the columns of this one. Lists wait
/// for its end.
pub(crate) fn upgrade(schema: &str) -> String {
    format!("ALTER TABLE \"{schema}\".counts ADD COLUMN IF NOT EXISTS origin text;")
}

fn functions(schema: &str) -> String {
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
CREATE OR REPLACE FUNCTION "{schema}".count_all() RETURNS bigint LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT count(*) FROM "{schema}".units);
END $$;
GRANT EXECUTE ON FUNCTION "{schema}".count_all() TO PUBLIC;
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

/// Nothing here locks readers of the units out, as dropping a trigger would.
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

/// Roles that may read the counts may read the total.
fn readers(schema: &str) -> String {
    format!(
        r#"
DO $$
DECLARE
  reader text;
BEGIN
  FOR reader IN SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
    WHERE c.oid = '"{schema}".counts'::regclass AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
  LOOP
    EXECUTE 'GRANT SELECT ON "{schema}".total TO ' || reader;
  END LOOP;
END $$;
"#
    )
}

/// The owner of the units owns what counts them, and the functions of all triggers, also after
/// a superuser has migrated. What has that owner already is not locked.
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
      FROM pg_catalog.pg_class WHERE relname IN ('counts', 'total')
      UNION ALL
      SELECT 'FUNCTION', proname, proowner, pronamespace FROM pg_catalog.pg_proc WHERE pronargs = 0
        AND proname IN ('count_units', 'count_replicated', 'count_all', 'guard_counts', 'guard_meta')
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
/// The name is resolved when a list runs: a view would keep the OID of a `regclass` constant,
/// also after another table has taken the name.
pub(crate) fn origin(schema: &str) -> String {
    format!(
        "(SELECT system_identifier FROM pg_catalog.pg_control_system())::text \
         || '/' || pg_catalog.to_regclass('\"{schema}\".units')::oid"
    )
}
