/* socket.c -- the process' ZeroMQ context and what all sockets share.
 *
 * Sockets are libzmq's own (zsys_socket): the hot path wants zmq_msg_*, and czmq still closes what is
 * left open when a main leaves by exit().  Signals belong to the mains, so czmq's handlers stay off.
 * Never fork after the first socket: libzmq's threads do not survive it. */
#include "core/bus/socket.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include <czmq.h>
#include <errno.h>
#include <string.h>

#define HANDSHAKE_MS 5000
#define HEARTBEAT_MS 2000

static bool started;

static void
start(void)
{
	if (started)
		return;
	zsys_handler_set(NULL);
	must(zsys_init() != NULL);
	zsys_set_logstream(NULL);              /* what it says is no JSON line; errors reach us as results */
	started = true;
}

void
bus_stop(void)
{
	if (!started)
		return;
	curve_stop();
	zsys_shutdown();
	started = false;
}

void
socket_option(void *s, int option, int value)
{
	must(zmq_setsockopt(s, option, &value, sizeof value) == 0);
}

void *
socket_open(int type)
{
	start();
	void *s = zsys_socket(type, __FILE__, __LINE__);
	must(s != NULL);
	int64_t most = type == ZMQ_SUB ? 4 * (int64_t)BUS_MAX_BYTES : BUS_MAX_BYTES;
	must(zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &most, sizeof most) == 0);
	socket_option(s, ZMQ_SNDHWM, BUS_HWM);
	socket_option(s, ZMQ_RCVHWM, BUS_HWM);
	socket_option(s, ZMQ_LINGER, 0);
	socket_option(s, ZMQ_RECONNECT_IVL, 20);
	socket_option(s, ZMQ_RECONNECT_IVL_MAX, 500);
	return s;
}

void
socket_close(void *s, int linger_ms)
{
	if (!s)
		return;
	socket_option(s, ZMQ_LINGER, linger_ms);
	zsys_close(s, __FILE__, __LINE__);
}

int
socket_fd(void *s)
{
	int fd = -1;
	size_t n = sizeof fd;
	must(zmq_getsockopt(s, ZMQ_FD, &fd, &n) == 0);
	return fd;
}

/* binding and connecting --------------------------------------------------------------------------- */

