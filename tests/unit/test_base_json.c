/* test_base_json.c -- JSON's limits and writer, merge patch, configuration, log lines, the HTTP client. */
#include "tests/unit/check.h"
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/http_client.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void
reading_has_limits(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "{", "{}x", "{} {}", "[1,]", "{\"a\":\"\\u0000\"}", "\"\xFF\"", "nul",
		"{\"a\" 1}", "'x'" };
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct error e = { 0 };
		assert_null(json_parse(a, bad[i], strlen(bad[i]), &e));
		assert_string_equal(e.rule, "json.malformed");
		assert_non_null(strstr(e.context, "\"offset\":"));
	}
	char deep[131];
	memset(deep, '[', 65);
	memset(deep + 65, ']', 65);
	assert_null(json_parse(a, deep, 130, NULL));
	assert_non_null(json_parse(a, deep + 1, 128, NULL));
	assert_non_null(json_parse(a, "\"[[[\\\"[[[\"  \n", 12, NULL));
	const cJSON *t = json_parse(a, "{\"a\":{\"b\":[{\"c\":\"x\"}]}}", 23, NULL);
	assert_string_equal(json_text(json_path(t, "a.b.0"), "c"), "x");
	assert_null(json_path(t, "a.b.1"));
	assert_null(json_path(t, "a.b.zero"));
	arena_free(a);
}

static void
what_two_readers_would_read_differently_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "{\"a\":1,\"a\":2}", "[{\"x\":{\"b\":1,\"c\":2,\"\\u0062\":3}}]", "{\"n\":1e999}",
		"[-1e400]" };
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct error e = { 0 };
		assert_non_null(json_parse(a, bad[i], strlen(bad[i]), &e));
		assert_null(json_parse_strictly(a, bad[i], strlen(bad[i]), &e));
		assert_string_equal(e.rule, "json.ambiguous");
	}
	static const char fine[] = "{\"a\":{\"a\":1},\"A\":[{\"a\":1},{\"a\":1.5e300}]}";
	assert_non_null(json_parse_strictly(a, fine, sizeof fine - 1, NULL));
	struct error e = { 0 };
	assert_null(json_parse(a, "{\"a\":\"\xC3\"}", 8, &e));
	assert_non_null(strstr(e.context, "\"offset\":6"));
	arena_free(a);
}

static void
the_writer_places_commas_and_escapes(void **state)
{
	(void)state;
	struct buf b = { 0 };
	struct json j = json_to(&b);
	json_object(&j);
	json_put(&j, "a\"", "x\ny\x01");
	json_put(&j, "n", NULL);
	json_key(&j, "l");
	json_array(&j);
	json_int(&j, INT64_MIN);
	json_real(&j, 0.1);
	json_bool(&j, true);
	json_object(&j);
	json_object_end(&j);
	json_array_end(&j);
	json_put_time(&j, "t", 0);
	json_put_time_ms(&j, "m", SECOND);
	json_put_decimal(&j, "d", (struct money){ 2500, "SGD" });
	json_put_float(&j, "f", (struct money){ 2500, "SGD" });
	json_put_float(&j, "g", (struct money){ 2505, "SGD" });
	json_put_float(&j, "h", (struct money){ 25, "JPY" });
	json_put(&j, "broken", "a\xFFz");
	json_object_end(&j);
	assert_string_equal(b.data, "{\"a\\\"\":\"x\\ny\\u0001\",\"n\":null,\"l\":[-9223372036854775808,0.1,true,{}],"
		"\"t\":null,\"m\":\"1970-01-01T00:00:01.000Z\",\"d\":\"25.00\",\"f\":25.0,\"g\":25.05,\"h\":25.0,"
		"\"broken\":\"a?z\"}");
	buf_free(&b);
}

