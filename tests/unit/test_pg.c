/* test_pg.c -- libpq's door against a real server: values there and back, refusals in sentences, COPY, the
 * asynchronous half, and what is refused for durability's sake. */
#include "tests/pg.h"
#include "core/base/clock.h"
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

static struct pg *pg;
static struct error err;

static int
start(void **state)
{
	test_pg_start(state);
	pg = test_pg(NULL);
	test_pg_do(pg, "CREATE ROLE with_password LOGIN PASSWORD 'right'; CREATE ROLE nobody_special LOGIN;"
		       "CREATE TABLE item (id bigint PRIMARY KEY, name text, small smallint, bytes bytea, at "
		       "timestamptz, doc jsonb,"
		       " ok boolean, ratio float8)");
	return 0;
}

static int
stop(void **state)
{
	pg_close(pg);
	return test_pg_stop(state);
}

static void
refused(const char *rule, const char *state)
{
	assert_string_equal(err.rule, rule);
	assert_string_equal(pg_sqlstate(&err), state);
	assert_true(strlen(err.message) > 10);
}

static void
values_there_and_back(void **state)
{
	(void)state;
	struct pg_param p[] = { PG_TEXT("7"), PG_TEXT(NULL), PG_TEXT("it's; DROP TABLE item") };
	struct pg_result *r = pg_query(
	    pg, "echo", "SELECT $1::int AS n, $2::text AS nothing, $3::text AS t, true AS b", 3, p, &err);
	assert_non_null(r);
	assert_int_equal(pg_rows(r), 1);
	assert_int_equal(pg_int(r, 0, 0), 7);
	assert_null(pg_value(r, 0, 1));
	assert_string_equal(pg_value(r, 0, pg_column(r, "t")), "it's; DROP TABLE item");
	assert_int_equal(pg_length(r, 0, 2), 21);
	assert_int_equal(pg_int(r, 0, 3), 1);
	assert_int_equal(pg_column(r, "none"), -1);
	pg_free(r);
}

static void
statements_are_prepared_once(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct pg_result *r = pg_query(pg, "once", "SELECT 41 + 1", 0, NULL, &err);
		assert_int_equal(pg_int(r, 0, 0), 42);
		pg_free(r);
	}
	assert_int_equal(
	    test_pg_int(pg, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'once~%'"), 1);
	assert_int_equal(
	    test_pg_int(
		pg, "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE name = 'once~0'"),
	    3);
}

static void
stale_plan_is_prepared_again(void **state)
{
	(void)state;
	test_pg_do(pg, "CREATE TABLE shape AS SELECT 1 AS a");
	for (int columns = 1; columns <= 2; columns++) {
		struct pg_result *r = pg_query(pg, "stale", "SELECT * FROM shape", 0, NULL, &err);
		assert_non_null(r);
		assert_int_equal(pg_column(r, "b"), columns == 2 ? 1 : -1);
		pg_free(r);
		test_pg_do(pg, "ALTER TABLE shape ADD COLUMN IF NOT EXISTS b int");
	}
	test_pg_do(pg, "BEGIN; ALTER TABLE shape ADD c int");
	assert_null(pg_query(
	    pg, "stale", "SELECT * FROM shape", 0, NULL, &err)); /* a transaction cannot be repeated */
	assert_string_equal(err.rule, "pg.plan_stale");
	assert_true(error_retry(err.kind));
	test_pg_do(pg, "ROLLBACK");
	test_pg_do(pg, "DISCARD ALL");
	struct pg_result *r = pg_query(pg, "once", "SELECT 41 + 1", 0, NULL, &err);
	assert_non_null(r);
	pg_free(r);
}

static void
refusals_are_sentences(void **state)
{
	(void)state;
	assert_null(pg_query(pg, "bad", "SELECT nonsense FROM item", 0, NULL, &err));
	refused("pg.statement", "42703");
	assert_null(pg_query(pg, "none", "SELECT * FROM no_such_table", 0, NULL, &err));
	refused("pg.no_table", "42P01");
	test_pg_do(pg, "INSERT INTO item (id, name) VALUES (1, 'secret name')");
	assert_null(pg_query(pg, NULL, "INSERT INTO item (id) VALUES (1)", 0, NULL, &err));
	refused("pg.unique", "23505");
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_non_null(strstr(err.context, "\"constraint\":\"item_pkey\""));
	struct pg_param p = PG_TEXT("4111111111111111x");
	assert_null(pg_query(pg, NULL, "SELECT $1::bigint", 1, &p, &err));
	refused("pg.value", "22P02");
	assert_null(strstr(err.message, "4111"));                       /* a bad value may be personal */
	assert_false(pg_exec(pg, "DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$", &err));
	refused("pg.disk_full", "53100");
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.hint, "space"));
	test_pg_do(pg, "DELETE FROM item");
}

