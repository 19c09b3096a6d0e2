/* writer.c -- the only hand that writes the log.
 *
 * One statement per batch: it moves the head if the head is still where we left it, and only then do the
 * rows follow.  So a stale leader writes nothing, and there is no state between begin and commit.
 *
 * After a lost connection the batch may or may not be in.  Taking the head again under a new epoch waits for
 * the old session's row lock; from then on the old statement can only hit nothing.  Position and hash then
 * say exactly which of the two it was.  A random session name tells our own head from everyone else's,
 * even when the answer to an earlier attempt to take it was lost as well. */
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/must.h"
#include "core/eventstore/batch.h"
#include "core/eventstore/head.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define RECOVER_SLICE (SECOND / 4)
#define CONNECT_PATIENCE (10 * SECOND)

enum column {
	C_POSITION,
	C_STREAM,
	C_VERSION,
	C_TYPE,
	C_SUBJECT,
	C_OCCURRED,
	C_RECORDED,
	C_BODY,
	C_HASH,
	C_TENANT,
	C_KEY_SUBJECT,
	C_WRAPPED,
	COLUMNS
};

static const uint32_t column_types[COLUMNS] = { PG_INT8_OID, PG_TEXT_OID, PG_INT8_OID, PG_INT2_OID,
	PG_TEXT_OID, PG_TIMESTAMPTZ_OID, PG_TIMESTAMPTZ_OID, PG_BYTEA_OID, PG_BYTEA_OID, PG_TEXT_OID,
	PG_TEXT_OID, PG_BYTEA_OID };

struct log_writer {
	struct arena *arena;
	struct pg *pg;                             /* NULL after a failed recovery */
	const char *url, *holder;
	char session[33];
	int64_t lease;
	struct log_head head;                      /* as far as we know it is committed */
	int64_t sent_position;                     /* where the head is when the batch in flight is in */
	uint8_t sent_hash[HASH_BYTES];
	int64_t sent_at, renewed_at;               /* monotonic */
	bool busy, doubt;
	struct pg *coming;                         /* a connection that is being made */
	int64_t coming_until;                      /* monotonic */
	struct pg_array columns[COLUMNS];
};

/* ---- taking the head ------------------------------------------------------------------------ */

static bool
schema_fits(struct pg *pg, struct error *err)
{
	int version = log_schema_version(pg, err);
	if (version == LOG_SCHEMA_VERSION)
		return true;
	if (version < 0)
		return false;
	if (version > LOG_SCHEMA_VERSION)
		return refuse_newer(version, err);
	error_set(err, ERROR_INVALID, "log.schema_older",
	    "The log has schema version %d; this program needs %d", version, LOG_SCHEMA_VERSION);
	error_hint(err, "`bss up` brings the schema of the log up to date");
	error_fact_int(err, "version", version);
	return false;
}

/* remote_apply is stricter than on and stays */
static bool
session_prepare(struct pg *pg, struct error *err)
{
	return pg_exec(pg,
	    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
	    " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false);"
	    "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
	    "SET idle_session_timeout = 0; SET default_transaction_isolation = 'read committed';"
	    "SET default_transaction_read_only = off; SET jit = off",
	    err);
}

/* no timeout from the first statement on: a careless role's could end the very statement that lifts it */
#define SESSION "-c statement_timeout=0 -c lock_timeout=0"

static struct pg *
session_accept(struct pg *pg, struct error *err)
{
	if (pg && schema_fits(pg, err) && pg_check_durable(pg, err) && session_prepare(pg, err))
		return pg;
	pg_close(pg);
	return NULL;
}

#define TAKE_HEAD(condition) \
	"UPDATE log.head SET epoch = epoch + 1, holder = $1, session = $2," \
	" lease_until = clock_timestamp() + $3::bigint * interval '1 microsecond' WHERE " condition \
	" RETURNING " HEAD_COLUMNS
#define TAKE_FREE  TAKE_HEAD("lease_until < clock_timestamp() OR holder = $1")
#define TAKE_AGAIN TAKE_HEAD("session = $2")

enum taken { TAKEN, NOT_OURS, NO_ANSWER };

static enum taken
take_head(struct log_writer *w, const char *sql, struct error *err)
{
	char lease[24];
	int64_t asked = mono_now();
	snprintf(lease, sizeof lease, "%lld", (long long)w->lease);
	struct pg_param p[] = { PG_TEXT(w->holder), PG_TEXT(w->session), PG_TEXT(lease) };
	struct pg_result *r = pg_query(w->pg, NULL, sql, 3, p, err);
	if (!r)
		return NO_ANSWER;
	bool ours = pg_rows(r) == 1;
	if (ours) {
		head_from(r, &w->head);
		w->renewed_at = asked;
	}
	pg_free(r);
	return ours ? TAKEN : NOT_OURS;
}

