/* test_eventstore.c -- the log on a real Postgres: gapless, fenced, exact after a lost connection, proved by
 * its chain, closed to everyone but its writer. */
#include "tests/unit/check.h"
#include "core/base/clock.h"
#include "core/eventstore/eventstore.h"
#include "tests/pg.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct pg *owner;
static struct error err;
static struct log_batch *batch;

/* ---- a database for each test -------------------------------------------------------------- */

static void
drop_log(void)
{
	test_pg_do(owner, "DROP SCHEMA IF EXISTS log CASCADE");
}

static int
each(void **state)
{
	(void)state;
	drop_log();
	err = (struct error){ 0 };
	if (!log_migrate(owner, NULL, 0, &err))
		fail_msg("%s", err.message);
	log_batch_clear(batch);
	return 0;
}

static int
start(void **state)
{
	test_pg_start(state);
	owner = test_pg(NULL);
	batch = log_batch_new();
	return 0;
}

static int
stop(void **state)
{
	pg_close(owner);
	log_batch_free(batch);
	return test_pg_stop(state);
}

static struct log_writer *
writer(const char *holder)
{
	struct log_writer *w = log_writer_open(test_pg_url_as("bss_core"), holder, MINUTE, &err);
	if (!w)
		fail_msg("%s: %s", err.rule, err.message);
	return w;
}

/* n events behind the writer's head */
static void
fill(struct log_writer *w, int n)
{
	const struct log_head *head = log_writer_head(w);
	uint8_t before[HASH_BYTES];
	char stream[40], subject[40];
	memcpy(before, head->hash, HASH_BYTES);
	log_batch_clear(batch);
	for (int i = 1; i <= n; i++) {
		struct log_event e = { .position = head->position + i,
			.stream = stream,
			.version = 1,
			.type = 100 + i % 3,
			.subject = i % 5 ? subject : NULL,
			.occurred_at = INT64_C(1771146000000000) + (head->position + i) * SECOND,
			.recorded_at = wall_now(),
			.body = (const uint8_t *)"\x90\0\xff body",
			.body_len = 8 };
		snprintf(stream, sizeof stream, "case/CASE-%lld", (long long)e.position);
		snprintf(subject, sizeof subject, "CUST-%lld", (long long)e.position % 10);
		event_hash(before, &e, e.hash);
		memcpy(before, e.hash, HASH_BYTES);
		log_batch_add(batch, &e);
	}
}

static enum append_result
wait_for(struct log_writer *w)
{
	enum append_result r;
	while ((r = log_writer_poll(w, &err)) == APPEND_BUSY) {
		struct pollfd p = { .fd = log_writer_fd(w),
			.events = (short)(POLLIN | (log_writer_wants_write(w) ? POLLOUT : 0)) };
		poll(&p, 1, 1000);
	}
	return r;
}

static enum append_result
append(struct log_writer *w, int n)
{
	fill(w, n);
	assert_true(log_writer_send(w, batch, &err));
	return wait_for(w);
}

static int64_t
count(void)
{
	return test_pg_int(owner, "SELECT count(*) FROM log.event");
}

static void
verify_is(int64_t good, int64_t first_bad)
{
	int64_t checked, bad;
	err = (struct error){ 0 };
	if (!log_verify(owner, &checked, &bad, NULL, NULL, &err))
		fail_msg("%s", err.message);
	assert_int_equal(bad, first_bad);
	assert_int_equal(checked, good);
}

/* ---- appending ------------------------------------------------------------------------------ */

static void
gapless(void **state)
{
	(void)state;
	struct log_writer *w = writer("host/a");
	verify_is(0, 0);
	const int sizes[] = { 1, 2, 1, 700, 3 };
	for (int i = 0; i < 5; i++)
		assert_int_equal(append(w, sizes[i]), APPEND_COMMITTED);
	assert_int_equal(log_writer_head(w)->position, 707);
	assert_int_equal(
	    test_pg_int(owner,
		"SELECT count(*) FROM (SELECT position - lag(position, 1, 0::bigint) OVER (ORDER BY"
		" position) AS step FROM log.event) s WHERE step = 1"),
	    707);
	struct log_head head;
	assert_true(log_head_read(owner, &head, &err));
	assert_int_equal(head.position, 707);
	assert_memory_equal(head.hash, log_writer_head(w)->hash, HASH_BYTES);
	assert_memory_not_equal(head.log_id, head.hash, HASH_BYTES);
	assert_string_equal(head.holder, "host/a");
	verify_is(707, 0);
	log_writer_close(w, true);
}

