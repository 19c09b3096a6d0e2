/* queries.c -- the cockpit's questions: the same query plans as everywhere, asked over the bus, answered as JSON.
 *
 * A question about another time goes on to the history role, which runs the read models' own handlers over the past. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "gateways/http/gateway.h"
#include "projections/query.h"
#include "schemas/registry.h"

#define HISTORY_TIMEOUT (9 * SECOND)

struct question {
	struct job job;                      /* first */
	struct bus_peer peer;
	uint8_t id[16];
	const struct shape *op;
	struct query_plan plan;
	struct bus_answer *answers;          /* of the whole request; sent when `open` is zero */
	struct question *whole;              /* whose answers these are */
	int item, n, open;
};

static void
finish(struct question *q)
{
	struct question *w = q->whole;

	if (--w->open > 0)
		return;
	bus_reply(w->job.gateway->queries, &w->peer, w->id, w->answers, w->n);
	arena_free(w->job.arena);                    /* all questions of the request live there */
}

static void
failed(struct job *j, const struct error *err)
{
	struct question *q = (struct question *)(void *)j;

	q->whole->answers[q->item] = (struct bus_answer){ .status = ANSWER_ERROR, .error = *err };
	finish(q);
}

static void
answered(struct job *j, const struct pg_result *rows)
{
	struct question *q = (struct question *)(void *)j;
	struct buf out = { 0 };
	struct error err = { 0 };

	if (!query_finish(&q->plan, rows, &out, &err)) {
		buf_free(&out);
		failed(j, &err);
		return;
	}
	q->whole->answers[q->item] = (struct bus_answer){ .status = ANSWER_OK, .position = j->gateway->head,
		.result = arena_memdup(j->arena, buf_text(&out), out.len + 1), .result_len = out.len };
	buf_free(&out);
	finish(q);
}

static void
reached(struct job *j)
{
	struct question *q = (struct question *)(void *)j;

	job_select(j, q->plan.statement, q->plan.sql, q->plan.n, q->plan.params, answered);
}

static void
history_answered(struct job *j, int tag, const struct error *err, struct bus_answer *answer, int n)
{
	struct question *q = (struct question *)(void *)j;
	struct bus_answer *mine = &q->whole->answers[q->item];
	(void)tag, (void)n;

	if (err) {
		failed(j, err);
		return;
	}
	*mine = (struct bus_answer){ .status = answer->status, .position = answer->position, .error = answer->error };
	mine->result = arena_memdup(j->arena, answer->result, answer->result_len);
	mine->result_len = answer->result_len;
	finish(q);
}

static bool
may_ask(const struct claims *c, struct error *err)
{
	if (!c->who)
		return error_set(err, ERROR_UNAUTHENTICATED, "AUTH_INVALID_TOKEN", "invalid API token");
	if (!(c->who->may & MAY_QUERY) || !identity_may_claim(c->who, c->channel))
		return error_set(err, ERROR_FORBIDDEN, "auth.not_for_this_identity", "This identity may not ask here");
	return true;
}

static void
ask(struct question *q, const struct bus_item *item)
{
	struct error err = { 0 };
	struct job *j = &q->job;
	struct gateway *g = j->gateway;
	void *args;

	q->op = operation_named(item->op);
	if (!may_ask(&j->claims, &err)) {
		failed(j, &err);
		return;
	}
	if (item->as_of) {
		job_ask(j, SOCKET_HISTORY, item, 1, HISTORY_TIMEOUT, 0, history_answered);
		return;
	}
	if (!q->op || !query_of(q->op)) {
		error_set(&err, ERROR_NOT_FOUND, "operation.unknown", "There is no query %.80s here", item->op);
		failed(j, &err);
		return;
	}
	args = arena_alloc(j->arena, q->op->size);
	if (!shape_unpack(q->op, item->args, item->args_len, j->arena, args, NULL, &err) || !shape_check(q->op, args, &err) ||
	    !query_plan(q->op, args, j->claims.tenant, gateway_business_now(g), j->arena, &q->plan, &err)) {
		failed(j, &err);
		return;
	}
	job_reach_position(j, q->plan.query->reads, item->after, reached);
}

static struct claims
claims_of(const struct bus_header *h, struct arena *a)
{
	struct claims c = { .token = arena_strdup(a, h->token ? h->token : ""),
		.tenant = arena_strdup(a, h->tenant ? h->tenant : ""),
		.actor = arena_strdup(a, h->actor ? h->actor : ""), .channel = arena_strdup(a, h->channel),
		.scenario = h->scenario };

	c.who = identity_of(c.token);
	if (h->trace && strlen(h->trace) == 32)
		memcpy(c.trace, h->trace, 33);
	if (h->span && strlen(h->span) == 16)
		memcpy(c.span, h->span, 17);
	return c;
}

/* texts and arguments point into the arena of the request, which is the questions' own */
static void
take(struct gateway *g, struct bus_request *r, struct arena *a)
{
	struct question *all = arena_array(a, struct question, r->n);
	struct claims claims = claims_of(&r->header, a);

	all[0].answers = arena_array(a, struct bus_answer, r->n);
	all[0].n = r->n;
	all[0].open = r->n + 1;                      /* ours too, so that it outlives the loop below */
	all[0].peer = r->peer;
	memcpy(all[0].id, r->header.id, sizeof all[0].id);
	for (int i = 0; i < r->n; i++) {
		all[i].job = (struct job){ .gateway = g, .arena = a, .claims = claims, .failed = failed, .route = "query" };
		all[i].whole = &all[0];
		all[i].item = i;
	}
	for (int i = 0; i < r->n; i++)
		ask(&all[i], &r->items[i]);
	finish(&all[0]);
}

void
queries_run(struct gateway *g)
{
	for (;;) {
		struct arena *a = arena_new();
		struct bus_request r;
		if (!bus_receive(g->queries, a, &r)) {
			arena_free(a);
			return;
		}
		take(g, &r, a);
	}
}
