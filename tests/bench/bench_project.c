/* bench_project.c -- how fast read models are made: a log that is nearly all usage, rebuilt.  Prints a table; no test.
 *
 *	bench_project [EVENTS] [NAME...]      each NAME alone, then all */
#include "tests/unit/check.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/base/clock.h"
#include "core/base/log.h"
#include "projections/follow.h"
#include "tests/pg.h"
#include "tests/project/feed.h"

static struct log_writer *writer;
static struct feed feed;
static struct pg *owner;
static uint8_t master[KEY_BYTES];
static struct error err;

static void
append(void)
{
	if (!log_writer_send(writer, feed.batch, &err))
		fail_msg("%s", err.message);
	while (log_writer_poll(writer, &err) == APPEND_BUSY) {
		struct pollfd p = { .fd = log_writer_fd(writer),
			.events = (short)(POLLIN | (log_writer_wants_write(writer) ? POLLOUT : 0)) };

		poll(&p, 1, 1000);
	}
	log_batch_clear(feed.batch);
	arena_reset(feed.arena);
}

static void
fill(int events)
{
	feed_catalog(&feed);
	for (int i = 0; i < 20000; i++)
		feed_something(&feed);
	append();
	while (feed.position < events) {
		for (int i = 0; i < 5000; i++)
			feed_usage(&feed);
		append();
		log_partition_ahead(owner, &err);
	}
}

static void
told(const char *name, int64_t at, int64_t of, double per_second)
{
	printf("    %-16s %9lld of %9lld %9.0f events/s\n", name, (long long)at, (long long)of, per_second);
}

static void
measure(const char *url, const struct projection *const *which, int n, const char *name)
{
	struct buf report = { 0 };
	int64_t began = mono_now();
	double seconds;

	if (!rebuild(url, master, which, n, false, getenv("VERBOSE") ? &(struct rebuild_progress){ told } : NULL, &report, &err))
		fail_msg("%s: %s", err.rule, err.message);
	seconds = (double)(mono_now() - began) / 1e6;
	printf("%-20s %9lld events %7.2f s %9.0f events/s\n", name, (long long)feed.position, seconds,
		(double)feed.position / seconds);
	fflush(stdout);
	buf_free(&report);
}

static void
follow(const char *url)
{
	struct follower f;
	int64_t began = mono_now();
	double seconds;

	follower_start(&f, url, master);
	if (!follower_connect(&f, &err) || !follower_catch_up(&f, &err))
		fail_msg("%s", err.message);
	seconds = (double)(mono_now() - began) / 1e6;
	printf("%-20s %9lld events %7.2f s %9.0f events/s\n", "catching up, live", (long long)feed.position, seconds,
	    (double)feed.position / seconds);
	follower_stop(&f);
}

static int events = 300000;

static void
bench(void **state)
{
	const char *url;
	int n = 0;

	(void)state;
	owner = test_pg(NULL);
	crypt_start();
	registry_start();
	log_start("bench", LOG_ERROR);
	random_bytes(master, sizeof master);
	if (!log_migrate(owner, NULL, 0, &err))
		fail_msg("%s", err.message);
	writer = log_writer_open(test_pg_url_as("bss_core"), "host/bench", HOUR, &err);
	feed_start(&feed, key_ring_new(master), 7);
	memcpy(feed.hash, log_writer_head(writer)->hash, HASH_BYTES);
	fill(events);
	url = strdup(test_pg_url_as("bss_project"));
	while (projections[n])
		n++;
	if (getenv("ONLY_LIVE")) {
		follow(url);
		return;
	}
	measure(url, projections, n, "all, from nothing");
	measure(url, projections, n, "all, again");
	measure(url, &projections[n - 1], 1, "audit");
	measure(url, &projections[n - 2], 1, "mediation");
	measure(url, &projections[n - 3], 1, "subscription");
	test_pg_do(owner, "DO $$ DECLARE s text; BEGIN FOREACH s IN ARRAY ARRAY['crm','catalog','inventory','payment','order_mgmt',"
	    "'service_inventory','provisioning','subscription','mediation','audit'] LOOP EXECUTE 'DROP SCHEMA ' || s || ' CASCADE'; END LOOP; END $$");
	follow(url);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(bench) };

	if (argc > 1)
		events = atoi(argv[1]);
	test_pg_extra("wal_level = minimal\nmax_wal_senders = 0\nshared_buffers = 256MB\n");
	return cmocka_run_group_tests(tests, test_pg_start, test_pg_stop);
}
