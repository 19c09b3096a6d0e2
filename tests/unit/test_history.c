/* test_history.c -- a small story is appended to a real log, then `bss history` is asked about it over the
 * bus: what is shown, to whom, in what order, and what happens with an erased person, a hostile argument and
 * a server that falls. */
#include "tests/unit/check.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/roles.h"
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/bus/bus.h"
#include "core/eventstore/eventstore.h"
#include "projections/query.h"
#include "projections/store.h"
#include "schemas/registry.h"
#include "tests/pg.h"

#define ADMIN "test-token-of-the-default-identity-000001"
#define PORTAL "test-token-of-the-self-serve-portal-00002"
#define EFFECT "test-token-of-the-effect-processes-000003"
#define T0 INT64_C(1771146000000000) /* 2026-02-15T09:00:00Z */

static char folder[64];
static uint8_t master[KEY_BYTES];
static struct pg *owner;
static struct arena *arena;
static struct bus_client *client;
static pid_t history;
static struct error err;

/* ---- writing a story ------------------------------------------------------------------------ */

static struct log_writer *writer;
static struct log_batch *batch;
static struct key_ring *keys;
static uint8_t hash_before[HASH_BYTES];
static int64_t position;
static struct envelope who;

struct seen_stream {
	char name[160];
	int64_t version;
};
static struct seen_stream streams[64];
static int n_streams;

static int64_t
next_version(const char *stream)
{
	for (int i = 0; i < n_streams; i++)
		if (strcmp(streams[i].name, stream) == 0)
			return ++streams[i].version;
	snprintf(streams[n_streams].name, sizeof streams[0].name, "%s", stream);
	return streams[n_streams++].version = 1;
}

static const uint8_t *
key_of(const char *subject)
{
	const uint8_t *key = key_ring_get(keys, who.tenant, subject);
	uint8_t wrapped[WRAPPED_KEY_BYTES];

	if (!key) {
		key = key_ring_make(keys, who.tenant, subject, wrapped);
		log_batch_add_key(batch, who.tenant, subject, wrapped);
	}
	return key;
}

/* event `name` of aggregate `id`, one business minute after the one before it */
static void
happen(const char *name, const char *id, const char *subject, const char *payload)
{
	const struct shape *s = event_named(name);
	void *data = arena_alloc(arena, s->size);
	struct buf body = { 0 };
	struct log_event e = { .position = ++position,
			       .type = s->code,
			       .subject = subject,
			       .recorded_at = wall_now(),
			       .occurred_at = T0 + position * MINUTE };
	const char *stream =
	    strcmp(who.tenant, "DEFAULT") == 0
		? arena_printf(arena, "%s/%s", aggregate_name(s->aggregate), id)
		: arena_printf(arena, "@%s/%s/%s", who.tenant, aggregate_name(s->aggregate), id);
	struct sealing sealing = { NULL, stream };

	if (!shape_from_text(s, payload, strlen(payload), arena, data, &err))
		fail_msg("%s: %s %s", name, err.message, err.context);
	if (shape_has_personal(s))
		sealing.key = key_of(subject);
	envelope_pack(&who, &body);
	shape_pack(s, data, &body, &sealing);
	e.stream = stream;
	e.version = next_version(stream);
	e.body = (const uint8_t *)buf_text(&body);
	e.body_len = body.len;
	event_hash(hash_before, &e, e.hash);
	memcpy(hash_before, e.hash, HASH_BYTES);
	log_batch_add(batch, &e);
	buf_free(&body);
}

static void
commit(void)
{
	enum append_result r;

	assert_true(log_writer_send(writer, batch, &err));
	while ((r = log_writer_poll(writer, &err)) == APPEND_BUSY)
		usleep(1000);
	if (r != APPEND_COMMITTED)
		fail_msg("%d %s", r, err.message);
	log_batch_clear(batch);
}

static void
as(const char *actor, const char *channel, const char *identity, char correlation)
{
	who = (struct envelope){ .schema_version = 1,
				 .tenant = who.tenant ? who.tenant : "DEFAULT",
				 .actor = actor,
				 .channel = channel,
				 .identity = identity };
	memset(who.correlation, correlation, 32);
}

