/* show.c -- log.show, log.head, log.size: the log as it is. */
#include "gateways/history/history.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"

#define LIMIT_MAX 1000

static const char *
given(const char *text)
{
	return text && *text ? text : NULL;
}

static bool
begins(const char *name, const char *prefix)
{
	return name && strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool
type_fits(const struct shape *s, const struct ask_log_show *a, int aggregate)
{
	if (aggregate >= 0 && s->aggregate != aggregate)
		return false;
	if (given(a->event_type) && strcmp(s->name, a->event_type) != 0 &&
	    (!s->alias || strcmp(s->alias, a->event_type) != 0))
		return false;
	return !given(a->event_type_prefix) || begins(s->name, a->event_type_prefix) ||
	       begins(s->alias, a->event_type_prefix);
}

/* names become codes, which are a column; with an id the stream says the aggregate */
static void
types_wanted(struct question *q, const struct ask_log_show *a, int aggregate, struct wanted *w)
{
	int n = 0, *types;

	if (aggregate < 0 && !given(a->event_type) && !given(a->event_type_prefix))
		return;
	for (const struct shape *const *s = event_shapes; *s; s++)
		n++;
	types = arena_array(q->arena, int, n + 1);
	w->filter.types = types;
	for (const struct shape *const *s = event_shapes; *s; s++)
		if (type_fits(*s, a, aggregate))
			types[w->filter.n_types++] = (*s)->code;
	w->nothing = w->filter.n_types == 0;
}

static bool
wanted_of(struct question *q, struct wanted *w, int *aggregate, struct error *err)
{
	const struct ask_log_show *a = q->args;
	const char **correlation = arena_array(q->arena, const char *, 1);

	*aggregate = given(a->aggregate_type) ? aggregate_called(a->aggregate_type) : -1;
	*correlation = a->correlation;
	*w = (struct wanted){ .actor = given(a->actor),
			      .channel = given(a->channel),
			      .identity = given(a->service_identity),
			      .correlations = correlation,
			      .n_correlations = given(a->correlation) != NULL,
			      .limit = a->limit,
			      .filter = { .after = a->after > 0 ? a->after : 0,
					  .upto = a->before > 0 ? a->before - 1 : 0,
					  .since = a->since,
					  .until = a->until,
					  .subject = given(a->subject),
					  .newest_first = a->newest_first } };
	if (a->limit < 1 || a->limit > LIMIT_MAX)
		return error_set(err, ERROR_INVALID, "log.show.limit", "limit must be between 1 and %d",
				 LIMIT_MAX);
	types_wanted(q, a, given(a->aggregate_id) ? -1 : *aggregate, w);
	if (a->before == 1 || (given(a->aggregate_type) && *aggregate < 0))
		w->nothing = true; /* a name that no event has: nothing, as for a type nobody knows */
	return true;
}

/* an id may belong to several aggregates: their events are one story */
static bool
scan_streams(struct question *q, struct wanted *w, int aggregate, struct told_list *l, int64_t *reached,
	     struct error *err)
{
	const struct ask_log_show *a = q->args;
	const char **streams;
	int n;

	*reached = w->filter.newest_first ? w->filter.after
		   : w->filter.upto       ? w->filter.upto
					  : q->head.position;
	if (w->nothing)
		return true;
	if (!streams_called(q, aggregate, a->aggregate_id, &streams, &n, err))
		return false;
	for (int i = 0; i < n; i++) {
		struct told_list one = { 0 };
		int64_t here;

		w->filter.stream = streams[i];
		if (!scan(q, w, &one, &here, err))
			return false;
		if (w->filter.newest_first ? here > *reached : here < *reached)
			*reached = here;
		if (n == 1) {
			*l = one;
			return true;
		}
		l->v = memcpy(arena_array(q->arena, struct told, l->n + one.n + 1), l->v ? l->v : one.v,
			      sizeof *l->v * (size_t)l->n);
		if (one.n)
			memcpy(l->v + l->n, one.v, sizeof *l->v * (size_t)one.n);
		l->n += one.n;
	}
	return true;
}

static void
in_order(struct told_list *l, const struct wanted *w, int64_t *reached)
{
	if (l->n > 1)
		qsort(l->v, (size_t)l->n, sizeof *l->v, told_compare);
	for (int i = 0; w->filter.newest_first && i < l->n / 2; i++) {
		struct told t = l->v[i];

		l->v[i] = l->v[l->n - 1 - i];
		l->v[l->n - 1 - i] = t;
	}
	if (l->n > w->limit) {
		l->n = (int)w->limit;
		*reached = l->v[l->n - 1].log.position - w->filter.newest_first;
	}
}

static void
put_events(struct question *q, const struct told_list *l, struct json *j)
{
	json_key(j, "events");
	json_array(j);
	for (int i = 0; i < l->n; i++) {
		json_object(j);
		told_json(&l->v[i], q->arena, j);
		json_object_end(j);
	}
	json_array_end(j);
	json_put_int(j, "count", l->n);
}

bool
answer_show(struct question *q, struct buf *out, struct error *err)
{
	const struct ask_log_show *a = q->args;
	struct json j = json_to(out);
	struct told_list l = { 0 };
	struct wanted w;
	int64_t reached, end;
	int aggregate;
	bool ok;

	if (!wanted_of(q, &w, &aggregate, err))
		return false;
	ok = given(a->aggregate_id) ? scan_streams(q, &w, aggregate, &l, &reached, err)
				    : scan(q, &w, &l, &reached, err);
	if (!ok)
		return false;
	in_order(&l, &w, &reached);
	end = w.filter.newest_first                               ? w.filter.after
	      : w.filter.upto && w.filter.upto < q->head.position ? w.filter.upto
								  : q->head.position;
	json_object(&j);
	put_events(q, &l, &j);
	json_key(&j, w.filter.newest_first ? "nextBefore" : "nextAfter");
	json_int(&j, w.filter.newest_first      ? reached + 1
		     : reached > w.filter.after ? reached
						: w.filter.after);
	json_put_bool(&j, "complete", w.filter.newest_first ? reached <= end : reached >= end);
	json_object_end(&j);
	return true;
}

bool
answer_head(struct question *q, struct buf *out, struct error *err)
{
	struct json j = json_to(out);
	char hex[2 * HASH_BYTES + 1];

	(void)err;
	json_object(&j);
	json_put(&j, "logId", hash_hex(q->head.log_id, hex));
	json_put_int(&j, "position", q->head.position);
	json_put(&j, "hash", hash_hex(q->head.hash, hex));
	json_put_int(&j, "epoch", q->head.epoch);
	json_object_end(&j);
	return true;
}

bool
answer_size(struct question *q, struct buf *out, struct error *err)
{
	struct json j = json_to(out);
	struct log_size size;

	if (!log_size(q->h->pg, &size, err))
		return false;
	json_object(&j);
	json_put_int(&j, "events", size.events);
	json_put_int(&j, "bytes", size.bytes);
	json_put_int(&j, "indexBytes", size.index_bytes);
	json_put_int(&j, "keys", size.keys);
	json_put_int(&j, "partitions", size.partitions);
	json_object_end(&j);
	return true;
}
