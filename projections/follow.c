/* follow.c -- Clone: subscribe first, catch up from the log, drop what is known, go live; a gap means catch up again.
 *
 * Each read model has a checkpoint of its own and its own transaction, so one that fails stands still alone.  A batch
 * that does not concern a read model costs no transaction: its checkpoint follows later (follower_tidy). */
#include "projections/follow.h"
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/must.h"

#define BATCH 5000
#define RETRY_EVERY (5 * SECOND)

struct pg *
project_connect(const char *url, const char *application, struct error *err)
{
	struct pg *pg = pg_connect(url, application, err);

	if (pg && pg_exec(pg, "SET ROLE bss_project", err))
		return pg;
	if (pg && pg_alive(pg)) {
		error_set(err, ERROR_INVALID, "project.role",
			"The read models belong to the role bss_project, which this connection may not act as");
		error_hint(err, "Unset BSS_DB_URL: the connection of that role is in the state folder");
	}
	pg_close(pg);
	return NULL;
}

void
follower_start(struct follower *f, const char *url, const uint8_t master[KEY_BYTES])
{
	*f = (struct follower){ .url = url, .ring = key_ring_new(master), .arena = arena_new(), .position = -1 };
	for (const struct projection *const *p = projections; *p; p++)
		f->models[f->n++] = (struct followed){ .projection = *p, .model = model_on(*p, (*p)->name, false), .seen = -1 };
}

void
follower_disconnect(struct follower *f)
{
	pg_close(f->pg);
	pg_close(f->log);
	f->pg = f->log = NULL;
	f->position = -1;
	for (int i = 0; i < f->n; i++)
		model_forget(f->models[i].model);
}

void
follower_stop(struct follower *f)
{
	follower_disconnect(f);
	for (int i = 0; i < f->n; i++)
		model_free(f->models[i].model);
	key_ring_free(f->ring);
	arena_free(f->arena);
}

bool
follower_connected(const struct follower *f)
{
	return f->pg && f->log && pg_alive(f->pg) && pg_alive(f->log);
}

static bool
takes_part(const struct followed *m)
{
	return !m->stopped && !m->waits_for_rebuild && !m->retry_at;
}

int64_t
follower_position(const struct follower *f)
{
	int64_t least = f->position;

	for (int i = 0; i < f->n; i++)
		if (takes_part(&f->models[i]) && f->models[i].seen < least)
			least = f->models[i].seen;
	return least;
}

/* ---- where a read model stands ------------------------------------------------------------------------------------- */

static bool
hash_at(struct pg *log, int64_t position, uint8_t hash[HASH_BYTES], struct error *err)
{
	struct log_filter one = { .after = position - 1, .upto = position, .limit = 1 };
	struct log_reader *r = log_read(log, &one, err);
	struct log_event e;
	bool found = r && log_next(r, &e, err);

	if (found)
		memcpy(hash, e.hash, HASH_BYTES);
	else
		memset(hash, 0, HASH_BYTES);
	if (r)
		log_read_end(r);
	return r && !err->kind;
}

/* was this checkpoint made from this log?  *same false: from another one, or from a future that a restore took away */
static bool
made_from(struct follower *f, const struct checkpoint *c, const struct log_head *head, bool *same, struct error *err)
{
	uint8_t hash[HASH_BYTES];

	*same = memcmp(c->log_id, head->log_id, HASH_BYTES) == 0 && c->position <= head->position;
	if (!*same || c->position == 0)
		return true;
	if (!hash_at(f->log, c->position, hash, err))
		return false;
	*same = memcmp(hash, c->hash, HASH_BYTES) == 0;
	return true;
}

static struct checkpoint
beginning(const struct follower *f)
{
	struct checkpoint c = { .generation = wall_now() };

	memcpy(c.log_id, f->log_id, HASH_BYTES);
	memcpy(c.hash, f->log_id, HASH_BYTES);
	return c;
}

static bool
create(struct follower *f, struct followed *m, struct error *err)
{
	struct checkpoint c = beginning(f);

	*err = (struct error){ 0 };
	log_info("projection.created", "name", m->projection->name);
	m->seen = 0;
	model_stand(m->model, &c);
	return pg_exec(f->pg, "BEGIN", err) && model_create(m->projection, m->projection->name, f->pg, true, &c, err) &&
	    pg_exec(f->pg, "COMMIT", err);
}

static bool
start_over(struct follower *f, struct followed *m, const struct checkpoint *c, struct error *err)
{
	char at[24], sql[128];

	snprintf(at, sizeof at, "%lld", (long long)c->position);
	log_err("projection.starts_over", "name", m->projection->name, "position", at, "why",
	    "its checkpoint was made from another log, or the log ends before it");
	snprintf(sql, sizeof sql, "DROP SCHEMA %s CASCADE", m->projection->name);
	return pg_exec(f->pg, sql, err) && create(f, m, err);
}

