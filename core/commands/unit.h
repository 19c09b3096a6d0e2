/* unit.h -- one command and its cascade, while it is being decided.  Private to decide.c and engine.c. */
#pragma once
#include "core/commands/engine.h"
#include "core/commands/world_engine.h"

struct emitted {                         /* an event of the unit */
	const struct shape *shape;
	const char *id, *stream, *subject;
	struct tenant *tenant;
	struct entity *self;
	const void *body;                /* decoded, as apply saw it */
	const uint8_t *payload, *clear;  /* packed; packed without seals */
	size_t payload_len, clear_len;
	int64_t position, version;
	int cause;                       /* index of the event that caused it; -1: the command */
	bool direct, scenario;
	char event_id[UUID_TEXT];
};
/* who and what an event goes back to; a cascade and the answer of an effect inherit it */
struct origin {
	char actor[128], channel[64], correlation[33], trace[33], span[17];
	bool scenario;
};
struct step {                            /* a command a reaction issued */
	const struct shape *op;
	const void *args;
	int cause;
	const struct reaction *reaction;
	bool after_refusal;              /* it says what follows a refusal: refused itself, the whole unit is */
};
struct new_key { struct tenant *tenant; char subject[ID_MAX]; uint8_t wrapped[WRAPPED_KEY_BYTES]; };
struct unit {
	struct engine *engine;
	struct emitted *events; int n, cap;
	struct step steps[UNIT_MAX_STEPS]; int n_steps;
	struct new_key *keys; int n_keys, cap_keys;
	struct origin origin;
	const struct reaction *reaction;
	int cause;
	bool in_refused, recorded, overflow;
};
struct engine {
	struct world *world;
	struct key_ring *keys;
	struct log_batch *batch;
	struct buf scratch;
	struct unit unit;
	int64_t position;                /* of the last event decided */
	uint8_t hash[HASH_BYTES];
	struct arena *replay_arena;
	void (*on_event)(void *, const struct finished_event *);
	void *on_event_ctx;
	struct requests *requests;
	struct seen_keys *seen;
};

struct emitted *unit_next(struct unit *);            /* NULL: too many */
/* its events get positions, and the times at which they were decided, and go into the batch */
void unit_finish(struct engine *, const struct ask *, const struct decision *);
void unit_truncate(struct unit *, int events);
void unit_new_key(struct unit *, struct tenant *, const char *subject, const uint8_t *wrapped);

struct entity *event_apply(struct tenant *, const struct shape *, const char *id, const void *body, int64_t occurred_at,
	bool scenario);
bool command_run(struct decision *, const struct shape *op, const void *args);
bool cascade_run(struct unit *, struct decision *);

/* open requests to effects: world state, journalled */
struct requests *requests_new(struct world *);
void requests_free(struct requests *);
void request_open(struct requests *, struct entity *, int64_t position, const struct shape *, const uint8_t *clear, size_t n,
	const struct origin *);
void request_close(struct requests *, struct entity *);
void request_named(struct requests *, int64_t position, const char *event_id);      /* the id is known once it is hashed */
const struct origin *request_origin(struct requests *, const struct entity *);      /* NULL: none is open */
int requests_list(const struct requests *, const char *effect, int64_t after, struct open_request *, int max);
int64_t requests_newest(const struct requests *);

/* idempotency keys: what a key did first */
struct seen {
	uint8_t args_hash[16];
	int64_t position, recorded_at;
	const struct shape *op;
	char id[ID_MAX], correlation[33];
	int outcome_type;                /* event code; 0: none yet */
	int64_t outcome_position;
	char outcome_id[ID_MAX];
	const char *refused, *said;      /* the answer was a refusal that is recorded: its rule and sentence */
};
struct seen_keys *seen_new(struct world *);
void seen_free(struct seen_keys *);
void seen_put(struct seen_keys *, const char *tenant, const char *identity, const char *key, const struct seen *);
const struct seen *seen_get(struct seen_keys *, const char *tenant, const char *identity, const char *key);
void seen_outcome(struct seen_keys *, const char *correlation, const struct shape *event, const char *id, int64_t position);
void seen_expire(struct seen_keys *, int64_t before);