/* positions 1 to 12 */
static void
story(void)
{
	as("ck", "cli", "default", 'a');
	happen("inventory.msisdn.range_added", "9100", NULL,
	       "{\"prefix\":\"9100\",\"count\":10,\"inserted\":10,\"first\":\"91000000\",\"last\":"
	       "\"91000009\"}");
	happen(
	    "customer.created", "CUST-1", "CUST-1",
	    "{\"given_name\":\"Ada\",\"family_name\":\"Love\",\"status\":\"active\","
	    "\"contact_media\":[{\"id\":\"CM-1\",\"medium_type\":\"email\",\"value\":\"ada@example.org\"}]}");
	as("ck", "portal-self-serve", "portal_self_serve", 'b');
	happen("customer.created", "CUST-2", "CUST-2", "{\"given_name\":\"Grace\",\"status\":\"active\"}");
	as("ck", "cli", "default", 'c');
	happen("order.acknowledged", "ORD-0001", "CUST-1",
	       "{\"customer_id\":\"CUST-1\",\"offering_id\":\"PLAN_M\"}");
	happen("order.in_progress", "ORD-0001", "CUST-1",
	       "{\"customer_id\":\"CUST-1\",\"offering_id\":\"PLAN_M\"}");
	happen("service_order.in_progress", "SO-0001", "CUST-1",
	       "{\"order_id\":\"ORD-0001\",\"customer_id\":\"CUST-1\"}");
	happen("payment.charged", "PAY-000001", "CUST-1",
	       "{\"customer_id\":\"CUST-1\",\"status\":\"approved\"}");
	happen("subscription.activated", "SUB-0001", "CUST-1",
	       "{\"customer_id\":\"CUST-1\",\"msisdn\":\"91000001\"}");
	as("net", "system", "default", 'd');
	happen("usage.rejected", "SUB-0001", "CUST-1",
	       "{\"subscription_id\":\"SUB-0001\",\"reason\":\"usage.rated.no_allowance\"}");
	happen("usage.unidentified", "UE-000001", NULL,
	       "{\"msisdn\":\"999\",\"reason\":\"usage.record.unknown_number\"}");
	happen("payment_method.added", "PM-0001", "CUST-1",
	       "{\"customer_id\":\"CUST-1\",\"token\":\"tok_secret\",\"last4\":\"4242\"}");
	who.tenant = "acme";
	happen("customer.created", "CUST-1", "CUST-1", "{\"given_name\":\"Other\",\"status\":\"active\"}");
	who.tenant = "DEFAULT";
	commit();
}

/* ---- asking --------------------------------------------------------------------------------- */

static const char *as_tenant, *as_token, *as_of;

static const struct bus_answer *
ask_all(const struct bus_item *items, int n, int64_t timeout)
{
	struct bus_header h = { .token = as_token, .tenant = as_tenant };
	struct bus_answer *a;

	err = (struct error){ 0 };
	if (!bus_call(client, &h, items, n, timeout, arena, &a, &err))
		fail_msg("%s: %s", err.rule, err.message);
	return a;
}

static struct bus_item
item(const char *op, const char *args)
{
	const struct shape *s = operation_named(op);
	void *data = arena_alloc(arena, s->size);
	struct buf packed = { 0 };
	struct bus_item i = { .op = op, .as_of = as_of };

	if (!shape_from_text(s, args, strlen(args), arena, data, &err))
		fail_msg("%s: %s", op, err.message);
	shape_pack(s, data, &packed, NULL);
	i.args = arena_memdup(arena, buf_text(&packed), packed.len + 1);
	i.args_len = packed.len;
	buf_free(&packed);
	return i;
}

static const cJSON *
ask(const char *op, const char *args)
{
	struct bus_item i = item(op, args);
	const struct bus_answer *a = ask_all(&i, 1, 10 * SECOND);

	if (a->status != ANSWER_OK)
		fail_msg("%s %s: %s %s", op, args, a->error.rule, a->error.message);
	return json_parse(arena, (const char *)a->result, a->result_len, &err);
}

static void
refused(const char *op, const char *args, const char *rule)
{
	struct bus_item i = item(op, args);
	const struct bus_answer *a = ask_all(&i, 1, 10 * SECOND);

	assert_int_equal(a->status, ANSWER_ERROR);
	assert_string_equal(a->error.rule, rule);
}

