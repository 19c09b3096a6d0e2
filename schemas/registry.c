/* registry.c -- finds a shape by its name or code.
 *
 * Look-ups are on the path of every event and command, so names go into a small open-addressed table and codes
 * index an array; both are built once from the lists in registry.h. */
#include "schemas/registry.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/must.h"
#include "core/base/text.h"

#define CODES 2048
#define SLOTS 1024

const struct shape *const event_shapes[] = { ALL_EVENTS(EVENT_REF_) NULL };
const struct shape *const operation_shapes[] = { ALL_COMMANDS(OP_REF_) ALL_CLIENT(OP_REF_) ALL_QUERIES(OP_REF_) NULL };

static const struct shape *by_code[CODES];
static const struct shape *events_by_name[SLOTS], *operations_by_name[SLOTS];

#define AGGREGATE_NAME_(sym, ids)  #sym,
#define AGGREGATE_FORM_(sym, ids)  ids,
static const char *const aggregate_names[] = { AGGREGATES(AGGREGATE_NAME_) };
static const char *const aggregate_forms[] = { AGGREGATES(AGGREGATE_FORM_) };

#define STATES(agg, LIST) \
	[AGGREGATE_##agg] = { (const char *const[]){ LIST(STATE_TEXT_) }, 0 LIST(STATE_COUNT_) }
#define STATE_COUNT_(sym, text)  + 1
static const struct { const char *const *texts; int n; } states[AGGREGATE_COUNT] = {
	STATES(customer, CUSTOMER_STATES),
	STATES(offering, OFFERING_STATES),
	STATES(msisdn, MSISDN_STATES),
	STATES(esim, ESIM_STATES),
	STATES(payment_method, PAYMENT_METHOD_STATES),
	STATES(payment_attempt, PAYMENT_ATTEMPT_STATES),
	STATES(order, ORDER_STATES),
	STATES(service_order, SERVICE_ORDER_STATES),
	STATES(service, SERVICE_STATES),
	STATES(provisioning_task, PROVISIONING_TASK_STATES),
	STATES(subscription, SUBSCRIPTION_STATES),
	STATES(job, JOB_STATES),
};

static unsigned
name_hash(const char *s)
{
	unsigned h = 2166136261u;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 16777619u;
	return h;
}

static void
put(const struct shape *table[], const char *name, const struct shape *s, bool unique)
{
	for (unsigned i = name_hash(name);; i++) {
		const struct shape **slot = &table[i % SLOTS];

		if (!*slot) {
			*slot = s;
			return;
		}
		must(!unique || strcmp((*slot)->name, name) != 0);
	}
}

static const struct shape *
get(const struct shape *const table[], const char *name)
{
	for (unsigned i = name_hash(name);; i++) {
		const struct shape *s = table[i % SLOTS];

		if (!s || strcmp(s->name, name) == 0 || (s->alias && strcmp(s->alias, name) == 0))
			return s;
	}
}

void
registry_start(void)
{
	if (events_by_name[name_hash(event_shapes[0]->name) % SLOTS])
		return;
	for (const struct shape *const *s = event_shapes; *s; s++) {
		must((*s)->code > 0 && (*s)->code < CODES && !by_code[(*s)->code]);
		by_code[(*s)->code] = *s;
		put(events_by_name, (*s)->name, *s, true);
	}
	for (const struct shape *const *s = event_shapes; *s; s++)
		if ((*s)->alias && !event_named((*s)->alias))
			put(events_by_name, (*s)->alias, *s, false);
	for (const struct shape *const *s = operation_shapes; *s; s++)
		put(operations_by_name, (*s)->name, *s, true);
}

const struct shape *
event_shape(int code)
{
	return code > 0 && code < CODES ? by_code[code] : NULL;
}

const struct shape *
event_named(const char *name)
{
	return get(events_by_name, name);
}

const struct shape *
operation_named(const char *name)
{
	return get(operations_by_name, name);
}

static int
distance(const char *a, const char *b)
{
	size_t n = strlen(b);
	int row[128];

	if (n >= 127)
		return 999;
	for (size_t j = 0; j <= n; j++)
		row[j] = (int)j;
	for (size_t i = 1; *a; a++, i++) {
		int corner = row[0];

		row[0] = (int)i;
		for (size_t j = 1; j <= n; j++) {
			int up = row[j], change = corner + (*a != b[j - 1]);

			row[j] = change < up + 1 ? change : up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			corner = up;
		}
	}
	return row[n];
}

const char *
operation_nearest(const char *name)
{
	const char *best = NULL;
	int least = 999;

	for (const struct shape *const *s = operation_shapes; *s; s++) {
		int d = distance(name, (*s)->name);

		if (!(*s)->internal && d < least) {
			least = d;
			best = (*s)->name;
		}
	}
	return best;
}

const char *
aggregate_name(int aggregate)
{
	must(aggregate >= 0 && aggregate < AGGREGATE_COUNT);
	return aggregate_names[aggregate];
}

#define AGGREGATE_ALIAS_(sym, alias)  { AGGREGATE_##sym, alias },
static const struct { int aggregate; const char *alias; } aliases[] = { AGGREGATE_ALIASES(AGGREGATE_ALIAS_) };

const char *
aggregate_alias(int aggregate)
{
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (aliases[i].aggregate == aggregate)
			return aliases[i].alias;
	return aggregate_name(aggregate);
}

int
aggregate_called(const char *name)
{
	char snake[128], alias[128];

	snake_case(name, snake, sizeof snake);
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (strcmp(snake_case(aliases[i].alias, alias, sizeof alias), snake) == 0)
			return aliases[i].aggregate;
	return aggregate_of(snake, strlen(snake));
}

const char *
aggregate_id_form(int aggregate)
{
	must(aggregate >= 0 && aggregate < AGGREGATE_COUNT);
	return aggregate_forms[aggregate];
}

int
aggregate_of(const char *name, size_t n)
{
	for (int i = 0; i < AGGREGATE_COUNT; i++)
		if (strlen(aggregate_names[i]) == n && memcmp(aggregate_names[i], name, n) == 0)
			return i;
	return -1;
}

const char *const *
states_of(int aggregate, int *n)
{
	*n = states[aggregate].n;
	return states[aggregate].texts;
}
