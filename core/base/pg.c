/* pg.c -- libpq behind one door.
 *
 * A statement goes out one way only, sent and then collected, so the blocking half is the asynchronous half
 * plus waiting, and both see the same errors.  A named statement is prepared in the same round trip as its
 * first use (pipeline mode).  When the tables below it change, Postgres refuses the old plan: the name then
 * gets a new generation on the server and the blocking half repeats itself once.
 *
 * Postgres' DETAIL and its sentences about bad values quote data, so neither ever enters an error. */
#include "core/base/pg.h"
#include "core/base/id.h"
#include "core/base/must.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARAMS 64
#define OLDEST_SERVER 150000
#define POSTGRES_EPOCH INT64_C(946684800000000)     /* 2000-01-01 in our microseconds */
#define COPY_HEADER 19                              /* signature, flags, length of the extension */

struct statement { char *name, *sql; int generation; bool ready; struct statement *next; };

#define STATEMENT_SLOTS 64
struct pg {
	PGconn *conn;
	struct statement *statements[STATEMENT_SLOTS];
	struct statement *preparing; /* its PREPARE travels in front of the statement in flight */
	struct statement *running;
	bool in_flight, pipelined;
	bool connecting, connect_writes;
	PGresult *kept;                             /* the first failure, or the newest result */
	char *row;                                  /* of COPY out */
	bool copy_started;
};

/* ---- errors --------------------------------------------------------------------------- */

struct meaning { const char *state; enum error_kind kind; const char *rule, *sentence, *hint; };

/* the first prefix that fits wins; a sentence of NULL lets Postgres speak */
static const struct meaning meanings[] = {
	{ "53100", ERROR_UNAVAILABLE, "pg.disk_full", "Postgres has no room left on its disk",
	    "Free some space on the database's disk; nothing was written, and the request can be repeated" },
	{ "53300", ERROR_UNAVAILABLE, "pg.too_many_connections", "Postgres takes no more connections",
	    "Raise max_connections or stop a process that holds many" },
	{ "53", ERROR_UNAVAILABLE, "pg.out_of_resources", "Postgres ran out of memory or another resource",
	    "Look at the memory and the disk of the database's host; the request can be repeated" },
	{ "58", ERROR_UNAVAILABLE, "pg.system", "Postgres met an error of its operating system",
	    "Look at the database's own log and its disk" },
	{ "57014", ERROR_UNAVAILABLE, "pg.cancelled", "The statement took too long or was cancelled",
	    "Repeat it later" },
	{ "57", ERROR_UNAVAILABLE, "pg.stopping", "Postgres is stopping or starting",
	    "Repeat in a few seconds" },
	{ "08", ERROR_UNAVAILABLE, "pg.gone", "The connection to Postgres was lost",
	    "Repeat in a few seconds" },
	{ "40", ERROR_UNAVAILABLE, "pg.contention", "Another transaction was in the way",
	    "Repeat the request" },
	{ "55P03", ERROR_UNAVAILABLE, "pg.locked", "Another session holds the lock", "Repeat the request" },
	{ "25006", ERROR_UNAVAILABLE, "pg.read_only",
	    "This Postgres takes no writes: it is a standby or read-only",
	    "Point BSS_DATABASE_URL at the primary" },
	{ "23505", ERROR_CONFLICT, "pg.unique", NULL, "" },
	{ "23", ERROR_CONFLICT, "pg.constraint", NULL, "" },
	{ "28", ERROR_UNAUTHENTICATED, "pg.password", "Postgres did not accept the user or the password",
	    "Check user and password of the connection string" },
	{ "42501", ERROR_FORBIDDEN, "pg.rights", NULL,
	    "Connect with the role that may do this (see `bss db check`)" },
	{ "42P01", ERROR_NOT_FOUND, "pg.no_table", NULL, "bss project rebuild makes the read models anew; the log's own tables come with `bss up`" },
	{ "3F000", ERROR_NOT_FOUND, "pg.no_schema", NULL, "bss project rebuild makes the read models anew; the log's own tables come with `bss up`" },
	{ "22", ERROR_INVALID, "pg.value", "Postgres did not accept a value", "" },
	{ "P0001", ERROR_REFUSED, "pg.raised", NULL, "" },
	{ "", ERROR_INVALID, "pg.statement", NULL, "" },
};

