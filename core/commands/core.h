/* core.h -- what the core's process holds between two turns.  Private to core_main.c and core_items.c. */
#pragma once
#include "core/bus/bus.h"
#include "core/bus/identity.h"
#include "core/commands/engine.h"

#define WAITERS_MAX 20000

struct reply {                           /* an answer that waits: behind a batch, or for an outcome */
	struct reply *next;
	struct arena *own;               /* with await it outlives its batch */
	struct bus_peer peer;
	uint8_t id[16];
	struct bus_answer *answers; int n;
	int waiting;                     /* items whose outcome is not known yet */
	bool committed;
};
struct outcome {                         /* an event somebody may wait for */
	struct outcome *next;
	const struct shape *event;
	char correlation[33];
	const char *id;
	int64_t position;
	const uint8_t *clear; size_t len;
};
struct waiter {
	struct reply *reply;
	int item;
	const struct shape *op;
	char correlation[33];
	int64_t deadline;                /* wall */
};
struct queued {                          /* a request that has to wait until there is room in a batch */
	struct queued *next;
	struct arena *arena;
	struct bus_request request;
};
struct group {                           /* what commits together */
	struct log_batch *batch;
	struct arena *arena;
	struct reply *replies, **tail;
	int answers;                     /* that wait in it */
	struct outcome *outcomes;
	bool in_flight;
	size_t before, mark;             /* the world before and behind it */
	int64_t position;                /* of the log before it */
	uint8_t hash[HASH_BYTES];
	int64_t sent_at;                 /* monotonic */
};
struct core {
	struct engine *engine;
	struct key_ring *keys;
	struct log_writer *writer;
	struct pg *side;                 /* everything but appends */
	int64_t partition_check;
	struct bus_server *server;
	struct bus_publisher *publisher;
	struct group groups[2], *filling, *flying;
	struct waiter waiters[WAITERS_MAX]; int n_waiters;
	struct queued *queue, **queue_tail;
	int64_t n_queued, queue_max;     /* commands */
	struct arena *refused;           /* of requests that are refused unread, for the turn */
	struct buf scratch;
	size_t sent_mark;                /* where the world stood behind the last batch sent */
	int64_t sent_position;
	uint8_t sent_hash[HASH_BYTES];
	bool in_doubt;
	int64_t recover_at, heard, lease;
	int batch_max, last_group;
	struct { int64_t requests, commands, refused, batches, events, failed, unanswered, turned_away, late; } stats;
};

/* who sent a frame, and for whom; or why nobody may */
struct sender {
	const struct identity *who;
	struct caller caller;
	const char *tenant;
	bool known;
	struct error why;
};
void sender_read(const struct bus_request *, struct sender *);
/* one item of a request, decoded and allowed */
struct item {
	const struct shape *op;
	void *args;
	const char *tenant, *key, *trace, *span;
	struct caller caller;
	bool dry_run;
	int64_t await;                   /* wall deadline; 0: none */
};
bool item_read(const struct bus_request *, const struct sender *, int i, struct arena *, struct item *, struct error *);
void core_query(struct core *, const struct item *, struct arena *, struct bus_answer *);
bool core_open_writer(struct core *, struct error *);
bool core_master_key(uint8_t out[KEY_BYTES], struct error *);
bool outcome_of(const struct shape *op, const struct shape *event);      /* is it among the op's awaits? */
bool awaited_anywhere(const struct shape *event);
