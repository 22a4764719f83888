--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: livechat_units; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA livechat_units;


--
-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;


--
-- Name: EXTENSION pg_trgm; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';


--
-- Name: count_units(); Type: FUNCTION; Schema: livechat_units; Owner: -
--

CREATE FUNCTION livechat_units.count_units() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
  change bigint;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM "livechat_units".counts;
    RETURN NULL;
  END IF;
  SELECT count(*) INTO change FROM changed;
  IF TG_OP = 'DELETE' THEN
    change := -change;
  END IF;
  IF change <> 0 THEN
    INSERT INTO "livechat_units".counts AS c VALUES (pg_backend_pid() % 64, change)
      ON CONFLICT (slot) DO UPDATE SET n = c.n + EXCLUDED.n;
  END IF;
  RETURN NULL;
END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: counts; Type: TABLE; Schema: livechat_units; Owner: -
--

CREATE TABLE livechat_units.counts (
    slot integer NOT NULL,
    n bigint NOT NULL
)
WITH (fillfactor='10');


--
-- Name: meta; Type: TABLE; Schema: livechat_units; Owner: -
--

CREATE TABLE livechat_units.meta (
    version integer NOT NULL,
    place text NOT NULL,
    shards integer NOT NULL
);


--
-- Name: units; Type: TABLE; Schema: livechat_units; Owner: -
--

CREATE TABLE livechat_units.units (
    _id text NOT NULL COLLATE pg_catalog."C",
    folded text COLLATE pg_catalog."C",
    document text NOT NULL,
    name bytea NOT NULL,
    visibility bytea NOT NULL,
    num_monitors bytea NOT NULL,
    num_departments bytea NOT NULL,
    updated_at bytea NOT NULL,
    regular boolean NOT NULL,
    up bytea[],
    down bytea[],
    parallel smallint NOT NULL
);


--
-- Data for Name: counts; Type: TABLE DATA; Schema: livechat_units; Owner: -
--

INSERT INTO livechat_units.counts VALUES (17, 10);


--
-- Data for Name: meta; Type: TABLE DATA; Schema: livechat_units; Owner: -
--

INSERT INTO livechat_units.meta VALUES (1, 'here', 1);


--
-- Data for Name: units; Type: TABLE DATA; Schema: livechat_units; Owner: -
--