static void
connecting_is_refused_clearly(void **state)
{
	char url[320];
	(void)state;
	assert_null(pg_connect("host=/nowhere dbname=x", "test", &err));
	assert_string_equal(err.rule, "pg.unreachable");
	assert_true(error_retry(err.kind));
	snprintf(url, sizeof url, "%s password=wrong", test_pg_url_as("with_password"));
	assert_null(pg_connect(url, "test", &err));
	assert_string_equal(err.rule, "pg.password");
	assert_null(strstr(err.message, "wrong"));
	assert_null(pg_connect(test_pg_url_as("with_password"), "test", &err));
	assert_string_equal(err.rule, "pg.password");
	snprintf(url, sizeof url, "%s password=right", test_pg_url_as("with_password"));
	struct pg *other = pg_connect(url, "test", &err);
	assert_non_null(other);
	pg_close(other);
	snprintf(url, sizeof url, "%s dbname=none", test_pg_url());
	assert_null(pg_connect(url, "test", &err));
	assert_string_equal(err.rule, "pg.no_database");
	assert_null(pg_connect("this is = no 'url", "test", &err));
	assert_string_equal(err.rule, "pg.url");
	pg_close(NULL);
}

static void
rights_are_named(void **state)
{
	(void)state;
	struct pg *other = test_pg("nobody_special");
	assert_null(pg_query(other, NULL, "SELECT * FROM item", 0, NULL, &err));
	refused("pg.rights", "42501");
	assert_int_equal(err.kind, ERROR_FORBIDDEN);
	pg_close(other);
}