static void
a_failed_batch_leaves_nothing(void **state)
{
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 3), APPEND_COMMITTED);
	fill(w, 2);
	struct log_event twice = *log_batch_event(batch, 1);
	twice.position++; /* the same stream and version once more */
	event_hash(log_batch_event(batch, 1)->hash, &twice, twice.hash);
	log_batch_add(batch, &twice);
	assert_true(log_writer_send(w, batch, &err));
	assert_true(log_writer_busy(w));
	assert_int_equal(wait_for(w), APPEND_FAILED);
	assert_string_equal(err.rule, "pg.unique");
	assert_int_equal(count(), 3);
	assert_int_equal(log_writer_head(w)->position, 3);
	assert_int_equal(append(w, 2), APPEND_COMMITTED);           /* the connection goes on */
	verify_is(5, 0);
	log_writer_close(w, true);
}

static void
disk_full_is_a_failed_batch(void **state)
{
	(void)state;
	struct log_writer *w = writer("host/a");
	test_pg_do(owner, "CREATE FUNCTION log.full_() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
			  "EXCEPTION 'could not"
			  " extend file' USING ERRCODE = '53100'; END $$; CREATE TRIGGER full_ BEFORE INSERT "
			  "ON log.event FOR EACH ROW"
			  " EXECUTE FUNCTION log.full_()");
	assert_int_equal(append(w, 2), APPEND_FAILED);
	assert_string_equal(err.rule, "pg.disk_full");
	test_pg_do(owner, "DROP TRIGGER full_ ON log.event");
	assert_int_equal(append(w, 2), APPEND_COMMITTED);
	verify_is(2, 0);
	log_writer_close(w, true);
}

static void
keys_come_with_their_events(void **state)
{
	uint8_t master[KEY_BYTES] = { 5 }, wrong[KEY_BYTES] = { 6 }, wrapped[WRAPPED_KEY_BYTES],
		key[KEY_BYTES];
	(void)state;
	struct log_writer *w = writer("host/a");
	struct key_ring *ring = key_ring_new(master), *again = key_ring_new(master),
			*other = key_ring_new(wrong);
	fill(w, 1);
	memcpy(key, key_ring_make(ring, "DEFAULT", "CUST-1", wrapped), KEY_BYTES);
	log_batch_add_key(batch, "DEFAULT", "CUST-1", wrapped);
	assert_true(log_writer_send(w, batch, &err));
	assert_int_equal(wait_for(w), APPEND_COMMITTED);
	struct pg *reader = test_pg("bss_project");
	assert_true(key_ring_load(again, reader, &err));
	assert_memory_equal(key_ring_get(again, "DEFAULT", "CUST-1"), key, KEY_BYTES);
	assert_false(key_ring_load(other, reader, &err));
	assert_string_equal(err.rule, "log.master_key");
	assert_false(key_ring_check(other, reader, &err));
	assert_true(key_ring_check(ring, reader, &err));

	key_ring_drop(again, "DEFAULT", "CUST-1");
	assert_null(key_ring_get(again, "DEFAULT", "CUST-1"));
	key_ring_attach(again, reader);
	assert_memory_equal(key_ring_get(again, "DEFAULT", "CUST-1"), key, KEY_BYTES);
	assert_null(key_ring_get(again, "DEFAULT", "CUST-2"));

	struct pg *core = test_pg("bss_core");
	assert_true(log_forget_subject(core, "DEFAULT", "CUST-1", &err));
	assert_int_equal(test_pg_int(owner, "SELECT count(*) FROM log.subject_key"), 0);
	key_ring_drop(again, "DEFAULT", "CUST-1");
	assert_null(key_ring_get(again, "DEFAULT", "CUST-1"));      /* erased */
	verify_is(1, 0);
	pg_close(core);
	pg_close(reader);
	key_ring_free(ring);
	key_ring_free(again);
	key_ring_free(other);
	log_writer_close(w, true);
}

/* ---- the fence ------------------------------------------------------------------------------ */

static void
stale_epoch_appends_nothing(void **state)
{
	(void)state;
	struct log_writer *old = writer("host/a");
	assert_int_equal(append(old, 2), APPEND_COMMITTED);
	struct log_writer *new = writer("host/a"); /* the same holder: its process was restarted */
	assert_int_equal(log_writer_head(new)->epoch, log_writer_head(old)->epoch + 1);
	assert_int_equal(log_writer_head(new)->position, 2);
	assert_int_equal(append(old, 2), APPEND_FENCED);
	assert_string_equal(err.rule, "log.fenced");
	assert_int_equal(count(), 2);
	assert_int_equal(append(new, 3), APPEND_COMMITTED);
	assert_int_equal(append(old, 1), APPEND_FENCED);
	assert_int_equal(log_writer_recover(old, &err), APPEND_FENCED);   /* and cannot take the head back */
	assert_int_equal(append(new, 1), APPEND_COMMITTED);
	verify_is(6, 0);
	log_writer_close(old, true);                                /* releases nothing that is not its own */
	assert_int_equal(append(new, 1), APPEND_COMMITTED);
	log_writer_close(new, true);
}

