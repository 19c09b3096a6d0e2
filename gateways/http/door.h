/* door.h -- libmicrohttpd's one door: HTTP in, HTTP out, no thread of its own.
 *
 * A request is handed over when all of it is here; whoever handles it may answer at once or later: until then the
 * connection sleeps and costs a few kilobytes.  The door's epoll descriptor is waited for together with everything else
 * of the loop.  Limits are kept here: length of a URL, a header, a body; connections in all and per address; and how long
 * a client may take to say what it wants or to take the answer, however often it moves a byte; and the bytes of all
 * bodies and answers together, so that many clients within their limits do not fill the memory. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"

#define URL_MAX 4096
#define HEADERS_MAX (24 << 10)

enum exchange_method { METHOD_OTHER, METHOD_GET, METHOD_POST, METHOD_PATCH, METHOD_DELETE, METHOD_PUT,
	METHOD_OPTIONS };

struct door;
struct exchange {
	struct door *door;
	void *connection;                    /* struct MHD_Connection */
	struct arena *arena;                 /* lives until the answer has left */
	enum exchange_method method;
	const char *method_name;
	const char *path;                    /* decoded; "" when it cannot be */
	const char *query;                   /* as it came; NULL none */
	struct buf body;
	int64_t began;                       /* monotonic */
	void *context;                       /* the handler's */
	size_t body_most;                    /* admit() may lower it */
	/* the answer */
	struct buf out;
	int status;
	const char *content_type;            /* NULL: application/json;charset=utf-8 */
	struct { const char *name, *value; } headers[12]; int n_headers;
	/* the door's own */
	bool whole, answered, asleep;
	int spilled;                         /* the body is not kept: the status that says why; 0: it is */
	size_t seen, held;                   /* bytes of the body that came; of body and answer that are in memory */
	char *uri;
	struct exchange *next, *before;
};

struct door_options {
	const char *address; int port;
	size_t max_body, max_held;           /* of one request; of all bodies and answers together */
	int max_connections, max_per_address, timeout_seconds;
	/* the headers are here: answering now refuses the request, and its body is not taken */
	void (*admit)(void *context, struct exchange *);
	/* the request is whole: answer now or later */
	void (*handle)(void *context, struct exchange *);
	/* the answer has left, or the client has gone: status and times are still there */
	void (*finished)(void *context, struct exchange *);
	void *context;
};

/* UNAVAILABLE `http.port_taken` when something listens there already */
struct door *door_open(const struct door_options *, struct error *);
int door_port(const struct door *);
int door_fd(const struct door *);
int64_t door_timeout(struct door *);                 /* micros until it wants to run again; -1: whenever its fd is ready */
void door_run(struct door *);
void door_quiet(struct door *);                      /* no new connections */
int door_busy(const struct door *);                  /* exchanges not finished */
/* how many connections are open */
int door_connections(const struct door *);
int door_places(const struct door *);                /* how many may be: fewer than asked for when descriptors are short */
size_t door_held(const struct door *);               /* bytes of bodies and answers in memory */
void door_close(struct door *);                      /* whoever still waits is answered 503 */

const char *exchange_request_header(const struct exchange *, const char *name);    /* NULL: not sent */
const char *exchange_peer(const struct exchange *, char out[64]);                  /* the client's address */
void exchange_header(struct exchange *, const char *name, const char *value);      /* of the answer */
/* x->out is the body; once and only once per exchange */
void exchange_answer(struct exchange *, int status);