static const struct meaning *
meaning_of(const char *state)
{
	const struct meaning *m = meanings;
	while (strncmp(m->state, state, strlen(m->state)) != 0)
		m++;
	return m;
}

static bool
lost(struct error *err)
{
	error_set(err, ERROR_UNAVAILABLE, "pg.gone", "The connection to Postgres was lost");
	error_hint(err, "Postgres was stopped or restarted, or the network failed: repeat in a few seconds");
	return false;
}

static void
name_facts(const PGresult *r, const char *state, struct error *err)
{
	error_fact(err, "sqlstate", state);
	const char *constraint = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
	const char *table = PQresultErrorField(r, PG_DIAG_TABLE_NAME);
	if (constraint)
		error_fact(err, "constraint", constraint);
	if (table)
		error_fact(err, "table", table);
}

static bool
refuse_result(struct pg *pg, const PGresult *r, struct error *err)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	if (!state && PQstatus(pg->conn) == CONNECTION_BAD)
		return lost(err);
	if (!state) {
		const char *said = PQerrorMessage(pg->conn);
		return error_set(err, ERROR_UNAVAILABLE, "pg.protocol",
		    "Postgres gave no answer that fits: %.*s", (int)strcspn(said, "\n"), said);
	}
	const struct meaning *m = meaning_of(state);
	const char *said = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	if (m->sentence)
		error_set(err, m->kind, m->rule, "%s", m->sentence);
	else
		error_set(err, m->kind, m->rule, "Postgres refused: %s", said ? said : state);
	error_hint(err, "%s", m->hint);
	name_facts(r, state, err);
	return false;
}

const char *
pg_sqlstate(const struct error *err)
{
	static _Thread_local char state[6];
	const char *at = strstr(err->context, "\"sqlstate\":\"");
	state[0] = 0;
	if (at)
		snprintf(state, sizeof state, "%.5s", at + strlen("\"sqlstate\":\""));
	return state;
}

/* ---- connecting ------------------------------------------------------------------------ */

static void
keep_quiet(void *unused, const char *notice)
{
	(void)unused, (void)notice;
}

/* libpq has no SQLSTATE for a connection that never was */
static bool
refuse_connection(PGconn *conn, struct error *err)
{
	const char *said = PQerrorMessage(conn);
	if (strstr(said, "password") || PQconnectionNeedsPassword(conn) || strstr(said, "authentication")) {
		error_set(err, ERROR_UNAUTHENTICATED, "pg.password",
		    "Postgres did not accept the user or the password");
		return error_hint(err, "Check user and password of the connection string");
	}
	if (strstr(said, "too many")) {
		error_set(
		    err, ERROR_UNAVAILABLE, "pg.too_many_connections", "Postgres takes no more connections");
		return error_hint(err, "Raise max_connections or stop a process that holds many");
	}
	if (strstr(said, "does not exist") && strstr(said, "FATAL")) {
		error_set(err, ERROR_NOT_FOUND, "pg.no_database", "Postgres knows no such database or user");
		return error_hint(err, "Create it, or check the connection string");
	}
	error_set(err, ERROR_UNAVAILABLE, "pg.unreachable", "Postgres cannot be reached at %s port %s",
	    PQhost(conn) && *PQhost(conn) ? PQhost(conn) : "its local socket", PQport(conn));
	return error_hint(err, "Start Postgres, or check host and port of the connection string");
}

/* libpq's own sentence about a bad string quotes it, password and all */
static bool
url_reads(const char *url, struct error *err)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	PQconninfoFree(options);
	if (options)
		return true;
	error_set(err, ERROR_INVALID, "pg.url", "The connection string of Postgres cannot be read");
	return error_hint(err, "Write postgresql://user:password@host:5432/database, or key=value pairs");
}

static bool
refuse_version(int version, struct error *err)
{
	error_set(err, ERROR_INVALID, "pg.too_old", "Postgres %d is too old: version 15 or newer is needed",
	    version / 10000);
	error_hint(err, "Upgrade the server, or point the connection string at a newer one");
	error_fact_int(err, "version", version);
	return false;
}

