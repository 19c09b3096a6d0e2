/* load_http.c -- usage records over HTTP: N connections that each keep one request in flight, K records a request.
 *
 *   load_http PORT CONNECTIONS RECORDS_A_REQUEST SECONDS MSISDN        (token: BSS_API_TOKEN)
 *
 * Prints one line of JSON: records a second, latencies of a request in microseconds.  Not a test: scripts/bench divides. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "tests/bench/samples.h"
#include "tests/bench/loopback.h"

#define CONNECTIONS_MAX 1000

struct connection { int fd; struct buf in; int64_t sent; };
struct load {
	struct connection c[CONNECTIONS_MAX]; int n, records;
	const char *token, *msisdn;
	char run[24], now[TIME_TEXT];
	struct buf body, request;
	int64_t made, answered, rated;
	struct samples took;
};

static void
add_record(struct load *l)
{
	buf_printf(&l->body, "{\"msisdn\":\"%s\",\"eventType\":\"voice\",\"eventTime\":\"%s\",\"quantity\":1,\"unit\":\"minutes\","
	    "\"reference\":\"%s-%lld\"}", l->msisdn, l->now, l->run, (long long)l->made++);
}

static void
send_one(struct load *l, struct connection *c)
{
	buf_clear(&l->body);
	buf_clear(&l->request);
	if (l->records > 1)
		buf_byte(&l->body, '[');
	for (int i = 0; i < l->records; i++) {
		if (i)
			buf_byte(&l->body, ',');
		add_record(l);
	}
	if (l->records > 1)
		buf_byte(&l->body, ']');
	buf_printf(&l->request, "POST /usage-api/v1/usage HTTP/1.1\r\nHost: x\r\nX-BSS-API-Token: %s\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", l->token, l->body.len);
	buf_add(&l->request, l->body.data, l->body.len);
	for (size_t at = 0; at < l->request.len;) {
		ssize_t n = send(c->fd, l->request.data + at, l->request.len - at, MSG_NOSIGNAL);
		must(n > 0);
		at += (size_t)n;
	}
	buf_clear(&c->in);
	c->sent = mono_now();
}

static bool
whole(const struct buf *in, const char **body)
{
	const char *end = strstr(buf_text(in), "\r\n\r\n"), *length = strcasestr(buf_text(in), "\r\nContent-Length:");

	if (!end || !length)
		return false;
	*body = end + 4;
	return in->len >= (size_t)(*body - in->data) + strtoul(length + 17, NULL, 10);
}

static void
receive(struct load *l, struct connection *c)
{
	const char *body;
	char *room = buf_room(&c->in, 1 << 18);
	ssize_t n = recv(c->fd, room, 1 << 18, 0);

	must(n > 0);
	c->in.len += (size_t)n;
	c->in.data[c->in.len] = 0;
	if (!whole(&c->in, &body))
		return;
	for (const char *p = body; (p = strstr(p, "\"status\":\"201\"")); p++)
		l->rated++;
	l->answered += l->records;
	samples_add(&l->took, mono_now() - c->sent);
	send_one(l, c);
}

static void
run(struct load *l, int64_t until)
{
	struct pollfd fds[CONNECTIONS_MAX];

	for (int i = 0; i < l->n; i++)
		send_one(l, &l->c[i]);
	while (mono_now() < until) {
		for (int i = 0; i < l->n; i++)
			fds[i] = (struct pollfd){ l->c[i].fd, POLLIN, 0 };
		poll(fds, (nfds_t)l->n, 100);
		for (int i = 0; i < l->n; i++)
			if (fds[i].revents)
				receive(l, &l->c[i]);
	}
}

int
main(int argc, char **argv)
{
	static struct load l;
	struct error err = { 0 };

	if (argc != 6 || !config_load(&err) || !config_text("BSS_API_TOKEN")) {
		fputs("usage: load_http PORT CONNECTIONS RECORDS_A_REQUEST SECONDS MSISDN (and BSS_API_TOKEN)\n", stderr);
		return 2;
	}
	l.n = atoi(argv[2]) < CONNECTIONS_MAX ? atoi(argv[2]) : CONNECTIONS_MAX;
	l.records = atoi(argv[3]);
	l.msisdn = argv[5];
	l.token = config_text("BSS_API_TOKEN");
	l.took = samples_new();
	snprintf(l.run, sizeof l.run, "l%lld", (long long)wall_now());
	time_format(wall_now() / SECOND * SECOND, l.now);
	for (int i = 0; i < l.n; i++)
		l.c[i].fd = loopback_connect(atoi(argv[1]));
	int64_t began = mono_now();
	run(&l, began + atoi(argv[4]) * SECOND);
	int64_t took = mono_now() - began;
	samples_sort(&l.took);
	printf("{\"per_second\":%lld,\"rated\":%lld,\"answered\":%lld,\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n",
	    (long long)(l.answered * SECOND / took), (long long)l.rated, (long long)l.answered, samples_at(&l.took, 500),
	    samples_at(&l.took, 990), samples_at(&l.took, 1000));
	return 0;
}
