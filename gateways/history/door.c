/* door.c -- who may ask the log what: the core's rules for identities, and no more than reading.
 *
 * An effect may not: it gets the fields of its requests and nothing else. */
#include "gateways/history/history.h"
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/bus/identity.h"

#define BUDGET (2 * SECOND)
#define TRAVEL (5 * SECOND) /* time travel goes through a whole past */
#define MARGIN (100 * 1000) /* for the way back */

static const struct shape *
operation_of(const struct bus_item *i, struct error *err)
{
	const struct shape *op = i->op ? operation_named(i->op) : NULL;
	const char *near = op || !i->op ? NULL : operation_nearest(i->op);

	if (!op) {
		error_set(err, ERROR_INVALID, "operation.unknown", "There is no operation %.80s",
			  i->op ? i->op : "without a name");
		if (near)
			error_hint(err, "Did you mean %s?", near);
	}
	return op;
}

static const struct identity *
asker_of(const struct bus_header *h, struct error *err)
{
	const struct identity *who = identity_of(h->token);
	bool given = h->token && *h->token;

	if (!who) {
		error_set(err, ERROR_UNAUTHENTICATED, given ? "AUTH_INVALID_TOKEN" : "AUTH_MISSING_TOKEN",
			  "%s", given ? "invalid API token" : "a token is required");
		error_hint(err, "Tokens are in the state folder's tokens.env, or set BSS_API_TOKEN.");
		return NULL;
	}
	if (h->channel && *h->channel && !identity_may_claim(who, h->channel)) {
		error_set(err, ERROR_FORBIDDEN, "identity.channel",
			  "The identity %s may not speak for channel %.60s", who->name, h->channel);
		return NULL;
	}
	return who;
}

static bool
allowed(const struct question *q, const struct identity *who, struct error *err)
{
	bool history = q->op->domain && strcmp(q->op->domain, "history") == 0;

	if (!(who->may & MAY_QUERY) || q->op->effect_only)
		return error_set(err, ERROR_FORBIDDEN, "identity.not_allowed",
				 "The identity %s may not ask for %s", who->name, q->op->name);
	if (q->op->is_query && (history ? !q->as_of : q->as_of != NULL))
		return true;
	if (history)
		return error_set(err, ERROR_INVALID, "as_of.not_here",
				 "%s reads the log itself; use its own bounds", q->op->name);
	error_set(err, ERROR_INVALID, "operation.not_here", "%s is not answered from the log", q->op->name);
	return error_hint(err, q->op->is_query ? "Say as of when, or ask the gateway."
					       : "Commands go to the core.");
}

static int64_t
budget(const struct bus_header *h, bool travels)
{
	int64_t most = travels ? TRAVEL : BUDGET,
		left = h->deadline ? h->deadline - wall_now() - MARGIN : most;

	return left > most ? most : left < MARGIN ? MARGIN : left;
}

bool
question_read(struct history *h, const struct bus_request *r, int i, struct arena *a, struct question *q,
	      struct error *err)
{
	const struct bus_item *in = &r->items[i];
	const struct identity *who = asker_of(&r->header, err);
	const char *tenant = r->header.tenant;
	void *args;

	*q = (struct question){ .h = h, .arena = a, .as_of = in->as_of && *in->as_of ? in->as_of : NULL };
	q->enough = mono_now() + budget(&r->header, q->as_of);
	if (!who || !(q->op = operation_of(in, err)) || !allowed(q, who, err))
		return false;
	q->admin = who->may & MAY_ADMIN;
	q->tenant = tenant && *tenant ? tenant : config_text("BSS_TENANT_DEFAULT");
	if (strlen(q->tenant) >= ID_MAX || strchr(q->tenant, '/'))
		return error_set(err, ERROR_INVALID, "header.tenant",
				 "A tenant's name has at most 63 bytes and no slash");
	q->args = args = arena_alloc(a, q->op->size);
	return shape_unpack(q->op, in->args, in->args_len, a, args, NULL, err) &&
	       shape_check(q->op, args, err);
}