static bool
refuse_leader(struct pg *pg, enum error_kind kind, const char *rule, struct error *err)
{
	struct log_head head;
	char until[TIME_TEXT];
	if (!log_head_read(pg, &head, err))
		return false;
	error_set(err, kind, rule, "Another core leads this log: %s, until %s", head.holder,
	    time_format(head.lease_until, until));
	error_hint(err, "Stop that core, or wait until its lease has ended");
	error_fact(err, "holder", head.holder);
	error_fact(err, "lease_until", until);
	error_fact_int(err, "epoch", head.epoch);
	return false;
}

static void
expect_nothing(struct log_writer *w)
{
	w->sent_position = w->head.position;
	memcpy(w->sent_hash, w->head.hash, HASH_BYTES);
}

static bool
writer_start(struct log_writer *w, struct error *err)
{
	w->pg = session_accept(pg_connect_set(w->url, "bss core", SESSION, err), err);
	if (!w->pg)
		return false;
	switch (take_head(w, TAKE_FREE, err)) {
	case TAKEN: expect_nothing(w); return true;
	case NOT_OURS: return refuse_leader(w->pg, ERROR_UNAVAILABLE, "log.leased", err);
	default: return false;
	}
}

struct log_writer *
log_writer_open(const char *url, const char *holder, int64_t lease_micros, struct error *err)
{
	must(holder && *holder && strlen(holder) < sizeof ((struct log_head *)0)->holder && lease_micros > 0);
	struct arena *arena = arena_new();
	struct log_writer *w = arena_new_of(arena, struct log_writer);
	*w = (struct log_writer){ .arena = arena,
		.url = arena_strdup(arena, url),
		.holder = arena_strdup(arena, holder),
		.lease = lease_micros };
	random_hex(w->session, 32);
	if (writer_start(w, err))
		return w;
	log_writer_close(w, false);
	return NULL;
}

static void
release(struct log_writer *w)
{
	struct error ignored;                        /* the lease then ends by itself */
	struct pg_param session = PG_TEXT(w->session);
	pg_free(pg_query(w->pg, NULL,
	    "UPDATE log.head SET lease_until = clock_timestamp() WHERE session = $1", 1, &session, &ignored));
}

void
log_writer_close(struct log_writer *w, bool release_lease)
{
	if (!w)
		return;
	if (release_lease && pg_alive(w->pg) && !w->busy)
		release(w);
	pg_close(w->pg);
	pg_close(w->coming);
	for (int i = 0; i < COLUMNS; i++)
		pg_array_free(&w->columns[i]);
	arena_free(w->arena);
}

/* ---- sending a batch ------------------------------------------------------------------------ */

#define MOVED \
	"WITH moved AS (UPDATE log.head SET position = $3::bigint, hash = $4::bytea," \
	" lease_until = clock_timestamp() + $5::bigint * interval '1 microsecond'" \
	" WHERE epoch = $1::bigint AND position = $2::bigint RETURNING 1),"
#define EVENTS \
	" events AS (INSERT INTO log.event" \
	" (position, stream, version, type, subject, occurred_at, recorded_at, body, hash)" \
	" SELECT e.* FROM moved, unnest($6, $7, $8, $9, $10, $11, $12, $13, $14) AS e)" \
	" SELECT count(*) FROM moved"
#define KEYS \
	" keys AS (INSERT INTO log.subject_key (tenant, subject, wrapped)" \
	" SELECT k.tenant, k.subject, k.wrapped" \
	" FROM moved, unnest($15, $16, $17) AS k (tenant, subject, wrapped)),"

static void
add_text(struct pg_array *a, const char *s)
{
	if (s)
		pg_array_bytes(a, s, strlen(s));
	else
		pg_array_null(a);
}

static void
add_event(struct pg_array *c, const struct log_event *e)
{
	pg_array_int(&c[C_POSITION], e->position);
	add_text(&c[C_STREAM], e->stream);
	pg_array_int(&c[C_VERSION], e->version);
	pg_array_int(&c[C_TYPE], e->type);
	add_text(&c[C_SUBJECT], e->subject);
	pg_array_int(&c[C_OCCURRED], e->occurred_at);
	pg_array_int(&c[C_RECORDED], e->recorded_at);
	pg_array_bytes(&c[C_BODY], e->body, e->body_len);
	pg_array_bytes(&c[C_HASH], e->hash, HASH_BYTES);
}

