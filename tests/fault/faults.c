/* faults.c -- every row of core/base/fault.h, at its first passing and at a later one: something goes wrong there, the work goes
 * on, and then the books are looked at.
 *
 *	faults              a few passings of each, for every day
 *	FAULTS_ALL=1        the first, the second, the third ... until it is never reached
 *	FAULTS_ONLY=core_*  these rows
 *
 * Core, projector, effect and gateway run as processes against a throwaway Postgres, without a supervisor: what ends is
 * started again at once, without the fault.  A client does what clients do: it repeats under the same key until there is an
 * answer.  Books: each acknowledged command is in the log once, with the id and position that were said; money moved once;
 * the chain holds; a core that starts from the log has the world that the one before it had; read models equal rebuilt ones. */
#include "tests/unit/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/fault.h"
#include "projections/follow.h"
#include "schemas/registry.h"
#include "tests/fault/house.h"
#include "tests/pg.h"

#define BURST 24
#define COMMANDS (BURST + 8)

static struct error err;
static int run_no;

/* ---- what the log says -------------------------------------------------------------------------------------------------- */

struct books { int64_t from; char customer[ID_MAX], line[ID_MAX], msisdn[ID_MAX]; int charged,
	delivered; struct command c[COMMANDS]; int n;
	int found[COMMANDS], rated[COMMANDS]; };

static void
take_key(struct books *b, const struct envelope *v)
{
	for (int i = 0; v->key && i < b->n; i++)
		b->found[i] += strcmp(b->c[i].key, v->key) == 0;
}

static void
take_usage(struct books *b, const struct usage_rated *e)
{
	for (int i = 0; e->reference && i < b->n; i++)
		b->rated[i] += strcmp(b->c[i].key, e->reference) == 0;
}

static void
take_event(struct books *b, const struct log_event *e)
{
	const struct shape *s = event_shape(e->type);
	struct envelope v;
	const uint8_t *payload;
	size_t n;
	struct sealing none = { NULL, e->stream };
	void *body = arena_alloc(house.arena, s->size);

	assert_true(envelope_unpack(e->body, e->body_len, house.arena, &v, &payload, &n, &err) && shape_unpack(s,
		payload, n, house.arena, body, &none, &err));
	take_key(b, &v);
	if (s == &usage_rated_shape)
		take_usage(b, body);
	if (!e->subject || strcmp(e->subject, b->customer) != 0)
		return;
	if (s == &subscription_activated_shape) {
		snprintf(b->line, ID_MAX, "%s", strchr(e->stream, '/') + 1);
		snprintf(b->msisdn, ID_MAX, "%s", ((const struct subscription_activated *)body)->msisdn);
	}
	b->charged += s == &payment_charged_shape;
	b->delivered += s == &subscription_vas_purchased_shape;
}

static void
read_log(struct books *b)
{
	struct log_filter f = { .after = b->from };
	struct log_reader *r = log_read(house.owner, &f, &err);
	struct log_event e;

	b->charged = b->delivered = 0;
	memset(b->found, 0, sizeof b->found);
	memset(b->rated, 0, sizeof b->rated);
	while (r && log_next(r, &e, &err))
		take_event(b, &e);
	assert_true(r != NULL && !err.kind);
	log_read_end(r);
}

static int64_t
head_position(void)
{
	struct log_head h;

	assert_true(log_head_read(house.owner, &h, &err));
	return h.position;
}

/* ---- the work --------------------------------------------------------------------------------------------------------------- */

static struct command *
next(struct books *b, const char *op, int64_t await, const char *args)
{
	struct command *c = &b->c[b->n];

	assert_true(b->n < COMMANDS);
	*c = (struct command){ .op = op, .args = args, .await = await,
		.key = arena_printf(house.arena, "run-%d-%d", run_no, b->n) };
	b->n++;
	return c;
}

