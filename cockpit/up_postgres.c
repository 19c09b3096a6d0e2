/* up_postgres.c -- the private Postgres: data checksums, a unix socket in the state folder, no network, small.
 *
 * Memory and workers are tuned down; what makes a commit durable (fsync, full_page_writes, synchronous_commit) is left
 * as Postgres ships it.  The cluster is made beside its place and moved there when it is whole, so a start that was
 * interrupted leaves nothing half done. */
#include "cockpit/up.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/buf.h"
#include "core/base/config.h"
#include "core/base/must.h"
#include "core/eventstore/eventstore.h"

#define BINARIES "/usr/lib/postgresql/*/bin/postgres"
#define LEAST_VERSION 15

static const char settings[] =
	"\n# written once by `bss up`; change what you like here.  `bss up` itself sets where the socket is.\n"
	"shared_buffers = 64MB\n"
	"max_connections = 40\n"
	"max_worker_processes = 4\n"
	"max_parallel_workers = 2\n"
	"max_parallel_workers_per_gather = 0\n"
	"autovacuum_max_workers = 2\n"
	"jit = off\n"
	"max_wal_size = 1GB\n"
	"checkpoint_timeout = 15min\n"
	"log_min_messages = warning\n"
	"log_line_prefix = '%m [%p] %u '\n";

/* ---- the programs -------------------------------------------------------------------------------------- */

static int
version_of(const char *path)
{
	return atoi(path + strlen("/usr/lib/postgresql/"));
}

/* the version the cluster was made with, 0: there is none yet */
static int
cluster_version(struct up *u)
{
	FILE *f = fopen(up_path(u, "data/PG_VERSION"), "re");
	char text[16] = { 0 };
	int n = f && fgets(text, sizeof text, f) ? atoi(text) : 0;

	if (f)
		fclose(f);
	return n;
}

static const char *
binary(struct up *u, const char *name, struct error *err)
{
	int want = cluster_version(u), best = 0;
	glob_t g = { 0 };

	if (glob(BINARIES, 0, NULL, &g) == 0)
		for (size_t i = 0; i < g.gl_pathc; i++) {
			int v = version_of(g.gl_pathv[i]);
			if (v >= LEAST_VERSION && v > best && (!want || v == want))
				best = v;
		}
	globfree(&g);
	if (best)
		return arena_printf(u->arena, "/usr/lib/postgresql/%d/bin/%s", best, name);
	if (want)
		error_set(err, ERROR_INVALID, "up.no_postgres", "The data was made by PostgreSQL %d, which is not installed", want);
	else
		error_set(err, ERROR_INVALID, "up.no_postgres", "PostgreSQL %d is not installed", LEAST_VERSION);
	error_hint(err, "apt-get install postgresql-%d, or set BSS_DB_URL to a server you have", want ? want : LEAST_VERSION);
	return NULL;
}

/* ---- the first time --------------------------------------------------------------------------------------- */

