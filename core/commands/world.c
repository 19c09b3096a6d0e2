/* world.c -- hash tables, ordered indexes, timers and the journal that can undo them.
 *
 * Everything that changes leaves an entry in the journal: old bytes, a node put into or taken out of a structure, memory
 * made or given up.  Rolling back walks the entries backwards; forgetting frees what nothing can return to.  The
 * shape of a tree or the length of a bucket array is not state, so only membership is journalled. */
#include "core/commands/world.h"
#include <stdio.h>
#include <stdlib.h>
#include <stddef.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/must.h"
#include "core/commands/aggregate.h"
#include "core/commands/usage_book.h"
#include "core/commands/world_engine.h"
#include "core/commands/world_inner.h"

/* an ordered index is a treap whose priorities come from the key's hash */
struct index_node {
	struct index_node *left, *right;
	void *value;
	uint32_t priority;
	char key[];
};
struct ordered { struct index_node *root; int count; };

struct table { struct entity **buckets; uint32_t mask; int64_t count, live; };
struct tenant {
	struct world *world;
	struct tenant *next;
	struct table tables[AGGREGATE_COUNT];
	struct ordered indexes[INDEX_COUNT];
	int64_t sequences[AGGREGATE_COUNT];
	char name[ID_MAX];
};

enum journal_kind { J_BYTES, J_ENTITY, J_PUT, J_DROP, J_MADE, J_GIVEN_UP, J_CALL };
struct journal_entry {
	enum journal_kind kind;
	void *at;                        /* bytes; entity; node */
	void *where;                     /* ordered index of PUT and DROP */
	void (*undo)(void *ctx, void *item);     /* CALL: item is at, ctx is where */
	size_t n, old;                   /* BYTES: length and offset of the saved bytes */
};
struct world {
	struct tenant *tenants;
	struct ordered timers[2];        /* business, wall */
	struct business_clock clock;
	void *usage_book;
	bool journalling;
	struct journal_entry *entries;
	size_t n, cap, base;             /* entries[0] is number `base` */
	uint8_t *saved;
	size_t saved_len, saved_cap;
};

/* ---- small helpers ------------------------------------------------------------------------------------ */

static uint32_t
hash_text(const char *s)
{
	uint32_t h = 2166136261u;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 16777619u;
	h ^= h >> 15;
	h *= 2246822519u;
	return h ^ h >> 13;
}

char *
path2(char out[PATH_MAX_], const char *a, const char *b)
{
	snprintf(out, PATH_MAX_, "%s/%s", a, b);
	return out;
}

/* ---- journal --------------------------------------------------------------------------------------------- */

static struct journal_entry *
journal(struct world *w, enum journal_kind kind, void *at)
{
	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 1024;
		w->entries = mem_grow(w->entries, w->cap * sizeof *w->entries);
	}
	w->entries[w->n] = (struct journal_entry){ .kind = kind, .at = at };
	return &w->entries[w->n++];
}

void *
world_edit(struct world *w, void *at, size_t n)
{
	struct journal_entry *j;

	if (!w->journalling)
		return at;
	if (w->saved_len + n > w->saved_cap) {
		w->saved_cap = 2 * (w->saved_len + n) + 4096;
		w->saved = mem_grow(w->saved, w->saved_cap);
	}
	j = journal(w, J_BYTES, at);
	j->n = n;
	j->old = w->saved_len;
	memcpy(w->saved + w->saved_len, at, n);
	w->saved_len += n;
	return at;
}

size_t
world_mark(struct world *w)
{
	return w->base + w->n;
}

bool
world_may_go_back(const struct world *w, size_t mark)
{
	return w->journalling && mark >= w->base && mark < w->base + w->n;
}

static void ordered_insert(struct ordered *, struct index_node *);
static struct index_node *ordered_remove(struct ordered *, const char *key);
static void entity_unlink(struct entity *);

static void
undo(struct world *w, const struct journal_entry *j)
{
	switch (j->kind) {
	case J_BYTES:
		memcpy(j->at, w->saved + j->old, j->n);
		w->saved_len = j->old;
		break;
	case J_ENTITY:
		entity_unlink(j->at);
		mem_drop(j->at);
		break;
	case J_PUT:
		mem_drop(ordered_remove(j->where, ((struct index_node *)j->at)->key));
		break;
	case J_DROP:
		ordered_insert(j->where, j->at);
		break;
	case J_MADE:
		mem_drop(j->at);
		break;
	case J_CALL:
		j->undo(j->where, j->at);
		break;
	case J_GIVEN_UP:
		break;
	}
}

