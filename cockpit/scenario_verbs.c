/* scenario_verbs.c -- the ten verbs that only scenarios have, and the door to all operations.
 *
 * Most are made of operations of the system under the names that scenario files use.  Those that act on
 * portal logins refuse with a sentence: the portal is not part of this system yet, and nothing here writes
 * its tables. */
#include <stdio.h>
#include <string.h>
#include "cockpit/scenario_inner.h"
#include "core/base/text.h"

#define PORTAL_TOKEN "BSS_PORTAL_SELF_SERVE_API_TOKEN"

struct argument { const char *name; unsigned kinds; bool required; };
struct verb {
	const char *name;
	const struct argument *arguments;      /* ends with a nameless one */
	bool (*run)(struct run *, const struct verb *, const struct value *args, struct value **, struct error *);
};

/* ---- operations --------------------------------------------------------------------------------- */

static bool
operation_run_as(struct run *r, const struct scenario_as *as, const char *op, const struct value *args,
	struct value **result, struct error *err)
{
	struct buf json = { 0 };
	const char *answer = NULL;

	*err = (struct error){ 0 };
	if (args)
		value_to_json(args, &json);
	bool ok = r->host->call(r->host->self, as, op, args ? buf_text(&json) : "{}", r->arena, &answer, err);
	buf_free(&json);
	if (!ok)
		return false;
	*result = value_from_json(r->arena, answer, strlen(answer), err);
	return *result != NULL;
}

static bool
operation_run(struct run *r, const char *op, const struct value *args, struct value **result,
	struct error *err)
{
	return operation_run_as(r, &r->as, op, args, result, err);
}

/* ---- reset and clock ---------------------------------------------------------------------------- */

/* the answer of one service, in the shape that used to have one per service */
static struct value *
service_list(struct run *r, struct value *body)
{
	struct value *list = value_new(r->arena, VALUE_LIST), *service = value_new(r->arena, VALUE_MAP);

	value_put(service, "service", value_text(r->arena, "core"));
	value_put(service, "ok", value_bool(r->arena, true));
	value_put(service, "body", body);
	value_add(list, service);
	return list;
}

static bool
verb_reset(struct run *r, const struct verb *v, const struct value *args, struct value **out,
	struct error *err)
{
	const struct value *sequences = value_member(args, "reset_sequences");
	struct value *body;

	if (!operation_run(r, v->name, args, &body, err))
		return false;
	*out = value_new(r->arena, VALUE_MAP);
	value_put(*out, "resetSequences", value_bool(r->arena, sequences && sequences->truth));
	value_put(*out, "services", service_list(r, body));
	value_put(*out, "portalAuth", value_new(r->arena, VALUE_NULL));
	return true;
}

static bool
verb_clock(struct run *r, const struct verb *v, const struct value *args, struct value **out,
	struct error *err)
{
	struct value *body;

	if (!operation_run(r, v->name, args, &body, err))
		return false;
	*out = value_new(r->arena, VALUE_MAP);
	value_put(*out, "path", value_text(r->arena, arena_printf(r->arena, "/admin-api/v1/clock/%s", v->name + 6)));
	value_put(*out, "payload", args ? value_copy(r->arena, args) : value_new(r->arena, VALUE_MAP));
	value_put(*out, "services", service_list(r, body));
	return true;
}

/* ---- audit -------------------------------------------------------------------------------------- */

static bool
verb_events(struct run *r, const struct verb *v, const struct value *args, struct value **out,
	struct error *err)
{
	struct value *query = value_copy(r->arena, args), *answer;

	(void)v;
	if (!value_member(query, "limit"))
		value_put(query, "limit", value_int(r->arena, 200));
	if (!operation_run(r, "log.show", query, &answer, err))
		return false;
	*out = answer->kind == VALUE_MAP ? (struct value *)(uintptr_t)value_member(answer, "events") : answer;
	if (*out && (*out)->kind == VALUE_LIST)
		return true;
	return error_set(err, ERROR_UNAVAILABLE, "scenario.audit", "log.show answered no list of events");
}

static bool
verb_count(struct run *r, const struct verb *v, const struct value *args, struct value **out,
	struct error *err)
{
	struct value *events;

	if (!verb_events(r, v, args, &events, err))
		return false;
	*out = value_new(r->arena, VALUE_MAP);
	value_put(*out, "identity", value_copy(r->arena, value_member(args, "service_identity")));
	value_put(*out, "count", value_int(r->arena, events->n));
	return true;
}

/* ---- portal ------------------------------------------------------------------------------------- */

static const char *
text_or(const struct value *args, const char *name, const char *otherwise)
{
	const struct value *v = value_member(args, name);

	return v && v->kind == VALUE_TEXT ? v->text : otherwise;
}

/* a write that shows the portal's own identity in the log; no other token is tried when that one is missing
 * */
static bool
verb_contact(struct run *r, const struct verb *v, const struct value *args, struct value **out,
	struct error *err)
{
	struct scenario_as portal = r->as;
	struct value *call = value_new(r->arena, VALUE_MAP), *result;
	const char *customer = text_or(args, "customer_id", ""), *medium = text_or(args, "medium_type", "email");
	const char *made = arena_printf(r->arena, "demo-%.40s@example.com", customer);

