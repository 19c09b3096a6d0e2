/* project_main.c -- the role `bss project`: keeps the read models where the log is, and says how far they are.
 *
 * It reads nothing but the log; the bus only tells it sooner.  It may be killed at any instruction: what is in a read
 * model is what its checkpoint says.  A read model whose rows have another shape than this program's is rebuilt by a
 * process of its own; until then its old rows are served. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/roles.h"
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/state_file.h"
#include "core/base/log.h"
#include "core/bus/bus.h"
#include "projections/follow.h"
#include "projections/project.h"

#define TIDY_EVERY SECOND
#define AGAIN_EVERY (SECOND / 2)
#define NOTES_A_TURN 64
#define REBUILD_AGAIN (30 * SECOND)

extern char **environ;
static volatile sig_atomic_t stopping;

static void
on_signal(int signo)
{
	(void)signo;
	stopping = 1;
}

struct project {
	struct follower follower;
	struct bus_subscriber *events;
	struct bus_publisher *applied;
	struct arena *arena;                 /* of a turn */
	int64_t head;                        /* the newest position anybody spoke of */
	int64_t tidied_at;
	bool behind;                         /* the log has to be read */
	char failure[96];                    /* rule of the last failure: said once */
	struct { pid_t pid; int64_t again_at; } rebuilds[32];
};

static void
say_applied(void *arg, const struct followed *m)
{
	struct project *p = arg;
	struct bus_note n = { .topic = TOPIC_APPLIED, .first = m->seen, .last = m->seen, .name = m->projection->name };

	memcpy(n.log_id, p->follower.log_id, HASH_BYTES);
	bus_publish(p->applied, &n);
}

static void
failed(struct project *p, const struct error *err)
{
	if (strcmp(p->failure, err->rule) != 0)
		log_error_line("project.waits", err);
	snprintf(p->failure, sizeof p->failure, "%s", err->rule);
	p->behind = true;
	sleep_for(AGAIN_EVERY);
}

/* ---- one turn -------------------------------------------------------------------------------------------------------- */

static bool
take_note(struct project *p, const struct bus_note *n, struct error *err)
{
	bool gap = false;

	if (n->last > p->head)
		p->head = n->last;
	if (strcmp(n->topic, TOPIC_HEARTBEAT) == 0) {
		p->behind |= n->last > p->follower.position;
		return true;
	}
	if (p->behind)
		return true;                         /* it is in the log as well */
	if (!follower_take(&p->follower, n->first, n->body, n->body_len, &gap, err))
		return false;
	p->behind |= gap;
	return true;
}

static bool
drain(struct project *p, struct error *err)
{
	struct bus_note n;

	for (int i = 0; i < NOTES_A_TURN && bus_next_note(p->events, p->arena, &n); i++)
		if (!take_note(p, &n, err))
			return false;
	return true;
}

static void
rebuild_apart(struct project *p, int i)
{
	const char *name = p->follower.models[i].projection->name;
	char *argv[] = { "bss", "project", "rebuild", (char *)(uintptr_t)name, NULL };
	int status;

	if (p->rebuilds[i].pid && waitpid(p->rebuilds[i].pid, &status, WNOHANG) == p->rebuilds[i].pid) {
		p->rebuilds[i].pid = 0;
		p->rebuilds[i].again_at = mono_now() + REBUILD_AGAIN;
	}
	if (p->rebuilds[i].pid || !p->follower.models[i].waits_for_rebuild || mono_now() < p->rebuilds[i].again_at)
		return;
	log_warn("projection.shape_changed", "name", name, "what", "it is rebuilt beside the old one");
	if (posix_spawn(&p->rebuilds[i].pid, "/proc/self/exe", NULL, NULL, argv, environ) != 0)
		p->rebuilds[i] = (typeof(p->rebuilds[i])){ 0, mono_now() + REBUILD_AGAIN };
}

static bool
tidy(struct project *p, struct error *err)
{
	if (mono_now() < p->tidied_at + TIDY_EVERY)
		return true;
	p->tidied_at = mono_now();
	for (int i = 0; i < p->follower.n; i++)
		rebuild_apart(p, i);
	if (!follower_tidy(&p->follower, err))
		return false;
	p->behind |= follower_position(&p->follower) < p->follower.position;
	return true;
}