static void
stale_position_appends_nothing(void **state)
{
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 2), APPEND_COMMITTED);
	test_pg_do(owner, "UPDATE log.head SET position = 3");      /* somebody wrote past the fence */
	assert_int_equal(append(w, 1), APPEND_FENCED);
	assert_int_equal(count(), 2);
	log_writer_close(w, false);
}

static void
lease_keeps_others_out(void **state)
{
	(void)state;
	struct log_writer *a = writer("host/a");
	assert_null(log_writer_open(test_pg_url_as("bss_core"), "host/b", MINUTE, &err));
	assert_string_equal(err.rule, "log.leased");
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.message, "host/a"));
	assert_true(log_writer_lease_left(a) > 30 * SECOND && log_writer_lease_left(a) <= MINUTE);
	log_writer_close(a, true);
	struct log_writer *b = log_writer_open(
	    test_pg_url_as("bss_core"), "host/b", SECOND / 4, &err); /* released */
	assert_non_null(b);
	sleep_for(SECOND / 3);
	assert_true(log_writer_lease_left(b) < 0);
	log_batch_clear(batch);
	assert_true(log_writer_send(b, batch, &err));               /* an empty batch extends the lease */
	assert_int_equal(wait_for(b), APPEND_COMMITTED);
	assert_true(log_writer_lease_left(b) > 0);
	assert_int_equal(
	    test_pg_int(owner, "SELECT (lease_until > clock_timestamp())::int FROM log.head"), 1);
	sleep_for(SECOND / 3);
	struct log_writer *c = log_writer_open(
	    test_pg_url_as("bss_core"), "host/c", MINUTE, &err); /* ended */
	assert_non_null(c);
	assert_int_equal(append(b, 1), APPEND_FENCED);
	log_writer_close(b, false);
	log_writer_close(c, false);
}

/* ---- in doubt ------------------------------------------------------------------------------- */

static void
kill_writers(void)
{
	test_pg_do(
	    owner, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'bss_core'");
}

static void
lost_before_the_commit(void **state)
{
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 2), APPEND_COMMITTED);
	test_pg_do(owner, "BEGIN; SELECT 1 FROM log.head FOR UPDATE");     /* holds the append back */
	fill(w, 3);
	assert_true(log_writer_send(w, batch, &err));
	assert_int_equal(log_writer_poll(w, &err), APPEND_BUSY);
	sleep_for(SECOND / 10);
	kill_writers();
	test_pg_do(owner, "ROLLBACK");
	assert_int_equal(wait_for(w), APPEND_IN_DOUBT);
	assert_int_equal(log_writer_recover(w, &err), APPEND_FAILED);
	assert_int_equal(count(), 2);
	assert_int_equal(append(w, 3), APPEND_COMMITTED);
	verify_is(5, 0);
	log_writer_close(w, true);
}

static void
lose_the_answer(int fd)
{
	char bytes[4096];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 5000), 1);
	while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		continue;
	assert_int_equal(shutdown(fd, SHUT_RDWR), 0);
}

/* The statement commits on the server, and the connection dies before anybody here has read the answer. */
static void
lost_after_the_commit(void **state)
{
	(void)state;
	struct log_writer *w = writer("host/a");
	for (int i = 0; i < 5; i++) {
		int64_t before = count();
		fill(w, 3);
		assert_true(log_writer_send(w, batch, &err));
		while (log_writer_wants_write(w))
			sleep_for(1000);
		while (count() == before)
			sleep_for(1000);
		lose_the_answer(log_writer_fd(w));
		assert_int_equal(wait_for(w), APPEND_IN_DOUBT);
		assert_int_equal(log_writer_recover(w, &err), APPEND_COMMITTED);
		assert_int_equal(log_writer_head(w)->position, before + 3);
	}
	assert_int_equal(append(w, 1), APPEND_COMMITTED);
	verify_is(16, 0);
	log_writer_close(w, true);
}