static void
fill_columns(struct log_writer *w, const struct log_batch *b)
{
	const struct batch_key *keys;
	int n_keys = batch_keys(b, &keys);
	for (int i = 0; i < COLUMNS; i++)
		pg_array_start(&w->columns[i], column_types[i]);
	for (int i = 0; i < log_batch_count(b); i++)
		add_event(w->columns, log_batch_event(b, i));
	for (int i = 0; i < n_keys; i++) {
		add_text(&w->columns[C_TENANT], keys[i].tenant);
		add_text(&w->columns[C_KEY_SUBJECT], keys[i].subject);
		pg_array_bytes(&w->columns[C_WRAPPED], keys[i].wrapped, WRAPPED_KEY_BYTES);
	}
}

static void
expect(struct log_writer *w, const struct log_batch *b)
{
	int n = log_batch_count(b);
	expect_nothing(w);
	if (n == 0)
		return;
	must(log_batch_first(b) == w->head.position + 1);
	w->sent_position = log_batch_last(b);
	memcpy(w->sent_hash, log_batch_event(b, n - 1)->hash, HASH_BYTES);
}

static bool
send_append(struct log_writer *w, struct error *err)
{
	char epoch[24], from[24], to[24], lease[24];
	snprintf(epoch, sizeof epoch, "%lld", (long long)w->head.epoch);
	snprintf(from, sizeof from, "%lld", (long long)w->head.position);
	snprintf(to, sizeof to, "%lld", (long long)w->sent_position);
	snprintf(lease, sizeof lease, "%lld", (long long)w->lease);
	struct pg_param p[5 + COLUMNS] = { PG_TEXT(epoch), PG_TEXT(from), PG_TEXT(to),
		{ .bytes = (const char *)w->sent_hash,
		    .len = HASH_BYTES,
		    .binary = true,
		    .type = PG_BYTEA_OID },
		PG_TEXT(lease) };
	for (int i = 0; i < COLUMNS; i++)
		p[5 + i] = pg_array_param(&w->columns[i]);
	if (fault(FAULT_append_refused))
		return pg_send(w->pg, NULL, "SELECT 1 / 0", 0, NULL, err);
	/* few batches bring a new subject, and a statement costs what it could do, not what it does */
	if (!w->columns[C_TENANT].n)
		return pg_send(w->pg, "log_append", MOVED EVENTS, 5 + C_TENANT, p, err);
	return pg_send(w->pg, "log_append_keys", MOVED KEYS EVENTS, 5 + COLUMNS, p, err);
}

/* A send that fails half way may still have reached Postgres: that is a doubt, told by the next poll. */
bool
log_writer_send(struct log_writer *w, const struct log_batch *b, struct error *err)
{
	must(!w->busy && !w->doubt);
	expect(w, b);
	w->sent_at = mono_now();
	if (fault(FAULT_append_unsent) || !pg_alive(w->pg)) {
		w->doubt = true;
		return error_set(err, ERROR_UNAVAILABLE, "pg.gone", "The connection to Postgres was lost");
	}
	fill_columns(w, b);
	w->busy = true;
	struct error ignored;                         /* poll says it again */
	w->doubt = !send_append(w, &ignored);
	if (fault(FAULT_append_unanswered))
		shutdown(pg_fd(w->pg), SHUT_RD);
	return true;
}

/* ---- its answer ----------------------------------------------------------------------------- */

static enum append_result
in_doubt(struct log_writer *w)
{
	w->busy = false;
	w->doubt = true;
	return APPEND_IN_DOUBT;
}

/* Postgres answered: the transaction is over, and we know how */
static enum append_result
answered(struct log_writer *w, struct pg_result *r, struct error *err)
{
	bool moved = pg_int(r, 0, 0) == 1;
	pg_free(r);
	w->busy = false;
	if (!moved) {
		error_set(err, ERROR_UNAVAILABLE, "log.fenced",
		    "Another core has taken over this log: nothing was written");
		return APPEND_FENCED;
	}
	w->head.position = w->sent_position;
	memcpy(w->head.hash, w->sent_hash, HASH_BYTES);
	w->renewed_at = w->sent_at;
	return APPEND_COMMITTED;
}

/* an error of a statement ends its transaction; an error of the session says nothing about it */
static bool
statement_failed(const struct log_writer *w, const struct error *err)
{
	const char *state = pg_sqlstate(err);
	return pg_alive(w->pg) && state[0] && strncmp(state, "57P", 3) != 0 && strncmp(state, "08", 2) != 0;
}