/* the answer as of then, or the rule of the refusal */
static const char *
then(const char *op, const char *args, const char *when)
{
	struct bus_item i;
	const struct bus_answer *a;

	as_of = when;
	i = item(op, args);
	a = ask_all(&i, 1, 10 * SECOND);
	as_of = NULL;
	return a->status == ANSWER_OK ? arena_strndup(arena, (const char *)a->result, a->result_len)
				      : arena_strdup(arena, a->error.rule);
}

static int64_t
number(const cJSON *j, const char *path)
{
	const cJSON *v = json_path(j, path);

	if (!cJSON_IsNumber(v))
		fail_msg("no number %s in %s", path, json_print(arena, j));
	return (int64_t)v->valuedouble;
}

static const char *
text(const cJSON *j, const char *path)
{
	const cJSON *v = json_path(j, path);

	if (!cJSON_IsString(v))
		fail_msg("no text %s in %s", path, json_print(arena, j));
	return v->valuestring;
}

static const char *
positions(const cJSON *j)
{
	char *out = arena_strdup(arena, "");

	for (const cJSON *e = json_path(j, "events")->child; e; e = e->next)
		out = arena_printf(arena, "%s%s%lld", out, *out ? " " : "", (long long)number(e, "position"));
	assert_int_equal(number(j, "count"), cJSON_GetArraySize(json_path(j, "events")));
	return out;
}

static void
shows(const char *args, const char *expected)
{
	assert_string_equal(positions(ask("log.show", args)), expected);
}

/* ---- a process to ask, for the whole group -------------------------------------------------- */

static void
start_history(void)
{
	history = fork();
	if (history == 0)
		exit(history_main(1, (char *[]){ (char *)(uintptr_t) "history", NULL }));
	assert_true(history > 0);
}

