/* crowd.c -- anybody does anything, in any order: commands made up at random, effects that answer as they like, time that
 * passes, batches that fail.
 *
 * Nobody says what should happen; after every command what must always hold is looked at: a number has one line, an order
 * in progress waits for something, nobody pays for a line that is not there, a line without data is blocked, a period that ended
 * is attempted.  In the end the log alone brings the same world back.
 *
 *	crowd [STEPS] [SEED]               a failure names the seed, which plays the same again */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/commands/balance.h"
#include "core/commands/modules.h"
#include "core/commands/unit.h"
#include "core/eventstore/batch.h"

#define KNOWN 48                         /* ids remembered of each kind */
#define BATCHES 100000
#define CHOICES(list) choice(list, sizeof list / sizeof *list)

struct crowd {
	struct engine *engine;
	struct key_ring *keys;
	struct arena *arena;
	uint64_t seed, state;
	char ids[AGGREGATE_COUNT][KNOWN][ID_MAX];
	int n_ids[AGGREGATE_COUNT];
	struct log_batch *log[BATCHES];
	int n_log, step, decided, refused, failed;
	const char *doing, *tenant;
	bool got_something;              /* a line, a top-up or a period, by what was decided last */
};

/* the world's texts live as long as the process */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:world_text";
}

static uint64_t
roll(struct crowd *c, uint64_t sides)
{
	c->state ^= c->state << 13;
	c->state ^= c->state >> 7;
	c->state ^= c->state << 17;
	return c->state % sides;
}

static void
wrong(struct crowd *c, const char *what, const char *id)
{
	if (c->failed++ < 10)
		printf("seed %llu, step %d, after %s: %s %s\n", (unsigned long long)c->seed, c->step, c->doing, id, what);
}

/* ---- arguments that look as if somebody meant them ------------------------------------------------------- */

static const struct { const char *field; int aggregate; } named[] = {
	{ "customer_id", AGGREGATE_customer }, { "offering_id", AGGREGATE_offering }, { "price_id", AGGREGATE_price },
	{ "vas_offering_id", AGGREGATE_vas_offering }, { "spec_id", AGGREGATE_product_specification },
	{ "msisdn", AGGREGATE_msisdn }, { "preference", AGGREGATE_msisdn }, { "msisdn_preference", AGGREGATE_msisdn },
	{ "iccid", AGGREGATE_esim }, { "method_id", AGGREGATE_payment_method }, { "payment_method_id", AGGREGATE_payment_method },
	{ "attempt_id", AGGREGATE_payment_attempt }, { "order_id", AGGREGATE_order },
	{ "task_id", AGGREGATE_provisioning_task }, { "service_id", AGGREGATE_service }, { "subscription_id", AGGREGATE_subscription },
	{ "usage_id", AGGREGATE_usage }, { "usage_specification_id", AGGREGATE_usage_specification },
	{ "category_id", AGGREGATE_category }, { "specification_id", AGGREGATE_product_specification },
	{ "fault_id", AGGREGATE_fault_injection }, { "agent_id", AGGREGATE_agent },
};

static const char *
known_id(struct crowd *c, const char *field)
{
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (strcmp(named[i].field, field) == 0 && c->n_ids[named[i].aggregate] && roll(c, 16)) {
			int n = c->n_ids[named[i].aggregate];

			return c->ids[named[i].aggregate][roll(c, n < KNOWN ? (uint64_t)n : KNOWN)];
		}
	return arena_printf(c->arena, "X-%d", (int)roll(c, 20));
}

static const char *
one_choice(struct crowd *c, const char *choices)
{
	int n = 1;

	for (const char *p = choices; *p; p++)
		n += *p == '|';
	for (n = (int)roll(c, (uint64_t)n); n; n--)
		choices = strchr(choices, '|') + 1;
	return arena_strndup(c->arena, choices, strcspn(choices, "|"));
}

static const char *
choice_of(struct crowd *c, const char *const *list, size_t n)
{
	return list[roll(c, n)];
}