static void
put_option(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s%s='", out->len ? " " : "", name);
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			buf_byte(out, '\\');
		buf_byte(out, *value);
	}
	buf_byte(out, '\'');
}

const char *
pg_url_as(struct arena *a, const char *url, const char *user, const char *password)
{
	static const char *const personal[] = { "user", "password", "passfile" };
	PQconninfoOption *all = PQconninfoParse(url, NULL);
	struct buf out = { 0 };

	for (PQconninfoOption *o = all; o && o->keyword; o++) {
		bool theirs = !o->val || !*o->val;
		for (int i = 0; i < 3; i++)
			theirs |= strcmp(o->keyword, personal[i]) == 0;
		if (!theirs)
			put_option(&out, o->keyword, o->val);
	}
	put_option(&out, "user", user);
	put_option(&out, "password", password);
	const char *text = all ? arena_strdup(a, buf_text(&out)) : NULL;
	PQconninfoFree(all);
	buf_free(&out);
	return text;
}

struct pg *
pg_connect(const char *url, const char *application, struct error *err)
{
	return pg_connect_set(url, application, NULL, err);
}

struct pg *
pg_connect_set(const char *url, const char *application, const char *settings, struct error *err)
{
	/* what stands before dbname is a default that the connection string may change */
	const char *names[] = { "connect_timeout", "keepalives_idle", "keepalives_interval",
		"keepalives_count", "options", "dbname", "application_name", "client_encoding", NULL };
	const char *values[] = { "10", "10", "5", "3", settings, url, application, "UTF8", NULL };
	if (!url_reads(url, err))
		return NULL;
	PGconn *conn = PQconnectdbParams(names, values, 1);
	must(conn);
	if (PQstatus(conn) != CONNECTION_OK) {
		refuse_connection(conn, err);
		PQfinish(conn);
		return NULL;
	}
	if (PQserverVersion(conn) < OLDEST_SERVER) {
		refuse_version(PQserverVersion(conn), err);
		PQfinish(conn);
		return NULL;
	}
	PQsetNoticeProcessor(conn, keep_quiet, NULL);
	struct pg *pg = calloc(1, sizeof *pg);
	must(pg);
	pg->conn = conn;
	return pg;
}

struct pg *
pg_connect_start(const char *url, const char *application, struct error *err)
{
	return pg_connect_start_set(url, application, NULL, err);
}

struct pg *
pg_connect_start_set(const char *url, const char *application, const char *settings, struct error *err)
{
	const char *names[] = { "keepalives_idle", "keepalives_interval", "keepalives_count", "options", "dbname",
		"application_name", "client_encoding", NULL };
	const char *values[] = { "10", "5", "3", settings, url, application, "UTF8", NULL };
	if (!url_reads(url, err))
		return NULL;
	PGconn *conn = PQconnectStartParams(names, values, 1);
	must(conn);
	if (PQstatus(conn) == CONNECTION_BAD) {
		refuse_connection(conn, err);
		PQfinish(conn);
		return NULL;
	}
	PQsetNoticeProcessor(conn, keep_quiet, NULL);
	struct pg *pg = calloc(1, sizeof *pg);
	must(pg);
	*pg = (struct pg){ .conn = conn, .connecting = true, .connect_writes = true };
	return pg;
}

enum pg_state
pg_connect_poll(struct pg *pg, struct error *err)
{
	PostgresPollingStatusType s = PQconnectPoll(pg->conn);
	pg->connect_writes = s == PGRES_POLLING_WRITING;
	if (s == PGRES_POLLING_READING || s == PGRES_POLLING_WRITING)
		return PG_BUSY;
	pg->connecting = false;
	if (s != PGRES_POLLING_OK)
		return refuse_connection(pg->conn, err), PG_FAILED;
	if (PQserverVersion(pg->conn) < OLDEST_SERVER)
		return refuse_version(PQserverVersion(pg->conn), err), PG_FAILED;
	return PG_DONE;
}

