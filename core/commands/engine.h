/* engine.h -- decides commands against the world and adds their events to the batch in flight.
 *
 * Knows no socket and no database: core_main.c drives it, tests drive it without either.  A command and its cascade of
 * reactions are one unit: all of its events go into the same batch, or none. */
#pragma once
#include "core/base/arena.h"
#include "core/bus/bus.h"
#include "core/commands/aggregate.h"
#include "core/eventstore/eventstore.h"

#define UNIT_MAX_STEPS 64
#define UNIT_MAX_EVENTS 1000

struct engine;
struct engine *engine_new(struct key_ring *);            /* an empty world; the ring belongs to the caller */
void engine_free(struct engine *);
struct world *engine_world(struct engine *);

/* ---- replay: the only way state comes back ---------------------------------------------------------- */

void engine_start_at(struct engine *, int64_t position, const uint8_t hash[HASH_BYTES]);   /* before the first event */
/* applies one event of the log; INVALID at an unknown type or version, a broken chain or a gap */
bool engine_replay(struct engine *, const struct log_event *, struct error *);
void engine_replayed(struct engine *);                   /* from now on changes are journalled */
int64_t engine_position(const struct engine *);          /* of the last event decided */
const uint8_t *engine_hash(const struct engine *);

/* ---- deciding ------------------------------------------------------------------------------------------- */

struct ask {
	const struct shape *op;
	const void *args;                                /* the op's struct, checked */
	const char *tenant;
	struct caller caller;
	const char *key;                                 /* idempotency key or NULL */
	char correlation[33], trace[33], span[17];
	bool dry_run;
	bool trusted;                                    /* core's own: INTERNAL operations are allowed */
};
struct verdict {
	bool ok;                                         /* false: error says why */
	bool repeat;                                     /* seen under this key before */
	bool dry_run;
	bool asks;                                       /* an effect or a job has something to do for it: an outcome will come */
	int64_t position;                                /* last event of the unit, or what it saw */
	int first, events;                               /* of the unit in the forming batch */
	const char *id;
	char correlation[33];                            /* of the unit; of the first one for a repeat */
	const struct bus_event *direct; int n_direct;    /* the command's own events, payload in clear */
	bool outcome_known;                              /* repeat of an operation with awaits: its outcome came already */
	struct bus_event outcome; int64_t outcome_position;
	struct error error;
};
void engine_decide(struct engine *, const struct ask *, struct arena *, struct verdict *);
/* fires at most `max` due timers; returns how many */
int engine_timers(struct engine *, int max, struct arena *);
int64_t engine_next_timer(const struct engine *, int64_t wall);      /* micros to wait for the next one; -1: none */

/* ---- batches ---------------------------------------------------------------------------------------------- */

struct log_batch *engine_batch(struct engine *);         /* the one being filled */
/* hands the filled batch over and begins the next; `mark` is where the world stood behind it */
struct log_batch *engine_take_batch(struct engine *, struct log_batch *empty, size_t *mark);
void engine_committed(struct engine *, size_t mark);     /* nothing before the mark can be undone any more */
/* the batches since this point are not in the log: world, positions and hash go back */
void engine_undo(struct engine *, size_t mark, int64_t position, const uint8_t hash[HASH_BYTES]);
size_t engine_mark(struct engine *);

/* ---- outcomes and open requests ------------------------------------------------------------------------------- */

/* called for every event as its unit is finished (live only) */
struct finished_event { int64_t position; const struct shape *shape; const char *correlation, *id, *tenant;
	const uint8_t *clear; size_t clear_len; const char *event_id; };
void engine_on_event(struct engine *, void (*)(void *ctx, const struct finished_event *), void *ctx);
struct open_request {
	int64_t position;
	const char *effect, *event, *aggregate_id, *tenant;
	char event_id[UUID_TEXT];
	const uint8_t *payload; size_t len;              /* in clear: only the fields of the request */
};
/* open requests to an effect behind a position, oldest first; returns how many */
int engine_open_requests(const struct engine *, const char *effect, int64_t after, struct open_request *, int max);
int64_t engine_newest_request(const struct engine *);

/* of the world and the open requests */
void engine_digest(const struct engine *, uint8_t out[HASH_BYTES]);

/* ---- tables ------------------------------------------------------------------------------------------------------- */

const struct command *command_of(const struct shape *op);           /* NULL: the core does not decide it */
const struct aggregate *aggregate_row(int aggregate);               /* NULL: no such module here */
const struct transition *transition_of(const struct shape *event);
void tables_start(void);                                            /* must(): every word has its meaning */
