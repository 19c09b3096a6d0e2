/* gateway_main.c -- `bss gateway`: TMF REST for the world, queries for the cockpit, one loop for both.
 *
 * Nothing here is truth: kill it at any instruction and start it again, or run several of them behind one address. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "core/base/roles.h"
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/log.h"
#include "gateways/http/gateway.h"
#include "schemas/registry.h"

#define WAITS 48
#define TICK (SECOND / 20)
#define IDLE (SECOND / 4)
#define LAST_WORDS (3 * SECOND)

static volatile sig_atomic_t stopping;

static void
on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

int64_t
gateway_business_now(const struct gateway *g)
{
	if (!g->clock_heard)
		return wall_now();
	return g->clock_real ? g->clock_now + (mono_now() - g->clock_heard) : g->clock_now;
}

/* ---- what the core and the projectors publish --------------------------------------------------------- */

static void
hear_notes(struct gateway *g)
{
	struct bus_note n;

	while (bus_next_note(g->events, g->turn, &n)) {
		g->head = n.last;
		g->clock_now = n.clock_now;
		g->clock_real = n.clock_real;
		g->clock_heard = mono_now();
	}
	while (bus_next_note(g->applied, g->turn, &n)) {
		reach_hear(&g->reach, n.name, n.last);
		if (n.last > g->head)
			g->head = n.last;
	}
}

/* ---- one turn -------------------------------------------------------------------------------------------- */

static int64_t
least(int64_t a, int64_t b)
{
	return b >= 0 && b < a ? b : a;
}

static int64_t
patience(struct gateway *g)
{
	bool waits = g->core.under_way || g->history.under_way || g->reach.waiting || pool_counts(g->pool).queued;

	return least(waits ? TICK : IDLE, door_timeout(g->door));
}

static void
wait_for_something(struct gateway *g)
{
	struct bus_wait w[WAITS] = {
		{ .socket = bus_client_socket(g->core.client) }, { .socket = bus_client_socket(g->history.client) },
		{ .socket = bus_subscriber_socket(g->applied) }, { .socket = bus_subscriber_socket(g->events) },
		{ .socket = bus_server_socket(g->queries) }, { .fd = door_fd(g->door) },
	};
	int own = 6, db = pool_waits(g->pool, w + own, WAITS - own);

	bus_wait(w, own + db, patience(g));
	pool_ready(g->pool, w + own, db);
}

static void
turn(struct gateway *g)
{
	int64_t now;

	arena_reset(g->turn);
	wait_for_something(g);
	now = mono_now();
	hear_notes(g);
	asker_hear(&g->core, g->turn);
	asker_hear(&g->history, g->turn);
	asker_expire(&g->core, now);
	asker_expire(&g->history, now);
	reach_run(&g->reach, now);
	pool_run(g->pool);
	queries_run(g);
	door_run(g->door);
	asker_flush(&g->core);
}

/* ---- start and stop ---------------------------------------------------------------------------------------- */

static bool
open_bus(struct gateway *g, struct error *err)
{
	static const char *const beats[] = { TOPIC_HEARTBEAT }, *const applied[] = { TOPIC_APPLIED };

	g->queries = bus_serve(SOCKET_QUERIES, err);
	if (!g->queries)
		return false;
	g->events = bus_subscribe(SOCKET_EVENTS, beats, 1, err);
	g->applied = g->events ? bus_subscribe(SOCKET_APPLIED, applied, 1, err) : NULL;
	return g->applied && asker_open(&g->core, g, SOCKET_COMMANDS, err) && asker_open(&g->history, g, SOCKET_HISTORY, err);
}

static bool
open_door(struct gateway *g, struct error *err)
{
	struct door_options o = { .address = config_text("BSS_HTTP_ADDRESS"), .port = (int)config_int("BSS_HTTP_PORT"),
		.max_body = (size_t)config_int("BSS_HTTP_MAX_BODY"), .max_connections = (int)config_int("BSS_HTTP_MAX_CONNECTIONS"),
		.max_held = (size_t)config_int("BSS_HTTP_MAX_HELD"), .max_per_address = (int)config_int("BSS_HTTP_MAX_PER_ADDRESS"),
		.timeout_seconds = (int)config_int("BSS_HTTP_TIMEOUT_SECONDS"), .admit = request_seen,
		.handle = request_arrived, .finished = request_finished, .context = g };

	g->door = door_open(&o, err);
	return g->door != NULL;
}

static bool
start(struct gateway *g, struct error *err)
{
	g->turn = arena_new();
	if (!identities_load(err) || !open_door(g, err) || !open_bus(g, err))
		return false;
	g->pool = pool_new(config_text("BSS_DB_URL"), (int)config_int("BSS_HTTP_DB_CONNECTIONS"));
	reach_start(&g->reach, g);
	return true;
}

static void
stop(struct gateway *g)
{
	if (g->door)
		door_close(g->door);
	asker_close(&g->core);
	asker_close(&g->history);
	bus_subscriber_close(g->applied);
	bus_subscriber_close(g->events);
	bus_server_close(g->queries);
	pool_free(g->pool);
	if (g->reach.probe.arena)
		arena_free(g->reach.probe.arena);
	arena_free(g->turn);
	bus_stop();
}

/* no new connections; who is being served gets the answer */
static void
serve_the_last(struct gateway *g)
{
	int64_t until = mono_now() + LAST_WORDS;

	g->stopping = true;
	door_quiet(g->door);
	while (door_busy(g->door) && mono_now() < until)
		turn(g);
}

static void
say_ready(const struct gateway *g)
{
	char port[12], places[12];

	snprintf(port, sizeof port, "%d", door_port(g->door));
	if (door_places(g->door) < config_int("BSS_HTTP_MAX_CONNECTIONS")) {
		snprintf(places, sizeof places, "%d", door_places(g->door));
		log_warn("http.few_descriptors", "connections", places, "hint", "raise the limit of open files (ulimit -n)");
	}
	log_info("gateway.ready", "listen", config_text("BSS_HTTP_ADDRESS"), "port", port);
}

int
gateway_main(int argc, char **argv)
{
	struct sigaction stop_it = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
	static struct gateway g;
	struct error err = { 0 };
	bool up;
	(void)argc, (void)argv;

	sigaction(SIGTERM, &stop_it, NULL);
	sigaction(SIGINT, &stop_it, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	crypt_start();
	log_start("gateway", LOG_INFO);
	registry_start();
	up = config_load(&err) && start(&g, &err);
	if (up) {
		say_ready(&g);
		while (!stopping)
			turn(&g);
		serve_the_last(&g);
	} else {
		log_error_line("gateway.cannot_start", &err);
	}
	stop(&g);
	return up ? 0 : error_exit_code(err.kind);
}
