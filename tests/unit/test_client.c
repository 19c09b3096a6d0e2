/* test_client.c -- the client against a core and a gateway that are played here: repeats under one key, waits
 * that are joined again, reads that see their writes, and nothing committed that looks like a failure. */
#include "check.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "cockpit/client.h"
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/json.h"
#include "core/bus/bus.h"
#include "schemas/registry.h"

#define SEEN_MAX 64

struct seen { char op[64], key[80], actor[40], trace[40]; int64_t after, await; bool scenario, dry_run; };
struct played {                                  /* one process */
	enum bus_socket socket;
	struct bus_server *server;
	pthread_t thread;
	atomic_bool stop;
	void (*answer)(struct played *, const struct bus_item *, struct bus_answer *, struct arena *);
	struct seen seen[SEEN_MAX];
	atomic_int n;
	bool mute;                               /* does not answer this one */
};

static void
note(struct played *p, const struct bus_request *q)
{
	struct seen *s = &p->seen[p->n % SEEN_MAX];

	*s = (struct seen){ .after = q->items[0].after,
			    .await = q->items[0].await,
			    .scenario = q->header.scenario,
			    .dry_run = q->items[0].dry_run };
	snprintf(s->op, sizeof s->op, "%s", q->items[0].op);
	snprintf(s->key, sizeof s->key, "%s", q->items[0].key ? q->items[0].key : "");
	snprintf(s->actor, sizeof s->actor, "%s", q->header.actor);
	snprintf(s->trace, sizeof s->trace, "%s", q->header.trace);
	p->n++;
}

static void *
serve(void *arg)
{
	struct played *p = arg;
	struct arena *a = arena_new();

	while (!p->stop) {
		struct bus_wait w = { .socket = bus_server_socket(p->server) };
		struct bus_request q;
		bus_wait(&w, 1, 20000);
		while (bus_receive(p->server, a, &q)) {
			struct bus_answer answer = { .status = ANSWER_OK };
			note(p, &q);
			p->mute = false;
			p->answer(p, &q.items[0], &answer, a);
			if (!p->mute)
				bus_reply(p->server, &q.peer, q.header.id, &answer, 1);
		}
		arena_reset(a);
	}
	bus_server_close(p->server);
	arena_free(a);
	return NULL;
}

