/* usage_book.c -- a chained hash of 128-bit keys, with a list per hour so that forgetting is by the hour.
 *
 * Additions can be undone (they are the newest of their bucket and hour); forgetting cannot and need not: the floor only rises. */
#include "core/commands/usage_book.h"
#include <string.h>
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/mem.h"
#include "core/commands/world_engine.h"

#define HOURS 1024                       /* more than 40 days: one slot an hour, used round */

struct usage_book {
	struct usage_seen **buckets;
	uint64_t mask;
	int64_t count, floor, floor_hour, seen_hour;
	struct usage_seen *hours[HOURS];
};

static struct usage_book *
book(struct world *w)
{
	void **slot = world_usage_book(w);
	struct usage_book *b = *slot;

	if (b)
		return b;
	b = *slot = mem_new(sizeof *b);
	b->mask = 4095;
	b->buckets = mem_new((b->mask + 1) * sizeof *b->buckets);
	return b;
}

static void
key_of(const struct tenant *t, const char *reference, uint8_t key[16])
{
	uint8_t full[HASH_BYTES];
	const char *tenant = tenant_name(t);

	hash_2(full, tenant, strlen(tenant) + 1, reference, strlen(reference));
	memcpy(key, full, 16);
}

static uint64_t
slot_of(const struct usage_book *b, const uint8_t key[16])
{
	uint64_t h;

	memcpy(&h, key, sizeof h);
	return h & b->mask;
}

static struct usage_seen **
hour_of(struct usage_book *b, int64_t event_time)
{
	return &b->hours[(uint64_t)(event_time / HOUR) % HOURS];
}

const struct usage_seen *
usage_book_find(struct tenant *t, const char *reference)
{
	struct usage_book *b = book(tenant_world(t));
	uint8_t key[16];

	key_of(t, reference, key);
	for (struct usage_seen *s = b->buckets[slot_of(b, key)]; s; s = s->next)
		if (memcmp(s->key, key, sizeof key) == 0)
			return s;
	return NULL;
}

static void
grow(struct usage_book *b)
{
	uint64_t old = b->mask;
	struct usage_seen **before = b->buckets;

	b->mask = 2 * old + 1;
	b->buckets = mem_new((b->mask + 1) * sizeof *b->buckets);
	for (uint64_t i = 0; i <= old; i++)
		for (struct usage_seen *s = before[i], *next; s; s = next) {
			struct usage_seen **at = &b->buckets[slot_of(b, s->key)];

			next = s->next;
			s->next = *at;
			*at = s;
		}
	mem_drop(before);
}

static void
unlink_from_bucket(struct usage_book *b, struct usage_seen *s)
{
	struct usage_seen **at = &b->buckets[slot_of(b, s->key)];

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	b->count--;
}

static void
undo_add(void *ctx, void *item)
{
	struct usage_book *b = ctx;
	struct usage_seen *s = item, **at = hour_of(b, s->event_time);

	while (*at != s)
		at = &(*at)->older;
	*at = s->older;
	unlink_from_bucket(b, s);
	mem_drop(s);
}

void
usage_book_add(struct tenant *t, const char *reference, const struct usage_seen *what)
{
	struct world *w = tenant_world(t);
	struct usage_book *b = book(w);
	struct usage_seen *s = mem_new(sizeof *s), **bucket, **hour;

	if (b->count > (int64_t)b->mask)
		grow(b);
	*s = *what;
	s->added = world_mark(w);
	key_of(t, reference, s->key);
	bucket = &b->buckets[slot_of(b, s->key)];
	hour = hour_of(b, s->event_time);
	s->next = *bucket;
	*bucket = s;
	s->older = *hour;
	*hour = s;
	b->count++;
	world_on_undo(w, undo_add, b, s);
}

bool
usage_book_full(struct world *w)
{
	return book(w)->count >= config_int("BSS_USAGE_DEDUP_MAX");
}

int64_t
usage_book_floor(struct world *w)
{
	return book(w)->floor;
}

/* an hour is forgotten when all of it is too old; a slot may hold hours that are HOURS apart, so instants decide.  What the
 * journal may still take back stays, known to nobody since the floor is above it, until its slot comes round again. */
static void
forget_hour(struct world *w, struct usage_book *b, struct usage_seen **hour, int64_t before)
{
	struct usage_seen **at = hour;

	while (*at) {
		struct usage_seen *s = *at;

		if (s->event_time < before && s->event_time >= b->floor)
			b->floor = s->event_time + 1;
		if (s->event_time >= before || world_may_go_back(w, s->added)) {
			at = &s->older;
			continue;
		}
		*at = s->older;
		unlink_from_bucket(b, s);
		mem_drop(s);
	}
}

static void
forget_before(struct world *w, struct usage_book *b, int64_t hour)
{
	int64_t from = b->floor_hour ? b->floor_hour : hour - HOURS + 1;

	if (hour - from >= HOURS)
		from = hour - HOURS + 1;
	for (int64_t h = from; h < hour; h++)
		forget_hour(w, b, &b->hours[(uint64_t)h % HOURS], hour * HOUR);
}

/* called for every record, also on replay: there is something to do once an hour */
void
usage_book_expire(struct world *w, int64_t now)
{
	struct usage_book *b = book(w);
	int64_t hour;

	if (now / HOUR == b->seen_hour)
		return;
	b->seen_hour = now / HOUR;
	hour = (now - config_int("BSS_USAGE_DEDUP_WINDOW") * SECOND) / HOUR;
	if (hour > b->floor_hour)
		forget_before(w, b, hour);
	b->floor_hour = hour;            /* also when the clock was set back: from there it goes on */
}

void
usage_book_free(struct world *w)
{
	struct usage_book *b = *world_usage_book(w);

	if (!b)
		return;
	world_journal(w, false);
	for (int i = 0; i < HOURS; i++)
		forget_hour(w, b, &b->hours[i], INT64_MAX);
	mem_drop(b->buckets);
	mem_drop(b);
}
