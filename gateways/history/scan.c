/* scan.c -- events that fit, in log order, as many as asked for and as far as the budget reaches.
 *
 * The database filters what is a column; who, through what and of which command lie in the body and are
 * filtered here. A scan goes in chunks that grow: the first is about as large as the answer, so that the
 * usual question reads little, and between two of them the clock is looked at.  Rows of a stream or a subject
 * have an index: there a chunk is a number of rows, elsewhere a range of positions. */
#include "gateways/history/history.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/pg.h"

#define CHUNK_MAX 50000

struct window {
	int64_t low, high, width;
	bool sparse;
};

bool
question_over(const struct question *q)
{
	return mono_now() >= q->enough;
}

int
told_compare(const void *a, const void *b)
{
	int64_t x = ((const struct told *)a)->log.position, y = ((const struct told *)b)->log.position;

	return (x > y) - (x < y);
}

static bool
same(const char *wanted, const char *is)
{
	return !wanted || (is && strcmp(wanted, is) == 0);
}

static bool
fits(const struct question *q, const struct wanted *w, const struct told *t)
{
	bool related = w->n_correlations == 0;

	if (strcmp(t->tenant, q->tenant) != 0 || !same(w->actor, t->env.actor) ||
	    !same(w->channel, t->env.channel) || !same(w->identity, t->env.identity))
		return false;
	for (int i = 0; i < w->n_correlations && !related; i++)
		related = strcmp(w->correlations[i], t->env.correlation) == 0;
	return related;
}

static struct told *
place(struct question *q, struct told_list *l)
{
	if (l->n == l->cap) {
		struct told *wider = arena_array(q->arena, struct told, l->cap * 2 + 16);

		if (l->n)
			memcpy(wider, l->v, sizeof *wider * (size_t)l->n);
		l->v = wider;
		l->cap = l->cap * 2 + 16;
	}
	return &l->v[l->n];
}

static void
open_chunk(const struct window *w, const struct wanted *want, struct log_filter *f)
{
	*f = want->filter;
	f->after = w->low;
	f->upto = w->high;
	if (w->sparse)
		f->limit = w->width;
	else if (f->newest_first && w->high - w->low > w->width)
		f->after = w->high - w->width;
	else if (!f->newest_first && w->high - w->low > w->width)
		f->upto = w->low + w->width;
}

/* all before `position` (or, newest first, behind it) has been looked at */
static void
move(struct window *w, bool newest_first, int64_t position)
{
	if (newest_first)
		w->high = position - 1;
	else
		w->low = position;
}

static void
chunk_done(struct window *w, const struct log_filter *f, int64_t rows)
{
	if (w->sparse && rows < w->width)
		w->low = w->high;
	else if (!w->sparse && f->newest_first)
		w->high = f->after;
	else if (!w->sparse)
		w->low = f->upto;
	w->width = w->width * 2 < CHUNK_MAX ? w->width * 2 : CHUNK_MAX;
}

static bool
keep(struct question *q, const struct log_event *e, struct told_list *l, struct error *err)
{
	struct told *t = place(q, l);
	bool ok = told_envelope(e, q->arena, t, err) && told_payload(q, e, t, err);

	l->n += ok;
	return ok;
}

static bool
scan_chunk(struct question *q, const struct wanted *want, struct window *w, struct told_list *l,
	   struct error *err)
{
	struct log_filter f;
	struct log_event e;
	struct log_reader *r;
	int64_t rows = 0;
	bool ok = true, full = false;

	open_chunk(w, want, &f);
	r = log_read(q->h->pg, &f, err);
	while (ok && r && !full && log_next(r, &e, err)) {
		struct told t;

		rows++;
		move(w, f.newest_first, e.position);
		ok = told_envelope(&e, q->scratch, &t, err);
		if (ok && fits(q, want, &t)) {
			ok = keep(q, &e, l, err);
			full = l->n == want->limit;
		}
	}
	log_read_end(r);
	arena_reset(q->scratch);
	if (!r || !ok || (!full && err->kind))
		return false;
	if (!full)
		chunk_done(w, &f, rows);
	return true;
}

bool
scan(struct question *q, const struct wanted *want, struct told_list *l, int64_t *reached, struct error *err)
{
	const struct log_filter *f = &want->filter;
	int64_t end = f->upto && f->upto < q->head.position ? f->upto : q->head.position;
	struct window w = { .low = f->after,
			    .high = end,
			    .sparse = f->stream || f->subject,
			    .width = want->limit < 64 ? 64 : want->limit };

	while (!want->nothing && w.low < w.high && l->n < want->limit && !question_over(q))
		if (!scan_chunk(q, want, &w, l, err))
			return false;
	if (want->nothing)
		w.low = w.high;
	*reached = f->newest_first ? (w.low >= w.high ? f->after : w.high) : w.low;
	return true;
}

/* ---- streams by id ---------------------------------------------------------------------------------- */

static const char *
stream_of(struct question *q, int aggregate, const char *id)
{
	if (strcmp(q->tenant, "DEFAULT") == 0)
		return arena_printf(q->arena, "%s/%s", aggregate_name(aggregate), id);
	return arena_printf(q->arena, "@%s/%s/%s", q->tenant, aggregate_name(aggregate), id);
}

bool
streams_called(struct question *q, int aggregate, const char *id, const char ***streams, int *n,
	       struct error *err)
{
	struct pg_array candidates = { 0 };
	struct pg_param p;
	struct pg_result *r;

	pg_array_start(&candidates, PG_TEXT_OID);
	for (int i = 0; i < AGGREGATE_COUNT; i++)
		if (aggregate < 0 || i == aggregate) {
			const char *name = stream_of(q, i, id);

			pg_array_bytes(&candidates, name, strlen(name));
		}
	p = pg_array_param(&candidates);
	r = pg_query(q->h->pg, "history_streams",
		     "SELECT stream FROM log.event WHERE stream = ANY ($1) AND version = 1 ORDER BY position",
		     1, &p, err);
	pg_array_free(&candidates);
	*n = 0;
	if (!r)
		return false;
	*streams = arena_array(q->arena, const char *, pg_rows(r) + 1);
	for (int i = 0; i < pg_rows(r); i++)
		(*streams)[(*n)++] = arena_strdup(q->arena, pg_value(r, i, 0));
	pg_free(r);
	return true;
}
