/* up.c -- `bss up`: everything that has to run, started in order, watched, started again when it ends.
 *
 * The loop sleeps until a signal comes or something is due.  A child that ends before it was ever ready is tried a few
 * times and then reported with its own last words: a start that cannot succeed must say so instead of trying for ever.
 * Once everything was ready, nothing is ever given up. */
#include "cockpit/up.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cockpit/client.h"
#include "core/base/roles.h"
#include "core/base/buf.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/log.h"
#include "core/bus/bus.h"

#define PROBE_STARTING (SECOND / 100)
#define PROBE_READY    (10 * SECOND)
#define HEAD_EVERY     (10 * MINUTE)
#define TELL_EVERY     (5 * SECOND)
#define TROUBLE_MOST   (30 * SECOND)       /* a start whose error does not pass ends then */

/*                        name        bss ...              Postgres role   what it is given          answers?       stop */
static const struct child_row rows[UP_CHILDREN] = {
	{ "postgres", { NULL },            NULL,          0,                        postgres_answers, SIGINT,  false },
	{ "core",     { "core" },          "bss_core",    NEEDS_DB | NEEDS_TOKENS,  probe_core,       SIGTERM, false },
	{ "project",  { "project" },       "bss_project", NEEDS_DB,                 NULL,             SIGTERM, false },
	{ "history",  { "history" },       "bss_history", NEEDS_DB | NEEDS_TOKENS,  probe_history,    SIGTERM, false },
	{ "effect",   { "effect", "sim" }, NULL,          NEEDS_EFFECT_TOKEN,       NULL,             SIGTERM, true },
	{ "gateway",  { "gateway" },       "bss_gateway", NEEDS_DB | NEEDS_TOKENS,  probe_gateway,    SIGTERM, false },
};

const char *
up_path(struct up *u, const char *name)
{
	return arena_printf(u->arena, "%s/%s", u->state, name);
}

/* one line for who waits at the terminal; nobody may be there any more */
void
up_say(struct up *u, const char *fmt, ...)
{
	struct buf line = { 0 };
	char text[1024];
	va_list ap;

	if (u->progress < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_printf(&line, "%s\n", text);
	if (write(u->progress, line.data, line.len) < 0)
		u->progress = -1;
	buf_free(&line);
}

static void
fail(struct up *u, const struct error *err)
{
	up_say(u, "bss up: %s. %s", err->message, err->hint);
	log_error_line("up.failed", err);
	u->exit_code = error_exit_code(err->kind);
	u->stopping = true;
}

/* ---- one turn: signals, ends, starts, probes ---------------------------------------------------------------- */

static struct child *
child_with(struct up *u, pid_t pid)
{
	for (int i = 0; i < UP_CHILDREN; i++)
		if (u->children[i].pid == pid)
			return &u->children[i];
	return NULL;
}

static void
give_up_on(struct up *u, struct child *c)
{
	struct arena *a = arena_new();
	struct error err = { 0 };

	error_set(&err, ERROR_UNAVAILABLE, "up.cannot_start", "%s cannot start: %s", c->row->name, child_last_words(u, c, a));
	error_hint(&err, "%s/logs/%s.log has more", u->state, c->row->name);
	fail(u, &err);
	arena_free(a);
}

static void
reap(struct up *u)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *c = child_with(u, pid);
		if (!c)
			continue;
		child_exited(u, c, status);
		if (!c->once_ready && c->failures >= GIVE_UP_AFTER && !u->ready && !u->stopping)
			give_up_on(u, c);
		status_write(u);
	}
}

static void
read_signals(struct up *u)
{
	struct signalfd_siginfo s;

	while (read(u->signals, &s, sizeof s) == (ssize_t)sizeof s)
		if (s.ssi_signo != SIGCHLD)
			u->stopping = true;
	reap(u);
}

static void
start_due(struct up *u)
{
	struct error err = { 0 };

	for (int i = 0; i < UP_CHILDREN && !u->stopping; i++) {
		struct child *c = &u->children[i];
		if (!c->wanted || c->pid || mono_now() < c->start_at)
			continue;
		if (!child_start(u, c, &err))
			fail(u, &err);
		status_write(u);
	}
}

static void
now_ready(struct up *u, struct child *c)
{
	c->ready = c->once_ready = true;
	c->failures = c->missed = 0;
	if (!c->said)
		up_say(u, "%-9s ready after %.2f s", c->row->name, (double)(mono_now() - u->began) / SECOND);
	c->said = true;
	status_write(u);
}

static void
probe_one(struct up *u, struct child *c)
{
	bool ok = !c->row->probe || c->row->probe(u);

	c->probe_at = mono_now() + (c->ready || ok ? PROBE_READY : PROBE_STARTING);
	if (ok && !c->ready)
		now_ready(u, c);
	c->missed = ok ? 0 : c->missed + 1;
	if (!ok && c->ready && c->missed >= 3) {
		log_warn("child.silent", "process", c->row->name);
		c->ready = false;
		status_write(u);
	}
}