static const char *
some_text(struct crowd *c, const struct field *f)
{
	static const char *const tokens[] = { "tok_good", "tok_fine", "tok_DECLINE" };
	static const char *const kinds[] = { "data", "data", "voice", "sms", "voice_minutes", "fax" };
	static const char *const units[] = { "mb", "mb", "minutes", "count" };
	static const char *const spans[] = { "1h", "20m", "1d", "29d", "30d", "91d", "0s" };
	static const char *const prefixes[] = { "9000", "9001", "90", "9x00" };

	if (f->choices)
		return one_choice(c, f->choices);
	if (strcmp(f->name, "token") == 0)
		return choice_of(c, tokens, 3);
	if (strcmp(f->name, "event_type") == 0)
		return choice_of(c, kinds, 6);
	if (strcmp(f->name, "unit") == 0)
		return choice_of(c, units, 4);
	if (strcmp(f->name, "duration") == 0)
		return choice_of(c, spans, 7);
	if (strcmp(f->name, "prefix") == 0)
		return choice_of(c, prefixes, 4);
	if (strcmp(f->name, "medium_type") == 0)
		return roll(c, 2) ? "email" : "mobile";
	if (strcmp(f->name, "provider") == 0)
		return "prebaked";
	return arena_printf(c->arena, "%.6s%d", f->name, (int)roll(c, 30));
}

static int64_t
some_number(struct crowd *c)
{
	static const int64_t numbers[] = { 1, 1, 2, 5, 10, 12, 60, 100, 700, 3000, 2035, 0, -1, -7, INT64_MAX };

	return numbers[roll(c, sizeof numbers / sizeof *numbers)];
}

static void
fill_field(struct crowd *c, const struct field *f, void *args)
{
	static const char *const amounts[] = { "10.00", "3.50", "25.00", "0.00", "-1.00", "1.234" };
	int64_t now = business_now(engine_world(c->engine));
	void *at = field_at(f, args);

	if (!f->required && roll(c, 3) == 0)
		return;
	switch (f->kind) {
	case FIELD_ID: *(const char **)at = known_id(c, f->name); break;
	case FIELD_TEXT: *(const char **)at = some_text(c, f); break;
	case FIELD_DECIMAL: *(const char **)at = choice_of(c, amounts, 6); break;
	case FIELD_DATE: *(const char **)at = "1990-02-28"; break;
	case FIELD_JSON: *(const char **)at = "{\"signature\":\"x\"}"; break;
	case FIELD_INT: *(int64_t *)at = some_number(c); break;
	case FIELD_BOOL: *(bool *)at = roll(c, 2); break;
	case FIELD_REAL: *(double *)at = (double)roll(c, 5) / 3.0; break;
	case FIELD_TIME: *(int64_t *)at = roll(c, 3) ? now - (int64_t)roll(c, 3) * HOUR / 2 : now + (int64_t)roll(c,
		40) * DAY; break;
	case FIELD_OPTINT: *(struct opt_int *)at = (struct opt_int){ some_number(c), true }; break;
	case FIELD_OPTBOOL: *(struct opt_bool *)at = (struct opt_bool){ roll(c, 2), true }; break;
	case FIELD_OPTREAL: *(struct opt_real *)at = (struct opt_real){ (double)roll(c, 5) / 3.0, true }; break;
	case FIELD_MONEY: case FIELD_TEXTS: case FIELD_LIST: break;
	}
}

/* ---- doing ----------------------------------------------------------------------------------------------------- */

static void
learn(struct crowd *c, int aggregate, const char *id)
{
	int at = c->n_ids[aggregate]++ % KNOWN;

	keep_text(c->ids[aggregate][at], ID_MAX, id);
}

static void
on_event(void *ctx, const struct finished_event *e)
{
	struct crowd *c = ctx;

	c->got_something |= e->shape == &subscription_activated_shape || e->shape == &subscription_vas_purchased_shape ||
		e->shape == &subscription_renewed_shape;
	for (int i = 0; i < KNOWN && i < c->n_ids[e->shape->aggregate]; i++)
		if (strcmp(c->ids[e->shape->aggregate][i], e->id) == 0)
			return;
	learn(c, e->shape->aggregate, e->id);
}

/* what it made; NULL: refused */
static const char *
decide(struct crowd *c, const struct shape *op, void *args)
{
	struct ask q = { .op = op, .args = args, .tenant = c->tenant,
		.caller = { .actor = "crowd", .channel = "cli", .identity = "default", .admin = true,
		.scenario = roll(c, 3) == 0 } };
	struct verdict v = { 0 };

	c->doing = op->name;
	random_hex(q.correlation, 32);
	if (roll(c, 4) == 0)
		q.key = arena_printf(c->arena, "key-%d", (int)roll(c, 1000000));
	q.dry_run = roll(c, 20) == 0;
	if (!shape_check(op, args, &v.error))
		return NULL;
	engine_decide(c->engine, &q, c->arena, &v);
	c->decided += v.ok;
	c->refused += !v.ok;
	if (!v.ok && (v.error.kind == ERROR_NONE || !v.error.rule[0] || !v.error.message[0]))
		wrong(c, "was refused without a rule or a sentence", op->name);
	return v.ok && !v.dry_run ? arena_strdup(c->arena, v.id) : NULL;
}

