/* world.h -- what the core keeps in memory: exactly the state that policies need.
 *
 * One struct per live aggregate, in hash tables per tenant, with indexes for the questions that cross aggregates.
 * It changes only by applying events, and it is edited through one door that journals the old bytes, so that a
 * mark can be rolled back: that serves dry run, a cascade refused half way, and a batch known not to be in the log.
 *
 * States are plain bytes: ids and short texts are arrays inside the struct, so that a copy of the struct is a
 * copy of the state.  Longer texts are world_text()s, freed when nothing can roll back to them any more. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/clock.h"
#include "core/base/id.h"
#include "core/base/money.h"
#include "schemas/registry.h"

struct world;
struct tenant;

/* first member of every aggregate's state */
struct entity {
	char id[ID_MAX];
	struct tenant *tenant;
	struct entity *next;             /* chain of its hash bucket */
	uint32_t hash;
	uint16_t aggregate;
	uint8_t status;                  /* number of its state */
	bool gone;                       /* a tombstone: only the version is left */
	bool scenario;                   /* a scenario made it: reset removes it */
	int64_t version;                 /* of its stream */
	int64_t request;                 /* position of the open request to an effect; 0: none */
};

/* ---- indexes: ordered by key; a key may be a path "CUST-1/SUB-1" -------------------------- */

enum world_index {
	INDEX_EMAIL,                     /* lower-case address -> customer */
	INDEX_DOCUMENT,                  /* type and hash -> customer */
	INDEX_CUSTOMER_SUBSCRIPTIONS,    /* customer/subscription */
	INDEX_CUSTOMER_METHODS,          /* customer/method */
	INDEX_CUSTOMER_ORDERS,           /* customer/order */
	INDEX_MSISDN_SUBSCRIPTION,       /* number -> live line */
	INDEX_MSISDN_FREE,               /* available numbers */
	INDEX_ESIM_FREE,                 /* available profiles */
	INDEX_OFFERING_PRICES,           /* offering/price */
	INDEX_OFFERING_SUBSCRIPTIONS,    /* offering/subscription */
	INDEX_SPECIFICATION_OFFERINGS,   /* specification/offering */
	INDEX_ORDER_SERVICE_ORDERS,      /* order/service order */
	INDEX_SERVICE_TASKS,             /* service/task */
	INDEX_SERVICE_CHILDREN,          /* service/service */
	INDEX_FAULTS,                    /* task type/fault type -> fault rule */
	INDEX_SCENARIO,                  /* aggregate/id of what scenarios made, for reset */
	INDEX_COUNT
};
void index_put(struct tenant *, enum world_index, const char *key, struct entity *);
void index_drop(struct tenant *, enum world_index, const char *key);
struct entity *index_get(const struct tenant *, enum world_index, const char *key);
/* entries whose key begins with prefix, in order; start with *cursor = NULL */
struct index_node;
struct entity *index_next(const struct tenant *, enum world_index, const char *prefix, const struct index_node **cursor);
/* the same, but the first one is behind `after` */
struct entity *index_from(const struct tenant *, enum world_index, const char *prefix, const char *after,
	const struct index_node **cursor);
const char *index_key(const struct index_node *);
int index_count(const struct tenant *, enum world_index);
/* "a/b" in a buffer of the caller */
#define PATH_MAX_ (2 * ID_MAX + 64)
char *path2(char out[PATH_MAX_], const char *a, const char *b);

/* ---- aggregates ------------------------------------------------------------------------------ */

struct entity *world_find(const struct tenant *, int aggregate, const char *id);       /* NULL: unknown or gone */
#define find(t, agg, id)  ((struct agg##_state *)world_find((t), AGGREGATE_##agg, (id)))
struct entity *world_any(const struct tenant *, int aggregate, const char *id);        /* tombstones too */
/* an aggregate that an event of another one brings (the numbers of a range); it has no event of its own yet */
struct entity *world_add(struct tenant *, int aggregate, const char *id, size_t size);
void *world_edit(struct world *, void *at, size_t);     /* journals the bytes, returns them writable */
const char *world_text(struct world *, const char *);   /* a copy that lives as long as something can see it; NULL stays */
void world_text_replace(struct world *, const char **field, const char *);   /* frees the old one when it is safe */
int64_t world_sequence(const struct tenant *, int aggregate);                /* last number given */
void world_learn_sequence(struct tenant *, int aggregate, const char *id);   /* from an id that was given before */
/* undo(ctx, item) runs when the change just made is rolled back */
void world_on_undo(struct world *, void (*undo)(void *ctx, void *item), void *ctx, void *item);
struct tenant *world_tenant(struct world *, const char *name);               /* made on first sight */
const char *tenant_name(const struct tenant *);
struct world *tenant_world(const struct tenant *);
int64_t world_count(const struct tenant *, int aggregate);                   /* live ones */
/* walking all live ones, bucket by bucket in ascending order: a table that grows meanwhile never hides one that was there */
int64_t world_buckets(const struct tenant *, int aggregate);
struct entity *world_in_bucket(const struct tenant *, int aggregate, int64_t bucket, const struct entity *after);

/* ---- timers: indexes over world state ----------------------------------------------------------- */

enum timer_kind {
	TIMER_HOLD,                      /* msisdn: a soft hold ends (business) */
	TIMER_QUARANTINE,                /* msisdn: may be used again (business) */
	TIMER_RENEWAL,                   /* subscription: the period has ended (business) */
	TIMER_VAS,                       /* subscription: a pass ends (business) */
	TIMER_ORDER_STUCK,               /* order: takes too long (business) */
	TIMER_JOB,                       /* job: its next step (wall) */
	TIMER_COUNT
};
/* one timer per kind and aggregate; at = 0 removes it */
void timer_set(struct world *, enum timer_kind, struct entity *, int64_t at);
int64_t timer_at(const struct world *, enum timer_kind, const struct entity *);

/* ---- business clock -------------------------------------------------------------------------------- */

struct business_clock { bool frozen; int64_t frozen_at, offset; };
const struct business_clock *world_clock(const struct world *);
void world_clock_set(struct world *, struct business_clock);
int64_t business_now(const struct world *);

/* ---- journal: marks, rollback -------------------------------------------------------------------------- */

size_t world_mark(struct world *);
bool world_may_go_back(const struct world *, size_t mark);   /* can what happened after that mark still be undone? */
void world_rollback(struct world *, size_t mark);
void world_forget(struct world *, size_t mark);         /* what lies before the mark cannot be rolled back any more */
void world_journal(struct world *, bool on);            /* off while replaying */

struct world *world_new(void);
void world_free(struct world *);

/* copy into an array member; cut off never happens: lengths are checked at the door */
#define keep(member, text)  keep_text((member), sizeof (member), (text))
void keep_text(char *member, size_t size, const char *text);
