/* test_scenario.c -- the scenario language: YAML, placeholders, paths, expectations, patterns, and whole runs
 * against a host that the test makes up. */
#include "tests/unit/check.h"
#include "cockpit/scenario_inner.h"
#include "cockpit/scenario_yaml.h"
#include "core/base/clock.h"
#include <stdio.h>
#include <stdlib.h>

static struct arena *a;

static int
begin(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static struct value *
yaml(const char *text)
{
	struct error err = { 0 };
	struct value *v = yaml_read(a, "t.yaml", text, strlen(text), &err);

	if (!v)
		print_message("%s\n", err.message);
	return v;
}

static struct value *
json(const char *text)
{
	struct error err = { 0 };

	return value_from_json(a, text, strlen(text), &err);
}

static const char *
as_json(const struct value *v)
{
	struct buf out = { 0 };

	value_to_json(v, &out);
	const char *copy = arena_strdup(a, buf_text(&out));
	buf_free(&out);
	return copy;
}

/* ---- YAML --------------------------------------------------------------------------------------- */

static void
scalars_have_the_types_of_the_core_schema(void **state)
{
	static const char *const rows[][2] = { { "12", "12" }, { "-3", "-3" }, { "+4", "4" }, { "0", "0" },
		{ "20.0", "20.0" },
		{ "1e3", "1e3" }, { ".5", "0.5" }, { "1.", "1.0" }, { "0x1F", "31" }, { "0o17", "15" }, { "true", "true" },
		{ "False", "false" }, { "~", "null" }, { "null", "null" }, { "", "null" }, { "'12'", "\"12\"" },
		{ "\"true\"", "\"true\"" }, { "007", "\"007\"" }, { "yes", "\"yes\"" }, { "1_000", "\"1_000\"" },
		{ "2026-02-15", "\"2026-02-15\"" }, { "2026-02-15T09:00:00+00:00", "\"2026-02-15T09:00:00+00:00\"" },
		{ "12:30", "\"12:30\"" }, { "!!str 12", "\"12\"" }, { "-", "[null]" }, { "1.2.3", "\"1.2.3\"" },
		{ ".", "\".\"" }, { "1e", "\"1e\"" }, { "0xZZ", "\"0xZZ\"" }, { "12345678901234567890",
			"12345678901234567890" } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(as_json(value_member(yaml(arena_printf(a, "k: %s\n", strcmp(rows[i][0], "-") ?
			rows[i][0] :
			"[~]")), "k")), rows[i][1]);
}

static void
maps_keep_the_order_of_the_file(void **state)
{
	(void)state;
	assert_string_equal(as_json(yaml("b: 1\na: [x, {z: 2}]\nc: |\n  one\n  two\n")),
		"{\"b\":1,\"a\":[\"x\",{\"z\":2}],\"c\":\"one\\ntwo\\n\"}");
	assert_string_equal(as_json(yaml("a: &x {n: 1}\nb: *x\nc: [*x, *x]\n")),
		"{\"a\":{\"n\":1},\"b\":{\"n\":1},\"c\":[{\"n\":1},{\"n\":1}]}");
}

static void
refused(const char *text, const char *line, const char *part)
{
	struct error err = { 0 };

	assert_null(yaml_read(a, "t.yaml", text, strlen(text), &err));
	assert_string_equal(err.rule, "yaml.malformed");
	if (!strstr(err.message, line) || !strstr(err.message, part))
		fail_msg("%s is not at %s about %s", err.message, line, part);
}

static void
hostile_files_are_refused_with_their_line(void **state)
{
	char deep[200];
	struct buf bomb = { 0 };

	(void)state;
	refused("a: 1\nb: 2\na: 3\n", "t.yaml:3:", "given twice");
	refused("a: [1,\n", "t.yaml:2:", "");
	refused("a: 1\n---\nb: 1\n", "t.yaml:2:", "a second document");
	refused("", "t.yaml:1:", "nothing in it");
	refused("a: !!python/object x\n", "t.yaml:1:", "tags");
	refused("a: !!map {}\n", "t.yaml:1:", "tags");
	refused("? [a]\n: 1\n", "t.yaml:1:", "name of a member");
	refused("a: \"x\\0y\"\n", "t.yaml:1:", "NUL");
	refused("a:\n  b: *none\n", "t.yaml:2:", "alias");
	refused("a: &a [*a]\n", "t.yaml:1:", "alias");
	memset(deep, '[', 60);
	memset(deep + 60, ']', 60);
	deep[120] = 0;
	refused(deep, "t.yaml:1:", "too deeply");
	buf_str(&bomb, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 9; i++) {
		buf_printf(&bomb, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_printf(&bomb, "%s*a%d", k ? ", " : "", i - 1);
		buf_str(&bomb, "]\n");
	}
	refused(buf_text(&bomb), "t.yaml:5:", "more values");
	buf_clear(&bomb);
	for (int i = 0; i < 1002; i++)
		buf_printf(&bomb, "k%d: 1\n", i);
	refused(buf_text(&bomb), "t.yaml:1001:", "more members");
	while (bomb.len <= 1 << 20)
		buf_str(&bomb, "# and a comment that is as long as it takes\n");
	refused(buf_text(&bomb), "t.yaml:1:", "megabyte");
	buf_free(&bomb);
}

/* ---- values ------------------------------------------------------------------------------------- */

static void
numbers_keep_their_digits_and_their_type(void **state)
{
	(void)state;
	assert_string_equal(as_json(json("{\"a\":20.0,\"b\":[20,-1.50e2,\"1, -2\"],\"c\":{\"d\":0.1}}")),
		"{\"a\":20.0,\"b\":[20,-1.50e2,\"1, -2\"],\"c\":{\"d\":0.1}}");
	assert_true(value_equal(json("20.0"), yaml("20.0")));
	assert_true(value_equal(json("20.00"), yaml("20.0")));
	assert_true(value_equal(json("2e1"), json("20.0")));
	assert_false(value_equal(json("20"), yaml("20.0")));
	assert_false(value_equal(json("20.0"), yaml("20")));
	assert_false(value_equal(json("\"20\""), yaml("20")));
	assert_true(value_equal(json("{\"a\":1,\"b\":[1,2]}"), json("{\"b\":[1,2],\"a\":1}")));
	assert_false(value_equal(json("{\"a\":1}"), json("{\"a\":1,\"b\":2}")));
	assert_false(value_equal(json("[1,2]"), json("[2,1]")));
	assert_false(value_equal(json("[1,2]"), json("[1]")));
	assert_true(value_equal(json("-0"), json("0")));
	assert_null(json("{\"a\":01x}"));
}

static int
order(const char *x, const char *y)
{
	int o = 9;

	assert_true(value_compare(json(x), json(y), &o));
	return o;
}

static void
numbers_are_compared_exactly(void **state)
{
	int o;

	(void)state;
	assert_int_equal(order("1", "2"), -1);
	assert_int_equal(order("10", "9"), 1);
	assert_int_equal(order("20", "20.0"), 0);
	assert_int_equal(order("0.05", "0.5"), -1);
	assert_int_equal(order("-10", "-9"), -1);
	assert_int_equal(order("-1", "1"), -1);
	assert_int_equal(order("0", "-0.0"), 0);
	assert_int_equal(order("1e3", "999.9"), 1);
	assert_int_equal(order("0.1e1", "1"), 0);
	assert_int_equal(order("9007199254740993", "9007199254740992.0"), 1);
	assert_int_equal(order("0.001", "0"), 1);
	assert_int_equal(order("100", "1"), 1);
	assert_false(value_compare(json("1"), json("\"1\""), &o));
}

static void
a_value_is_replaced_in_its_place(void **state)
{
	struct value *m = json("{\"a\":1,\"b\":2,\"c\":3}");

	(void)state;
	value_set(m, "c", value_int(a, 30));
	value_set(m, "a", value_int(a, 10));
	value_set(m, "d", value_int(a, 40));
	assert_string_equal(as_json(m), "{\"a\":10,\"b\":2,\"c\":30,\"d\":40}");
	assert_int_equal(m->n, 4);
}

static void
paths_go_by_keys_and_places(void **state)
{
	const struct value *v = json("[{\"id\":\"x\",\"b\":{\"c\":[5,6]}},{\"id\":\"y\"}]");

	(void)state;
	assert_string_equal(as_json(value_at_path(v, "$[0].b.c[1]")), "6");
	assert_string_equal(as_json(value_at_path(v, "$[1].id")), "\"y\"");
	assert_ptr_equal(value_at_path(v, "$"), v);
	assert_null(value_at_path(v, "$[2]"));
	assert_null(value_at_path(v, "$.id"));
	static const char *const bad[] = { "", "id", "$id", "$..id", "$[x]", "$[0", "$[-1]", "$.", "$[]",
		"$[123456789]" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(value_path_ok(bad[i]));
}

static void
keys_find_items_by_what_they_are_called(void **state)
{
	const struct value *v = json("{\"balances\":[{\"allowanceType\":\"data\",\"remaining\":7},{\"type\":\"sms\",\"n\":1},"
		"{\"id\":\"i\",\"n\":2},{\"name\":\"m\",\"n\":3},{\"channel\":\"c\",\"n\":4}],\"a\":{\"0\":\"zero\"}}");

	(void)state;
	assert_string_equal(as_json(value_at_key(v, "balances.data.remaining")), "7");
	assert_string_equal(as_json(value_at_key(v, "balances.sms.n")), "1");
	assert_string_equal(as_json(value_at_key(v, "balances.i.n")), "2");
	assert_string_equal(as_json(value_at_key(v, "balances.m.n")), "3");
	assert_string_equal(as_json(value_at_key(v, "balances.c.n")), "4");
	assert_string_equal(as_json(value_at_key(v, "balances.1.n")), "1");
	assert_string_equal(as_json(value_at_key(v, "a.0")), "\"zero\"");
	assert_null(value_at_key(v, "balances.none.n"));
	assert_null(value_at_key(v, "balances..n"));
	assert_null(value_at_key(v, "nothing"));
}

/* ---- placeholders ------------------------------------------------------------------------------- */

static const char *
filled(const char *in)
{
	const struct value *variables = json("{\"n\":5,\"f\":2.50,\"t\":true,\"z\":null,\"s\":\"x\",\"l\":[1,\"a\"],\"_1\":\"u\"}");
	struct value *out;
	struct error err = { 0 };

	if (!value_fill(a, variables, yaml(in), &out, &err))
		return arena_strdup(a, err.message);
	return as_json(out);
}

static void
placeholders_keep_types_when_alone(void **state)
{
	(void)state;
	assert_string_equal(filled("'{{ n }}'"), "5");
	assert_string_equal(filled("'{{f}}'"), "2.50");
	assert_string_equal(filled("['{{ t }}', '{{ z }}', '{{ l }}']"), "[true,null,[1,\"a\"]]");
	assert_string_equal(filled("'{{ n }} {{ s }} {{ t }} {{ z }} {{ l }} {{ _1 }}'"),
		"\"5 x true null [1,\\\"a\\\"] u\"");
	assert_string_equal(filled("{'{{ n }}': '<{{ n }}>'}"), "{\"{{ n }}\":\"<5>\"}");
	assert_string_equal(filled("'{{ n | upper }} {{ }} {{ 1a }} {{n'"),
		"\"{{ n | upper }} {{ }} {{ 1a }} {{n\"");
	assert_non_null(strstr(filled("'{{ nope }}'"), "{{ nope }} stands for nothing"));
	assert_non_null(strstr(filled("'a {{ nope }}'"), "{{ nope }} stands for nothing"));
}

/* ---- expectations ------------------------------------------------------------------------------- */

static const char *
unmet(const char *expect, const char *result)
{
	struct buf why = { 0 };
	bool ok = expect_holds(yaml(expect), json(result), &why);
	const char *text = ok ? NULL : arena_strdup(a, buf_text(&why));

	buf_free(&why);
	return text;
}

static void
operators_hold_or_say_why(void **state)
{
	static const char *const holds[] = { "n: 5", "n: {eq: 5}", "n: {ne: 6}", "n: {gt: 4, lt: 5.5}",
		"n: {gte: 5, lte: 5.0}",
		"n: {in: [4, 5]}", "n: {not_in: [6]}", "s: {starts_with: he}", "s: {contains: ell}", "l: {contains: b}",
		"m: {contains: k}", "s: {not_null: true}", "z: {not_null: false}", "z: null", "l: [a, b]", "m.k: 1",
			"l.1: b",
		"n: {}" };
	static const char *const not[] = { "n: 6", "n: 5.0", "n: {eq: 5.0}", "n: {gt: 5}", "n: {lt: 5}",
		"n: {gte: 6}",
		"s: {gt: 1}", "n: {in: [6]}", "n: {in: 5}", "n: {not_in: [5]}", "n: {not_in: 6}", "s: {starts_with: ell}",
		"s: {contains: x}", "l: {contains: c}", "m: {contains: v}", "n: {contains: 5}", "z: {not_null: true}",
		"s: {not_null: false}", "s: {not_null: yes}", "none: null", "l: [b, a]", "l.2: c", "n: {like: 5}" };
	const char *result = "{\"n\":5,\"s\":\"hello\",\"z\":null,\"l\":[\"a\",\"b\"],\"m\":{\"k\":1}}";

	(void)state;
	for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++)
		if (unmet(holds[i], result))
			fail_msg("%s: %s", holds[i], unmet(holds[i], result));
	for (size_t i = 0; i < sizeof not / sizeof not[0]; i++)
		if (!unmet(not[i], result))
			fail_msg("%s holds", not[i]);
	assert_string_equal(unmet("n: {gt: 5}", result), "n: gt 5 does not hold for 5");
	assert_string_equal(unmet("n: 6", result), "n: expected 6, is 5");
	assert_non_null(strstr(unmet("n: {like: 5}", result), "no operator `like`"));
}

static void
any_match_wants_one_item(void **state)
{
	const char *result = "[{\"a\":1,\"b\":2},{\"a\":2,\"b\":1}]";

	(void)state;
	assert_null(unmet("any_match: {a: 2, b: 1}", result));
	assert_non_null(unmet("any_match: {a: 2, b: 2}", result));
	assert_non_null(unmet("any_match: {a: 1}", "{\"a\":1}"));
	assert_non_null(unmet("any_match: {a: 1}", "[]"));
	assert_non_null(unmet("any_match: 1", result));
}

/* ---- patterns ----------------------------------------------------------------------------------- */

static const char *
match(const char *pattern, const char *text, int group, bool last)
{
	struct error err = { 0 };
	const struct pattern *p = pattern_new(a, pattern, &err);

	return p ? pattern_find(p, a, text, group, last) : arena_strdup(a, err.message);
}

static void
patterns_are_translated(void **state)
{
	(void)state;
	assert_string_equal(match("OTP: (\\d{6})", "OTP: 111111\nOTP: 222222\n", 1, false), "111111");
	assert_string_equal(match("OTP: (\\d{6})", "OTP: 111111\nOTP: 222222\n", 1, true), "222222");
	assert_string_equal(match("(\\d+)\\nAction: (\\w+)", "12\n34\nAction: go_1 x", 1, false), "34");
	assert_string_equal(match("(\\d+)\\nAction: (\\w+)", "12\n34\nAction: go_1 x", 2, false), "go_1");
	assert_string_equal(match("session=([a-f0-9]+)", "/x?session=0aF", 1, false), "0a");
	assert_string_equal(match("a=([^;]+);", "a=b c; d", 1, false), "b c");
	assert_string_equal(match("(?:a|b)+(c)(?:d)(e)", "ababcde", 2, false), "e");
	assert_string_equal(match("[\\]\\-x]+", "a]-x", 0, false), "]-x");
	assert_string_equal(match("[\\^\\-]+", "a^-", 0, false), "^-");
	assert_string_equal(match("[\\^]", "a^", 0, false), "^");
	assert_string_equal(match("[^\\d\\s]+", "1 ab 2", 0, false), "ab");
	assert_string_equal(match("[a-]+", "x-a", 0, false), "-a");
	assert_string_equal(match("a.c", "a\nc abc", 0, false), "abc");
	assert_string_equal(match("\\$\\.\\/", "$./", 0, false), "$./");
	assert_string_equal(match("x*", "ab", 0, true), "");
	assert_string_equal(match("(a)|(b)", "ab", 2, true), "b");
	assert_string_equal(match("^b", "ab\nb", 0, true) ? "found" : "none", "none");
	assert_null(match("(\\d{6})", "12345", 1, false));
}

static void
patterns_that_posix_cannot_do_are_refused(void **state)
{
	static const char *const bad[] = { "(?=a)", "(?!a)", "(?<n>a)", "a*?", "a+?", "\\1", "\\z", "[a", "(a",
		"a\\", "[\\z]",
		"(a{1000}){1000}", "a{20000}", "[[:alpha" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct error err = { 0 };
		assert_null(pattern_new(a, bad[i], &err));
		assert_string_equal(err.rule, "scenario.pattern");
	}
}

/* ---- a host made up ----------------------------------------------------------------------------- */

struct fake {
	int calls;
	int64_t now;
	struct buf heard;                      /* "op args as;" of each call */
	int becomes;                           /* order.get says completed at this call */
	bool stop;
};
static struct fake fake;

static bool
fake_check(void *self, const char *op, const struct value *args, struct error *err)
{
	(void)self;
	if (strcmp(op, "customer.create") != 0 && strcmp(op, "order.get") != 0 && strcmp(op, "log.show") != 0 &&
	    strcmp(op, "fail") != 0 && strcmp(op, "customer.add_contact_medium") != 0) {
		error_set(err, ERROR_NOT_FOUND, "operation.unknown", "There is no operation %s", op);
		return error_hint(err, "Did you mean customer.create?");
	}
	if (value_member(args, "nonsense"))
		return error_set(err, ERROR_INVALID, "arguments.invalid", "%s has no argument `nonsense`", op);
	return true;
}

static const char *
answer_to(struct fake *f, const char *op)
{
	if (strcmp(op, "order.get") == 0)
		return f->calls >= f->becomes ? "{\"state\":\"completed\",\"price\":20.0}" : "{\"state\":\"in_progress\"}";
	if (strcmp(op, "log.show") == 0)
		return "{\"events\":[{\"eventType\":\"a.b\"},{\"eventType\":\"a.c\"}],\"count\":2}";
	return "{\"id\":\"CUST-1\",\"n\":7,\"list\":[{\"id\":\"L1\"}]}";
}

static bool
fake_call(void *self, const struct scenario_as *as, const char *op, const char *args, struct arena *arena,
	const char **result, struct error *err)
{
	struct fake *f = self;

	f->calls++;
	buf_printf(&f->heard, "%s %s %s/%s/%s;", op, args, as->actor, as->channel, as->token_of);
	if (strcmp(op, "fail") == 0) {
		error_set(err, ERROR_REFUSED, "customer.create.email_unique", "The address is taken");
		error_fact(err, "email", "known");
		return error_hint(err, "Use another");
	}
	*result = arena_strdup(arena, answer_to(f, op));
	return true;
}

static bool
fake_fetch(void *self, const struct http_request *q, struct arena *arena, struct http_response *r,
	struct error *err)
{
	static const struct http_header headers[] = { { "Set-Cookie", "first=1; Path=/" }, { "Location",
		"/next?session=ab12" },
		{ "Set-Cookie", "bss=xyz==; HttpOnly" }, { "Content-Type", "application/json; charset=utf-8" } };
	struct fake *f = self;

	(void)arena;
	f->calls++;
	if (f->calls < f->becomes)
		return error_set(err, ERROR_UNAVAILABLE, "http.unreachable", "Nobody answers");
	buf_printf(&f->heard, "%s %s", q->method, q->url);
	for (int i = 0; i < q->header_count; i++)
		buf_printf(&f->heard, "|%s: %s", q->headers[i].name, q->headers[i].value);
	buf_printf(&f->heard, "|%s;", q->body ? (const char *)q->body : "");
	*r = (struct http_response){ .status = 303, .headers = headers, .header_count = 4,
		.body = "{\"done\":true,\"amount\":20.0}", .url = q->url };
	r->body_len = strlen(r->body);
	return true;
}

static bool
fake_read(void *self, const char *path, struct arena *arena, const char **text, struct error *err)
{
	struct fake *f = self;

	(void)arena;
	f->calls++;
	if (f->calls < f->becomes)
		return error_set(err, ERROR_NOT_FOUND, "file.unreadable", "%s is not there", path);
	*text = "OTP: 111111\nAction: a\nOTP: 222222\nAction: b\n";
	return true;
}

static int64_t
fake_now(void *self)
{
	struct fake *f = self;

	return f->now += 1000;
}

static void
fake_pause(void *self, int64_t micros)
{
	struct fake *f = self;

	f->now += micros;
}

static bool
fake_stopped(void *self)
{
	struct fake *f = self;

	return f->stop;
}

static const struct scenario_host host = { .self = &fake, .check = fake_check, .call = fake_call,
	.fetch = fake_fetch,
	.read = fake_read, .now = fake_now, .pause = fake_pause, .stopped = fake_stopped };

static struct scenario_report
run_with(const char *text, bool no_llm)
{
	struct scenario *s = arena_new_of(a, struct scenario);
	struct scenario_options *o = arena_new_of(a, struct scenario_options);
	struct scenario_report r;
	struct error err = { 0 };

	o->no_llm = no_llm;
	buf_clear(&fake.heard);
	if (!scenario_read(a, "t.yaml", text, strlen(text), &host, s, &err))
		fail_msg("%s", err.message);
	scenario_run(a, s, o, &host, &r);
	return r;
}

static struct scenario_report
run(const char *text)
{
	fake.calls = 0;
	fake.becomes = 0;
	return run_with(text, false);
}

static void
heard(const char *part)
{
	if (!strstr(buf_text(&fake.heard), part))
		fail_msg("%s was not heard in %s", part, buf_text(&fake.heard));
}

static void
a_story_runs_from_setup_to_teardown(void **state)
{
	(void)state;
	struct scenario_report r = run("name: one\nsetup:\n  reset_operational_data: true\n"
		"  freeze_clock_at: '{{ day }}T09:00:00Z'\n  variables: {day: 2026-02-15, who: other}\n"
		"variables: {who: 'a-{{ run_id }}', twice: '{{ who }}{{ who }}'}\n"
		"steps:\n  - name: make\n    action: customer.create\n    args: {name: '{{ who }}'}\n"
		"    capture: {id: $.id, n: $.n, first: '$.list[0].id'}\n"
		"  - name: look\n    assert:\n      tool: order.get\n      args: {order_id: '{{ id }}', n: '{{ n }}'}\n"
		"      expect: {state: completed, price: 20.0}\nteardown: {unfreeze_clock: true}\n");
	assert_true(r.ok);
	assert_int_equal(r.passed, 2);
	assert_string_equal(as_json(r.steps[0].captured), "{\"id\":\"CUST-1\",\"n\":7,\"first\":\"L1\"}");
	heard("admin.reset_operational_data {\"reset_sequences\":false} scenario:one/scenario/BSS_API_TOKEN;"
		"clock.freeze {\"at\":\"2026-02-15T09:00:00Z\"}");
	heard("customer.create {\"name\":\"a-");
	heard("order.get {\"order_id\":\"CUST-1\",\"n\":7}");
	heard("clock.unfreeze {} ");
}

static void
the_first_failure_stops_and_is_torn_down(void **state)
{
	(void)state;
	struct scenario_report r = run("name: two\nsteps:\n  - name: bad\n    action: fail\n"
		"  - name: never\n    action: customer.create\nteardown: {unfreeze_clock: true}\n");
	assert_false(r.ok);
	assert_false(r.steps[1].ran);
	assert_non_null(strstr(r.steps[0].error, "REFUSED customer.create.email_unique: The address is taken"));
	heard("clock.unfreeze");
	assert_null(strstr(buf_text(&fake.heard), "customer.create {"));
}

static void
asserts_are_polled_for_mismatches_only(void **state)
{
	const char *patient = "name: p\nsteps:\n  - name: wait\n    assert:\n      tool: order.get\n      args: {}\n"
		"      expect: {state: completed}\n      poll: {interval_ms: 100, timeout_seconds: 2}\n";
	const char *failing = "name: p\nsteps:\n  - name: wait\n    assert: {tool: fail, poll: {}}\n";

	(void)state;
	fake.calls = 0;
	fake.becomes = 5;
	assert_true(run_with(patient, false).ok);
	assert_int_equal(fake.calls, 5);
	fake.calls = 0;
	fake.becomes = 1000;
	struct scenario_report r = run_with(patient, false);
	assert_false(r.ok);
	assert_in_range(fake.calls, 15, 22);
	assert_string_equal(r.steps[0].error, "state: expected \"completed\", is \"in_progress\"");
	assert_false(run(failing).ok);
	assert_int_equal(fake.calls, 1);
}

static void
refusals_can_be_expected(void **state)
{
	(void)state;
	struct scenario_report r = run("name: e\nsteps:\n  - name: refused\n    action: fail\n"
		"    expect_error: {rule: customer.create.email_unique, kind: REFUSED}\n    capture: {why: $.message}\n");
	assert_true(r.ok);
	assert_string_equal(as_json(r.steps[0].captured), "{\"why\":\"The address is taken\"}");
	r = run("name: e\nsteps:\n  - name: other\n    action: fail\n    expect_error: {rule: another.rule}\n");
	assert_false(r.ok);
	assert_non_null(strstr(r.steps[0].error,
		"rule: expected \"another.rule\", is \"customer.create.email_unique\""));
	r = run("name: e\nsteps:\n  - name: fine\n    action: customer.create\n    expect_error: {kind: REFUSED}\n");
	assert_false(r.ok);
	assert_non_null(strstr(r.steps[0].error, "should be refused"));
}

static void
web_steps_talk_as_a_browser_would(void **state)
{
	const char *text = "name: w\nvariables: {sid: s1, mail: a@b.c}\nsteps:\n  - name: post\n    http: POST /auth/login?x=1\n"
		"    base_url: http://localhost:9001/\n    cookies: {sess: '{{ sid }}', n: 1}\n    headers: {X-A: '{{ sid }}'}\n"
		"    form: {email: '{{ mail }}', next: /a b}\n"
		"    expect: {status: [302, 303], body_contains: ['\"done\":true'], body_not_contains: [oops],\n"
		"      headers_match: {Location: '/next?session=ab12'}, body_json_equals: {done: true, amount: 20.0}}\n"
		"    capture: {cookie: $.cookies.bss, first: $.cookies.first, ok: $.body.done}\n"
		"    capture_regex: {session: {source: headers.location, pattern: 'session=([a-f0-9]+)'}}\n"
		"    poll: {interval_ms: 1, timeout_seconds: 1}\n";

	(void)state;
	fake.calls = 0;
	fake.becomes = 3;
	struct scenario_report r = run_with(text, false);
	if (!r.ok)
		fail_msg("%s", r.steps[0].error);
	assert_string_equal(as_json(r.steps[0].captured),
		"{\"session\":\"ab12\",\"cookie\":\"xyz==\",\"first\":\"1\",\"ok\":true}");
	heard("POST http://localhost:9001/auth/login?x=1|X-A: s1|Cookie: sess=s1; n=1|Content-Type: "
		"application/x-www-form-urlencoded|email=a%40b.c&next=%2Fa%20b;");
	r = run("name: w\nsteps:\n  - name: get\n    http: GET http://h/x\n    expect: {status: 200}\n");
	assert_false(r.ok);
	assert_non_null(strstr(r.steps[0].error, "the status is 303, expected 200"));
	assert_false(run("name: w\nsteps:\n  - name: x\n    http: GET /\n    expect: {body_not_contains: [done]}\n").ok);
	assert_false(run("name: w\nsteps:\n  - name: x\n    http: GET /\n    expect: {body_json_equals: {amount: 20}}\n").ok);
	assert_false(run("name: w\nsteps:\n  - name: x\n    http: GET /\n    headers: {A: \"b\\r\\nC: d\"}\n").ok);
	heard("");
}

static void
files_are_waited_for_and_the_last_match_counts(void **state)
{
	(void)state;
	fake.calls = 0;
	fake.becomes = 4;
	struct scenario_report r = run_with("name: f\nsteps:\n  - name: mail\n    file: ./box.log\n"
		"    poll: {interval_ms: 50, timeout_seconds: 5}\n    capture_regex:\n"
		"      otp: {source: body_text, pattern: 'OTP: (\\d{6})'}\n"
		"      for_a: {pattern: 'OTP: (\\d{6})\\nAction: a'}\n", false);
	assert_true(r.ok);
	assert_string_equal(as_json(r.steps[0].captured), "{\"otp\":\"222222\",\"for_a\":\"111111\"}");
	assert_false(run("name: f\nsteps:\n  - name: m\n    file: x\n    capture_regex: {o: {pattern: 'none'}}\n").ok);
}

static void
asking_needs_a_model(void **state)
{
	const char *text = "name: k\nsteps:\n  - name: ask\n    ask: How are you?\n";

	(void)state;
	assert_non_null(strstr(run(text).steps[0].error, "No language model is configured"));
	assert_non_null(strstr(run_with(text, true).steps[0].error, "--no-llm"));
}

static void
verbs_of_scenarios_only(void **state)
{
	(void)state;
	struct scenario_report r = run("name: v\nsteps:\n  - name: count\n    assert:\n      tool: audit.count_by_identity\n"
		"      args: {service_identity: default, event_type_prefix: a.}\n      expect: {identity: default, count: {gte: 2}}\n"
		"  - name: events\n    assert:\n      tool: audit.events_by_identity\n      args: {service_identity: default, limit: 5}\n"
		"      expect: {any_match: {eventType: a.c}}\n"
		"  - name: contact\n    action: portal.write_demo_contact\n    args: {customer_id: CUST-1, value: a@b.c}\n"
		"    capture: {who: $.identity, id: $.result.id}\n"
		"  - name: advance\n    action: clock.advance\n    args: {duration: 1d}\n    capture: {ok: '$.services[0].ok'}\n"
		"  - name: session\n    action: portal.mint_test_session\n    args: {email: a@b.c, customer_id: CUST-1}\n");
	assert_int_equal(r.passed, 4);
	heard("log.show {\"service_identity\":\"default\",\"event_type_prefix\":\"a.\",\"limit\":200}");
	heard("log.show {\"service_identity\":\"default\",\"limit\":5}");
	heard("customer.add_contact_medium {\"customer_id\":\"CUST-1\",\"medium_type\":\"email\",\"value\":\"a@b.c\"} "
		"scenario:v/scenario/BSS_PORTAL_SELF_SERVE_API_TOKEN;");
	assert_non_null(strstr(r.steps[4].error, "needs the self-serve portal"));
}

static void
a_wish_to_stop_is_heard_and_torn_down(void **state)
{
	(void)state;
	fake.stop = true;
	struct scenario_report r = run("name: s\nsteps:\n  - name: x\n    action: customer.create\n"
		"teardown: {unfreeze_clock: true}\n");
	fake.stop = false;
	assert_false(r.ok);
	assert_string_equal(r.steps[0].error, "stopped");
	heard("clock.unfreeze");
}

static void
invalid(const char *text, const char *part)
{
	struct scenario s;
	struct error err = { 0 };

	if (scenario_read(a, "t.yaml", text, strlen(text), &host, &s, &err))
		fail_msg("accepted: %s", text);
	if (!strstr(err.message, part))
		fail_msg("%s does not say %s", err.message, part);
}

#define STEP "name: n\nsteps:\n  - name: x\n    "

static void
what_the_language_does_not_have_is_refused(void **state)
{
	(void)state;
	invalid("steps: []\n", "t.yaml:1: a scenario needs `name`");
	invalid("name: n\nstep: []\n", "t.yaml:2: a scenario has no `step`; did you mean `steps`?");
	invalid("name: 5\n", "`name` of a scenario must not be an integer");
	invalid("name: n\ntags: [1]\n", "`tags` holds text only");
	invalid("name: n\nsetup: {frozen: true}\n", "setup has no `frozen`");
	invalid("name: n\nteardown: {unfreeze: true}\n", "teardown has no `unfreeze`");
	invalid("name: n\nsteps:\n  - 5\n", "t.yaml:3: a step must be a map");
	invalid(STEP "args: {}\n", "a step says action");
	invalid("name: n\nsteps:\n  - action: customer.create\n", "needs `name`");
	invalid(STEP "action: custmer.create\n",
		"t.yaml:4: There is no operation custmer.create. Did you mean customer.create?");
	invalid(STEP "action: clock.freze\n", "Did you mean clock.freeze?");
	invalid(STEP "action: customer.create\n    args: {nonsense: 1}\n", "no argument `nonsense`");
	invalid(STEP "action: clock.advance\n", "clock.advance needs the argument `duration`");
	invalid(STEP "action: clock.advance\n    args: {duration: 5}\n", "takes something else as `duration`");
	invalid(STEP "action: customer.create\n    capture: {x: id}\n", "a path is $");
	invalid(STEP "action: customer.create\n    capture: {1x: $.id}\n", "cannot name a variable");
	invalid(STEP "action: customer.create\n    args: {a: '{{ none }}'}\n", "{{ none }} stands for nothing");
	invalid(STEP "action: customer.create\n    expect_error: {}\n", "needs `rule` or `kind`");
	invalid(STEP "action: customer.create\n    expect_error: {kind: WRONG}\n", "no kind of error `WRONG`");
	invalid(STEP "action: customer.create\n    loop: 5\n", "an action step has no `loop`");
	invalid(STEP "assert: {tool: order.get}\n    capture: {x: $.id}\n", "an assert step captures nothing");
	invalid(STEP "assert: {tool: order.get, poll: {timeout: 5}}\n", "poll has no `timeout`");
	invalid(STEP "assert: {expect: {}}\n", "assert needs `tool`");
	invalid(STEP "http: PUT /x\n", "http says");
	invalid(STEP "http: GET /x\n    form: {}\n    json: {}\n", "not both");
	invalid(STEP "http: GET /x\n    expect: {body: x}\n", "expect of an http step has no `body`");
	invalid(STEP "http: GET /x\n    capture_regex: {v: {pattern: x}}\n", "needs `source`");
	invalid(STEP "file: x\n    capture_regex: {v: {pattern: '(?=x)'}}\n", "The pattern is not understood");
	invalid(STEP "file: x\n    capture_regex: {v: {pattern: '(x)', group: 2}}\n", "has 1 groups, not 2");
	invalid(STEP "file: x\n    encoding: latin-1\n", "read as utf-8");
	invalid("name: n\nvariables: {a: '{{ b }}', b: 1}\n", "t.yaml:2: {{ b }} stands for nothing");
}

static void
reports_are_tables(void **state)
{
	struct buf out = { 0 };

	(void)state;
	struct scenario_report r = run("name: tab\nsteps:\n  - name: make a customer\n    action: customer.create\n"
		"    capture: {id: $.id}\n  - name: a step whose name is longer than the column is wide\n    action: fail\n"
		"  - name: never\n    ask: x\n");
	scenario_report_text(&r, &out);
	assert_non_null(strstr(buf_text(&out), "FAIL — tab  ("));
	assert_non_null(strstr(buf_text(&out),
		"    1  ▶  action  make a customer                                 3  ✓  id=CUST-1\n"));
	assert_non_null(strstr(buf_text(&out),
		"    2  ▶  action  a step whose name is longer than the co…        3  ✗  REFUSED"));
	assert_non_null(strstr(buf_text(&out),
		"    3  💬 ask     never                                              –\n"));
	assert_non_null(strstr(buf_text(&out), "\nstep 2, a step whose name"));
	buf_clear(&out);
	scenario_report_summary((const struct scenario_report *const[]){ &r }, 1, &out);
	assert_non_null(strstr(buf_text(&out), "FAIL      1/3"));
	buf_clear(&out);
	scenario_report_json(&r, &out);
	const struct value *j = json(buf_text(&out));
	assert_string_equal(as_json(value_at_path(j, "$.steps[0].captured.id")), "\"CUST-1\"");
	assert_string_equal(as_json(value_at_path(j, "$.steps[2].state")), "\"not run\"");
	assert_string_equal(as_json(value_at_path(j, "$.passed")), "false");
	buf_free(&out);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(scalars_have_the_types_of_the_core_schema), T(maps_keep_the_order_of_the_file),
		T(hostile_files_are_refused_with_their_line), T(numbers_keep_their_digits_and_their_type),
		T(numbers_are_compared_exactly), T(a_value_is_replaced_in_its_place), T(paths_go_by_keys_and_places),
		T(keys_find_items_by_what_they_are_called), T(placeholders_keep_types_when_alone),
			T(operators_hold_or_say_why),
		T(any_match_wants_one_item), T(patterns_are_translated), T(patterns_that_posix_cannot_do_are_refused),
		T(a_story_runs_from_setup_to_teardown), T(the_first_failure_stops_and_is_torn_down),
		T(asserts_are_polled_for_mismatches_only), T(refusals_can_be_expected),
			T(web_steps_talk_as_a_browser_would),
		T(files_are_waited_for_and_the_last_match_counts), T(asking_needs_a_model), T(verbs_of_scenarios_only),
		T(a_wish_to_stop_is_heard_and_torn_down), T(what_the_language_does_not_have_is_refused),
			T(reports_are_tables),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_free(&fake.heard);
	return failed;
}