static void
forget_statements(struct pg *pg)
{
	for (int i = 0; i < STATEMENT_SLOTS; i++)
		while (pg->statements[i]) {
			struct statement *s = pg->statements[i];
			pg->statements[i] = s->next;
			free(s->name);
			free(s->sql);
			free(s);
		}
}

void
pg_close(struct pg *pg)
{
	if (!pg)
		return;
	forget_statements(pg);
	PQclear(pg->kept);
	PQfreemem(pg->row);
	PQfinish(pg->conn);
	free(pg);
}

bool
pg_alive(const struct pg *pg)
{
	return pg && PQstatus(pg->conn) == CONNECTION_OK;
}

bool
pg_listen(struct pg *pg)
{
	return PQconsumeInput(pg->conn) && pg_alive(pg);
}

int
pg_fd(const struct pg *pg)
{
	return PQsocket(pg->conn);
}

/* ---- what the log needs of a server -------------------------------------------------------- */

static bool
setting_is_on(struct pg *pg, const char *setting, struct error *err)
{
	struct pg_param name = PG_TEXT(setting);
	struct pg_result *r = pg_query(pg, NULL, "SELECT current_setting($1)", 1, &name, err);
	if (!r)
		return false;
	bool on = strcmp(pg_value(r, 0, 0), "on") == 0;
	pg_free(r);
	if (on)
		return true;
	error_set(err, ERROR_INVALID, "pg.not_durable",
	    "Postgres runs with %s=off: a power cut would lose or tear what was committed",
	    setting);
	error_hint(err, "Set %s=on in postgresql.conf and restart Postgres", setting);
	error_fact(err, "setting", setting);
	return false;
}

static bool
refuse_pooler(struct error *err)
{
	error_set(err, ERROR_INVALID, "pg.pooled",
	    "A connection pooler stands between us and Postgres: the core needs"
	    " a session of its own");
	return error_hint(
	    err, "Point BSS_DATABASE_URL at Postgres itself, not at pgbouncer or another pooler");
}

/* A pooler invents the process id it tells the client, or hands each statement to another session: then
 * the ids differ, or what this session was told is not known to the next one. */
static bool
session_is_direct(struct pg *pg, struct error *err)
{
	char nonce[33];
	struct pg_param p = PG_TEXT(random_hex(nonce, 32));
	struct pg_result *r = pg_query(pg, NULL, "SELECT set_config('bss.session', $1, false)", 1, &p, err);
	if (!r)
		return false;
	pg_free(r);
	r = pg_query(pg, NULL, "SELECT pg_backend_pid(), coalesce(current_setting('bss.session', true), '')",
	    0, NULL, err);
	if (!r)
		return false;
	bool direct = pg_int(r, 0, 0) == PQbackendPID(pg->conn) && strcmp(pg_value(r, 0, 1), nonce) == 0;
	pg_free(r);
	return direct ? true : refuse_pooler(err);
}

bool
pg_check_durable(struct pg *pg, struct error *err)
{
	return session_is_direct(pg, err) && setting_is_on(pg, "fsync", err) &&
	       setting_is_on(pg, "full_page_writes", err);
}

/* ---- prepared statements ------------------------------------------------------------------- */

static struct statement *
statement_find(struct pg *pg, const char *name, const char *sql)
{
	unsigned slot = 5381;
	for (const char *c = name; *c; c++)
		slot = slot * 33 + (unsigned char)*c;
	struct statement **at = &pg->statements[slot % STATEMENT_SLOTS];
	for (struct statement *s = *at; s; s = s->next)
		if (strcmp(s->name, name) == 0) {
			must(strcmp(s->sql, sql) == 0);     /* one name, one text */
			return s;
		}
	struct statement *s = calloc(1, sizeof *s);
	must(s);
	*s = (struct statement){ .name = strdup(name), .sql = strdup(sql), .next = *at };
	must(s->name && s->sql);
	return *at = s;
}

static const char *
server_name(const struct statement *s, char out[128])
{
	snprintf(out, 128, "%s~%d", s->name, s->generation);
	return out;
}

