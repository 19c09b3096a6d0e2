/* why.c -- the events behind what an aggregate shows, each as a sentence, oldest first.
 *
 * They are the aggregate's own events and, on other aggregates, those of the same commands: an effect's
 * answer, a reaction and their consequences inherit the correlation of the command at their root.  A
 * correlation is no column; related events are found among the subject's (an index) or, where nobody is
 * concerned, among the neighbours in the log, because the events of one unit lie side by side. */
#include "gateways/history/history.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"

#define LIMIT_MAX 500
#define NEIGHBOURS 200
#define FACTS 6

/* ---- finding them --------------------------------------------------------------------------- */

static void
gather(struct question *q, struct told_list *all, const struct told_list *more, bool own)
{
	struct told *v = arena_array(q->arena, struct told, all->n + more->n + 1);
	int n = all->n;

	if (all->n)
		memcpy(v, all->v, sizeof *v * (size_t)all->n);
	for (int i = 0; i < more->n; i++) {
		bool known = false;

		for (int k = 0; k < all->n && !known; k++)
			known = all->v[k].log.position == more->v[i].log.position;
		if (!known) {
			v[n] = more->v[i];
			v[n++].own = own;
		}
	}
	*all = (struct told_list){ .v = v, .n = n };
}

/* the newest ones, and always the first: it says where the thing comes from */
static bool
own_events(struct question *q, int64_t limit, struct told_list *all, struct error *err)
{
	const struct ask_why *a = q->args;
	const char **streams;
	int n;

	if (!streams_called(q, -1, a->aggregate_id, &streams, &n, err))
		return false;
	if (n == 0)
		return error_set(err, ERROR_NOT_FOUND, "aggregate.not_found", "There are no events of %s",
				 a->aggregate_id);
	for (int i = 0; i < n; i++) {
		struct told_list newest = { 0 }, first = { 0 };
		struct wanted w = { .limit = limit,
				    .filter = { .stream = streams[i], .newest_first = true } };
		int64_t reached;

		if (!scan(q, &w, &newest, &reached, err))
			return false;
		gather(q, all, &newest, true);
		w.filter.newest_first = false;
		w.limit = 1;
		if (!scan(q, &w, &first, &reached, err))
			return false;
		gather(q, all, &first, true);
	}
	return true;
}

static int
correlations_of(struct question *q, const struct told_list *l, const char *const **out)
{
	const char **v = arena_array(q->arena, const char *, l->n + 1);
	int n = 0;

	for (int i = 0; i < l->n; i++) {
		bool known = !l->v[i].env.correlation[0];

		for (int k = 0; k < n && !known; k++)
			known = strcmp(v[k], l->v[i].env.correlation) == 0;
		if (!known)
			v[n++] = l->v[i].env.correlation;
	}
	*out = v;
	return n;
}

static bool
related_events(struct question *q, int64_t limit, struct told_list *all, struct error *err)
{
	struct told_list own = *all;
	struct wanted w = { .limit = limit };
	const char *subject = NULL;
	int64_t reached;

	w.n_correlations = correlations_of(q, &own, &w.correlations);
	if (w.n_correlations == 0)
		return true;
	for (int i = 0; i < own.n; i++) {
		struct told_list beside = { 0 };

		subject = own.v[i].log.subject ? own.v[i].log.subject : subject;
		if (own.v[i].log.subject || question_over(q) || all->n > 4 * limit)
			continue;
		w.filter.after = own.v[i].log.position > NEIGHBOURS ? own.v[i].log.position - NEIGHBOURS : 0;
		w.filter.upto = own.v[i].log.position + NEIGHBOURS;
		if (!scan(q, &w, &beside, &reached, err))
			return false;
		gather(q, all, &beside, false);
	}
	if (subject) {
		struct told_list theirs = { 0 };

		w.filter = (struct log_filter){ .subject = subject };
		if (!scan(q, &w, &theirs, &reached, err))
			return false;
		gather(q, all, &theirs, false);
	}
	return true;
}

/* ---- telling them --------------------------------------------------------------------------- */

static bool
is_fact(const struct field *f, const void *data)
{
	bool plain = f->kind != FIELD_JSON && f->kind != FIELD_LIST && f->kind != FIELD_TEXTS;

	return plain && !f->personal && !f->secret && field_is_set(f, data) &&
	       strcmp(f->name, "nothing_") != 0 && strcmp(f->name, "customer_id") != 0;
}

static const char *
happened(const struct told *t, struct arena *a)
{
	struct buf b = { 0 };
	const char *text;
	int facts = 0;

	buf_str(&b, t->shape ? t->shape->text : "Something this program does not know happened");
	if (t->shape && t->data)
		FOR_EACH_FIELD(f, t->shape)
	if (facts < FACTS && is_fact(f, t->data)) {
		buf_str(&b, facts++ ? ", " : " (");
		for (const char *p = f->name; *p; p++)
			buf_byte(&b, *p == '_' ? ' ' : *p);
		buf_byte(&b, ' ');
		field_show(f, t->data, &b);
	}
	buf_str(&b, facts ? ")" : "");
	text = arena_strdup(a, buf_text(&b));
	buf_free(&b);
	return text;
}

static const char *
sentence(const struct told *t, const char *what, struct arena *a)
{
	return arena_printf(a, "%s, by %s through %s, position %lld", what, t->env.actor ? t->env.actor : "nobody",
		t->env.channel ? t->env.channel : "nothing", (long long)t->log.position);
}

/* too many: others' events go first, then the oldest but the first */
static void
cut(struct told_list *l, int64_t limit)
{
	for (int pass = 0; pass < 2 && l->n > limit; pass++) {
		int left = (int)(l->n - limit), n = 0;

		for (int i = 0; i < l->n; i++) {
			bool drop = left > 0 && i > 0 && (pass || !l->v[i].own);

			left -= drop;
			if (!drop)
				l->v[n++] = l->v[i];
		}
		l->n = n;
	}
}

static void
put_story(struct question *q, const struct told_list *l, struct json *j)
{
	const struct ask_why *a = q->args;

	json_object(j);
	json_put(j, "aggregateId", a->aggregate_id);
	json_key(j, "events");
	json_array(j);
	for (int i = 0; i < l->n; i++) {
		const char *what = happened(&l->v[i], q->arena);

		json_object(j);
		json_put(j, "happened", what);
		json_put(j, "sentence", sentence(&l->v[i], what, q->arena));
		json_put_bool(j, "own", l->v[i].own);
		told_json(&l->v[i], q->arena, j);
		json_object_end(j);
	}
	json_array_end(j);
	json_put_int(j, "count", l->n);
	json_put_bool(j, "complete", !question_over(q));
	json_object_end(j);
}

bool
answer_why(struct question *q, struct buf *out, struct error *err)
{
	const struct ask_why *a = q->args;
	struct json j = json_to(out);
	struct told_list l = { 0 };

	if (a->limit < 1 || a->limit > LIMIT_MAX)
		return error_set(err, ERROR_INVALID, "why.limit", "limit must be between 1 and %d",
				 LIMIT_MAX);
	if (!own_events(q, a->limit, &l, err) || !related_events(q, a->limit, &l, err))
		return false;
	qsort(l.v, (size_t)l.n, sizeof *l.v, told_compare);
	cut(&l, a->limit);
	put_story(q, &l, &j);
	return true;
}
