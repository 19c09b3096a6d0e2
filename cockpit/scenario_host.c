/* scenario_host.c -- what scenarios run on: the client of the bus, libcurl, files, the monotonic clock. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cockpit/client.h"
#include "cockpit/scenario_inner.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/text.h"

#define FILE_BYTES_MOST (16 << 20)

struct host {
	struct client *client;
	struct arena *arena;                   /* the token used last */
	const char *token_of, *token;
	bool watched;                          /* stderr is a terminal */
};

static volatile sig_atomic_t wants_end;

static void
note_wish(int signal)
{
	(void)signal;
	wants_end = 1;
}

static bool
host_stopped(void *self)
{
	(void)self;
	return wants_end != 0;
}

/* ---- operations --------------------------------------------------------------------------------- */

static bool
argument_known(const struct shape *op, const char *name)
{
	char snake[128];

	return shape_field(op, name) || shape_field(op, snake_case(name, snake, sizeof snake));
}

static bool
host_check(void *self, const char *op, const struct value *args, struct error *err)
{
	const struct shape *shape;

	(void)self;
	if (!client_operation(op, &shape, err))
		return false;
	if (shape->internal || shape->effect_only)
		return error_set(err, ERROR_FORBIDDEN, "operation.internal", "%s is not for clients", op);
	for (const struct value *i = args ? args->first : NULL; i; i = i->next)
		if (!argument_known(shape, i->key)) {
			error_set(err, ERROR_INVALID, "arguments.invalid", "%s has no argument `%.60s`", op, i->key);
			return error_hint(err, "bss explain %s", op);
		}
	return true;
}

static const char *
token_for(struct host *h, const char *variable, struct error *err)
{
	if (h->token && strcmp(h->token_of, variable) == 0)
		return h->token;
	arena_reset(h->arena);
	h->token_of = arena_strdup(h->arena, variable);
	h->token = client_token(variable, h->arena, err);
	return h->token;
}

/* the default identity's token, whatever the command line itself has */
static bool
act_as(struct host *h, const struct scenario_as *as, struct error *err)
{
	const char *token = token_for(h, as->token_of, err);
	struct client_as who = { .actor = as->actor, .channel = as->channel, .trace = as->trace, .token = token,
		.scenario = true };

	if (!token)
		return false;
	if (h->client)
		client_act_as(h->client, &who);
	else
		h->client = client_new(&who);
	return true;
}

static bool
host_call(void *self, const struct scenario_as *as, const char *op, const char *args, struct arena *a,
	const char **result, struct error *err)
{
	/* a story places an order and then waits for it: order.wait_until is a step of its own, and what lies between counts */
	const struct call_options placed = { .no_wait = strncmp(op, "order.", 6) == 0 };
	struct host *h = self;
	struct call_result r;

	if (!act_as(h, as, err) || !client_call_text(h->client, op, args, &placed, a, &r, err))
		return false;
	*result = r.text ? r.text : json_print(a, r.json);
	return true;
}

/* ---- the rest of the world ---------------------------------------------------------------------- */

static bool
host_fetch(void *self, const struct http_request *request, struct arena *a, struct http_response *response,
	struct error *err)
{
	(void)self;
	return http_fetch(request, a, response, err);
}

static bool
read_all(FILE *f, const char *path, struct buf *text, struct error *err)
{
	size_t n;

	while ((n = fread(buf_room(text, 65536), 1, 65536, f)) > 0) {
		text->len += n;
		if (text->len > FILE_BYTES_MOST)
			return error_set(err, ERROR_INVALID, "file.too_large", "%s is larger than 16 MiB", path);
	}
	if (ferror(f))
		return error_set(err, ERROR_NOT_FOUND, "file.unreadable", "%s cannot be read", path);
	buf_byte(text, 0);
	text->len--;
	if (!utf8_valid(text->data, text->len))
		return error_set(err, ERROR_INVALID, "file.not_text", "%s is not UTF-8 text", path);
	return true;
}

static bool
host_read(void *self, const char *path, struct arena *a, const char **out, struct error *err)
{
	FILE *f = fopen(path, "re");
	struct buf text = { 0 };

	(void)self;
	if (!f)
		return error_set(err, ERROR_NOT_FOUND, "file.unreadable", "%s: %s", path, strerror(errno));
	bool ok = read_all(f, path, &text, err);
	fclose(f);
	if (ok)
		*out = arena_strndup(a, text.data, text.len);
	buf_free(&text);
	return ok;
}

static int64_t
host_now(void *self)
{
	(void)self;
	return mono_now();
}

static void
host_pause(void *self, int64_t micros)
{
	(void)self;
	sleep_for(micros);
}

/* one line that is written over, and gone when the report comes */
static void
host_progress(void *self, int step, int of, const char *name)
{
	struct host *h = self;

	if (h->watched)
		fprintf(stderr, "\r\033[K  %d/%d  %.60s", step, of, name);
}

struct scenario_host
scenario_host_new(void)
{
	struct host *h = mem_new(sizeof *h);
	struct sigaction action = { .sa_handler = note_wish, .sa_flags = SA_RESETHAND };

	h->arena = arena_new();
	h->watched = isatty(STDERR_FILENO);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return (struct scenario_host){ .self = h, .check = host_check, .call = host_call, .fetch = host_fetch,
		.read = host_read, .now = host_now, .pause = host_pause, .stopped = host_stopped,
		.progress = h->watched ? host_progress : NULL };
}

struct client *
scenario_host_client(const struct scenario_host *host)
{
	return ((const struct host *)host->self)->client;
}

void
scenario_host_free(struct scenario_host *host)
{
	struct host *h = host->self;

	if (h->watched)
		fprintf(stderr, "\r\033[K");
	client_free(h->client);
	arena_free(h->arena);
	mem_drop(h);
}
