/* world_engine.h -- what only the engine (decide.c, core_main.c) may do with the world: make aggregates, move
 * sequences, look at timers.  Domain files use world.h. */
#pragma once
#include "core/commands/world.h"

struct entity *world_make(struct tenant *, int aggregate, const char *id, size_t size);
/* journals a state before its event is applied; the hash chain is membership, not state, and is left out */
void world_edit_entity(struct world *, struct entity *, size_t size);
int64_t *world_sequence_slot(struct tenant *, int aggregate);      /* journalled, writable */
/* the first timer of a clock that is due, or NULL */
struct entity *world_timer_due(struct world *, bool wall, int64_t now, enum timer_kind *, int64_t *at);
int64_t world_timer_next(const struct world *, bool wall);         /* instant of the first one; 0: none */
void **world_usage_book(struct world *);                             /* usage_book.c's own */
struct tenant *world_first_tenant(const struct world *);
struct tenant *tenant_after(const struct tenant *);

/* an ordered register of the engine's own (open requests, idempotency keys): key -> anything, journalled */
struct ordered;
struct ordered *ordered_new(void);
void ordered_destroy(struct ordered *);              /* not what the values point to */
void ordered_put(struct world *, struct ordered *, const char *key, void *value);
void ordered_drop(struct world *, struct ordered *, const char *key);
void *ordered_get(const struct ordered *, const char *key);
void *ordered_next(const struct ordered *, const char *after, const struct index_node **cursor);   /* keys > after */
void *world_keep(struct world *, void *made);        /* mem_new()ed: dropped when it is rolled back */
void world_give_up(struct world *, void *made);      /* dropped when nothing can roll back to it */

/* a digest of what the world knows: equal worlds have equal digests, whatever order their memory is in.  For tests and
 * `core.status`: the world rebuilt from the log must be the one that wrote it. */
void world_digest(const struct world *, uint8_t out[32]);
