/* up_child.c -- one process per privilege: what it is given, how it starts, what happens when it ends.
 *
 * A child's environment is made from nothing: the settings somebody gave, and only those secrets that its row names.
 * Between fork and exec only async-signal-safe calls happen, because the bus has threads in this process. */
#include "cockpit/up.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/bus/identity.h"

#define SYSTEM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define TAIL        4096
#define WORDS       600

extern char **environ;

/* ---- what a child is given ------------------------------------------------------------------------------- */

struct env { char **v; int n, room; struct arena *a; };

static void
env_add(struct env *e, const char *name, const char *value)
{
	if (!value)
		return;
	if (e->n + 2 > e->room) {
		char **wider = arena_array(e->a, char *, e->room = e->room * 2 + 32);
		if (e->n)
			memcpy(wider, e->v, sizeof *wider * (size_t)e->n);
		e->v = wider;
	}
	e->v[e->n++] = arena_printf(e->a, "%s=%s", name, value);
	e->v[e->n] = NULL;
}

static void
add_settings(struct env *e)
{
	for (const struct config_row *r = config_rows; r->name; r++) {
		const char *v = r->kind == CONFIG_IGNORED || r->secret ? NULL : config_text(r->name);
		if (v && v != r->fallback)
			env_add(e, r->name, v);
	}
}

/* options of the sanitizers, for builds that have them */
static void
add_sanitizers(struct env *e)
{
	for (char **p = environ; p && *p; p++)
		if (strstr(*p, "SAN_OPTIONS=") && strncmp(*p, "BSS_", 4) != 0)
			env_add(e, arena_strndup(e->a, *p, strcspn(*p, "=")), strchr(*p, '=') + 1);
}

static char **
environment_of(struct up *u, const struct child_row *row, struct arena *a)
{
	struct env e = { .a = a };

	env_add(&e, "PATH", SYSTEM_PATH);
	env_add(&e, "LANG", "C.UTF-8");
	env_add(&e, "HOME", u->state);
	add_sanitizers(&e);
	if (!row->args[0])
		return e.v;                      /* Postgres: nothing of ours */
	add_settings(&e);
	if (row->needs & NEEDS_DB)
		env_add(&e, "BSS_DB_URL", postgres_url(u, row->db_role, a));
	for (const struct secret *s = u->tokens; row->needs & NEEDS_TOKENS && s->name; s++)
		env_add(&e, s->name, s->value);
	if (row->needs & NEEDS_TOKENS)
		env_add(&e, "BSS_TOKENS", config_text("BSS_TOKENS"));
	if (row->needs & NEEDS_EFFECT_TOKEN)
		env_add(&e, "BSS_EFFECT_API_TOKEN", secret_value(u->tokens, "BSS_EFFECT_API_TOKEN"));
	return e.v;
}

static char *const *
arguments_of(const struct child_row *row, struct arena *a)
{
	char **argv = arena_array(a, char *, 5);
	int n = 0;

	argv[n++] = "bss";
	for (int i = 0; i < 3 && row->args[i]; i++)
		argv[n++] = (char *)(uintptr_t)row->args[i];
	return argv;
}

/* ---- starting ----------------------------------------------------------------------------------------------- */

static _Noreturn void
become(struct up *u, const struct child_row *row, char *const *argv, char **env, int out, pid_t parent)
{
	sigset_t none;

	/* roles may be killed at any instruction, and gone at once is what the next `up` needs; Postgres is let down easily */
	prctl(PR_SET_PDEATHSIG, row->args[0] ? SIGKILL : SIGINT);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	int null = open("/dev/null", O_RDONLY);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	if (chdir(u->state) == 0) {
		if (row->args[0])
			fexecve(u->exe, argv, env);
		else
			execve(argv[0], argv, env);
	}
	_exit(127);
}

bool
child_start(struct up *u, struct child *c, struct error *err)
{
	struct arena *a = arena_new();
	char *const *argv = c->row->args[0] ? arguments_of(c->row, a) : postgres_argv(u, err);
	char **env = environment_of(u, c->row, a);
	int out = up_log_open(u, c->row->name);
	pid_t parent = getpid();

	c->pid = argv ? fork() : -1;
	if (c->pid == 0) {
		setpgid(0, 0);                   /* Ctrl-C at a terminal is for `up` alone */
		become(u, c->row, argv, env, out, parent);
	}
	if (out >= 0)
		close(out);
	arena_free(a);
	c->started = c->probe_at = mono_now();
	c->started_wall = wall_now();
	c->ready = false;
	c->missed = 0;
	if (c->pid > 0)
		return true;
	c->pid = 0;
	return argv ? error_set(err, ERROR_UNAVAILABLE, "up.fork", "Cannot start %s: %s", c->row->name, strerror(errno)) : false;
}