static bool
ends_the_trade(const struct shape *op)
{
	return op == &catalog_retire_offering_shape || op == &catalog_window_offering_shape ||
		op == &catalog_update_offering_shape ||
		op == &catalog_retire_vas_shape || op == &payment_cutover_shape;
}

static void
anything(struct crowd *c)
{
	const struct shape *const *s = operation_shapes;
	const struct shape *op;
	int n = 0;
	void *args;

	while (s[n])
		n++;
	do
		op = s[roll(c, (uint64_t)n)];
	while (op->is_query || op->client || op->internal || op->effect_only || (op->gated && roll(c, 20)) || ends_the_trade(op) ||
	       !command_of(op));
	args = arena_alloc(c->arena, op->size);
	FOR_EACH_FIELD(f, op)
		fill_field(c, f, args);
	c->tenant = roll(c, 8) ? "DEFAULT" : "OTHER";        /* who shares nothing, not even the names of things */
	decide(c, op, args);
}

/* what people mostly do: otherwise hardly anybody would get as far as a line */
static void
something_useful(struct crowd *c)
{
	static const struct shape *const useful[] = { &customer_create_shape, &customer_attest_kyc_shape, &payment_method_add_shape,
		&order_create_shape, &usage_simulate_shape, &usage_simulate_shape, &usage_simulate_shape, &usage_record_shape,
		&usage_record_shape, &subscription_purchase_vas_shape, &subscription_purchase_vas_shape,
		&subscription_renew_now_shape, &subscription_terminate_shape, &order_cancel_shape,
		&provisioning_resolve_stuck_shape,
		&payment_set_default_shape, &provisioning_set_fault_injection_shape, &clock_advance_shape };
	const struct shape *op = useful[roll(c, sizeof useful / sizeof *useful)];
	void *args = arena_alloc(c->arena, op->size);

	FOR_EACH_FIELD(f, op)
		fill_field(c, f, args);
	if (op == &payment_method_add_shape)
		*(struct payment_method_add *)args = (struct payment_method_add){ known_id(c, "customer_id"), "card",
			roll(c, 4) ? "tok_good" : "tok_DECLINE", "mock", "visa", "4242", 12, 2099 };
	if (op == &usage_simulate_shape)
		((struct usage_simulate *)args)->unit = NULL;
	if (op == &usage_record_shape)
		((struct usage_record *)args)->reference = arena_printf(c->arena, "CDR-%d", (int)roll(c, 3000));
	if (op == &order_create_shape && roll(c, 4))
		((struct order_create *)args)->msisdn_preference = NULL;
	decide(c, op, args);
}

/* somebody who wants a line, and does what it takes */
static void
newcomer(struct crowd *c)
{
	const char *who = decide(c, &customer_create_shape, arena_memdup(c->arena, &(struct customer_create){ .name = "New Comer",
		.email = arena_printf(c->arena, "new%d@x.y", (int)roll(c, 100000)) }, sizeof(struct customer_create)));

	if (!who)
		return;
	decide(c, &customer_attest_kyc_shape, arena_memdup(c->arena,
		&(struct customer_attest_kyc){ .customer_id = who, .provider = "prebaked",
		.attestation_token = "t" }, sizeof(struct customer_attest_kyc)));
	decide(c, &payment_method_add_shape, arena_memdup(c->arena, &(struct payment_method_add){ who, "card",
		roll(c, 6) ? "tok_good" : "tok_DECLINE", "mock", "visa", "4242", 12, 2099 }, sizeof(struct payment_method_add)));
	decide(c, &order_create_shape, arena_memdup(c->arena, &(struct order_create){ .customer_id = who, .offering_id = "PLAN_S",
		.hold = roll(c, 8) == 0 }, sizeof(struct order_create)));
}