/* Whatever instant the server dies at: the batch is in or it is not, and we are told which. */
static void
server_crashes(void **state)
{
	(void)state;
	struct log_writer *w = writer("host/a");
	for (int i = 0; i < 3; i++) {
		int64_t before = log_writer_head(w)->position;
		fill(w, 50);
		assert_true(log_writer_send(w, batch, &err));
		sleep_for(i * 3000);
		test_pg_crash();
		enum append_result r = wait_for(w);
		if (r == APPEND_IN_DOUBT) {
			assert_int_equal(
			    log_writer_recover(w, &err), APPEND_IN_DOUBT); /* still down: said, not guessed */
			assert_string_equal(err.rule, "pg.unreachable");
			assert_int_equal(log_writer_fd(w), -1);
			test_pg_restart();
			r = log_writer_recover(w, &err);
		} else {
			test_pg_restart();
		}
		pg_close(owner);
		owner = test_pg(NULL);
		assert_int_equal(count(), r == APPEND_COMMITTED ? before + 50 : before);
		assert_int_equal(r == APPEND_COMMITTED ? 50 : 0, log_writer_head(w)->position - before);
		log_batch_clear(batch); /* the session may be gone without our having noticed */
		if (!log_writer_send(w, batch, &err) || wait_for(w) == APPEND_IN_DOUBT)
			assert_int_equal(
			    log_writer_recover(w, &err), APPEND_COMMITTED); /* nothing was missing */
	}
	assert_int_equal(append(w, 1), APPEND_COMMITTED);
	verify_is(log_writer_head(w)->position, 0);
	log_writer_close(w, true);
}

static void
lost_while_idle(void **state)
{
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 1), APPEND_COMMITTED);
	kill_writers();
	fill(w, 2);
	enum append_result r = log_writer_send(w, batch, &err) ? wait_for(w) : APPEND_IN_DOUBT;
	assert_int_equal(r, APPEND_IN_DOUBT);
	assert_int_equal(log_writer_recover(w, &err), APPEND_FAILED);
	assert_int_equal(count(), 1);
	log_writer_close(w, true);
}

static void
another_took_over_meanwhile(void **state)
{
	(void)state;
	struct log_writer *a = log_writer_open(test_pg_url_as("bss_core"), "host/a", SECOND / 10, &err);
	assert_int_equal(append(a, 1), APPEND_COMMITTED);
	kill_writers();
	sleep_for(SECOND / 5);
	struct log_writer *b = writer("host/b");
	fill(a, 2);
	if (log_writer_send(a, batch, &err))
		assert_int_equal(wait_for(a), APPEND_IN_DOUBT);
	assert_int_equal(log_writer_recover(a, &err), APPEND_FENCED);
	assert_string_equal(err.rule, "log.fenced");
	assert_int_equal(append(b, 2), APPEND_COMMITTED);
	verify_is(3, 0);
	log_writer_close(a, false);
	log_writer_close(b, true);
}

/* ---- the proof ------------------------------------------------------------------------------ */

static void
tamper(const char *sql)
{
	test_pg_do(
	    owner, "SET session_replication_role = replica"); /* a superuser switches the triggers off */
	test_pg_do(owner, sql);
	test_pg_do(owner, "RESET session_replication_role");
}

static void
count_progress(int64_t at, int64_t of, void *data)
{
	*(int *)data += at <= of;
}

static void
verify_names_the_first_bad_position(void **state)
{
	static const struct { const char *sql; int64_t bad;
	} cases[] = {
		{ "UPDATE log.event SET body = '\\x9000' WHERE position = 60", 60 },
		{ "UPDATE log.event SET type = 999 WHERE position = 59", 59 },
		{ "UPDATE log.event SET occurred_at = occurred_at + interval '1 microsecond' WHERE position "
		  "= 58",
		    58 },
		{ "UPDATE log.event SET subject = NULL WHERE position = 57", 57 },
		{ "UPDATE log.event SET stream = 'case/CASE-0' WHERE position = 56", 56 },
		{ "UPDATE log.event SET version = 9 WHERE position = 55", 55 },
		{ "UPDATE log.event SET hash = sha256('x') WHERE position = 54", 54 },
		{ "UPDATE log.event SET hash = '\\x' WHERE position = 53", 53 },
		{ "UPDATE log.event SET recorded_at = '2001-01-01' WHERE position = 52", 52 },
		{ "UPDATE log.event SET position = position + 1000 WHERE position = 51", 51 },
		{ "DELETE FROM log.event WHERE position = 50", 50 },
		{ "DELETE FROM log.event WHERE position = 1", 1 },
	};
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 100), APPEND_COMMITTED);
	verify_is(100, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		tamper(cases[i].sql);
		verify_is(cases[i].bad - 1, cases[i].bad);
	}
	log_writer_close(w, true);
}