/* The plan is stale (a rebuild swapped the tables) or gone (DISCARD): next time under a new name. */
static bool
plan_is_stale(struct pg *pg, const PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	if (!pg->running || pg->preparing || !state)
		return false;
	if (strcmp(state, "0A000") != 0 && strcmp(state, "26000") != 0)
		return false;
	pg->running->generation++;
	pg->running->ready = false;
	return true;
}

static bool
refuse_stale(struct error *err)
{
	error_set(
	    err, ERROR_UNAVAILABLE, "pg.plan_stale", "The tables below this query have just been replaced");
	return error_hint(err, "Repeat the request");
}

/* ---- sending -------------------------------------------------------------------------------- */

struct arguments {
	Oid types[MAX_PARAMS];
	const char *values[MAX_PARAMS];
	int lengths[MAX_PARAMS], formats[MAX_PARAMS];
};

static void
spread(struct arguments *a, int n, const struct pg_param *p)
{
	must(n >= 0 && n <= MAX_PARAMS);
	for (int i = 0; i < n; i++) {
		a->types[i] = p[i].type;
		a->values[i] = p[i].bytes;
		a->lengths[i] = p[i].len;
		a->formats[i] = p[i].binary;
	}
}

/* PREPARE and first EXECUTE in one round trip */
static bool
send_both(struct pg *pg, struct statement *s, int n, const struct arguments *a)
{
	char name[128];
	server_name(s, name);
	pg->preparing = s;
	pg->pipelined = true;
	return PQenterPipelineMode(pg->conn) && PQsendPrepare(pg->conn, name, s->sql, n, a->types) &&
	       PQsendQueryPrepared(pg->conn, name, n, a->values, a->lengths, a->formats, 0) &&
	       PQpipelineSync(pg->conn);
}

static bool
send_statement(struct pg *pg, const char *name, const char *sql, int n, const struct pg_param *p)
{
	struct arguments a;
	char on_server[128];
	spread(&a, n, p);
	pg->running = name ? statement_find(pg, name, sql) : NULL;
	if (!pg->running)
		return PQsendQueryParams(pg->conn, sql, n, a.types, a.values, a.lengths, a.formats, 0);
	if (!pg->running->ready)
		return send_both(pg, pg->running, n, &a);
	return PQsendQueryPrepared(
	    pg->conn, server_name(pg->running, on_server), n, a.values, a.lengths, a.formats, 0);
}

static bool
send_in_mode(struct pg *pg, int nonblocking, const char *name, const char *sql, int n,
    const struct pg_param *p, struct error *err)
{
	must(!pg->in_flight);
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return lost(err);
	if (PQsetnonblocking(pg->conn, nonblocking) != 0 || !send_statement(pg, name, sql, n, p))
		return pg->preparing = NULL, refuse_result(pg, NULL, err);
	pg->in_flight = true;
	return true;
}

bool
pg_send(struct pg *pg, const char *name, const char *sql, int n, const struct pg_param *p, struct error *err)
{
	return send_in_mode(pg, 1, name, sql, n, p, err) &&
	       (PQflush(pg->conn) >= 0 || refuse_result(pg, NULL, err));
}

bool
pg_wants_write(struct pg *pg)
{
	if (pg->connecting)
		return pg->connect_writes;
	return pg->in_flight && PQflush(pg->conn) == 1;
}

/* ---- collecting ----------------------------------------------------------------------------- */

static bool
failed(const PGresult *r)
{
	ExecStatusType s = PQresultStatus(r);
	return s == PGRES_FATAL_ERROR || s == PGRES_BAD_RESPONSE || s == PGRES_NONFATAL_ERROR;
}

/* the first failure stays; before it, the newest result does */
static void
keep(struct pg *pg, PGresult *r)
{
	if (pg->kept && (failed(pg->kept) || PQresultStatus(r) == PGRES_PIPELINE_ABORTED)) {
		PQclear(r);
		return;
	}
	PQclear(pg->kept);
	pg->kept = r;
}