static void
answer_payment(struct crowd *c, const struct open_request *r)
{
	static const char *const answers[] = { "approved", "approved", "approved", "declined", "errored" };
	const char *id = arena_strdup(c->arena, r->aggregate_id);
	const struct payment_attempt_state *a;

	c->got_something = false;
	if (strcmp(r->event, "payment.refund_requested") == 0)
		decide(c, &payment_record_refund_shape,
			arena_memdup(c->arena, &(struct payment_record_refund){ .attempt_id = r->aggregate_id,
			.provider_call_id = "r" }, sizeof(struct payment_record_refund)));
	else
		decide(c, &payment_record_result_shape,
			arena_memdup(c->arena, &(struct payment_record_result){ .attempt_id = r->aggregate_id,
			.status = choice_of(c, answers, 5), .provider_call_id = "p" }, sizeof(struct payment_record_result)));
	a = find(world_tenant(engine_world(c->engine), c->tenant), payment_attempt, id);
	if (a && a->e.status == PAYMENT_APPROVED && (a->subscription_id[0] || a->order_id[0]) && !c->got_something)
		wrong(c, "was paid for nothing", id);
}

static void
answer_task(struct crowd *c, const struct open_request *r)
{
	static const char *const answers[] = { "completed", "completed", "completed", "completed", "completed",
		"attempt_failed", "failed", "stuck" };

	decide(c, &provisioning_report_shape, arena_memdup(c->arena, &(struct provisioning_report){ .task_id = r->aggregate_id,
		.outcome = choice_of(c, answers, 8), .attempts = 1 }, sizeof(struct provisioning_report)));
}

static void
effects_answer(struct crowd *c)
{
	struct open_request r[8];
	bool money = roll(c, 2);
	int n = engine_open_requests(c->engine, money ? "payment" : "provisioning", 0, r, 8);

	if (!n)
		return;
	n = (int)roll(c, (uint64_t)n);
	c->tenant = arena_strdup(c->arena, r[n].tenant);
	(money ? answer_payment : answer_task)(c, &r[n]);
}

/* the batch is in the log, or it never was */
static void
settle(struct crowd *c)
{
	size_t mark;
	static size_t before;
	static int64_t position;
	static uint8_t hash[HASH_BYTES];

	if (roll(c, 12) == 0) {
		engine_undo(c->engine, before, position, hash);
	} else if (log_batch_count(engine_batch(c->engine)) && c->n_log < BATCHES) {
		c->log[c->n_log++] = engine_take_batch(c->engine, log_batch_new(), &mark);
		engine_committed(c->engine, mark);
	}
	before = engine_mark(c->engine);
	position = engine_position(c->engine);
	memcpy(hash, engine_hash(c->engine), HASH_BYTES);
}

/* ---- what must always hold --------------------------------------------------------------------------------------- */

static void
check_line(struct crowd *c, struct tenant *t, struct subscription_state *s)
{
	const struct msisdn_state *m = find(t, msisdn, s->msisdn);
	const struct esim_state *sim = find(t, esim, s->iccid);
	bool live = s->e.status == SUBSCRIPTION_ACTIVE || s->e.status == SUBSCRIPTION_BLOCKED;

	for (int i = 0; i < s->n_balances; i++)
		if (s->balances[i].consumed < 0 || (s->balances[i].total >= 0 && s->balances[i].consumed > s->balances[i].total))
			wrong(c, "has used more than it had", s->e.id);
	if (!live)
		return;
	if (!m || m->e.status != MSISDN_ASSIGNED || strcmp(m->subscription_id, s->e.id) != 0)
		wrong(c, "is a line whose number is not its own", s->e.id);
	if (!sim || sim->e.status == ESIM_AVAILABLE || sim->e.status == ESIM_RECYCLED || strcmp(sim->subscription_id, s->e.id) != 0)
		wrong(c, "is a line whose eSIM is not its own", s->e.id);
	if (subscription_of_msisdn(t, s->msisdn) != s)
		wrong(c, "is not found by its number", s->e.id);
	if (s->e.status == SUBSCRIPTION_ACTIVE && allowance_left(s, "data", business_now(engine_world(c->engine)), NULL) == 0)
		wrong(c, "is active without data", s->e.id);
	if (s->e.status == SUBSCRIPTION_ACTIVE && !s->renewal_attempt[0] && !timer_at(engine_world(c->engine),
		TIMER_RENEWAL, &s->e))
		wrong(c, "is active and will never be renewed", s->e.id);
}

static bool
waits_for_something(struct tenant *t, const struct order_state *o)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, o->e.id, "");
	while ((e = index_next(t, INDEX_ORDER_SERVICE_ORDERS, prefix, &at)))
		if (e->status == SERVICE_ORDER_IN_PROGRESS)
			return true;
	for (int64_t b = 0; b < world_buckets(t, AGGREGATE_payment_attempt); b++)
		for (e = NULL; (e = world_in_bucket(t, AGGREGATE_payment_attempt, b, e));)
			if (e->status == PAYMENT_PENDING && strcmp(((struct payment_attempt_state *)e)->order_id, o->e.id) == 0)
				return true;
	return false;
}

