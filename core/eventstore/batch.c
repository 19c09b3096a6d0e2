/* batch.c -- the rows of one transaction.
 *
 * A batch owns copies: the engine's arena is reset while the batch is still on its way to the disk, and
 * after the commit the same copies are published. */
#include "core/base/must.h"
#include "core/eventstore/batch.h"
#include <string.h>

#define ROW_OVERHEAD 64                        /* fixed columns and header of a row, roughly */

struct log_batch {
	struct arena *home, *content;
	struct log_event *events;
	struct batch_key *keys;
	int n, room, n_keys, room_keys;
	size_t bytes;
};

struct log_batch *
log_batch_new(void)
{
	struct arena *home = arena_new();
	struct log_batch *b = arena_new_of(home, struct log_batch);
	b->home = home;
	b->content = arena_new();
	return b;
}

void
log_batch_free(struct log_batch *b)
{
	if (!b)
		return;
	arena_free(b->content);
	arena_free(b->home);
}

void
log_batch_clear(struct log_batch *b)
{
	arena_reset(b->content);
	*b = (struct log_batch){ .home = b->home, .content = b->content };
}

/* one more place at the end; what was there moves, the arena forgets the old place when cleared */
static void *
grow(struct log_batch *b, void *items, size_t each, int n, int *room)
{
	if (n < *room)
		return items;
	*room = *room ? 2 * *room : 64;
	void *more = arena_alloc(b->content, each * (size_t)*room);
	if (n)
		memcpy(more, items, each * (size_t)n);
	return more;
}

void
log_batch_add(struct log_batch *b, const struct log_event *e)
{
	must(e->position > 0 && (b->n == 0 || e->position == log_batch_last(b) + 1));
	b->events = grow(b, b->events, sizeof *e, b->n, &b->room);
	struct log_event *mine = &b->events[b->n++];
	*mine = *e;
	mine->stream = arena_strdup(b->content, e->stream);
	mine->subject = arena_strdup(b->content, e->subject);
	mine->body = arena_memdup(b->content, e->body, e->body_len);
	b->bytes += ROW_OVERHEAD + strlen(e->stream) + e->body_len + HASH_BYTES;
}

void
log_batch_add_key(
    struct log_batch *b, const char *tenant, const char *subject, const uint8_t wrapped[WRAPPED_KEY_BYTES])
{
	b->keys = grow(b, b->keys, sizeof *b->keys, b->n_keys, &b->room_keys);
	struct batch_key *k = &b->keys[b->n_keys++];
	k->tenant = arena_strdup(b->content, tenant);
	k->subject = arena_strdup(b->content, subject);
	memcpy(k->wrapped, wrapped, WRAPPED_KEY_BYTES);
	b->bytes += ROW_OVERHEAD + WRAPPED_KEY_BYTES;
}

int
log_batch_count(const struct log_batch *b)
{
	return b->n;
}

const struct log_event *
log_batch_event(const struct log_batch *b, int i)
{
	must(i >= 0 && i < b->n);
	return &b->events[i];
}

int64_t
log_batch_first(const struct log_batch *b)
{
	return b->n ? b->events[0].position : 0;
}

int64_t
log_batch_last(const struct log_batch *b)
{
	return b->n ? b->events[b->n - 1].position : 0;
}

size_t
log_batch_bytes(const struct log_batch *b)
{
	return b->bytes;
}

int
batch_keys(const struct log_batch *b, const struct batch_key **keys)
{
	*keys = b->keys;
	return b->n_keys;
}