/* takes one result; false when all of this statement's are here */
static bool
collect(struct pg *pg)
{
	PGresult *r = PQgetResult(pg->conn);
	if (!r)                                     /* in a pipeline: the end of one of its statements */
		return pg->pipelined && PQstatus(pg->conn) == CONNECTION_OK;
	if (PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
		PQclear(r);
		pg->pipelined = false;
		must(PQexitPipelineMode(pg->conn));
		return false;
	}
	if (pg->preparing && !failed(r) && PQresultStatus(r) == PGRES_COMMAND_OK && !pg->kept) {
		pg->preparing->ready = true;
		pg->preparing = NULL;
		PQclear(r);
		return true;
	}
	keep(pg, r);
	return true;
}

static enum pg_state
finish(struct pg *pg, struct pg_result **out, struct error *err)
{
	PGresult *r = pg->kept;
	bool stale = r && failed(r) && plan_is_stale(pg, r);
	pg->in_flight = false;
	pg->kept = NULL;
	pg->preparing = NULL;
	if (r && !failed(r) && PQstatus(pg->conn) == CONNECTION_OK) {
		*out = (struct pg_result *)r;
		return PG_DONE;
	}
	if (stale)
		refuse_stale(err);
	else
		refuse_result(pg, r, err);
	PQclear(r);
	return PG_FAILED;
}

enum pg_state
pg_poll(struct pg *pg, struct pg_result **out, struct error *err)
{
	must(pg->in_flight);
	if (PQflush(pg->conn) < 0 || !PQconsumeInput(pg->conn)) {
		/* what Postgres said before it hung up may still be in the buffer */
		while (!PQisBusy(pg->conn) && collect(pg))
			continue;
		return finish(pg, out, err);
	}
	while (!PQisBusy(pg->conn))
		if (!collect(pg))
			return finish(pg, out, err);
	return PG_BUSY;
}

static struct pg_result *
query_once(
    struct pg *pg, const char *name, const char *sql, int n, const struct pg_param *p, struct error *err)
{
	struct pg_result *r = NULL;
	if (!send_in_mode(pg, 0, name, sql, n, p, err))
		return NULL;
	while (collect(pg))
		continue;
	return finish(pg, &r, err) == PG_DONE ? r : NULL;
}

struct pg_result *
pg_query(struct pg *pg, const char *name, const char *sql, int n, const struct pg_param *p, struct error *err)
{
	struct error mine = { 0 };
	bool alone = PQtransactionStatus(pg->conn) == PQTRANS_IDLE; /* else the transaction is lost anyway */
	struct pg_result *r = query_once(pg, name, sql, n, p, &mine);
	if (!r && alone && strcmp(mine.rule, "pg.plan_stale") == 0)
		r = query_once(pg, name, sql, n, p, &mine);
	if (!r && err)
		*err = mine;
	return r;
}

bool
pg_exec(struct pg *pg, const char *sql, struct error *err)
{
	must(!pg->in_flight);
	PQsetnonblocking(pg->conn, 0);
	PGresult *r = PQexec(pg->conn, sql);
	bool ok = r && !failed(r) && PQstatus(pg->conn) == CONNECTION_OK;
	if (!ok)
		refuse_result(pg, r, err);
	PQclear(r);
	return ok;
}

/* ---- results -------------------------------------------------------------------------------- */

static const PGresult *
raw(const struct pg_result *r)
{
	return (const PGresult *)r;
}

void
pg_free(struct pg_result *r)
{
	PQclear((PGresult *)r);
}

void
pg_free_result(void *r)
{
	PQclear(r);
}

int
pg_rows(const struct pg_result *r)
{
	return PQntuples(raw(r));
}

int64_t
pg_affected(const struct pg_result *r)
{
	return strtoll(PQcmdTuples((PGresult *)r), NULL, 10);
}

const char *
pg_value(const struct pg_result *r, int row, int column)
{
	return PQgetisnull(raw(r), row, column) ? NULL : PQgetvalue(raw(r), row, column);
}

int
pg_length(const struct pg_result *r, int row, int column)
{
	return PQgetlength(raw(r), row, column);
}

int64_t
pg_int(const struct pg_result *r, int row, int column)
{
	const char *text = PQgetvalue(raw(r), row, column);
	return *text == 't' ? 1 : strtoll(text, NULL, 10);
}

int
pg_column(const struct pg_result *r, const char *name)
{
	return PQfnumber(raw(r), name);
}

/* ---- arrays --------------------------------------------------------------------------------- */

