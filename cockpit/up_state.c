/* up_state.c -- the state folder: whose it is, whether it can hold what it must, and that only one `up` uses it.
 *
 * Postgres refuses to run as root, and nothing here needs root either: started by root, `up` gives the folder to the
 * user bss and comes back as that user.  The program is executed by its open descriptor, so a checkout that only
 * root can reach works. */
#include "cockpit/up.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "core/base/config.h"
#include "core/base/log.h"

#define SOCKET_PATH_MAX 107              /* sun_path without its NUL */
#define LONGEST_SOCKET  "/pg/.s.PGSQL.5432"
#define LOG_KEEP        (10 << 20)
#define DISK_LEAST      (INT64_C(128) << 20)
#define DISK_EVERY      (30 * SECOND)

extern char **environ;

static bool
cannot(struct error *err, const char *what, const char *path, const char *hint)
{
	error_set(err, errno == ENOSPC ? ERROR_UNAVAILABLE : ERROR_INVALID, "up.state_folder", "Cannot %s %s: %s", what,
		path, strerror(errno));
	return error_hint(err, "%s", hint);
}

/* ---- root becomes the user bss ------------------------------------------------------------------- */

static bool
make_folders(const char *path, mode_t mode)
{
	char part[PATH_MAX];

	snprintf(part, sizeof part, "%s", path);
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdir(part, 0755) && errno != EEXIST)
			return false;
		*p = '/';
	}
	return mkdir(part, mode) == 0 || errno == EEXIST;
}

static bool
folder_empty(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return d && n <= 2;
}

/* an empty or new folder becomes theirs; one that holds something must be theirs already */
static bool
give_folder(const char *state, const struct passwd *pw, struct error *err)
{
	struct stat st;

	if (!make_folders(state, 0700) || stat(state, &st))
		return cannot(err, "make the state folder", state, "Set BSS_STATE_DIR to a folder that can be made");
	if (st.st_uid == pw->pw_uid)
		return true;
	if (folder_empty(state))
		return chown(state, pw->pw_uid, pw->pw_gid) == 0 ||
		    cannot(err, "give away the folder", state, "Set BSS_STATE_DIR to a folder on a local disk");
	error_set(err, ERROR_INVALID, "up.state_folder_foreign", "%s belongs to another user than %s", state, UP_USER);
	return error_hint(err, "chown -R %s %s, or set BSS_STATE_DIR to another folder", UP_USER, state);
}

/* what was given, the file .env included: the user bss may not be able to read it again */
static char **
environment_for_user(struct arena *a, const char *state)
{
	int n = 0, rows = 0;

	while (environ[n])
		n++;
	while (config_rows[rows].name)
		rows++;
	char **env = arena_array(a, char *, n + rows + 2);
	memcpy(env, environ, sizeof *env * (size_t)n);
	for (const struct config_row *r = config_rows; r->name; r++) {
		const char *v = r->kind == CONFIG_IGNORED ? NULL : config_text(r->name);
		if (v && v != r->fallback)
			env[n++] = arena_printf(a, "%s=%s", r->name, v);
	}
	env[n++] = arena_printf(a, "BSS_STATE_DIR=%s", state);
	return env;
}

/* argv begins with the role */
static char **
whole_arguments(char **argv, struct arena *a)
{
	int n = 0;

	while (argv[n])
		n++;
	char **whole = arena_array(a, char *, n + 2);
	whole[0] = "bss";
	memcpy(whole + 1, argv, sizeof *argv * (size_t)n);
	return whole;
}

bool
up_become_user(char **argv, struct error *err)
{
	const struct passwd *pw = geteuid() ? NULL : getpwnam(UP_USER);
	const char *state = config_state_dir();
	char absolute[PATH_MAX];

	if (geteuid())
		return true;
	if (!pw) {
		error_set(err, ERROR_INVALID, "up.no_user", "There is no user %s, and nothing here runs as root", UP_USER);
		return error_hint(err, "useradd --system --home-dir /var/lib/bss --shell /usr/sbin/nologin %s", UP_USER);
	}
	if (!give_folder(state, pw, err))
		return false;
	struct arena *a = arena_new();
	char **env = environment_for_user(a, realpath(state, absolute) ? absolute : state);
	int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (setgroups(0, NULL) || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return cannot(err, "become the user", UP_USER, "Start it as root, or as an ordinary user");
	fexecve(exe, whole_arguments(argv, a), env);
	error_set(err, ERROR_INVALID, "up.not_executable", "The user %s may not run this program: %s", UP_USER,
		strerror(errno));
	return error_hint(err, "chmod o+rx on the program");
}

/* ---- the folder ------------------------------------------------------------------------------------ */

static bool
path_fits(const char *state, struct error *err)
{
	int over = (int)(strlen(state) + strlen(LONGEST_SOCKET)) - SOCKET_PATH_MAX;

	if (over <= 0)
		return true;
	error_set(err, ERROR_INVALID, "up.path_too_long", "The state folder's path is %d bytes too long for a unix socket: %s",
		over, state);
	return error_hint(err, "Set BSS_STATE_DIR to a path of at most %d bytes",
		SOCKET_PATH_MAX - (int)strlen(LONGEST_SOCKET));
}

bool
up_state_prepare(struct up *u, struct error *err)
{
	static const char *const parts[] = { "logs", "bus", "pg" };
	const char *state = config_state_dir(), *choose = "Set BSS_STATE_DIR to a folder that you may write to";
	char absolute[PATH_MAX];

	if (!make_folders(state, 0700))
		return cannot(err, "make the state folder", state, choose);
	if (!realpath(state, absolute))
		return cannot(err, "reach the state folder", state, choose);
	u->state = arena_strdup(u->arena, absolute);
	config_set("BSS_STATE_DIR", u->state);
	if (!path_fits(u->state, err))
		return false;
	if (access(u->state, R_OK | W_OK | X_OK))
		return cannot(err, "write to the state folder", u->state, choose);
	if (chmod(u->state, 0700))
		return cannot(err, "keep others out of", u->state, choose);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (mkdir(up_path(u, parts[i]), 0700) && errno != EEXIST)
			return cannot(err, "make the folder", up_path(u, parts[i]), choose);
	return up_disk_ok(u, err);
}

bool
up_write_file(const char *path, const void *bytes, size_t n, struct error *err)
{
	char fresh[PATH_MAX];

	snprintf(fresh, sizeof fresh, "%s.new", path);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, bytes, n) == (ssize_t)n && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (ok && rename(fresh, path) == 0)
		return true;
	return cannot(err, "write", path, "Look at the disk's free space (df) and the folder's rights");
}

