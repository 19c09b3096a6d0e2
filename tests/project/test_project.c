/* test_project.c -- the read models against a real Postgres: what is live is what a rebuild makes, whatever was killed on
 * the way; what Postgres answers is what memory answers. */
#include "tests/unit/check.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/log.h"
#include "projections/follow.h"
#include "projections/query.h"
#include "tests/pg.h"
#include "tests/project/feed.h"

static struct pg *owner;
static struct log_writer *writer;
static struct key_ring *ring;
static struct feed feed;
static uint8_t master[KEY_BYTES];
static char project_url[512], gateway_url[512];
static struct error err;

static int
start(void **state)
{
	test_pg_start(state);
	crypt_start();
	registry_start();
	log_start("test", LOG_ERROR);
	random_bytes(master, sizeof master);
	owner = test_pg(NULL);
	if (!log_migrate(owner, NULL, 0, &err))
		fail_msg("%s", err.message);
	snprintf(project_url, sizeof project_url, "%s", test_pg_url_as("bss_project"));
	snprintf(gateway_url, sizeof gateway_url, "%s", test_pg_url_as("bss_gateway"));
	ring = key_ring_new(master);
	writer = log_writer_open(test_pg_url_as("bss_core"), "host/test", MINUTE, &err);
	if (!writer)
		fail_msg("%s", err.message);
	feed_start(&feed, ring, 42);
	memcpy(feed.hash, log_writer_head(writer)->hash, HASH_BYTES);
	return 0;
}

static int
stop(void **state)
{
	feed_end(&feed);
	log_writer_close(writer, true);
	key_ring_free(ring);
	pg_close(owner);
	return test_pg_stop(state);
}

static void
append(void)
{
	enum append_result r;

	assert_true(log_writer_send(writer, feed.batch, &err));
	while ((r = log_writer_poll(writer, &err)) == APPEND_BUSY) {
		struct pollfd p = { .fd = log_writer_fd(writer),
			.events = (short)(POLLIN | (log_writer_wants_write(writer) ? POLLOUT : 0)) };

		poll(&p, 1, 1000);
	}
	if (r != APPEND_COMMITTED)
		fail_msg("%d %s", r, err.message);
	log_batch_clear(feed.batch);
}

static void
happen(int n)
{
	while (n > 0) {
		int64_t before = feed.position;

		for (int i = 0; i < 200 && n > 0; i++) {
			feed_something(&feed);
			n -= (int)(feed.position - before);
			before = feed.position;
		}
		append();
	}
}

static void
catch_up(struct follower *f)
{
	if (!follower_connected(f) && !follower_connect(f, &err))
		fail_msg("%s: %s", err.rule, err.message);
	if (!follower_catch_up(f, &err))
		fail_msg("%s: %s", err.rule, err.message);
	for (int i = 0; i < f->n; i++)
		if (f->models[i].stopped || f->models[i].retry_at)
			fail_msg("%s: %s", f->models[i].projection->name, f->models[i].why.message);
}

static void
live_is_rebuilt(void)
{
	struct buf report = { 0 };
	int n = 0;

	while (projections[n])
		n++;
	if (!rebuild(project_url, master, projections, n, true, NULL, &report, &err))
		fail_msg("%s\n%s", err.message, buf_text(&report));
	for (int i = 0; i < n; i++) {
		char line[128];

		snprintf(line, sizeof line, "%s: rebuilt and live are the same", projections[i]->name);
		if (!strstr(buf_text(&report), line))
			fail_msg("%s is missing in:\n%s", line, buf_text(&report));
	}
	buf_free(&report);
}

/* ---- ------------------------------------------------------------------------------------------------------------------- */

