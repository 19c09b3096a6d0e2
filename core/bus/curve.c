/* curve.c -- tcp is CURVE or nothing, and a key is good for the sockets that its role may speak to.
 *
 * In the state folder's curve/: server.key_secret of who binds; server.key (public) and client.key_secret of who connects;
 * clients/ROLE/NAME.key, the public keys of each role that the topology names.  The list is read at each handshake, so a key
 * that is taken away opens nothing any more.  libzmq asks one gate per process; its domain is the name of the socket. */
#include "core/bus/socket.h"
#include "core/base/config.h"
#include <czmq.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_FRAMES 7                           /* version, request, domain, address, identity, mechanism, key */
#define KEY_SIZE 32

static zactor_t *gate;

static void
curve_file(char out[512], const char *name)
{
	snprintf(out, 512, "%s/curve/%s", config_state_dir(), name);
}

static bool
secret_ok(const char *name, struct error *err)
{
	char path[512];
	struct stat st;
	curve_file(path, name);
	if (stat(path, &st) != 0) {
		error_set(err, ERROR_INVALID, "bus.curve_missing", "tcp needs CURVE keys, and %s is missing", path);
		return error_hint(err, "use ipc://, or let `bss up` make the keys and copy those that this machine needs");
	}
	if ((st.st_mode & 077) == 0)
		return true;
	error_set(err, ERROR_INVALID, "bus.curve_open", "%s can be read by other users", path);
	return error_hint(err, "chmod 600 %.200s", path);
}

/* zcert_load() prefers NAME_secret to NAME */
static zcert_t *
cert(const char *name, struct error *err)
{
	char path[512];
	curve_file(path, name);
	zcert_t *c = zcert_load(path);
	if (!c)
		error_set(err, ERROR_INVALID, "bus.curve_missing", "%s is missing or not a CURVE key", path);
	return c;
}

/* the list of clients -------------------------------------------------------------------------------- */

static bool
is_key_of(const char *folder, const char *file, const void *key)
{
	char path[1024];
	size_t n = strlen(file);
	if (n < 5 || strcmp(file + n - 4, ".key") != 0)
		return false;
	snprintf(path, sizeof path, "%s/%s", folder, file);
	zcert_t *c = zcert_load(path);
	bool same = c && memcmp(zcert_public_key(c), key, KEY_SIZE) == 0;
	zcert_destroy(&c);
	return same;
}

static bool
role_has(const char *role, size_t n, const void *key)
{
	char name[64], folder[512];
	bool found = false;
	snprintf(name, sizeof name, "clients/%.*s", (int)n, role);
	curve_file(folder, name);
	DIR *d = opendir(folder);
	for (struct dirent *e; d && !found && (e = readdir(d));)
		found = is_key_of(folder, e->d_name, key);
	if (d)
		closedir(d);
	return found;
}

/* the socket is one of the topology's, and a role that may speak to it has the key */
static bool
may_speak(const char *domain, const void *key)
{
	for (int which = 0; which < SOCKET_COUNT; which++) {
		if (strcmp(topology_name(which), domain) != 0)
			continue;
		for (const char *role = topology_speakers(which); *role;) {
			size_t n = strcspn(role, " ");
			if (role_has(role, n, key))
				return true;
			role += n + (role[n] == ' ');
		}
	}
	return false;
}

/* the gate (ZeroMQ RFC 27) ---------------------------------------------------------------------------- */

static bool
let_in(zmsg_t *asked)
{
	zframe_t *frames[ZAP_FRAMES] = { zmsg_first(asked) };
	for (int i = 1; i < ZAP_FRAMES; i++)
		frames[i] = zmsg_next(asked);
	if (zmsg_size(asked) != ZAP_FRAMES || !zframe_streq(frames[5], "CURVE") || zframe_size(frames[6]) != KEY_SIZE)
		return false;
	char *domain = zframe_strdup(frames[2]);
	bool yes = may_speak(domain, zframe_data(frames[6]));
	freen(domain);
	return yes;
}

static void
answer(zsock_t *door)
{
	zmsg_t *asked = zmsg_recv(door);
	if (!asked)
		return;
	bool yes = let_in(asked);
	zmsg_t *said = zmsg_new();
	zmsg_addstr(said, "1.0");
	zframe_t *request = zmsg_size(asked) > 1 ? (zmsg_first(asked), zmsg_next(asked)) : NULL;
	zmsg_addmem(said, request ? zframe_data(request) : (void *)"", request ? zframe_size(request) : 0);
	zmsg_addstr(said, yes ? "200" : "400");
	zmsg_addstr(said, yes ? "OK" : "No access");
	zmsg_addstr(said, "");
	zmsg_addstr(said, "");
	zmsg_send(&said, door);
	zmsg_destroy(&asked);
}