enum append_result
log_writer_poll(struct log_writer *w, struct error *err)
{
	struct pg_result *r = NULL;
	if (w->doubt) {
		error_set(err, ERROR_UNAVAILABLE, "log.in_doubt",
		    "The connection to Postgres was lost while writing");
		return in_doubt(w);
	}
	must(w->busy);
	switch (pg_poll(w->pg, &r, err)) {
	case PG_BUSY: return APPEND_BUSY;
	case PG_DONE: return answered(w, r, err);
	default: break;
	}
	if (!statement_failed(w, err))
		return in_doubt(w);
	w->busy = false;
	expect_nothing(w);
	return APPEND_FAILED;
}

/* ---- after a lost connection ---------------------------------------------------------------- */

static enum append_result
compare(struct log_writer *w, const struct log_head *before, struct error *err)
{
	const struct log_head *now = &w->head;
	if (now->position == w->sent_position && same_bytes(now->hash, w->sent_hash, HASH_BYTES))
		return APPEND_COMMITTED;
	if (now->position == before->position && same_bytes(now->hash, before->hash, HASH_BYTES)) {
		error_set(err, ERROR_UNAVAILABLE, "log.not_written",
		    "The connection was lost before the batch was written");
		return APPEND_FAILED;
	}
	error_set(err, ERROR_UNAVAILABLE, "log.fenced", "The log has grown by other hands: position %lld",
	    (long long)now->position);
	return APPEND_FENCED;
}

static enum append_result
settle(struct log_writer *w, struct error *err)
{
	const struct log_head before = w->head;
	if (!pg_exec(w->pg, "SET lock_timeout = '1s'", err))    /* a session in doubt that hangs must not hang the core */
		return APPEND_IN_DOUBT;
	enum taken taken = take_head(w, TAKE_AGAIN, err);
	if (taken == TAKEN && !pg_exec(w->pg, "SET lock_timeout = 0", err))
		taken = NO_ANSWER;
	switch (taken) {
	case NO_ANSWER: w->head = before; return APPEND_IN_DOUBT;
	case NOT_OURS: refuse_leader(w->pg, ERROR_UNAVAILABLE, "log.fenced", err); return APPEND_FENCED;
	default: break;
	}
	enum append_result result = compare(w, &before, err);
	expect_nothing(w);
	return result;
}

static bool
socket_ready(struct pg *pg, int64_t until)
{
	struct pollfd p = { .fd = pg_fd(pg), .events = pg_wants_write(pg) ? POLLOUT : POLLIN };
	int64_t left = until - mono_now();
	return poll(&p, 1, left > 0 ? (int)((left + 999) / 1000) : 0) > 0;
}

/* true: w->pg is connected.  A server that accepts and then says nothing costs each turn of the core no more than this. */
static bool
connect_on(struct log_writer *w, struct error *err)
{
	int64_t until = mono_now() + RECOVER_SLICE;
	enum pg_state state = PG_BUSY;
	if (!w->coming) {
		w->coming = pg_connect_start_set(w->url, "bss core", SESSION, err);
		w->coming_until = mono_now() + CONNECT_PATIENCE;
	}
	while (w->coming && state == PG_BUSY && socket_ready(w->coming, until))
		state = pg_connect_poll(w->coming, err);
	if (w->coming && state == PG_BUSY && mono_now() < w->coming_until)
		return error_set(err, ERROR_UNAVAILABLE, "pg.connecting", "Postgres has not answered yet");
	struct pg *pg = w->coming;
	w->coming = NULL;
	if (state == PG_DONE)
		w->pg = session_accept(pg, err);
	else
		pg_close(pg);
	return w->pg != NULL;
}

bool
log_writer_connecting(const struct log_writer *w)
{
	return w->coming != NULL;
}

enum append_result
log_writer_recover(struct log_writer *w, struct error *err)
{
	pg_close(w->pg);
	w->pg = NULL;
	w->busy = false;
	w->doubt = true;
	if (!connect_on(w, err))
		return APPEND_IN_DOUBT;
	enum append_result result = settle(w, err);
	w->doubt = result == APPEND_IN_DOUBT;
	return result;
}

/* ---- looking -------------------------------------------------------------------------------- */

const struct log_head *
log_writer_head(const struct log_writer *w)
{
	return &w->head;
}

int
log_writer_fd(const struct log_writer *w)
{
	return w->pg ? pg_fd(w->pg) : -1;
}

bool
log_writer_wants_write(const struct log_writer *w)
{
	return w->pg && pg_wants_write(w->pg);
}

bool
log_writer_busy(const struct log_writer *w)
{
	return w->busy;
}

int64_t
log_writer_lease_left(const struct log_writer *w)
{
	return w->lease - (mono_now() - w->renewed_at);
}
