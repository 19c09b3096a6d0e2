/* as_of.c -- time travel: an ordinary query, answered as of a position or an instant.
 *
 * The read models' own handlers run over the events up to then, in memory, and the same query is asked of
 * what they make.  What belongs to a customer needs the customer's events only (an index); pools and the
 * catalogue are made of everybody's, and so is a list over all customers.  An instant is one of business
 * time. */
#include "gateways/history/history.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "projections/query.h"
#include "projections/store.h"

#define WINDOW 50000
#define BATCH 500

struct journey {
	struct question *q;
	const struct query *query;
	struct memory_models *models;
	int64_t upto, until, now; /* until 0: by position */
	struct happened *batch;
	int n;
	struct arena *arena; /* of the batch */
};

/* ---- when ----------------------------------------------------------------------------------- */

static bool
position_of(const char *text, int64_t *out)
{
	char *end;
	size_t n = strlen(text);

	if (n == 0 || n > 18 || strspn(text, "0123456789") != n)
		return false;
	*out = strtoll(text, &end, 10);
	return true;
}

static bool
first_row(struct question *q, const struct log_filter *f, struct log_event *e, bool *found, struct error *err)
{
	struct log_reader *r = log_read(q->h->pg, f, err);

	*found = r && log_next(r, e, err);
	if (*found)
		e->subject = arena_strdup(q->arena, e->subject);
	log_read_end(r);
	return r && !err->kind;
}

/* an instant, or a position, whose instant is that of its event: "on sale now" was meant then */
static bool
when(struct journey *j, struct error *err)
{
	struct question *q = j->q;
	struct log_event e;
	bool found = false;

	if (!position_of(q->as_of, &j->upto)) {
		j->upto = q->head.position;
		if (time_parse(q->as_of, &j->until) && j->until) {
			j->now = j->until;
			return true;
		}
		error_set(err, ERROR_INVALID, "as_of.invalid", "%.60s is neither a position nor a time",
			  q->as_of);
		return error_hint(err, "Say 4711, 2026-02-15 or 2026-02-15T09:00:00Z.");
	}
	j->upto = j->upto < q->head.position ? j->upto : q->head.position;
	if (j->upto > 0 &&
	    !first_row(q, &(struct log_filter){ .after = j->upto - 1, .upto = j->upto, .limit = 1 }, &e,
		       &found, err))
		return false;
	j->now = found ? e.occurred_at : wall_now();
	return true;
}

/* ---- whose ---------------------------------------------------------------------------------- */

static bool
is_pool(const struct projection *p)
{
	return strcmp(p->name, "catalog") == 0 || strcmp(p->name, "inventory") == 0;
}

/* the subject of the first event of a stream; of a number, which changes hands, of its last one by then */
static bool
subject_of_stream(struct journey *j, const char *stream, bool latest, const char **subject, struct error *err)
{
	struct log_filter f = {
		.stream = stream, .upto = j->upto, .until = j->until, .newest_first = latest, .limit = 1
	};
	struct log_event e;
	bool found;

	if (!j->upto)
		return true;
	if (!first_row(j->q, &f, &e, &found, err))
		return false;
	if (found && e.subject)
		*subject = e.subject;
	return true;
}

static bool
subject_of(struct journey *j, const char **subject, struct error *err)
{
	struct question *q = j->q;

	*subject = NULL;
	FOR_EACH_FIELD(f, q->op)
	{
		const char *id = f->kind == FIELD_ID ? field_text(f, q->args) : NULL;
		const char **streams;
		int n;

		if (!id || !*id)
			continue;
		if (strcmp(f->name, "customer_id") == 0) {
			*subject = id;
			return true;
		}
		if (!streams_called(q, -1, id, &streams, &n, err))
			return false;
		for (int i = 0; i < n && !*subject; i++)
			if (!subject_of_stream(j, streams[i], strcmp(f->name, "msisdn") == 0, subject, err))
				return false;
	}
	return true;
}

/* ---- what: the types that the models of the query have handlers for ------------------------- */

static bool
handles(const struct projection *p, const struct shape *event)
{
	for (const struct handler *h = p->handlers; h->event || h->table || h->apply; h++)
		if (!h->event || h->event == event)
			return true;
	return false;
}