static void
check_payment(struct crowd *c, struct tenant *t, const struct payment_attempt_state *a)
{
	const struct order_state *o = a->order_id[0] ? find(t, order, a->order_id) : NULL;

	if (a->e.status == PAYMENT_APPROVED && o && o->e.status != ORDER_COMPLETED)
		wrong(c, "is paid for an order that is not completed", a->e.id);
}

/* what people reserve by hand is for ... */
static bool
kept_for_nobody(struct tenant *t, const char *reserved_for)
{
	const struct order_state *o = find(t, order, reserved_for);

	return strncmp(reserved_for, "ORD-", 4) == 0 && (!o || o->e.status != ORDER_IN_PROGRESS);
}

static void
check_number(struct crowd *c, struct tenant *t, const struct msisdn_state *m)
{
	bool is_free = index_get(t, INDEX_MSISDN_FREE, m->e.id) != NULL;

	if (is_free != (m->e.status == MSISDN_AVAILABLE))
		wrong(c, "is free and is not", m->e.id);
	if (m->e.status == MSISDN_RESERVED && kept_for_nobody(t, m->reserved_for))
		wrong(c, "is reserved for an order that is over", m->e.id);
}

static void
check_esim(struct crowd *c, struct tenant *t, const struct esim_state *e)
{
	if (e->e.status == ESIM_RESERVED && !e->subscription_id[0] && kept_for_nobody(t, e->reserved_for))
		wrong(c, "is reserved for an order that is over", e->e.id);
}

static void
check_task(struct crowd *c, struct tenant *t, const struct provisioning_task_state *p)
{
	const struct service_order_state *so = find(t, service_order, p->service_order_id);

	if ((p->e.status == TASK_PENDING || p->e.status == TASK_RUNNING) && (!so || so->e.status != SERVICE_ORDER_IN_PROGRESS))
		wrong(c, "is a task of a service order that is over", p->e.id);
}

static void
check(struct crowd *c)
{
	struct tenant *t = world_tenant(engine_world(c->engine), "DEFAULT");
	static const int kinds[] = { AGGREGATE_subscription, AGGREGATE_order, AGGREGATE_payment_attempt, AGGREGATE_msisdn,
		AGGREGATE_esim, AGGREGATE_provisioning_task };

	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (int64_t b = 0; b < world_buckets(t, kinds[k]); b++)
			for (struct entity *e = NULL; (e = world_in_bucket(t, kinds[k], b, e));)
				if (kinds[k] == AGGREGATE_subscription)
					check_line(c, t, (struct subscription_state *)e);
				else if (kinds[k] == AGGREGATE_payment_attempt)
					check_payment(c, t, (struct payment_attempt_state *)e);
				else if (kinds[k] == AGGREGATE_msisdn)
					check_number(c, t, (struct msisdn_state *)e);
				else if (kinds[k] == AGGREGATE_esim)
					check_esim(c, t, (struct esim_state *)e);
				else if (kinds[k] == AGGREGATE_provisioning_task)
					check_task(c, t, (struct provisioning_task_state *)e);
				else if (e->status == ORDER_IN_PROGRESS && !waits_for_something(t, (struct order_state *)e))
					wrong(c, "is in progress and waits for nothing", e->id);
}

/* ---- the log alone --------------------------------------------------------------------------------------------------- */

static void
replay_is_the_same(struct crowd *c, const uint8_t master[KEY_BYTES])
{
	struct key_ring *ring = key_ring_new(master);
	struct engine *g = engine_new(ring);
	uint8_t live[HASH_BYTES], replayed[HASH_BYTES];
	struct error err = { 0 };

	c->doing = "a restart";
	for (int i = 0; i < c->n_log; i++) {
		const struct batch_key *keys;
		int n = batch_keys(c->log[i], &keys);

		for (int k = 0; k < n; k++)
			key_ring_add(ring, keys[k].tenant, keys[k].subject, keys[k].wrapped);
		for (int k = 0; k < log_batch_count(c->log[i]) && !err.kind; k++)
			if (!engine_replay(g, log_batch_event(c->log[i], k), &err))
				wrong(c, err.message, "the log:");
	}
	engine_replayed(g);
	engine_digest(c->engine, live);
	engine_digest(g, replayed);
	if (memcmp(live, replayed, HASH_BYTES) != 0)
		wrong(c, "is another one", "the world rebuilt from the log");
	engine_free(g);
	key_ring_free(ring);
}