static void
a_killed_session_is_gone(void **state)
{
	(void)state;
	struct pg *other = test_pg(NULL);
	test_pg_do(pg,
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND"
	    " backend_type = 'client backend'");
	assert_null(pg_query(other, "q", "SELECT 1", 0, NULL, &err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_false(pg_alive(other));
	assert_null(pg_query(other, "q", "SELECT 1", 0, NULL, &err));
	assert_string_equal(err.rule, "pg.gone");
	assert_false(pg_send(other, "q", "SELECT 1", 0, NULL, &err));
	pg_close(other);
	assert_true(pg_alive(pg));
}

/* ---- arrays ---- */

static void
arrays_unnest(void **state)
{
	(void)state;
	const uint32_t oids[8] = { PG_INT8_OID, PG_TEXT_OID, PG_INT2_OID, PG_BYTEA_OID, PG_TIMESTAMPTZ_OID,
		PG_JSONB_OID, PG_BOOL_OID, PG_FLOAT8_OID };
	struct pg_array a[8] = { 0 };
	struct pg_param p[8];
	for (int round = 0; round < 2; round++) {                        /* memory is used again */
		for (int i = 0; i < 8; i++)
			pg_array_start(&a[i], oids[i]);
		for (int i = 0; i < 1000; i++) {
			pg_array_int(&a[0], round * 1000 + i);
			i % 2 ? pg_array_null(&a[1]) : pg_array_bytes(&a[1], "éa", 3);
			pg_array_int(&a[2], -i);
			pg_array_bytes(&a[3], "\0\xff", 2);
			pg_array_int(&a[4], INT64_C(1771146000000001));
			pg_array_bytes(&a[5], "{\"a\":1}", 7);
			pg_array_int(&a[6], i % 2);
			pg_array_real(&a[7], 0.5);
		}
		for (int i = 0; i < 8; i++)
			p[i] = pg_array_param(&a[i]);
		struct pg_result *r = pg_query(
		    pg, "fill", "INSERT INTO item SELECT * FROM unnest($1,$2,$3,$4,$5,$6,$7,$8)", 8, p, &err);
		if (!r)
			fail_msg("%s", err.message);
		assert_int_equal(pg_affected(r), 1000);
		pg_free(r);
	}
	assert_int_equal(
	    test_pg_int(pg,
		"SELECT count(*) FROM item WHERE (id % 2 = 1) = (name IS NULL) AND small = -(id % 1000)"
		" AND bytes = '\\x00ff' AND at = '2026-02-15T09:00:00.000001Z' AND doc->>'a' = '1' AND ok = "
		"(id % 2 = 1)"
		" AND ratio = 0.5"),
	    2000);
	for (int i = 0; i < 8; i++)
		pg_array_free(&a[i]);
	test_pg_do(pg, "TRUNCATE item");
}

static void
empty_array(void **state)
{
	(void)state;
	struct pg_array a = { 0 };
	pg_array_start(&a, PG_TEXT_OID);
	struct pg_param p = pg_array_param(&a);
	struct pg_result *r = pg_query(pg, "empty", "SELECT count(*) FROM unnest($1)", 1, &p, &err);
	assert_non_null(r);
	assert_int_equal(pg_int(r, 0, 0), 0);
	pg_free(r);
	pg_array_free(&a);
}

/* ---- COPY ---- */

static void
copy_there_and_back(void **state)
{
	char *row;
	int64_t rows, sum = 0;
	int n, count = 0;
	(void)state;
	assert_true(pg_copy_in(pg, "COPY item (id, name) FROM STDIN", &err));
	for (int i = 1; i <= 500; i++) {
		char line[64];
		int len = snprintf(line, sizeof line, "%d\t%s\n", i, i % 2 ? "odd" : "\\N");
		assert_true(pg_copy_data(pg, line, (size_t)len, &err));
	}
	assert_true(pg_copy_end(pg, &rows, &err));
	assert_int_equal(rows, 500);
	assert_true(
	    pg_copy_out(pg, "COPY (SELECT id, name FROM item ORDER BY id) TO STDOUT (FORMAT binary)", &err));
	while ((n = pg_copy_row(pg, &row, &err)) > 0) {
		const char *at = row + 2;
		int len;
		const char *id = pg_copy_field(&at, &len);
		assert_int_equal(len, 8);
		sum += (unsigned char)id[7] + ((unsigned char)id[6] << 8);
		const char *name = pg_copy_field(&at, &len);
		++count % 2 ? assert_memory_equal(name, "odd", 3) : assert_null(name);
		assert_ptr_equal(at, row + n);
	}
	assert_int_equal(n, 0);
	assert_int_equal(count, 500);
	assert_int_equal(sum, 500 * 501 / 2);
	assert_true(pg_copy_out(pg, "COPY (SELECT 1 WHERE false) TO STDOUT (FORMAT binary)", &err));
	assert_int_equal(pg_copy_row(pg, &row, &err), 0);
	test_pg_do(pg, "TRUNCATE item");
}

static void
copy_fails_in_sentences(void **state)
{
	char *row;
	int n;
	(void)state;
	assert_false(pg_copy_in(pg, "COPY nothing FROM STDIN", &err));
	refused("pg.no_table", "42P01");
	assert_true(pg_copy_in(pg, "COPY item (id) FROM STDIN", &err));
	assert_true(pg_copy_data(pg, "1\nx\n", 4, &err));
	assert_false(pg_copy_end(pg, NULL, &err));
	refused("pg.value", "22P02");
	assert_true(pg_copy_out(
	    pg, "COPY (SELECT 1 / (10 - i) FROM generate_series(1, 20) i) TO STDOUT (FORMAT binary)", &err));
	while ((n = pg_copy_row(pg, &row, &err)) > 0)
		continue;
	assert_int_equal(n, -1);
	refused("pg.value", "22012");
	assert_int_equal(test_pg_int(pg, "SELECT 1"), 1);               /* the session goes on */
}

/* ---- the asynchronous half ---- */

static enum pg_state
wait_for(struct pg *c, struct pg_result **r)
{
	enum pg_state s;
	int64_t deadline = mono_now() + 20 * SECOND;
	while ((s = pg_poll(c, r, &err)) == PG_BUSY && mono_now() < deadline) {
		struct pollfd p = { .fd = pg_fd(c),
			.events = (short)(POLLIN | (pg_wants_write(c) ? POLLOUT : 0)) };
		poll(&p, 1, 1000);
	}
	return s;
}

static void
asynchronous(void **state)
{
	struct pg_result *r = NULL;
	(void)state;
	for (int i = 0; i < 3; i++) { /* prepared in the same round trip, then reused */
		assert_true(pg_send(pg, "slow", "SELECT pg_sleep(0.05), 5", 0, NULL, &err));
		assert_int_equal(pg_poll(pg, &r, &err), PG_BUSY);
		assert_int_equal(wait_for(pg, &r), PG_DONE);
		assert_int_equal(pg_int(r, 0, 1), 5);
		pg_free(r);
	}
	assert_true(pg_send(pg, "broken", "SELECT 1 / 0", 0, NULL, &err));
	assert_int_equal(wait_for(pg, &r), PG_FAILED);
	refused("pg.value", "22012");
	assert_true(pg_send(pg, "misspelt", "SELEC 1", 0, NULL, &err));
	assert_int_equal(wait_for(pg, &r), PG_FAILED);
	refused("pg.statement", "42601");
	assert_true(pg_send(pg, NULL, "SELECT 6", 0, NULL, &err));
	assert_int_equal(wait_for(pg, &r), PG_DONE);
	assert_int_equal(pg_int(r, 0, 0), 6);
	pg_free(r);
}

/* more than a socket takes at once: the rest leaves while polling */
static void
asynchronous_and_large(void **state)
{
	struct pg_array a = { 0 };
	struct pg_result *r;
	static char megabyte[1 << 20];
	(void)state;
	pg_array_start(&a, PG_BYTEA_OID);
	for (int i = 0; i < 16; i++)
		pg_array_bytes(&a, megabyte, sizeof megabyte);
	struct pg_param p = pg_array_param(&a);
	assert_true(pg_send(pg, "large", "SELECT sum(length(x)) FROM unnest($1) x", 1, &p, &err));
	assert_true(pg_wants_write(pg));
	assert_int_equal(wait_for(pg, &r), PG_DONE);
	assert_int_equal(pg_int(r, 0, 0), 16 << 20);
	pg_free(r);
	pg_array_free(&a);
}

static void
asynchronous_loss(void **state)
{
	struct pg_result *r;
	(void)state;
	struct pg *other = test_pg(NULL);
	assert_true(pg_send(other, "slow", "SELECT pg_sleep(30)", 0, NULL, &err));
	test_pg_do(pg,
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND"
	    " backend_type = 'client backend'");
	assert_int_equal(wait_for(other, &r), PG_FAILED);
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_false(pg_alive(other));
	pg_close(other);
}

/* ---- durability ---- */

static void
durable_server_is_accepted(void **state)
{
	(void)state;
	assert_true(pg_check_durable(pg, &err));
}

static void
careless_servers_are_refused(void **state)
{
	static const char *const settings[] = { "fsync", "full_page_writes" };
	(void)state;
	for (int i = 0; i < 2; i++) {
		char sql[128];
		snprintf(sql, sizeof sql, "ALTER SYSTEM SET %s = off", settings[i]);
		test_pg_do(pg, sql);
		test_pg_do(pg, "SELECT pg_reload_conf()");
		for (int n = 0; n < 100 && pg_check_durable(pg, &err); n++)
			sleep_for(20000);
		assert_string_equal(err.rule, "pg.not_durable");
		assert_non_null(strstr(err.message, settings[i]));
		snprintf(sql, sizeof sql, "ALTER SYSTEM RESET %s", settings[i]);
		test_pg_do(pg, sql);
		test_pg_do(pg, "SELECT pg_reload_conf()");
		for (int n = 0; n < 100 && !pg_check_durable(pg, &err); n++)
			sleep_for(20000);
		assert_true(pg_check_durable(pg, &err));
	}
}

/* ---- a pooler: carries bytes, but tells the client a process id of its own, as pgbouncer does  */

struct relay { int listener; char server[108]; };

static int
unix_socket(const char *path, bool listening)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	if (listening)
		assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a) | listen(fd, 1), 0);
	else
		assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static void *