INSERT INTO livechat_units.units VALUES ('sales', 'sales', '{"_id":"sales","type":"u","name":"Sales","visibility":"public","numMonitors":1,"numDepartments":2,"_updatedAt":"2024-05-06T07:08:09.010Z"}', '\x0453616c6573', '\x047075626c6963', '\x03bff00000000000008000', '\x03c0000000000000008000', '\x088000018f4cbb37b2', true, NULL, NULL, 0);
INSERT INTO livechat_units.units VALUES ('support', 'support', '{"_id":"support","type":"u","name":"support","visibility":"private","numMonitors":9007199254740993,"numDepartments":0}', '\x04737570706f7274', '\x0470726976617465', '\x03c3400000000000008001', '\x0380000000000000008000', '\x02', true, NULL, NULL, 0);
INSERT INTO livechat_units.units VALUES ('отдел', 'ОТДЕЛ ПРОДАЖ', '{"_id":"отдел","type":"u","name":"Отдел продаж","visibility":"public","numMonitors":0.5,"region":{"name":"EU"}}', '\x04d09ed182d0b4d0b5d0bb20d0bfd180d0bed0b4d0b0d0b6', '\x047075626c6963', '\x03bfe00000000000008000', '\x02', '\x02', true, NULL, NULL, 0);
INSERT INTO livechat_units.units VALUES ('odos', 'ΟΔΟσ', '{"_id":"odos","type":"u","name":"ΟΔΟΣ","visibility":"public","numMonitors":null}', '\x04ce9fce94ce9fcea3', '\x047075626c6963', '\x02', '\x02', '\x02', true, NULL, NULL, 0);
INSERT INTO livechat_units.units VALUES ('quote''"\', 'o''brien "50%" \ a_b', '{"_id":"quote''\"\\","type":"u","name":"O''Brien \"50%\" \\ a_b","visibility":"private","numMonitors":-3}', '\x044f27427269656e202235302522205c20615f62', '\x0470726976617465', '\x033ff7ffffffffffff8000', '\x02', '\x02', true, NULL, NULL, 0);
INSERT INTO livechat_units.units VALUES ('number', NULL, '{"_id":"number","type":"u","name":7,"visibility":true}', '\x03c01c0000000000008000', '\x0701', '\x02', '\x02', '\x02', true, NULL, NULL, 0);
INSERT INTO livechat_units.units VALUES ('nameless', NULL, '{"_id":"nameless","type":"u"}', '\x02', '\x02', '\x02', '\x02', '\x02', true, NULL, NULL, 0);
INSERT INTO livechat_units.units VALUES ('array', NULL, '{"_id":"array","type":"u","name":["Sales","Support"],"visibility":"public","numMonitors":[1,5]}', '\x0453616c6573', '\x047075626c6963', '\x03bff00000000000008000', '\x02', '\x02', false, '{"\\x0453616c6573","\\x047075626c6963","\\x03bff00000000000008000","\\x02","\\x02"}', '{"\\x04537570706f7274","\\x047075626c6963","\\x03c0140000000000008000","\\x02","\\x02"}', 5);
INSERT INTO livechat_units.units VALUES ('empty', NULL, '{"_id":"empty","type":"u","name":[],"visibility":"public"}', '\x01', '\x047075626c6963', '\x02', '\x02', '\x02', true, NULL, NULL, 0);
INSERT INTO livechat_units.units VALUES ('long', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx sales', '{"_id":"long","type":"u","name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx sales","visibility":"private","numMonitors":2}', '\x04787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878', '\x0470726976617465', '\x03c0000000000000008000', '\x02', '\x02', false, '{"\\x047878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878782073616c6573","\\x0470726976617465","\\x03c0000000000000008000","\\x02","\\x02"}', '{"\\x047878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878782073616c6573","\\x0470726976617465","\\x03c0000000000000008000","\\x02","\\x02"}', 0);


--
-- Name: counts counts_pkey; Type: CONSTRAINT; Schema: livechat_units; Owner: -
--

ALTER TABLE ONLY livechat_units.counts
    ADD CONSTRAINT counts_pkey PRIMARY KEY (slot);


--
-- Name: units units_pkey; Type: CONSTRAINT; Schema: livechat_units; Owner: -
--

ALTER TABLE ONLY livechat_units.units
    ADD CONSTRAINT units_pkey PRIMARY KEY (_id);


--
-- Name: units_by_da; Type: INDEX; Schema: livechat_units; Owner: -
--

CREATE INDEX units_by_da ON livechat_units.units USING btree (num_departments, _id) WHERE regular;


--
-- Name: units_by_ma; Type: INDEX; Schema: livechat_units; Owner: -
--

CREATE INDEX units_by_ma ON livechat_units.units USING btree (num_monitors, _id) WHERE regular;


--
-- Name: units_by_na; Type: INDEX; Schema: livechat_units; Owner: -
--

CREATE INDEX units_by_na ON livechat_units.units USING btree (name, _id) WHERE regular;


--
-- Name: units_by_ua; Type: INDEX; Schema: livechat_units; Owner: -
--

CREATE INDEX units_by_ua ON livechat_units.units USING btree (updated_at, _id) WHERE regular;


--
-- Name: units_by_va; Type: INDEX; Schema: livechat_units; Owner: -
--

CREATE INDEX units_by_va ON livechat_units.units USING btree (visibility, _id) WHERE regular;


--
-- Name: units_by_va_nd; Type: INDEX; Schema: livechat_units; Owner: -
--

CREATE INDEX units_by_va_nd ON livechat_units.units USING btree (visibility, name DESC, _id DESC) WHERE regular;


--
-- Name: units_irregular; Type: INDEX; Schema: livechat_units; Owner: -
--

CREATE INDEX units_irregular ON livechat_units.units USING btree (_id) WHERE (NOT regular);


--
-- Name: units_text; Type: INDEX; Schema: livechat_units; Owner: -
--

CREATE INDEX units_text ON livechat_units.units USING gin (folded public.gin_trgm_ops);


--
-- Name: units count_deleted; Type: TRIGGER; Schema: livechat_units; Owner: -
--

CREATE TRIGGER count_deleted AFTER DELETE ON livechat_units.units REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION livechat_units.count_units();


--
-- Name: units count_inserted; Type: TRIGGER; Schema: livechat_units; Owner: -
--

CREATE TRIGGER count_inserted AFTER INSERT ON livechat_units.units REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION livechat_units.count_units();


--
-- Name: units count_truncated; Type: TRIGGER; Schema: livechat_units; Owner: -
--

CREATE TRIGGER count_truncated AFTER TRUNCATE ON livechat_units.units FOR EACH STATEMENT EXECUTE FUNCTION livechat_units.count_units();


--
-- PostgreSQL database dump complete
--