static bool
stand(struct follower *f, struct followed *m, const struct log_head *head, struct error *err)
{
	struct checkpoint c;
	char shape[33], ours[33];
	bool same;

	m->retry_at = 0;
	if (!checkpoint_read(f->pg, m->projection->name, m->projection, false, &c, shape, err))
		return err->kind == ERROR_NOT_FOUND && create(f, m, err);
	model_stand(m->model, &c);
	if (!made_from(f, &c, head, &same, err))
		return false;
	if (!same)
		return start_over(f, m, &c, err);
	m->waits_for_rebuild = strcmp(shape, projection_fingerprint(m->projection, ours)) != 0;
	m->seen = c.position;
	return true;
}

bool
follower_connect(struct follower *f, struct error *err)
{
	struct log_head head;
	bool ok;

	follower_disconnect(f);
	f->pg = project_connect(f->url, "bss project", err);
	f->log = f->pg ? project_connect(f->url, "bss project log", err) : NULL;
	ok = f->log && log_schema_known(f->pg, err) &&
	    pg_exec(f->pg, "SET synchronous_commit = off; SET jit = off; SET client_min_messages = warning", err) &&
	    log_head_read(f->pg, &head, err) && key_ring_check(f->ring, f->pg, err);
	if (ok)
		memcpy(f->log_id, head.log_id, HASH_BYTES);
	for (int i = 0; ok && i < f->n; i++)
		ok = stand(f, &f->models[i], &head, err);
	if (!ok)
		follower_disconnect(f);
	return ok;
}

/* ---- applying a batch ------------------------------------------------------------------------------------------------- */

static void
tell(struct follower *f, const struct followed *m)
{
	if (f->applied)
		f->applied(f->told, m);
}

static void
note_error(struct follower *f, const struct followed *m, int64_t at)
{
	char position[24], sql[160];
	struct error ignored = { 0 };

	snprintf(position, sizeof position, "%lld", (long long)at);
	snprintf(sql, sizeof sql, "UPDATE %s.checkpoint SET error = $2, error_position = $3::bigint WHERE name = $1",
		m->projection->name);
	pg_free(pg_query(f->pg, NULL, sql, 3, (struct pg_param[]){ PG_TEXT(m->projection->name), PG_TEXT(m->why.message),
	    PG_TEXT(position) }, &ignored));
}

static void
stop(struct follower *f, struct followed *m, int64_t at, const struct error *why)
{
	char position[24];

	snprintf(position, sizeof position, "%lld", (long long)at);
	m->why = *why;
	if (strcmp(why->rule, "projection.handler_failed") == 0)
		m->stopped = true;
	else
		m->retry_at = mono_now() + RETRY_EVERY;
	log_err("projection.stopped", "name", m->projection->name, "position", position, "rule", why->rule, "why", why->message);
	note_error(f, m, at);
}

static bool
concerns(const struct followed *m, const struct happened *ev, int n)
{
	for (int i = 0; i < n; i++)
		if (model_wants(m->model, ev[i].shape))
			return true;
	return false;
}

/* what is in is known after this, whatever happened; false: the connection is gone */
static bool
commit_failed(struct follower *f, struct followed *m, const struct checkpoint *c, const struct happened *ev, int64_t stopped_at,
    struct error *err)
{
	if (!pg_alive(f->pg))
		return false;
	if (strcmp(err->rule, "projection.not_found") == 0)
		return create(f, m, err);            /* somebody dropped it: from the beginning */
	if (strcmp(err->rule, "projection.gap") == 0)
		m->seen = c->position;               /* it is further back than thought: read again from there */
	else if (strcmp(err->rule, "projection.replaced") != 0)
		stop(f, m, stopped_at ? stopped_at : ev->log.position, err);
	*err = (struct error){ 0 };
	return true;
}

static bool
give(struct follower *f, struct followed *m, const struct happened *ev, int n, struct error *err)
{
	struct checkpoint c;
	int64_t stopped_at = 0;

	if (!concerns(m, ev, n)) {
		model_idle(m->model, ev[n - 1].log.position, ev[n - 1].log.hash);
		m->seen = ev[n - 1].log.position;
	} else if (model_commit(m->model, f->pg, ev, n, &c, &stopped_at, err)) {
		m->seen = c.position;
	} else if (stopped_at > ev->log.position) {
		int before = 0;                      /* what lies before the event that fails is fine */

		while (ev[before].log.position < stopped_at)
			before++;
		return give(f, m, ev, before, err) && give(f, m, ev + before, n - before, err);
	} else {
		return commit_failed(f, m, &c, ev, stopped_at, err);
	}
	tell(f, m);
	return true;
}

static bool
deliver(struct follower *f, const struct happened *ev, int n, struct error *err)
{
	for (int i = 0; i < f->n; i++) {
		struct followed *m = &f->models[i];
		int known = 0;

		while (known < n && ev[known].log.position <= m->seen)
			known++;
		/* one that is further behind than this batch begins gets its turn when the log is read from there */
		if (known < n && takes_part(m) && ev[known].log.position == m->seen + 1 && !give(f, m, ev + known, n - known, err))
			return false;
	}
	return true;
}

/* ---- from the log -------------------------------------------------------------------------------------------------------- */

