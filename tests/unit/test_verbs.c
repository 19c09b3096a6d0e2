/* test_verbs.c -- every operation is a verb, every verb an operation; arguments say everything wrong at once. */
#include "check.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cockpit/verb.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/json.h"
#include "schemas/registry.h"

/* the words of a line, split at blanks; '_' inside a word stands for a blank */
static int
split(char *line, char **words)
{
	int n = 0;

	for (char *p = strtok(line, " "); p; p = strtok(NULL, " "))
		words[n++] = p;
	return n;
}

static bool
read_line(struct verb_run *run, const char *text)
{
	char line[600], *words[64];
	int taken, n;

	snprintf(line, sizeof line, "%s", text);
	n = split(line, words);
	*run = (struct verb_run){ .arena = arena_new() };
	assert_true(verb_find(words, n, &run->verb, &taken, run->arena));
	run->op = operation_named(run->verb.op);
	assert_non_null(run->op);
	/* the words live in this frame: what the run keeps must be copied */
	for (int i = 0; i < n; i++)
		words[i] = arena_strdup(run->arena, words[i]);
	return arguments_read(run, n - taken, words + taken);
}

static void
means(const char *line, const char *op, const char *json)
{
	struct verb_run run;
	bool ok = read_line(&run, line);

	if (!ok)
		fprintf(stderr, "%s: %s\n", line, run.error.message);
	assert_true(ok);
	assert_string_equal(run.op->name, op);
	assert_string_equal(json_print(run.arena, run.args), json);
	arena_free(run.arena);
}

static void
refused(const char *line, const char *const *parts)
{
	struct verb_run run;

	assert_false(read_line(&run, line));
	assert_int_equal(run.error.kind, ERROR_INVALID);
	for (; *parts; parts++) {
		if (!strstr(run.error.message, *parts))
			fprintf(stderr, "%s: '%s' is not in '%s'\n", line, *parts, run.error.message);
		assert_non_null(strstr(run.error.message, *parts));
	}
	arena_free(run.arena);
}

static void
test_lines(void **state)
{
	(void)state;
	means("customer create --name Nadia --phone +6591", "customer.create", "{\"name\":\"Nadia\",\"phone\":\"+6591\"}");
	means("customer create --name Nadia", "customer.create", "{\"name\":\"Nadia\",\"email\":\"nadia@local\"}");
	means("customer create --name=Nadia --email a@b.sg --contact-media medium-type=postal,value=Street,is-primary=true"
		" --contact-media medium_type=phone,value=+65", "customer.create",
		"{\"name\":\"Nadia\",\"email\":\"a@b.sg\",\"contact_media\":[{\"medium_type\":\"postal\",\"value\":\"Street\","
		"\"is_primary\":true},{\"medium_type\":\"phone\",\"value\":\"+65\"}]}");
	means("order create --customer CUST-1 --offering PLAN_M --msisdn 90000001", "order.create",
		"{\"customer_id\":\"CUST-1\",\"offering_id\":\"PLAN_M\",\"msisdn_preference\":\"90000001\"}");
	means("order create --customer-id CUST-1 --offering-id PLAN_M --hold", "order.create",
		"{\"customer_id\":\"CUST-1\",\"offering_id\":\"PLAN_M\",\"hold\":true}");
	means("order list --customer CUST-1 --limit 5", "order.list", "{\"customer_id\":\"CUST-1\",\"limit\":5}");
	means("subscription vas SUB-0001 VAS_DATA_1GB", "subscription.purchase_vas",
		"{\"subscription_id\":\"SUB-0001\",\"vas_offering_id\":\"VAS_DATA_1GB\"}");
	means("subscription purchase-vas --vas VAS_X --id SUB-0001", "subscription.purchase_vas",
		"{\"vas_offering_id\":\"VAS_X\",\"subscription_id\":\"SUB-0001\"}");
	means("subscription terminate SUB-0001 --no-release-inventory", "subscription.terminate",
		"{\"release_inventory\":false,\"subscription_id\":\"SUB-0001\"}");
	means("subscription list --customer CUST-1", "subscription.list_for_customer", "{\"customer_id\":\"CUST-1\"}");
	means("usage simulate --msisdn 90000001 --type data --quantity 2gb --roaming", "usage.simulate",
		"{\"msisdn\":\"90000001\",\"event_type\":\"data\",\"roaming_indicator\":true,\"quantity\":2048,\"unit\":\"mb\"}");
	means("usage simulate 90000001 --type voice --quantity 3", "usage.simulate",
		"{\"event_type\":\"voice\",\"msisdn\":\"90000001\",\"quantity\":3}");
	means("usage simulate 90000001 --quantity 1.5GB", "usage.simulate",
		"{\"msisdn\":\"90000001\",\"quantity\":1536,\"unit\":\"mb\"}");
	means("usage simulate 90000001 --quantity 1000000000000mb", "usage.simulate",
		"{\"msisdn\":\"90000001\",\"quantity\":1000000000000,\"unit\":\"mb\"}");
	means("usage simulate 90000001 --quantity 7Furlong", "usage.simulate",
		"{\"msisdn\":\"90000001\",\"quantity\":7,\"unit\":\"furlong\"}");
	means("catalog.list_vas", "catalog.list_vas", "{}");
	means("log tail --type usage.rated", "log.show", "{\"event_type\":\"usage.rated\"}");
	means("prov fault HLR_PROVISION stuck --probability 0.5 --disable", "provisioning.set_fault_injection",
		"{\"probability\":0.5,\"task_type\":\"HLR_PROVISION\",\"fault_type\":\"stuck\",\"enabled\":false}");
	means("inventory msisdn list --state assigned", "inventory.msisdn.list_available", "{\"status\":\"assigned\"}");
	means("inventory msisdn list", "inventory.msisdn.list_available", "{\"status\":\"any\"}");
	means("inventory msisdn add-range 9100 10", "inventory.msisdn.add_range", "{\"prefix\":\"9100\",\"count\":10}");
	means("admin catalog window-offering --id PLAN_S --valid-to 2026-12-31", "catalog.window_offering",
		"{\"offering_id\":\"PLAN_S\",\"valid_to\":\"2026-12-31\",\"valid_from\":null}");
	means("catalog window-offering PLAN_S --valid-to none", "catalog.window_offering",
		"{\"valid_to\":null,\"offering_id\":\"PLAN_S\"}");
	means("admin catalog add-offering --id PLAN_X --name X --price 9.00 --voice-min -1", "catalog.add_offering",
		"{\"offering_id\":\"PLAN_X\",\"name\":\"X\",\"amount\":\"9.00\",\"voice_minutes\":-1}");
	means("customer update CUST-1 --document {\"a\":1}", "customer.update",
		"{\"document\":{\"a\":1},\"customer_id\":\"CUST-1\"}");
	means("clock advance 29d", "clock.advance", "{\"duration\":\"29d\"}");
	means("why SUB-0001", "why", "{\"aggregate_id\":\"SUB-0001\"}");
}

