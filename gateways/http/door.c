/* door.c -- see door.h.
 *
 * libmicrohttpd calls on_request three times: when the headers are here (a refusal that needs no body is made then, and
 * closes the connection), for each piece of the body, and when all is here.  A connection that waits is suspended; when
 * it is resumed, on_request is called once more and finds the answer. */
#include "gateways/http/door.h"
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "gateways/http/framing.h"
#include "gateways/http/problem.h"
#include "gateways/http/url.h"

#define BACKLOG 512
#define SPARE_ARENAS 64
#define BUFFER_KEPT (256 << 10)
#define SMALL_ANSWER (64 << 10)
#define DESCRIPTORS_KEPT 128                 /* for the database, the bus and files */

/* a connection, from accept to close: so that nobody trickles a request or an answer for ever.  QUIET until it has
 * shown who it is, SAYS the rest of what it wants, WAITS for us, HEARS the answer */
enum visit { QUIET, SAYS, WAITS, HEARS };
struct visitor { int fd; int64_t since; enum visit doing; struct visitor *next, *before; };

struct door {
	struct MHD_Daemon *daemon;
	struct door_options o;
	int port, listener;
	struct exchange *asking;             /* not finished */
	struct visitor *visitors;
	int busy, connections;
	size_t held;                         /* bytes of bodies and answers in memory */
	int64_t swept;
	struct exchange *spare; int n_spare;
};

/* ---- exchanges --------------------------------------------------------------------------------- */

static struct exchange *
exchange_new(struct door *d)
{
	struct exchange *x = d->spare;

	if (x) {
		d->spare = x->next;
		d->n_spare--;
	} else {
		x = mem_new(sizeof *x);
		x->arena = arena_new();
	}
	x->door = d;
	x->began = mono_now();
	x->before = NULL;
	x->next = d->asking;
	if (d->asking)
		d->asking->before = x;
	d->asking = x;
	d->busy++;
	return x;
}

static void
exchange_free(struct exchange *x)
{
	buf_free(&x->body);
	buf_free(&x->out);
	arena_free(x->arena);
	mem_drop(x);
}

static void
buffer_reuse(struct buf *b)
{
	if (b->cap > BUFFER_KEPT)
		buf_free(b);
	else
		buf_clear(b);
}

static void
exchange_release(struct exchange *x)
{
	struct door *d = x->door;

	if (x->before)
		x->before->next = x->next;
	else
		d->asking = x->next;
	if (x->next)
		x->next->before = x->before;
	d->busy--;
	d->held -= x->held;
	if (d->n_spare >= SPARE_ARENAS) {
		exchange_free(x);
		return;
	}
	struct arena *a = x->arena;
	struct buf body = x->body, out = x->out;
	arena_reset(a);
	buffer_reuse(&body);
	buffer_reuse(&out);
	*x = (struct exchange){ .arena = a, .body = body, .out = out, .next = d->spare };
	d->spare = x;
	d->n_spare++;
}

const char *
exchange_request_header(const struct exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *
exchange_peer(const struct exchange *x, char out[64])
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *sa = i ? i->client_addr : NULL;

	snprintf(out, 64, "-");
	if (sa && sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, out, 64);
	else if (sa && sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, out, 64);
	return out;
}

void
exchange_header(struct exchange *x, const char *name, const char *value)
{
	must(x->n_headers < (int)(sizeof x->headers / sizeof x->headers[0]));
	x->headers[x->n_headers].name = name;
	x->headers[x->n_headers++].value = arena_strdup(x->arena, value);
}

void
exchange_answer(struct exchange *x, int status)
{
	must(!x->answered);
	x->status = status;
	x->answered = true;
	if (x->asleep) {
		x->asleep = false;
		MHD_resume_connection(x->connection);
	}
}

static void
hold(struct exchange *x, size_t n)
{
	x->held += n;
	x->door->held += n;
}

static struct visitor *
visitor_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return i ? i->socket_context : NULL;
}

/* it does something else from now on, and has its own time for that */
static void
visitor_does(struct MHD_Connection *c, enum visit what)
{
	struct visitor *v = visitor_of(c);

	if (!v)
		return;
	v->doing = what;
	v->since = mono_now();
}

/* readers that take their time may fill the memory with answers; then those that are large are not given */
static void
hold_answer(struct exchange *x)
{
	const struct door *d = x->door;

	if (x->out.len > SMALL_ANSWER && d->held + x->out.len > d->o.max_held) {
		buf_free(&x->out);
		x->n_headers = 0;
		x->content_type = NULL;
		x->status = 503;
		problem_write(&x->out, 503, PROBLEM_INTERNAL, "http.too_busy",
			"Too many large answers are under way: ask for less");
	}
	hold(x, x->out.len);
}

