/* curve.c -- tcp is CURVE or nothing.
 *
 * In the state folder's curve/: server.key_secret of who binds; server.key (public) and
 * client.key_secret of who connects; clients/<role>.key, the public keys that may (read anew when the
 * folder changes).  czmq's zauth answers libzmq's questions for the whole process. */
#include "core/bus/socket.h"
#include "core/base/config.h"
#include <czmq.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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
		return error_hint(err, "use ipc://, or make the keys first");
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

static bool
open_gate(struct error *err)
{
	char folder[512];
	struct stat st;
	curve_file(folder, "clients");
	if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_INVALID, "bus.curve_missing",
			"tcp needs a list of clients that may connect, and the folder %s is missing", folder);
	if (gate)
		return true;
	gate = zactor_new(zauth, NULL);
	if (!gate)
		return error_set(err, ERROR_UNAVAILABLE, "bus.curve", "The gate of CURVE keys cannot be started");
	zstr_sendx(gate, "CURVE", folder, NULL);
	zsock_wait(gate);
	return true;
}

bool
curve_server(void *socket, struct error *err)
{
	if (!secret_ok("server.key_secret", err) || !open_gate(err))
		return false;
	zcert_t *own = cert("server.key", err);
	if (!own)
		return false;
	socket_option(socket, ZMQ_CURVE_SERVER, 1);
	zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, "bss", 3);
	zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, zcert_secret_key(own), 32);
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
		zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, zcert_public_key(server), 32);
		zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, zcert_public_key(own), 32);
		zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, zcert_secret_key(own), 32);
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