#define ARRAY_HEADER 20

void
pg_array_start(struct pg_array *a, uint32_t element_oid)
{
	buf_clear(&a->b);
	memset(buf_room(&a->b, ARRAY_HEADER), 0, ARRAY_HEADER);
	a->b.len = ARRAY_HEADER;
	a->oid = element_oid;
	a->n = 0;
	a->has_null = false;
}

void
pg_array_int(struct pg_array *a, int64_t v)
{
	a->n++;
	switch (a->oid) {
	case PG_BOOL_OID: buf_be32(&a->b, 1), buf_byte(&a->b, v != 0); break;
	case PG_INT2_OID:
		must(v >= INT16_MIN && v <= INT16_MAX), buf_be32(&a->b, 2), buf_be16(&a->b, (uint16_t)v);
		break;
	case PG_INT4_OID:
		must(v >= INT32_MIN && v <= INT32_MAX), buf_be32(&a->b, 4), buf_be32(&a->b, (uint32_t)v);
		break;
	case PG_INT8_OID: buf_be32(&a->b, 8), buf_be64(&a->b, (uint64_t)v); break;
	case PG_TIMESTAMPTZ_OID: buf_be32(&a->b, 8), buf_be64(&a->b, (uint64_t)(v - POSTGRES_EPOCH)); break;
	default: never("an integer for an array that holds none");
	}
}

void
pg_array_real(struct pg_array *a, double v)
{
	uint64_t bits;
	must(a->oid == PG_FLOAT8_OID);
	memcpy(&bits, &v, sizeof bits);
	a->n++;
	buf_be32(&a->b, 8);
	buf_be64(&a->b, bits);
}

void
pg_array_bytes(struct pg_array *a, const void *bytes, size_t n)
{
	bool versioned = a->oid == PG_JSONB_OID;
	must(a->oid == PG_TEXT_OID || a->oid == PG_BYTEA_OID || versioned);
	must(n < INT32_MAX);
	a->n++;
	buf_be32(&a->b, (uint32_t)n + versioned);
	if (versioned)
		buf_byte(&a->b, 1);
	buf_add(&a->b, bytes, n);
}

void
pg_array_null(struct pg_array *a)
{
	a->n++;
	a->has_null = true;
	buf_be32(&a->b, UINT32_MAX);
}

static uint32_t
array_type(uint32_t element)
{
	static const uint32_t pairs[][2] = { { PG_BOOL_OID, 1000 }, { PG_BYTEA_OID, 1001 },
		{ PG_INT2_OID, 1005 }, { PG_INT4_OID, 1007 }, { PG_TEXT_OID, 1009 }, { PG_INT8_OID, 1016 },
		{ PG_FLOAT8_OID, 1022 }, { PG_TIMESTAMPTZ_OID, 1185 }, { PG_JSONB_OID, 3807 } };
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (pairs[i][0] == element)
			return pairs[i][1];
	never("an array of a type that is not listed");
}

static void
put32(char *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char)(v >> (24 - 8 * i));
}

struct pg_param
pg_array_param(struct pg_array *a)
{
	const uint32_t header[ARRAY_HEADER / 4] = { 1, a->has_null, a->oid, (uint32_t)a->n, 1 };
	must(a->b.len >= ARRAY_HEADER && a->b.len < INT32_MAX);
	for (int i = 0; i < ARRAY_HEADER / 4; i++)
		put32(a->b.data + 4 * i, header[i]);
	return (struct pg_param){
		.bytes = a->b.data, .len = (int)a->b.len, .binary = true, .type = array_type(a->oid)
	};
}

void
pg_array_free(struct pg_array *a)
{
	buf_free(&a->b);
	*a = (struct pg_array){ 0 };
}

/* ---- COPY ----------------------------------------------------------------------------------- */

static bool
copy_start(struct pg *pg, const char *sql, ExecStatusType wanted, struct error *err)
{
	must(!pg->in_flight);
	PQsetnonblocking(pg->conn, 0);
	PGresult *r = PQexec(pg->conn, sql);
	bool ok = r && PQresultStatus(r) == wanted;
	if (!ok)
		refuse_result(pg, r, err);
	PQclear(r);
	pg->copy_started = false;
	return ok;
}

