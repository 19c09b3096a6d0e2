/* load_order.c -- customers who order a plan, one after another: from the order placed to the line active.
 *
 *   load_order ORDERS                     (token and endpoints from the environment)
 *
 * Customers, identities and cards are made first and not counted; an order counts from its sending to the answer that
 * waited for the outcome.  Prints one line of JSON, and the first line's number as "msisdn". */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/id.h"
#include "core/base/must.h"
#include "core/bus/bus.h"
#include "schemas/registry.h"
#include "tests/bench/samples.h"

#define PATIENCE (10 * SECOND)
#define ORDERS_MAX 900                   /* the seed has a thousand numbers */

static struct bus_client *core, *history;
static struct error err;

static void
give_up(const char *op, const struct error *e)
{
	fprintf(stderr, "load_order: %s: %s %s\n", op, e->rule, e->message);
	exit(1);
}

static struct bus_answer
ask(struct bus_client *whom, struct arena *a, const char *op, const char *json, int64_t await)
{
	const struct shape *s = operation_named(op);
	void *args = arena_alloc(a, s->size);
	struct buf packed = { 0 };
	struct bus_header h = { .token = config_text("BSS_API_TOKEN"), .actor = "bench", .channel = "cli", .tenant = "DEFAULT" };
	struct bus_answer *answers;

	if (!shape_from_text(s, json, strlen(json), a, args, &err))
		give_up(op, &err);
	shape_pack(s, args, &packed, NULL);
	struct bus_item item = { .op = op, .args = (const uint8_t *)packed.data, .args_len = packed.len, .await = await };
	if (!bus_call(whom, &h, &item, 1, PATIENCE, a, &answers, &err))
		give_up(op, &err);
	buf_free(&packed);
	if (answers[0].status == ANSWER_ERROR)
		give_up(op, &answers[0].error);
	return answers[0];
}

static void
make_customer(struct arena *a, char id[ID_MAX])
{
	char hex[16];

	random_hex(hex, 12);
	snprintf(id, ID_MAX, "%s", ask(core, a, "customer.create",
	    arena_printf(a, "{\"name\":\"Ada Bench\",\"email\":\"bench-%s@example.test\"}", hex), 0).id);
	ask(core, a, "customer.attest_kyc",
	    arena_printf(a, "{\"customer_id\":\"%s\",\"provider\":\"prebaked\",\"attestation_token\":\"bench-%s\"}", id, hex), 0);
	ask(core, a, "payment_method.add",
	    arena_printf(a, "{\"customer_id\":\"%s\",\"token\":\"tok_%s\",\"last4\":\"4242\",\"exp_month\":12,\"exp_year\":2039}", id, hex), 0);
}

static const char *
line_of(const struct bus_answer *done, struct arena *a)
{
	struct order_completed e;

	for (int i = 0; i < done->n_events; i++)
		if (done->events[i].type == order_completed_shape.code) {
			must(shape_unpack(&order_completed_shape, done->events[i].payload, done->events[i].len, a, &e, NULL, &err));
			return e.subscription_id;
		}
	fputs("load_order: an order was not completed\n", stderr);
	exit(1);
}

static void
show_number(struct arena *a, const char *line)
{
	struct bus_answer r = ask(history, a, "log.show",
	    arena_printf(a, "{\"aggregate_id\":\"%s\",\"event_type\":\"subscription.activated\"}", line), 0);

	const char *number = strstr((const char *)r.result, "\"msisdn\":\"");
	must(number);
	printf("\"msisdn\":\"%.8s\",", number + 10);
}

static void
run(int orders)
{
	static char customers[ORDERS_MAX][ID_MAX];
	char first[ID_MAX];
	struct samples took = samples_new();
	struct arena *a = arena_new();

	for (int i = 0; i < orders; i++, arena_reset(a))
		make_customer(a, customers[i]);
	for (int i = 0; i < orders; i++, arena_reset(a)) {
		const char *order = arena_printf(a, "{\"customer_id\":\"%s\",\"offering_id\":\"PLAN_L\"}", customers[i]);
		int64_t began = mono_now();
		struct bus_answer done = ask(core, a, "order.create", order, PATIENCE);

		samples_add(&took, mono_now() - began);
		const char *line = line_of(&done, a);
		if (i == 0)
			snprintf(first, sizeof first, "%s", line);
	}
	putchar('{');
	show_number(a, first);
	samples_sort(&took);
	printf("\"orders\":%d,\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n", orders, samples_at(&took, 500), samples_at(&took, 990),
	    samples_at(&took, 1000));
}

int
main(int argc, char **argv)
{
	int orders = argc == 2 ? atoi(argv[1]) : 0;

	if (orders < 1 || orders > ORDERS_MAX) {
		fputs("usage: load_order ORDERS\n", stderr);
		return 2;
	}
	crypt_start();
	registry_start();
	if (!config_load(&err) || !(core = bus_connect(SOCKET_COMMANDS, &err)) || !(history = bus_connect(SOCKET_HISTORY, &err)))
		give_up("connect", &err);
	run(orders);
	return 0;
}