static void
verify_knows_the_end(void **state)
{
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 10), APPEND_COMMITTED);
	tamper("DELETE FROM log.event WHERE position = 10");
	verify_is(9, 10);
	tamper("UPDATE log.head SET position = 9");
	verify_is(9, 9); /* the head's hash is not the last row's */
	tamper("UPDATE log.head SET hash = (SELECT hash FROM log.event WHERE position = 9)");
	verify_is(9, 0); /* only the head kept outside can tell now */
	tamper("INSERT INTO log.event SELECT 12, stream, 7, type, subject, occurred_at, recorded_at, body, "
	       "hash FROM log.event"
	       " WHERE position = 9");
	verify_is(9, 12);                                            /* a row behind the head */
	log_writer_close(w, true);
}

/* ---- reading -------------------------------------------------------------------------------- */

static int64_t first_read, last_read;

static int
read_count(struct log_filter f)
{
	struct log_event e;
	int n = 0;
	struct log_reader *r = log_read(owner, &f, &err);
	assert_non_null(r);
	while (log_next(r, &e, &err)) {
		if (n++ == 0)
			first_read = e.position;
		last_read = e.position;
	}
	assert_int_equal(err.kind, ERROR_NONE);
	log_read_end(r);
	return n;
}

static void
reading_filters(void **state)
{
	static const int types[] = { 100, 102 };
	const int64_t at = INT64_C(1771146000000000);
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 300), APPEND_COMMITTED);
	assert_int_equal(read_count((struct log_filter){ 0 }), 300);
	assert_int_equal(read_count((struct log_filter){ .after = 10, .upto = 20 }), 10);
	assert_true(first_read == 11 && last_read == 20);
	assert_int_equal(read_count((struct log_filter){ .newest_first = true, .limit = 3 }), 3);
	assert_true(first_read == 300 && last_read == 298);
	assert_int_equal(read_count((struct log_filter){ .newest_first = true }), 300);
	assert_int_equal(last_read, 1);
	assert_int_equal(
	    read_count((struct log_filter){ .since = at + 5 * SECOND, .until = at + 7 * SECOND }), 3);
	assert_int_equal(
	    read_count((struct log_filter){ .since = at + 5 * SECOND + 1, .until = at + 7 * SECOND - 1 }), 1);
	assert_int_equal(read_count((struct log_filter){ .types = types, .n_types = 2 }), 200);
	assert_int_equal(read_count((struct log_filter){ .subject = "CUST-3" }), 30);
	assert_int_equal(read_count((struct log_filter){ .subject = "CUST-5" }), 0);
	assert_int_equal(read_count((struct log_filter){ .subject = "x' OR true --" }), 0);
	assert_int_equal(read_count((struct log_filter){ .stream = "case/CASE-77" }), 1);
	assert_int_equal(last_read, 77);
	assert_int_equal(
	    read_count((struct log_filter){ .stream = "case/CASE-77", .newest_first = true, .limit = 5 }), 1);
	assert_int_equal(read_count((struct log_filter){ .after = 300 }), 0);
	log_writer_close(w, true);
}

static void
long_reads_come_in_pieces(void **state)
{
	int64_t checked, bad;
	int calls = 0;
	const int type = 101;
	(void)state;
	struct log_writer *w = writer("host/a");
	for (int i = 0; i < 5; i++)
		assert_int_equal(append(w, 10001), APPEND_COMMITTED);
	assert_true(log_verify(owner, &checked, &bad, count_progress, &calls, &err));
	assert_int_equal(checked, 50005);
	assert_int_equal(bad, 0);
	assert_int_equal(calls, 5);
	assert_int_equal(read_count((struct log_filter){ 0 }), 50005);
	assert_int_equal(read_count((struct log_filter){ .newest_first = true }), 50005);
	assert_true(first_read == 50005 && last_read == 1);
	assert_int_equal(read_count((struct log_filter){ .limit = 30000, .after = 20000 }), 30000);
	assert_true(first_read == 20001 && last_read == 50000);
	assert_int_equal(
	    read_count((struct log_filter){ .types = &type, .n_types = 1, .limit = 15000 }), 15000);
	assert_int_equal(
	    read_count((struct log_filter){ .types = &type, .n_types = 1, .upto = 45000 }),
	    test_pg_int(owner, "SELECT count(*) FROM log.event WHERE type = 101 AND position <= 45000"));
	assert_int_equal(read_count((struct log_filter){ .subject = "CUST-3" }),
	    test_pg_int(owner, "SELECT count(*) FROM log.event WHERE subject = 'CUST-3'"));
	assert_int_equal(
	    read_count((struct log_filter){ .subject = "CUST-3", .newest_first = true, .limit = 2 }), 2);
	assert_true(first_read == 50003 && last_read == 49993);
	log_writer_close(w, true);
}