static int
run(char *const argv[], int out)
{
	char *const env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", NULL };
	sigset_t none;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(out, 1);
		dup2(out, 2);
		execve(argv[0], argv, env);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool
remove_tree(struct up *u, const char *path)
{
	char *argv[] = { "/bin/rm", "-rf", "--", (char *)(uintptr_t)path, NULL };
	int out = up_log_open(u, "postgres");
	bool ok = run(argv, out) == 0;

	close(out);
	return ok;
}

static bool
add_settings(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, settings, sizeof settings - 1) == (ssize_t)sizeof settings - 1 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
make_cluster(struct up *u, struct error *err)
{
	const char *initdb = binary(u, "initdb", err), *fresh = up_path(u, "data.new"), *pw = up_path(u, "pg/owner");
	const char *password = secret_value(u->passwords, UP_OWNER);

	if (!initdb || !remove_tree(u, fresh) || !up_write_file(pw, password, strlen(password), err))
		return false;
	char *argv[] = { (char *)(uintptr_t)initdb, "-D", (char *)(uintptr_t)fresh, "-U", UP_OWNER, "--data-checksums",
		"--auth=scram-sha-256", arena_printf(u->arena, "--pwfile=%s", pw), "-E", "UTF8", "--locale=C.UTF-8",
		"--no-instructions", NULL };
	int out = up_log_open(u, "postgres"), status = run(argv, out);
	close(out);
	unlink(pw);
	if (status == 0 && add_settings(up_path(u, "data.new/postgresql.conf")) &&
	    rename(fresh, up_path(u, "data")) == 0)
		return true;
	error_set(err, ERROR_UNAVAILABLE, "up.initdb", "The private Postgres could not be made in %s", u->state);
	return error_hint(err, "%s says why", up_path(u, "logs/postgres.log"));
}

/* ---- a server that outlived its `up` ------------------------------------------------------------------------ */

static pid_t
server_pid(struct up *u, bool *ready)
{
	FILE *f = fopen(up_path(u, "data/postmaster.pid"), "re");
	char line[1024];
	pid_t pid = 0;

	*ready = false;
	for (int n = 1; f && fgets(line, sizeof line, f); n++) {
		if (n == 1)
			pid = (pid_t)strtol(line, NULL, 10);
		*ready = n == 8 && strncmp(line, "ready", 5) == 0;
	}
	if (f)
		fclose(f);
	return pid;
}

/* a pid file outlives its process, and then the number may be somebody else's */
static bool
is_server(pid_t pid)
{
	char path[64], name[32] = { 0 };

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(name, sizeof name, f) && strncmp(name, "postgres", 8) == 0;
	if (f)
		fclose(f);
	return ok;
}

static bool
stop_survivor(struct up *u, struct error *err)
{
	int64_t began = mono_now();
	bool ready;
	pid_t pid = server_pid(u, &ready);

	if (pid <= 1 || !is_server(pid))
		return true;
	up_say(u, "a Postgres of the last run is still there (pid %d); stopping it", (int)pid);
	kill(pid, SIGINT);
	while (is_server(pid)) {
		if (mono_now() - began > 3 * STOP_PATIENCE) {
			error_set(err, ERROR_UNAVAILABLE, "up.postgres_survives",
				"An earlier Postgres (pid %d) does not stop", (int)pid);
			return error_hint(err, "kill -QUIT %d, then start again", (int)pid);
		}
		sleep_for(SECOND / 50);
	}
	return true;
}

bool
postgres_prepare(struct up *u, struct error *err)
{
	if (!stop_survivor(u, err))
		return false;
	if (access(up_path(u, "data"), F_OK) == 0)
		return binary(u, "postgres", err) != NULL;
	up_say(u, "making a private Postgres (once)");
	return make_cluster(u, err);
}

/* ---- running -------------------------------------------------------------------------------------------------- */

char *const *
postgres_argv(struct up *u, struct error *err)
{
	const char *program = binary(u, "postgres", err);
	char **argv = arena_array(u->arena, char *, 12);
	int n = 0;

	if (!program)
		return NULL;
	argv[n++] = (char *)(uintptr_t)program;
	argv[n++] = "-D";
	argv[n++] = (char *)(uintptr_t)up_path(u, "data");
	argv[n++] = "-c";
	argv[n++] = "listen_addresses=";
	argv[n++] = "-c";
	argv[n++] = arena_printf(u->arena, "unix_socket_directories=\"%s/pg\"", u->state);
	argv[n++] = "-c";
	argv[n++] = "unix_socket_permissions=0700";
	argv[n++] = "-p";
	argv[n++] = "5432";
	return argv;
}

/* its pid file says so before a connection could: asking it costs a process */
bool
postgres_answers(struct up *u)
{
	bool ready;

	return server_pid(u, &ready) == u->children[0].pid && ready;
}

/* ---- connection strings ------------------------------------------------------------------------------------------ */

static const char *
quoted(const char *text, struct arena *a)
{
	struct buf b = { 0 };

	buf_byte(&b, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buf_byte(&b, '\\');
		buf_byte(&b, *text);
	}
	buf_byte(&b, '\'');
	const char *out = arena_strdup(a, buf_text(&b));
	buf_free(&b);
	return out;
}

static const char *
private_url(struct up *u, const char *role, const char *database, struct arena *a)
{
	return arena_printf(a, "host=%s port=5432 dbname=%s user=%s password=%s", quoted(arena_printf(a, "%s/pg", u->state), a),
		database, role, secret_value(u->passwords, role));
}

/* somebody's own server: the owner's name and password stay here, each process gets those of its role */
const char *
postgres_url(struct up *u, const char *role, struct arena *a)
{
	if (!u->external)
		return private_url(u, role, UP_DATABASE, a);
	const char *url = pg_url_as(a, u->external, role, secret_value(u->passwords, role));
	must(url);                                       /* it was connected with */
	return url;
}

/* where the tools (`bss project ...`) find somebody's own server, and what a start without BSS_DB_URL must not forget */
static bool
note_place(struct up *u, struct arena *a, struct error *err)
{
	const char *path = up_path(u, UP_DATABASE_FILE);
	const char *line = arena_printf(a, "bss_project=%s\n", u->external ? postgres_url(u, "bss_project", a) : "");

	if (u->external)
		return up_write_file(path, line, strlen(line), err);
	unlink(path);
	return true;
}

bool
postgres_is_here(struct up *u, struct error *err)
{
	if (u->external || access(up_path(u, UP_DATABASE_FILE), F_OK) != 0 || access(up_path(u, "data"), F_OK) == 0)
		return true;
	error_set(err, ERROR_INVALID, "up.database_elsewhere",
		"The data of this state folder is in a Postgres of yours, and BSS_DB_URL does not say which");
	return error_hint(err, "Set BSS_DB_URL as before; to begin anew with a private Postgres, another BSS_STATE_DIR");
}

/* ---- the schema ------------------------------------------------------------------------------------------------------ */

static bool
make_database(struct up *u, struct arena *a, struct error *err)
{
	struct pg *pg = pg_connect(private_url(u, UP_OWNER, "postgres", a), "bss up", err);
	struct pg_result *r = !pg ? NULL : pg_query(pg, NULL, "SELECT FROM pg_database WHERE datname = '" UP_DATABASE "'", 0,
		NULL, err);
	bool ok = r && (pg_rows(r) || pg_exec(pg, "CREATE DATABASE " UP_DATABASE, err));

	pg_free(r);
	pg_close(pg);
	return ok;
}

static struct pg *
owner_connection(struct up *u, struct arena *a, struct error *err)
{
	if (u->external)
		return pg_connect(u->external, "bss up", err);
	struct pg *pg = pg_connect(private_url(u, UP_OWNER, UP_DATABASE, a), "bss up", err);
	if (!pg && make_database(u, a, err))
		pg = pg_connect(private_url(u, UP_OWNER, UP_DATABASE, a), "bss up", err);
	return pg;
}

bool
postgres_migrate(struct up *u, struct error *err)
{
	struct arena *a = arena_new();
	struct role_password roles[8];
	int n = 0;

	for (const struct secret *s = u->passwords; s->name; s++)
		if (strcmp(s->name, UP_OWNER) != 0)
			roles[n++] = (struct role_password){ s->name, s->value };
	struct pg *pg = owner_connection(u, a, err);
	bool ok = pg && log_migrate(pg, roles, n, err) && note_place(u, a, err);
	pg_close(pg);
	arena_free(a);
	return ok;
}
