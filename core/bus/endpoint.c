/* endpoint.c -- where sockets are, and whose they are.
 *
 * An ipc socket is a file that anyone who may write its folder could replace, and that outlives its
 * process.  So the folder is ours alone (0700), and the right to bind is a lock that dies with its
 * holder: no live core ever loses its socket to a second one, no dead one leaves anything to clean up
 * by hand. */
#include "core/bus/socket.h"
#include "core/base/config.h"
#include "core/base/must.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof ((struct claim *)0)->path == sizeof ((struct sockaddr_un *)0)->sun_path, "107 bytes");

#define NAME_(name, type, by, to, file, what)    [SOCKET_##name] = #name,
#define SETTING_(name, type, by, to, file, what) [SOCKET_##name] = "BSS_" #name "_ENDPOINT",
#define ROLE_(name, type, by, to, file, what)    [SOCKET_##name] = by,
#define SPEAKERS_(name, type, by, to, file, what) [SOCKET_##name] = to,
#define FILE_(name, type, by, to, file, what)    [SOCKET_##name] = file,

const char *
topology_name(enum bus_socket which)
{
	static const char *const names[SOCKET_COUNT] = { TOPOLOGY(NAME_) };
	return names[which];
}

const char *
topology_role(enum bus_socket which)
{
	static const char *const roles[SOCKET_COUNT] = { TOPOLOGY(ROLE_) };
	return roles[which];
}

const char *
topology_speakers(enum bus_socket which)
{
	static const char *const speakers[SOCKET_COUNT] = { TOPOLOGY(SPEAKERS_) };
	return speakers[which];
}

char *
bus_endpoint(enum bus_socket which, char out[256])
{
	static const char *const settings[SOCKET_COUNT] = { TOPOLOGY(SETTING_) };
	static const char *const files[SOCKET_COUNT] = { TOPOLOGY(FILE_) };
	must((unsigned)which < SOCKET_COUNT);
	const char *given = config_text(settings[which]), *folder = config_text("BSS_BUS_DIR");
	if (given)
		snprintf(out, 256, "%s", given);
	else if (folder)
		snprintf(out, 256, "ipc://%s/%s", folder, files[which]);
	else
		snprintf(out, 256, "ipc://%s/bus/%s", config_state_dir(), files[which]);
	return out;
}

bool
endpoint_is(const char *endpoint, const char *scheme)
{
	size_t n = strlen(scheme);
	return strncmp(endpoint, scheme, n) == 0 && strncmp(endpoint + n, "://", 3) == 0;
}

bool
claim_path_ok(const char *endpoint, struct error *err)
{
	const char *path = endpoint + strlen("ipc://");
	if (*path != '/')        /* also refuses @abstract names and *, which no folder protects */
		return error_set(err, ERROR_INVALID, "bus.endpoint", "%.200s must name an absolute path", endpoint);
	if (strlen(path) < sizeof ((struct claim *)0)->path)
		return true;
	error_set(err, ERROR_INVALID, "bus.path_too_long",
		"The socket's path has more than the 107 bytes that Unix sockets allow: %.200s", path);
	return error_hint(err, "set BSS_BUS_DIR to a shorter folder");
}

static bool
folder_of(const char *path, char out[108])
{
	size_t n = (size_t)(strrchr(path, '/') - path);
	if (n == 0)
		return false;
	memcpy(out, path, n);
	out[n] = 0;
	return true;
}

/* the parents too: a state folder that nobody made yet */
static void
make_folders(char *path)
{
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		mkdir(path, 0700);
		*p = '/';
	}
	mkdir(path, 0700);
}

static bool
folder_ok(const char *path, struct error *err)
{
	struct stat st;
	char folder[108];
	if (!folder_of(path, folder))
		return error_set(err, ERROR_INVALID, "bus.folder", "%s needs a folder of its own", path);
	make_folders(folder);
	if (lstat(folder, &st) != 0)
		return error_set(err, ERROR_INVALID, "bus.folder", "%s cannot be made: %s", folder, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return error_set(err, ERROR_INVALID, "bus.folder", "%s is not a folder", folder);
	if (st.st_uid != geteuid())
		return error_set(err, ERROR_INVALID, "bus.folder", "%s belongs to another user", folder);
	if ((st.st_mode & 077) == 0)
		return true;
	error_set(err, ERROR_INVALID, "bus.folder", "%s is open to other users", folder);
	return error_hint(err, "chmod 700 %.200s", folder);
}

static void
lock_name(const char *path, char out[128])
{
	size_t n = strlen(path);
	if (n > 5 && strcmp(path + n - 5, ".sock") == 0)
		n -= 5;
	snprintf(out, 128, "%.*s.pid", (int)n, path);
}

static bool
already_running(int lock, const char *path, struct error *err)
{
	char pid[16] = "";
	ssize_t n = pread(lock, pid, sizeof pid - 1, 0);
	pid[n > 0 ? strcspn(pid, "\n") : 0] = 0;
	error_set(err, ERROR_UNAVAILABLE, "bus.in_use", "%s is in use: process %s is already running", path,
		*pid ? pid : "(unknown)");
	return error_hint(err, "stop it first, or give this one another BSS_STATE_DIR");
}

static bool
lock_it(struct claim *c, struct error *err)
{
	char name[128], pid[16];
	lock_name(c->path, name);
	c->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->lock < 0)
		return error_set(err, ERROR_INVALID, "bus.folder", "%s cannot be opened: %s", name, strerror(errno));
	if (flock(c->lock, LOCK_EX | LOCK_NB) != 0)
		return already_running(c->lock, c->path, err);
	int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	if (ftruncate(c->lock, 0) != 0 || pwrite(c->lock, pid, (size_t)n, 0) != n)
		return error_set(err, ERROR_INVALID, "bus.folder", "%s cannot be written: %s", name, strerror(errno));
	return true;
}

static bool
listen_on(const char *path, int *out, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(path);                          /* we hold the lock: whoever made it is dead */
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 128) == 0) {
		*out = fd;
		return true;
	}
	error_set(err, ERROR_INVALID, "bus.endpoint", "%s cannot be bound: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return false;
}

bool
claim_ipc(const char *endpoint, struct claim *c, int *fd, struct error *err)
{
	*c = (struct claim){ .lock = -1 };
	if (!claim_path_ok(endpoint, err))
		return false;
	snprintf(c->path, sizeof c->path, "%s", endpoint + strlen("ipc://"));
	if (folder_ok(c->path, err) && lock_it(c, err) && listen_on(c->path, fd, err))
		return true;
	if (c->lock >= 0)
		close(c->lock);
	*c = (struct claim){ .lock = -1 };
	return false;
}

/* the pid file stays: to remove it would let two successors lock two files of one name */
void
claim_release(struct claim *c)
{
	if (c->lock < 0)
		return;
	unlink(c->path);
	close(c->lock);
	*c = (struct claim){ .lock = -1 };
}