static void
reading_gives_back_what_was_written(void **state)
{
	struct log_event e;
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 25), APPEND_COMMITTED);
	struct pg *history = test_pg("bss_history");
	struct log_reader *r = log_read(history, &(struct log_filter){ 0 }, &err);
	for (int i = 0; i < 25; i++) {
		const struct log_event *was = log_batch_event(batch, i);
		assert_true(log_next(r, &e, &err));
		assert_true(e.position == was->position && e.version == was->version && e.type == was->type);
		assert_string_equal(e.stream, was->stream);
		assert_true(e.subject ? strcmp(e.subject, was->subject) == 0 : was->subject == NULL);
		assert_true(e.occurred_at == was->occurred_at && e.recorded_at == was->recorded_at);
		assert_int_equal(e.body_len, was->body_len);
		assert_memory_equal(e.body, was->body, e.body_len);
		assert_memory_equal(e.hash, was->hash, HASH_BYTES);
	}
	assert_false(log_next(r, &e, &err));
	assert_false(log_next(r, &e, &err));
	log_read_end(r);
	r = log_read(history, &(struct log_filter){ 0 }, &err);
	assert_true(log_next(r, &e, &err));
	log_read_end(r); /* before its end: the connection is free again */
	assert_int_equal(test_pg_int(history, "SELECT position FROM log.head"), 25);
	pg_close(history);
	log_writer_close(w, true);
}

/* ---- partitions ----------------------------------------------------------------------------- */

static void
partitions_roll_over(void **state)
{
	struct log_size size;
	(void)state;
	drop_log();
	assert_true(log_migrate(owner, NULL, 0, &err));
	test_pg_do(owner,
	    "DROP TABLE log.event_000000000000001; DELETE FROM log.partition; UPDATE log.setting SET"
	    " partition_rows = 10; SELECT log.add_partition(1, 11)");
	struct log_writer *w = writer("host/a");
	struct pg *core = test_pg("bss_core");
	for (int i = 0; i < 12; i++) {
		assert_int_equal(append(w, 4), APPEND_COMMITTED);
		assert_true(log_partition_ahead(core, &err));
	}
	assert_true(log_size(core, &size, &err));
	assert_int_equal(size.events, 48);
	assert_int_equal(size.partitions, 6);
	assert_true(size.bytes > size.index_bytes && size.index_bytes > 0);
	assert_int_equal(test_pg_int(owner, "SELECT count(DISTINCT tableoid) FROM log.event"), 5);
	assert_int_equal(read_count((struct log_filter){ .after = 8, .upto = 33 }), 25);
	verify_is(48, 0);
	/* a partition made later is as closed as the first */
	assert_false(pg_exec(owner, "UPDATE log.event SET type = 1 WHERE position = 45", &err));
	assert_string_equal(err.rule, "pg.raised");
	assert_false(pg_exec(owner, "TRUNCATE log.event_000000000000041", &err));
	assert_string_equal(err.rule, "pg.raised");
	assert_int_equal(append(w, 20), APPEND_FAILED); /* no room made: refused whole, nothing lost */
	assert_int_equal(append(w, 2), APPEND_COMMITTED);
	verify_is(50, 0);
	pg_close(core);
	log_writer_close(w, true);
}

/* making room waits for no reader, and no append waits for it */
static void
partitions_are_made_beside_readers(void **state)
{
	(void)state;
	test_pg_do(owner, "UPDATE log.setting SET partition_rows = 10; UPDATE log.partition SET past = 4;"
			  "DROP TABLE log.event_000000000000001; DELETE FROM log.partition; SELECT "
			  "log.add_partition(1, 11)");
	struct log_writer *w = writer("host/a");
	struct pg *core = test_pg("bss_core"), *reader = test_pg("bss_project");
	assert_int_equal(append(w, 8), APPEND_COMMITTED);
	test_pg_do(reader, "BEGIN; SELECT count(*) FROM log.event");
	test_pg_do(core, "SET lock_timeout = '2s'");
	assert_true(log_partition_ahead(core, &err));
	assert_int_equal(append(w, 8), APPEND_COMMITTED);
	pg_close(reader);
	pg_close(core);
	log_writer_close(w, true);
}

/* ---- rights --------------------------------------------------------------------------------- */