/* without a question to ask, having run for a moment is what can be known */
static bool
probe_due(const struct child *c)
{
	if (!c->pid || mono_now() < c->probe_at)
		return false;
	return c->row->probe ? true : !c->ready && mono_now() - c->started > SECOND / 10;
}

static void
probe_all(struct up *u)
{
	for (int i = 0; i < UP_CHILDREN && !u->stopping; i++)
		if (probe_due(&u->children[i]))
			probe_one(u, &u->children[i]);
}

static int64_t
next_due(const struct up *u)
{
	int64_t due = mono_now() + SECOND;

	for (int i = 0; i < UP_CHILDREN; i++) {
		const struct child *c = &u->children[i];
		int64_t at = !c->pid ? c->start_at : c->row->probe || !c->ready ? c->probe_at : due;
		if (c->wanted && at < due)
			due = at;
	}
	return due;
}

static void
turn(struct up *u)
{
	struct pollfd p = { .fd = u->signals, .events = POLLIN };
	int64_t wait = (next_due(u) - mono_now() + 999) / 1000;

	if (poll(&p, 1, wait < 1 ? 1 : (int)wait) > 0)
		read_signals(u);
	if (u->stopping)
		return;
	start_due(u);
	probe_all(u);
}

/* ---- from nothing to ready ------------------------------------------------------------------------------------- */

static void
want_all(struct up *u)
{
	for (int i = 1; i < UP_CHILDREN; i++)
		u->children[i].wanted = !(u->no_effects && rows[i].effect);
}

static void
migrate_when_due(struct up *u)
{
	struct error err = { 0 };

	if (u->migrated || (!u->external && !u->children[0].ready))
		return;
	if (!postgres_migrate(u, &err)) {
		fail(u, &err);
		return;
	}
	u->migrated = true;
	want_all(u);
}

/* what one waits for may be another's trouble: the gateway is ready when the read models are */
static void
tell_trouble(struct up *u, struct child *c, struct arena *a)
{
	const char *trouble = c->wanted ? child_trouble(u, c, a) : NULL;
	struct error err = { 0 };

	if (!trouble)
		return;
	up_say(u, "  %s: %s", c->row->name, trouble);
	if (mono_now() - u->began < TROUBLE_MOST)
		return;
	error_set(&err, ERROR_UNAVAILABLE, "up.not_ready", "%s cannot work: %s", c->row->name, trouble);
	error_hint(&err, "%s/logs/%s.log has more", u->state, c->row->name);
	fail(u, &err);
}

static void
tell_patience(struct up *u)
{
	struct arena *a = arena_new();

	u->patience_at = mono_now() + TELL_EVERY;
	for (int i = 0; i < UP_CHILDREN; i++)
		if (u->children[i].wanted && !u->children[i].ready)
			up_say(u, "still waiting for %s (%.0f s)", rows[i].name, (double)(mono_now() - u->began) / SECOND);
	for (int i = 0; i < UP_CHILDREN && !u->stopping; i++)
		tell_trouble(u, &u->children[i], a);
	arena_free(a);
}

static bool
all_ready(const struct up *u)
{
	for (int i = 0; i < UP_CHILDREN; i++)
		if (u->children[i].wanted && !u->children[i].ready)
			return false;
	return u->migrated;
}

static void
until_ready(struct up *u)
{
	u->patience_at = mono_now() + TELL_EVERY;
	u->children[0].wanted = !u->external;
	while (!u->stopping && !u->ready) {
		start_due(u);
		migrate_when_due(u);
		if (!u->stopping)
			turn(u);
		u->ready = all_ready(u);
		if (!u->ready && !u->stopping && mono_now() >= u->patience_at)
			tell_patience(u);
	}
	if (u->stopping)
		return;
	status_write(u);
	log_info("up.ready");
	up_say(u, "everything is ready after %.2f s", (double)(mono_now() - u->began) / SECOND);
}

/* ---- in the background ------------------------------------------------------------------------------------------- */

/* the waiting half: shows what the other half says; a NUL and a byte end it with that exit status */
static int
watch_progress(int fd)
{
	char bytes[512];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR)) {
		const char *end = n > 0 ? memchr(bytes, 0, (size_t)n) : NULL;
		size_t text = end ? (size_t)(end - bytes) : n > 0 ? (size_t)n : 0;
		fwrite(bytes, 1, text, stdout);
		fflush(stdout);
		if (end && end + 1 < bytes + n)
			return end[1];
	}
	fprintf(stderr, "bss up ended unexpectedly; logs/up.log in the state folder may say why\n");
	return 1;
}

static void
progress_done(struct up *u, int code)
{
	char end[2] = { 0, (char)code };

	if (!u->background || u->progress < 0)
		return;
	if (write(u->progress, end, sizeof end) < 0)
		log_warn("up.nobody_waits");
	close(u->progress);
	u->progress = -1;
}