/* the examples of RFC 7396, appendix A, that are objects */
static void
merge_patch(void **state)
{
	(void)state;
	static const char *const rows[][3] = {
		{ "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" }, { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"a\":null}", "{}" }, { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
		{ "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" }, { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
		{ "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
		{ "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" }, { "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
		{ "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" }, { "{\"a\":\"foo\"}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}" } };
	struct arena *a = arena_new();
	struct error e = { 0 };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(json_merge_patch(a, rows[i][0], rows[i][1], &e), rows[i][2]);
	assert_null(json_merge_patch(a, "{}", "[]", &e));
	assert_null(json_merge_patch(a, "{}", "{", &e));
	arena_free(a);
}

/* the environment is the test's own: BSS_* of the caller is removed */
static bool
load_with(const char *name, const char *value, struct error *e)
{
	setenv(name, value, 1);
	bool ok = config_load(e);
	unsetenv(name);
	return ok;
}

static void
configuration_is_checked_whole(void **state)
{
	(void)state;
	struct error e = { 0 };
	assert_true(load_with("BSS_HTTP_PORT", "8123", &e));
	assert_int_equal(config_int("BSS_HTTP_PORT"), 8123);
	assert_true(config_load(&e));
	assert_int_equal(config_int("BSS_HTTP_PORT"), 8000);
	assert_true(config_bool("BSS_REQUIRE_KYC"));
	assert_null(config_text("BSS_DB_URL"));
	assert_true(load_with("BSS_REQUIRE_KYC", "off", &e));
	assert_false(config_bool("BSS_REQUIRE_KYC"));
	assert_false(load_with("BSS_HTTP_PORT", "70000", &e));
	assert_non_null(strstr(e.message, "0 to 65535"));
	assert_false(load_with("BSS_HTTP_PORTT", "1", &e));
	assert_string_equal(e.rule, "config.unknown");
	assert_non_null(strstr(e.message, "BSS_HTTP_PORT"));
	assert_false(load_with("BSS_REQUIRE_KYC", "perhaps", &e));
	assert_true(load_with("BSS_MQ_URL", "amqp://x", &e));
	assert_true(load_with("BSS_CATALOG_URL", "http://x", &e));
	assert_true(load_with("BSS_LLM_API_KEY", "", &e));
	assert_null(config_text("BSS_LLM_API_KEY"));
	config_set("BSS_STATE_DIR", "/tmp/x");
	assert_string_equal(config_state_dir(), "/tmp/x");
	assert_true(config_load(&e));
}

static void
every_row_has_a_value_in_its_range_and_help(void **state)
{
	(void)state;
	struct buf help = { 0 };
	for (const struct config_row *r = config_rows; r->name; r++) {
		assert_true(strncmp(r->name, "BSS_", 4) == 0 && r->help && *r->help);
		for (const struct config_row *q = config_rows; q < r; q++)
			assert_string_not_equal(q->name, r->name);
		if (r->kind == CONFIG_INT)
			assert_true(config_int(r->name) >= r->low && config_int(r->name) <= r->high);
		if (r->kind == CONFIG_BOOL)
			(void)config_bool(r->name);
		assert_true(!r->secret || !r->fallback);
	}
	config_help(&help, true);
	assert_non_null(strstr(help.data, "| `BSS_HTTP_PORT` | 8000 (0 to 65535) |"));
	buf_free(&help);
}

static void
the_env_file_yields_to_the_environment(void **state)
{
	(void)state;
	char dir[] = "/tmp/bss-env-XXXXXX", *before = getcwd(NULL, 0);
	struct error e = { 0 };
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	FILE *f = fopen(".env", "w");
	fputs("# a comment\n\nBSS_HTTP_PORT=\"8111\"\nBSS_TENANT_DEFAULT='T1'\nPATH=/nowhere\nBSS_LOG_LEVEL=debug\n", f);
	fclose(f);
	assert_true(load_with("BSS_LOG_LEVEL", "warn", &e));
	assert_int_equal(config_int("BSS_HTTP_PORT"), 8111);
	assert_string_equal(config_text("BSS_TENANT_DEFAULT"), "T1");
	assert_string_equal(config_text("BSS_LOG_LEVEL"), "warn");
	unlink(".env");
	assert_int_equal(chdir(before), 0);
	rmdir(dir);
	free(before);
	assert_true(config_load(&e));
}

/* what log lines are written while f runs */
static char *
captured(void (*f)(void), char *out, size_t size)
{
	int pipes[2], saved = dup(2);
	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[1], 2);
	f();
	dup2(saved, 2);
	close(pipes[1]);
	close(saved);
	ssize_t n = read(pipes[0], out, size - 1);
	out[n > 0 ? n : 0] = 0;
	close(pipes[0]);
	return out;
}

static void
write_lines(void)
{
	struct error e = { 0 };
	log_start("test", LOG_INFO);
	log_field("correlation_id", "C-1");
	log_field("correlation_id", "C-2");
	log_debug("not.shown", "a", "b");
	log_info("usage.rated", "usage_id", "U\"1", "token", "tok_abc", "Card-Number", "4242", "payload",
		"{\"customer\":{\"email\":\"ada@x\",\"list\":[{\"cvv\":\"999\",\"ok_id\":\"Z\"}]}}", "absent", NULL,
		"after", "seen");
	error_set(&e, ERROR_REFUSED, "a.b", "no");
	error_fact(&e, "password", "hunter2");
	error_fact(&e, "count_id", "N");
	log_error_line("command.refused", &e);
	log_fields_clear();
}

static void
log_lines_are_json_and_keep_secrets(void **state)
{
	(void)state;
	char out[8192];
	struct arena *a = arena_new();
	captured(write_lines, out, sizeof out);
	assert_null(strstr(out, "not.shown"));
	static const char *const hidden[] = { "tok_abc", "4242", "ada@x", "999", "hunter2", "C-1" };
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		assert_null(strstr(out, hidden[i]));
	char *second = strchr(out, '\n') + 1;
	const cJSON *one = json_parse(a, out, (size_t)(second - out), NULL);
	const cJSON *two = json_parse(a, second, strlen(second), NULL);
	assert_string_equal(json_text(one, "usage_id"), "U\"1");
	assert_string_equal(json_text(one, "correlation_id"), "C-2");
	assert_string_equal(json_text(one, "service"), "test");
	assert_string_equal(json_text(one, "after"), "seen");
	assert_string_equal(json_text(json_path(one, "payload.customer.list.0"), "ok_id"), "Z");
	assert_string_equal(json_text(two, "rule"), "a.b");
	assert_string_equal(json_text(json_path(two, "context"), "count_id"), "N");
	arena_free(a);
}

static void
deeply(void)
{
	char deep[140];
	memset(deep, '[', 64);
	memset(deep + 64, ']', 64);
	deep[128] = 0;
	log_start("test", LOG_INFO);
	log_info("deep", "payload", deep);
	memset(deep, '[', 139);
	deep[139] = 0;
	log_info("deeper", "payload", deep);
}

static void
nesting_does_not_break_the_log(void **state)
{
	(void)state;
	char out[2048];
	captured(deeply, out, sizeof out);
	assert_non_null(strstr(out, "\"deep\""));
	assert_non_null(strstr(out, "\"deeper\""));
}

/* a server that answers `count` connections with the same bytes */
struct served { int fd, port, count; const char *answer; char seen[4096]; pthread_t thread; };

static void *
serve(void *arg)
{
	struct served *s = arg;
	for (int i = 0; i < s->count; i++) {
		int c = accept(s->fd, NULL, NULL);
		size_t have = 0;
		ssize_t n;
		while (have < sizeof s->seen - 1 && (n = read(c, s->seen + have, sizeof s->seen - 1 - have)) > 0) {
			have += (size_t)n;
			s->seen[have] = 0;
			char *end = strstr(s->seen, "\r\n\r\n");
			char *len = strstr(s->seen, "Content-Length: ");
			if (end && (!len || strlen(end + 4) >= (size_t)atoi(len + 16)))
				break;
		}
		n = write(c, s->answer, strlen(s->answer));
		(void)n;
		close(c);
	}
	return NULL;
}

static void
serve_start(struct served *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(s->fd, 4), 0);
	getsockname(s->fd, (struct sockaddr *)&at, &len);
	s->port = ntohs(at.sin_port);
	pthread_create(&s->thread, NULL, serve, s);
}

static void
serve_stop(struct served *s)
{
	pthread_join(s->thread, NULL);
	close(s->fd);
}

static void
http_brings_status_headers_and_body(void **state)
{
	(void)state;
	struct served s = { .count = 1, .answer = "HTTP/1.1 422 No\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n"
		"Content-Length: 4\r\nConnection: close\r\n\r\nbody" };
	struct arena *a = arena_new();
	struct http_response r;
	struct error e = { 0 };
	serve_start(&s);
	struct http_request q = { .method = "PATCH", .url = arena_printf(a, "http://127.0.0.1:%d/x?y=1", s.port),
		.headers = (struct http_header[]){ { "X-Test", "1" } }, .header_count = 1, .body = "{\"n\":1}" };
	assert_true(http_fetch(&q, a, &r, &e));
	serve_stop(&s);
	assert_int_equal(r.status, 422);
	assert_string_equal(r.body, "body");
	int cookies = 0;
	for (int i = 0; i < r.header_count; i++)
		cookies += strcasecmp(r.headers[i].name, "set-cookie") == 0;
	assert_int_equal(cookies, 2);
	assert_string_equal(http_header_of(&r, "SET-COOKIE"), "a=1");
	assert_true(strncmp(s.seen, "PATCH /x?y=1 HTTP/1.1\r\n", 23) == 0);
	assert_non_null(strstr(s.seen, "X-Test: 1\r\n"));
	assert_non_null(strstr(s.seen, "\r\n\r\n{\"n\":1}"));
	arena_free(a);
}

static void
http_says_why_there_is_no_answer(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct http_response r;
	struct error e = { 0 };
	struct http_request q = { .url = "http://127.0.0.1:1/", .timeout = SECOND };
	assert_false(http_fetch(&q, a, &r, &e));
	assert_string_equal(e.rule, "http.unreachable");
	assert_true(error_retry(e.kind));
	q.url = "file:///etc/passwd";
	assert_false(http_fetch(&q, a, &r, &e));
	assert_string_equal(e.rule, "http.request");
	/* it listens and says nothing */
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 4), 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	q.url = arena_printf(a, "http://127.0.0.1:%d/", ntohs(at.sin_port));
	q.timeout = SECOND / 10;
	assert_false(http_fetch(&q, a, &r, &e));
	assert_string_equal(e.rule, "http.timeout");
	close(fd);
	arena_free(a);
}

static void
http_refuses_an_endless_body(void **state)
{
	(void)state;
	struct served s = { .count = 1, .answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789" };
	struct arena *a = arena_new();
	struct http_response r;
	struct error e = { 0 };
	serve_start(&s);
	struct http_request q = { .url = arena_printf(a, "http://127.0.0.1:%d/", s.port), .max_body = 5 };
	assert_false(http_fetch(&q, a, &r, &e));
	assert_string_equal(e.rule, "http.too_large");
	serve_stop(&s);
	arena_free(a);
}

int
main(void)
{
	for (const struct config_row *r = config_rows; r->name; r++)
		unsetenv(r->name);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_has_limits),
		cmocka_unit_test(what_two_readers_would_read_differently_is_refused),
		cmocka_unit_test(the_writer_places_commas_and_escapes),
		cmocka_unit_test(merge_patch),
		cmocka_unit_test(configuration_is_checked_whole),
		cmocka_unit_test(every_row_has_a_value_in_its_range_and_help),
		cmocka_unit_test(the_env_file_yields_to_the_environment),
		cmocka_unit_test(log_lines_are_json_and_keep_secrets),
		cmocka_unit_test(nesting_does_not_break_the_log),
		cmocka_unit_test(http_brings_status_headers_and_body),
		cmocka_unit_test(http_says_why_there_is_no_answer),
		cmocka_unit_test(http_refuses_an_endless_body),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