static void
follows_and_equals_a_rebuild(void **state)
{
	struct follower f;

	(void)state;
	follower_start(&f, project_url, master);
	feed_catalog(&feed);
	append();
	catch_up(&f);
	for (int i = 0; i < 8; i++) {
		happen(150);
		catch_up(&f);
	}
	happen(3000);
	catch_up(&f);
	assert_true(follower_tidy(&f, &err));
	assert_int_equal(follower_position(&f), feed.position);
	assert_int_equal(test_pg_int(owner, "SELECT count(*) FROM audit.event"), feed.position);
	assert_true(test_pg_int(owner, "SELECT count(*) FROM mediation.usage") > 100);
	live_is_rebuilt();
	happen(300);
	catch_up(&f);
	assert_int_equal(test_pg_int(owner, "SELECT position FROM audit.checkpoint"), feed.position);
	follower_stop(&f);
	live_is_rebuilt();
}

static void
follow_until_killed(void)
{
	struct follower f;

	follower_start(&f, project_url, master);
	for (;;) {
		if (!follower_connected(&f))
			follower_connect(&f, &err);
		if (follower_connected(&f))
			follower_catch_up(&f, &err);
	}
}

static void
survives_being_killed(void **state)
{
	struct follower f;

	(void)state;
	for (int i = 0; i < 12; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			follow_until_killed();
		for (int k = 0; k < 3; k++) {
			happen(60);
			sleep_for((int64_t)feed_random(&feed, 40) * 1000);
		}
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	follower_start(&f, project_url, master);
	catch_up(&f);
	assert_int_equal(follower_position(&f), feed.position);
	assert_int_equal(test_pg_int(owner, "SELECT count(*) FROM audit.event"), feed.position);
	follower_stop(&f);
	live_is_rebuilt();
}

static void
rebuilds_while_events_come(void **state)
{
	pid_t child, rebuilder;
	struct follower f;
	int status;

	(void)state;
	child = fork();
	if (child == 0)
		follow_until_killed();
	rebuilder = fork();
	if (rebuilder == 0) {
		struct buf report = { 0 };

		for (int i = 0; i < 3; i++)
			if (!rebuild(project_url, master, (const struct projection *[]){ &crm_projection, &subscription_projection,
			    &audit_projection }, 3, false, NULL, &report, &err)) {
				fprintf(stderr, "%s: %s\n", err.rule, err.message);
				_exit(1);
			}
		_exit(0);
	}
	while (waitpid(rebuilder, &status, WNOHANG) == 0) {
		happen(40);
		sleep_for(4000);
	}
	assert_int_equal(status, 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	follower_start(&f, project_url, master);
	catch_up(&f);
	follower_stop(&f);
	assert_int_equal(test_pg_int(owner, "SELECT count(*) FROM audit.event"), feed.position);
	live_is_rebuilt();
}

static void
replace_crm_slowly(void)
{
	struct pg *pg = test_pg("bss_project");

	test_pg_do(pg, "CREATE SCHEMA crm2");
	for (const char *const *t = (const char *const[]){ "checkpoint", "customer", "interaction", "agent", NULL }; *t; t++) {
		struct buf sql = { 0 };

		buf_printf(&sql, "CREATE TABLE crm2.%s (LIKE crm.%s INCLUDING ALL); INSERT INTO crm2.%s SELECT * FROM crm.%s", *t, *t, *t, *t);
		test_pg_do(pg, buf_text(&sql));
		buf_free(&sql);
	}
	test_pg_do(pg, "UPDATE crm2.checkpoint SET generation = generation + 1, (position, hash) = (SELECT position, hash FROM log.head)");
	test_pg_do(pg, "BEGIN; SELECT FROM crm.checkpoint FOR UPDATE");
	sleep_for(SECOND);                               /* the follower stands at the lock by now */
	test_pg_do(pg, "ALTER SCHEMA crm RENAME TO crm1; ALTER SCHEMA crm2 RENAME TO crm; COMMIT; DROP SCHEMA crm1 CASCADE");
	pg_close(pg);
}

/* The plans are those that the session has kept, and nobody tells them of the renaming while they hold its lock.  The new one
 * says that it has all of the log (it has not): a batch that goes by the old one's checkpoint would show. */
static void
a_batch_that_waited_goes_by_the_new_one(void **state)
{
	struct buf report = { 0 };
	struct follower f;
	int64_t customers;
	pid_t child;
	int status;

	(void)state;
	follower_start(&f, project_url, master);
	for (int i = 0; i < 12; i++) {
		happen(30);
		catch_up(&f);
	}
	customers = test_pg_int(owner, "SELECT count(*) FROM crm.customer");
	happen(300);
	child = fork();
	if (child == 0) {
		replace_crm_slowly();
		_exit(0);
	}
	sleep_for(SECOND / 2);
	catch_up(&f);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(test_pg_int(owner, "SELECT count(*) FROM crm.customer"), customers);
	happen(300);
	catch_up(&f);
	follower_stop(&f);
	assert_true(rebuild(project_url, master, (const struct projection *[]){ &crm_projection }, 1, false, NULL, &report, &err));
	buf_free(&report);
	live_is_rebuilt();
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static struct memory_models *
all_in_memory(struct arena *a)
{
	struct memory_models *m = memory_models_new(NULL);
	struct pg *log = test_pg(NULL), *keys_pg = test_pg(NULL);
	struct keys keys = { ring, keys_pg };
	struct log_reader *r = log_read(log, &(struct log_filter){ 0 }, &err);
	struct log_event e;
	struct happened h;

	while (log_next(r, &e, &err)) {
		if (!happened_read(&e, &keys, a, &h, &err) || !memory_models_apply(m, &h, 1, &err))
			fail_msg("%s", err.message);
	}
	log_read_end(r);
	pg_close(log);
	pg_close(keys_pg);
	return m;
}

/* the text with the blanks out that json_build_object() puts around its commas and colons */
static void
tight(struct buf *b)
{
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] == '"' && (i == 0 || b->data[i - 1] != '\\'))
			quoted = !quoted;
		if (quoted || b->data[i] != ' ')
			b->data[n++] = b->data[i];
	}
	b->len = n;
	if (b->data)
		b->data[n] = 0;
}

