/* client.c -- one operation from name and JSON to result.
 *
 * The wait for an outcome is cut into pieces of some seconds: a core that is restarted in the middle is asked
 * again under the same key and joins the same wait, so nothing here depends on one connection living long. */
#include "cockpit/client_inner.h"
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "core/base/text.h"
#include "schemas/registry.h"

#define ATTEMPT_MAX     (8 * SECOND)         /* of one request; then it is repeated under its key */
#define ANSWER_MARGIN   (SECOND / 2)         /* between the end of an await and the end of the request */
#define PAUSE           (SECOND / 20)

struct client *
client_new(const struct client_as *as)
{
	struct client *c = mem_new(sizeof *c);

	registry_start();
	c->kept = arena_new();
	client_act_as(c, as);
	return c;
}

void
client_free(struct client *c)
{
	if (!c)
		return;
	for (int i = 0; i < SOCKET_COUNT; i++)
		if (c->sockets[i])
			bus_client_close(c->sockets[i]);
	arena_free(c->kept);
	mem_drop(c);
}

void
client_act_as(struct client *c, const struct client_as *as)
{
	struct arena *kept = arena_new();

	c->as = (struct client_as){ .actor = arena_strdup(kept, as->actor),
				    .channel = arena_strdup(kept, as->channel),
				    .token = arena_strdup(kept, as->token),
				    .trace = arena_strdup(kept, as->trace),
				    .tenant = arena_strdup(
					kept, as->tenant ? as->tenant : config_text("BSS_TENANT_DEFAULT")),
				    .scenario = as->scenario };
	arena_free(c->kept);
	c->kept = kept;
}

int64_t
client_position(const struct client *c)
{
	return c->position;
}

const char *
client_trace(const struct client *c)
{
	return c->trace;
}

/* the command line's own token, else the default identity's; found once */
static bool
find_token(struct client *c, struct error *err)
{
	static const char *const names[] = { "BSS_CLI_API_TOKEN", "BSS_API_TOKEN" };
	struct error ignored;

	/* what somebody has set here and now counts more than what lies in the state folder */
	for (int i = 0; i < 2 && !c->as.token; i++)
		c->as.token = config_text(names[i]);
	if (!c->as.token)
		c->as.token = client_token(names[0], c->kept, &ignored);
	if (!c->as.token)
		c->as.token = client_token(names[1], c->kept, err);
	return c->as.token != NULL;
}

bool
client_operation(const char *op, const struct shape **out, struct error *err)
{
	registry_start();
	*out = operation_named(op);
	if (*out)
		return true;
	error_set(err, ERROR_NOT_FOUND, "operation.unknown", "There is no operation %s", op);
	const char *nearest = operation_nearest(op);
	if (nearest && text_distance(nearest, op) <= (int)(strlen(op) + 2) / 3)
		error_hint(err, "Did you mean %s?", nearest);
	else
		error_hint(err, "bss --help lists what there is");
	return false;
}

/* ---- one request, repeated ------------------------------------------------------------------ */

struct request {
	enum bus_socket socket;
	struct bus_item item;
	int64_t end, patience;                 /* monotonic; micros */
	int64_t away_since;                    /* nobody listened from then on; 0: somebody did */
	bool waits;                            /* for an outcome */
	bool slow;                             /* the work itself takes long: asked once */
};

static enum bus_socket
socket_of(const struct shape *op, const struct call_options *o)
{
	if (!op->is_query)
		return SOCKET_COMMANDS;
	if (o->as_of || strcmp(op->domain, "history") == 0)
		return SOCKET_HISTORY;
	return strcmp(op->domain, "core") == 0 ? SOCKET_COMMANDS : SOCKET_QUERIES;
}

int64_t
client_timeout(const struct shape *op, const struct call_options *o)
{
	if (o->timeout > 0)
		return o->timeout;
	return op->awaits && !o->no_wait ? 30 * SECOND : 10 * SECOND;
}

