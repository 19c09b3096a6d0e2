/* history.h -- the inside of `bss history`: a question, what answers it, and an event told.
 *
 * A question is answered whole before the next one is read, so each has a budget: a number of rows or a time
 * after which the answer says how far it got.  The proof of the chain, which takes seconds, goes on in slices
 * between questions. */
#pragma once
#include "core/base/json.h"
#include "core/bus/bus.h"
#include "core/eventstore/eventstore.h"
#include "schemas/registry.h"

struct history {
	struct bus_server *server;
	struct pg *pg, *side; /* side: keys, while a read occupies the other */
	uint8_t master[KEY_BYTES];
	struct arena *turn;
	struct proving *proving; /* NULL: nobody asked for a proof */
};

struct question {
	struct history *h;
	const struct shape *op;
	const void *args;
	const char *tenant, *as_of;
	bool admin;                    /* may see personal data */
	int64_t enough;                /* monotonic: answer with what there is by then */
	struct log_head head;          /* as the question found it */
	struct arena *arena, *scratch; /* scratch: rows that turn out not to fit */
	struct key_ring *keys; /* of this question only: an erased person must not live on in a cache */
};

/* door.c: who may ask what, arguments checked */
bool question_read(struct history *, const struct bus_request *, int i, struct arena *, struct question *,
		   struct error *);

/* ask.c: connections and the answer to anything but a proof */
bool history_connect(struct history *, struct error *);
void history_disconnect(struct history *);
void history_answer(struct history *, struct question *, struct bus_answer *);
bool question_over(const struct question *);

/* told.c: an event, opened as far as the asker may look into it */
struct told {
	struct log_event log; /* without its body */
	struct envelope env;
	const char *tenant, *aggregate, *id;
	int aggregate_no;          /* -1: unknown to this binary */
	const struct shape *shape; /* NULL: unknown to this binary */
	void *data;                /* NULL: cannot be read */
	bool own;                  /* why: of the aggregate that was asked about */
};
bool told_envelope(const struct log_event *, struct arena *, struct told *, struct error *);
bool told_payload(struct question *, const struct log_event *, struct told *, struct error *);
void told_json(const struct told *, struct arena *, struct json *); /* the members, without braces */
const char *told_name(const struct told *, struct arena *, bool alias);

/* scan.c: events in log order that fit, within the budget */
struct told_list {
	struct told *v;
	int n, cap;
};
struct wanted {
	struct log_filter filter; /* after, since, until, stream, subject, types, newest_first */
	bool nothing;             /* no event can fit */
	const char *actor, *channel, *identity;
	const char *const *correlations;
	int n_correlations;
	int64_t limit;
};
/* false on an error; *reached is the position up to (or, newest first, down to) which all was looked at */
bool scan(struct question *, const struct wanted *, struct told_list *, int64_t *reached, struct error *);
/* the streams that an aggregate id has; aggregate -1: any of that id */
bool streams_called(struct question *, int aggregate, const char *id, const char ***streams, int *n,
		    struct error *);
int told_compare(const void *, const void *); /* by position, for qsort */

/* the answers */
bool answer_show(struct question *, struct buf *, struct error *);
bool answer_why(struct question *, struct buf *, struct error *);
bool answer_head(struct question *, struct buf *, struct error *);
bool answer_size(struct question *, struct buf *, struct error *);
bool answer_as_of(struct question *, struct buf *, struct error *); /* any query of the read models */

/* proof.c: one proof at a time; who asks while it runs gets the same answer */
void proof_ask(struct history *, const struct bus_request *);
void proof_step(struct history *);
void proof_drop(struct history *);