/* ---- ending -------------------------------------------------------------------------------------------------- */

static void
tell_exit(struct up *u, const struct child *c, int status)
{
	char why[64], pause[24];

	if (WIFSIGNALED(status))
		snprintf(why, sizeof why, "signal %d", WTERMSIG(status));
	else
		snprintf(why, sizeof why, "status %d", WEXITSTATUS(status));
	snprintf(pause, sizeof pause, "%lld", (long long)(c->backoff / 1000));
	if (!u->stopping)
		log_warn("child.ended", "process", c->row->name, "with", why, "again_in_ms", pause);
}

void
child_exited(struct up *u, struct child *c, int status)
{
	bool healthy = mono_now() - c->started >= HEALTHY_AFTER;

	c->failures = c->ready ? 0 : c->failures + 1;
	c->backoff = healthy || !c->backoff ? BACKOFF_MIN : c->backoff * 2;
	if (c->backoff > BACKOFF_MAX)
		c->backoff = BACKOFF_MAX;
	c->start_at = mono_now() + c->backoff;
	tell_exit(u, c, status);
	c->pid = 0;
	c->ready = false;
	c->restarts++;
}

static bool
ends_within(struct child *c, int64_t patience)
{
	int64_t began = mono_now();

	for (;;) {
		int status;
		pid_t pid = waitpid(c->pid, &status, WNOHANG);
		if (pid == c->pid || (pid < 0 && errno == ECHILD)) {
			c->pid = 0;
			return true;
		}
		if (mono_now() - began > patience)
			return false;
		sleep_for(SECOND / 500);
	}
}

static void
stop_one(struct up *u, struct child *c)
{
	bool postgres = !c->row->args[0];

	c->wanted = false;
	if (!c->pid)
		return;
	kill(c->pid, c->row->stop_signal);
	if (ends_within(c, postgres ? 6 * STOP_PATIENCE : STOP_PATIENCE))
		return;
	up_say(u, "%s does not stop; ending it", c->row->name);
	log_warn("child.killed", "process", c->row->name);
	kill(c->pid, postgres ? SIGQUIT : SIGKILL);
	if (!ends_within(c, STOP_PATIENCE))
		kill(c->pid, SIGKILL);
}

/* the last of the table first: whoever serves people stops before what it needs */
void
children_stop(struct up *u)
{
	for (int i = UP_CHILDREN - 1; i >= 0; i--)
		stop_one(u, &u->children[i]);
}

/* ---- what it said last ------------------------------------------------------------------------------------------ */

static const char *
from_log_line(const char *line, struct arena *a)
{
	struct error ignored;
	cJSON *j = *line == '{' ? json_parse(a, line, strlen(line), &ignored) : NULL;
	const char *message = j ? json_text(j, "message") : NULL;

	return message ? message : line;
}

static char *
log_tail(struct up *u, const struct child *c, struct arena *a)
{
	int fd = open(arena_printf(a, "%s/logs/%s.log", u->state, c->row->name), O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(a, TAIL + 1);
	struct stat st;
	ssize_t n = 0;

	if (fd >= 0 && fstat(fd, &st) == 0)
		n = pread(fd, text, TAIL, st.st_size > TAIL ? st.st_size - TAIL : 0);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return text;
}

static const char *
last_line(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = 0;
	const char *line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

/* the error that it has come to since it was started, when that is its last word; NULL: none */
const char *
child_trouble(struct up *u, const struct child *c, struct arena *a)
{
	const char *line = last_line(log_tail(u, c, a));
	struct error ignored;
	cJSON *j = *line == '{' ? json_parse(a, line, strlen(line), &ignored) : NULL;
	const char *level = json_text(j, "level"), *when = json_text(j, "timestamp"), *message = json_text(j, "message");
	int64_t at;

	if (!level || strcmp(level, "error") != 0 || !when || !message || !time_parse(when, &at))
		return NULL;
	return at >= c->started_wall ? message : NULL;
}

/* a sentence for people, if there is one among the last lines; else the last line */
const char *
child_last_words(struct up *u, const struct child *c, struct arena *a)
{
	char *text = log_tail(u, c, a), *rest = NULL;
	const char *last = "";

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (*line && (*line != '{' || *last == '{' || !*last))
			last = line;
	return arena_strndup(a, from_log_line(last, a), WORDS);
}
