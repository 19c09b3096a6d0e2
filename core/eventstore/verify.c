/* verify.c -- proves that the log is what was written: each row's hash follows from the one before it, no
 * position is missing, none lies behind the head, and the head agrees with the last row.
 *
 * What it cannot prove is that the whole log was not replaced: for that the head's hash is kept outside the
 * database, once a day. */
#include "core/eventstore/eventstore.h"
#include <string.h>

#define PROGRESS_EVERY 10000

struct proof {
	struct log_head head;
	uint8_t hash[HASH_BYTES];                    /* of the last row that held */
	int64_t at;                                  /* its position */
	int64_t bad;
	void (*progress)(int64_t at, int64_t of, void *);
	void *data;
};

/* a missing row is reported by its own position, not by its successor's */
static bool
row_holds(struct proof *p, const struct log_event *e)
{
	uint8_t hash[HASH_BYTES];
	if (e->position != p->at + 1 || e->version < 1 || e->type < 0)
		return false;
	event_hash(p->hash, e, hash);
	if (!same_bytes(hash, e->hash, HASH_BYTES))
		return false;
	memcpy(p->hash, hash, HASH_BYTES);
	p->at = e->position;
	if (p->progress && p->at % PROGRESS_EVERY == 0)
		p->progress(p->at, p->head.position, p->data);
	return true;
}

static bool
walk(struct pg *pg, struct proof *p, struct error *err)
{
	struct log_event e;
	struct log_reader *r = log_read(pg, &(struct log_filter){ .upto = p->head.position }, err);
	if (!r)
		return false;
	while (!p->bad && log_next(r, &e, err))
		if (!row_holds(p, &e))
			p->bad = p->at + 1;
	log_read_end(r);
	return p->bad || err->kind == ERROR_NONE;
}

/* rows that are no part of the chain: one statement, so that a commit cannot come in between */
static bool
strays(struct pg *pg, struct proof *p, struct error *err)
{
	struct pg_result *r = pg_query(pg, "log_strays",
	    "SELECT coalesce(min(position), 0) FROM log.event"
	    " WHERE position > (SELECT position FROM log.head)",
	    0, NULL, err);
	if (!r)
		return false;
	p->bad = pg_int(r, 0, 0);
	pg_free(r);
	return true;
}

static bool
prove(struct pg *pg, struct proof *p, struct error *err)
{
	if (p->head.position > 0 && !walk(pg, p, err))
		return false;
	if (!p->bad && p->at != p->head.position)
		p->bad = p->at + 1;
	if (!p->bad && !same_bytes(p->hash, p->head.hash, HASH_BYTES))
		p->bad = p->head.position ? p->head.position : 1;
	return p->bad || strays(pg, p, err);
}

bool
log_verify(struct pg *pg, int64_t *checked, int64_t *bad, void (*progress)(int64_t, int64_t, void *),
    void *data, struct error *err)
{
	struct proof p = { .progress = progress, .data = data };
	if (!log_head_read(pg, &p.head, err))
		return false;
	memcpy(p.hash, p.head.log_id, HASH_BYTES);
	bool ok = prove(pg, &p, err);
	*checked = p.at;
	*bad = p.bad;
	return ok;
}
