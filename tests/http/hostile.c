/* hostile.c -- HTTP that is malformed, huge or slow harms nobody: raw bytes against a running stack.
 *
 * tests/http/run.sh starts it with limits so small that they are reached in seconds.  Behind every attack somebody who
 * behaves asks for something, and must be served at once. */
#include "tests/unit/check.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/config.h"

#define CUSTOMERS "/tmf-api/customerManagement/v4/customer"
#define PATIENCE (20 * SECOND)

static int port;
static char token[200];                      /* as a header line */
static char answer[1 << 20];

/* ---- a client of bytes ------------------------------------------------------------------------- */

/* from an address of its own: 127.0.0.n */
static int
visit_from(int n)
{
	struct sockaddr_in me = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + (uint32_t)n) };
	struct sockaddr_in it = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof me), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&it, sizeof it), 0);
	return fd;
}

static bool
say(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;                /* it has had enough, which is its right */
		bytes += sent;
		n -= (size_t)sent;
	}
	return true;
}

/* what comes until it hangs up; or until `enough` was there, when it keeps the connection */
static const char *
hear(int fd, const char *enough, int64_t timeout)
{
	int64_t until = mono_now() + timeout;
	size_t n = 0;

	answer[0] = 0;
	while (n < sizeof answer - 1 && !(enough && strstr(answer, enough))) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = until - mono_now();
		if (left <= 0 || poll(&p, 1, (int)(left / 1000) + 1) <= 0)
			break;
		ssize_t got = recv(fd, answer + n, sizeof answer - 1 - n, 0);
		if (got <= 0)
			break;
		for (ssize_t i = 0; i < got; i++)
			if (answer[n + (size_t)i] == 0)
				answer[n + (size_t)i] = ' ';
		n += (size_t)got;
		answer[n] = 0;
	}
	return answer;
}

static int
status_of(const char *text)
{
	return strncmp(text, "HTTP/1.1 ", 9) == 0 ? atoi(text + 9) : 0;
}

