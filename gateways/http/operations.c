/* operations.c -- our own endpoints beside TM Forum's: health, metrics, the business clock, the audit of the log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "gateways/http/requests.h"
#include "gateways/http/usage.h"
#include "projections/projection.h"
#include "schemas/registry.h"

#define SILENCE (3 * SECOND)                 /* the core beats four times a second */
#define ASK_TIMEOUT (5 * SECOND)

/* ---- health --------------------------------------------------------------------------------------- */

static void
health(struct request *r)
{
	struct json j = json_to(&r->x->out);

	json_object(&j);
	json_put(&j, "status", "ok");
	json_put(&j, "service", "gateway");
	json_put(&j, "version", BSS_VERSION);
	json_object_end(&j);
	request_answer(r, 200);
}

/* a read model counts as away until it was heard of, and when it has been behind for a while without moving */
static bool
projector_up(const struct gateway *g)
{
	for (int i = 0; projections[i] && i < MODELS_MAX; i++)
		if (!g->reach.heard[i] || (g->reach.behind[i] && mono_now() - g->reach.behind[i] > SILENCE))
			return false;
	return true;
}

static void
ready(struct request *r)
{
	struct gateway *g = r->job.gateway;
	int64_t heard = g->clock_heard > g->core.heard ? g->clock_heard : g->core.heard;
	bool core = heard && mono_now() - heard < SILENCE, db = reach_answered(&g->reach) && pool_up(g->pool),
		projector = projector_up(g);
	bool all = core && db && projector && !g->stopping;
	struct json j = json_to(&r->x->out);

	json_object(&j);
	json_put(&j, "status", all ? "ready" : "unavailable");
	json_put(&j, "service", "gateway");
	json_put_bool(&j, "core", core);
	json_put_bool(&j, "projector", projector);
	json_put_bool(&j, "database", db);
	json_object_end(&j);
	request_answer(r, all ? 200 : 503);
}

static void
metrics(struct request *r)
{
	metrics_write(r->job.gateway, &r->x->out);
	r->x->content_type = "text/plain; version=0.0.4; charset=utf-8";
	request_answer(r, 200);
}

/* ---- a question passed on ---------------------------------------------------------------------------- */

static void
passed_on(struct job *j, int tag, const struct error *err, struct bus_answer *answer, int n)
{
	struct request *r = request_of(j);
	(void)tag, (void)n;

	if (!err && answer->status == ANSWER_ERROR)
		err = &answer->error;
	if (err) {
		request_fail(r, err);
		return;
	}
	buf_add(&r->x->out, answer->result, answer->result_len);
	request_answer(r, 200);
}

static void
pass_on(struct request *r, enum bus_socket to, const struct shape *op, const void *args)
{
	struct bus_item item = item_of(r->job.arena, op, args);

	job_ask(&r->job, to, &item, 1, ASK_TIMEOUT, 0, passed_on);
}

/* ---- the business clock ------------------------------------------------------------------------------- */

static void
clock_show(struct request *r)
{
	pass_on(r, SOCKET_COMMANDS, &clock_now_shape, &(struct clock_now){ 0 });
}

static void
clock_changed(struct request *r, const struct bus_answer *answer)
{
	(void)answer;
	clock_show(r);
}

static void
clock_change(struct request *r, const struct shape *op)
{
	cJSON *body = NULL;

	if (r->x->body.len && !(body = request_json(r)))
		return;
	if (!body) {
		body = cJSON_CreateObject();
		arena_own(r->job.arena, (void (*)(void *))cJSON_Delete, body);
	}
	request_command_json(r, op, body, clock_changed);
}

static void
clock_freeze_(struct request *r)
{
	clock_change(r, &clock_freeze_shape);
}

static void
clock_unfreeze_(struct request *r)
{
	clock_change(r, &clock_unfreeze_shape);
}

static void
clock_advance_(struct request *r)
{
	clock_change(r, &clock_advance_shape);
}

/* ---- audit ----------------------------------------------------------------------------------------------- */

static const char *const audit_parameters[] = { "aggregateType", "aggregateId", "eventType", "eventTypePrefix", "serviceIdentity",
	"actor", "channel", "subject", "correlation", "occurredSince", "occurredUntil", "limit", "after", "before", "order", NULL };

static bool
take_instant(struct request *r, const char *name, int64_t *out)
{
	const char *text = request_parameter(r, name);

	if (!text || time_parse(text, out))
		return true;
	request_problem(r, 422, "INVALID_TIMESTAMP", name, "That is not an instant like 2026-02-15T09:00:00Z");
	return false;
}

static bool
take_whole(struct request *r, const char *name, int64_t *out)
{
	const char *text = request_parameter(r, name);
	size_t n = text ? strspn(text, "0123456789") : 0;

	if (!text)
		return true;
	if (n == 0 || text[n] || n > 18) {
		request_problem(r, 400, PROBLEM_QUERY, name, "That is not a whole number");
		return false;
	}
	*out = strtoll(text, NULL, 10);
	return true;
}

static int64_t
within(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static void
audit(struct request *r)
{
	struct ask_log_show ask = { .limit = 100 };
	const char *order = request_parameter(r, "order");

	if (!request_parameters_ok(r, audit_parameters))
		return;
	if (order && strcmp(order, "asc") != 0 && strcmp(order, "desc") != 0) {
		request_problem(r, 400, PROBLEM_QUERY, "order", "That is neither asc nor desc");
		return;
	}
	if (!take_instant(r, "occurredSince", &ask.since) || !take_instant(r, "occurredUntil", &ask.until) ||
	    !take_whole(r, "limit", &ask.limit) || !take_whole(r, "after", &ask.after) || !take_whole(r, "before", &ask.before))
		return;
	ask.aggregate_type = request_parameter(r, "aggregateType");
	ask.aggregate_id = request_parameter(r, "aggregateId");
	ask.event_type = request_parameter(r, "eventType");
	ask.event_type_prefix = request_parameter(r, "eventTypePrefix");
	ask.service_identity = request_parameter(r, "serviceIdentity");
	ask.actor = request_parameter(r, "actor");
	ask.channel = request_parameter(r, "channel");
	ask.subject = request_parameter(r, "subject");
	ask.correlation = request_parameter(r, "correlation");
	ask.limit = within(ask.limit, 1, 1000);
	ask.newest_first = order && strcmp(order, "desc") == 0;
	pass_on(r, SOCKET_HISTORY, &ask_log_show_shape, &ask);
}

const struct route own_routes[] = {
	{ METHOD_GET,  "/health",                       OPEN,        health },
	{ METHOD_GET,  "/health/live",                  OPEN,        health },
	{ METHOD_GET,  "/health/ready",                 OPEN,        ready },
	{ METHOD_GET,  "/ready",                        OPEN,        ready },
	{ METHOD_GET,  "/metrics",                      MAY_QUERY,   metrics },
	{ METHOD_GET,  "/admin-api/v1/clock/now",       MAY_QUERY,   clock_show },
	{ METHOD_POST, "/admin-api/v1/clock/freeze",    MAY_ADMIN,   clock_freeze_ },
	{ METHOD_POST, "/admin-api/v1/clock/unfreeze",  MAY_ADMIN,   clock_unfreeze_ },
	{ METHOD_POST, "/admin-api/v1/clock/advance",   MAY_ADMIN,   clock_advance_ },
	{ METHOD_GET,  "/audit-api/v1/events",          MAY_QUERY,   audit },
	{ METHOD_POST, "/usage-api/v1/usage",           MAY_COMMAND, usage_post },
	{ 0 }
};
