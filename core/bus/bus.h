/* bus.h -- ZeroMQ's one door: requests, replies, publication.
 *
 * What the bus loses costs latency only: the log is the record.  Requests carry a deadline and are refused unread
 * after it; clients use DEALER with IMMEDIATE and no linger and repeat under the same key; PUB messages are
 * numbered so that a subscriber sees what it missed and reads it from the log (zguide, Clone).
 *
 * Endpoints are configuration: inproc://, ipc:// (folder 0700, pid file locked before bind), tcp:// with CURVE and an
 * allow-list of client keys per role; tcp without CURVE refuses to start. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/bus/topology.h"

#define BUS_VERSION 1
#define BUS_MAX_ITEMS 4096                   /* commands in one frame */
#define BUS_MAX_BYTES (16 << 20)             /* of a whole request */

/* ---- what travels -------------------------------------------------------------------- */

struct bus_header {
	int version;
	uint8_t id[16];                      /* of the request; a repeat has a new one and the same keys */
	const char *token;                   /* proves the identity; never logged */
	int64_t deadline;                    /* wall clock, microseconds; refused unread after it */
	const char *tenant, *actor, *channel;/* claims, bound to what the token may claim */
	const char *trace, *span;            /* W3C, hex; NULL none */
	bool scenario;                       /* work of a scenario: what it creates is marked */
};
/* one command or query */
struct bus_item {
	const char *op;                      /* "order.create" */
	const char *key;                     /* idempotency key; NULL none */
	const uint8_t *args; size_t args_len;/* msgpack map by field name */
	bool dry_run;
	int64_t await;                       /* microseconds to wait for the outcome; 0: answer when committed */
	int64_t after;                       /* queries: wait until the read model reached this position */
	const char *as_of;                   /* queries: position or instant; NULL now */
};
enum answer_status { ANSWER_OK, ANSWER_ACCEPTED, ANSWER_ERROR };
struct bus_event { int type; const char *id; const uint8_t *payload; size_t len; };  /* payload in clear */
struct bus_answer {
	enum answer_status status;
	int64_t position;                    /* of the last event of the unit, or of the head a refusal saw */
	const char *id;                      /* aggregate the command was about or made */
	const char *correlation;
	bool repeat, dry_run;
	const struct bus_event *events; int n_events;   /* the command's own events (and the outcome's, after await) */
	const uint8_t *result; size_t result_len;       /* queries and system requests: JSON text */
	struct error error;                  /* with ANSWER_ERROR */
};

void bus_header_pack(const struct bus_header *, struct buf *);
bool bus_header_unpack(const void *, size_t, struct arena *, struct bus_header *, struct error *);
void bus_item_pack(const struct bus_item *, struct buf *);
bool bus_item_unpack(const void *, size_t, struct arena *, struct bus_item *, struct error *);
void bus_answer_pack(const struct bus_answer *, struct buf *);
bool bus_answer_unpack(const void *, size_t, struct arena *, struct bus_answer *, struct error *);

/* ---- the answering side ------------------------------------------------------------------ */

struct bus_server;
struct bus_peer { uint8_t id[64]; size_t len; };       /* who asked; copyable, outlives the request */
struct bus_request {
	struct bus_peer peer;
	struct bus_header header;
	const struct bus_item *items; int n;
};
/* binds; UNAVAILABLE when another process holds the pid file or the port, with what to do */
struct bus_server *bus_serve(enum bus_socket, struct error *);
void bus_server_close(struct bus_server *);            /* waits at most 200 ms for answers to leave */
int bus_server_fd(const struct bus_server *);          /* edge-triggered as ZMQ_FD is: drain until false */
void *bus_server_socket(const struct bus_server *);    /* for zmq_poll */
struct bus_counts { int64_t received, expired, hostile, gone; };   /* gone: answers that nobody was there to take */
struct bus_counts bus_server_counts(const struct bus_server *);
/* next waiting request, decoded into the arena; false: none.  Hostile frames are answered INVALID and skipped;
 * requests past their deadline are dropped unread (nobody waits) and counted. */
