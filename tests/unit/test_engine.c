/* test_engine.c -- limits of the engine that no story reaches: how much one unit may do, what is remembered of usage, and for how
 * long, live and after a replay. */
#include "tests/unit/check.h"
#include <stdio.h>
#include "core/base/config.h"
#include "core/commands/states.h"
#include "core/commands/unit.h"
#include "core/commands/usage_book.h"

#define DAY_ (24 * HOUR)

static const uint8_t master[KEY_BYTES] = { 7 };
static struct arena *a;
static struct engine *g;
static struct key_ring *ring;
static struct error refusal;
static struct log_batch *log_of[20000];
static int batches;

/* texts of states live as long as the process */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:world_text\n";
}

static int
before_each(void **state)
{
	(void)state;
	a = arena_new();
	ring = key_ring_new(master);
	g = engine_new(ring);
	engine_replayed(g);
	batches = 0;
	return 0;
}

static int
after_each(void **state)
{
	(void)state;
	for (int i = 0; i < batches; i++)
		log_batch_free(log_of[i]);
	engine_free(g);
	key_ring_free(ring);
	arena_free(a);
	config_set("BSS_USAGE_DEDUP_MAX", NULL);
	return 0;
}

static struct decision
decision(void)
{
	static const struct caller caller = { .actor = "tester", .channel = "cli", .identity = "default", .admin = true };
	struct world *w = engine_world(g);
	struct unit *u = &g->unit;

	u->n = u->n_steps = u->n_keys = 0;
	u->cause = -1;
	u->in_refused = u->recorded = u->overflow = false;
	refusal = (struct error){ 0 };
	return (struct decision){ .world = w, .tenant = world_tenant(w, "DEFAULT"), .caller = &caller, .now = business_now(w),
		.wall = wall_now(), .arena = a, .refusal = &refusal, .unit = u, .command = command_of(&clock_freeze_shape) };
}

static void
commit(void)
{
	size_t mark;

	if (log_batch_count(engine_batch(g)) == 0)
		return;
	assert_true(batches < 20000);
	log_of[batches++] = engine_take_batch(g, log_batch_new(), &mark);
	engine_committed(g, mark);
}

static void
given(const struct shape *event, const char *id, const void *body)
{
	struct decision d = decision();

	emit_(&d, event, id, body);
	unit_finish(g, &(struct ask){ .op = operation_shapes[0], .tenant = "DEFAULT", .caller = *d.caller, .trusted = true }, &d);
	commit();
}

static void
at(int64_t instant)
{
	struct business_clock c = { .frozen = true, .frozen_at = instant };

	world_clock_set(engine_world(g), c);
}

/* ---- one unit --------------------------------------------------------------------------------------------------------- */

static void
a_unit_has_limits(void **state)
{
	uint8_t before[HASH_BYTES], after[HASH_BYTES];
	struct decision d = decision();
	size_t mark = engine_mark(g);
	(void)state;

	engine_digest(g, before);
	for (int i = 0; i < UNIT_MAX_EVENTS; i++)
		emit(&d, interaction_logged, "CUST-1", .interaction_id = "INT-1", .summary = "x");
	assert_true(cascade_run(d.unit, &d));
	emit(&d, interaction_logged, "CUST-1", .interaction_id = "INT-1", .summary = "one too many");
	assert_false(cascade_run(d.unit, &d));
	assert_string_equal(refusal.rule, "unit.too_large");
	world_rollback(engine_world(g), mark);

	d = decision();
	for (int i = 0; i <= UNIT_MAX_STEPS; i++)
		issue(&d, clock_freeze, .at = 0);
	assert_false(cascade_run(d.unit, &d));
	assert_string_equal(refusal.rule, "unit.too_large");
	world_rollback(engine_world(g), mark);
	engine_digest(g, after);
	assert_memory_equal(before, after, HASH_BYTES);
	assert_int_equal(key_ring_count(ring), 0);
	assert_int_equal(log_batch_count(engine_batch(g)), 0);
}