static void
refused_to(const char *role, const char *sql)
{
	struct pg *pg = test_pg(role);
	err = (struct error){ 0 };
	if (pg_exec(pg, sql, &err))
		fail_msg("%s may %s", role, sql);
	assert_string_equal(pg_sqlstate(&err), "42501");
	assert_int_equal(err.kind, ERROR_FORBIDDEN);
	pg_close(pg);
}

static void
the_writer_cannot_change_the_past(void **state)
{
	static const char *const sql[] = { "UPDATE log.event SET type = 1", "DELETE FROM log.event",
		"TRUNCATE log.event", "UPDATE log.event_000000000000001 SET type = 1",
		"TRUNCATE log.event_000000000000001", "DROP TABLE log.event",
		"ALTER TABLE log.event DISABLE TRIGGER ALL", "CREATE TABLE log.mine (a int)",
		"DELETE FROM log.head", "TRUNCATE log.head", "UPDATE log.head SET log_id = hash",
		"DELETE FROM log.subject_key", "UPDATE log.subject_key SET wrapped = wrapped",
		"INSERT INTO log.migration VALUES (99)", "SELECT log.add_partition(100, 200)",
		"UPDATE log.setting SET partition_rows = 5", "SET session_replication_role = replica" };
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 2), APPEND_COMMITTED);
	for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++)
		refused_to("bss_core", sql[i]);
	struct pg *core = test_pg("bss_core");
	assert_false(pg_exec(core, "UPDATE log.head SET position = 1", &err)); /* the trigger: only forward */
	assert_string_equal(err.rule, "pg.raised");
	pg_close(core);
	verify_is(2, 0);
	log_writer_close(w, true);
}

static void
not_even_the_owner_by_accident(void **state)
{
	static const char *const sql[] = { "UPDATE log.event SET type = 1", "DELETE FROM log.event",
		"TRUNCATE log.event", "TRUNCATE log.event_000000000000001", "DELETE FROM log.head",
		"TRUNCATE log.head", "UPDATE log.head SET epoch = epoch - 1",
		"UPDATE log.head SET log_id = sha256('x')" };
	(void)state;
	struct log_writer *w = writer("host/a");
	assert_int_equal(append(w, 2), APPEND_COMMITTED);
	for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++) {
		assert_false(pg_exec(owner, sql[i], &err));
		assert_string_equal(err.rule, "pg.raised");
	}
	log_writer_close(w, true);
}

static void
others_read_at_most(void **state)
{
	static const char *const readers[] = { "bss_project", "bss_history" };
	static const char *const hidden[] = { "SELECT * FROM log.event", "SELECT * FROM log.head",
		"SELECT * FROM log.subject_key", "SELECT * FROM log.event_000000000000001",
		"SELECT log.partition_ahead()" };
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct pg *pg = test_pg(readers[i]);
		test_pg_do(
		    pg, "SELECT * FROM log.event; SELECT * FROM log.subject_key; SELECT * FROM log.head");
		pg_close(pg);
		refused_to(
		    readers[i], "INSERT INTO log.event VALUES (1, 's', 1, 1, NULL, now(), now(), '', '')");
		refused_to(readers[i], "UPDATE log.head SET epoch = 7");
		refused_to(readers[i], "DELETE FROM log.subject_key");
		refused_to(readers[i], "SELECT log.forget_subject('DEFAULT', 'CUST-1')");
	}
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		refused_to("bss_gateway", hidden[i]);
	refused_to("bss_history", "CREATE SCHEMA mine");
	refused_to("bss_core", "CREATE SCHEMA mine");
	refused_to("bss_gateway", "CREATE SCHEMA mine");
}

static void
gateway_reads_what_the_projector_makes(void **state)
{
	(void)state;
	struct pg *project = test_pg("bss_project"), *gateway = test_pg("bss_gateway");
	test_pg_do(project, "CREATE SCHEMA crm; CREATE TABLE crm.customer (id text); INSERT INTO "
			    "crm.customer VALUES ('CUST-1')");
	assert_int_equal(test_pg_int(gateway, "SELECT count(*) FROM crm.customer"), 1);
	refused_to("bss_gateway", "DELETE FROM crm.customer");
	refused_to("bss_gateway", "CREATE TABLE crm.mine (a int)");
	test_pg_do(project, "DROP SCHEMA crm CASCADE");
	pg_close(project);
	pg_close(gateway);
}

/* ---- the schema ----------------------------------------------------------------------------- */