static enum MHD_Result
queue_answer(struct exchange *x)
{
	hold_answer(x);
	visitor_does(x->connection, HEARS);
	struct MHD_Response *r = MHD_create_response_from_buffer(x->out.len, (void *)(uintptr_t)buf_text(&x->out),
	    MHD_RESPMEM_PERSISTENT);
	must(r);
	if (x->out.len || x->content_type)
		MHD_add_response_header(r, "Content-Type", x->content_type ? x->content_type : "application/json;charset=utf-8");
	for (int i = 0; i < x->n_headers; i++)
		MHD_add_response_header(r, x->headers[i].name, x->headers[i].value);
	enum MHD_Result ok = MHD_queue_response(x->connection, (unsigned)x->status, r);
	MHD_destroy_response(r);
	return ok;
}

/* ---- what the door itself refuses --------------------------------------------------------------- */

static void
refuse(struct exchange *x, int status, const char *code, const char *reason, const char *message)
{
	exchange_header(x, "Connection", "close");
	if (status == 503)
		exchange_header(x, "Retry-After", "1");
	problem_write(&x->out, status, code, reason, message);
	exchange_answer(x, status);
}

static size_t
declared_length(const struct exchange *x)
{
	const char *text = exchange_request_header(x, "Content-Length");
	size_t n = text ? strspn(text, "0123456789") : 0;

	if (!text)
		return 0;
	return n == 0 || n > 15 ? SIZE_MAX : (size_t)strtoull(text, NULL, 10);
}

/* http://authority/path is how a request to a proxy looks; whoever gets one takes the path */
static char *
behind_authority(char *uri)
{
	size_t scheme = strncasecmp(uri, "http://", 7) == 0 ? 7 : strncasecmp(uri, "https://", 8) == 0 ? 8 : 0;

	if (!scheme)
		return uri;
	uri += scheme + strcspn(uri + scheme, "/?");
	return *uri == '/' ? uri : NULL;
}

static void
split_uri(struct exchange *x)
{
	char *uri = behind_authority(x->uri), *mark = uri ? strchr(uri, '?') : NULL;

	if (mark)
		*mark = 0;
	x->query = mark ? mark + 1 : NULL;
	x->path = uri ? url_decode(x->arena, uri, strlen(uri), false) : NULL;
	if (!x->path || *x->path != '/')
		refuse(x, 400, PROBLEM_URL, "url.malformed", "The path is not properly encoded");
}

static const struct { const char *name; enum exchange_method method; } methods[] = {
	{ "GET", METHOD_GET }, { "HEAD", METHOD_GET }, { "POST", METHOD_POST }, { "PATCH", METHOD_PATCH },
	{ "DELETE", METHOD_DELETE }, { "PUT", METHOD_PUT }, { "OPTIONS", METHOD_OPTIONS },
};

static void
take_method(struct exchange *x, const char *method)
{
	x->method_name = "OTHER";
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (strcmp(methods[i].name, method) == 0) {
			x->method = methods[i].method;
			x->method_name = methods[i].name;
		}
}

static const char too_large[] = "The body is larger than this server takes";
static const char too_much[] = "Too many bytes are being sent at once: repeat in a moment";

static bool
room_for_body(struct exchange *x)
{
	const struct door *d = x->door;
	size_t n = declared_length(x);

	if (n > x->body_most)
		refuse(x, 413, PROBLEM_BODY, "body.too_large", too_large);
	else if (n && d->held + n > d->o.max_held)
		refuse(x, 503, PROBLEM_INTERNAL, "http.too_busy", too_much);
	return !x->answered;
}

/* the headers are here: what is refused now is not read any further */
static void
begin(struct exchange *x, struct MHD_Connection *c, const char *method, const char *version)
{
	int status;

	x->connection = c;
	x->path = "";
	x->body_most = x->door->o.max_body;
	take_method(x, method);
	const char *fault = framing_fault(c, version, &status);
	if (fault)
		refuse(x, status, PROBLEM_HEADER, "http.malformed", fault);
	else if (strlen(x->uri) > URL_MAX)
		refuse(x, 414, PROBLEM_URL, "url.too_long", "The URL is longer than 4096 bytes");
	else
		split_uri(x);
	if (!x->answered)
		x->door->o.admit(x->door->o.context, x);
	if (!x->answered && room_for_body(x))
		visitor_does(c, SAYS);
}