/* a leak or an undefined step there is a failure here */
static void
stop_history(void)
{
	int status;

	kill(history, SIGTERM);
	while (waitpid(history, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int
each(void **state)
{
	(void)state;
	as_tenant = NULL;
	as_token = ADMIN;
	as_of = NULL;
	err = (struct error){ 0 };
	return 0;
}

static void
listening(void)
{
	for (int i = 0; i < 500; i++) {
		struct bus_header h = { .token = ADMIN };
		struct bus_item head = item("log.head", "{}");
		struct bus_answer *a;

		if (bus_call(client, &h, &head, 1, SECOND, arena, &a, &err) && a->status == ANSWER_OK)
			return;
		usleep(20000);
	}
	fail_msg("history does not answer: %s", err.message);
}

static int
start(void **state)
{
	char path[128];

	test_pg_start(state);
	strcpy(folder, "/tmp/bss-history-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/master.key", folder);
	registry_start();
	arena = arena_new();
	crypt_start();
	assert_true(master_key_load(path, master, true));
	setenv("BSS_STATE_DIR", folder, 1);
	setenv("BSS_API_TOKEN", ADMIN, 1);
	setenv("BSS_PORTAL_SELF_SERVE_API_TOKEN", PORTAL, 1);
	setenv("BSS_EFFECT_API_TOKEN", EFFECT, 1);
	setenv("BSS_DB_URL", test_pg_url_as("bss_history"), 1);
	owner = test_pg(NULL);
	if (!log_migrate(owner, NULL, 0, &err))
		fail_msg("%s", err.message);
	start_history(); /* before this process has sockets of its own */
	assert_true(config_load(&err));
	writer = log_writer_open(test_pg_url_as("bss_core"), "test", MINUTE, &err);
	assert_non_null(writer);
	memcpy(hash_before, log_writer_head(writer)->log_id, HASH_BYTES);
	batch = log_batch_new();
	keys = key_ring_new(master);
	story();
	client = bus_connect(SOCKET_HISTORY, &err);
	assert_non_null(client);
	listening();
	return 0;
}

static int
stop(void **state)
{
	char command[128];

	stop_history();
	bus_client_close(client);
	bus_stop();
	log_writer_close(writer, true);
	log_batch_free(batch);
	key_ring_free(keys);
	pg_close(owner);
	arena_free(arena);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) | test_pg_stop(state);
}

/* ---- what is shown -------------------------------------------------------------------------- */

static void
filters(void **state)
{
	(void)state;
	shows("{}", "1 2 3 4 5 6 7 8 9 10 11");
	shows("{\"aggregate_id\":\"ORD-0001\"}", "4 5");
	shows("{\"aggregate_id\":\"9100\"}", "1");
	shows("{\"aggregate_id\":\"ORD-0001\",\"aggregate_type\":\"ProductOrder\"}", "4 5");
	shows("{\"aggregate_id\":\"ORD-0001\",\"aggregate_type\":\"order\"}", "4 5");
	shows("{\"aggregate_id\":\"ORD-0001\",\"aggregate_type\":\"customer\"}", "");
	shows("{\"aggregate_type\":\"ServiceOrder\"}", "6");
	shows("{\"aggregate_type\":\"no_such_thing\"}", "");
	shows("{\"subject\":\"CUST-1\"}", "2 4 5 6 7 8 9 11");
	shows("{\"subject\":\"CUST-1\",\"event_type_prefix\":\"order.\"}", "4 5");
	shows("{\"event_type\":\"customer.created\"}", "2 3");
	shows("{\"event_type\":\"usage.rejected\"}", "9 10"); /* the alias of one, the name of the other */
	shows("{\"event_type\":\"usage.unidentified\"}", "10");
	shows("{\"event_type\":\"no.such_event\"}", "");
	shows("{\"aggregate_id\":\"SUB-0001\",\"event_type_prefix\":\"usage.\"}", "9");
	shows("{\"actor\":\"net\"}", "9 10 11");
	shows("{\"channel\":\"portal-self-serve\"}", "3");
	shows("{\"service_identity\":\"portal_self_serve\"}", "3");
	shows("{\"service_identity\":\"portal_self_serve\",\"aggregate_id\":\"CUST-1\"}", "");
	shows("{\"correlation\":\"cccccccccccccccccccccccccccccccc\"}", "4 5 6 7 8");
	shows("{\"since\":\"2026-02-15T09:03:00Z\",\"until\":\"2026-02-15T09:05:00Z\"}", "3 4 5");
}

static void
pages(void **state)
{
	(void)state;
	const cJSON *j = ask("log.show", "{\"limit\":4}");
	assert_string_equal(positions(j), "1 2 3 4");
	assert_int_equal(number(j, "nextAfter"), 4);
	assert_true(cJSON_IsFalse(json_path(j, "complete")));
	j = ask("log.show", "{\"limit\":4,\"after\":8}");
	assert_string_equal(positions(j), "9 10 11");
	assert_int_equal(number(j, "nextAfter"), 12);
	assert_true(cJSON_IsTrue(json_path(j, "complete")));
	shows("{\"limit\":4,\"after\":12}", "");
	shows("{\"after\":9000000000000000}", "");
	j = ask("log.show", "{\"limit\":3,\"newest_first\":true}");
	assert_string_equal(positions(j), "11 10 9");
	assert_int_equal(number(j, "nextBefore"), 9);
	shows("{\"limit\":3,\"newest_first\":true,\"before\":9}", "8 7 6");
	shows("{\"subject\":\"CUST-1\",\"newest_first\":true,\"limit\":2}", "11 9");
	shows("{\"aggregate_id\":\"ORD-0001\",\"newest_first\":true,\"limit\":1}", "5");
	shows("{\"before\":1}", "");
}

static void
an_event(void **state)
{
	(void)state;
	const cJSON *j = ask("log.show", "{\"aggregate_id\":\"9100\"}"), *e = json_path(j, "events.0");
	assert_string_equal(text(e, "eventType"), "inventory.msisdn.range_added");
	assert_string_equal(text(e, "aggregateType"), "msisdn_pool");
	assert_string_equal(text(e, "aggregateId"), "9100");
	assert_string_equal(text(e, "payload.prefix"), "9100");
	assert_int_equal(number(e, "payload.inserted"), 10);
	assert_string_equal(text(e, "occurredAt"), "2026-02-15T09:01:00Z");
	assert_string_equal(text(e, "actor"), "ck");
	assert_string_equal(text(e, "serviceIdentity"), "default");
	assert_string_equal(text(e, "tenantId"), "DEFAULT");
	assert_int_equal(strlen(text(e, "eventId")), 36);
	assert_int_equal(number(e, "version"), 1);
	assert_int_equal(number(e, "schemaVersion"), 1);
	j = ask("log.show", "{\"event_type\":\"usage.unidentified\"}");
	assert_string_equal(text(j, "events.0.eventType"), "usage.rejected");
	assert_string_equal(text(j, "events.0.eventName"), "usage.unidentified");
	assert_string_equal(text(j, "events.0.payload.reason"), "usage.record.unknown_number");
	j = ask("log.show", "{\"aggregate_id\":\"SO-0001\"}");
	assert_string_equal(text(j, "events.0.aggregateType"), "ServiceOrder");
}

static void
persons(void **state)
{
	(void)state;
	const cJSON *j = ask("log.show", "{\"aggregate_id\":\"CUST-1\"}");
	assert_string_equal(text(j, "events.0.payload.given_name"), "Ada");
	assert_string_equal(text(j, "events.0.payload.contact_media.0.value"), "ada@example.org");
	j = ask("log.show", "{\"aggregate_id\":\"PM-0001\"}");
	assert_string_equal(text(j, "events.0.payload.token"), "***");
	as_token = PORTAL;
	j = ask("log.show", "{\"aggregate_id\":\"CUST-1\"}");
	assert_string_equal(text(j, "events.0.payload.given_name"), "***");
	assert_string_equal(text(j, "events.0.payload.contact_media.0.value"), "***");
	assert_string_equal(text(j, "events.0.payload.contact_media.0.medium_type"), "email");
	j = ask("log.show", "{\"aggregate_id\":\"PM-0001\"}");
	assert_string_equal(text(j, "events.0.payload.token"), "***");
}

/* the key was used a moment ago: it must not be remembered */
static void
erased(void **state)
{
	(void)state;
	assert_string_equal(
	    text(ask("log.show", "{\"aggregate_id\":\"CUST-2\"}"), "events.0.payload.given_name"), "Grace");
	assert_true(log_forget_subject(owner, "DEFAULT", "CUST-2", &err));
	assert_string_equal(
	    text(ask("log.show", "{\"aggregate_id\":\"CUST-2\"}"), "events.0.payload.given_name"), "erased");
	assert_null(strstr(then("customer.get", "{\"customer_id\":\"CUST-2\"}", "3"), "Grace"));
	assert_non_null(strstr(then("customer.get", "{\"customer_id\":\"CUST-2\"}", "3"), "erased"));
	as_token = PORTAL;
	assert_string_equal(
	    text(ask("log.show", "{\"aggregate_id\":\"CUST-2\"}"), "events.0.payload.given_name"), "***");
}

static void
tenants(void **state)
{
	(void)state;
	as_tenant = "acme";
	shows("{}", "12");
	shows("{\"subject\":\"CUST-1\"}", "12");
	const cJSON *j = ask("log.show", "{\"aggregate_id\":\"CUST-1\"}");
	assert_string_equal(positions(j), "12");
	assert_string_equal(text(j, "events.0.payload.given_name"), "Other");
	as_tenant = "nobody";
	shows("{}", "");
	as_tenant = "a/b";
	refused("log.show", "{}", "header.tenant");
}

static void
head_and_size(void **state)
{
	(void)state;
	char hex[2 * HASH_BYTES + 1];
	const cJSON *j = ask("log.head", "{}");
	assert_int_equal(number(j, "position"), 12);
	assert_string_equal(text(j, "hash"), hash_hex(hash_before, hex));
	assert_string_equal(text(j, "logId"), hash_hex(log_writer_head(writer)->log_id, hex));
	j = ask("log.size", "{}");
	assert_int_equal(number(j, "events"), 12);
	assert_int_equal(number(j, "partitions"), 1);
	assert_true(number(j, "bytes") > 0);
}

/* ---- why ------------------------------------------------------------------------------------ */

static void
why(void **state)
{
	(void)state;
	const cJSON *j = ask("why", "{\"aggregate_id\":\"SUB-0001\"}");
	assert_string_equal(text(j, "aggregateId"), "SUB-0001");
	/* its own 8 and 9, the order's command c on every aggregate, the records of batch d beside it */
	assert_string_equal(positions(j), "4 5 6 7 8 9 11");
	assert_true(cJSON_IsTrue(json_path(j, "events.4.own")));
	assert_true(cJSON_IsFalse(json_path(j, "events.0.own")));
	assert_string_equal(text(j, "events.0.sentence"),
			    "An order was placed (offering id PLAN_M), by ck through cli, position 4");
	assert_null(strstr(json_print(arena, j), "tok_secret"));
	j = ask("why", "{\"aggregate_id\":\"9100\"}");
	assert_string_equal(positions(j), "1 2"); /* nobody's: found among the neighbours */
	assert_string_equal(positions(ask("why", "{\"aggregate_id\":\"SUB-0001\",\"limit\":3}")),
			    "4 8 9"); /* where it comes from stays */
	refused("why", "{\"aggregate_id\":\"SUB-9999\"}", "aggregate.not_found");
	refused("why", "{\"aggregate_id\":\"SUB-0001\",\"limit\":501}", "why.limit");
	as_tenant = "acme";
	refused("why", "{\"aggregate_id\":\"SUB-0001\"}", "aggregate.not_found");
}

/* ---- as of ---------------------------------------------------------------------------------- */

/* the query, answered by read models that were fed the whole log up to `upto` */
static const char *
fed(const char *op, const char *args, int64_t upto)
{
	const struct shape *s = operation_named(op);
	void *data = arena_alloc(arena, s->size);
	struct memory_models *models = memory_models_new(NULL);
	struct log_filter all = { .upto = upto };
	struct log_reader *r = log_read(owner, &all, &err);
	struct keys from = { keys, NULL };               /* the ring made them: nothing to look up */
	struct log_event e;
	struct happened h;
	struct buf out = { 0 };
	const char *answer;

	while (log_next(r, &e, &err))
		if (!happened_read(&e, &from, arena, &h, &err) || !memory_models_apply(models, &h, 1, &err))
			fail_msg("%s", err.message);
	log_read_end(r);
	assert_true(shape_from_text(s, args, strlen(args), arena, data, &err));
	if (query_memory(models, s, data, "DEFAULT", T0 + upto * MINUTE, arena, &out, &err))
		answer = arena_strdup(arena, buf_text(&out));
	else
		answer = arena_strdup(arena, err.rule);
	buf_free(&out);
	memory_models_free(models);
	return answer;
}

static void
every_position(void **state)
{
	(void)state;
	static const char *const queries[][2] = {
		{ "customer.get", "{\"customer_id\":\"CUST-1\"}" },
		{ "customer.list", "{}" },
		{ "order.get", "{\"order_id\":\"ORD-0001\"}" },
		{ "order.list", "{\"customer_id\":\"CUST-1\"}" },
		{ "subscription.get", "{\"subscription_id\":\"SUB-0001\"}" },
		{ "inventory.msisdn.count", "{}" },
		{ "inventory.msisdn.get", "{\"msisdn\":\"91000001\"}" },
		{ "usage.history", "{\"subscription_id\":\"SUB-0001\"}" },
		{ "subscription.get_by_msisdn", "{\"msisdn\":\"91000001\"}" },
		{ "subscription.get_esim_activation", "{\"subscription_id\":\"SUB-0001\"}" },
		{ "service_order.list_for_order", "{\"commercial_order_id\":\"ORD-0001\"}" },
		{ "payment.list_methods", "{\"customer_id\":\"CUST-1\"}" },
		{ "usage.get", "{\"usage_id\":\"UE-000001\"}" },
		{ "catalog.list_active_offerings", "{}" },
		{ "agents.list", "{}" }
	};

	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
		for (int64_t p = 1; p <= 12; p++)
			assert_string_equal(
			    then(queries[i][0], queries[i][1], arena_printf(arena, "%lld", (long long)p)),
			    fed(queries[i][0], queries[i][1], p));
}

static void
as_of_when(void **state)
{
	(void)state;
	const char *line = "{\"subscription_id\":\"SUB-0001\"}";
	assert_string_equal(then("subscription.get", line, "7"), "subscription.not_found");
	assert_non_null(strstr(then("subscription.get", line, "8"), "\"active\""));
	assert_string_equal(then("subscription.get", line, "2026-02-15T09:07:59Z"), "subscription.not_found");
	assert_non_null(strstr(then("subscription.get", line, "2026-02-15T09:08:00Z"), "\"active\""));
	assert_string_equal(then("subscription.get", line, "2026-02-15"), "subscription.not_found");
	assert_string_equal(then("subscription.get", line, "2026-02-16"),
			    then("subscription.get", line, "999999999999999999"));
	assert_string_equal(then("subscription.get", line, "0"), "subscription.not_found");
	assert_string_equal(then("subscription.get", line, "-1"), "as_of.invalid");
	assert_string_equal(then("subscription.get", line, "yesterday"), "as_of.invalid");
	assert_string_equal(then("subscription.get", line, "99999999999999999999999"), "as_of.invalid");
	assert_string_equal(then("clock.now", "{}", "5"), "operation.not_here");
	assert_non_null(strstr(then("customer.get", "{\"customer_id\":\"CUST-1\"}", "4"), "Ada"));
	assert_int_equal(number(json_parse(arena, then("inventory.msisdn.count", "{}", "1"),
					   strlen(then("inventory.msisdn.count", "{}", "1")), &err),
				"available"),
			 10);
	as_tenant = "acme";
	assert_string_equal(then("subscription.get", line, "12"), "subscription.not_found");
	assert_non_null(strstr(then("customer.get", "{\"customer_id\":\"CUST-1\"}", "12"), "Other"));
	assert_string_equal(then("customer.get", "{\"customer_id\":\"CUST-1\"}", "11"), "customer.not_found");
}

/* ---- who may, and what is no question ------------------------------------------------------- */

static void
strangers(void **state)
{
	(void)state;
	as_token = "not-a-token-that-anybody-was-ever-given";
	refused("log.show", "{}", "AUTH_INVALID_TOKEN");
	as_token = "";
	refused("log.show", "{}", "AUTH_MISSING_TOKEN");
	as_token = EFFECT;
	refused("log.show", "{}", "identity.not_allowed");
	refused("log.verify", "{}", "identity.not_allowed");
	as_token = ADMIN;
	refused("customer.close", "{\"customer_id\":\"CUST-1\"}", "operation.not_here");
	refused("customer.get", "{\"customer_id\":\"CUST-1\"}", "operation.not_here");
	as_of = "3";
	refused("customer.close", "{\"customer_id\":\"CUST-1\"}", "operation.not_here");
	refused("log.show", "{}", "as_of.not_here");
}

static void
raw(const char *op, const void *args, size_t n)
{
	struct bus_item i = { .op = op, .args = args, .args_len = n };
	const struct bus_answer *a = ask_all(&i, 1, 10 * SECOND);

	assert_int_equal(a->status, ANSWER_ERROR);
	assert_int_equal(a->error.kind, ERROR_INVALID);
}

static void
hostile(void **state)
{
	(void)state;
	refused("log.show", "{\"limit\":1001}", "log.show.limit");
	refused("log.show", "{\"limit\":-1}", "log.show.limit");
	raw("log.show", "\xc1", 1);
	raw("log.show", "\x81\xa5limit\xa1x", 9);
	raw("no.such_operation", "\x80", 1);
	raw("why", "\x80", 1);
	shows("{\"aggregate_id\":\"x:y@z\"}", "");
	shows("{\"event_type_prefix\":\"%\"}", "");
	shows("{\"event_type_prefix\":\"' OR 1=1 --\"}", "");
	shows("{\"actor\":\"'; DROP TABLE log.event; --\"}", "");
	shows("{\"correlation\":\"%s%n\"}", "");
	shows("{\"after\":-5,\"before\":-9,\"limit\":1}", "1");
	shows("{\"since\":\"2027-01-01\"}", "");
	shows("{\"since\":\"0001-01-01\",\"until\":\"0001-01-02\"}", "");
	struct bus_item many[20];
	for (int i = 0; i < 20; i++)
		many[i] = item(i == 1 ? "log.verify" : "log.head", "{}");
	const struct bus_answer *a = ask_all(many, 20, 10 * SECOND);
	assert_int_equal(a[0].status, ANSWER_OK);
	assert_string_equal(a[1].error.rule, "log.verify.alone");
	assert_string_equal(a[19].error.rule, "history.too_many");
}

/* ---- the proof ------------------------------------------------------------------------------ */

static void
many_events(int n)
{
	as("ck", "cli", "default", 'e');
	for (int i = 0; i < n; i++) {
		happen("inventory.msisdn.pool_low", "pool", NULL, "{\"available\":1,\"threshold\":2}");
		if (i % 2000 == 1999)
			commit();
	}
	commit();
}

/* a question asked after it is answered before it */
static void
proof_lets_others_in(void **state)
{
	(void)state;
	struct bus_header h = { .token = ADMIN, .deadline = wall_now() + 30 * SECOND }, q = h;
	struct bus_item proof = item("log.verify", "{}"), head = item("log.head", "{}");
	struct bus_reply r;
	bool head_first = false, proved = false;

	many_events(60000);
	assert_true(bus_send(client, &h, &proof, 1, &err));
	assert_true(bus_send(client, &q, &head, 1, &err));
	for (int64_t until = mono_now() + 30 * SECOND; !proved && mono_now() < until;) {
		bus_wait(&(struct bus_wait){ .socket = bus_client_socket(client) }, 1, 100000);
		while (bus_next_reply(client, arena, &r)) {
			if (memcmp(r.id, q.id, 16) == 0)
				head_first = true;
			if (memcmp(r.id, h.id, 16) != 0)
				continue;
			proved = true;
			assert_int_equal(r.answers[0].status, ANSWER_OK);
			const cJSON *j = json_parse(arena, (const char *)r.answers[0].result,
						    r.answers[0].result_len, &err);
			assert_true(cJSON_IsTrue(json_path(j, "ok")));
			assert_int_equal(number(j, "checked"), position);
		}
	}
	assert_true(proved);
	assert_true(head_first);
}

/* far events of a rare kind are found within one budget, and paging by nextAfter comes to an end */
static void
far_away(void **state)
{
	(void)state;
	happen("order.stuck", "ORD-0001", "CUST-1", "{\"customer_id\":\"CUST-1\",\"state\":\"in_progress\"}");
	commit();
	shows("{\"event_type\":\"order.stuck\"}", arena_printf(arena, "%lld", (long long)position));
	shows("{\"event_type_prefix\":\"order.\"}", arena_printf(arena, "4 5 %lld", (long long)position));
	shows("{\"actor\":\"net\",\"newest_first\":true}", "11 10 9");
	assert_int_equal(number(ask("log.show", "{\"actor\":\"net\"}"), "nextAfter"), position);
	assert_string_equal(positions(ask("why", "{\"aggregate_id\":\"pool\",\"limit\":2}")),
			    arena_printf(arena, "13 %lld", (long long)position - 1));
}

static void
tampered(void **state)
{
	(void)state;
	const cJSON *j;

	test_pg_do(owner, "SET session_replication_role = replica; UPDATE log.event SET subject = 'CUST-X' "
			  "WHERE position = 7");
	j = ask("log.verify", "{}");
	assert_true(cJSON_IsFalse(json_path(j, "ok")));
	assert_int_equal(number(j, "firstBad"), 7);
	assert_int_equal(number(j, "checked"), 6);
	test_pg_do(
	    owner,
	    "UPDATE log.event SET subject = 'CUST-1' WHERE position = 7; RESET session_replication_role");
	assert_true(cJSON_IsTrue(json_path(ask("log.verify", "{}"), "ok")));
}

/* ---- Postgres falls and comes back ---------------------------------------------------------- */

static void
database_away(void **state)
{
	(void)state;
	pg_close(owner);
	log_writer_close(writer, false);
	test_pg_crash();
	struct bus_item i = item("log.show", "{\"limit\":1}");
	const struct bus_answer *a = ask_all(&i, 1, 20 * SECOND);
	assert_int_equal(a->status, ANSWER_ERROR);
	assert_int_equal(a->error.kind, ERROR_UNAVAILABLE);
	test_pg_restart();
	shows("{\"limit\":1}", "1");
	/* falls between two questions: the one that meets the dead connection is answered all the same */
	test_pg_crash();
	test_pg_restart();
	shows("{\"limit\":1}", "1");
	owner = test_pg(NULL);
	writer = log_writer_open(test_pg_url_as("bss_core"), "test", MINUTE, &err);
	assert_non_null(writer);
}

#define ROW(f) cmocka_unit_test_setup(f, each)

int
main(void)
{
	const struct CMUnitTest tests[] = { ROW(filters),
					    ROW(pages),
					    ROW(an_event),
					    ROW(persons),
					    ROW(head_and_size),
					    ROW(why),
					    ROW(every_position),
					    ROW(as_of_when),
					    ROW(strangers),
					    ROW(hostile),
					    ROW(tenants),
					    ROW(erased),
					    ROW(proof_lets_others_in),
					    ROW(far_away),
					    ROW(tampered),
					    ROW(database_away) };

	return cmocka_run_group_tests(tests, start, stop);
}