static void
play(struct played *p, enum bus_socket socket,
	void (*answer)(struct played *, const struct bus_item *, struct bus_answer *, struct arena *))
{
	struct error err = { 0 };

	memset(p, 0, sizeof *p);
	p->socket = socket;
	p->answer = answer;
	p->server = bus_serve(socket, &err);
	if (!p->server)
		fprintf(stderr, "%s: %s\n", err.rule, err.message);
	assert_non_null(p->server);
	assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void
curtain(struct played *p)
{
	p->stop = true;
	pthread_join(p->thread, NULL);
}

static struct played core, gateway;
static struct client *client;
static struct arena *arena;
static struct call_result result;
static struct error err;

static void
event(struct bus_answer *answer, const struct shape *s, const void *body, const char *id, struct arena *a)
{
	struct buf packed = { 0 };
	struct bus_event *e = arena_array(a, struct bus_event, answer->n_events + 1);

	shape_pack(s, body, &packed, NULL);
	if (answer->n_events)
		memcpy(e, answer->events, sizeof *e * (size_t)answer->n_events);
	e[answer->n_events++] =
	    (struct bus_event){ s->code, id, arena_memdup(a, buf_text(&packed), packed.len), packed.len };
	answer->events = e;
	buf_free(&packed);
}

static void
committed(const struct bus_item *it, struct bus_answer *answer, struct arena *a)
{
	const struct order_acknowledged placed = { .customer_id = "CUST-1", .offering_id = "PLAN_M" };
	const struct order_completed done = { .subscription_id = "SUB-0001" };

	answer->position = 42;
	answer->id = "ORD-0007";
	answer->correlation = "c0ffee";
	answer->dry_run = it->dry_run;
	event(answer, &order_acknowledged_shape, &placed, "ORD-0007", a);
	if (it->await)
		event(answer, &order_completed_shape, &done, "ORD-0007", a);
}

static void
good_core(struct played *p, const struct bus_item *it, struct bus_answer *answer, struct arena *a)
{
	(void)p;
	committed(it, answer, a);
}

static void
shaky_core(struct played *p, const struct bus_item *it, struct bus_answer *answer, struct arena *a)
{
	if (p->n <= 3) {
		answer->status = ANSWER_ERROR;
		error_set(&answer->error, ERROR_UNAVAILABLE, "core.unavailable", "The database is away");
	} else {
		committed(it, answer, a);
	}
}

static void
slow_core(struct played *p, const struct bus_item *it, struct bus_answer *answer, struct arena *a)
{
	committed(it, answer, a);
	if (p->n == 1)
		p->mute = true;                  /* it was killed after the commit */
	else if (p->n == 2)
		answer->status = ANSWER_ACCEPTED;
}

static void
strict_core(struct played *p, const struct bus_item *it, struct bus_answer *answer, struct arena *a)
{
	(void)p, (void)it, (void)a;
	answer->status = ANSWER_ERROR;
	error_set(&answer->error, ERROR_REFUSED, "order.create.no_payment_method", "There is no card");
	error_fact(&answer->error, "customer_id", "CUST-1");
}

static void
good_gateway(struct played *p, const struct bus_item *it, struct bus_answer *answer, struct arena *a)
{
	(void)p, (void)it, (void)a;
	answer->result = (const uint8_t *)"{\"id\":\"ORD-0007\",\"state\":\"completed\"}";
	answer->result_len = strlen((const char *)answer->result);
}

static void
slow_gateway(struct played *p, const struct bus_item *it, struct bus_answer *answer, struct arena *a)
{
	good_gateway(p, it, answer, a);
	if (p->n < 4) {
		answer->result = (const uint8_t *)"{\"id\":\"ORD-0007\",\"state\":\"in_progress\"}";
		answer->result_len = strlen((const char *)answer->result);
	}
}

static bool
call(const char *op, const char *args, struct call_options o)
{
	return client_call_text(client, op, args, &o, arena, &result, &err);
}

#define ORDER "{\"customer_id\":\"CUST-1\",\"offering_id\":\"PLAN_M\"}"

/* ---- the tests ------------------------------------------------------------------------------ */

static void
test_reads_its_write(void **state)
{
	(void)state;
	play(&core, SOCKET_COMMANDS, good_core);
	play(&gateway, SOCKET_QUERIES, good_gateway);
	assert_true(call("order.create", ORDER, (struct call_options){ 0 }));
	assert_string_equal(json_text(result.json, "state"), "completed");
	assert_string_equal(result.id, "ORD-0007");
	assert_string_equal(result.event, "order.completed");
	assert_int_equal(result.position, 42);
	assert_string_equal(gateway.seen[0].op, "order.get");
	assert_int_equal(gateway.seen[0].after, 42);
	assert_true(core.seen[0].await > 0 && strlen(core.seen[0].key) >= 32);
	assert_string_equal(core.seen[0].actor, "tester");
	assert_string_equal(core.seen[0].trace, client_trace(client));
	/* the next read by this client waits for the write too */
	assert_true(call("order.list", "{}", (struct call_options){ 0 }));
	assert_int_equal(gateway.seen[1].after, 42);
	curtain(&core);
	curtain(&gateway);
}

static void
test_repeats_under_one_key(void **state)
{
	(void)state;
	play(&core, SOCKET_COMMANDS, shaky_core);
	play(&gateway, SOCKET_QUERIES, good_gateway);
	assert_true(call("order.create", ORDER, (struct call_options){ 0 }));
	assert_int_equal(core.n, 4);
	for (int i = 1; i < 4; i++)
		assert_string_equal(core.seen[i].key, core.seen[0].key);
	assert_true(call("order.create", ORDER, (struct call_options){ .key = "mine" }));
	assert_string_equal(core.seen[4].key, "mine");
	curtain(&core);
	curtain(&gateway);
}

static void
test_a_lost_answer_and_a_late_outcome(void **state)
{
	(void)state;
	play(&core, SOCKET_COMMANDS, slow_core);
	play(&gateway, SOCKET_QUERIES, good_gateway);
	assert_true(call("order.create", ORDER, (struct call_options){ .timeout = 12 * SECOND }));
	assert_int_equal(core.n, 3);
	assert_string_equal(core.seen[1].key, core.seen[0].key);
	assert_string_equal(core.seen[2].key, core.seen[0].key);
	assert_false(result.accepted);
	curtain(&core);
	curtain(&gateway);
}

static void
test_no_wait_and_dry_run(void **state)
{
	(void)state;
	play(&core, SOCKET_COMMANDS, good_core);
	play(&gateway, SOCKET_QUERIES, good_gateway);
	assert_true(call("order.create", ORDER, (struct call_options){ .no_wait = true }));
	assert_int_equal(core.seen[0].await, 0);
	assert_string_equal(result.event, "order.acknowledged");
	int asked = gateway.n;
	assert_true(call("order.create", ORDER, (struct call_options){ .dry_run = true }));
	assert_true(core.seen[1].dry_run && core.seen[1].await == 0);
	assert_int_equal(gateway.n, asked);
	assert_string_equal(json_path(result.json, "events.0.event")->valuestring, "order.acknowledged");
	curtain(&core);
	curtain(&gateway);
}

static void
test_a_refusal_is_not_repeated(void **state)
{
	(void)state;
	play(&core, SOCKET_COMMANDS, strict_core);
	assert_false(call("order.create", ORDER, (struct call_options){ 0 }));
	assert_int_equal(err.kind, ERROR_REFUSED);
	assert_string_equal(err.rule, "order.create.no_payment_method");
	assert_non_null(strstr(err.context, "CUST-1"));
	assert_int_equal(core.n, 1);
	curtain(&core);
}

static void
test_committed_but_not_readable(void **state)
{
	(void)state;
	play(&core, SOCKET_COMMANDS, good_core);
	assert_true(call("order.create", ORDER, (struct call_options){ .no_wait = true }));
	assert_true(result.unread);
	assert_string_equal(json_text(result.json, "offeringId"), "PLAN_M");
	assert_string_equal(json_text(result.json, "id"), "ORD-0007");
	curtain(&core);
}

static void
test_nobody_there(void **state)
{
	int64_t began = mono_now();

	(void)state;
	assert_false(call("order.create", ORDER, (struct call_options){ .patience = SECOND / 5 }));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_true(err.hint[0] != 0);
	assert_true(mono_now() - began < 3 * SECOND);
}

static void
test_wrong_before_anything_is_sent(void **state)
{
	(void)state;
	assert_false(call("order.craete", "{}", (struct call_options){ 0 }));
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_string_equal(err.hint, "Did you mean order.create?");
	assert_false(call("order.create", "{\"customer\":1}", (struct call_options){ 0 }));
	assert_string_equal(err.rule, "arguments.invalid");
	assert_false(call("order.complete", "{\"order_id\":\"ORD-1\",\"subscription_id\":\"SUB-1\"}",
			  (struct call_options){ 0 }));
	assert_int_equal(err.kind, ERROR_FORBIDDEN);
	assert_false(call("order.create", "nonsense", (struct call_options){ 0 }));
	assert_int_equal(err.kind, ERROR_INVALID);
}

static void
card_core(struct played *p, const struct bus_item *it, struct bus_answer *answer, struct arena *a)
{
	struct payment_method_add q = { 0 };
	struct error ignored;

	(void)p;
	assert_true(shape_unpack(&payment_method_add_shape, it->args, it->args_len, a, &q, NULL, &ignored));
	const struct payment_method_added added = {
		.customer_id = q.customer_id, .token = q.token, .brand = q.brand, .last4 = q.last4
	};
	answer->id = "PM-0001";
	answer->position = 50;
	event(answer, &payment_method_added_shape, &added, "PM-0001", a);
}

static void
test_a_card_number_stays_here(void **state)
{
	char token[80];

	(void)state;
	play(&core, SOCKET_COMMANDS, card_core);
	assert_true(call("payment.add_card",
			 "{\"customer_id\":\"CUST-1\",\"card_number\":\"4242 4242-4242 4242\"}",
			 (struct call_options){ .no_show = true, .key = "k" }));
	assert_string_equal(json_text(result.json, "brand"), "visa");
	assert_string_equal(json_text(result.json, "last4"), "4242");
	assert_null(strstr(json_print(arena, result.json), "42424242"));
	snprintf(token, sizeof token, "%s", json_text(result.json, "token"));
	assert_memory_equal(token, "tok_", 4);
	assert_true(call("payment.add_card",
			 "{\"customer_id\":\"CUST-1\",\"card_number\":\"4242424242424242\"}",
			 (struct call_options){ .no_show = true, .key = "k" }));
	assert_string_equal(json_text(result.json, "token"), token);          /* a repeat is the same */
	assert_true(call("payment.add_card",
			 "{\"customer_id\":\"CUST-1\",\"card_number\":\"5555555555554444_DECLINE\"}",
			 (struct call_options){ .no_show = true }));
	assert_memory_equal(json_text(result.json, "token"), "tok_DECLINE_", 12);
	assert_string_equal(json_text(result.json, "brand"), "mastercard");
	int asked = core.n;
	assert_false(call("payment.add_card", "{\"customer_id\":\"CUST-1\",\"card_number\":\"4242x\"}",
			  (struct call_options){ 0 }));
	assert_null(strstr(err.message, "4242x"));
	assert_int_equal(core.n, asked);
	curtain(&core);
}

static void
test_waits_for_a_state(void **state)
{
	(void)state;
	play(&gateway, SOCKET_QUERIES, slow_gateway);
	assert_true(call("order.wait_until", "{\"order_id\":\"ORD-0007\"}", (struct call_options){ 0 }));
	assert_int_equal(gateway.n, 4);
	assert_false(call("order.wait_until", "{\"order_id\":\"ORD-0007\",\"target_state\":\"failed\"}",
			  (struct call_options){ 0 }));
	assert_string_equal(err.rule, "order.wait_until.other_state");
	assert_false(call("order.wait_until",
			  "{\"order_id\":\"ORD-0007\",\"target_state\":\"in_progress\",\"timeout_s\":1}",
			  (struct call_options){ 0 }));
	curtain(&gateway);
}

static void
usage_core(struct played *p, const struct bus_item *it, struct bus_answer *answer, struct arena *a)
{
	const struct usage_rated rated = {
		.usage_event_id = "UE-000001", .msisdn = "90000001", .quantity = 5, .unit = "mb"
	};
	const struct usage_rejected rejected = { .usage_event_id = "UE-000002",
						 .msisdn = "90000001",
						 .state = "blocked",
						 .reason = "usage.record.subscription_must_be_active" };

	(void)it;
	answer->position = 9;
	if (p->n == 1)
		event(answer, &usage_rated_shape, &rated, "SUB-0001", a);
	else
		event(answer, &usage_rejected_shape, &rejected, "SUB-0001", a);
}

static void
test_usage_is_a_record(void **state)
{
	(void)state;
	play(&core, SOCKET_COMMANDS, usage_core);
	assert_true(call("usage.simulate", "{\"msisdn\":\"90000001\"}", (struct call_options){ 0 }));
	assert_string_equal(json_text(result.json, "id"), "UE-000001");
	assert_string_equal(json_text(result.json, "state"), "processed");
	assert_string_equal(json_text(result.json, "subscriptionId"), "SUB-0001");
	assert_true(call("usage.simulate", "{\"msisdn\":\"90000001\"}", (struct call_options){ 0 }));
	assert_string_equal(json_text(result.json, "state"), "rejected");
	assert_string_equal(json_text(result.json, "processingError"),
			    "usage.record.subscription_must_be_active");
	curtain(&core);
}

static char dir[] = "/tmp/bss-client-XXXXXX";

static int
before_each(void **state)
{
	(void)state;
	arena = arena_new();
	client = client_new(&(struct client_as){ .actor = "tester", .channel = "cli", .token = "t" });
	return 0;
}

static int
after_each(void **state)
{
	(void)state;
	client_free(client);
	arena_free(arena);
	return 0;
}

static int
start(void **state)
{
	(void)state;
	crypt_start();
	registry_start();
	assert_true(config_load(&err));
	assert_non_null(mkdtemp(dir));
	config_set("BSS_STATE_DIR", dir);
	config_set("BSS_BUS_DIR", dir);
	return 0;
}

static int
finish(void **state)
{
	char command[64];

	(void)state;
	bus_stop();
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

#define T(f)  cmocka_unit_test_setup_teardown(f, before_each, after_each)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_reads_its_write),
		T(test_repeats_under_one_key),
		T(test_a_lost_answer_and_a_late_outcome),
		T(test_no_wait_and_dry_run),
		T(test_a_refusal_is_not_repeated),
		T(test_committed_but_not_readable),
		T(test_nobody_there),
		T(test_wrong_before_anything_is_sent),
		T(test_a_card_number_stays_here),
		T(test_waits_for_a_state),
		T(test_usage_is_a_record),
	};
	return cmocka_run_group_tests(tests, start, finish);
}