pooler(void *arg)
{
	struct relay *relay = arg;
	char bytes[65536];
	int client = accept(relay->listener, NULL, NULL), server = unix_socket(relay->server, false);
	struct pollfd p[2] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
	for (;;) {
		poll(p, 2, -1);
		for (int i = 0; i < 2; i++) {
			ssize_t n = p[i].revents ? read(p[i].fd, bytes, sizeof bytes) : 0;
			if (p[i].revents && n <= 0)
				return close(client), close(server), NULL;
			char *key = n > 0 && i == 1 ? memmem(bytes, (size_t)n, "K\0\0\0\14", 5) : NULL;
			if (key)
				key[8] ^= 1;
			if (n > 0 && write(p[!i].fd, bytes, (size_t)n) != n)
				return NULL;
		}
	}
}

static void
pooler_is_refused(void **state)
{
	struct relay relay;
	char folder[80], path[108], url[256];
	pthread_t thread;
	(void)state;
	snprintf(folder, sizeof folder, "%s/pool", test_pg_folder());
	mkdir(folder, 0700);
	snprintf(path, sizeof path, "%s/.s.PGSQL.5432", folder);
	snprintf(relay.server, sizeof relay.server, "%s/.s.PGSQL.5432", test_pg_folder());
	relay.listener = unix_socket(path, true);
	pthread_create(&thread, NULL, pooler, &relay);
	snprintf(url, sizeof url, "host=%s user=owner dbname=bss", folder);
	struct pg *pooled = pg_connect(url, "test", &err);
	assert_non_null(pooled);
	assert_false(pg_check_durable(pooled, &err));
	assert_string_equal(err.rule, "pg.pooled");
	assert_non_null(strstr(err.hint, "pgbouncer"));
	pg_close(pooled);
	pthread_join(thread, NULL);
	close(relay.listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_there_and_back),
		cmocka_unit_test(statements_are_prepared_once),
		cmocka_unit_test(stale_plan_is_prepared_again),
		cmocka_unit_test(refusals_are_sentences),
		cmocka_unit_test(connecting_is_refused_clearly),
		cmocka_unit_test(rights_are_named),
		cmocka_unit_test(a_killed_session_is_gone),
		cmocka_unit_test(arrays_unnest),
		cmocka_unit_test(empty_array),
		cmocka_unit_test(copy_there_and_back),
		cmocka_unit_test(copy_fails_in_sentences),
		cmocka_unit_test(asynchronous),
		cmocka_unit_test(asynchronous_and_large),
		cmocka_unit_test(asynchronous_loss),
		cmocka_unit_test(durable_server_is_accepted),
		cmocka_unit_test(careless_servers_are_refused),
		cmocka_unit_test(pooler_is_refused),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
