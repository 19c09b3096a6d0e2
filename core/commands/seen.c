/* seen.c -- idempotency keys: a repeat gets the same ids and position, other arguments under the key are refused.
 *
 * The first event of a command stores key and argument hash in its envelope, so the register comes back with the log.  Keys are
 * scoped by tenant and identity and kept for BSS_IDEMPOTENCY_HOURS; the queue that expires them holds every key in the order it
 * was put, also those a rollback took back: an entry only counts while the register agrees. */
#include "core/commands/unit.h"
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/text.h"

struct due { int64_t recorded_at; char *key; };
struct seen_keys {
	struct world *world;
	struct ordered *by_key, *by_correlation;
	struct due *queue;
	size_t first, n, cap;
};

struct seen_keys *
seen_new(struct world *w)
{
	struct seen_keys *s = mem_new(sizeof *s);

	s->world = w;
	s->by_key = ordered_new();
	s->by_correlation = ordered_new();
	return s;
}

static void
drop_text(const char *text)
{
	mem_drop((void *)(uintptr_t)text);
}

void
seen_free(struct seen_keys *s)
{
	const struct index_node *at = NULL;

	for (struct seen *k; (k = ordered_next(s->by_key, "", &at));) {
		drop_text(k->refused);
		drop_text(k->said);
		mem_drop(k);
	}
	for (size_t i = s->first; i < s->n; i++)
		mem_drop(s->queue[i].key);
	mem_drop(s->queue);
	ordered_destroy(s->by_key);
	ordered_destroy(s->by_correlation);
	mem_drop(s);
}

#define SEEN_KEY 512
static const char *
full_key(char out[SEEN_KEY], const char *tenant, const char *identity, const char *key)
{
	snprintf(out, SEEN_KEY, "%s\x1f%s\x1f%s", tenant, identity, key);
	return out;
}

static void
enqueue(struct seen_keys *s, const char *key, int64_t at)
{
	if (s->first > s->n / 2 && s->first > 1024) {
		memmove(s->queue, s->queue + s->first, (s->n - s->first) * sizeof *s->queue);
		s->n -= s->first;
		s->first = 0;
	}
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 256;
		s->queue = mem_grow(s->queue, s->cap * sizeof *s->queue);
	}
	s->queue[s->n++] = (struct due){ at, mem_text(key) };
}

static void
give_up(struct seen_keys *s, struct seen *k)
{
	if (k->op && k->op->awaits && ordered_get(s->by_correlation, k->correlation) == k)
		ordered_drop(s->world, s->by_correlation, k->correlation);
	if (k->refused)
		world_give_up(s->world, (void *)(uintptr_t)k->refused);
	if (k->said)
		world_give_up(s->world, (void *)(uintptr_t)k->said);
	world_give_up(s->world, k);
}

void
seen_put(struct seen_keys *s, const char *tenant, const char *identity, const char *key, const struct seen *what)
{
	char full[SEEN_KEY];
	struct seen *copy = world_keep(s->world, mem_new(sizeof *copy)), *old;

	*copy = *what;
	copy->refused = world_text(s->world, what->refused);
	copy->said = world_text(s->world, what->said);
	full_key(full, tenant, identity, key);
	old = ordered_get(s->by_key, full);
	if (old)
		give_up(s, old);
	ordered_put(s->world, s->by_key, full, copy);
	if (what->op && what->op->awaits)
		ordered_put(s->world, s->by_correlation, what->correlation, copy);
	enqueue(s, full, what->recorded_at);
}

const struct seen *
seen_get(struct seen_keys *s, const char *tenant, const char *identity, const char *key)
{
	char full[SEEN_KEY];

	return ordered_get(s->by_key, full_key(full, tenant, identity, key));
}

void
seen_outcome(struct seen_keys *s, const char *correlation, const struct shape *event, const char *id, int64_t position)
{
	struct seen *k = ordered_get(s->by_correlation, correlation);

	if (!k || k->outcome_type || !text_has_word(k->op->awaits, event->name))
		return;
	world_edit(s->world, k, sizeof *k);
	k->outcome_type = event->code;
	k->outcome_position = position;
	snprintf(k->outcome_id, sizeof k->outcome_id, "%s", id);
}

static void
expire(struct seen_keys *s, const struct due *d)
{
	struct seen *k = ordered_get(s->by_key, d->key);

	if (!k || k->recorded_at != d->recorded_at)
		return;
	ordered_drop(s->world, s->by_key, d->key);
	give_up(s, k);
}

void
seen_expire(struct seen_keys *s, int64_t before)
{
	while (s->first < s->n && s->queue[s->first].recorded_at < before) {
		expire(s, &s->queue[s->first]);
		mem_drop(s->queue[s->first++].key);
	}
}
