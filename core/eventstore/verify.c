/* verify.c -- proves that the log is what was written: each row's hash follows from the one before it, no
 * position is missing, none lies behind the head, and the head agrees with the last row.
 *
 * What it cannot prove is that the whole log was not replaced: for that the head's hash is kept outside the
 * database, once a day. */
#include "core/eventstore/eventstore.h"
#include "core/base/mem.h"
#include <string.h>

#define PROGRESS_EVERY 10000

struct log_proof {
	struct pg *pg;
	struct log_reader *reader;
	struct log_head head;
	uint8_t hash[HASH_BYTES];                    /* of the last row that held */
	int64_t at;                                  /* its position */
	int64_t bad;
	bool done;
};

/* a missing row is reported by its own position, not by its successor's */
static bool
row_holds(struct log_proof *p, const struct log_event *e)
{
	uint8_t hash[HASH_BYTES];
	if (e->position != p->at + 1 || e->version < 1 || e->type < 0)
		return false;
	event_hash(p->hash, e, hash);
	if (!same_bytes(hash, e->hash, HASH_BYTES))
		return false;
	memcpy(p->hash, hash, HASH_BYTES);
	p->at = e->position;
	return true;
}

/* rows that are no part of the chain: one statement, so that a commit cannot come in between */
static bool
strays(struct log_proof *p, struct error *err)
{
	struct pg_result *r = pg_query(p->pg, "log_strays",
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
conclude(struct log_proof *p, struct error *err)
{
	log_read_end(p->reader);
	p->reader = NULL;
	p->done = true;
	if (!p->bad && p->at != p->head.position)
		p->bad = p->at + 1;
	if (!p->bad && !same_bytes(p->hash, p->head.hash, HASH_BYTES))
		p->bad = p->head.position ? p->head.position : 1;
	return p->bad || strays(p, err);
}

struct log_proof *
log_proof_open(struct pg *pg, struct error *err)
{
	struct log_proof *p = mem_new(sizeof *p);
	p->pg = pg;
	if (log_head_read(pg, &p->head, err)) {
		memcpy(p->hash, p->head.log_id, HASH_BYTES);
		if (p->head.position == 0 ||
		    (p->reader = log_read(pg, &(struct log_filter){ .upto = p->head.position }, err)))
			return p;
	}
	mem_drop(p);
	return NULL;
}

bool
log_proof_step(struct log_proof *p, int rows, bool *done, struct error *err)
{
	struct log_event e;
	bool more = p->reader != NULL;
	while (more && !p->bad && rows-- > 0) {
		more = log_next(p->reader, &e, err);
		if (!more && err->kind)
			return false;
		if (more && !row_holds(p, &e))
			p->bad = p->at + 1;
	}
	if (!p->done && (!more || p->bad) && !conclude(p, err))
		return false;
	*done = p->done;
	return true;
}

int64_t
log_proof_at(const struct log_proof *p)
{
	return p->at;
}

int64_t
log_proof_bad(const struct log_proof *p)
{
	return p->bad;
}

const struct log_head *
log_proof_head(const struct log_proof *p)
{
	return &p->head;
}

void
log_proof_close(struct log_proof *p)
{
	if (!p)
		return;
	log_read_end(p->reader);
	mem_drop(p);
}

bool
log_verify(struct pg *pg, int64_t *checked, int64_t *bad, void (*progress)(int64_t, int64_t, void *),
    void *data, struct error *err)
{
	struct log_proof *p = log_proof_open(pg, err);
	bool done = false, ok = p != NULL;
	while (ok && !done) {
		ok = log_proof_step(p, PROGRESS_EVERY, &done, err);
		if (ok && !done && progress)
			progress(p->at, p->head.position, data);
	}
	*checked = p ? p->at : 0;
	*bad = p ? p->bad : 0;
	log_proof_close(p);
	return ok;
}
