/* load_get.c -- GET over HTTP: N kept-alive connections; as fast as answers come, or at a given rate.
 *
 *   load_get PORT CONNECTIONS SECONDS PATH [REQUESTS_A_SECOND]        (token: BSS_API_TOKEN)
 *
 * At a rate each connection has its own times to send, and a request counts from when it was due: waiting behind a slow
 * answer is in the figure.  Prints one line of JSON, microseconds.  An answer that is not 200 ends the run. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/must.h"
#include "tests/bench/samples.h"
#include "tests/bench/loopback.h"

#define CONNECTIONS_MAX 1000

struct connection { int fd; struct buf in; int64_t due; bool waiting; };
struct load {
	struct connection c[CONNECTIONS_MAX]; int n;
	struct buf request;
	int64_t between;                     /* of one connection's requests; 0: at once */
	struct samples took;
	int64_t bytes;
};

static void
send_one(struct load *l, struct connection *c)
{
	must(send(c->fd, l->request.data, l->request.len, MSG_NOSIGNAL) == (ssize_t)l->request.len);
	c->waiting = true;
	buf_clear(&c->in);
}

static bool
whole(const struct buf *in)
{
	const char *end = strstr(buf_text(in), "\r\n\r\n"), *length = strcasestr(buf_text(in), "\r\nContent-Length:");

	return end && length && in->len >= (size_t)(end + 4 - in->data) + strtoul(length + 17, NULL, 10);
}

static void
check_status(const struct buf *in)
{
	if (strncmp(buf_text(in), "HTTP/1.1 200", 12) == 0)
		return;
	fprintf(stderr, "load_get: %.300s\n", buf_text(in));
	exit(1);
}

static void
receive(struct load *l, struct connection *c)
{
	ssize_t n = recv(c->fd, buf_room(&c->in, 1 << 16), 1 << 16, 0);

	must(n > 0);
	c->in.len += (size_t)n;
	c->in.data[c->in.len] = 0;
	if (!whole(&c->in))
		return;
	check_status(&c->in);
	samples_add(&l->took, mono_now() - c->due);
	l->bytes += (int64_t)c->in.len;
	c->waiting = false;
	c->due = l->between ? c->due + l->between : mono_now();
}

/* sends what is due; how long until the next one is */
static int64_t
send_due(struct load *l)
{
	int64_t now = mono_now(), wait = SECOND / 10;

	for (int i = 0; i < l->n; i++) {
		if (l->c[i].waiting)
			continue;
		if (l->c[i].due <= now)
			send_one(l, &l->c[i]);
		else if (l->c[i].due - now < wait)
			wait = l->c[i].due - now;
	}
	return wait;
}

static void
run(struct load *l, int64_t until)
{
	struct pollfd fds[CONNECTIONS_MAX];

	while (mono_now() < until) {
		int64_t wait = send_due(l);
		struct timespec t = { .tv_nsec = wait * 1000 };

		for (int i = 0; i < l->n; i++)
			fds[i] = (struct pollfd){ l->c[i].fd, POLLIN, 0 };
		ppoll(fds, (nfds_t)l->n, &t, NULL);
		for (int i = 0; i < l->n; i++)
			if (fds[i].revents)
				receive(l, &l->c[i]);
	}
}

static void
start(struct load *l, int port, const char *path, int64_t began)
{
	buf_printf(&l->request, "GET %s HTTP/1.1\r\nHost: x\r\nX-BSS-API-Token: %s\r\nAccept: application/json\r\n\r\n", path,
	    config_text("BSS_API_TOKEN"));
	l->took = samples_new();
	for (int i = 0; i < l->n; i++) {
		l->c[i].fd = loopback_connect(port);
		l->c[i].due = began + l->between * i / l->n;
	}
}

int
main(int argc, char **argv)
{
	static struct load l;
	struct error err = { 0 };

	if (argc < 5 || argc > 6 || !config_load(&err) || !config_text("BSS_API_TOKEN")) {
		fputs("usage: load_get PORT CONNECTIONS SECONDS PATH [REQUESTS_A_SECOND] (and BSS_API_TOKEN)\n", stderr);
		return 2;
	}
	l.n = atoi(argv[2]) < CONNECTIONS_MAX ? atoi(argv[2]) : CONNECTIONS_MAX;
	l.between = argc == 6 ? SECOND * l.n / atoi(argv[5]) : 0;
	int64_t began = mono_now();
	start(&l, atoi(argv[1]), argv[4], began);
	run(&l, began + atoi(argv[3]) * SECOND);
	int64_t took = mono_now() - began;
	samples_sort(&l.took);
	printf("{\"per_second\":%lld,\"bytes\":%lld,\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n",
		(long long)(l.took.n * SECOND / took),
	    (long long)(l.took.n ? l.bytes / l.took.n : 0), samples_at(&l.took, 500), samples_at(&l.took, 990),
	samples_at(&l.took, 1000));
	return 0;
}