void
world_rollback(struct world *w, size_t mark)
{
	must(mark >= w->base && mark <= w->base + w->n);
	while (w->base + w->n > mark)
		undo(w, &w->entries[--w->n]);
}

void
world_forget(struct world *w, size_t mark)
{
	size_t k = mark - w->base, bytes = w->saved_len;

	must(mark >= w->base && k <= w->n);
	for (size_t i = 0; i < k; i++)
		if (w->entries[i].kind == J_GIVEN_UP || w->entries[i].kind == J_DROP)
			mem_drop(w->entries[i].at);
	for (size_t i = k; i < w->n; i++)
		if (w->entries[i].kind == J_BYTES && w->entries[i].old < bytes)
			bytes = w->entries[i].old;
	for (size_t i = k; i < w->n; i++)
		w->entries[i].old -= bytes;
	if (w->saved_len > bytes)
		memmove(w->saved, w->saved + bytes, w->saved_len - bytes);
	w->saved_len -= bytes;
	if (w->n > k)
		memmove(w->entries, w->entries + k, (w->n - k) * sizeof *w->entries);
	w->n -= k;
	w->base = mark;
}

void
world_journal(struct world *w, bool on)
{
	w->journalling = on;
}

void
world_on_undo(struct world *w, void (*undo_it)(void *, void *), void *ctx, void *item)
{
	struct journal_entry *j;

	if (!w->journalling)
		return;
	j = journal(w, J_CALL, item);
	j->where = ctx;
	j->undo = undo_it;
}

void **
world_usage_book(struct world *w)
{
	return &w->usage_book;
}

/* ---- texts -------------------------------------------------------------------------------------------------- */

const char *
world_text(struct world *w, const char *text)
{
	char *copy;

	if (!text)
		return NULL;
	copy = mem_text(text);
	if (w->journalling)
		journal(w, J_MADE, copy);
	return copy;
}

void
world_text_replace(struct world *w, const char **field, const char *text)
{
	char *old = (char *)(uintptr_t)*field;

	*field = world_text(w, text);
	if (!old)
		return;
	if (w->journalling)
		journal(w, J_GIVEN_UP, old);
	else
		mem_drop(old);
}

/* ---- ordered indexes: a treap ---------------------------------------------------------------------------------- */

static void
split(struct index_node *t, const char *key, struct index_node **low, struct index_node **high)
{
	if (!t) {
		*low = *high = NULL;
	} else if (strcmp(t->key, key) < 0) {
		split(t->right, key, &t->right, high);
		*low = t;
	} else {
		split(t->left, key, low, &t->left);
		*high = t;
	}
}

static struct index_node *
join(struct index_node *low, struct index_node *high)
{
	if (!low || !high)
		return low ? low : high;
	if (low->priority > high->priority) {
		low->right = join(low->right, high);
		return low;
	}
	high->left = join(low, high->left);
	return high;
}

static void
ordered_insert(struct ordered *o, struct index_node *n)
{
	struct index_node **at = &o->root;

	while (*at && (*at)->priority >= n->priority)
		at = strcmp(n->key, (*at)->key) < 0 ? &(*at)->left : &(*at)->right;
	split(*at, n->key, &n->left, &n->right);
	*at = n;
	o->count++;
}

static struct index_node *
ordered_remove(struct ordered *o, const char *key)
{
	struct index_node **at = &o->root, *n;

	while (*at && strcmp(key, (*at)->key) != 0)
		at = strcmp(key, (*at)->key) < 0 ? &(*at)->left : &(*at)->right;
	n = *at;
	if (n) {
		*at = join(n->left, n->right);
		o->count--;
	}
	return n;
}

static struct index_node *
ordered_find(const struct ordered *o, const char *key)
{
	struct index_node *n = o->root;
	int c;

	while (n && (c = strcmp(key, n->key)) != 0)
		n = c < 0 ? n->left : n->right;
	return n;
}

