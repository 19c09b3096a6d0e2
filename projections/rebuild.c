/* rebuild.c -- read models made again from the first event, beside the live ones, and swapped in while writes go on.
 *
 *   1. the log is read once, by all that are rebuilt, into NAME__rebuild (bulk.c)
 *   2. what came meanwhile is applied to NAME__rebuild, batch by batch
 *   3. the live checkpoint is locked, NAME__rebuild is brought to at least its position, and the names are swapped
 *
 * The live projector waits at 3 for its own lock, finds another generation and goes on from the checkpoint it finds;
 * readers see the old rows until the commit and the new ones after it. */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/must.h"
#include "projections/follow.h"

#define BULK_BATCH 400
#define BATCH 2000
#define BULK_BYTES ((size_t)1 << 30)          /* past this much in memory a read model goes on like a live one */
#define PATIENCE (2 * SECOND)
#define NEAR 2000                             /* events: so few are applied under the lock */

struct rebuilt {
	const struct projection *projection;
	struct model *model;
	char schema[96];
	struct pg *pg;
	struct checkpoint at;
};
struct rebuilding {
	struct pg *log, *keys_pg, *lock;
	struct key_ring *ring;
	struct arena *arena;
	struct rebuilt *models; int n;
	const struct rebuild_progress *progress;
	int64_t started, told_at;
};

static void
progress(struct rebuilding *b, const char *name, int64_t at, int64_t of, bool always)
{
	int64_t now = mono_now();

	if (!b->progress || (!always && now - b->told_at < SECOND))
		return;
	b->told_at = now;
	b->progress->told(name, at, of, (double)at * 1e6 / (double)(now - b->started + 1));
}

/* ---- 1: the log, once, for all -------------------------------------------------------------------------------------- */

/* one rebuild of a read model at a time; one that has just ended may hold its lock until its session has ended, too */
static bool
alone(struct rebuilt *r, struct error *err)
{
	char sql[160];

	snprintf(sql, sizeof sql, "SELECT pg_try_advisory_lock(hashtext('bss rebuild'), hashtext('%s'))::int", r->projection->name);
	for (int64_t until = mono_now() + PATIENCE;; sleep_for(SECOND / 50)) {
		struct pg_result *lock = pg_query(r->pg, NULL, sql, 0, NULL, err);
		bool got = lock && pg_int(lock, 0, 0) == 1;

		pg_free(lock);
		if (got || err->kind)
			return got;
		if (mono_now() > until)
			return error_set(err, ERROR_CONFLICT, "projection.rebuild.running", "%s is being rebuilt already",
				r->projection->name);
	}
}

static bool
begin(struct rebuilt *r, const char *url, const struct log_head *head, struct error *err)
{
	struct checkpoint c = { .generation = wall_now() };

	memcpy(c.log_id, head->log_id, HASH_BYTES);
	memcpy(c.hash, head->log_id, HASH_BYTES);
	r->at = c;
	snprintf(r->schema, sizeof r->schema, "%s__rebuild", r->projection->name);
	r->model = model_on(r->projection, r->schema, true);
	if (!(r->pg = project_connect(url, "bss project rebuild", err)))
		return false;
	if (!alone(r, err))
		return false;
	return !err->kind && pg_exec(r->pg, "SET synchronous_commit = off; SET jit = off; SET client_min_messages = warning;"
	    " SET maintenance_work_mem = '256MB'", err) && model_bulk_begin(r->model, r->pg, &c, err);
}

static void
stand_at(struct rebuilt *r, const struct happened *last)
{
	r->at.position = last->log.position;
	memcpy(r->at.hash, last->log.hash, HASH_BYTES);
}

static bool
feed(struct rebuilt *r, const struct happened *ev, int n, struct error *err)
{
	int64_t stopped_at = 0;

	if (!model_is_bulk(r->model))
		return model_commit(r->model, r->pg, ev, n, &r->at, &stopped_at, err);
	if (!model_bulk_apply(r->model, r->pg, ev, n, &stopped_at, err))
		return false;
	stand_at(r, &ev[n - 1]);
	return model_bytes(r->model) < BULK_BYTES || model_bulk_end(r->model, r->pg, &r->at, err);
}

static bool
feed_all(struct rebuilding *b, const struct happened *ev, int n, struct error *err)
{
	for (int i = 0; n && i < b->n; i++)
		if (!feed(&b->models[i], ev, n, err))
			return false;
	return true;
}