static void
same_answer(struct pg *pg, const struct memory_models *m, const char *op, const char *json)
{
	const struct shape *s = operation_named(op);
	struct arena *a = arena_new();
	struct buf there = { 0 }, here = { 0 };
	struct query_plan p;
	struct error there_err = { 0 }, here_err = { 0 };
	void *args = arena_alloc(a, s->size);
	struct pg_result *r;
	bool found, found_here;

	if (!shape_from_text(s, json, strlen(json), a, args, &err) || !query_plan(s, args, "DEFAULT", feed.now, a, &p, &err))
		fail_msg("%s %s: %s", op, json, err.message);
	r = pg_query(pg, p.statement, p.sql, p.n, p.params, &err);
	if (!r)
		fail_msg("%s: %s\n%s", op, err.message, p.sql);
	found = query_finish(&p, r, &there, &there_err);
	pg_free(r);
	found_here = query_memory(m, s, args, "DEFAULT", feed.now, a, &here, &here_err);
	tight(&there);
	tight(&here);
	if (found != found_here || strcmp(buf_text(&there), buf_text(&here)) != 0 || strcmp(there_err.message,
		here_err.message) != 0)
		fail_msg("%s %s\nPostgres %s%s\nmemory   %s%s", op, json, buf_text(&there), there_err.message,
		buf_text(&here), here_err.message);
	assert_non_null(json_parse(a, found ? here.data : "1", found ? here.len : 1, &err));
	buf_free(&there);
	buf_free(&here);
	arena_free(a);
}