static bool
turn(struct project *p, struct error *err)
{
	if (!follower_connected(&p->follower)) {
		if (!follower_connect(&p->follower, err))
			return false;
		log_info("project.connected");
		p->behind = true;
	}
	if (!drain(p, err))
		return false;
	if (p->behind && !follower_catch_up(&p->follower, err))
		return false;
	p->behind = false;
	p->failure[0] = 0;
	return tidy(p, err);
}

static void
serve(struct project *p)
{
	struct error err = { 0 };

	while (!stopping) {
		struct bus_wait w = { .socket = bus_subscriber_socket(p->events), .fd = -1 };

		arena_reset(p->arena);
		if (!turn(p, &err))
			failed(p, &err);
		else
			bus_wait(&w, 1, AGAIN_EVERY);
	}
}

/* ---- start and stop ----------------------------------------------------------------------------------------------------- */

/* children of `bss up` are given their connection; an operator's tools find it where `up` left the password */
const char *
project_database(struct error *err)
{
	static char made[4096];
	const char *url = config_text("BSS_DB_URL");
	struct arena *a = arena_new();
	const char *elsewhere = url ? NULL : state_file_value("database.env", "bss_project", a, err);
	const char *password = url || elsewhere || err->kind ? NULL : state_file_value("secrets.env", "bss_project", a, err);

	if (elsewhere)
		snprintf(made, sizeof made, "%s", elsewhere);
	else if (password)
		snprintf(made, sizeof made, "host='%s/pg' port=5432 dbname=bss user=bss_project password=%s",
			config_state_dir(), password);
	bool found = url || elsewhere || password;
	arena_free(a);
	if (found)
		return url ? url : made;
	if (!err->kind)
		error_set(err, ERROR_INVALID, "config.missing",
			"BSS_DB_URL is not set, and %s/secrets.env has no password for bss_project",
		    config_state_dir());
	if (!err->hint[0])
		error_hint(err, "Is `bss up` running with this state folder?  Or set BSS_DB_URL to the Postgres that holds the log.");
	return NULL;
}

bool
project_settings(const char **url, uint8_t master[KEY_BYTES], struct error *err)
{
	char path[4096];
	const char *file = config_text("BSS_MASTER_KEY_FILE");

	if (!(*url = project_database(err)))
		return false;
	snprintf(path, sizeof path, "%s/master.key", config_state_dir());
	if (master_key_load(file ? file : path, master, false))
		return true;
	error_set(err, ERROR_INVALID, "master_key.missing", "The master key %s cannot be read", file ? file : path);
	return error_hint(err, "it is made by `bss up` on its first start; personal data cannot be read without it");
}

static bool
start(struct project *p, struct error *err)
{
	static const char *const topics[] = { TOPIC_EVENTS, TOPIC_HEARTBEAT };
	uint8_t master[KEY_BYTES];
	const char *url;

	if (!project_settings(&url, master, err) || !(p->applied = bus_publish_on(SOCKET_APPLIED, err)) ||
	    !(p->events = bus_subscribe(SOCKET_EVENTS, topics, 2, err)))
		return false;
	p->arena = arena_new();
	follower_start(&p->follower, url, master);
	explicit_bzero(master, sizeof master);
	p->follower.applied = say_applied;
	p->follower.told = p;
	return true;
}

static void
finish(struct project *p)
{
	if (p->arena)
		follower_stop(&p->follower);
	bus_subscriber_close(p->events);
	bus_publisher_close(p->applied);
	bus_stop();
	arena_free(p->arena);
}

static int
follow_the_log(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	static struct project p;
	struct error err = { 0 };
	bool ok = start(&p, &err);

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	if (ok)
		serve(&p);
	else
		log_error_line("project.start_failed", &err);
	finish(&p);
	return ok ? 0 : 1;
}

int
project_main(int argc, char **argv)
{
	struct error err = { 0 };

	if (argc > 1)
		config_find_file();              /* an operator's tool, not a child of `up` */
	if (!config_load(&err)) {
		fprintf(stderr, "bss: %s\n", err.message);
		return 1;
	}
	crypt_start();
	registry_start();
	log_start("project", LOG_INFO);
	if (argc > 1 && strcmp(argv[1], "rebuild") == 0)
		return project_rebuild(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "status") == 0)
		return project_status(argc - 1, argv + 1);
	if (argc > 1) {
		fprintf(stderr, "usage: bss project [rebuild [NAME...] [--verify] | status [--json]]\n");
		return 2;
	}
	return follow_the_log();
}
