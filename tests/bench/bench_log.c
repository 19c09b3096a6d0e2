/* bench_log.c -- the log alone, against a throwaway Postgres with fsync on: appends by size of batch, then reading
 * and proving what was appended.  Prints a table; judges nothing. */
#include "tests/unit/check.h"
#include "core/base/clock.h"
#include "core/eventstore/eventstore.h"
#include "tests/pg.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static struct error err;
static struct log_batch *batch;
static uint8_t body[200];

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
			.subject = subject,
			.type = 7,
			.version = 1 + (head->position + i) / 50000,
			.occurred_at = wall_now(),
			.recorded_at = wall_now(),
			.body = body,
			.body_len = sizeof body };
		snprintf(stream, sizeof stream, "subscription/SUB-%lld", (long long)e.position % 50000);
		snprintf(subject, sizeof subject, "CUST-%lld", (long long)e.position % 50000);
		event_hash(before, &e, e.hash);
		memcpy(before, e.hash, HASH_BYTES);
		log_batch_add(batch, &e);
	}
}

static void
append(struct log_writer *w, int n)
{
	enum append_result r;
	fill(w, n);
	assert_true(log_writer_send(w, batch, &err));
	while ((r = log_writer_poll(w, &err)) == APPEND_BUSY) {
		struct pollfd p = { .fd = log_writer_fd(w),
			.events = (short)(POLLIN | (log_writer_wants_write(w) ? POLLOUT : 0)) };
		poll(&p, 1, 1000);
	}
	if (r != APPEND_COMMITTED)
		fail_msg("%s", err.message);
}

static void
rate(const char *what, int64_t n, int64_t began)
{
	int64_t took = mono_now() - began;
	printf("%-28s %9lld events %8.3f s %9.0f /s\n", what, (long long)n, (double)took / 1e6,
	    (double)n * 1e6 / (double)took);
}

static void
appends(struct log_writer *w, int size, int64_t total)
{
	char what[40];
	int64_t began = mono_now();
	for (int64_t done = 0; done < total; done += size)
		append(w, size);
	snprintf(what, sizeof what, "append, batches of %d", size);
	rate(what, total, began);
}

static int64_t
read_all(struct pg *pg, struct log_filter f)
{
	struct log_event e;
	int64_t n = 0;
	struct log_reader *r = log_read(pg, &f, &err);
	while (log_next(r, &e, &err))
		n++;
	log_read_end(r);
	return n;
}

static void
bench(void **state)
{
	int64_t began, checked, bad;
	struct log_size size;
	(void)state;
	struct pg *owner = test_pg(NULL);
	if (!log_migrate(owner, NULL, 0, &err))
		fail_msg("%s", err.message);
	batch = log_batch_new();
	struct log_writer *w = log_writer_open(test_pg_url_as("bss_core"), "bench", MINUTE, &err);
	assert_non_null(w);
	appends(w, 1, 2000);
	appends(w, 10, 20000);
	appends(w, 100, 100000);
	appends(w, 500, 200000);
	appends(w, 2000, 200000);
	appends(w, 1, 2000);
	began = mono_now();
	rate("read", read_all(owner, (struct log_filter){ 0 }), began);
	began = mono_now();
	rate("read one subject", read_all(owner, (struct log_filter){ .subject = "CUST-4711" }), began);
	began = mono_now();
	rate("read one stream", read_all(owner, (struct log_filter){ .stream = "subscription/SUB-4711" }),
	    began);
	began = mono_now();
	rate("the newest ten", read_all(owner, (struct log_filter){ .newest_first = true, .limit = 10 }),
	    began);
	began = mono_now();
	assert_true(log_verify(owner, &checked, &bad, NULL, NULL, &err) && bad == 0);
	rate("verify", checked, began);
	assert_true(log_size(owner, &size, &err));
	printf("%lld bytes an event, %lld of them indexes\n", (long long)(size.bytes / size.events),
	    (long long)(size.index_bytes / size.events));
	log_writer_close(w, true);
	log_batch_free(batch);
	pg_close(owner);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(bench) };
	return cmocka_run_group_tests(tests, test_pg_start, test_pg_stop);
}