static void
all_queries_agree(void **state)
{
	static const char *const plain[] = { "{}", NULL };
	struct arena *a = arena_new();
	struct memory_models *m = all_in_memory(a);
	struct pg *pg = pg_connect(gateway_url, "test", &err);
	char json[200];

	(void)state, (void)plain;
	assert_non_null(pg);
	for (const struct shape *const *s = operation_shapes; *s; s++) {
		const struct field *target = shape_target(*s);
		static const char *const ids[] = { "CUST-1", "CUST-2", "CUST-999999", "SUB-0001", "SUB-0003", "PLAN_0",
			"PLAN_1", "PRICE_0", "VAS_1GB",
			"SPEC_MOBILE", "ORD-0001", "SVC-0001", "PTK-0001", "PAY-000001", "90000001", "90000002",
			"89101", "UE-000003", "SO-1",
			"someone3@example.org", NULL };

		if (!query_of(*s))
			continue;
		for (int i = 0; target && ids[i]; i++) {
			snprintf(json, sizeof json, "{\"%s\":\"%s\"}", target->name, ids[i]);
			same_answer(pg, m, (*s)->name, json);
		}
		if (!target)
			same_answer(pg, m, (*s)->name, "{}");
	}
	same_answer(pg, m, "customer.list", "{\"name_contains\":\"o'n\",\"limit\":5,\"offset\":3}");
	same_answer(pg, m, "customer.list", "{\"state\":\"suspended\"}");
	same_answer(pg, m, "order.list", "{\"customer_id\":\"CUST-1\"}");
	same_answer(pg, m, "usage.history", "{\"subscription_id\":\"SUB-0001\",\"limit\":7}");
	same_answer(pg, m, "usage.history", "{\"msisdn\":\"90000001\",\"event_type\":\"data\",\"since\":\"2026-02-15T10:00:00Z\"}");
	same_answer(pg, m, "inventory.msisdn.list_available", "{\"status\":\"any\",\"prefix\":\"90000\",\"limit\":50}");
	same_answer(pg, m, "inventory.msisdn.count", "{\"prefix\":\"90000\"}");
	same_answer(pg, m, "provisioning.list_tasks", "{\"state\":\"completed\"}");
	same_answer(pg, m, "catalog.list_active_offerings", "{\"at\":\"2026-02-15T09:00:00Z\"}");
	same_answer(pg, m, "payment.list_attempts", "{\"customer_id\":\"CUST-2\"}");
	pg_close(pg);
	memory_models_free(m);
	arena_free(a);
}

/* TMF documents of the large table are made by SQL; they are those that memory makes */
static void
documents_agree(void **state)
{
	struct pg *pg = pg_connect(gateway_url, "test", &err);
	struct pg_result *r;
	struct buf sql = { 0 };

	(void)state;
	for (const struct projection *const *p = projections; *p; p++)
		for (const struct read_table *const *t = (*p)->tables; *t; t++) {
			if (!(*t)->resource)
				continue;
			assert_ptr_equal(read_table_of_resource((*t)->resource), *t);
			buf_clear(&sql);
			buf_printf(&sql, "SELECT count(*) FROM %s.%s t WHERE (%s)->>'id' IS DISTINCT FROM t.%s OR (%s)->>'href' <> '%s' || t.%s",
			    (*t)->schema, (*t)->name, read_table_tmf_sql(*t), read_table_key(*t)->name,
			read_table_tmf_sql(*t), (*t)->href,
			    read_table_key(*t)->name);
			r = pg_query(pg, NULL, sql.data, 0, NULL, &err);
			if (!r)
				fail_msg("%s\n%s", err.message, sql.data);
			assert_int_equal(pg_int(r, 0, 0), 0);
			pg_free(r);
		}
	buf_free(&sql);
	pg_close(pg);
}

/* ---- trouble ----------------------------------------------------------------------------------------------------- */