/* ---- one `up` per folder ----------------------------------------------------------------------------- */

static pid_t
pid_in(int fd)
{
	char text[32] = { 0 };

	return pread(fd, text, sizeof text - 1, 0) > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

bool
up_lock(struct up *u, pid_t *holder, struct error *err)
{
	*holder = 0;
	u->lock = open(up_path(u, UP_LOCK), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (u->lock < 0)
		return cannot(err, "open", up_path(u, UP_LOCK), "Look at the rights of the state folder");
	for (int i = 0; i < 5; i++, sleep_for(SECOND / 100))     /* whoever only looks holds it for a moment */
		if (flock(u->lock, LOCK_EX | LOCK_NB) == 0)
			return true;
	*holder = pid_in(u->lock);
	return false;
}

pid_t
up_lock_holder(const char *state)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", state, UP_LOCK);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	pid_t pid = 0;
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		pid = pid_in(fd);
	if (fd >= 0)
		close(fd);
	return pid;
}

/* ---- the port, the disk, the logs ----------------------------------------------------------------------- */

static bool
may_bind(const struct addrinfo *ai)
{
	int on = 1, fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return true;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	bool ok = bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 || errno != EADDRINUSE;
	close(fd);
	return ok;
}

/* said here, before anything starts, because the gateway could only say it into its log */
bool
up_port_free(struct error *err)
{
	const char *address = config_text("BSS_HTTP_ADDRESS");
	struct addrinfo want = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found = NULL;
	char port[12];

	if (config_int("BSS_HTTP_PORT") == 0) {
		error_set(err, ERROR_INVALID, "up.port", "`bss up` needs a port that it can ask: BSS_HTTP_PORT is 0");
		return error_hint(err, "Set BSS_HTTP_PORT to a free port");
	}
	snprintf(port, sizeof port, "%lld", (long long)config_int("BSS_HTTP_PORT"));
	if (getaddrinfo(address, port, &want, &found)) {
		error_set(err, ERROR_INVALID, "up.address", "%s is not an address to listen on", address);
		return error_hint(err, "Set BSS_HTTP_ADDRESS, for instance to 127.0.0.1");
	}
	bool ok = may_bind(found);
	freeaddrinfo(found);
	if (ok)
		return true;
	error_set(err, ERROR_UNAVAILABLE, "up.port_taken", "Port %s on %s is taken by another program", port, address);
	return error_hint(err, "Set BSS_HTTP_PORT to another port, or find who has it: ss -ltnp 'sport = :%s'", port);
}

static int64_t
disk_free(const char *path, int *percent_used)
{
	struct statvfs v;

	if (statvfs(path, &v) || !v.f_blocks)
		return INT64_MAX;
	uint64_t used = v.f_blocks - v.f_bfree;
	*percent_used = (int)(used * 100 / (used + v.f_bavail ? used + v.f_bavail : 1));
	return (int64_t)(v.f_bavail * v.f_frsize);
}

bool
up_disk_ok(struct up *u, struct error *err)
{
	int64_t left = disk_free(u->state, &u->disk_percent);

	if (left >= DISK_LEAST)
		return true;
	error_set(err, ERROR_UNAVAILABLE, "up.disk_full", "The disk of %s has only %lld MB left, too little to start",
		u->state, (long long)(left >> 20));
	return error_hint(err, "Free some space (df -h %s), then start again; nothing was lost", u->state);
}

void
up_disk_watch(struct up *u)
{
	int before = u->disk_percent;
	char text[12];

	if (mono_now() < u->disk_at)
		return;
	u->disk_at = mono_now() + DISK_EVERY;
	disk_free(u->state, &u->disk_percent);
	snprintf(text, sizeof text, "%d", u->disk_percent);
	if (before < 90 && u->disk_percent >= 90)
		log_err("disk.nearly_full", "percent", text, "folder", u->state, "hint",
			"free space now: writes fail when it is full");
	else if (before < 80 && u->disk_percent >= 80)
		log_warn("disk.filling", "percent", text, "folder", u->state, "hint", "free space soon");
}

int
up_log_open(struct up *u, const char *name)
{
	struct arena *a = arena_new();
	const char *path = arena_printf(a, "%s/logs/%s.log", u->state, name);
	struct stat st;

	if (stat(path, &st) == 0 && st.st_size > LOG_KEEP)
		rename(path, arena_printf(a, "%s.1", path));
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	arena_free(a);
	return fd;
}
