/* house.c -- starts and tends the processes, and asks as a client asks. */
#include "tests/fault/house.h"
#include "tests/unit/check.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/log.h"
#include "projections/follow.h"
#include "schemas/registry.h"
#include "tests/pg.h"

/* ---- the processes ------------------------------------------------------------------------------------------------ */

static struct process processes[] = {
	{ "core",    { "core" },          "bss_core" },
	{ "project", { "project" },       "bss_project" },
	{ "effect",  { "effect", "sim" }, NULL },
	{ "gateway", { "gateway" },       "bss_gateway" },
	{ "history", { "history" },       "bss_history" },
};
#define PROCESSES (int)(sizeof processes / sizeof *processes)

struct house house;
static struct error err;

static const char *
env_of(const char *name, const char *value)
{
	return arena_printf(house.arena, "%s=%s", name, value);
}

pid_t
house_spawn(const char *name, const char *const args[3], const char *role, const char *fault)
{
	const char *argv[6] = { "bss" }, *env[20];
	int n = 1, e = 0;
	posix_spawn_file_actions_t files;
	pid_t pid;

	for (int i = 0; i < 3 && args[i]; i++)
		argv[n++] = args[i];
	env[e++] = env_of("BSS_STATE_DIR", house.dir);
	env[e++] = env_of("BSS_API_TOKEN", house.token);
	env[e++] = env_of("BSS_EFFECT_API_TOKEN", house.effect_token);
	env[e++] = "BSS_SIM_DELAY_SCALE=0";
	env[e++] = "BSS_HTTP_PORT=0";
	env[e++] = "ASAN_OPTIONS=detect_leaks=0";        /* what is killed cannot tidy up */
	if (role)
		env[e++] = env_of("BSS_DB_URL", test_pg_url_as(role));
	if (fault)
		env[e++] = env_of("BSS_FAULT", fault);
	for (int i = 0; i < 4 && house.settings[i]; i++)
		env[e++] = house.settings[i];
	env[e] = NULL;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 2, arena_printf(house.arena, "%s/%s.log", house.dir, name),
		O_WRONLY | O_CREAT | O_APPEND, 0600);
	posix_spawn_file_actions_adddup2(&files, 2, 1);
	assert_int_equal(posix_spawn(&pid, getenv("STACK_BIN"), &files, NULL, (char *const *)(uintptr_t)argv,
	    (char *const *)(uintptr_t)env), 0);
	posix_spawn_file_actions_destroy(&files);
	return pid;
}

void
start_process(struct process *p, const char *fault)
{
	p->pid = house_spawn(p->name, p->args, p->role, fault);
}

void
end_process(struct process *p)
{
	int status;

	if (p->pid && kill(p->pid, SIGKILL) == 0)
		waitpid(p->pid, &status, 0);
	p->pid = 0;
}

/* what ended is started again, healthy */
void
tend(void)
{
	int status;

	for (int i = 0; i < PROCESSES; i++)
		if (processes[i].pid && waitpid(processes[i].pid, &status, WNOHANG) == processes[i].pid)
			start_process(&processes[i], NULL);
}

struct process *
process_named(const char *name)
{
	for (int i = 0; i < PROCESSES; i++)
		if (strcmp(processes[i].name, name) == 0)
			return &processes[i];
	return NULL;
}

/* ---- a client --------------------------------------------------------------------------------------------------------- */

void
item_of(const struct command *c, struct bus_item *item, struct buf *packed)
{
	const struct shape *s = operation_named(c->op);
	void *args = arena_alloc(house.arena, s->size);

	if (!shape_from_text(s, c->args, strlen(c->args), house.arena, args, &err))
		fail_msg("%s: %s", c->op, err.message);
	shape_pack(s, args, packed, NULL);
	*item = (struct bus_item){ .op = c->op, .key = c->key, .await = c->await, .args = (const uint8_t *)buf_text(packed),
		.args_len = packed->len };
}

struct bus_header
house_header(void)
{
	return (struct bus_header){ .token = house.token, .actor = "faults", .channel = "scenario", .tenant = "DEFAULT" };
}

