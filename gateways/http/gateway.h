/* gateway.h -- what the parts of the gateway share: one loop's sockets, waits and counters. */
#pragma once
#include "core/bus/bus.h"
#include "gateways/http/door.h"
#include "gateways/http/job.h"
#include "gateways/http/metrics.h"

#define MODELS_MAX 16

/* a request on its way over the bus */
struct asking {
	struct job *job;
	void (*then)(struct job *, int, const struct error *, struct bus_answer *, int);
	int tag, n;
	uint32_t generation;
	int64_t until;
	int next;                            /* of the free ones, or of those under way; -1 none */
};
struct bundle;                               /* single commands that leave together */
struct asker {
	struct gateway *gateway;
	enum bus_socket which;
	struct bus_client *client;
	struct asking *slots; int n_slots, free;
	int under_way;
	uint64_t secret;                     /* of our ids: a reply to an earlier life of ours is not ours */
	int64_t heard;                       /* monotonic: the last answer */
	int64_t away;                        /* since then nobody answers; 0: somebody does */
	int64_t expired;                     /* when the slots were last looked through */
	struct bundle *open, *spare;
};
bool asker_open(struct asker *, struct gateway *, enum bus_socket, struct error *);
void asker_close(struct asker *);
void asker_hear(struct asker *, struct arena *turn);
void asker_expire(struct asker *, int64_t now);
void asker_flush(struct asker *);                    /* what was asked in this turn leaves */

/* the connections to the read models */
struct pool;
struct pool *pool_new(const char *url, int connections);
void pool_free(struct pool *);
void pool_run(struct pool *);                        /* takes what has come, sends what waits */
int pool_waits(struct pool *, struct bus_wait *, int room);
void pool_ready(struct pool *, const struct bus_wait *, int n);
bool pool_up(const struct pool *);
void pool_add(struct pool *, struct job *);
struct pool_counts { int connections, busy, queued; int64_t statements, failures, reconnects, losses; };
struct pool_counts pool_counts(const struct pool *);

/* how far the read models are, and who waits for that */
struct reach {
	struct gateway *gateway;
	int64_t position[MODELS_MAX], heard[MODELS_MAX];
	int64_t behind[MODELS_MAX];          /* since when it stands behind the log; 0: it does not */
	struct job *waiting;
	struct { const struct identity *who; int64_t wrote[MODELS_MAX]; } tokens[64]; int n_tokens;
	struct job probe; bool probing, curious; int64_t probed;
	int64_t unanswered;                  /* since when no probe was answered; 0: the last one was */
	int64_t losses;                      /* of connections to the database, when it was last looked at */
	bool doubt, probe_old;               /* nothing that was heard holds until a probe is answered that was sent since */
};
void reach_start(struct reach *, struct gateway *);
void reach_hear(struct reach *, const char *model, int64_t position);   /* what a projector said */
void reach_run(struct reach *, int64_t now);
bool reach_answered(struct reach *);                 /* the database answers: asked anew by asking this */
unsigned reach_models(const char *names);

struct gateway {
	struct door *door;
	struct asker core, history;
	struct bus_server *queries;
	struct bus_subscriber *applied, *events;
	struct pool *pool;
	struct reach reach;
	struct arena *turn;
	struct metrics metrics;
	int64_t head;                        /* of the log, from heartbeats */
	int64_t clock_now, clock_heard; bool clock_real;     /* business time then; monotonic */
	bool stopping;
};
int64_t gateway_business_now(const struct gateway *);

/* requests.c: from the door to a route's handler */
void request_seen(void *gateway, struct exchange *);         /* its headers are here */
void request_arrived(void *gateway, struct exchange *);
void request_finished(void *gateway, struct exchange *);
/* queries.c: the questions of the cockpit over the bus */
void queries_run(struct gateway *);
