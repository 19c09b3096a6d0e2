/* client.h -- runs operations by name over the bus: what the verbs, the scenarios, the REPL and MCP share.
 *
 * A command gets an idempotency key when it has none and is repeated under it while the core is away, until its
 * deadline; rows with outcome events are waited for; then the row's `.show` query is asked with `after` = the
 * command's position, so the result is what the command made (read your writes).  CLIENT rows run here, made of
 * other operations.  Sockets are opened when first needed.  One thread, one client. */
#pragma once
#include <cjson/cJSON.h>
#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/shape.h"

struct client;
struct client_as {                     /* who asks: claims, bound to what the token may claim */
	const char *actor, *channel;   /* "cli-user", "cli"; "scenario:NAME", "scenario" */
	const char *token;             /* NULL: the command line's, see client_token() */
	const char *tenant;            /* NULL: BSS_TENANT_DEFAULT */
	const char *trace;             /* 32 hex digits; NULL: a fresh one for each call */
	bool scenario;                 /* what is made is marked, so that a reset finds it */
};
struct call_options {                  /* all-zero is the usual */
	int64_t timeout;               /* micros; 0: 30 s with an outcome to wait for, else 10 s */
	int64_t patience;              /* micros that nobody listening is borne; 0: 3 s */
	const char *key;               /* idempotency key; NULL: made */
	const char *as_of;             /* queries: position or instant */
	int64_t after;                 /* queries: at least this position; 0: this client's last write */
	bool no_wait;                  /* answer when committed, not at the outcome */
	bool dry_run;
	bool no_show;                  /* the command's own event is enough */
};
struct call_result {
	cJSON *json;                   /* never NULL after success; owned by the arena */
	const char *text;              /* the JSON as it was answered, numbers with their digits; NULL: made here */
	int64_t position;
	const char *id, *correlation;  /* aggregate; command */
	const char *event;             /* name of the last own or outcome event; NULL for queries */
	bool accepted;                 /* committed, but the outcome did not come in time */
	bool unread;                   /* committed, but the read side did not answer: json is the event's */
	bool repeat, dry_run;
};

struct client *client_new(const struct client_as *);             /* copies; opens nothing */
void client_free(struct client *);                               /* NULL is fine */
void client_act_as(struct client *, const struct client_as *);   /* from the next call on */
int64_t client_position(const struct client *);                  /* of the last write; 0 none */
const char *client_trace(const struct client *);                 /* of the last call; "" none */

/* args: an object by field name, NULL for none.  options: NULL for the usual. */
bool client_call(struct client *, const char *op, const cJSON *args, const struct call_options *, struct arena *,
	struct call_result *, struct error *);
/* the same with arguments as JSON text */
bool client_call_text(struct client *, const char *op, const char *args, const struct call_options *, struct arena *,
	struct call_result *, struct error *);
bool client_operation(const char *op, const struct shape **, struct error *);   /* NOT_FOUND names the nearest */

/* the value of a token variable of core/bus/identity.h: the environment's, else the state folder's tokens.env
 * (KEY=VALUE lines, mode 0600, written by `bss up`); NULL and *err when there is none */
const char *client_token(const char *variable, struct arena *, struct error *);