static bool
reads(const struct query *query, const struct projection *p)
{
	size_t n = strlen(p->name);

	for (const char *at = query->reads; (at = strstr(at, p->name)); at += n)
		if ((at == query->reads || at[-1] == ' ') && (at[n] == 0 || at[n] == ' '))
			return true;
	return false;
}

/* types of the pools among the models, or of the others; each type once, a pool's first */
static int
types_of(const struct journey *j, bool pools, int *types)
{
	int n = 0;

	for (const struct shape *const *s = event_shapes; *s; s++) {
		bool pool = false, other = false;

		for (const struct projection *const *p = projections; *p; p++)
			if (reads(j->query, *p) && handles(*p, *s))
				*(is_pool(*p) ? &pool : &other) = true;
		if (pools ? pool : other && !pool)
			types[n++] = (*s)->code;
	}
	return n;
}

/* ---- the way there -------------------------------------------------------------------------- */

static bool
arrive(struct journey *j, struct error *err)
{
	bool ok = j->n == 0 || memory_models_apply(j->models, j->batch, j->n, err);

	j->n = 0;
	arena_reset(j->arena);
	return ok;
}

static bool
of_tenant(const struct question *q, const char *stream)
{
	size_t n = strlen(q->tenant);

	if (stream[0] != '@')
		return strcmp(q->tenant, "DEFAULT") == 0;
	return strncmp(stream + 1, q->tenant, n) == 0 && stream[1 + n] == '/';
}

static bool
pass(struct journey *j, const struct log_event *e, struct error *err)
{
	struct question *q = j->q;
	struct keys keys = { q->keys, q->h->side };

	if (!of_tenant(q, e->stream))
		return true;
	if (!happened_read(e, &keys, j->arena, &j->batch[j->n], err))
		return false;
	return ++j->n < BATCH || arrive(j, err);
}

static bool
too_much(struct error *err)
{
	error_set(err, ERROR_REFUSED, "as_of.too_much",
		  "The past of this is too long to be gone through at once");
	return error_hint(err, "Ask for one customer, line or order, or for an earlier position.");
}

static bool
window(struct journey *j, const struct log_filter *f, struct error *err)
{
	struct log_reader *r = log_read(j->q->h->pg, f, err);
	struct log_event e;
	bool ok = r != NULL;

	for (int rows = 1; ok && log_next(r, &e, err); rows++) {
		ok = pass(j, &e, err);
		if (ok && rows % BATCH == 0 && question_over(j->q))
			ok = too_much(err);
	}
	log_read_end(r);
	return ok && !err->kind;
}

static bool
travel(struct journey *j, struct log_filter f, struct error *err)
{
	f.until = j->until;
	if (f.n_types == 0)
		return true;
	while (f.after < j->upto) {
		f.upto = f.subject || j->upto - f.after <= WINDOW ? j->upto : f.after + WINDOW;
		if (!window(j, &f, err))
			return false;
		f.after = f.upto;
		if (f.after < j->upto && question_over(j->q))
			return too_much(err);
	}
	return arrive(j, err);
}

/* a pool's events and a customer's go to different models: their order among each other says nothing */
static bool
journey(struct journey *j, struct buf *out, struct error *err)
{
	struct question *q = j->q;
	int count = 0, *types;
	struct log_filter pools = { 0 }, others = { 0 };

	for (const struct shape *const *s = event_shapes; *s; s++)
		count++;
	types = arena_array(q->arena, int, 2 * count + 1);
	pools.types = types;
	pools.n_types = types_of(j, true, types);
	others.types = types + count;
	others.n_types = types_of(j, false, types + count);
	if (others.n_types && !subject_of(j, &others.subject, err))
		return false;
	return travel(j, pools, err) && travel(j, others, err) &&
	       query_memory(j->models, q->op, q->args, q->tenant, j->now, q->arena, out, err);
}

bool
answer_as_of(struct question *q, struct buf *out, struct error *err)
{
	struct journey j = { .q = q, .query = query_of(q->op) };
	bool ok;

	if (!j.query)
		return error_set(err, ERROR_INVALID, "operation.not_here",
				 "%s cannot be answered as of a time", q->op->name);
	if (!when(&j, err))
		return false;
	j.models = memory_models_new(j.query->reads);
	j.batch = arena_array(q->arena, struct happened, BATCH);
	j.arena = arena_new();
	ok = journey(&j, out, err);
	arena_free(j.arena);
	memory_models_free(j.models);
	return ok;
}
