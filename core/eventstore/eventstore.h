/* eventstore.h -- the log: append, read, head, verify, keys.  Knows events, knows no domain.
 *
 * One table, log.event, partitioned by position; one row log.head that every append moves; log.subject_key.
 * Positions are dense (1, 2, 3 ...): a gap seen by anyone is a lost message, never a late commit.
 *
 * A row's hash is BLAKE2b-256(previous hash || canonical bytes): position, stream, version, type, subject,
 * occurred_at, recorded_at, body; integers big endian of fixed width, texts and bytes with a 32-bit length before
 * them.  The hash before position 1 is the log's random id.  The event's id is the first 16 bytes of its hash,
 * dressed as a UUID (version 8, RFC 9562).
 *
 * Streams are "aggregate/ID", or "@tenant/aggregate/ID" for a tenant other than DEFAULT; versions 1, 2, 3 ... */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/crypt.h"
#include "core/base/error.h"
#include "core/base/id.h"
#include "core/base/pg.h"

#define LOG_SCHEMA_VERSION 1                 /* highest migration this binary knows */

/* ---- an event as it lies in the log ------------------------------------------- */

struct log_event {
	int64_t position;
	const char *stream;
	int64_t version;                     /* of the stream */
	int type;                            /* code in schemas/ */
	const char *subject;                 /* customer id it is about; NULL: nobody */
	int64_t occurred_at, recorded_at;    /* business clock; wall clock */
	const uint8_t *body;                 /* envelope, then payload (two msgpack objects) */
	size_t body_len;
	uint8_t hash[HASH_BYTES];
};

/* who, through what, because of what.  Packed as an array; new members go at the end. */
struct envelope {
	int schema_version;                  /* of the payload's shape */
	const char *tenant;                  /* "DEFAULT" is packed as nil */
	const char *actor, *channel, *identity;
	const char *key;                     /* idempotency key: on the first event of its command only */
	const uint8_t *args_hash;            /* 16 bytes; with key */
	const char *op;                      /* with key: the operation that carried it */
	const char *made;                    /* with key: the id that its answer named */
	int64_t last;                        /* with key: position of the last event of its unit */
	const char *refused, *said;          /* with key: rule and sentence, when the answer was a refusal that is recorded */
	char correlation[33];                /* 32 hex digits: the command at the root of the cascade */
	char cause[UUID_TEXT];               /* id of the event that caused this one; "" = the command itself */
	char trace[33], span[17];            /* W3C trace context; "" = none */
	bool scenario;                       /* made by a scenario: what reset removes */
};
void envelope_pack(const struct envelope *, struct buf *);
/* the texts live in the arena; *payload points into body */
bool envelope_unpack(const void *body, size_t n, struct arena *, struct envelope *, const uint8_t **payload,
	size_t *payload_len, struct error *);

void event_hash(const uint8_t before[HASH_BYTES], const struct log_event *, uint8_t out[HASH_BYTES]);
char *event_id(const uint8_t hash[HASH_BYTES], char out[UUID_TEXT]);
/* the form of an event on the bus: canonical bytes, then its hash; reading points into the bytes */
void event_write(struct buf *, const struct log_event *);
bool event_read(const uint8_t **at, const uint8_t *end, struct arena *, struct log_event *);
/* "@acme/case/CASE-1" -> acme, case, CASE-1; pieces are copied into the arena; false if it is no stream */
bool stream_split(const char *stream, struct arena *, const char **tenant, const char **aggregate, const char **id);

/* ---- the head ------------------------------------------------------------------- */

struct log_head {
	uint8_t log_id[HASH_BYTES];
	int64_t epoch, position;
	uint8_t hash[HASH_BYTES];
	char holder[128];
	int64_t lease_until;                 /* by the database's clock */
};
bool log_head_read(struct pg *, struct log_head *, struct error *);

/* ---- writing: exactly one writer, fenced by the head row ------------------------- */

struct log_batch;                            /* rows of one transaction; owns copies of all it is given */
struct log_batch *log_batch_new(void);
void log_batch_free(struct log_batch *);
void log_batch_clear(struct log_batch *);
void log_batch_add(struct log_batch *, const struct log_event *);     /* position and hash set by the caller */
void log_batch_add_key(struct log_batch *, const char *tenant, const char *subject,
	const uint8_t wrapped[WRAPPED_KEY_BYTES]);
int log_batch_count(const struct log_batch *);
const struct log_event *log_batch_event(const struct log_batch *, int i);
int64_t log_batch_first(const struct log_batch *), log_batch_last(const struct log_batch *);
size_t log_batch_bytes(const struct log_batch *);

struct log_writer;
/* Takes the head: bumps the epoch if the lease has ended or `holder` (host and state folder; its pid file is locked
 * by us) held it before; else UNAVAILABLE with who holds it until when.  Refuses a schema newer than this binary, a
 * server that is not durable, a pooled session.  Sets synchronous_commit=on and statement_timeout=0. */
struct log_writer *log_writer_open(const char *url, const char *holder, int64_t lease_micros, struct error *);
void log_writer_close(struct log_writer *, bool release_lease);
const struct log_head *log_writer_head(const struct log_writer *);
int log_writer_fd(const struct log_writer *);
bool log_writer_wants_write(const struct log_writer *);
bool log_writer_busy(const struct log_writer *);

/* false: the connection was lost before anything was sent; go on with log_writer_recover(), as after IN_DOUBT.
 * After true call log_writer_poll() once before waiting for the descriptor.
 * One statement, one transaction: moves the head WHERE epoch = mine AND position = old, inserts keys and events,
 * extends the lease.  Returns at once; never call while busy.  An empty batch only extends the lease. */