static void
spill(struct exchange *x, int status)
{
	x->spilled = status;
	x->door->held -= x->held;
	x->held = 0;
	buf_free(&x->body);
}

static enum MHD_Result
take_piece(struct exchange *x, const char *data, size_t *n)
{
	struct door *d = x->door;

	x->seen += *n;
	if (x->seen > x->body_most)
		spill(x, 413);
	else if (!x->spilled && d->held + *n > d->o.max_held)
		spill(x, 503);
	if (x->seen > 4 * x->body_most)
		return MHD_NO;                       /* it never ends */
	if (!x->spilled) {
		buf_add(&x->body, data, *n);
		hold(x, *n);
	}
	*n = 0;
	return MHD_YES;
}

static void
deliver(struct exchange *x)
{
	x->whole = true;
	visitor_does(x->connection, WAITS);       /* it has said what it wants: from here on we are the slow ones */
	if (x->spilled == 413)
		refuse(x, 413, PROBLEM_BODY, "body.too_large", too_large);
	else if (x->spilled)
		refuse(x, 503, PROBLEM_INTERNAL, "http.too_busy", too_much);
	else
		x->door->o.handle(x->door->o.context, x);
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version,
    const char *data, size_t *n, void **con)
{
	struct exchange *x = *con;
	(void)cls, (void)url;

	if (!x->connection) {
		begin(x, c, method, version);
		return x->answered ? queue_answer(x) : MHD_YES;
	}
	if (*n)
		return take_piece(x, data, n);
	if (!x->whole)
		deliver(x);
	if (x->answered)
		return queue_answer(x);
	x->asleep = true;
	MHD_suspend_connection(c);
	return MHD_YES;
}

/* the request line is here: what is returned becomes the connection's context */
static void *
on_uri(void *cls, const char *uri, struct MHD_Connection *c)
{
	struct door *d = cls;
	struct exchange *x = exchange_new(d);
	(void)c;

	x->uri = arena_strdup(x->arena, uri);
	return x;
}

static void
on_finished(void *cls, struct MHD_Connection *c, void **con, enum MHD_RequestTerminationCode why)
{
	struct door *d = cls;
	struct exchange *x = *con;
	(void)why;

	if (!x)
		return;
	visitor_does(c, QUIET);
	*con = NULL;
	if (x->connection)
		d->o.finished(d->o.context, x);
	exchange_release(x);
}

/* ---- connections ------------------------------------------------------------------------------------ */

static void
on_connection(void *cls, struct MHD_Connection *c, void **context, enum MHD_ConnectionNotificationCode code)
{
	struct door *d = cls;
	struct visitor *v = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
		v = mem_new(sizeof *v);
		*v = (struct visitor){ .fd = i ? i->connect_fd : -1, .since = mono_now(), .next = d->visitors };
		if (d->visitors)
			d->visitors->before = v;
		d->visitors = v;
		d->connections++;
		*context = v;
		return;
	}
	if (v->before)
		v->before->next = v->next;
	else
		d->visitors = v->next;
	if (v->next)
		v->next->before = v->before;
	d->connections--;
	*context = NULL;
	mem_drop(v);
}

/* libmicrohttpd measures silence; this measures how long a request takes to arrive as a whole, and an answer to leave.
 * When places get few, those who have not said who they are lose theirs first. */
static int64_t
patience(const struct door *d, const struct visitor *v, bool crowded)
{
	int64_t usual = SECOND * d->o.timeout_seconds;

	switch (v->doing) {
	case QUIET: return crowded ? SECOND : 2 * usual;
	case SAYS: return 2 * usual;
	case HEARS: return 10 * usual;
	default: return INT64_MAX;
	}
}

static void
sweep(struct door *d)
{
	bool crowded = d->connections > d->o.max_connections - d->o.max_connections / 4;
	int64_t now = mono_now();

	if (now - d->swept < (crowded ? SECOND / 10 : SECOND))
		return;
	d->swept = now;
	for (struct visitor *v = d->visitors; v; v = v->next)
		if (now - v->since > patience(d, v, crowded) && v->fd >= 0)
			shutdown(v->fd, SHUT_RDWR);
}

/* ---- opening and closing -------------------------------------------------------------------------------- */