/* only the child comes back */
static bool
go_background(struct up *u, struct error *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) || (pid = fork()) < 0)
		return error_set(err, ERROR_UNAVAILABLE, "up.fork", "Cannot go into the background: %s", strerror(errno));
	if (pid > 0) {
		close(ends[1]);
		_exit(watch_progress(ends[0]));
	}
	close(ends[0]);
	setsid();
	u->progress = ends[1];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), out = up_log_open(u, "up");
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	return true;
}

/* somebody else's `up` has the folder */
static int
already_running(struct up *u, pid_t holder)
{
	int64_t end = mono_now() + MINUTE;

	while (u->background && !status_ready(u->state) && up_lock_holder(u->state) && mono_now() < end)
		sleep_for(SECOND / 50);
	bool ready = status_ready(u->state);
	printf("bss is already running here (pid %d, state in %s)%s\n", (int)holder, u->state, ready ? " and ready" : "");
	return u->background && ready ? 0 : 1;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static bool
take_signals(struct up *u)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	u->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return u->signals >= 0;
}

static bool
write_pid(struct up *u)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%d\n", (int)getpid());

	return ftruncate(u->lock, 0) == 0 && pwrite(u->lock, text, (size_t)n, 0) == n;
}

static bool
prepare(struct up *u, struct error *err)
{
	u->exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < UP_CHILDREN; i++)
		u->children[i].row = &rows[i];
	if (u->exe < 0 || !take_signals(u) || !write_pid(u))
		return error_set(err, ERROR_UNAVAILABLE, "up.prepare", "Cannot start: %s", strerror(errno));
	crypt_start();
	return postgres_is_here(u, err) && up_secrets(u, err) && bus_keys_make(err) && (u->external || postgres_prepare(u, err));
}

static void
stay(struct up *u)
{
	while (!u->stopping) {
		turn(u);
		up_disk_watch(u);
		if (mono_now() < u->head_at)
			continue;
		bool noted = up_note_head(u);
		u->head_at = mono_now() + (noted ? HEAD_EVERY : MINUTE);
	}
}

static int
supervise(struct up *u)
{
	struct error err = { 0 };

	log_start("up", u->background ? LOG_INFO : LOG_WARN);
	if (prepare(u, &err))
		until_ready(u);
	else
		fail(u, &err);
	if (!u->stopping) {
		if (!u->background)
			up_say(u, "Ctrl-C stops it");
		progress_done(u, 0);
		stay(u);
	}
	if (!u->background)
		up_say(u, "stopping");
	u->ready = false;
	children_stop(u);
	status_write(u);
	client_free(u->client);
	if (u->client)
		bus_stop();
	progress_done(u, u->exit_code);
	unlink(up_path(u, UP_STATUS));
	return u->exit_code;
}

static int
complain(const struct error *err)
{
	fprintf(stderr, "bss up: %s. %s\n", err->message, err->hint);
	return error_exit_code(err->kind);
}

static int
start(struct up *u, char **argv)
{
	struct error err = { 0 };
	pid_t holder;

	closefrom(STDERR_FILENO + 1);        /* a lock or a pipe of the caller's would stay open as long as the system runs */
	if (!up_become_user(argv, &err) || !up_state_prepare(u, &err))
		return complain(&err);
	if (!up_lock(u, &holder, &err))
		return err.kind ? complain(&err) : already_running(u, holder);
	if (!up_port_free(&err) || (u->background && !go_background(u, &err)))
		return complain(&err);
	return supervise(u);
}

static int
usage(int code)
{
	fprintf(code ? stderr : stdout,
		"usage: bss up [--background] [--no-effects] | bss up --status [--json]\n"
		"  Starts a private Postgres (or uses BSS_DB_URL), core, project, history, effect and gateway, and watches them.\n"
		"  --background   return when everything is ready\n"
		"  --no-effects   talk to no outside party: for a copy of somebody's data\n"
		"  --status       what runs, with memory; --json for programs\n"
		"`bss down` stops it.\n");
	return code;
}

int
up_main(int argc, char **argv)
{
	static struct up u = { .progress = STDOUT_FILENO, .lock = -1 };
	struct error err = { 0 };
	bool status = false, json = false;

	u.began = mono_now();
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--background") == 0)
			u.background = true;
		else if (strcmp(argv[i], "--no-effects") == 0)
			u.no_effects = true;
		else if (strcmp(argv[i], "--status") == 0)
			status = true;
		else if (strcmp(argv[i], "--json") == 0)
			json = true;
		else
			return usage(strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0 ? 0 : 2);
	}
	if (json && !status)
		return usage(2);
	config_find_file();
	if (!config_load(&err))
		return complain(&err);
	if (status)
		return status_main(json);
	u.arena = arena_new();
	u.external = config_text("BSS_DB_URL");
	return start(&u, argv);
}
