/* core_items.c -- the door of the core: who may ask what, arguments checked, and the few questions it answers itself. */
#include "core/commands/core.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/base/text.h"

/* ---- awaits --------------------------------------------------------------------------------------------- */

bool
outcome_of(const struct shape *op, const struct shape *event)
{
	return op->awaits && text_has_word(op->awaits, event->name);
}

bool
awaited_anywhere(const struct shape *event)
{
	static signed char known[2048];      /* 1 yes, -1 no; event codes are below */

	if (!known[event->code]) {
		known[event->code] = -1;
		for (const struct shape *const *s = operation_shapes; *s; s++)
			if (outcome_of(*s, event))
				known[event->code] = 1;
	}
	return known[event->code] > 0;
}

/* ---- the door --------------------------------------------------------------------------------------------- */

static bool
allowed(const struct shape *op, const struct identity *who, struct error *err)
{
	unsigned need = op->effect_only ? MAY_EFFECT : op->is_query ? MAY_QUERY | MAY_EFFECT : MAY_COMMAND;

	if (op->internal)
		return error_set(err, ERROR_FORBIDDEN, "operation.internal", "%s is only for the core itself", op->name);
	if (op->client)
		return error_set(err, ERROR_INVALID, "operation.client", "%s runs in the client", op->name);
	if (!(who->may & need))
		return error_set(err, ERROR_FORBIDDEN, "identity.not_allowed", "The identity %s may not ask for %s",
			who->name, op->name);
	if (op->gated && !(who->may & MAY_ADMIN))
		return error_set(err, ERROR_FORBIDDEN, "identity.not_admin", "The identity %s may not administer", who->name);
	return true;
}

static bool
caller_of(const struct bus_header *h, struct sender *by, struct error *err)
{
	const struct identity *who = by->who = identity_of(h->token);

	if (!who) {
		error_set(err, ERROR_UNAUTHENTICATED, h->token && *h->token ? "AUTH_INVALID_TOKEN" : "AUTH_MISSING_TOKEN",
			h->token && *h->token ? "invalid API token" : "a token is required");
		return error_hint(err, "Tokens are in the state folder's tokens.env, or set BSS_API_TOKEN.");
	}
	by->caller = (struct caller){ .actor = h->actor && *h->actor ? h->actor : "system",
		.channel = h->channel && *h->channel ? h->channel : who->usual, .identity = who->name, .scenario = h->scenario,
		.admin = who->may & MAY_ADMIN };
	if (h->channel && *h->channel && !identity_may_claim(who, h->channel))
		return error_set(err, ERROR_FORBIDDEN, "identity.channel",
			"The identity %s may not speak for channel %s", who->name,
			h->channel);
	if (!identity_may_act(who, by->caller.actor))
		return error_set(err, ERROR_FORBIDDEN, "identity.actor", "The identity %s may not act as a part of the system",
			who->name);
	if (strlen(by->caller.actor) > 120 || strlen(by->caller.channel) > 60)
		return error_set(err, ERROR_INVALID, "header.too_long", "Actor or channel is longer than 120 or 60 bytes");
	by->tenant = h->tenant && *h->tenant ? h->tenant : config_text("BSS_TENANT_DEFAULT");
	if (strlen(by->tenant) >= ID_MAX || strchr(by->tenant, '/'))
		return error_set(err, ERROR_INVALID, "header.tenant", "A tenant's name has at most 63 bytes and no slash");
	return true;
}

/* a frame of a thousand commands has one header: it is judged once */
void
sender_read(const struct bus_request *q, struct sender *by)
{
	*by = (struct sender){ 0 };
	by->known = caller_of(&q->header, by, &by->why);
}

static const struct shape *
operation_of(const struct bus_item *i, struct error *err)
{
	const struct shape *op = i->op ? operation_named(i->op) : NULL;
	const char *near = op || !i->op ? NULL : operation_nearest(i->op);

	if (!op) {
		error_set(err, ERROR_INVALID, "operation.unknown", "There is no operation %.80s", i->op ? i->op : "without a name");
		if (near)
			error_hint(err, "Did you mean %s?", near);
	}
	return op;
}