static void
sign_up(struct books *b)
{
	struct command *c = next(b, "customer.create", 0,
	    arena_printf(house.arena, "{\"name\":\"Fay Ault\",\"email\":\"fay%d@example.test\"}", run_no));

	until_answered(c);
	snprintf(b->customer, ID_MAX, "%s", c->id);
	until_answered(next(b, "customer.attest_kyc", 0, arena_printf(house.arena,
	    "{\"customer_id\":\"%s\",\"provider\":\"prebaked\",\"attestation_token\":\"faults-%d\"}", b->customer, run_no)));
	until_answered(next(b, "payment_method.add", 0, arena_printf(house.arena,
	    "{\"customer_id\":\"%s\",\"token\":\"tok_%d\",\"last4\":\"4242\",\"exp_month\":12,\"exp_year\":2039}",
	b->customer, run_no)));
	until_answered(next(b, "order.create", SECOND,
	    arena_printf(house.arena, "{\"customer_id\":\"%s\",\"offering_id\":\"PLAN_L\"}", b->customer)));
	read_log(b);
	assert_true(b->line[0] && b->msisdn[0]);
}

static void
burst(struct books *b)
{
	struct command *first = &b->c[b->n];
	char when[TIME_TEXT];

	time_format(wall_now() / SECOND * SECOND, when);
	for (int i = 0; i < BURST; i++)
		if (i % 3 == 2)
			next(b, "customer.create", 0,
				arena_printf(house.arena,
				"{\"name\":\"B\",\"email\":\"b%d-%d@example.test\"}", run_no, i));
		else if (i % 3 == 1)
			next(b, "interaction.log", 0,
				arena_printf(house.arena, "{\"customer_id\":\"%s\",\"summary\":\"call %d\"}",
				b->customer, i));
		else
			next(b, "usage.record", 0,
				arena_printf(house.arena,
				"{\"msisdn\":\"%s\",\"event_type\":\"sms\",\"event_time\":\"%s\","
			    "\"quantity\":1,\"unit\":\"count\",\"reference\":\"run-%d-%d\"}", b->msisdn, when, run_no, b->n));
	send_all(first, BURST);
	collect(first, BURST);
}

static void
work(struct books *b)
{
	sign_up(b);
	burst(b);
	until_answered(next(b, "subscription.purchase_vas", SECOND,
	    arena_printf(house.arena, "{\"subscription_id\":\"%s\",\"vas_offering_id\":\"VAS_ROAMING_1GB\"}", b->line)));
}

/* ---- the books --------------------------------------------------------------------------------------------------- */

static void
each_happened_once(struct books *b)
{
	read_log(b);
	for (int i = 0; i < b->n; i++) {
		struct command again = b->c[i];

		if (b->found[i] != 1)
			fail_msg("%s under key %s is in the log %d times", b->c[i].op, b->c[i].key, b->found[i]);
		assert_int_equal(b->rated[i], strcmp(b->c[i].op, "usage.record") == 0);
		again.await = 0;
		until_answered(&again);
		assert_string_equal(again.id, b->c[i].id);
		if (!b->c[i].await)
			assert_int_equal(again.position, b->c[i].position);
	}
	assert_int_equal(b->charged, 2);                 /* the first period, and the day pass */
	assert_int_equal(b->delivered, 1);
}

static void
chain_holds(void)
{
	int64_t checked, bad;

	assert_true(log_verify(house.owner, &checked, &bad, NULL, NULL, &err));
	assert_int_equal(bad, 0);
}

static void
world_says(char out[300])
{
	int64_t until = mono_now() + PATIENCE;
	struct bus_answer *r;

	for (;;) {
		struct bus_header h = house_header();
		struct bus_item item = { .op = "core.digest", .args = (const uint8_t *)"\x80", .args_len = 1 };

		if (bus_call(house.bus, &h, &item, 1, SECOND, house.arena, &r, &err) && r->status == ANSWER_OK)
			break;
		tend();
		assert_true(mono_now() < until);
		sleep_for(10000);
	}
	snprintf(out, 300, "%.*s", (int)r->result_len, (const char *)r->result);
}

static void
world_comes_back(void)
{
	char before[300], after[300];
	struct process *core = process_named("core");

	world_says(before);
	end_process(core);
	start_process(core, NULL);
	world_says(after);
	assert_string_equal(before, after);
}

static int64_t
slowest(void)
{
	int64_t least = INT64_MAX;

	for (const struct projection *const *p = projections; *p; p++) {
		int64_t at = test_pg_int(house.owner, arena_printf(house.arena, "SELECT position FROM %s.checkpoint", (*p)->name));

		least = at < least ? at : least;
	}
	return least;
}

