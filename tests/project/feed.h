/* feed.h -- events for tests of the read models: one after another into a batch, hashed and sealed as the core does it.
 *
 * Not a model of the domain: it makes what handlers have to cope with, also things that a policy would refuse. */
#pragma once
#include "core/eventstore/eventstore.h"
#include "schemas/registry.h"

struct feed {
	int64_t position, now;
	uint8_t hash[HASH_BYTES];
	struct key_ring *ring;
	struct log_batch *batch;
	struct arena *arena;
	uint64_t random;
	int customers, orders, lines, services, attempts, usages, tasks, interactions, purchases;
};
void feed_start(struct feed *, struct key_ring *, uint64_t seed);
void feed_end(struct feed *);
/* data: the struct of the shape */
void feed_event(struct feed *, const struct shape *, const char *id, const char *subject, const void *data);
#define feed_of(f, sym, id, subject, ...)  feed_event((f), &sym##_shape, (id), (subject), &(struct sym){ __VA_ARGS__ })
unsigned feed_random(struct feed *, unsigned below);
void feed_catalog(struct feed *);            /* plans, top-ups, numbers, eSIMs: what the rest refers to */
void feed_something(struct feed *);          /* one event or a few, at random */
void feed_usage(struct feed *);              /* one record of a line */
