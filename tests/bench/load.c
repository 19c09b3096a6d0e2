/* load.c -- N clients that each keep one request in flight, with K commands a frame: what the core appends a second.
 *
 *   load CLIENTS COMMANDS_A_FRAME SECONDS OPERATION ARGS_JSON        (token and endpoints from the environment)
 *
 * Prints one line of JSON: commands a second, latencies of a request in microseconds.  Not a test: scripts/bench divides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "core/bus/bus.h"
#include "schemas/registry.h"
#include "tests/bench/samples.h"

#define CLIENTS_MAX 1024

struct client { struct bus_client *bus; int64_t sent; };
struct load {
	struct client clients[CLIENTS_MAX]; int n, packed;
	struct bus_item *items;
	struct bus_header header;
	struct arena *arena;
	int64_t answered, errors;
	struct samples took;
};

static void
send_one(struct load *l, struct client *c)
{
	struct error err = { 0 };

	memset(l->header.id, 0, sizeof l->header.id);
	l->header.deadline = wall_now() + 10 * SECOND;
	c->sent = mono_now();
	if (!bus_send(c->bus, &l->header, l->items, l->packed, &err)) {
		fprintf(stderr, "load: %s\n", err.message);
		exit(1);
	}
}

static void
take_answers(struct load *l, struct client *c)
{
	struct bus_reply r;

	while (bus_next_reply(c->bus, l->arena, &r)) {
		samples_add(&l->took, mono_now() - c->sent);
		for (int i = 0; i < r.n; i++)
			l->errors += r.answers[i].status == ANSWER_ERROR;
		l->answered += r.n;
		send_one(l, c);
	}
	arena_reset(l->arena);
}

static void
report(struct load *l, int64_t took)
{
	samples_sort(&l->took);
	printf("{\"clients\":%d,\"packed\":%d,\"per_second\":%.0f,\"errors\":%lld,\"p50_us\":%u,\"p99_us\":%u}\n", l->n, l->packed,
		(double)l->answered * 1e6 / (double)took, (long long)l->errors, samples_at(&l->took, 500),
		samples_at(&l->took, 990));
}

static void
run(struct load *l, int64_t micros)
{
	struct bus_wait *w = mem_new(sizeof *w * (size_t)l->n);
	int64_t began = mono_now(), until = began + micros;

	for (int i = 0; i < l->n; i++)
		send_one(l, &l->clients[i]);
	while (mono_now() < until) {
		for (int i = 0; i < l->n; i++)
			w[i] = (struct bus_wait){ .socket = bus_client_socket(l->clients[i].bus) };
		bus_wait(w, l->n, 100000);
		for (int i = 0; i < l->n; i++)
			if (w[i].ready)
				take_answers(l, &l->clients[i]);
	}
	report(l, mono_now() - began);
	mem_drop(w);
}

static void
prepare(struct load *l, const char *op, const char *json)
{
	const struct shape *s = operation_named(op);
	struct arena *a = arena_new();
	struct error err = { 0 };
	static struct buf packed;
	void *args;

	must(s);
	args = arena_alloc(a, s->size);
	if (!shape_from_text(s, json, strlen(json), a, args, &err)) {
		fprintf(stderr, "load: %s\n", err.message);
		exit(2);
	}
	shape_pack(s, args, &packed, NULL);
	l->items = mem_new(sizeof *l->items * (size_t)l->packed);
	for (int i = 0; i < l->packed; i++)
		l->items[i] = (struct bus_item){ .op = op, .args = (const uint8_t *)packed.data, .args_len = packed.len };
	l->header = (struct bus_header){ .token = config_text("BSS_API_TOKEN"), .actor = "bench", .channel = "cli",
		.tenant = "DEFAULT" };
}

int
main(int argc, char **argv)
{
	static struct load l;
	struct error err = { 0 };

	if (argc != 6) {
		fputs("usage: load CLIENTS COMMANDS_A_FRAME SECONDS OPERATION ARGS_JSON\n", stderr);
		return 2;
	}
	crypt_start();
	registry_start();
	must(config_load(&err));
	l.n = atoi(argv[1]);
	l.packed = atoi(argv[2]);
	must(l.n > 0 && l.n <= CLIENTS_MAX && l.packed > 0);
	l.arena = arena_new();
	l.took = samples_new();
	prepare(&l, argv[4], argv[5]);
	for (int i = 0; i < l.n; i++)
		if (!(l.clients[i].bus = bus_connect(SOCKET_COMMANDS, &err))) {
			fprintf(stderr, "load: %s\n", err.message);
			return 1;
		}
	run(&l, atoi(argv[3]) * SECOND);
	return 0;
}