static int
times(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* @ in a request stands for the token's header, ^ for a NUL */
static void
fill(struct buf *out, const char *request)
{
	for (; *request; request++)
		if (*request == '@')
			buf_str(out, token);
		else
			buf_byte(out, *request == '^' ? 0 : *request);
}

static const char *
ask(const char *request)
{
	struct buf b = { 0 };
	int fd = visit_from(2);

	fill(&b, request);
	say(fd, b.data, b.len);
	buf_free(&b);
	hear(fd, NULL, 3 * SECOND);
	close(fd);
	return answer;
}

static void
others_are_served(void)
{
	static const char *const wishes[] = { "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"GET " CUSTOMERS "?limit=1 HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n" };

	for (int i = 0; i < 2; i++) {
		int64_t began = mono_now();
		if (status_of(ask(wishes[i])) != 200)
			fail_msg("who behaves was answered: %.200s", answer);
		assert_true(mono_now() - began < SECOND);
	}
}

/* ---- one bad request each -------------------------------------------------------------------------- */

#define GET "GET " CUSTOMERS "?limit=1 HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n"
#define POST "POST " CUSTOMERS " HTTP/1.1\r\nHost: x\r\n@Connection: close\r\nContent-Type: application/json\r\n"
#define AT(path) "GET " path " HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n"

static const struct { const char *what, *request; int status; const char *says; } bad[] = {
	{ "HTTP/0.9", "GET /health\r\n\r\n", 400, NULL },
	{ "HTTP/2", "GET /health HTTP/2.0\r\nHost: x\r\n\r\n", 505, NULL },
	{ "a header without colon", GET "nothing\r\n\r\n", 400, NULL },
	{ "a blank before the colon", GET "X-A : b\r\n\r\n", 400, "http.malformed" },
	{ "no Host", "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "Host" },
	{ "HTTP/1.0 without Host", "GET /health HTTP/1.0\r\n\r\n", 200, "ok" },
	{ "two Hosts", GET "Host: y\r\n\r\n", 400, "twice" },
	{ "two lengths", POST "Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}", 400, "twice" },
	{ "a length and chunks", POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400, "not both" },
	{ "another coding", POST "Transfer-Encoding: gzip\r\n\r\nxx", 501, "chunked" },
	{ "two tokens", GET "X-BSS-API-Token: other\r\n\r\n", 400, "twice" },
	{ "two actors", GET "X-BSS-Actor: a\r\nx-bss-actor: b\r\n\r\n", 400, "twice" },
	{ "a length below zero", POST "Content-Length: -1\r\n\r\n{}", 400, NULL },
	{ "a length that is none", POST "Content-Length: 1x\r\n\r\n{}", 400, NULL },
	{ "an endless length", POST "Content-Length: 99999999999999999999\r\n\r\n{}", 413, NULL },
	{ "a length over the limit", POST "Content-Length: 1000000000\r\n\r\n{}", 413, "body.too_large" },
	{ "chunks of no size", POST "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400, NULL },
	{ "a chunk below zero", POST "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n", 400, NULL },
	{ "a chunk beyond everything", POST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n", 413, NULL },
	{ "another expectation", POST "Expect: tea\r\nContent-Length: 2\r\n\r\n{}", 417, NULL },
	{ "too large to be expected", POST "Expect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n", 413, NULL },
	{ "a stranger expects to be asked", "POST " CUSTOMERS " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
	  401, "AUTH_MISSING_TOKEN" },
	{ "a stranger sends", "POST " CUSTOMERS " HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n{", 401, "AUTH_MISSING_TOKEN" },
	{ "a stranger sends where no token is needed", "POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n{", 413,
	  "body.too_large" },
	{ "nobody's token", "GET " CUSTOMERS " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-BSS-API-Token: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n",
	  401, "AUTH_INVALID_TOKEN" },
	{ "an identity that is claimed", "GET " CUSTOMERS " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-BSS-Service-Identity: default\r\n\r\n",
	  401, "AUTH_MISSING_TOKEN" },
	{ "up and out", AT("/tmf-api/../../etc/passwd"), 404, "not_found" },
	{ "up and out, encoded", AT("/tmf-api/%2e%2e/%2E%2E/etc/passwd"), 404, "not_found" },
	{ "an encoded slash", AT(CUSTOMERS "/a%2fb"), 404, "not_found" },
	{ "half an escape", AT(CUSTOMERS "/%4"), 400, "url.malformed" },
	{ "an encoded NUL", AT(CUSTOMERS "/a%00b"), 400, "url.malformed" },
	{ "no UTF-8", AT(CUSTOMERS "/%ff%fe"), 400, "url.malformed" },
	{ "a raw byte", AT(CUSTOMERS "/\xff"), 400, "url.malformed" },
	{ "an encoded line end", AT(CUSTOMERS "/%0d%0aX-Injected:%20y"), 404, "\\r\\n" },
	{ "a NUL in the path", AT(CUSTOMERS "/nosuch^more"), 404, "not_found" },
	{ "a NUL in a header", GET "X-BSS-Actor: a^b\r\n\r\n", 200, NULL },
	{ "the whole address", "GET http://example.test" CUSTOMERS "?limit=1 HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n", 200, "X-Total-Count" },
	{ "an address without path", "GET http://example.test HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n", 400, "url.malformed" },
	{ "no path at all", "GET * HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n", 400, "url.malformed" },
	{ "CONNECT", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n", 400, "url.malformed" },
	{ "TRACE tells nothing", "TRACE " CUSTOMERS " HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n", 405, "GET, POST" },
	{ "a method of nobody", "BREW " CUSTOMERS " HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n", 405, "method_not_allowed" },
	{ "OPTIONS", "OPTIONS " CUSTOMERS " HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n", 204, "Allow: HEAD, GET, POST, OPTIONS" },
	{ "HEAD", "HEAD " CUSTOMERS " HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n", 200, "X-Total-Count" },
	{ "no body", POST "Content-Length: 0\r\n\r\n", 400, "body.missing" },
	{ "a body in chunks", POST "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400, "mandatory" },
	{ "a body with a NUL", POST "Content-Length: 12\r\n\r\n{\"name\":\"^\"}", 400, "NUL" },
	{ "a name twice", POST "Content-Length: 23\r\n\r\n{\"name\":\"a\",\"name\":\"b\"}", 400, "json.ambiguous" },
	{ "all that is wrong at once", POST "Content-Length: 37\r\n\r\n{\"name\":7,\"account\":1,\"status\":\"new\"}", 400, "engagedParty" },
};

static void
each_bad_request_has_its_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ask(bad[i].request);
		if (status_of(answer) != bad[i].status || (bad[i].says && !strstr(answer, bad[i].says)))
			fail_msg("%s: expected %d %s, got %.400s", bad[i].what, bad[i].status,
				bad[i].says ? bad[i].says : "", answer);
		if (strstr(answer, token) || strstr(answer, "\r\nX-Injected"))
			fail_msg("%s: the answer tells what it must not: %.400s", bad[i].what, answer);
	}
	others_are_served();
}

/* ---- huge --------------------------------------------------------------------------------------------- */

static void
repeated(const char *head, const char *piece, size_t bytes, const char *tail, int status)
{
	struct buf b = { 0 };
	int fd = visit_from(2);

	fill(&b, head);
	for (size_t n = 0; n < bytes; n += strlen(piece))
		buf_str(&b, piece);
	buf_str(&b, tail);
	say(fd, b.data, b.len);
	hear(fd, NULL, 5 * SECOND);
	if (status_of(answer) != status && *answer)          /* it may hang up on who goes on sending */
		fail_msg("%.60s... is answered %.300s", head, answer);
	buf_free(&b);
	close(fd);
}

static void
what_is_huge_is_cut_short(void **state)
{
	(void)state;
	repeated("GET " CUSTOMERS "?name=", "a", 5000, " HTTP/1.1\r\nHost: x\r\n\r\n", 414);
	repeated("GET " CUSTOMERS "?name=", "a", 60000, " HTTP/1.1\r\nHost: x\r\n\r\n", 414);
	repeated(GET "X-Big: ", "a", 60000, "\r\n\r\n", 431);
	repeated(GET, "A: b\r\n", 60000, "\r\n", 431);
	repeated(POST "Content-Length: 2000000\r\n\r\n", "[", 2000000, "", 400);
	repeated(POST "Content-Length: 2000000\r\n\r\n", "{\"a\":", 2000000, "", 400);
	repeated(POST "Transfer-Encoding: chunked\r\n\r\n", "8\r\naaaaaaaa\r\n", 9000000, "0\r\n\r\n", 413);
	others_are_served();
}

/* ---- many, at once and in a row ------------------------------------------------------------------------- */

static void
one_connection_serves_many_requests(void **state)
{
	struct buf b = { 0 };
	int fd = visit_from(2);
	(void)state;

	for (int i = 0; i < 20; i++)
		buf_str(&b, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
	fill(&b, "POST " CUSTOMERS " HTTP/1.1\r\nHost: x\r\n@Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
	fill(&b, GET "\r\n");
	assert_true(say(fd, b.data, b.len));
	hear(fd, NULL, 5 * SECOND);
	assert_int_equal(times(answer, "HTTP/1.1 200"), 21);
	assert_int_equal(times(answer, "HTTP/1.1 400"), 1);
	assert_true(strstr(answer, "HTTP/1.1 400") > strstr(answer, "\"ok\""));
	buf_free(&b);
	close(fd);
}

static void
who_hangs_up_leaves_nothing_behind(void **state)
{
	static const char request[] = "POST /usage-api/v1/usage HTTP/1.1\r\nHost: x\r\n@Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n[{";
	(void)state;

	for (int i = 0; i < 300; i++) {
		struct buf b = { 0 };
		int fd = visit_from(2 + i % 8);
		fill(&b, i % 2 ? GET "\r\n" : request);
		say(fd, b.data, b.len - (i % 3 == 0 ? 20 : 0));
		if (i % 5 == 0)                      /* a reset, not a goodbye */
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
		buf_free(&b);
		close(fd);
	}
	others_are_served();
}

/* ---- slow ------------------------------------------------------------------------------------------------- */

static bool
hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c[512];
	ssize_t n = 1;

	while (poll(&p, 1, 0) > 0 && (n = recv(fd, c, sizeof c, MSG_DONTWAIT)) > 0)
		;
	return n == 0 || (n < 0 && errno == ECONNRESET);
}

/* each moves a byte well within the silence that is allowed, and would go on for ever */
static void
tricklers_are_sent_away(void **state)
{
	static const char *const begun[] = { "", "GET /heal", "GET /health HTTP/1.1\r\nHost: x\r\nX-A: ",
		POST "Content-Length: 10000\r\n\r\n",
		POST "Transfer-Encoding: chunked\r\n\r\n2710\r\n" };
	enum { N = sizeof begun / sizeof begun[0] };
	int fds[N], left = N;
	bool gone[N] = { false };
	int64_t until = mono_now() + PATIENCE;
	(void)state;

	for (int i = 0; i < N; i++) {
		struct buf b = { 0 };
		fds[i] = visit_from(3);
		fill(&b, begun[i]);
		say(fds[i], buf_text(&b), b.len);
		buf_free(&b);
	}
	while (left && mono_now() < until) {
		for (int i = 0; i < N; i++)
			if (!gone[i] && (hung_up(fds[i]) || !say(fds[i], "a", 1))) {
				gone[i] = true;
				left--;
			}
		others_are_served();
		sleep_for(SECOND / 4);
	}
	assert_int_equal(left, 0);
	for (int i = 0; i < N; i++)
		close(fds[i]);
}

/* more visitors than there are places, all silent: who comes later still gets one soon */
static void
a_crowd_of_silent_visitors_keeps_nobody_out(void **state)
{
	enum { CROWD = 600 };
	int fds[CROWD], n = 0;
	int64_t began = mono_now();
	(void)state;

	for (; n < CROWD; n++) {
		fds[n] = visit_from(10 + n / 50);
		if (n % 2)
			say(fds[n], "GET /health HTTP/1.1\r\nHost", 26);
	}
	int fd = visit_from(2);
	say(fd, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 52);
	hear(fd, NULL, PATIENCE);
	assert_int_equal(status_of(answer), 200);
	assert_true(mono_now() - began < 10 * SECOND);
	close(fd);
	while (n > 0)
		close(fds[--n]);
	others_are_served();
}

/* one address may not take all places */
static void
one_address_has_its_share(void **state)
{
	int fds[80], shut = 0;
	(void)state;

	for (int i = 0; i < 80; i++)
		fds[i] = visit_from(9);
	others_are_served();
	for (int i = 0; i < 80; i++) {
		shut += hung_up(fds[i]);
		close(fds[i]);
	}
	assert_true(shut >= 80 - 60);
}

/* ---- memory ------------------------------------------------------------------------------------------------ */

static long
measured(const char *name)
{
	const char *line = strstr(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n@Connection: close\r\n\r\n"), name);

	if (!line)
		fail_msg("there is no %s in %.300s", name, answer);
	return atol(line + strlen(name));
}

/* bodies of 1 MB each, none of which ends, from those who have a token: beyond what may be held they are told to wait */
static void
bodies_together_have_a_limit(void **state)
{
	enum { N = 40 };
	int fds[N], waiting = 0, told = 0;
	(void)state;

	for (int i = 0; i < N; i++) {
		struct buf b = { 0 };
		fds[i] = visit_from(4 + i % 4);
		fill(&b, POST "Transfer-Encoding: chunked\r\n\r\nf4240\r\n");
		for (int k = 0; k < 999000; k++)
			buf_byte(&b, ' ');
		say(fds[i], b.data, b.len);
		buf_free(&b);
	}
	others_are_served();
	assert_true(measured("\nbss_http_held_bytes ") > 4 << 20);
	assert_true(measured("\nbss_http_held_bytes ") <= 8 << 20);
	for (int i = 0; i < N; i++) {
		char rest[1024];
		memset(rest, ' ', 1000);
		memcpy(rest + 1000, "\r\n0\r\n\r\n", 8);
		say(fds[i], rest, 1007);
		hear(fds[i], NULL, 5 * SECOND);
		waiting += status_of(answer) == 400;
		told += status_of(answer) == 503;
		close(fds[i]);
	}
	assert_true(told >= N - 12);
	assert_true(waiting >= 1);
	others_are_served();
	assert_true(measured("\nbss_http_held_bytes ") < 1 << 20);
}

/* ---- by chance ----------------------------------------------------------------------------------------------- */

static uint64_t
dice(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void
damage(struct buf *b)
{
	static const char spice[] = "\r\n%{}[]\"\\:;,&=*. \t\0\xff";

	for (uint64_t k = dice() % 5; k > 0 && b->len; k--)
		b->data[dice() % b->len] = dice() % 2 ? spice[dice() % (sizeof spice - 1)] : (char)dice();
	if (dice() % 4 == 0)
		b->len = dice() % (b->len + 1);
}

/* requests that were right once, each damaged in a few places, many on their way at the same time */
static void
damaged_requests_harm_nobody(void **state)
{
	static const char *const right[] = { "GET " CUSTOMERS "?name.regex=a.*&sort=-name&fields=name,engagedParty.id&limit=3 HTTP/1.1\r\nHost: x\r\n@\r\n",
		POST "Idempotency-Key: k1\r\nContent-Length: 40\r\n\r\n{\"name\":\"abc\",\"engagedParty\":{\"id\":\"1\"}}",
		"PATCH " CUSTOMERS "/CUST-1 HTTP/1.1\r\nHost: x\r\n@Content-Type: application/merge-patch+json\r\nContent-Length: 33\r\n\r\n"
		"{\"statusReason\":null,\"x\":[1,2e3]}",
		"POST /usage-api/v1/usage HTTP/1.1\r\nHost: x\r\n@Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3e\r\n[{\"msisdn\":\"1\",\"eventType\":\"data\",\"quantity\":5,\"unit\":\"mb\"},7]\r\n0\r\n\r\n",
		"GET /audit-api/v1/events?aggregateType=customer&limit=2&order=desc&occurredSince=2026-01-01T00:00:00Z HTTP/1.1\r\nHost: x\r\n@\r\n" };
	int fds[20];
	(void)state;

	for (int i = 0; i < 1000; i++) {
		struct buf b = { 0 };
		int *fd = &fds[i % 20];
		if (i >= 20)
			close(*fd);
		*fd = visit_from(2 + i % 7);
		fill(&b, right[i % 5]);
		damage(&b);
		say(*fd, buf_text(&b), b.len);
		buf_free(&b);
		if (i % 100 == 99)
			others_are_served();
	}
	for (int i = 0; i < 20; i++)
		close(fds[i]);
}

/* last: whatever was done above, no process ended over it */
static void
nothing_was_started_again(void **state)
{
	(void)state;
	assert_int_equal(measured("bss_process_restarts_total{process=\"gateway\"} "), 0);
	assert_int_equal(measured("bss_process_restarts_total{process=\"core\"} "), 0);
	assert_int_equal(measured("bss_process_ready{process=\"gateway\"} "), 1);
}

int
main(void)
{
	const char *url = config_foreign("STACK_URL"), *secret = config_foreign("BSS_API_TOKEN");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bad_request_has_its_answer),
		cmocka_unit_test(what_is_huge_is_cut_short),
		cmocka_unit_test(one_connection_serves_many_requests),
		cmocka_unit_test(who_hangs_up_leaves_nothing_behind),
		cmocka_unit_test(one_address_has_its_share),
		cmocka_unit_test(bodies_together_have_a_limit),
		cmocka_unit_test(tricklers_are_sent_away),
		cmocka_unit_test(a_crowd_of_silent_visitors_keeps_nobody_out),
		cmocka_unit_test(damaged_requests_harm_nobody),
		cmocka_unit_test(nothing_was_started_again),
	};

	if (!url || !secret || sscanf(url, "http://127.0.0.1:%d", &port) != 1)
		return fprintf(stderr, "hostile wants a stack: tests/http/run.sh\n"), 2;
	snprintf(token, sizeof token, "X-BSS-API-Token: %s\r\n", secret);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
