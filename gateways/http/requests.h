/* requests.h -- a request on its way to a handler: who asks, which route, what is answered.
 *
 * A route is a row: method, path with {} for one segment, who may, function.  A handler ends by exactly one of the
 * request_answer/request_fail/request_problem functions, now or in a later turn of the loop. */
#pragma once
#include <cjson/cJSON.h>
#include "core/base/shape.h"
#include "gateways/http/gateway.h"
#include "gateways/http/problem.h"

struct request {
	struct job job;                      /* first: a job of ours is a request */
	struct exchange *x;
	const char *id;                      /* what stood for {} */
	const char *request_id, *key;        /* X-Request-ID; Idempotency-Key or NULL */
	int64_t wrote;                       /* position of what this request wrote; 0: nothing */
	bool claimed;                        /* its claims were looked at and hold */
};
static inline struct request *request_of(struct job *j) { return (struct request *)(void *)j; }

#define OPEN 0                               /* no token needed */
struct route { enum exchange_method method; const char *path; unsigned may; void (*handle)(struct request *); };
extern const struct route own_routes[];      /* operations.c; ends with a pathless one */

/* `status` and what the handler wrote into x->out; the usual headers are added */
void request_answer(struct request *, int status);
void request_fail(struct request *, const struct error *);
void request_problem(struct request *, int status, const char *code, const char *reason, const char *message);
void request_not_found(struct request *);
void request_method_not_allowed(struct request *, const char *allowed);

/* the body as JSON; NULL: answered with what is wrong (415, 400) */
cJSON *request_json(struct request *);
bool request_media_ok(struct request *);     /* false: answered 415 */
/* false: answered 400, because a parameter is not one of these or cannot be decoded: an answer to less would look like one */
bool request_parameters_ok(struct request *, const char *const *names);
/* a decoded query parameter of our own endpoints; NULL: not given */
const char *request_parameter(struct request *, const char *name);

/* one command: args is the struct of op.  then() gets the answer when it is not an error; errors end the request. */
void request_command(struct request *, const struct shape *op, const void *args,
	void (*then)(struct request *, const struct bus_answer *));
/* the same from JSON: wrong arguments end the request */
void request_command_json(struct request *, const struct shape *op, const cJSON *args,
	void (*then)(struct request *, const struct bus_answer *));
struct bus_item item_of(struct arena *, const struct shape *op, const void *args);

/* what anybody can cause may fill no disk: sixty lines a minute, then one that says how many were left out */
struct lines { int64_t since; int n, left_out; };
bool room_for_line(struct lines *);
/* who asks, by its token alone; false: answered 401 or 403 */
bool request_identify(struct request *);
/* claims from what was sent; false and an answered request when they do not hold */
bool request_claims(struct request *, unsigned may);
void unique_hex(char *out, int digits);              /* at most 32 */