/* ---- usage ---------------------------------------------------------------------------------------------------------------- */

static void
a_line(void)
{
	struct allowance allowance = { .allowance_type = "sms", .quantity = -1, .unit = "count" };

	given(&customer_created_shape, "CUST-1", &(struct customer_created){ .name = "Ada", .status = "active" });
	given(&subscription_activated_shape, "SUB-0001",
		&(struct subscription_activated){ .customer_id = "CUST-1", .msisdn = "90000000",
	    .allowances = { &allowance, 1 } });
}

static struct verdict
used(int n, int64_t when)
{
	struct usage_record args = { .msisdn = "90000000", .event_type = "sms", .event_time = when, .quantity = 1, .unit = "count",
		.reference = arena_printf(a, "ref-%d", n) };
	struct ask q = { .op = &usage_record_shape, .args = &args, .tenant = "DEFAULT", .caller = { "tester", "cli", "default" } };
	struct verdict v = { 0 };

	random_hex(q.correlation, 32);
	engine_decide(g, &q, a, &v);
	commit();
	return v;
}

/* full: come back later, and what was seen is still known; when the window has moved on there is room again */
static void
references_are_bounded(void **state)
{
	const int64_t start = INT64_C(1771146000000000);
	(void)state;

	config_set("BSS_USAGE_DEDUP_MAX", "1000");
	at(start);
	a_line();
	for (int i = 0; i < 1000; i++)
		assert_true(used(i, start).ok);
	struct verdict v = used(1000, start);
	assert_int_equal(v.error.kind, ERROR_UNAVAILABLE);
	assert_string_equal(v.error.rule, "usage.record.memory");
	v = used(500, start);
	assert_true(v.ok && v.events == 0);
	at(start + config_int("BSS_USAGE_DEDUP_WINDOW") * SECOND + 2 * HOUR);
	v = used(1001, business_now(engine_world(g)));
	assert_true(v.ok && v.events == 1);
	v = used(0, start);                              /* too old to be known again: refused, not debited twice */
	assert_false(v.ok);
	assert_string_equal(v.error.rule, "usage.record.within_window");
}

/* sixty days of usage do not all come back into memory */
static void
a_replay_forgets_as_it_was_forgotten(void **state)
{
	const int64_t start = INT64_C(1771146000000000);
	struct key_ring *other_ring = key_ring_new(master);
	struct engine *other = engine_new(other_ring);
	uint8_t live[HASH_BYTES], replayed[HASH_BYTES];
	struct error err;
	(void)state;

	config_set("BSS_USAGE_DEDUP_MAX", "1000");
	at(start);
	a_line();
	for (int day = 0; day < 60; day++) {
		at(start + day * DAY_);
		for (int i = 0; i < 100; i++)
			assert_true(used(100 * day + i, start + day * DAY_).ok);
	}
	for (int i = 0; i < batches; i++)
		for (int k = 0; k < log_batch_count(log_of[i]); k++)
			assert_true(engine_replay(other, log_batch_event(log_of[i], k), &err));
	engine_replayed(other);
	world_clock_set(engine_world(other), *world_clock(engine_world(g)));
	assert_false(usage_book_full(engine_world(other)));
	assert_non_null(usage_book_find(world_tenant(engine_world(other), "DEFAULT"), "ref-5999"));
	assert_null(usage_book_find(world_tenant(engine_world(other), "DEFAULT"), "ref-100"));
	engine_digest(g, live);
	engine_digest(other, replayed);
	assert_memory_equal(live, replayed, HASH_BYTES);
	engine_free(other);
	key_ring_free(other_ring);
}

#define T(f)  cmocka_unit_test_setup_teardown(f, before_each, after_each)
int
main(void)
{
	const struct CMUnitTest tests[] = { T(a_unit_has_limits), T(references_are_bounded),
		T(a_replay_forgets_as_it_was_forgotten) };

	crypt_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