	(void)v;
	portal.token_of = PORTAL_TOKEN;
	value_put(call, "customer_id", value_text(r->arena, customer));
	value_put(call, "medium_type", value_text(r->arena, medium));
	value_put(call, "value", value_text(r->arena, text_or(args, "value", made)));
	if (!operation_run_as(r, &portal, "customer.add_contact_medium", call, &result, err))
		return false;
	*out = value_new(r->arena, VALUE_MAP);
	value_put(*out, "identity", value_text(r->arena, "portal_self_serve"));
	value_put(*out, "customerId", value_text(r->arena, customer));
	value_put(*out, "result", result);
	return true;
}

static bool
verb_no_portal(struct run *r, const struct verb *v, const struct value *args, struct value **out,
	struct error *err)
{
	(void)r, (void)args, (void)out;
	error_set(err, ERROR_UNAVAILABLE, "scenario.no_portal",
		"%s needs the self-serve portal, and this system has "
		"none yet", v->name);
	return error_hint(err, "Leave the story out: run-all --tag picks by tag");
}

/* ---- the table ---------------------------------------------------------------------------------- */

#define IS(kind)   (1u << VALUE_##kind)

static const struct argument no_args[] = { { 0 } };
static const struct argument reset_args[] = { { "reset_sequences", IS(BOOL), false }, { "everything",
	IS(BOOL), false },
	{ 0 } };
static const struct argument freeze_args[] = { { "at", IS(TEXT) | IS(NULL), false }, { 0 } };
static const struct argument advance_args[] = { { "duration", IS(TEXT), true }, { 0 } };
static const struct argument audit_args[] = { { "service_identity", IS(TEXT), true }, { "aggregate_type",
	IS(TEXT), false },
	{ "aggregate_id", IS(TEXT), false }, { "event_type_prefix", IS(TEXT), false }, { "limit", IS(INT), false },
		{ 0 } };
static const struct argument contact_args[] = { { "customer_id", IS(TEXT), true }, { "medium_type",
	IS(TEXT), false },
	{ "value", IS(TEXT), false }, { 0 } };
static const struct argument identity_args[] = { { "email", IS(TEXT), true }, { "customer_id", IS(TEXT),
	true }, { 0 } };
static const struct argument chat_args[] = { { "portal_base", IS(TEXT), true }, { "session_cookie",
	IS(TEXT), true },
	{ "message", IS(TEXT), true }, { "timeout_s", IS(INT) | IS(REAL), false }, { 0 } };

static const struct verb verbs[] = {
	{ "admin.reset_operational_data",     reset_args,    verb_reset },
	{ "clock.freeze",                     freeze_args,   verb_clock },
	{ "clock.unfreeze",                   no_args,       verb_clock },
	{ "clock.advance",                    advance_args,  verb_clock },
	{ "audit.events_by_identity",         audit_args,    verb_events },
	{ "audit.count_by_identity",          audit_args,    verb_count },
	{ "portal.write_demo_contact",        contact_args,  verb_contact },
	{ "portal.link_identity_to_customer", identity_args, verb_no_portal },
	{ "portal.mint_test_session",         identity_args, verb_no_portal },
	{ "portal.run_chat_turn",             chat_args,     verb_no_portal },
};
#define VERBS (sizeof verbs / sizeof verbs[0])

static const struct verb *
named(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

bool
scenario_verb_exists(const char *name)
{
	return named(name) != NULL;
}

const char *
scenario_verb_nearest(const char *name, int *distance)
{
	const char *nearest = verbs[0].name;

	*distance = text_distance(name, nearest);
	for (size_t i = 1; i < VERBS; i++)
		if (text_distance(name, verbs[i].name) < *distance) {
			nearest = verbs[i].name;
			*distance = text_distance(name, nearest);
		}
	return nearest;
}

static const struct argument *
argument_named(const struct verb *v, const char *name)
{
	for (const struct argument *a = v->arguments; a->name; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static bool
wrong(struct error *err, const struct verb *v, const char *what, const char *name)
{
	return error_set(err, ERROR_INVALID, "arguments.invalid", "%s %s `%.60s`", v->name, what, name);
}

/* before placeholders are filled in, a text may still become anything */
static bool
argument_fits(const struct argument *a, const struct value *v)
{
	return (a->kinds & 1u << v->kind) || (v->kind == VALUE_TEXT && strstr(v->text, "{{"));
}

bool
scenario_verb_check(const char *name, const struct value *args, struct error *err)
{
	const struct verb *v = named(name);

	for (const struct value *i = args ? args->first : NULL; i; i = i->next) {
		const struct argument *a = argument_named(v, i->key);
		if (!a)
			return wrong(err, v, "has no argument", i->key);
		if (!argument_fits(a, i))
			return wrong(err, v, "takes something else as", i->key);
	}
	for (const struct argument *a = v->arguments; a->name; a++)
		if (a->required && !value_member(args, a->name))
			return wrong(err, v, "needs the argument", a->name);
	return true;
}

bool
scenario_tool_run(struct run *r, const char *name, const struct value *args, struct value **result,
	struct error *err)
{
	const struct verb *v = named(name);

	if (!v)
		return operation_run(r, name, args, result, err);
	return scenario_verb_check(name, args, err) && v->run(r, v, args, result, err);
}