static void
tcp_options(void *s)
{
	socket_option(s, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
	socket_option(s, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
	socket_option(s, ZMQ_HEARTBEAT_TIMEOUT, 2 * HEARTBEAT_MS);
	socket_option(s, ZMQ_HEARTBEAT_TTL, 3 * HEARTBEAT_MS);
}

static bool
known_transport(const char *endpoint, enum bus_socket which, struct error *err)
{
	if (endpoint_is(endpoint, "inproc") || endpoint_is(endpoint, "tcp") || endpoint_is(endpoint, "ipc"))
		return true;
	return error_set(err, ERROR_INVALID, "bus.endpoint",
		"BSS_%s_ENDPOINT must begin with ipc://, tcp:// or inproc://", topology_name(which));
}

static bool
bind_failed(const char *endpoint, enum bus_socket which, struct error *err)
{
	int why = zmq_errno();
	if (why == EADDRINUSE)
		error_set(err, ERROR_UNAVAILABLE, "bus.in_use", "%.200s is in use: another process has bound it",
			endpoint);
	else
		error_set(err, ERROR_INVALID, "bus.endpoint", "%.200s cannot be bound: %s", endpoint,
			zmq_strerror(why));
	return error_hint(err, "stop the other `bss %s`, or set BSS_%s_ENDPOINT", topology_role(which),
		topology_name(which));
}

bool
socket_bind(void *s, enum bus_socket which, struct claim *claim, struct error *err)
{
	char endpoint[256];
	int fd = -1;
	bus_endpoint(which, endpoint);
	*claim = (struct claim){ .lock = -1 };
	if (!known_transport(endpoint, which, err))
		return false;
	if (endpoint_is(endpoint, "ipc")) {
		if (!claim_ipc(endpoint, claim, &fd, err))
			return false;
		socket_option(s, ZMQ_USE_FD, fd);
	}
	if (endpoint_is(endpoint, "tcp")) {
		if (!curve_server(s, which, err))
			return false;
		tcp_options(s);
	}
	if (zmq_bind(s, endpoint) == 0)
		return true;
	bind_failed(endpoint, which, err);
	claim_release(claim);
	return false;
}

bool
socket_connect(void *s, enum bus_socket which, struct error *err)
{
	char endpoint[256];
	bus_endpoint(which, endpoint);
	if (!known_transport(endpoint, which, err))
		return false;
	if (endpoint_is(endpoint, "ipc") && !claim_path_ok(endpoint, err))
		return false;
	if (endpoint_is(endpoint, "tcp")) {
		if (!curve_client(s, err))
			return false;
		tcp_options(s);
	}
	if (zmq_connect(s, endpoint) == 0)
		return true;
	error_set(err, ERROR_INVALID, "bus.endpoint", "%.200s cannot be connected to: %s", endpoint,
		zmq_strerror(zmq_errno()));
	return error_hint(err, "check BSS_%s_ENDPOINT", topology_name(which));
}

/* waiting ------------------------------------------------------------------------------------------ */

static long
milliseconds(int64_t micros)
{
	return micros < 0 ? -1 : micros > INT32_MAX * INT64_C(1000) ? INT32_MAX : (long)((micros + 999) / 1000);
}

bool
socket_poll(void *s, short events, int64_t timeout_micros)
{
	zmq_pollitem_t item = { .socket = s, .events = events };
	return zmq_poll(&item, 1, milliseconds(timeout_micros)) > 0;
}

#define WAIT_MAX 256

bool
bus_wait(struct bus_wait *w, int n, int64_t timeout_micros)
{
	zmq_pollitem_t items[WAIT_MAX];
	must(n >= 0 && n <= WAIT_MAX);
	for (int i = 0; i < n; i++)
		items[i] = (zmq_pollitem_t){ .socket = w[i].socket, .fd = w[i].fd,
			.events = w[i].write ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN };
	int ready = zmq_poll(items, n, milliseconds(timeout_micros));
	for (int i = 0; i < n; i++)
		w[i].ready = ready > 0 && items[i].revents != 0;
	return ready > 0;
}

/* frames ------------------------------------------------------------------------------------------- */

bool
send_frame(void *s, const void *bytes, size_t n, int flags)
{
	int rc;
	do
		rc = zmq_send(s, bytes, n, flags | ZMQ_DONTWAIT);
	while (rc < 0 && zmq_errno() == EINTR);
	return rc >= 0;
}

void
message_start(struct message *m, int room)
{
	*m = (struct message){ .frames = mem_new(sizeof(zmq_msg_t) * (size_t)room), .room = room };
}

void
message_clear(struct message *m)
{
	for (int i = 0; i < m->n; i++)
		zmq_msg_close(&m->frames[i]);
	m->n = 0;
	m->bytes = 0;
	m->overflow = false;
}

void
message_free(struct message *m)
{
	message_clear(m);
	mem_drop(m->frames);
	*m = (struct message){ 0 };
}

static bool
receive_frame(void *s, zmq_msg_t *frame)
{
	int rc;
	zmq_msg_init(frame);
	do
		rc = zmq_msg_recv(frame, s, ZMQ_DONTWAIT);
	while (rc < 0 && zmq_errno() == EINTR);
	return rc >= 0;
}

bool
message_receive(struct message *m, void *s)
{
	zmq_msg_t frame;
	bool more = true;
	message_clear(m);
	while (more && receive_frame(s, &frame)) {
		more = zmq_msg_more(&frame);
		m->bytes += zmq_msg_size(&frame);
		m->overflow = m->overflow || m->n == m->room || m->bytes > BUS_MAX_BYTES;
		if (m->overflow)
			zmq_msg_close(&frame);
		else
			m->frames[m->n++] = frame;     /* a move: libzmq's short messages live inside the struct */
	}
	return !more;
}