static void
migrating_twice_is_once(void **state)
{
	struct log_head before, after;
	(void)state;
	assert_int_equal(log_schema_version(owner, &err), LOG_SCHEMA_VERSION);
	assert_true(log_head_read(owner, &before, &err));
	assert_true(log_migrate(owner, NULL, 0, &err));
	assert_true(log_head_read(owner, &after, &err));
	assert_memory_equal(before.log_id, after.log_id, HASH_BYTES);
	drop_log();
	assert_int_equal(log_schema_version(owner, &err), 0);
	assert_null(log_writer_open(test_pg_url_as("bss_core"), "host/a", MINUTE, &err));
	assert_string_equal(err.rule, "log.schema_older");
	assert_true(log_migrate(owner, NULL, 0, &err));
	assert_true(log_head_read(owner, &after, &err));
	assert_memory_not_equal(before.log_id, after.log_id, HASH_BYTES);    /* another log, another id */
}

static void
newer_schema_is_refused(void **state)
{
	(void)state;
	test_pg_do(owner, "INSERT INTO log.migration (version) VALUES (2)");
	assert_null(log_writer_open(test_pg_url_as("bss_core"), "host/a", MINUTE, &err));
	assert_string_equal(err.rule, "log.schema_newer");
	assert_non_null(strstr(err.hint, "newer"));
	assert_int_equal(test_pg_int(owner, "SELECT epoch FROM log.head"), 0);       /* nothing was touched */
	assert_false(log_migrate(owner, NULL, 0, &err));
	assert_string_equal(err.rule, "log.schema_newer");
	assert_int_equal(test_pg_int(owner, "SELECT 1"), 1);
	assert_int_equal(log_schema_version(owner, &err), 2);
	struct pg *gateway = test_pg("bss_gateway");
	assert_int_equal(log_schema_version(gateway, &err), -1);
	pg_close(gateway);
}

static void
passwords_are_set(void **state)
{
	char url[400];
	(void)state;
	const struct role_password roles[] = { { "bss_core", "o'hara\"$1" }, { "bss_history", NULL } };
	assert_true(log_migrate(owner, roles, 2, &err));
	assert_int_equal(test_pg_int(owner,
			     "SELECT count(*) FROM pg_authid WHERE rolname = 'bss_core' AND rolpassword LIKE"
			     " 'SCRAM-SHA-256$%'"),
	    1);
	test_pg_do(owner, "DROP ROLE IF EXISTS with_password; CREATE ROLE with_password LOGIN");
	assert_true(pg_set_password(owner, "with_password", "o'hara\"$1", &err));
	snprintf(url, sizeof url, "%s password='o\\'hara\"$1'", test_pg_url_as("with_password"));
	struct pg *pg = pg_connect(url, "test", &err);
	assert_non_null(pg);
	pg_close(pg);
}

static void
careless_server_is_refused(void **state)
{
	(void)state;
	test_pg_do(owner, "ALTER SYSTEM SET full_page_writes = off");
	test_pg_do(owner, "SELECT pg_reload_conf(), pg_sleep(0.3)");
	assert_null(log_writer_open(test_pg_url_as("bss_core"), "host/a", MINUTE, &err));
	assert_string_equal(err.rule, "pg.not_durable");
	test_pg_do(owner, "ALTER SYSTEM RESET full_page_writes");
	test_pg_do(owner, "SELECT pg_reload_conf(), pg_sleep(0.3)");
	test_pg_do(owner, "ALTER ROLE bss_core SET synchronous_commit = off; ALTER ROLE bss_core SET "
			  "statement_timeout = '1ms'");
	struct log_writer *w = writer("host/a"); /* a careless role is corrected for the session */
	for (int i = 0; i < 5; i++)
		assert_int_equal(append(w, 500), APPEND_COMMITTED);
	test_pg_do(owner, "ALTER ROLE bss_core RESET ALL");
	log_writer_close(w, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup(f, each)
		T(gapless),
		T(a_failed_batch_leaves_nothing),
		T(disk_full_is_a_failed_batch),
		T(keys_come_with_their_events),
		T(stale_epoch_appends_nothing),
		T(stale_position_appends_nothing),
		T(lease_keeps_others_out),
		T(lost_before_the_commit),
		T(lost_after_the_commit),
		T(server_crashes),
		T(lost_while_idle),
		T(another_took_over_meanwhile),
		T(verify_names_the_first_bad_position),
		T(verify_knows_the_end),
		T(long_reads_come_in_pieces), T(reading_filters),
		T(reading_gives_back_what_was_written),
		T(partitions_roll_over),
		T(partitions_are_made_beside_readers),
		T(the_writer_cannot_change_the_past),
		T(not_even_the_owner_by_accident),
		T(others_read_at_most),
		T(gateway_reads_what_the_projector_makes),
		T(migrating_twice_is_once),
		T(newer_schema_is_refused),
		T(passwords_are_set),
		T(careless_server_is_refused),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