static bool
read_whole_log(struct rebuilding *b, int64_t upto, struct error *err)
{
	struct keys keys = { b->ring, b->keys_pg };
	struct log_filter all = { .upto = upto };
	struct log_reader *r = upto ? log_read(b->log, &all, err) : NULL;
	struct happened *ev = arena_array(b->arena, struct happened, BULK_BATCH);
	struct arena *batch = arena_new();
	struct log_event e;
	bool ok = r || !upto;
	int n = 0;

	while (ok && r && log_next(r, &e, err)) {
		ok = happened_read(&e, &keys, batch, &ev[n], err);
		n += ok;
		if (ok && n == BULK_BATCH) {
			ok = feed_all(b, ev, n, err);
			progress(b, "reading", e.position, upto, false);
			arena_reset(batch);
			n = 0;
		}
	}
	ok = ok && !err->kind && feed_all(b, ev, n, err);
	if (r)
		log_read_end(r);
	arena_free(batch);
	return ok;
}

/* ---- 2: what came meanwhile ------------------------------------------------------------------------------------------- */

static bool
catch_up_batch(struct rebuilding *b, struct rebuilt *r, int64_t upto, int *n, struct error *err)
{
	struct keys keys = { b->ring, b->keys_pg };
	struct log_filter next = { .after = r->at.position, .upto = upto, .limit = BATCH };
	struct log_reader *reader = log_read(b->log, &next, err);
	struct happened *ev = arena_array(b->arena, struct happened, BATCH);
	struct log_event e;
	bool ok = reader != NULL;
	int64_t stopped_at;

	*n = 0;
	while (ok && *n < BATCH && log_next(reader, &e, err)) {
		ok = happened_read(&e, &keys, b->arena, &ev[*n], err);
		*n += ok;
	}
	if (reader)
		log_read_end(reader);
	return ok && !err->kind && (*n == 0 || model_commit(r->model, r->pg, ev, *n, &r->at, &stopped_at, err));
}

static bool
catch_up(struct rebuilding *b, struct rebuilt *r, int64_t upto, struct error *err)
{
	int n = 1;

	while (n > 0 && r->at.position < upto) {
		arena_reset(b->arena);
		if (!catch_up_batch(b, r, upto, &n, err))
			return false;
		progress(b, r->projection->name, r->at.position, upto, false);
	}
	return true;
}

/* ---- 3: the swap ----------------------------------------------------------------------------------------------------------- */

static bool
compare(struct rebuilding *b, struct rebuilt *r, int64_t live_position, struct buf *report, struct error *err)
{
	char *rebuilt_digest, *live_digest;

	if (!model_digest(r->projection, r->schema, r->pg, b->arena, &rebuilt_digest, err) ||
	    !model_digest(r->projection, r->projection->name, b->lock, b->arena, &live_digest, err))
		return false;
	if (strcmp(rebuilt_digest, live_digest) == 0) {
		buf_printf(report, "%s: rebuilt and live are the same at %lld (%s)\n", r->projection->name,
			(long long)live_position,
		    live_digest);
		return true;
	}
	buf_printf(report, "%s: DIFFERENT at %lld\n  rebuilt %s\n  live    %s\n", r->projection->name, (long long)live_position,
	    rebuilt_digest, live_digest);
	error_set(err, ERROR_CONFLICT, "projection.verify.different", "The live read model %s is not what the log says",
	    r->projection->name);
	return error_hint(err, "Rebuild it without --verify; the live one was left as it is, %s lies beside it", r->schema);
}

static bool
rename_schemas(struct rebuilding *b, struct rebuilt *r, bool live, struct error *err)
{
	const char *name = r->projection->name;
	char sql[512], old[128];

	snprintf(old, sizeof old, "%s__old", name);
	snprintf(sql, sizeof sql, "DROP SCHEMA IF EXISTS %s CASCADE", old);
	if (live && !pg_exec(r->pg, sql, err))
		return false;
	if (live) {
		snprintf(sql, sizeof sql, "ALTER SCHEMA %s RENAME TO %s", name, old);
		if (!pg_exec(b->lock, sql, err))
			return false;
	}
	snprintf(sql, sizeof sql, "ALTER SCHEMA %s RENAME TO %s", r->schema, name);
	if (!pg_exec(b->lock, sql, err))
		return false;
	fault_kill(FAULT_rebuild_dies_renamed);
	if (!pg_exec(b->lock, "COMMIT", err))
		return false;
	fault_kill(FAULT_rebuild_dies_swapped);
	snprintf(sql, sizeof sql, "DROP SCHEMA IF EXISTS %s CASCADE", old);
	return !live || pg_exec(r->pg, sql, err);
}

/* the checkpoint under its present name, locked (see commit.c) */
static bool
lock_live(struct rebuilding *b, struct rebuilt *r, struct checkpoint *live, bool *there, struct error *err)
{
	if (!pg_exec(b->lock, "BEGIN", err))
		return false;
	*there = checkpoint_read(b->lock, r->projection->name, r->projection, true, live, NULL, err);
	if (*there)
		return true;
	if (err->kind != ERROR_NOT_FOUND)
		return false;
	*err = (struct error){ 0 };
	return pg_exec(b->lock, "ROLLBACK", err) && pg_exec(b->lock, "BEGIN", err);
}