static bool
cannot_listen(struct error *err, const char *address, int port)
{
	int why = errno;

	if (why != EADDRINUSE)
		return error_set(err, ERROR_INVALID, "http.address", "Cannot listen on %s port %d: %s", address, port,
		    strerror(why));
	error_set(err, ERROR_UNAVAILABLE, "http.port_taken", "Port %d of %s is taken: another program listens there",
	    port, address);
	return error_hint(err, "Stop it, or set BSS_HTTP_PORT to another port (0: any free one)");
}

static int
listen_on(const char *address, int port, struct error *err)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *ai;
	char service[8];
	int on = 1;

	snprintf(service, sizeof service, "%d", port);
	if (getaddrinfo(address, service, &hints, &ai) != 0) {
		error_set(err, ERROR_INVALID, "http.address", "%s is not an address of this machine", address);
		return -1;
	}
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
		cannot_listen(err, address, port);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return fd;
}

static int
port_of(int fd)
{
	union { struct sockaddr sa; struct sockaddr_in v4; struct sockaddr_in6 v6; } at;
	socklen_t n = sizeof at;

	if (getsockname(fd, &at.sa, &n) != 0)
		return 0;
	return ntohs(at.sa.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

static void
keep_quiet(void *cls, const char *format, va_list ap)
{
	(void)cls, (void)format, (void)ap;     /* hostile requests would fill the log */
}

static struct MHD_Daemon *
start_daemon(struct door *d)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_SUSPEND_RESUME | MHD_USE_TURBO | MHD_USE_ERROR_LOG, 0, NULL, NULL,
	    on_request, d,
	    MHD_OPTION_EXTERNAL_LOGGER, keep_quiet, NULL,
	    MHD_OPTION_LISTEN_SOCKET, (MHD_socket)d->listener,
	    MHD_OPTION_URI_LOG_CALLBACK, on_uri, d,
	    MHD_OPTION_NOTIFY_COMPLETED, on_finished, d,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, d,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(HEADERS_MAX + (8 << 10)),
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)d->o.max_connections,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)d->o.max_per_address,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)d->o.timeout_seconds, MHD_OPTION_END);
}

/* a place that no descriptor is left for is none: what else runs here would fail for want of one */
static int
places(int wanted)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) != 0)
		return wanted;
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
	if (most.rlim_cur >= (rlim_t)wanted + DESCRIPTORS_KEPT)
		return wanted;
	return most.rlim_cur > 2 * DESCRIPTORS_KEPT ? (int)(most.rlim_cur - DESCRIPTORS_KEPT) : DESCRIPTORS_KEPT;
}

struct door *
door_open(const struct door_options *o, struct error *err)
{
	int fd = listen_on(o->address, o->port, err);
	if (fd < 0)
		return NULL;
	struct door *d = mem_new(sizeof *d);
	d->o = *o;
	d->o.max_connections = places(o->max_connections);
	d->listener = fd;
	d->port = port_of(fd);
	d->daemon = start_daemon(d);
	if (d->daemon)
		return d;
	error_set(err, ERROR_UNAVAILABLE, "http.start", "The HTTP server could not start: %s", strerror(errno));
	close(fd);
	mem_drop(d);
	return NULL;
}

int
door_port(const struct door *d)
{
	return d->port;
}

int
door_fd(const struct door *d)
{
	return MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int64_t
door_timeout(struct door *d)
{
	MHD_UNSIGNED_LONG_LONG ms;

	return MHD_get_timeout(d->daemon, &ms) == MHD_YES ? (int64_t)ms * 1000 : -1;
}

void
door_run(struct door *d)
{
	MHD_run(d->daemon);
	sweep(d);
}

int
door_busy(const struct door *d)
{
	return d->busy;
}

int
door_places(const struct door *d)
{
	return d->o.max_connections;
}

int
door_connections(const struct door *d)
{
	return d->connections;
}

size_t
door_held(const struct door *d)
{
	return d->held;
}

void
door_quiet(struct door *d)
{
	MHD_socket fd = MHD_quiesce_daemon(d->daemon);

	if (fd != MHD_INVALID_SOCKET)
		close(fd);
	d->listener = -1;
}

void
door_close(struct door *d)
{
	if (!d)
		return;
	for (struct exchange *x = d->asking; x; x = x->next)
		if (x->asleep) {
			buf_clear(&x->out);
			refuse(x, 503, PROBLEM_INTERNAL, "http.stopping", "The server is stopping: repeat with the same key");
		}
	MHD_run(d->daemon);
	MHD_run(d->daemon);
	MHD_stop_daemon(d->daemon);
	while (d->spare) {
		struct exchange *x = d->spare;
		d->spare = x->next;
		exchange_free(x);
	}
	mem_drop(d);
}