#define SAYS(...)  (const char *const[]){ __VA_ARGS__, NULL }

static void
test_all_mistakes_at_once(void **state)
{
	(void)state;
	refused("order create --custmer CUST-1 --limit", SAYS("--custmer", "did you mean --customer", "--limit",
		"--customer is required", "--offering is required"));
	refused("order list --limit many --state", SAYS("--state takes a value", "--limit must be a whole number"));
	refused("order create --customer A --offering B --as-of 5", SAYS("--as-of is for reads"));
	refused("order show --idempotency-key k", SAYS("--idempotency-key is for", "ORDER_ID is required"));
	refused("order show", SAYS("ORDER_ID is required"));
	refused("customer create", SAYS("--name is required"));
	refused("log show --limit 99999999999999999999", SAYS("--limit is too large"));
	refused("admin catalog add-offering --id X --name X --price 1.00 --data-mb 9007199254740993",
		SAYS("--data-mb is too large"));
	refused("order show ORD-1 ORD-2", SAYS("'ORD-2' is one word too many"));
	refused("provisioning list-tasks --state gone", SAYS("state"));
	refused("order list --customer A --customer B", SAYS("--customer is given twice"));
	refused("customer create --name x --contact-media nonsense", SAYS("--contact-media takes name=value"));
	refused("customer update CUST-1 --document {", SAYS("--document"));
	refused("usage simulate --quantity lots --type noise", SAYS("--quantity", "MSISDN is required"));
	refused("usage simulate --msisdn 9 --quantity -5mb", SAYS("--quantity takes a positive amount"));
	refused("usage simulate --msisdn 9 --quantity 0gb", SAYS("--quantity takes a positive amount"));
	refused("usage simulate --msisdn 9 --quantity 0.3mb", SAYS("--quantity takes a positive amount"));
	refused("usage simulate --msisdn 9 --quantity 1..5gb", SAYS("--quantity takes a positive amount"));
	refused("usage simulate --msisdn 9 --quantity 9223372036854775807gb", SAYS("--quantity takes a positive amount"));
	refused("usage simulate --msisdn 9 --quantity 999999999999999999999999gb", SAYS("--quantity takes a positive amount"));
	refused("usage simulate --msisdn 9 --quantity 1mb --quantity 2mb", SAYS("--quantity is given twice"));
	refused("order create --customer A --offering B --timeout soon", SAYS("--timeout takes a time"));
}

