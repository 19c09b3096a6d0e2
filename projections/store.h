/* store.h -- a read model at work: rows in memory, and where they go.
 *
 * A model holds the rows it knows in hash tables.  A batch of events is applied to them; then the rows it touched are
 * rendered once each and flushed with the checkpoint.  Three ways to be: memory (no database; everything stays),
 * live (a cache before Postgres; misses of a batch are read in one SELECT per table) and bulk (a rebuild: nothing is
 * in the database that is not in memory, and rows go out by COPY). */
#pragma once
#include "core/base/pg.h"
#include "projections/projection.h"

struct checkpoint {
	int64_t position;
	uint8_t log_id[HASH_BYTES], hash[HASH_BYTES];     /* of the event at that position */
	int64_t generation;                  /* changes with every rebuild */
	int64_t table;                       /* oid of the table it was read from */
};

/* events decoded once for all models; the memory of all of it is the arena's */
struct happened {
	struct log_event log;
	struct envelope env;
	const char *tenant, *aggregate, *id;
	const struct shape *shape;
	const void *data;
	struct arena *arena;
};
/* where subjects' keys are looked up; a connection on which no COPY runs.  NULL: personal fields read "erased" */
struct keys { struct key_ring *ring; struct pg *pg; };
/* false with *err when the event cannot be read; types nobody knows stop everybody (UNAVAILABLE: upgrade) */
bool happened_read(const struct log_event *, const struct keys *, struct arena *, struct happened *, struct error *);

struct model;
struct model *model_in_memory(const struct projection *);
/* schema: the live one or NAME__rebuild */
struct model *model_on(const struct projection *, const char *schema, bool bulk);
void model_free(struct model *);
const struct projection *model_projection(const struct model *);
bool model_wants(const struct model *, const struct shape *event);         /* is there a handler for it? */

/* memory: applies and keeps.  False: stopped, nothing of the event is kept that matters. */
bool model_apply(struct model *, const struct happened *, int n, struct error *);

/* live: one transaction: locks the checkpoint, applies those events that are behind it, renders, flushes, moves the
 * checkpoint.  On failure all is rolled back and the cache dropped; *stopped_at is the event that failed (0: the
 * database did).  Events before `happened[0]` must already be in, or UNAVAILABLE `projection.gap` tells so. */
bool model_commit(struct model *, struct pg *, const struct happened *, int n, struct checkpoint *, int64_t *stopped_at,
	struct error *);
/* events up to here do not concern the model: the next commit's checkpoint says so, none is needed for it */
void model_idle(struct model *, int64_t position, const uint8_t hash[HASH_BYTES]);
void model_stand(struct model *, const struct checkpoint *);   /* an empty cache that stands there */
bool model_is_idle(const struct model *);            /* its checkpoint is behind what it has seen */
void model_forget(struct model *);                   /* drops the cache: the database has moved without us */

/* bulk (a rebuild): begin opens a transaction and makes the schema, apply streams what is appended, end writes the rest,
 * makes the indexes, sets the checkpoint and commits; from then on the model is a live one of that schema */
bool model_bulk_begin(struct model *, struct pg *, const struct checkpoint *, struct error *);
bool model_bulk_apply(struct model *, struct pg *, const struct happened *, int n, int64_t *stopped_at, struct error *);
bool model_bulk_end(struct model *, struct pg *, const struct checkpoint *, struct error *);
size_t model_bytes(const struct model *);
bool model_is_bulk(const struct model *);

/* the schema */
bool model_create(const struct projection *, const char *schema, struct pg *, bool with_indexes,
	const struct checkpoint *, struct error *);
bool model_indexes(const struct projection *, const char *schema, struct pg *, struct error *);
bool checkpoint_read(struct pg *, const char *schema, const struct projection *, bool lock, struct checkpoint *,
	char fingerprint[33], struct error *);            /* NOT_FOUND when there is no such schema */
char *projection_fingerprint(const struct projection *, char out[33]);
/* is the table it was read from the one that has the name now?  Asked of the catalog, because a plan that a session keeps may
 * not have heard of a renaming while it held a lock; *in_place is set unless false is answered */
bool checkpoint_in_place(struct pg *, const char *schema, const struct checkpoint *, bool *in_place, struct error *);
/* digest of all rows of a schema, order does not matter */
bool model_digest(const struct projection *, const char *schema, struct pg *, struct arena *, char **out, struct error *);
