/* digest.c -- one number for a whole world, so that a world rebuilt from the log can be compared with the one that wrote it.
 *
 * Hash tables have no order, so the hashes of their members are added up; indexes and timers are walked in order.  States that
 * hold texts count with their head only: id, state, version, open request. */
#include <string.h>
#include "core/base/crypt.h"
#include "core/commands/aggregate.h"
#include "core/commands/engine.h"
#include "core/commands/world_engine.h"
#include "core/commands/world_inner.h"

struct sum { uint64_t words[HASH_BYTES / 8]; };

static void
add(struct sum *s, const void *a, size_t an, const void *b, size_t bn)
{
	struct sum one;

	hash_2((uint8_t *)one.words, a, an, b, bn);
	for (size_t i = 0; i < HASH_BYTES / 8; i++)
		s->words[i] += one.words[i];
}

static void
add_entity(void *ctx, const struct entity *e)
{
	struct sum *s = ctx;
	const struct aggregate *row = aggregate_row(e->aggregate);
	struct { char tenant[ID_MAX], id[ID_MAX]; int64_t version, request, aggregate, status, gone, scenario; } head = { 0 };
	size_t rest = row->plain && !e->gone ? row->state_size - sizeof *e : 0;

	memcpy(head.tenant, tenant_name(e->tenant), strlen(tenant_name(e->tenant)));
	memcpy(head.id, e->id, strlen(e->id));
	head.version = e->version;
	head.request = e->request;
	head.aggregate = e->aggregate;
	head.status = e->status;
	head.gone = e->gone;
	head.scenario = e->scenario;
	add(s, &head, sizeof head, e + 1, rest);
}

static void
add_ordered(struct sum *s, const struct ordered *o, const void *salt, size_t n)
{
	const struct index_node *at = NULL;

	while (ordered_next(o, "", &at) || at)
		add(s, salt, n, index_key(at), strlen(index_key(at)));
}

static void
add_tenant(struct sum *s, const struct tenant *t)
{
	const char *name = tenant_name(t);

	for (int i = 0; i < AGGREGATE_COUNT; i++) {
		int64_t pair[2] = { i, world_sequence(t, i) };

		tenant_each(t, i, add_entity, s);
		if (pair[1])             /* a tenant that nothing was done for is no different from none */
			add(s, name, strlen(name), pair, sizeof pair);
	}
	for (int i = 0; i < INDEX_COUNT; i++)
		add_ordered(s, tenant_index(t, i), &i, sizeof i);
}

void
world_digest(const struct world *w, uint8_t out[HASH_BYTES])
{
	struct sum s = { { 0 } };
	const struct business_clock *c = world_clock(w);
	int64_t clock[3] = { c->frozen, c->frozen ? c->frozen_at : 0, c->offset };

	for (const struct tenant *t = world_first_tenant(w); t; t = tenant_after(t))
		add_tenant(&s, t);
	add_ordered(&s, world_timers(w, false), "b", 1);
	add_ordered(&s, world_timers(w, true), "w", 1);
	add(&s, "clock", 5, clock, sizeof clock);
	memcpy(out, s.words, HASH_BYTES);
}
