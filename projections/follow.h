/* follow.h -- read models that follow the log: what `bss project` and the tests drive. */
#pragma once
#include "projections/store.h"

/* as the role that owns the read schemas, whoever the connection string names: what its owner's string made would be closed to
 * those who follow and read */
struct pg *project_connect(const char *url, const char *application, struct error *);

struct followed {
	const struct projection *projection;
	struct model *model;
	int64_t seen;                        /* all events up to here are applied or do not concern it */
	bool stopped;                        /* a handler failed: it waits for a better program */
	int64_t retry_at;                    /* the database refused: tried again then; monotonic */
	bool waits_for_rebuild;              /* its rows have another shape than this program's */
	struct error why;
};
struct follower {
	const char *url;
	struct pg *pg;                       /* rows and keys */
	struct pg *log;                      /* the log, by COPY */
	struct key_ring *ring;
	uint8_t log_id[HASH_BYTES];
	int64_t position;                    /* of the last event that was handed out, and its hash */
	uint8_t hash[HASH_BYTES];
	struct followed models[32]; int n;
	struct arena *arena;                 /* of a batch */
	/* told after each commit (NULL: nobody) */
	void (*applied)(void *, const struct followed *); void *told;
};
void follower_start(struct follower *, const char *url, const uint8_t master[KEY_BYTES]);
void follower_stop(struct follower *);
/* connects, makes the schemas that are missing, starts those over whose log is not this one; UNAVAILABLE: later */
bool follower_connect(struct follower *, struct error *);
void follower_disconnect(struct follower *);
bool follower_connected(const struct follower *);
/* reads the log from where the read models are to its end.  False: the database went away, or an event is unknown */
bool follower_catch_up(struct follower *, struct error *);
/* events of the bus, in event_write()'s form: applied when they follow on what is known.  *gap: they do not */
bool follower_take(struct follower *, int64_t first, const uint8_t *bytes, size_t n, bool *gap, struct error *);
/* checkpoints of read models that nothing concerned for a while; those that wait for a rebuild are looked at */
bool follower_tidy(struct follower *, struct error *);
/* an event is remembered as applied by all: position of the slowest that is not stopped */
int64_t follower_position(const struct follower *);

/* rebuild.c */
struct rebuild_progress { void (*told)(const char *name, int64_t at, int64_t of, double per_second); };
/* names: NULL-terminated, or NULL for all.  verify: digests are compared and the live one stays if they differ */
bool rebuild(const char *url, const uint8_t master[KEY_BYTES], const struct projection *const *, int n, bool verify,
	const struct rebuild_progress *, struct buf *report, struct error *);