static void
open_shop(struct crowd *c)
{
	static const char *const specs[][2] = { { "SSPEC_CFS_MOBILE_BROADBAND", "CFS" }, { "SSPEC_RFS_DATA_BEARER", "RFS" } };
	static const struct { const char *id, *type; int64_t quantity, hours; } vas[] = { { "VAS_1", "data", 50, 0 },
		{ "VAS_DAY", "data", -1, 24 }, { "VAS_PASS", "data", 30, 48 }, { "VAS_R", "data_roaming", 100, 0 } };

	decide(c, &catalog_register_specification_shape,
		&(struct catalog_register_specification){ "SPEC_MOBILE_PREPAID", "Mobile" });
	for (int i = 0; i < 2; i++)
		decide(c, &catalog_add_service_specification_shape,
			&(struct catalog_add_service_specification){ specs[i][0], "x", specs[i][1] });
	decide(c, &catalog_add_offering_shape, &(struct catalog_add_offering){ .offering_id = "PLAN_S", .name = "S",
		.amount = "10.00",
		.data_mb = { 100, true }, .voice_minutes = { -1, true }, .sms_count = { 5, true },
		.data_roaming_mb = { 0, true } });
	for (int i = 0; i < 4; i++)
		decide(c, &catalog_add_vas_shape, &(struct catalog_add_vas){ .vas_offering_id = vas[i].id, .name = "V",
			.amount = "3.00",
			.allowance_type = vas[i].type, .allowance_quantity = vas[i].quantity, .expiry_hours = vas[i].hours });
	decide(c, &inventory_msisdn_add_range_shape, &(struct inventory_msisdn_add_range){ "9000", 40 });
	decide(c, &inventory_esim_add_batch_shape, &(struct inventory_esim_add_batch){ .count = 200 });
	decide(c, &provisioning_add_fault_injection_shape,
		&(struct provisioning_add_fault_injection){ "FI_1", "HLR_PROVISION", "stuck", 0.5 });
}

static void
step(struct crowd *c)
{
	uint64_t what = roll(c, 20);

	c->tenant = "DEFAULT";
	if (what < 11)
		effects_answer(c);
	else if (what < 12)
		newcomer(c);
	else if (what < 18)
		something_useful(c);
	else
		anything(c);
	c->doing = c->doing ? c->doing : "nothing";
	while (engine_timers(c->engine, 100, c->arena))
		;
	if (roll(c, 3) == 0)
		settle(c);
	if (c->step % 10 == 0)
		check(c);
	arena_reset(c->arena);
}

static void
numbers_are_known(struct crowd *c)
{
	char number[ID_MAX];

	for (int i = 0; i < 40; i++) {
		snprintf(number, sizeof number, "9000%04d", i);
		learn(c, AGGREGATE_msisdn, number);
	}
}

int
main(int argc, char **argv)
{
	static struct crowd c;
	static const uint8_t master[KEY_BYTES] = "a key that is only good for this";
	int steps = argc > 1 ? atoi(argv[1]) : 20000;

	crypt_start();
	c.seed = c.state = argc > 2 ? strtoull(argv[2], NULL, 10) : random_u64() | 1;
	config_set("BSS_ALLOW_ADMIN_RESET", "true");
	c.keys = key_ring_new(master);
	c.arena = arena_new();
	c.engine = engine_new(c.keys);
	engine_replayed(c.engine);
	engine_on_event(c.engine, on_event, &c);
	world_clock_set(engine_world(c.engine), (struct business_clock){ 0 });
	c.tenant = "DEFAULT";
	do {
		settle(&c);
		open_shop(&c);
	} while (!c.n_ids[AGGREGATE_esim_pool]);
	numbers_are_known(&c);
	for (c.step = 1; c.step <= steps && c.failed < 10; c.step++)
		step(&c);
	settle(&c);
	if (log_batch_count(engine_batch(c.engine)) == 0 && !c.failed)
		replay_is_the_same(&c, master);
	printf("%d commands accepted, %d refused, %lld events, %lld lines\n", c.decided, c.refused,
		(long long)engine_position(c.engine),
		(long long)world_count(world_tenant(engine_world(c.engine), "DEFAULT"), AGGREGATE_subscription));
	printf("%d passed, %d failed\n", !c.failed, c.failed != 0);
	return c.failed != 0;
}