static void
test_common_flags(void **state)
{
	struct verb_run run;

	(void)state;
	assert_true(read_line(&run, "order create --customer A --offering B --json --no-wait --dry-run --timeout 90s "
		"--idempotency-key k1 --allow-destructive -y"));
	assert_true(run.json && run.options.no_wait && run.options.dry_run && run.allow_destructive && run.yes);
	assert_int_equal(run.options.timeout, INT64_C(90000000));
	assert_string_equal(run.options.key, "k1");
	arena_free(run.arena);
	assert_true(read_line(&run, "order get --help"));
	assert_true(run.help);
	arena_free(run.arena);
	assert_true(read_line(&run, "order get ORD-1 --as-of 2026-02-15"));
	assert_string_equal(run.options.as_of, "2026-02-15");
	arena_free(run.arena);
}

static void
looks(const char *json, const char *pretty)
{
	struct buf out = { 0 };

	json_pretty(json, &out);
	assert_string_equal(buf_text(&out), pretty);
	buf_free(&out);
}

static void
test_json_is_indented_and_keeps_its_digits(void **state)
{
	(void)state;
	looks("{}", "{}\n");
	looks("[ ]", "[]\n");
	looks("[]", "[]\n");
	looks("{\"a\":20.0,\"b\":[1,{\"c\":\"x,{\\\"}:\"}],\"d\":{}}",
		"{\n  \"a\": 20.0,\n  \"b\": [\n    1,\n    {\n      \"c\": \"x,{\\\"}:\"\n    }\n  ],\n  \"d\": {}\n}\n");
	looks("\"unfinished", "\"unfinished\n");
}

/* ---- the table ------------------------------------------------------------------------------ */

static void
check_row(const struct verb *v, void *ctx)
{
	const struct shape *op = operation_named(v->op);
	struct arena *a = ctx;

	if (!op)
		fprintf(stderr, "%s names no operation: %s\n", v->path, v->op);
	assert_non_null(op);
	assert_false(op->internal);
	for (const char *p = v->renames; p && *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		const char *field = arena_strndup(a, p + strcspn(p, "=") + 1, strcspn(p, " ") - strcspn(p, "=") - 1);
		if (!shape_field(op, field))
			fprintf(stderr, "%s: %s has no field %s\n", v->path, v->op, field);
		assert_non_null(shape_field(op, field));
	}
}

static void
test_every_row_is_an_operation(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	verb_each(check_row, a, a);
	arena_free(a);
}

static void
mark(const struct verb *v, void *ctx)
{
	buf_printf(ctx, " %s ", v->op);
}

static void
test_every_operation_has_a_verb_and_help(void **state)
{
	struct arena *a = arena_new();
	struct buf reached = { 0 };

	(void)state;
	verb_each(mark, &reached, a);
	for (const struct shape *const *s = operation_shapes; *s; s++) {
		char word[200];
		snprintf(word, sizeof word, " %s ", (*s)->name);
		assert_true((*s)->internal || (*s)->effect_only || strstr(buf_text(&reached), word));
	}
	buf_free(&reached);
	arena_free(a);
}

/* ---- tokens --------------------------------------------------------------------------------- */

static void
write_tokens(const char *dir, const char *text, mode_t mode)
{
	char path[300];

	snprintf(path, sizeof path, "%s/tokens.env", dir);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
test_tokens(void **state)
{
	char dir[] = "/tmp/bss-tokens-XXXXXX", path[64];
	struct arena *a = arena_new();
	struct error err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	config_set("BSS_STATE_DIR", dir);
	assert_null(client_token("BSS_API_TOKEN", a, &err));
	assert_string_equal(err.rule, "token.missing");
	write_tokens(dir, "BSS_API_TOKEN=one\nBSS_CLI_API_TOKEN=two\n", 0600);
	assert_string_equal(client_token("BSS_CLI_API_TOKEN", a, &err), "two");
	assert_null(client_token("BSS_EFFECT_API_TOKEN", a, &err));
	write_tokens(dir, "BSS_API_TOKEN=one\n", 0644);
	assert_null(client_token("BSS_API_TOKEN", a, &err));
	assert_string_equal(err.rule, "token.file_not_private");
	config_set("BSS_API_TOKEN", "said");
	assert_string_equal(client_token("BSS_API_TOKEN", a, &err), "said");
	snprintf(path, sizeof path, "%s/tokens.env", dir);
	unlink(path);
	rmdir(dir);
	arena_free(a);
}

static int
start(void **state)
{
	struct error err;

	(void)state;
	registry_start();
	return config_load(&err) ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_all_mistakes_at_once), cmocka_unit_test(test_common_flags),
		cmocka_unit_test(test_json_is_indented_and_keeps_its_digits),
		cmocka_unit_test(test_every_row_is_an_operation),
		cmocka_unit_test(test_every_operation_has_a_verb_and_help),
		cmocka_unit_test(test_tokens),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