bool
item_read(const struct bus_request *q, const struct sender *by, int i, struct arena *a, struct item *it, struct error *err)
{
	const struct bus_item *in = &q->items[i];
	const struct bus_header *h = &q->header;

	if (!by->known) {
		*err = by->why;
		return false;
	}
	it->op = operation_of(in, err);
	if (!it->op || !allowed(it->op, by->who, err))
		return false;
	it->caller = by->caller;
	it->tenant = by->tenant;
	if (in->key && strlen(in->key) > 200)
		return error_set(err, ERROR_INVALID, "idempotency_key.too_long", "An idempotency key has at most 200 bytes");
	it->key = in->key && *in->key ? in->key : NULL;
	it->trace = h->trace;
	it->span = h->span;
	it->dry_run = in->dry_run;
	it->await = in->await > 0 ? wall_now() + (in->await < HOUR ? in->await : HOUR) : 0;
	if (it->await && h->deadline && it->await > h->deadline - 50000)
		it->await = h->deadline - 50000;
	it->args = arena_alloc(a, it->op->size);
	return shape_unpack(it->op, in->args, in->args_len, a, it->args, NULL, err) && shape_check(it->op, it->args, err);
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

static void
put_clock(struct json *j, const struct world *w)
{
	const struct business_clock *c = world_clock(w);

	json_put(j, "mode", c->frozen ? "frozen" : "wall");
	json_put_time(j, "now", business_now(w));
	json_put_int(j, "offsetSeconds", c->offset / SECOND);
	json_put_time(j, "frozenAt", c->frozen ? c->frozen_at : 0);
}

static void
put_status(struct json *j, struct core *c)
{
	const struct log_head *h = log_writer_head(c->writer);

	json_put(j, "status", c->in_doubt ? "database_away" : "ok");
	json_put_int(j, "position", c->sent_position);
	json_put_int(j, "epoch", h->epoch);
	json_put_int(j, "leaseLeftMs", log_writer_lease_left(c->writer) / 1000);
	json_put_int(j, "waiting", c->n_waiters);
	json_put_int(j, "newestRequest", engine_newest_request(c->engine));
	json_put_int(j, "requests", c->stats.requests);
	json_put_int(j, "commands", c->stats.commands);
	json_put_int(j, "refused", c->stats.refused);
	json_put_int(j, "batches", c->stats.batches);
	json_put_int(j, "events", c->stats.events);
	json_put_int(j, "failedBatches", c->stats.failed);
	json_put_int(j, "queued", c->n_queued);
	json_put_int(j, "turnedAway", c->stats.turned_away);
	json_key(j, "clock");
	json_object(j);
	put_clock(j, engine_world(c->engine));
	json_object_end(j);
}

static void
put_digest(struct json *j, const struct core *c)
{
	uint8_t digest[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1];

	engine_digest(c->engine, digest);
	json_put_int(j, "position", engine_position(c->engine));
	json_put(j, "digest", hash_hex(digest, hex));
}

static void
put_request(struct json *j, const struct open_request *r, struct arena *a)
{
	const struct shape *s = event_named(r->event);
	void *body = arena_alloc(a, s->size);
	struct buf text = { 0 };
	struct error err = { 0 };

	json_object(j);
	json_put_int(j, "position", r->position);
	json_put(j, "event", r->event);
	json_put(j, "event_id", r->event_id);
	json_put(j, "aggregate_id", r->aggregate_id);
	json_put(j, "tenant", r->tenant);
	if (shape_unpack(s, r->payload, r->len, a, body, NULL, &err)) {
		shape_to_json(s, body, &text, false);
		json_put_raw(j, "payload", buf_text(&text));
		buf_free(&text);
	}
	json_object_end(j);
}

static void
put_requests(struct json *j, struct core *c, const struct effect_open *args, struct arena *a)
{
	int max = args->limit > 0 && args->limit < 2000 ? (int)args->limit : 500;
	struct open_request *list = arena_array(a, struct open_request, max);
	int n = engine_open_requests(c->engine, args->effect, args->after, list, max);

	json_array(j);
	for (int i = 0; i < n; i++)
		put_request(j, &list[i], a);
	json_array_end(j);
}

void
core_query(struct core *c, const struct item *it, struct arena *a, struct bus_answer *answer)
{
	struct buf out = { 0 };
	struct json j = json_to(&out);

	*answer = (struct bus_answer){ .status = ANSWER_OK, .position = engine_position(c->engine) };
	if (it->op == &effect_open_shape) {
		put_requests(&j, c, it->args, a);
	} else if (it->op == &clock_now_shape || it->op == &core_status_shape || it->op == &core_digest_shape) {
		json_object(&j);
		if (it->op == &clock_now_shape)
			put_clock(&j, engine_world(c->engine));
		else if (it->op == &core_status_shape)
			put_status(&j, c);
		else
			put_digest(&j, c);
		json_object_end(&j);
	} else {
		answer->status = ANSWER_ERROR;
		error_set(&answer->error, ERROR_INVALID, "operation.not_here",
			"%s is answered by the gateway, not by the core", it->op->name);
	}
	answer->result = arena_memdup(a, buf_text(&out), out.len + 1);
	answer->result_len = out.len;
	buf_free(&out);
}

/* ---- starting --------------------------------------------------------------------------------------------------------- */

bool
core_master_key(uint8_t out[KEY_BYTES], struct error *err)
{
	char path[4096];
	const char *file = config_text("BSS_MASTER_KEY_FILE");

	if (!file) {
		snprintf(path, sizeof path, "%s/master.key", config_state_dir());
		file = path;
	}
	if (master_key_load(file, out, false))
		return true;
	error_set(err, ERROR_INVALID, "master_key.missing", "The master key %s cannot be read", file);
	return error_hint(err, "It is made by `bss up` on its first start; personal data cannot be read without it.");
}

/* the lease names this host and state folder: the pid file of the commands' socket, which we hold, proves that the
 * process that held it before is gone */
bool
core_open_writer(struct core *c, struct error *err)
{
	char host[64] = "", holder[128];

	gethostname(host, sizeof host - 1);
	snprintf(holder, sizeof holder, "%s:%.60s", host, config_state_dir());
	c->writer = log_writer_open(config_text("BSS_DB_URL"), holder, c->lease, err);
	return c->writer != NULL;
}
