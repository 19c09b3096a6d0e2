/* aggregate.h -- the tables every aggregate fills in, and what a decision may do.
 *
 * To add: a policy = one function and one row; a command = its row in schemas/, one function, one row here;
 * an event = its row in schemas/, one apply function, one row here.  decide.c runs the tables. */
#pragma once
#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/commands/world.h"

/* ---- deciding ------------------------------------------------------------------------------------ */

struct caller {
	const char *actor, *channel, *identity;
	bool scenario;                   /* work of a scenario */
	bool admin;                      /* the identity may administer */
};
struct command;
struct unit;
struct decision {                        /* one command being decided; lives in the turn's arena */
	struct world *world;
	struct tenant *tenant;
	const struct command *command;
	const void *args;                /* struct of the command's shape, checked, fallbacks filled in */
	struct entity *target;           /* NULL when the command has no target or it is unknown */
	const char *target_id;           /* as given */
	const struct caller *caller;
	int64_t now;                     /* business */
	int64_t wall;
	struct arena *arena;
	struct error *refusal;
	const char *made_id;             /* what the answer names: id of the aggregate it is about or made */
	struct unit *unit;
};

/* both return false, so that a policy can `return cond || refuse(d, ...)`; the rule is the policy's row */
bool refuse(struct decision *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool refuse_as(struct decision *, const char *rule, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* the refusal is an answer and its events stay (a rejected usage record) */
bool refuse_recorded(struct decision *, const char *rule, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool hint(struct decision *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));   /* returns false */
bool fact(struct decision *, const char *name, const char *value);
bool fact_int(struct decision *, const char *name, int64_t value);
const char *decision_correlation(const struct decision *);   /* of the command at the root: 32 hex digits */

/* emit(d, case_closed, id, .resolution_code = cmd->resolution_code): packs the event, applies it at once.  The stream is
 * the event's aggregate and `id`; texts may point anywhere. */
void emit_(struct decision *, const struct shape *, const char *id, const void *body);
#define emit(d, type, id, ...)  emit_((d), &type##_shape, (id), &(struct type){ __VA_ARGS__ })
const char *new_id(struct decision *, int aggregate);   /* next of its form, and d->made_id if that is not set */
const char *new_hex_id(struct decision *, const char *prefix, int digits);   /* parts of aggregates: "CM-", 8 */
const char *new_place_id(struct decision *, const char *prefix);   /* of the event that is emitted next, unique in the log */
/* the next number of another aggregate's sequence is only for that aggregate's own emits */

/* ---- tables ---------------------------------------------------------------------------------------- */

struct policy {
	const char *id;                  /* rule code */
	bool (*holds)(struct decision *);/* true, or refuse() */
	const char *text;                /* what must hold, in a sentence */
};
#define IN(state)  (1u << (state))
#define ANY_STATE  (~0u)
#define NEW        0u
struct command {
	const struct shape *args;
	int about;                       /* aggregate of its TARGET, or that it makes */
	unsigned from;                   /* states it is legal in; checked by the policy row that names valid_from_state */
	const struct policy *policies;   /* in the order of the contract; ends with a nameless row; NULL: none */
	bool (*decide)(struct decision *);   /* emits; may still refuse */
};
/* how one event changes the world.  self is made before the first event of its stream; its version is moved by the engine */
#define STAY  (-1)
struct transition {
	const struct shape *event;
	int to;                          /* state after it, or STAY */
	void (*apply)(struct world *, void *self, const void *event, int64_t occurred_at);
	unsigned from;                   /* states it comes from, for the diagram; 0: it begins the stream */
	unsigned into;                   /* STAY rows: the states of which the event names one, for the diagram */
};
struct aggregate {
	int id;                          /* AGGREGATE_case */
	const char *file;
	size_t state_size;               /* struct with struct entity first */
	const char *(*subject)(const void *self);    /* customer it is about; NULL: nobody, or the payload's customer_id says */
	bool plain;                      /* its state holds no texts: its bytes are compared after a replay */
};
/* a file of core/commands hands in its tables */
struct module {
	const struct aggregate *aggregates;      /* end with a zero row (state_size 0) */
	const struct command *commands;          /* ends with args NULL */
	const struct transition *transitions;    /* ends with event NULL */
};
extern const struct module *const modules[];     /* modules.c: the list, ends with NULL */

bool valid_from_state(struct decision *);        /* policy function: the target's state is in command->from */
bool target_exists(struct decision *);           /* policy function: the target is there */
const char *state_text(const struct entity *);   /* "in_progress" */

/* ---- reactions: event -> commands, inside the same unit --------------------------------------------------- */

struct happened {                        /* the event a reaction looks at */
	const struct shape *event;
	const void *body;
	const char *id;                  /* of its aggregate */
	struct entity *self;
};
struct reaction {
	const struct shape *event;
	void (*react)(struct decision *, const struct happened *);          /* issue() only: never emits */
	/* mandatory: issue() what follows */
	void (*refused)(struct decision *, const struct happened *, const struct error *why);
};
void issue_(struct decision *, const struct shape *, const void *args);
#define issue(d, type, ...)  issue_((d), &type##_shape, &(struct type){ __VA_ARGS__ })
extern const struct reaction *const reactions[];     /* core/reactions/reactions.c; ends with NULL */

/* ---- timers -------------------------------------------------------------------------------------------------- */

struct timer_row {
	const char *name, *actor;
	bool wall;                       /* by the wall clock instead of the business clock */
	void (*fire)(struct decision *, struct entity *);    /* issue() commands that move or remove the timer */
	/* whose work it goes on with; NULL: the row's actor, a correlation of its own */
	void (*origin)(const struct entity *, struct caller *, char correlation[33]);
};
extern const struct timer_row timer_rows[TIMER_COUNT];   /* core/reactions/timers.c */
