/* fuzz_scenario.c -- files that nobody wrote, through the reader of scenarios, and patterns through the translator.
 *
 * LLVMFuzzerTestOneInput is what libFuzzer calls; built without it, main() makes its own inputs from a fixed
 * seed: a real story with bytes and words changed, and noise.  `fuzz_scenario 1000000` runs longer. */
#include "cockpit/scenario_inner.h"
#include "cockpit/scenario_yaml.h"
#include "core/base/must.h"
#include "tests/fuzz/damage.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool
any_operation(void *self, const char *op, const struct value *args, struct error *err)
{
	(void)self, (void)args;
	return op[0] || error_set(err, ERROR_NOT_FOUND, "operation.unknown", "There is no operation");
}

/* a file that was read prints as JSON that reads into the same */
static void
again(struct arena *a, const struct value *v)
{
	struct buf json = { 0 };
	struct error err = { 0 };

	value_to_json(v, &json);
	const struct value *back = value_from_json(a, buf_text(&json), json.len, &err);
	must(back && value_equal(v, back));
	buf_free(&json);
}

static void
as_pattern(struct arena *a, const uint8_t *bytes, size_t n)
{
	char *source = arena_strndup(a, (const char *)bytes, n < 60 ? n : 60);
	struct error err = { 0 };
	const struct pattern *p = pattern_new(a, source, &err);

	for (int g = 0; p && g <= pattern_groups(p); g++)
		pattern_find(p, a, "OTP: 123456\nAction: [x]-^ a;b=c\n", g, true);
	must(p || err.message[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct scenario_host host = { .check = any_operation };
	struct arena *a = arena_new();
	struct error err = { 0 };
	struct scenario s;
	const struct value *v = yaml_read(a, "fuzz.yaml", (const char *)bytes, n, &err);

	if (v)
		again(a, v);
	must(v || err.message[0]);
	err = (struct error){ 0 };
	bool ok = scenario_read(a, "fuzz.yaml", (const char *)bytes, n, &host, &s, &err);
	must(ok || err.message[0]);
	as_pattern(a, bytes, n);
	arena_free(a);
	return 0;
}

#ifndef FUZZ_WITH_LIBFUZZER
static const char story[] =
	"name: fuzz\ntags: [a, 'b']\nsetup:\n  reset_operational_data: true\n  freeze_clock_at: 2026-02-15T09:00:00Z\n"
	"  variables: {x: 0x1F, y: -1.5e3, z: ~}\nvariables:\n  who: &w \"a {{ run_id }}\"\n  again: *w\nsteps:\n"
	"  - name: one\n    action: customer.create\n    args: {name: '{{ who }}', list: [1, 2.0, true, null]}\n"
	"    capture: {id: $.a[0].id}\n  - name: two\n    assert:\n      tool: order.get\n      args: {order_id: '{{ id }}'}\n"
	"      expect: {state: {in: [a, b]}, any_match: {x: 1}}\n      poll: {interval_ms: 10, timeout_seconds: 1}\n"
	"  - name: three\n    http: POST /x\n    form: {a: |\n        text\n        more\n      }\n"
	"    capture_regex: {sid: {source: headers.location, pattern: 'session=([a-f0-9]+)'}}\n"
	"  - name: four\n    file: ./x.log\n    capture_regex:\n      otp: {pattern: 'OTP: (\\d{6})\\nAction'}\n"
	"teardown: {unfreeze_clock: true}\n";
static const char *const words[] = { "&a ", "*a", "[", "{", "]", "}", ": ", "- ", "\n", "\n  ", "!!str ",
	"!!int ",
	"---\n", "...\n", "\"", "'", "|\n", ">-\n", "? ", "%YAML 1.1\n", "\\x00", "\xEF\xBB\xBF", "<<: ",
		"{{ x }}", "#" };
static const char *const patterns[] = { "(\\d+)[^;]+", "[\\]\\-\\^a-z]*", "(?:a|b){2,3}(c)", "\\s\\w+\\n.",
	"[[:alpha:]]" };
static void
damaged(struct buf *out, const char *from, size_t n)
{
	size_t cut = dice() % (n + 1), skip = dice() % 4 ? 0 : dice() % (n - cut + 1);

	buf_add(out, from, cut);
	for (uint64_t k = dice() % 4; k > 0; k--)
		buf_str(out, words[dice() % (sizeof words / sizeof words[0])]);
	buf_add(out, from + cut + skip, n - cut - skip);
	for (uint64_t k = dice() % 4; k > 0 && out->len; k--)
		out->data[dice() % out->len] = (char)dice();
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 5000;
	struct buf input = { 0 };

	for (long i = 0; i < rounds; i++) {
		const char *from = i % 4 ? story : patterns[dice() % (sizeof patterns / sizeof patterns[0])];
		buf_clear(&input);
		damaged(&input, from, strlen(from));
		uint8_t *exact = malloc(input.len ? input.len : 1);
		memcpy(exact, buf_text(&input), input.len);
		LLVMFuzzerTestOneInput(exact, input.len);
		free(exact);
	}
	buf_free(&input);
	printf("%ld inputs\n", rounds);
	return 0;
}
#endif