bool bus_receive(struct bus_server *, struct arena *, struct bus_request *);
/* one answer per item, in order.  A request refused as a whole (hostile frames) gets a single one.  False: the peer is
 * gone or does not read; dropped and counted.  An answer beyond BUS_MAX_BYTES becomes INVALID, or loses its events. */
bool bus_reply(struct bus_server *, const struct bus_peer *, const uint8_t id[16], const struct bus_answer *, int n);

/* ---- the asking side ----------------------------------------------------------------------- */

struct bus_client;
struct bus_client *bus_connect(enum bus_socket, struct error *);
void bus_client_close(struct bus_client *);
int bus_client_fd(const struct bus_client *);
void *bus_client_socket(const struct bus_client *);
/* fills in version and id when they are zero; UNAVAILABLE at once when nobody listens (IMMEDIATE) */
bool bus_send(struct bus_client *, struct bus_header *, const struct bus_item *, int n, struct error *);
struct bus_reply { uint8_t id[16]; struct bus_answer *answers; int n; };
bool bus_next_reply(struct bus_client *, struct arena *, struct bus_reply *);         /* false: none waits */
/* send and wait, on a client that nothing else reads (other replies are dropped); the header stays as it is: a repeat
 * gets an id of its own, and without a deadline the time-out is it; on a time-out UNAVAILABLE says so and that
 * repeating with the same key is safe */
bool bus_call(struct bus_client *, struct bus_header *, const struct bus_item *, int n, int64_t timeout,
	struct arena *, struct bus_answer **, struct error *);

/* ---- publication ------------------------------------------------------------------------------ */

#define TOPIC_EVENTS    "E"                  /* header: first, last; body: events as event_write() makes them */
#define TOPIC_HEARTBEAT "H"                  /* every 250 ms idle */
#define TOPIC_REQUEST   "R."                 /* + effect's name: one open request */
#define TOPIC_APPLIED   "A"
struct bus_note {                            /* one published message */
	char topic[32];
	int64_t first, last;                 /* E: positions; H: last = head; R: last = position; A: last = position */
	uint8_t log_id[32];
	int64_t clock_now;                   /* H: business now */
	bool clock_real;                     /* H: the business clock is the wall's */
	const char *name;                    /* A: the read model; R: "payment.charge_requested" */
	const char *id;                      /* R: the event's id (idempotency key at the provider) */
	const uint8_t *body; size_t body_len;
	int64_t open_requests;               /* H: position of the newest open request, so that a lost R is noticed */
};
struct bus_publisher;
struct bus_publisher *bus_publish_on(enum bus_socket, struct error *);
void bus_publisher_close(struct bus_publisher *);
void bus_publish(struct bus_publisher *, const struct bus_note *);       /* never blocks */

struct bus_subscriber;
struct bus_subscriber *bus_subscribe(enum bus_socket, const char *const *topics, int n, struct error *);
void bus_subscriber_close(struct bus_subscriber *);
int bus_subscriber_fd(const struct bus_subscriber *);
void *bus_subscriber_socket(const struct bus_subscriber *);
bool bus_next_note(struct bus_subscriber *, struct arena *, struct bus_note *);       /* false: none waits */

/* waits until one of the sockets or fds is readable (or writable), or the timeout; true if anything is */
struct bus_wait { void *socket; int fd; bool write; bool ready; };
bool bus_wait(struct bus_wait *, int n, int64_t timeout_micros);
char *bus_endpoint(enum bus_socket, char out[256]);     /* from configuration, or ipc://STATE/bus/FILE */
/* keys for a machine whose endpoints are tcp and that has none yet: a server's, a client's, the client listed for all roles */
bool bus_keys_make(struct error *);
void bus_stop(void);                                    /* at the end of a process */
