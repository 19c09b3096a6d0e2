/* arena.c -- memory that is freed all at once, in a chain of blocks.
 *
 * A block is filled from the bottom; what does not fit goes into a new block, large things into one of
 * their own size.  arena_reset() keeps the newest ordinary block, so that a loop that handles one message
 * per turn stops asking the C library for memory after its first turn. */
#include "core/base/arena.h"
#include "core/base/must.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES ((size_t)32 * 1024)
#define ALIGNMENT ((size_t)16)

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(16) char bytes[];
};

/* adopted resources; the records themselves live in the arena */
struct owned {
	struct owned *next;
	void (*release)(void *);
	void *resource;
};

struct arena {
	struct block *blocks;          /* the newest first: allocation happens in it */
	struct owned *owned;
	size_t handed_out;
};

static struct block *
block_new(size_t size)
{
	struct block *b = malloc(sizeof *b + size);
	must(b != NULL);
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

struct arena *
arena_new(void)
{
	struct arena *a = calloc(1, sizeof *a);
	must(a != NULL);
	return a;
}

static void
release_owned(struct arena *a)
{
	while (a->owned) {
		struct owned *o = a->owned;
		a->owned = o->next;
		o->release(o->resource);
	}
}

static void
free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	release_owned(a);
	free_blocks(a->blocks);
	free(a);
}

void
arena_reset(struct arena *a)
{
	release_owned(a);
	struct block *keep = NULL;
	while (a->blocks) {
		struct block *b = a->blocks;
		a->blocks = b->next;
		if (!keep && b->size == BLOCK_BYTES)
			keep = b;
		else
			free(b);
	}
	if (keep) {
		keep->next = NULL;
		keep->used = 0;
	}
	a->blocks = keep;
	a->handed_out = 0;
}

size_t
arena_used(const struct arena *a)
{
	return a->handed_out;
}

/* a large thing gets a block behind the newest one, so that the newest keeps being filled */
static void *
alloc_large(struct arena *a, size_t n)
{
	struct block *b = block_new(n);
	b->used = n;
	if (a->blocks) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		a->blocks = b;
	}
	return b->bytes;
}

static void *
alloc_raw(struct arena *a, size_t n)
{
	must(n <= SIZE_MAX / 2);
	n = (n + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	a->handed_out += n;
	struct block *b = a->blocks;
	if (!b || b->size - b->used < n) {
		if (n > BLOCK_BYTES / 4)
			return alloc_large(a, n);
		b = block_new(BLOCK_BYTES);
		b->next = a->blocks;
		a->blocks = b;
	}
	void *p = b->bytes + b->used;
	b->used += n;
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	return memset(alloc_raw(a, n ? n : 1), 0, n);
}

void *
arena_memdup(struct arena *a, const void *p, size_t n)
{
	void *copy = alloc_raw(a, n ? n : 1);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	if (!s)
		return NULL;
	n = strnlen(s, n);
	char *copy = alloc_raw(a, n + 1);
	memcpy(copy, s, n);
	copy[n] = 0;
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_memdup(a, s, strlen(s) + 1) : NULL;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	must(n >= 0);
	char *s = alloc_raw(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

char *
arena_join(struct arena *a, const char *const *parts, int n)
{
	size_t size = 1;
	for (int i = 0; i < n; i++)
		size += strlen(parts[i]);
	char *out = arena_alloc(a, size), *at = out;
	for (int i = 0; i < n; i++) {
		size_t len = strlen(parts[i]);
		memcpy(at, parts[i], len);
		at += len;
	}
	return out;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

void
arena_own(struct arena *a, void (*release)(void *), void *resource)
{
	struct owned *o = arena_new_of(a, struct owned);
	*o = (struct owned){ .next = a->owned, .release = release, .resource = resource };
	a->owned = o;
}