static struct index_node *
ordered_after(const struct ordered *o, const char *key, bool or_equal)
{
	struct index_node *n = o->root, *best = NULL;

	while (n) {
		int c = strcmp(n->key, key);

		if (c > 0 || (or_equal && c == 0)) {
			best = n;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return best;
}

void
ordered_put(struct world *w, struct ordered *o, const char *key, void *value)
{
	struct index_node *n = ordered_find(o, key);
	size_t len = strlen(key) + 1;

	if (n) {
		*(void **)world_edit(w, &n->value, sizeof n->value) = value;
		return;
	}
	n = mem_new(sizeof *n + len);
	memcpy(n->key, key, len);
	n->value = value;
	n->priority = hash_text(key);
	ordered_insert(o, n);
	if (w->journalling)
		journal(w, J_PUT, n)->where = o;
}

void
ordered_drop(struct world *w, struct ordered *o, const char *key)
{
	struct index_node *n = ordered_remove(o, key);

	if (!n)
		return;
	if (w->journalling)
		journal(w, J_DROP, n)->where = o;
	else
		mem_drop(n);
}

void
index_put(struct tenant *t, enum world_index ix, const char *key, struct entity *e)
{
	ordered_put(t->world, &t->indexes[ix], key, e);
}

void
index_drop(struct tenant *t, enum world_index ix, const char *key)
{
	ordered_drop(t->world, &t->indexes[ix], key);
}

struct entity *
index_get(const struct tenant *t, enum world_index ix, const char *key)
{
	const struct index_node *n = ordered_find(&t->indexes[ix], key);

	return n ? n->value : NULL;
}

struct entity *
index_next(const struct tenant *t, enum world_index ix, const char *prefix, const struct index_node **cursor)
{
	const struct ordered *o = &t->indexes[ix];
	const struct index_node *n = *cursor ? ordered_after(o, (*cursor)->key, false) : ordered_after(o, prefix, true);

	*cursor = n;
	if (!n || strncmp(n->key, prefix, strlen(prefix)) != 0)
		return NULL;
	return n->value;
}

struct entity *
index_from(const struct tenant *t, enum world_index ix, const char *prefix, const char *after, const struct index_node **cursor)
{
	const struct index_node *n = ordered_after(&t->indexes[ix], *cursor ? (*cursor)->key : after, false);

	*cursor = n;
	if (!n || strncmp(n->key, prefix, strlen(prefix)) != 0)
		return NULL;
	return n->value;
}

const char *
index_key(const struct index_node *n)
{
	return n->key;
}

int
index_count(const struct tenant *t, enum world_index ix)
{
	return t->indexes[ix].count;
}

void *
ordered_get(const struct ordered *o, const char *key)
{
	const struct index_node *n = ordered_find(o, key);

	return n ? n->value : NULL;
}

void *
ordered_next(const struct ordered *o, const char *after, const struct index_node **cursor)
{
	*cursor = *cursor ? ordered_after(o, (*cursor)->key, false) : ordered_after(o, after, false);
	return *cursor ? (*cursor)->value : NULL;
}

static void ordered_free(struct index_node *);

struct ordered *
ordered_new(void)
{
	return mem_new(sizeof(struct ordered));
}

void
ordered_destroy(struct ordered *o)
{
	ordered_free(o->root);
	mem_drop(o);
}

void *
world_keep(struct world *w, void *made)
{
	if (w->journalling)
		journal(w, J_MADE, made);
	return made;
}

void
world_give_up(struct world *w, void *made)
{
	if (w->journalling)
		journal(w, J_GIVEN_UP, made);
	else
		mem_drop(made);
}

/* ---- aggregates ----------------------------------------------------------------------------------------------------- */

static void
table_grow(struct table *t)
{
	uint32_t mask = t->mask ? 2 * t->mask + 1 : 63;
	struct entity **buckets = mem_new((mask + 1) * sizeof *buckets);

	for (uint32_t i = 0; t->buckets && i <= t->mask; i++)
		for (struct entity *e = t->buckets[i], *next; e; e = next) {
			next = e->next;
			e->next = buckets[e->hash & mask];
			buckets[e->hash & mask] = e;
		}
	mem_drop(t->buckets);
	t->buckets = buckets;
	t->mask = mask;
}

struct entity *
world_any(const struct tenant *t, int aggregate, const char *id)
{
	const struct table *table = &t->tables[aggregate];
	uint32_t h = hash_text(id);

	if (!table->buckets)
		return NULL;
	for (struct entity *e = table->buckets[h & table->mask]; e; e = e->next)
		if (e->hash == h && strcmp(e->id, id) == 0)
			return e;
	return NULL;
}

struct entity *
world_find(const struct tenant *t, int aggregate, const char *id)
{
	struct entity *e = id ? world_any(t, aggregate, id) : NULL;

	return e && !e->gone ? e : NULL;
}

static void
entity_unlink(struct entity *e)
{
	struct table *table = &e->tenant->tables[e->aggregate];
	struct entity **at = &table->buckets[e->hash & table->mask];

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	table->count--;
}

struct entity *
world_make(struct tenant *t, int aggregate, const char *id, size_t size)
{
	struct table *table = &t->tables[aggregate];
	struct entity *e = mem_new(size);

	must(strlen(id) < ID_MAX);
	if (!table->buckets || table->count > table->mask)
		table_grow(table);
	memcpy(e->id, id, strlen(id));
	e->tenant = t;
	e->hash = hash_text(id);
	e->aggregate = (uint16_t)aggregate;
	e->next = table->buckets[e->hash & table->mask];
	table->buckets[e->hash & table->mask] = e;
	table->count++;
	if (t->world->journalling)
		journal(t->world, J_ENTITY, e);
	return e;
}

struct entity *
world_add(struct tenant *t, int aggregate, const char *id, size_t size)
{
	return world_make(t, aggregate, id, size);
}

void
world_edit_entity(struct world *w, struct entity *e, size_t size)
{
	size_t head = offsetof(struct entity, hash);

	world_edit(w, (char *)e + head, size - head);
}

int64_t *
world_sequence_slot(struct tenant *t, int aggregate)
{
	return world_edit(t->world, &t->sequences[aggregate], sizeof t->sequences[aggregate]);
}

int64_t
world_sequence(const struct tenant *t, int aggregate)
{
	return t->sequences[aggregate];
}

/* ids like ORD-0042 carry their number: replay learns the sequence from them */
void
world_learn_sequence(struct tenant *t, int aggregate, const char *id)
{
	const char *form = aggregate_id_form(aggregate), *dash = strrchr(id, '-');
	long long n;

	if (!*form || strncmp(form, "hex:", 4) == 0 || !dash)
		return;
	n = strtoll(dash + 1, NULL, 10);
	if (n > world_sequence(t, aggregate))
		*world_sequence_slot(t, aggregate) = n;
}

int64_t
world_count(const struct tenant *t, int aggregate)
{
	return t->tables[aggregate].count;
}

int64_t
world_buckets(const struct tenant *t, int aggregate)
{
	return t->tables[aggregate].buckets ? (int64_t)t->tables[aggregate].mask + 1 : 0;
}

struct entity *
world_in_bucket(const struct tenant *t, int aggregate, int64_t bucket, const struct entity *after)
{
	struct entity *e = after ? after->next : t->tables[aggregate].buckets[bucket];

	while (e && e->gone)
		e = e->next;
	return e;
}

struct tenant *
world_tenant(struct world *w, const char *name)
{
	struct tenant *t;

	for (t = w->tenants; t; t = t->next)
		if (strcmp(t->name, name) == 0)
			return t;
	must(strlen(name) < ID_MAX);
	t = mem_new(sizeof *t);
	t->world = w;
	memcpy(t->name, name, strlen(name));
	t->next = w->tenants;
	w->tenants = t;
	return t;
}

void
tenant_each(const struct tenant *t, int aggregate, void (*f)(void *, const struct entity *), void *ctx)
{
	const struct table *table = &t->tables[aggregate];

	for (uint32_t b = 0; table->buckets && b <= table->mask; b++)
		for (const struct entity *e = table->buckets[b]; e; e = e->next)
			f(ctx, e);
}

const struct ordered *
tenant_index(const struct tenant *t, enum world_index ix)
{
	return &t->indexes[ix];
}

const struct ordered *
world_timers(const struct world *w, bool wall)
{
	return &w->timers[wall];
}

struct tenant *
world_first_tenant(const struct world *w)
{
	return w->tenants;
}

struct tenant *
tenant_after(const struct tenant *t)
{
	return t->next;
}

const char *
tenant_name(const struct tenant *t)
{
	return t->name;
}

struct world *
tenant_world(const struct tenant *t)
{
	return t->world;
}

/* ---- timers: ordered by instant, then kind and aggregate ---------------------------------------------------------------- */

#define TIMER_KEY (32 + 2 * ID_MAX)

static void
timer_key(char out[TIMER_KEY], int64_t at, int kind, const struct entity *e)
{
	snprintf(out, TIMER_KEY, "%016llx%02x%s/%s", (unsigned long long)at, (unsigned)kind, e->tenant->name, e->id);
}

/* the instant a timer stands at is part of the aggregate's state, kept here by kind and aggregate */
static void
timer_slot(char out[TIMER_KEY], int kind, const struct entity *e)
{
	snprintf(out, TIMER_KEY, "=%02x%s/%s", (unsigned)kind, e->tenant->name, e->id);
}

static struct ordered *
timers_of(struct world *w, enum timer_kind kind)
{
	return &w->timers[timer_rows[kind].wall];
}

int64_t
timer_at(const struct world *w, enum timer_kind kind, const struct entity *e)
{
	char slot[TIMER_KEY];
	const struct index_node *n;

	timer_slot(slot, kind, e);
	n = ordered_find(&w->timers[timer_rows[kind].wall], slot);
	return n ? (int64_t)(intptr_t)n->value : 0;
}

void
timer_set(struct world *w, enum timer_kind kind, struct entity *e, int64_t at)
{
	struct ordered *o = timers_of(w, kind);
	int64_t before = timer_at(w, kind, e);
	char key[TIMER_KEY], slot[TIMER_KEY];

	timer_slot(slot, kind, e);
	if (before) {
		timer_key(key, before, kind, e);
		ordered_drop(w, o, key);
	}
	if (at) {
		timer_key(key, at, kind, e);
		ordered_put(w, o, key, e);
		ordered_put(w, o, slot, (void *)(intptr_t)at);
	} else {
		ordered_drop(w, o, slot);
	}
}

/* keys begin with the instant in hex (and so with '0' for some thousand years), slots with '=' */
struct entity *
world_timer_due(struct world *w, bool wall, int64_t now, enum timer_kind *kind, int64_t *at)
{
	const struct index_node *n = ordered_after(&w->timers[wall], "", true);
	unsigned long long when;
	unsigned k;

	if (!n || n->key[0] == '=' || sscanf(n->key, "%16llx%2x", &when, &k) != 2 || (int64_t)when > now)
		return NULL;
	*kind = (enum timer_kind)k;
	*at = (int64_t)when;
	return n->value;
}

int64_t
world_timer_next(const struct world *w, bool wall)
{
	const struct index_node *n = ordered_after(&w->timers[wall], "", true);
	unsigned long long when;

	if (!n || n->key[0] == '=' || sscanf(n->key, "%16llx", &when) != 1)
		return 0;
	return (int64_t)when;
}

/* ---- business clock --------------------------------------------------------------------------------------------------------- */

const struct business_clock *
world_clock(const struct world *w)
{
	return &w->clock;
}

void
world_clock_set(struct world *w, struct business_clock c)
{
	*(struct business_clock *)world_edit(w, &w->clock, sizeof w->clock) = c;
}

int64_t
business_now(const struct world *w)
{
	return w->clock.frozen ? w->clock.frozen_at : wall_now() + w->clock.offset;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct world *
world_new(void)
{
	struct world *w = mem_new(sizeof *w);

	w->journalling = true;
	world_tenant(w, "DEFAULT");
	return w;
}

static void
ordered_free(struct index_node *n)
{
	if (!n)
		return;
	ordered_free(n->left);
	ordered_free(n->right);
	mem_drop(n);
}

static void
tenant_free(struct tenant *t)
{
	for (int i = 0; i < INDEX_COUNT; i++)
		ordered_free(t->indexes[i].root);
	for (int i = 0; i < AGGREGATE_COUNT; i++) {
		for (uint32_t b = 0; t->tables[i].buckets && b <= t->tables[i].mask; b++)
			for (struct entity *e = t->tables[i].buckets[b], *next; e; e = next) {
				next = e->next;
				mem_drop(e);
			}
		mem_drop(t->tables[i].buckets);
	}
	mem_drop(t);
}

void
world_free(struct world *w)
{
	world_forget(w, world_mark(w));
	for (struct tenant *t = w->tenants, *next; t; t = next) {
		next = t->next;
		tenant_free(t);
	}
	ordered_free(w->timers[0].root);
	ordered_free(w->timers[1].root);
	usage_book_free(w);
	mem_drop(w->entries);
	mem_drop(w->saved);
	mem_drop(w);
}
