/* up_status.c -- what runs here: written by `up` when something changes, read by `bss up --status`.
 *
 * A file and not a question to the supervisor: the answer must come also when it is busy or gone. */
#include "cockpit/up.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/roles.h"
#include "core/base/state_file.h"
#include "core/base/config.h"
#include "core/base/json.h"

#define STATUS_MAX (64 << 10)

/* ---- writing ---------------------------------------------------------------------------------------------- */

static void
child_json(struct json *j, const struct child *c)
{
	json_object(j);
	json_put(j, "name", c->row->name);
	json_put_int(j, "pid", c->pid);
	json_put(j, "state", c->ready ? "ready" : c->pid ? "starting" : "down");
	json_put_time(j, "since", c->pid ? c->started_wall / SECOND * SECOND : 0);
	json_put_int(j, "restarts", c->restarts);
	json_object_end(j);
}

void
status_write(struct up *u)
{
	struct buf text = { 0 };
	struct json j = json_to(&text);
	struct error ignored;

	json_object(&j);
	json_put_int(&j, "pid", getpid());
	json_put_bool(&j, "ready", u->ready);
	json_put(&j, "postgres", u->external ? "external" : "private");
	json_key(&j, "processes");
	json_array(&j);
	for (int i = 0; i < UP_CHILDREN; i++)
		if (u->children[i].row && u->children[i].wanted)
			child_json(&j, &u->children[i]);
	json_array_end(&j);
	json_object_end(&j);
	up_write_file(up_path(u, UP_STATUS), text.data, text.len, &ignored);
	buf_free(&text);
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static cJSON *
status_read(const char *state, struct arena *a)
{
	int fd = open(arena_printf(a, "%s/" UP_STATUS, state), O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(a, STATUS_MAX);
	ssize_t n = fd >= 0 ? read(fd, text, STATUS_MAX - 1) : -1;
	struct error ignored;

	if (fd >= 0)
		close(fd);
	return n > 0 ? json_parse(a, text, (size_t)n, &ignored) : NULL;
}

bool
status_ready(const char *state)
{
	struct arena *a = arena_new();
	cJSON *j = status_read(state, a);
	bool ready = j && cJSON_IsTrue(cJSON_GetObjectItem(j, "ready")) &&
	    cJSON_GetNumberValue(cJSON_GetObjectItem(j, "pid")) == (double)up_lock_holder(state);

	arena_free(a);
	return ready;
}

/* proportional set size in kB: shared pages are counted once among all who share them */
static int64_t
pss_one(pid_t pid)
{
	char line[128];
	int64_t kb = 0;

	snprintf(line, sizeof line, "/proc/%d/smaps_rollup", (int)pid);
	FILE *f = fopen(line, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "Pss: %" SCNd64, &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

/* with what it started: Postgres is one process per connection */
static int64_t
pss_of(pid_t pid)
{
	char path[64];
	int64_t kb = pid > 0 ? pss_one(pid) : 0;
	int other;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *f = pid > 0 ? fopen(path, "re") : NULL;
	while (f && fscanf(f, "%d", &other) == 1)
		kb += pss_one(other);
	if (f)
		fclose(f);
	return kb;
}

static int64_t
uptime_seconds(const cJSON *child)
{
	const char *since = json_text(child, "since");
	int64_t at;

	return since && time_parse(since, &at) ? (wall_now() - at) / SECOND : 0;
}

static pid_t
pid_of(const cJSON *j)
{
	return (pid_t)cJSON_GetNumberValue(cJSON_GetObjectItem(j, "pid"));
}

/* memory and uptime are looked up now; `up` itself is a row too */
static int64_t
complete(cJSON *j, pid_t up)
{
	cJSON *list = cJSON_GetObjectItem(j, "processes"), *c;
	int64_t sum = 0;

	cJSON *own = cJSON_CreateObject();
	cJSON_AddStringToObject(own, "name", "up");
	cJSON_AddNumberToObject(own, "pid", up);
	cJSON_AddStringToObject(own, "state", "ready");
	cJSON_AddNumberToObject(own, "restarts", 0);
	cJSON_AddNumberToObject(own, "pss_kb", (double)pss_one(up));
	sum = pss_one(up);
	cJSON_ArrayForEach(c, list) {
		int64_t kb = pss_of(pid_of(c));
		cJSON_AddNumberToObject(c, "uptime_s", (double)uptime_seconds(c));
		cJSON_AddNumberToObject(c, "pss_kb", (double)kb);
		sum += kb;
	}
	cJSON_AddItemToArray(list, own);
	cJSON_AddNumberToObject(j, "pss_kb", (double)sum);
	return sum;
}

static void
print_table(const cJSON *j, int64_t sum, const char *state)
{
	const cJSON *c;

	printf("%-10s %-9s %8s %10s %9s %9s\n", "process", "state", "pid", "uptime", "restarts", "memory");
	cJSON_ArrayForEach(c, cJSON_GetObjectItem(j, "processes"))
		printf("%-10s %-9s %8d %9" PRId64 "s %9d %6.1f MB\n", json_text(c, "name"), json_text(c, "state"), (int)pid_of(c),
			uptime_seconds(c), (int)cJSON_GetNumberValue(cJSON_GetObjectItem(c, "restarts")),
			cJSON_GetNumberValue(cJSON_GetObjectItem(c, "pss_kb")) / 1024);
	printf("%-10s %48.1f MB\nstate in %s; logs in %s/logs\n", "together", (double)sum / 1024, state, state);
}

int
status_main(bool json)
{
	struct arena *a = arena_new();
	const char *state = config_state_dir();
	struct error closed;
	pid_t up = up_lock_holder(state);
	cJSON *j = up ? status_read(state, a) : NULL;

	if (!state_folder_open(&closed))
		fprintf(stderr, "%s.  %s\n", closed.message, closed.hint);
	else if (!j && !json)
		printf("Nothing runs here (state in %s)%s%s; `bss up` starts it\n", state,
			state_folder_of_root() ? ", the system of this machine is in " : "",
			state_folder_of_root() ? state_folder_of_root() : "");
	if (!j) {
		if (json)
			printf("{\"ready\":false,\"processes\":[]}\n");
		arena_free(a);
		return 1;
	}
	int64_t sum = complete(j, up);
	if (json)
		puts(json_print(a, j));
	else
		print_table(j, sum, state);
	bool ready = cJSON_IsTrue(cJSON_GetObjectItem(j, "ready"));
	arena_free(a);
	return ready ? 0 : 1;
}

/* ---- stopping ------------------------------------------------------------------------------------------------ */

#define DOWN_PATIENCE (90 * SECOND)

static bool
wait_gone(const char *state, pid_t pid)
{
	int64_t end = mono_now() + DOWN_PATIENCE, say = mono_now() + 2 * SECOND;

	while (up_lock_holder(state) == pid) {
		if (mono_now() > end)
			return false;
		if (mono_now() > say) {
			printf("still stopping\n");
			say += 5 * SECOND;
		}
		sleep_for(SECOND / 100);
	}
	return true;
}

int
down_main(int argc, char **argv)
{
	struct error err = { 0 };

	(void)argv;
	if (argc > 1) {
		fprintf(stderr, "usage: bss down\n");
		return 2;
	}
	config_find_file();
	if (!config_load(&err)) {
		fprintf(stderr, "%s. %s\n", err.message, err.hint);
		return error_exit_code(err.kind);
	}
	const char *state = config_state_dir();
	if (!state_folder_open(&err)) {
		fprintf(stderr, "%s.  %s\n", err.message, err.hint);
		return error_exit_code(err.kind);
	}
	pid_t pid = up_lock_holder(state);
	if (!pid) {
		printf("Nothing runs here (state in %s)\n", state);
		return 0;
	}
	if (kill(pid, SIGTERM)) {
		fprintf(stderr, "Cannot stop pid %d: %s. Use the user that started it.\n", (int)pid, strerror(errno));
		return 1;
	}
	if (!wait_gone(state, pid)) {
		fprintf(stderr, "pid %d does not stop; look at %s/logs, then kill -9 %d (nothing is lost)\n", (int)pid,
			state, (int)pid);
		return 1;
	}
	printf("stopped\n");
	return 0;
}