/* a thread of czmq's own: handshakes must go on while the main works */
static void
keep_gate(zsock_t *pipe, void *unused)
{
	zsock_t *door = zsock_new(ZMQ_REP);
	(void)unused;
	bool open = door && zsock_bind(door, ZAP_ENDPOINT) == 0;
	zsock_signal(pipe, open ? 0 : 1);
	zpoller_t *wait = zpoller_new(pipe, door, NULL);
	for (void *ready; open && (ready = zpoller_wait(wait, -1)) == door;)
		answer(door);                  /* anything from the pipe is the end */
	zpoller_destroy(&wait);
	zsock_destroy(&door);
}

static bool
open_gate(struct error *err)
{
	char folder[512];
	struct stat st;
	curve_file(folder, "clients");
	if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_INVALID, "bus.curve_missing",
			"tcp needs a list of clients that may connect, and the folder %s is missing", folder);
	if (!gate)
		gate = zactor_new(keep_gate, NULL);
	return gate || error_set(err, ERROR_UNAVAILABLE, "bus.curve", "The gate of CURVE keys cannot be started");
}

bool
curve_server(void *socket, enum bus_socket which, struct error *err)
{
	if (!secret_ok("server.key_secret", err) || !open_gate(err))
		return false;
	zcert_t *own = cert("server.key", err);
	if (!own)
		return false;
	socket_option(socket, ZMQ_CURVE_SERVER, 1);
	zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, topology_name(which), strlen(topology_name(which)));
	zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, zcert_secret_key(own), KEY_SIZE);
	zcert_destroy(&own);
	return true;
}

bool
curve_client(void *socket, struct error *err)
{
	if (!secret_ok("client.key_secret", err))
		return false;
	zcert_t *own = cert("client.key", err), *server = own ? cert("server.key", err) : NULL;
	if (server) {
		zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, zcert_public_key(server), KEY_SIZE);
		zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, zcert_public_key(own), KEY_SIZE);
		zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, zcert_secret_key(own), KEY_SIZE);
	}
	bool ok = server != NULL;
	zcert_destroy(&own);
	zcert_destroy(&server);
	return ok;
}

void
curve_stop(void)
{
	zactor_destroy(&gate);
}

/* making the keys ---------------------------------------------------------------------------------------- */

static bool
cannot_make(const char *path, struct error *err)
{
	return error_set(err, ERROR_INVALID, "bus.curve_missing", "%s cannot be made: %s", path, strerror(errno));
}

static bool
make_pair(const char *name, struct error *err)
{
	char path[512], secret[600];
	curve_file(path, name);
	snprintf(secret, sizeof secret, "%s_secret", path);
	if (access(secret, F_OK) == 0)
		return true;
	mode_t old = umask(077);
	zcert_t *c = zcert_new();
	bool ok = c && zcert_save(c, path) == 0;
	zcert_destroy(&c);
	umask(old);
	return ok || cannot_make(path, err);
}

/* this machine's own client, in the list of a role */
static bool
list_own(const char *role, size_t n, struct error *err)
{
	char name[96], path[512];
	snprintf(name, sizeof name, "clients/%.*s", (int)n, role);
	curve_file(path, name);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return cannot_make(path, err);
	snprintf(name, sizeof name, "clients/%.*s/own.key", (int)n, role);
	curve_file(path, name);
	zcert_t *own = access(path, F_OK) == 0 ? NULL : cert("client.key", err);
	bool ok = !own || zcert_save_public(own, path) == 0;
	zcert_destroy(&own);
	return ok || cannot_make(path, err);
}

static bool
list_own_everywhere(struct error *err)
{
	for (int which = 0; which < SOCKET_COUNT; which++)
		for (const char *role = topology_speakers(which); *role;) {
			size_t n = strcspn(role, " ");
			if (!list_own(role, n, err))
				return false;
			role += n + (role[n] == ' ');
		}
	return true;
}

static bool
any_tcp(void)
{
	char endpoint[256];
	for (int which = 0; which < SOCKET_COUNT; which++)
		if (endpoint_is(bus_endpoint(which, endpoint), "tcp"))
			return true;
	return false;
}

bool
bus_keys_make(struct error *err)
{
	char folder[512];
	if (!any_tcp())
		return true;
	curve_file(folder, "");
	folder[strlen(folder) - 1] = 0;
	if (access(folder, F_OK) == 0)
		return true;                   /* somebody's arrangement: nothing is added to it */
	zsys_handler_set(NULL);
	if (mkdir(folder, 0700) != 0)
		return cannot_make(folder, err);
	curve_file(folder, "clients");
	if (mkdir(folder, 0700) != 0)
		return cannot_make(folder, err);
	return make_pair("server.key", err) && make_pair("client.key", err) && list_own_everywhere(err);
}