static bool
same_log(const struct checkpoint *a, const struct checkpoint *b)
{
	return memcmp(a->log_id, b->log_id, HASH_BYTES) == 0;
}

static bool
swap(struct rebuilding *b, struct rebuilt *r, bool verify, struct buf *report, struct error *err)
{
	struct checkpoint live = { 0 }, mine;
	bool there, comparable;

	if (!lock_live(b, r, &live, &there, err))
		return false;
	comparable = there && same_log(&live, &r->at);
	if (comparable && !catch_up(b, r, live.position, err))
		return false;
	if (comparable && verify && r->at.position == live.position && !compare(b, r, live.position, report, err))
		return false;
	if (verify && !(comparable && r->at.position == live.position))
		buf_printf(report, "%s: nothing to compare with\n", r->projection->name);
	return checkpoint_read(b->lock, r->schema, r->projection, true, &mine, NULL, err) && rename_schemas(b, r, there, err);
}

static bool
finish(struct rebuilding *b, struct rebuilt *r, bool verify, struct buf *report, struct error *err)
{
	struct checkpoint live;
	struct log_head head;

	if (model_is_bulk(r->model) && !model_bulk_end(r->model, r->pg, &r->at, err))
		return false;
	/* near enough that little is left to do under the lock; to verify, never past the live one */
	for (int64_t upto = 0, before = -1; upto - before > NEAR; before = r->at.position) {
		if (!log_head_read(b->keys_pg, &head, err))
			return false;
		upto = head.position;
		if (verify && checkpoint_read(b->lock, r->projection->name, r->projection, false, &live, NULL, err) &&
		    live.position < upto)
			upto = live.position;
		*err = (struct error){ 0 };
		before = r->at.position;
		if (!catch_up(b, r, upto, err))
			return false;
	}
	fault_kill(FAULT_rebuild_dies_loaded);
	if (!swap(b, r, verify, report, err)) {
		struct error ignored;

		pg_exec(b->lock, "ROLLBACK", &ignored);
		return false;
	}
	progress(b, r->projection->name, r->at.position, r->at.position, true);
	return true;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* how far the bulk may read: to verify, not past the slowest live one */
static bool
upto_of(struct rebuilding *b, bool verify, const struct log_head *head, int64_t *upto, struct error *err)
{
	*upto = head->position;
	for (int i = 0; verify && i < b->n; i++) {
		struct checkpoint live;

		if (checkpoint_read(b->lock, b->models[i].projection->name, b->models[i].projection, false, &live, NULL, err)) {
			if (live.position < *upto)
				*upto = live.position;
		} else if (err->kind != ERROR_NOT_FOUND) {
			return false;
		}
		*err = (struct error){ 0 };
	}
	return true;
}

static bool
connect_all(struct rebuilding *b, const char *url, struct error *err)
{
	return (b->log = project_connect(url, "bss project rebuild log", err)) &&
	    (b->keys_pg = project_connect(url, "bss project rebuild keys", err)) &&
	    (b->lock = project_connect(url, "bss project rebuild lock", err)) &&
	    pg_exec(b->lock, "SET synchronous_commit = off", err);
}

static bool
rebuild_all(struct rebuilding *b, const char *url, bool verify, struct buf *report, struct error *err)
{
	struct log_head head;
	int64_t upto;
	bool ok = connect_all(b, url, err) && log_schema_known(b->keys_pg, err) &&
	    log_head_read(b->keys_pg, &head, err) && key_ring_check(b->ring, b->keys_pg, err) &&
	    upto_of(b, verify, &head, &upto, err);

	for (int i = 0; ok && i < b->n; i++)
		ok = begin(&b->models[i], url, &head, err);
	ok = ok && read_whole_log(b, upto, err);
	if (ok)
		progress(b, "read", upto, upto, true);
	for (int i = 0; ok && i < b->n; i++)
		ok = finish(b, &b->models[i], verify, report, err);
	return ok;
}

bool
rebuild(const char *url, const uint8_t master[KEY_BYTES], const struct projection *const *which, int n, bool verify,
    const struct rebuild_progress *told, struct buf *report, struct error *err)
{
	struct arena *own = arena_new();
	struct rebuilding b = { .ring = key_ring_new(master), .arena = arena_new(),
		.models = arena_array(own, struct rebuilt, n), .n = n,
		.progress = told, .started = mono_now() };
	bool ok;

	*err = (struct error){ 0 };
	for (int i = 0; i < n; i++)
		b.models[i].projection = which[i];
	ok = rebuild_all(&b, url, verify, report, err);
	for (int i = 0; i < n; i++) {
		model_free(b.models[i].model);
		pg_close(b.models[i].pg);
	}
	pg_close(b.log);
	pg_close(b.keys_pg);
	pg_close(b.lock);
	key_ring_free(b.ring);
	arena_free(b.arena);
	arena_free(own);
	return ok;
}