static void
erased_reads_erased(void **state)
{
	struct pg_result *r;

	(void)state;
	test_pg_do(owner, "SELECT log.forget_subject('DEFAULT', 'CUST-2')");
	struct buf report = { 0 };
	if (!rebuild(project_url, master, (const struct projection *[]){ &crm_projection }, 1, false, NULL, &report, &err))
		fail_msg("%s", err.message);
	buf_free(&report);
	r = pg_query(owner, NULL, "SELECT result->'individual'->>'givenName', tmf->>'name', document::text FROM crm.customer WHERE customer_id = 'CUST-2'",
	    0, NULL, &err);
	assert_non_null(r);
	if (pg_rows(r) == 1) {
		assert_string_equal(pg_value(r, 0, 0), "erased");
		assert_string_equal(pg_value(r, 0, 1), "erased");
	}
	pg_free(r);
}

static void
server_restarts_and_schema_is_dropped(void **state)
{
	struct follower f;

	(void)state;
	follower_start(&f, project_url, master);
	catch_up(&f);
	test_pg_do(owner, "DROP SCHEMA crm CASCADE");
	happen(100);
	catch_up(&f);
	test_pg_do(owner, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'bss project%'");
	happen(100);
	assert_false(follower_catch_up(&f, &err));
	follower_disconnect(&f);
	catch_up(&f);
	assert_int_equal(test_pg_int(owner, "SELECT count(*) FROM audit.event"), feed.position);
	follower_stop(&f);
	live_is_rebuilt();
}

static void
another_log_starts_over(void **state)
{
	struct follower f;

	(void)state;
	test_pg_do(owner, "UPDATE crm.checkpoint SET hash = decode(repeat('00', 32), 'hex')");
	test_pg_do(owner, "UPDATE audit.checkpoint SET log_id = decode(repeat('11', 32), 'hex')");
	test_pg_do(owner, "DELETE FROM crm.customer");
	follower_start(&f, project_url, master);
	catch_up(&f);
	follower_stop(&f);
	assert_int_equal(test_pg_int(owner, "SELECT count(*) FROM audit.event"), feed.position);
	live_is_rebuilt();
}

/* an operator whose connection string is the owner's makes nothing that the roles cannot use */
static void
the_owner_may_rebuild(void **state)
{
	struct buf report = { 0 };

	(void)state;
	if (!rebuild(test_pg_url(), master, (const struct projection *[]){ &crm_projection }, 1, false, NULL, &report, &err))
		fail_msg("%s", err.message);
	buf_free(&report);
	assert_int_equal(test_pg_int(owner, "SELECT count(*) FROM pg_namespace WHERE nspname = 'crm' AND nspowner = 'bss_project'::regrole"), 1);
	assert_int_equal(test_pg_int(owner, "SELECT has_table_privilege('bss_gateway', 'crm.customer', 'SELECT')::int"), 1);
	happen(100);
	live_is_rebuilt();
}

static void
a_wrong_row_is_found(void **state)
{
	struct buf report = { 0 };

	(void)state;
	test_pg_do(owner, "UPDATE subscription.subscription SET state = 'active', result = '{}' WHERE ctid = (SELECT min(ctid) FROM subscription.subscription)");
	assert_false(rebuild(project_url, master, (const struct projection *[]){ &subscription_projection }, 1, true,
		NULL, &report, &err));
	assert_string_equal(err.rule, "projection.verify.different");
	assert_true(rebuild(project_url, master, (const struct projection *[]){ &subscription_projection }, 1, false,
		NULL, &report, &err));
	buf_free(&report);
	live_is_rebuilt();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_and_equals_a_rebuild),
		cmocka_unit_test(survives_being_killed),
		cmocka_unit_test(rebuilds_while_events_come), cmocka_unit_test(a_batch_that_waited_goes_by_the_new_one),
		cmocka_unit_test(all_queries_agree),
		cmocka_unit_test(documents_agree),
		cmocka_unit_test(server_restarts_and_schema_is_dropped),
		cmocka_unit_test(another_log_starts_over),
		cmocka_unit_test(the_owner_may_rebuild),
		cmocka_unit_test(a_wrong_row_is_found),
		cmocka_unit_test(erased_reads_erased),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
