/* client_inner.h -- between client.c and client_ops.c only. */
#pragma once
#include "cockpit/client.h"
#include "core/bus/bus.h"

struct client {
	struct arena *kept;                            /* of client_act_as() */
	struct client_as as;
	struct bus_client *sockets[SOCKET_COUNT];
	int64_t position;
	const char *answered;                          /* text of this call's last answer to a query */
	char trace[33], span[17];
};

/* runs a CLIENT row */
bool client_run_here(struct client *, const struct shape *, const void *args, const struct call_options *,
	struct arena *, struct call_result *, struct error *);
bool client_ask(struct client *, const struct shape *, const void *args, const struct call_options *, int64_t after,
	struct arena *, cJSON **, struct error *);
int64_t client_timeout(const struct shape *, const struct call_options *);
