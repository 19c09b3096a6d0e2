/* commit.c -- a batch of events into a read schema, exactly once.
 *
 * The checkpoint row is locked first and says what is in; what is behind it is applied, flushed and the checkpoint
 * moved, in one transaction.  So a projector may be killed at any instruction, or run twice, and nothing is lost or
 * doubled.  A rebuild swaps schemas by renaming while it holds the same lock: after waiting for a lock the catalog is
 * asked whose name it is, because the locked row may lie in the schema that has just been replaced. */
#include <stdio.h>
#include <string.h>
#include "core/base/fault.h"
#include "core/base/must.h"
#include "projections/model.h"

#define TRIES 5

/* one transaction ends in a rollback whatever the server thinks of it */
static bool
give_up(struct model *m, struct pg *pg)
{
	struct error ignored = { 0 };

	pg_exec(pg, "ROLLBACK", &ignored);
	model_forget(m);
	return false;
}

static bool
lock_checkpoint(struct model *m, struct pg *pg, struct checkpoint *c, struct error *err)
{
	for (int i = 0; i < TRIES; i++) {
		bool in_place;

		if (!pg_exec(pg, "BEGIN", err) || !checkpoint_read(pg, m->schema, m->projection, true, c, NULL, err) ||
		    !checkpoint_in_place(pg, m->schema, c, &in_place, err))
			return give_up(m, pg);
		if (in_place)
			return true;
		give_up(m, pg);
	}
	return error_set(err, ERROR_UNAVAILABLE, "projection.replaced", "The read model %s is being replaced", m->schema);
}

bool
move_checkpoint(struct model *m, struct pg *pg, const struct checkpoint *c, struct error *err)
{
	char position[24], hash[65], name[96], sql[256];
	struct pg_result *r;

	snprintf(position, sizeof position, "%lld", (long long)c->position);
	snprintf(name, sizeof name, "move_%s", m->schema);
	snprintf(sql, sizeof sql, "UPDATE %s.checkpoint SET position = $2::bigint, hash = decode($3, 'hex'), error = NULL,"
	    " error_position = NULL, updated_at = clock_timestamp() WHERE name = $1", m->schema);
	r = pg_query(pg, name, sql, 3, (struct pg_param[]){ PG_TEXT(m->projection->name), PG_TEXT(position),
	    PG_TEXT(hash_hex(c->hash, hash)) }, err);
	must(!r || pg_affected(r) == 1);
	pg_free(r);
	return r != NULL;
}

static bool
same_checkpoint(const struct checkpoint *a, const struct checkpoint *b)
{
	return a->position == b->position && a->generation == b->generation && memcmp(a->hash, b->hash, HASH_BYTES) == 0;
}

void
model_idle(struct model *m, int64_t position, const uint8_t hash[HASH_BYTES])
{
	m->idle.position = position;
	memcpy(m->idle.hash, hash, HASH_BYTES);
}

void
model_stand(struct model *m, const struct checkpoint *c)
{
	model_forget(m);
	m->based_on = *c;
}

bool
model_is_idle(const struct model *m)
{
	return m->idle.position > 0;
}

/* what does not concern the model does not concern one that was rebuilt from the same log and put in its place either */
static bool
idle_still_holds(const struct model *m, const struct checkpoint *c)
{
	return m->based_on.position >= 0 && c->position >= m->based_on.position &&
	    memcmp(c->log_id, m->based_on.log_id, HASH_BYTES) == 0;
}

/* what the cache holds is what the database holds, or it goes; idle events behind the checkpoint count as in */
static void
catch_up_in_memory(struct model *m, struct checkpoint *c)
{
	struct checkpoint idle = m->idle;

	if (!same_checkpoint(c, &m->based_on)) {
		if (!idle_still_holds(m, c))
			idle.position = -1;
		model_stand(m, c);
	}
	if (idle.position > c->position) {
		c->position = idle.position;
		memcpy(c->hash, idle.hash, HASH_BYTES);
	}
}

/* how many events of the batch are in already; -1: some between are missing */
static int
known(const struct checkpoint *c, const struct happened *ev, int n)
{
	int i = 0;

	while (i < n && ev[i].log.position <= c->position)
		i++;
	return i < n && ev[i].log.position != c->position + 1 ? -1 : i;
}

static bool
apply_behind(struct model *m, struct pg *pg, const struct happened *ev, int n, struct checkpoint *c, int64_t *stopped_at,
    struct error *err)
{
	m->pg = pg;
	if (!model_prefetch(m, ev, n, ev->arena, err) || !model_run(m, ev, n, stopped_at, err))
		return false;
	fault_kill(FAULT_project_dies_unflushed);
	if (!model_flush(m, pg, err))
		return false;
	c->position = ev[n - 1].log.position;
	memcpy(c->hash, ev[n - 1].log.hash, HASH_BYTES);
	return move_checkpoint(m, pg, c, err);
}

bool
model_commit(struct model *m, struct pg *pg, const struct happened *ev, int n, struct checkpoint *c, int64_t *stopped_at,
    struct error *err)
{
	int skip;

	must(!m->memory && !m->bulk);
	*stopped_at = 0;
	if (!lock_checkpoint(m, pg, c, err))
		return false;
	catch_up_in_memory(m, c);
	skip = known(c, ev, n);
	if (skip < 0) {
		pg_exec(pg, "ROLLBACK", err);            /* the cache stays: it stands where the checkpoint does */
		return error_set(err, ERROR_UNAVAILABLE, "projection.gap", "%s is at %lld, the events begin at %lld", m->schema,
		    (long long)c->position, (long long)ev->log.position);
	}
	if (skip == n && m->based_on.position >= 0 && c->position > m->based_on.position &&
	    !move_checkpoint(m, pg, c, err))
		return give_up(m, pg);
	if (skip < n && !apply_behind(m, pg, ev + skip, n - skip, c, stopped_at, err))
		return give_up(m, pg);
	fault_kill(FAULT_project_dies_flushed);
	if (fault(FAULT_project_loses_session))
		pg_exec(pg, "SELECT pg_terminate_backend(pg_backend_pid())", err);
	if (!pg_exec(pg, "COMMIT", err))
		return give_up(m, pg);
	fault_kill(FAULT_project_dies_committed);
	model_settle(m);
	m->based_on = *c;
	m->idle.position = -1;
	return true;
}
