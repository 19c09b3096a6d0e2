/* migrate.c -- the log's schema, carried in the binary and applied as the owner, one transaction per version.
 *
 * Two `up` that start at once must not both apply a migration: an advisory lock makes the second one wait
 * and find it done.  A schema from the future is left alone. */
#include "core/eventstore/head.h"
#include "log_sql.h"
#include <stdio.h>
#include <stdlib.h>

#define MIGRATIONS (int)(sizeof migrations / sizeof migrations[0])
_Static_assert(sizeof migrations / sizeof migrations[0] == LOG_SCHEMA_VERSION,
    "LOG_SCHEMA_VERSION and schemas/sql/ differ");

int
log_schema_version(struct pg *pg, struct error *err)
{
	struct pg_result *r = pg_query(
	    pg, NULL, "SELECT to_regclass('log.migration') IS NOT NULL", 0, NULL, err);
	if (!r)
		return -1;
	bool there = pg_int(r, 0, 0);
	pg_free(r);
	if (!there)
		return 0;
	r = pg_query(pg, NULL, "SELECT coalesce(max(version), 0) FROM log.migration", 0, NULL, err);
	int version = r ? (int)pg_int(r, 0, 0) : -1;
	pg_free(r);
	return version;
}

bool
refuse_newer(int version, struct error *err)
{
	error_set(err, ERROR_INVALID, "log.schema_newer",
	    "The log has schema version %d; this program knows versions up to %d", version,
	    LOG_SCHEMA_VERSION);
	error_hint(err, "Start a newer bss: an older one must not touch this log");
	error_fact_int(err, "version", version);
	return false;
}

bool
log_schema_known(struct pg *pg, struct error *err)
{
	int version = log_schema_version(pg, err);
	if (version > LOG_SCHEMA_VERSION)
		return refuse_newer(version, err);
	if (version == 0)
		error_set(err, ERROR_UNAVAILABLE, "log.none", "There is no log in this database yet");
	return version > 0;
}

static bool
record(struct pg *pg, int version, struct error *err)
{
	char number[12];
	snprintf(number, sizeof number, "%d", version);
	struct pg_param p = PG_TEXT(number);
	struct pg_result *r = pg_query(
	    pg, NULL, "INSERT INTO log.migration (version) VALUES ($1)", 1, &p, err);
	pg_free(r);
	return r != NULL;
}

/* inside a transaction that holds the lock */
static bool
apply_missing(struct pg *pg, struct error *err)
{
	int have = log_schema_version(pg, err);
	if (have < 0)
		return false;
	if (have > LOG_SCHEMA_VERSION)
		return refuse_newer(have, err);
	for (int i = 0; i < MIGRATIONS; i++)
		if (migrations[i].version > have &&
		    (!pg_exec(pg, migrations[i].sql, err) || !record(pg, migrations[i].version, err)))
			return false;
	return true;
}

bool
log_migrate(struct pg *pg, const struct role_password *roles, int n, struct error *err)
{
	if (!pg_exec(pg, "BEGIN; SELECT pg_advisory_xact_lock(hashtext('bss log migration'))", err))
		return false;
	bool ok = apply_missing(pg, err);
	for (int i = 0; ok && i < n; i++)
		ok = !roles[i].password || pg_set_password(pg, roles[i].role, roles[i].password, err);
	if (ok)
		return pg_exec(pg, "COMMIT", err);
	struct error ignored;                        /* what went wrong first is what counts */
	pg_exec(pg, "ROLLBACK", &ignored);
	return false;
}