static void
read_models_are_rebuilt_ones(void)
{
	struct buf report = { 0 };
	int64_t until = mono_now() + PATIENCE, head = head_position();
	int n = read_models(), same = 0;

	while (slowest() < head) {
		tend();
		if (mono_now() > until)
			fail_msg("a read model stands at %lld, the log at %lld", (long long)slowest(), (long long)head);
		sleep_for(50000);
	}
	if (!rebuild(house.project_url, house.master, projections, n, true, NULL, &report, &err))
		fail_msg("%s\n%s", err.message, buf_text(&report));
	for (const char *at = buf_text(&report); (at = strstr(at, "are the same")); at++)
		same++;
	assert_int_equal(same, n);
	buf_free(&report);
	for (const struct projection *const *p = projections; *p; p++)
		assert_int_equal(test_pg_int(house.owner, arena_printf(house.arena,
		    "SELECT count(*) FROM pg_namespace WHERE nspname IN ('%s__old', '%s__rebuild')", (*p)->name, (*p)->name)), 0);
}

/* ---- one fault, one passing -------------------------------------------------------------------------------------- */

struct fault_row { const char *name, *process; };
#define ROW_(name, process, what)  { #name, #process },
static const struct fault_row rows[] = { FAULTS(ROW_) };

static bool
it_happened(const struct fault_row *r)
{
	char command[200];

	snprintf(command, sizeof command, "grep -q '\"fault.happens\".*\"%s\"' %s/*.log", r->name, house.dir);
	return system(command) == 0;
}

static void
forget_logs(void)
{
	char command[100];

	snprintf(command, sizeof command, "for f in %s/*.log; do : >$f; done", house.dir);
	assert_int_equal(system(command), 0);
}

/* a rebuild is asked for by hand, while the work goes on */
static pid_t
rebuild_beside(const char *fault)
{
	static const char *const args[3] = { "project", "rebuild", "subscription" };

	return house_spawn("rebuild", args, "bss_project", fault);
}

/* is it about read models? */
static bool
reads(const struct fault_row *r)
{
	return !process_named(r->process) || strcmp(r->process, "project") == 0 || strncmp(r->name, "publish", 7) == 0;
}

static bool
try(const struct fault_row *r, int nth)
{
	struct books *b = arena_new_of(house.arena, struct books);
	struct process *p = process_named(r->process);
	const char *fault = arena_printf(house.arena, "%s@%d", r->name, nth);
	pid_t apart = 0;
	int status;

	run_no++;
	forget_logs();
	b->from = head_position();
	if (p) {
		end_process(p);
		start_process(p, fault);
	} else {
		apart = rebuild_beside(fault);
	}
	work(b);
	if (apart)
		waitpid(apart, &status, 0);
	each_happened_once(b);
	chain_holds();
	if (reads(r))
		read_models_are_rebuilt_ones();
	world_comes_back();
	if (p && strcmp(r->process, "core") != 0) {
		end_process(p);
		start_process(p, NULL);
	}
	arena_reset(house.arena);
	return it_happened(r);
}

static void
every_passing(void **state)
{
	static const int few[] = { 1, 4 };
	const struct fault_row *r = *state;
	bool all = getenv("FAULTS_ALL") != NULL;
	int first = !all && reads(r) && process_named(r->process) ? 2 : 1;

	if (strcmp(r->process, "outside") == 0)
		return;                                  /* outside.c has it */
	if (!try(r, first))
		fail_msg("%s never happened", r->name);
	for (int i = 2; all && i < 200 && try(r, i); i++)
		continue;
	/* looking at all read models takes long: one passing */
	for (size_t i = 1; !all && !reads(r) && i < sizeof few / sizeof *few && try(r, few[i]); i++)
		continue;
}

static void
all_the_same_in_the_end(void **state)
{
	(void)state;
	read_models_are_rebuilt_ones();
}

int
main(void)
{
	struct CMUnitTest tests[FAULT_COUNT + 1];

	for (int i = 0; i < FAULT_COUNT; i++)
		tests[i] = (struct CMUnitTest){ rows[i].name, every_passing, NULL, NULL, (void *)(uintptr_t)&rows[i] };
	tests[FAULT_COUNT] = (struct CMUnitTest){ "all_the_same_in_the_end", all_the_same_in_the_end, NULL, NULL, NULL };
	if (getenv("FAULTS_ONLY"))
		cmocka_set_test_filter(getenv("FAULTS_ONLY"));
	return cmocka_run_group_tests(tests, house_start, house_stop);
}