bool log_writer_send(struct log_writer *, const struct log_batch *, struct error *);
enum append_result {
	APPEND_BUSY,
	APPEND_COMMITTED,                    /* durable */
	APPEND_FAILED,                       /* definitely not in the log: disk full, constraint; connection usable */
	APPEND_FENCED,                       /* somebody else leads: zero rows moved; step down */
	APPEND_IN_DOUBT                      /* connection lost: log_writer_recover() finds out */
};
enum append_result log_writer_poll(struct log_writer *, struct error *);
/* Goes on reconnecting, for at most a quarter of a second at a time; connected, it bumps the epoch (which waits for a
 * transaction in doubt), compares position and hash:
 * APPEND_COMMITTED or APPEND_FAILED for the batch sent last; APPEND_FENCED if another holder took over meanwhile;
 * APPEND_IN_DOUBT while the database cannot be reached (err says why: try again later). */
enum append_result log_writer_recover(struct log_writer *, struct error *);
bool log_writer_connecting(const struct log_writer *);             /* recovery is under way: try again soon */
int64_t log_writer_lease_left(const struct log_writer *);          /* micros by the monotonic clock since the last success */

/* ---- reading ---------------------------------------------------------------------- */

struct log_filter {
	int64_t after;                       /* position > after */
	int64_t upto;                        /* position <= upto; 0: the end */
	int64_t since, until;                /* occurred_at, inclusive; 0: open */
	const char *stream, *subject;        /* equality; NULL: any */
	const int *types; int n_types;       /* 0: any */
	int64_t limit;                       /* 0: all */
	bool newest_first;
};
struct log_reader;
/* streams by COPY in binary; events are valid until the next call.  Blocking. */
struct log_reader *log_read(struct pg *, const struct log_filter *, struct error *);
bool log_next(struct log_reader *, struct log_event *, struct error *);     /* false at the end or on error (err->kind) */
void log_read_end(struct log_reader *);

/* proves the chain from the first row to the head; *bad is the first position that does not hold (0: none).
 * progress may be NULL; called about once per 10,000 events. */
bool log_verify(struct pg *, int64_t *checked, int64_t *bad, void (*progress)(int64_t at, int64_t of, void *), void *,
	struct error *);
/* the same in steps, for who has others to serve in between: a connection of its own, occupied until the end */
struct log_proof;
struct log_proof *log_proof_open(struct pg *, struct error *);
bool log_proof_step(struct log_proof *, int rows, bool *done, struct error *);
int64_t log_proof_at(const struct log_proof *), log_proof_bad(const struct log_proof *);
const struct log_head *log_proof_head(const struct log_proof *);  /* up to which it proves */
void log_proof_close(struct log_proof *);
struct log_size { int64_t events, bytes, index_bytes, keys, partitions; };     /* bytes: with the indexes */
bool log_size(struct pg *, struct log_size *, struct error *);
bool log_partition_ahead(struct pg *, struct error *);            /* makes the next partition when the last one is half full */

/* ---- subject keys -------------------------------------------------------------------- */

/* a ring in memory: (tenant, subject) -> key, unwrapped with the master key.  Looks up the database on a miss
 * when it has a connection; a key that is gone is "erased": NULL. */
struct key_ring;
struct key_ring *key_ring_new(const uint8_t master[KEY_BYTES]);
void key_ring_free(struct key_ring *);
bool key_ring_load(struct key_ring *, struct pg *, struct error *);        /* all keys, for the core's start */
/* readers: look up on a miss, on a connection of its own (a log_read() in progress occupies the other).  A failed
 * look-up ends the process: to read "erased" by mistake would be worse. */
void key_ring_attach(struct key_ring *, struct pg *);
bool key_ring_check(struct key_ring *, struct pg *, struct error *);       /* does the master key open this log's keys? */
/* the same for who can wait for the database to come back: false with *err, *key NULL when the person was erased */
bool key_ring_find(struct key_ring *, struct pg *, const char *tenant, const char *subject, const uint8_t **key,
	struct error *);
const uint8_t *key_ring_get(struct key_ring *, const char *tenant, const char *subject);
/* a fresh key; `wrapped` goes into the batch */
const uint8_t *key_ring_make(struct key_ring *, const char *tenant, const char *subject,
	uint8_t wrapped[WRAPPED_KEY_BYTES]);
size_t key_ring_count(const struct key_ring *);
bool key_ring_add(struct key_ring *, const char *tenant, const char *subject, const uint8_t wrapped[WRAPPED_KEY_BYTES]);
void key_ring_drop(struct key_ring *, const char *tenant, const char *subject);   /* after a rollback or an erasure */
bool log_forget_subject(struct pg *, const char *tenant, const char *subject, struct error *);   /* deletes the key */

/* ---- the schema of the log ------------------------------------------------------------- */

/* applies the migrations of schemas/sql/ that are missing, as the owner; passwords for the roles are set when given.
 * Roles: bss_core (event INSERT SELECT; head UPDATE SELECT; subject_key INSERT SELECT), bss_project (event, subject_key SELECT;
 * owns the read schemas; CREATE on the database), bss_history (event, subject_key SELECT), bss_gateway (read schemas SELECT). */
struct role_password { const char *role, *password; };
bool log_migrate(struct pg *owner, const struct role_password *, int n, struct error *);
int log_schema_version(struct pg *, struct error *);               /* 0: no log yet; -1: error */
/* readers too: INVALID for a newer log, UNAVAILABLE for none yet */
bool log_schema_known(struct pg *, struct error *);
