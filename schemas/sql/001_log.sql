-- 001: the log.  One table that only grows, one row that says where it ends, and the subjects' keys.
--
-- Rights first, triggers second: the writer has no right to change a row, and whoever has (the owner) meets a
-- trigger.  A superuser can switch both off; then the hash chain tells (`bss log verify`).

CREATE SCHEMA log;

CREATE TABLE log.migration (
	version    int PRIMARY KEY,
	applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- ---- the head: exactly one row; every append moves it --------------------------------------------------

CREATE TABLE log.head (
	one         boolean PRIMARY KEY DEFAULT true CHECK (one),
	log_id      bytea NOT NULL CHECK (octet_length(log_id) = 32),
	epoch       bigint NOT NULL DEFAULT 0,
	position    bigint NOT NULL DEFAULT 0,
	hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
	holder      text NOT NULL DEFAULT '',
	session     text NOT NULL DEFAULT '',          -- random, of the connection that leads
	lease_until timestamptz NOT NULL DEFAULT 'epoch'
) WITH (fillfactor = 10);                              -- room for its next versions on the same page

INSERT INTO log.head (log_id, hash)
SELECT id, id FROM (SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) AS id) AS random;

CREATE FUNCTION log.head_goes_forward() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NEW.log_id <> OLD.log_id OR NEW.epoch < OLD.epoch OR NEW.position < OLD.position THEN
		RAISE EXCEPTION 'log.head only goes forward';
	END IF;
	RETURN NEW;
END $$;

CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP;
END $$;

CREATE TRIGGER goes_forward BEFORE UPDATE ON log.head FOR EACH ROW EXECUTE FUNCTION log.head_goes_forward();
CREATE TRIGGER stays BEFORE DELETE ON log.head FOR EACH ROW EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER stays_whole BEFORE TRUNCATE ON log.head FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

-- ---- the events -------------------------------------------------------------------------------------------

CREATE TABLE log.event (
	position    bigint NOT NULL,
	stream      text NOT NULL,
	version     bigint NOT NULL,
	type        smallint NOT NULL,
	subject     text,
	occurred_at timestamptz NOT NULL,
	recorded_at timestamptz NOT NULL,
	body        bytea NOT NULL,
	hash        bytea NOT NULL,
	PRIMARY KEY (position)
) PARTITION BY RANGE (position);

CREATE INDEX event_subject ON log.event (subject, position) WHERE subject IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON log.event FOR EACH ROW EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON log.event FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

CREATE TABLE log.setting (
	one            boolean PRIMARY KEY DEFAULT true CHECK (one),
	partition_rows bigint NOT NULL CHECK (partition_rows >= 2)
);
INSERT INTO log.setting (partition_rows) VALUES (20000000);

CREATE TABLE log.partition (
	first bigint PRIMARY KEY,                      -- position of its first row
	past  bigint NOT NULL UNIQUE CHECK (past > first)
);

-- Made apart and then attached: attaching waits for no reader and stops no append, CREATE ... PARTITION OF would.
-- A stream's versions can be unique within a partition only; across them the writer's own heads are the rule.
CREATE FUNCTION log.add_partition(first bigint, past bigint) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name text := 'event_' || lpad(first::text, 15, '0');
BEGIN
	EXECUTE format('CREATE TABLE log.%I (LIKE log.event INCLUDING ALL)', name);
	EXECUTE format('CREATE UNIQUE INDEX %I ON log.%I (stream, version)', name || '_stream', name);
	EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON log.%I FOR EACH STATEMENT'
		' EXECUTE FUNCTION log.refuse_change()', name);
	EXECUTE format('ALTER TABLE log.event ATTACH PARTITION log.%I FOR VALUES FROM (%s) TO (%s)', name, first, past);
	INSERT INTO log.partition VALUES (first, past);
END $$;

-- The writer may not make tables, but it may ask for the next one when the last is half full.
CREATE FUNCTION log.partition_ahead() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	newest log.partition;
	made boolean := false;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('log.partition_ahead'));
	LOOP
		SELECT * INTO newest FROM log.partition ORDER BY first DESC LIMIT 1;
		EXIT WHEN (SELECT h.position FROM log.head h) < newest.first + (newest.past - newest.first) / 2;
		PERFORM log.add_partition(newest.past, newest.past + (SELECT partition_rows FROM log.setting));
		made := true;
	END LOOP;
	RETURN made;
END $$;

SELECT log.add_partition(1, 1 + (SELECT partition_rows FROM log.setting));

-- ---- the subjects' keys: deleting one erases a person, and that is the only way to delete one ---------------

CREATE TABLE log.subject_key (
	tenant  text NOT NULL,
	subject text NOT NULL,
	wrapped bytea NOT NULL CHECK (octet_length(wrapped) = 72),
	made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (tenant, subject)
);

CREATE FUNCTION log.forget_subject(of_tenant text, of_subject text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM log.subject_key WHERE tenant = of_tenant AND subject = of_subject;
	RETURN FOUND;
END $$;

-- ---- who may what --------------------------------------------------------------------------------------------

DO $$
DECLARE
	role text;
BEGIN
	FOREACH role IN ARRAY ARRAY['bss_core', 'bss_project', 'bss_history', 'bss_gateway'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
			EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', role);
		END IF;
	END LOOP;
	EXECUTE format('GRANT CREATE ON DATABASE %I TO bss_project', current_database());
	-- default rights are given in the name of bss_project: its own members may
	IF NOT pg_has_role(current_user, 'bss_project', 'MEMBER') THEN
		EXECUTE format('GRANT bss_project TO %I', current_user);
	END IF;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC;
GRANT USAGE ON SCHEMA log TO bss_core, bss_project, bss_history;
GRANT SELECT ON log.migration, log.head, log.event, log.subject_key, log.partition
	TO bss_core, bss_project, bss_history;
GRANT INSERT ON log.event, log.subject_key TO bss_core;
GRANT UPDATE (epoch, position, hash, holder, session, lease_until) ON log.head TO bss_core;
GRANT EXECUTE ON FUNCTION log.partition_ahead(), log.forget_subject(text, text) TO bss_core;

ALTER DEFAULT PRIVILEGES FOR ROLE bss_project GRANT USAGE ON SCHEMAS TO bss_gateway;
ALTER DEFAULT PRIVILEGES FOR ROLE bss_project GRANT SELECT ON TABLES TO bss_gateway;