static int
read_batch(struct follower *f, int64_t after, struct happened *ev, struct error *err)
{
	struct log_filter next = { .after = after, .limit = BATCH };
	struct keys keys = { f->ring, f->pg };
	struct log_reader *r = log_read(f->log, &next, err);
	struct log_event e;
	int n = 0;

	if (!r)
		return -1;
	while (!err->kind && n < BATCH && log_next(r, &e, err))
		if (happened_read(&e, &keys, f->arena, &ev[n], err))
			n++;
	log_read_end(r);
	return err->kind && n == 0 ? -1 : n;
}

static bool
catch_up_once(struct follower *f, bool *more, struct error *err)
{
	int64_t after = INT64_MAX;
	struct happened *ev;
	int n;

	arena_reset(f->arena);
	for (int i = 0; i < f->n; i++)
		if (takes_part(&f->models[i]) && f->models[i].seen < after)
			after = f->models[i].seen;
	if (after == INT64_MAX)
		after = f->position > 0 ? f->position : 0;
	ev = arena_array(f->arena, struct happened, BATCH);
	n = read_batch(f, after, ev, err);
	*more = n > 0;
	if (n <= 0) {
		if (n == 0 && f->position <= 0) {
			f->position = after;
			if (after == 0)
				memcpy(f->hash, f->log_id, HASH_BYTES);
			else
				return hash_at(f->log, after, f->hash, err);
		}
		return n == 0;
	}
	if (ev[n - 1].log.position > f->position) {
		f->position = ev[n - 1].log.position;
		memcpy(f->hash, ev[n - 1].log.hash, HASH_BYTES);
	}
	struct error unread = *err;                  /* an event that cannot be read stops everybody, after those before it */

	*err = (struct error){ 0 };
	if (!deliver(f, ev, n, err))
		return false;
	*err = unread;
	return !err->kind;
}

bool
follower_catch_up(struct follower *f, struct error *err)
{
	bool more = true;

	*err = (struct error){ 0 };
	while (more)
		if (!catch_up_once(f, &more, err))
			return false;
	for (int i = 0; i < f->n; i++)
		if (takes_part(&f->models[i]))
			tell(f, &f->models[i]);
	return true;
}

/* ---- from the bus --------------------------------------------------------------------------------------------------------- */

/* events that follow on what is known, each on the hash of the one before it */
static int
read_note(struct follower *f, const uint8_t *at, const uint8_t *end, struct happened *ev, int max, bool *gap, struct error *err)
{
	struct keys keys = { f->ring, f->pg };
	struct log_event e;
	uint8_t hash[HASH_BYTES], expected[HASH_BYTES];
	int64_t position = f->position;
	int n = 0;

	memcpy(hash, f->hash, HASH_BYTES);
	while (n < max && event_read(&at, end, f->arena, &e)) {
		if (e.position <= position)
			continue;
		event_hash(hash, &e, expected);
		if (e.position != position + 1 || memcmp(expected, e.hash, HASH_BYTES) != 0) {
			*gap = true;
			return 0;
		}
		if (!happened_read(&e, &keys, f->arena, &ev[n], err))
			return -1;
		position = e.position;
		memcpy(hash, e.hash, HASH_BYTES);
		n++;
	}
	return n;
}

bool
follower_take(struct follower *f, int64_t first, const uint8_t *bytes, size_t size, bool *gap, struct error *err)
{
	int max = (int)(size / 64) + 1, n;
	struct happened *ev;

	*err = (struct error){ 0 };
	*gap = f->position < 0 || first > f->position + 1;
	if (*gap)
		return true;
	arena_reset(f->arena);
	ev = arena_array(f->arena, struct happened, max);
	n = read_note(f, bytes, bytes + size, ev, max, gap, err);
	if (n <= 0)
		return n == 0;
	if (!deliver(f, ev, n, err))
		return false;
	f->position = ev[n - 1].log.position;
	memcpy(f->hash, ev[n - 1].log.hash, HASH_BYTES);
	*gap = follower_position(f) < f->position;
	return true;
}

/* ---- now and then ------------------------------------------------------------------------------------------------------------ */

static bool
look_again(struct follower *f, struct followed *m, struct error *err)
{
	struct checkpoint c;
	char shape[33], ours[33];

	if (!checkpoint_read(f->pg, m->projection->name, m->projection, false, &c, shape, err))
		return err->kind == ERROR_NOT_FOUND;
	if (strcmp(shape, projection_fingerprint(m->projection, ours)) == 0) {
		log_info("projection.rebuilt", "name", m->projection->name);
		m->waits_for_rebuild = false;
		m->seen = c.position;
		model_stand(m->model, &c);
	}
	return true;
}

bool
follower_tidy(struct follower *f, struct error *err)
{
	struct checkpoint c;
	int64_t stopped_at;

	*err = (struct error){ 0 };
	for (int i = 0; i < f->n; i++) {
		struct followed *m = &f->models[i];

		if (m->waits_for_rebuild && !look_again(f, m, err))
			return false;
		if (m->retry_at && mono_now() > m->retry_at)
			m->retry_at = 0;
		if (takes_part(m) && model_is_idle(m->model) && !model_commit(m->model, f->pg, NULL, 0, &c, &stopped_at, err) &&
		    !pg_alive(f->pg))
			return false;
	}
	return true;
}
