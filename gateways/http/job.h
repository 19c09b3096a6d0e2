/* job.h -- a piece of work that waits: for the core, for the log, for a read model's position, for the database.
 *
 * One loop serves everybody, so nobody blocks: each step names the function that goes on when the answer is there, and is
 * the last thing its caller does.  A job ends by being answered; until then its owner (an HTTP exchange, a query over the
 * bus) keeps it and its arena. */
#pragma once
#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/pg.h"
#include "core/bus/bus.h"
#include "core/bus/identity.h"

struct gateway;
struct claims {                              /* who asks: the token proves, the rest is claimed */
	const char *token, *tenant, *actor, *channel;
	const struct identity *who;
	char trace[33], span[17];
	bool scenario;
	bool traced;                         /* the caller's own trace: not to be mixed with others */
};
struct job {
	struct gateway *gateway;
	struct arena *arena;
	struct claims claims;
	int64_t after;                       /* what is read must have reached this position; 0: what the token wrote */
	const char *route;                   /* its template, for metrics and spans */
	void *state;                         /* the handler's */
	void *owner;
	void (*failed)(struct job *, const struct error *);      /* answers with the error: the job has ended */
	/* waiting for the database or a position: one of them at a time */
	union {
		void (*rows)(struct job *, const struct pg_result *);
		void (*reached)(struct job *);
	} then;
	struct job *next;
	/* the statement */
	const char *name, *sql;
	const struct pg_param *params; int n_params;
	bool again;
	/* the position */
	unsigned models;
	int64_t position, until;
};

/* single commands of one identity, actor and channel leave together at the end of the loop's turn, as one frame.
 * answers: of the items, in order; they live until the loop's turn is over.  err: instead of answers.  Several may be under
 * way at once; tag tells them apart. */
void job_ask(struct job *, enum bus_socket, const struct bus_item *, int n, int64_t timeout, int tag,
	void (*then)(struct job *, int tag, const struct error *err, struct bus_answer *answers, int n));

/* models: "crm catalog"; goes on when all of them have reached the position the job must see (job->after, or by default
 * the last one that its token wrote); after two seconds the job fails with PROJECTION_BEHIND */
void job_reach(struct job *, const char *models, void (*then)(struct job *));
void job_reach_position(struct job *, const char *models, int64_t position, void (*then)(struct job *));
/* the token wrote this position by an operation of this domain: its later reads see it */
void job_wrote(struct job *, const char *domain, int64_t position);

/* runs a statement on one of the connections; name NULL: not prepared; params must live as long as the job */
void job_select(struct job *, const char *name, const char *sql, int n, const struct pg_param *,
	void (*then)(struct job *, const struct pg_result *));