/* what Postgres says when the COPY is over */
static bool
copy_finish(struct pg *pg, int64_t *rows, struct error *err)
{
	PGresult *r;
	bool ok = PQstatus(pg->conn) == CONNECTION_OK;
	if (!ok)
		lost(err);
	while ((r = PQgetResult(pg->conn))) {
		if (failed(r))
			ok = refuse_result(pg, r, err);
		else if (rows)
			*rows = strtoll(PQcmdTuples(r), NULL, 10);
		PQclear(r);
	}
	return ok;
}

bool
pg_copy_in(struct pg *pg, const char *sql, struct error *err)
{
	return copy_start(pg, sql, PGRES_COPY_IN, err);
}

bool
pg_copy_data(struct pg *pg, const void *bytes, size_t n, struct error *err)
{
	must(n < INT32_MAX);
	return PQputCopyData(pg->conn, bytes, (int)n) == 1 || refuse_result(pg, NULL, err);
}

bool
pg_copy_end(struct pg *pg, int64_t *rows, struct error *err)
{
	if (rows)
		*rows = 0;
	if (PQputCopyEnd(pg->conn, NULL) != 1)
		return refuse_result(pg, NULL, err);
	return copy_finish(pg, rows, err);
}

bool
pg_copy_out(struct pg *pg, const char *sql, struct error *err)
{
	return copy_start(pg, sql, PGRES_COPY_OUT, err);
}

/* the file's header comes in front of the first row, its trailer as a row of two bytes */
static int
trim(struct pg *pg, char **row, int n)
{
	int skip = pg->copy_started ? 0 : COPY_HEADER;
	pg->copy_started = true;
	must(n >= skip + 2);
	*row = pg->row + skip;
	return n == skip + 2 && (*row)[0] == '\xff' && (*row)[1] == '\xff' ? 0 : n - skip;
}

int
pg_copy_row(struct pg *pg, char **row, struct error *err)
{
	int n, left;
	do {
		PQfreemem(pg->row);
		pg->row = NULL;
		n = PQgetCopyData(pg->conn, &pg->row, 0);
		if (n <= 0)
			return copy_finish(pg, NULL, err) ? 0 : -1;
		left = trim(pg, row, n);
	} while (left == 0);
	return left;
}

const char *
pg_copy_field(const char **at, int *len)
{
	const unsigned char *p = (const unsigned char *)*at;
	*len = (int)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
	const char *bytes = *at + 4;
	*at = bytes + (*len > 0 ? *len : 0);
	return *len < 0 ? NULL : bytes;
}

/* The cancel may arrive when the COPY is over anyway; then it hits the empty statement behind it. */
void
pg_copy_abandon(struct pg *pg)
{
	char *row, why[256];
	struct error ignored;
	PGcancel *cancel = PQgetCancel(pg->conn);
	if (cancel)
		PQcancel(cancel, why, sizeof why);
	PQfreeCancel(cancel);
	while (pg_copy_row(pg, &row, &ignored) > 0)
		continue;
	pg_exec(pg, "SELECT 1", &ignored);
}

/* ---- passwords ------------------------------------------------------------------------------ */

bool
pg_set_password(struct pg *pg, const char *role, const char *password, struct error *err)
{
	struct buf sql = { 0 };
	char *verifier = PQencryptPasswordConn(pg->conn, password, role, "scram-sha-256");
	char *name = PQescapeIdentifier(pg->conn, role, strlen(role));
	char *text = verifier ? PQescapeLiteral(pg->conn, verifier, strlen(verifier)) : NULL;
	bool ok = false;
	if (name && text) {                              /* ALTER ROLE takes no parameters */
		buf_printf(&sql, "ALTER ROLE %s PASSWORD %s", name, text);
		ok = pg_exec(pg, sql.data, err);
	} else {
		error_set(
		    err, ERROR_INVALID, "pg.password_unusable", "The password for %s cannot be used", role);
	}
	PQfreemem(verifier);
	PQfreemem(name);
	PQfreemem(text);
	buf_free(&sql);
	return ok;
}