/* true: this answer stands */
bool
note_answer(struct command *c, const struct bus_answer *r)
{
	if (r->status == ANSWER_ERROR && error_retry(r->error.kind))
		return false;
	if (r->status == ANSWER_ERROR)
		fail_msg("%s %s: %s %s", c->op, c->args, r->error.rule, r->error.message);
	c->answered = true;
	c->position = r->position;
	snprintf(c->id, sizeof c->id, "%s", r->id ? r->id : "");
	return r->status == ANSWER_OK;
}

void
until_answered(struct command *c)
{
	int64_t until = mono_now() + PATIENCE;
	bool done = false;

	while (!done) {
		struct buf packed = { 0 };
		struct bus_item item;
		struct bus_header h = house_header();
		struct bus_answer *r;

		if (mono_now() > until)
			fail_msg("%s %s was not answered: %s", c->op, c->args, err.message);
		item_of(c, &item, &packed);
		done = bus_call(house.bus, &h, &item, 1, c->await + SECOND / 2, house.arena, &r, &err) && note_answer(c, r);
		buf_free(&packed);
		tend();
		if (!done)
			sleep_for(10000);
	}
}

/* all at once: some are decided while others commit */
void
send_all(struct command *c, int n)
{
	for (int i = 0; i < n; i++) {
		struct buf packed = { 0 };
		struct bus_item item;
		struct bus_header h = house_header();

		item_of(&c[i], &item, &packed);
		if (bus_send(house.bus, &h, &item, 1, &err))
			memcpy(c[i].request, h.id, sizeof h.id);
		buf_free(&packed);
	}
}

void
collect(struct command *c, int n)
{
	int64_t until = mono_now() + SECOND / 2;
	int left = n;

	while (left && mono_now() < until) {
		struct bus_wait w = { .socket = bus_client_socket(house.bus) };
		struct bus_reply r;

		tend();
		bus_wait(&w, 1, SECOND / 20);
		while (bus_next_reply(house.bus, house.arena, &r))
			for (int i = 0; i < n; i++)
				if (memcmp(c[i].request, r.id, sizeof r.id) == 0) {
					note_answer(&c[i], &r.answers[0]);
					left--;
				}
	}
	for (int i = 0; i < n; i++)
		if (!c[i].answered)
			until_answered(&c[i]);
}

/* ---- the house --------------------------------------------------------------------------------------------------- */

int
read_models(void)
{
	int n = 0;

	while (projections[n])
		n++;
	return n;
}

int
house_start(void **state)
{
	static const char *const seed[3] = { "admin", "seed" };
	char path[100], hex[13];
	int64_t until;
	int status = 1;

	if (!getenv("STACK_BIN"))
		fail_msg("STACK_BIN names the program");
	test_pg_start(state);
	crypt_start();
	registry_start();
	log_start("faults", LOG_ERROR);
	house.arena = arena_new();
	house.owner = test_pg(NULL);
	assert_true(log_migrate(house.owner, NULL, 0, &err));
	snprintf(house.dir, sizeof house.dir, "/tmp/bss-faults-%s", random_hex(hex, 12));
	assert_int_equal(mkdir(house.dir, 0700), 0);
	random_hex(house.token, 48);
	random_hex(house.effect_token, 48);
	snprintf(path, sizeof path, "%s/master.key", house.dir);
	assert_true(master_key_load(path, house.master, true));
	snprintf(house.project_url, sizeof house.project_url, "%s", test_pg_url_as("bss_project"));
	config_set("BSS_STATE_DIR", house.dir);
	for (int i = 0; i < PROCESSES; i++)
		start_process(&processes[i], NULL);
	house.bus = bus_connect(SOCKET_COMMANDS, &err);
	assert_non_null(house.bus);
	for (until = mono_now() + PATIENCE; status && mono_now() < until; sleep_for(100000))
		waitpid(house_spawn("seed", seed, NULL, NULL), &status, 0);
	while (test_pg_int(house.owner, "SELECT count(*) FROM pg_class WHERE relname = 'checkpoint'") < read_models() &&
		mono_now() < until)
		sleep_for(20000);
	return status;
}

int
house_stop(void **state)
{
	char command[100];

	for (int i = 0; i < PROCESSES; i++)
		end_process(&processes[i]);
	bus_client_close(house.bus);
	bus_stop();
	pg_close(house.owner);
	arena_free(house.arena);
	snprintf(command, sizeof command, "rm -rf %s", house.dir);
	return system(command) | test_pg_stop(state);
}