static struct bus_header
header_of(struct client *c, int64_t timeout)
{
	random_hex(c->span, 16);
	return (struct bus_header){ .token = c->as.token,
				    .deadline = wall_now() + timeout,
				    .tenant = c->as.tenant,
				    .actor = c->as.actor,
				    .channel = c->as.channel,
				    .trace = c->trace,
				    .span = c->span,
				    .scenario = c->as.scenario };
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool
attempt(struct client *c, struct request *r, struct arena *a, struct bus_answer **answer, struct error *err)
{
	int64_t timeout = least(r->end - mono_now(), r->slow ? INT64_MAX : ATTEMPT_MAX);

	if (!c->sockets[r->socket] && !(c->sockets[r->socket] = bus_connect(r->socket, err)))
		return false;
	if (r->waits)
		r->item.await = timeout > 2 * ANSWER_MARGIN ? timeout - ANSWER_MARGIN : timeout / 2;
	struct bus_header h = header_of(c, timeout);
	if (!bus_call(c->sockets[r->socket], &h, &r->item, 1, timeout, a, answer, err))
		return false;
	if ((*answer)->status == ANSWER_ERROR)
		*err = (*answer)->error;
	return (*answer)->status != ANSWER_ERROR;
}

/* may the same request be sent once more? */
static bool
again(struct request *r, const struct error *err, int64_t began)
{
	int64_t now = mono_now();
	bool at_once = now - began < PAUSE;

	/* with next to no time left the last answer says more than a time-out would */
	if (!error_retry(err->kind) || now + 4 * PAUSE >= r->end)
		return false;
	if (!at_once)
		r->away_since = 0;
	else if (!r->away_since)
		r->away_since = began;
	if (r->away_since && now - r->away_since > r->patience)
		return false;
	sleep_for(PAUSE);
	return true;
}

static bool
request_run(struct client *c, struct request *r, struct arena *a, struct bus_answer **answer,
	    struct error *err)
{
	for (;;) {
		int64_t began = mono_now();
		if (attempt(c, r, a, answer, err)) {
			if ((*answer)->status == ANSWER_OK || !r->waits ||
			    r->end - mono_now() < ANSWER_MARGIN)
				return true;
		} else if (!again(r, err, began)) {
			if (r->away_since && !err->hint[0])
				error_hint(err, "Is it running? `bss up` starts everything.");
			return false;
		}
	}
}

static struct request
request_for(const struct shape *op, const void *args, const struct call_options *o, struct arena *a)
{
	struct buf packed = { 0 };

	shape_pack(op, args, &packed, NULL);
	struct request r = { .socket = socket_of(op, o),
			     .end = mono_now() + client_timeout(op, o),
			     .patience = o->patience ? o->patience : 3 * SECOND,
			     .slow = op == &ask_log_verify_shape,
			     .item = { .op = op->name,
				       .args = arena_memdup(a, buf_text(&packed), packed.len),
				       .args_len = packed.len } };
	buf_free(&packed);
	return r;
}

/* ---- queries -------------------------------------------------------------------------------- */

static bool
result_json(const struct bus_answer *answer, struct arena *a, cJSON **out, struct error *err)
{
	if (answer->result_len == 0) {
		*out = cJSON_CreateObject();
		arena_own(a, (void (*)(void *))cJSON_Delete, *out);
		return true;
	}
	*out = json_parse(a, (const char *)answer->result, answer->result_len, err);
	return *out != NULL;
}

bool
client_ask(struct client *c, const struct shape *op, const void *args, const struct call_options *o,
	   int64_t after, struct arena *a, cJSON **out, struct error *err)
{
	struct bus_answer *answer = NULL;
	struct request r = request_for(op, args, o, a);

	r.item.as_of = o->as_of;
	r.item.after = o->as_of ? 0 : after;
	if (!request_run(c, &r, a, &answer, err) || !result_json(answer, a, out, err))
		return false;
	c->answered =
	    answer->result_len ? arena_strndup(a, (const char *)answer->result, answer->result_len) : NULL;
	/* who saw an order completed sees its line in the next answer, though another read model gives it */
	if (!o->as_of && answer->position > c->position)
		c->position = answer->position;
	return true;
}

/* ---- commands ------------------------------------------------------------------------------- */

static cJSON *
event_json(const struct bus_event *e, struct arena *a)
{
	const struct shape *shape = event_shape(e->type);
	struct error ignored;
	struct buf text = { 0 };
	cJSON *out = NULL;

	if (shape && e->payload) {
		void *body = arena_alloc(a, shape->size);
		if (shape_unpack(shape, e->payload, e->len, a, body, NULL, &ignored)) {
			shape_to_json(shape, body, &text, true);
			out = json_parse(a, buf_text(&text), text.len, &ignored);
		}
	}
	buf_free(&text);
	if (!out) {
		out = cJSON_CreateObject();
		arena_own(a, (void (*)(void *))cJSON_Delete, out);
	}
	if (e->id && !cJSON_HasObjectItem(out, "id"))
		cJSON_AddStringToObject(out, "id", e->id);
	return out;
}

/* what a dry run says would happen */
static cJSON *
plan_json(const struct bus_answer *answer, struct arena *a)
{
	cJSON *plan = cJSON_CreateObject(), *events = cJSON_AddArrayToObject(plan, "events");

	arena_own(a, (void (*)(void *))cJSON_Delete, plan);
	cJSON_AddBoolToObject(plan, "dryRun", true);
	for (int i = 0; i < answer->n_events; i++) {
		const struct shape *shape = event_shape(answer->events[i].type);
		cJSON *e = cJSON_CreateObject();
		cJSON_AddStringToObject(e, "event", shape ? shape->name : "?");
		cJSON_AddItemToObject(e, "payload", cJSON_Duplicate(event_json(&answer->events[i], a), true));
		cJSON_AddItemToArray(events, e);
	}
	return plan;
}

static bool
is_usage(const struct shape *op)
{
	return op == &usage_record_shape || op == &usage_simulate_shape;
}

/* the usage record that its event carries, in the shape of usage.get */
static cJSON *
usage_json(const struct bus_event *e, const char *id, struct arena *a)
{
	const struct shape *shape = event_shape(e->type);
	cJSON *j = event_json(e, a), *ue = cJSON_DetachItemFromObject(j, "usageEventId");
	bool rated = shape == &usage_rated_shape;

	if (rated || shape == &usage_rejected_shape)
		cJSON_AddStringToObject(j, "subscriptionId", e->id ? e->id : "");
	cJSON_DeleteItemFromObject(j, "state");
	cJSON_DeleteItemFromObject(j, "id");
	cJSON_AddStringToObject(j, "id", cJSON_IsString(ue) ? ue->valuestring : id ? id : "");
	cJSON_AddStringToObject(j, "state", rated ? "processed" : "rejected");
	cJSON_AddBoolToObject(j, "processed", rated);
	cJSON_AddItemToObject(j, "processingError", rated ? cJSON_CreateNull() :
		cJSON_Duplicate(cJSON_GetObjectItem(j, "reason"), true));
	cJSON_Delete(ue);
	return j;
}

/* several events of one kind (a cutover): how many, and whose */
static void
add_count(cJSON *json, const struct bus_answer *answer)
{
	cJSON *ids = cJSON_AddArrayToObject(json, "invalidated_ids");

	for (int i = 0; i < answer->n_events; i++)
		if (event_shape(answer->events[i].type) == &payment_method_cutover_invalidated_shape)
			cJSON_AddItemToArray(ids, cJSON_CreateString(answer->events[i].id));
	cJSON_AddNumberToObject(json, "invalidated_count", cJSON_GetArraySize(ids));
}

static cJSON *
own_json(const struct shape *op, const struct bus_answer *answer, struct arena *a)
{
	static const struct bus_event none;
	const struct bus_event *first = answer->n_events ? &answer->events[0] : &none;

	for (int i = 0; is_usage(op) && i < answer->n_events; i++) {
		const struct shape *s = event_shape(answer->events[i].type);
		if (s == &usage_rated_shape || s == &usage_rejected_shape || s == &usage_unidentified_shape)
			return usage_json(&answer->events[i], answer->id, a);
	}
	cJSON *json = event_json(first, a);
	if (answer->id) {                              /* what was made; the event may be about something larger */
		cJSON_DeleteItemFromObject(json, "id");
		cJSON_AddStringToObject(json, "id", answer->id);
	}
	if (op == &payment_cutover_shape)
		add_count(json, answer);
	return json;
}

/* the id that the show query wants: the argument of the same name, else what the command was about */
static const char *
show_id(const struct shape *op, const void *args, const struct field *target, const char *id)
{
	const struct field *same = shape_field(op, target->name);

	return same && same->kind <= FIELD_ID && field_text(same, args) ? field_text(same, args) : id;
}

static const struct shape *
show_of(const struct shape *op)
{
	if (strncmp(op->name, "clock.", 6) == 0)
		return &clock_now_shape;
	const struct shape *show = op->show ? operation_named(op->show) : NULL;
	must(show || !op->show);
	return show;
}

static bool
show_result(struct client *c, const struct shape *op, const void *args, struct arena *a,
	    struct call_result *r, struct error *err)
{
	const struct shape *show = show_of(op);
	const struct field *target = shape_target(show);
	void *show_args = arena_alloc(a, show->size);

	if (target)
		*(const char **)field_at(target, show_args) = show_id(op, args, target, r->id);
	return client_ask(c, show, show_args, &(struct call_options){ 0 }, r->position, a, &r->json, err);
}

/* the outcome that was waited for, else the command's first own event */
static const char *
event_of(const struct shape *op, const struct bus_answer *answer)
{
	const struct shape *first = answer->n_events ? event_shape(answer->events[0].type) : NULL;
	const struct shape *last =
	    answer->n_events ? event_shape(answer->events[answer->n_events - 1].type) : NULL;

	if (last && op->awaits && strstr(op->awaits, last->name))
		return last->name;
	return first ? first->name : NULL;
}

static void
take_answer(struct client *c, const struct shape *op, const struct bus_answer *answer, struct call_result *r)
{
	*r = (struct call_result){ .position = answer->position,
				   .id = answer->id,
				   .correlation = answer->correlation,
				   .event = event_of(op, answer),
				   .accepted = answer->status == ANSWER_ACCEPTED,
				   .repeat = answer->repeat,
				   .dry_run = answer->dry_run };
	if (!answer->dry_run && answer->position > c->position)
		c->position = answer->position;
}

static bool
command_run(struct client *c, const struct shape *op, const void *args, const struct call_options *o,
	    struct arena *a, struct call_result *out, struct error *err)
{
	char made[UUID_TEXT];
	struct bus_answer *answer = NULL;
	struct request r = request_for(op, args, o, a);

	r.item.key = o->key ? o->key : arena_strdup(a, uuid_random(made));
	r.item.dry_run = o->dry_run;
	r.waits = op->awaits && !o->no_wait && !o->dry_run;
	if (!request_run(c, &r, a, &answer, err))
		return false;
	take_answer(c, op, answer, out);
	if (o->dry_run) {
		out->json = plan_json(answer, a);
		return true;
	}
	if (show_of(op) && !o->no_show) {
		if (show_result(c, op, args, a, out, err))
			return true;
		out->unread = true; /* what is committed must not look like a failure: people repeat those */
		*err = (struct error){ 0 };
	}
	out->json = own_json(op, answer, a);
	return true;
}

/* ---- any operation -------------------------------------------------------------------------- */

static bool
may_be_asked(const struct shape *op, struct error *err)
{
	if (!op->internal && !op->effect_only)
		return true;
	error_set(err, ERROR_FORBIDDEN, "operation.internal", "%s is not for clients", op->name);
	return error_hint(err, "bss explain %s says who runs it", op->name);
}

static bool
operation_run(struct client *c, const struct shape *op, const void *args, const struct call_options *o,
	struct arena *a, struct call_result *r, struct error *err)
{
	if (op->client)
		return client_run_here(c, op, args, o, a, r, err);
	if (!op->is_query)
		return command_run(c, op, args, o, a, r, err);
	int64_t after = o->after ? o->after : c->position;
	*r = (struct call_result){ .position = after };
	return client_ask(c, op, args, o, after, a, &r->json, err);
}

bool
client_call(struct client *c, const char *name, const cJSON *args, const struct call_options *o,
	    struct arena *a, struct call_result *r, struct error *err)
{
	static const struct call_options usual;
	const struct shape *op;
	cJSON *none = NULL;

	*err = (struct error){ 0 };
	*r = (struct call_result){ 0 };
	c->answered = NULL;
	if (!client_operation(name, &op, err) || !may_be_asked(op, err))
		return false;
	if (!args)
		arena_own(a, (void (*)(void *))cJSON_Delete, none = cJSON_CreateObject());
	void *typed = arena_alloc(a, op->size);
	if (!shape_from_json(op, args ? args : none, a, typed, err) || !find_token(c, err))
		return false;
	if (c->as.trace)
		snprintf(c->trace, sizeof c->trace, "%s", c->as.trace);
	else
		random_hex(c->trace, 32);
	bool ok = operation_run(c, op, typed, o ? o : &usual, a, r, err);
	r->text = c->answered;
	return ok;
}

bool
client_call_text(struct client *c, const char *name, const char *args, const struct call_options *o,
		 struct arena *a, struct call_result *r, struct error *err)
{
	cJSON *json = json_parse(a, args, strlen(args), err);

	return json && client_call(c, name, json, o, a, r, err);
}
