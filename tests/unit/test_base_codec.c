/* test_base_codec.c -- shapes to bytes, JSON and text, and back; and what hostile input does (nothing). */
#define SAMPLE_DEFINE
#include "tests/unit/check.h"
#include "tests/unit/sample.h"
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/crypt.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "tests/fuzz/damage.h"
#include <stdlib.h>

static const uint8_t key[KEY_BYTES] = { 42 };
static const struct sealing sealing = { .key = key, .stream = "sample/S-1" };

static const struct sample full = {
	.sample_id = "S-1", .note = "na\xC3\xAFve \"note\"\n", .level = "high", .born_on = "2000-02-29",
	.amount = "25.00", .document = "{\"a\":[1,2]}", .count = -70000, .active = true, .chance = 0.25,
	.valid_to = TIME_CLEARED, .starts_at = INT64_C(1771146000000001), .price = { 2500, "SGD" },
	.perhaps = { 0, true }, .flag = { false, true }, .share = { 0, true },
	.tags = { (const char *[]){ "x", "", "z" }, 3 },
	.items = { (struct item[]){
		{ .sku = "A", .price = { -1, "JPY" },
		  .parts = { (struct inner[]){ { "bolt", 3 }, { "nut", 0 } }, 2 } },
		{ .sku = "B" } }, 2 },
	.given_name = "Ada", .pin = "1234" };

static void
assert_same(const struct sample *s, const char *given_name)
{
	assert_string_equal(s->sample_id, full.sample_id);
	assert_string_equal(s->note, full.note);
	assert_string_equal(s->level, full.level);
	assert_string_equal(s->born_on, full.born_on);
	assert_string_equal(s->amount, full.amount);
	assert_string_equal(s->document, full.document);
	assert_int_equal(s->count, full.count);
	assert_true(s->active && s->chance == full.chance);
	assert_true(s->valid_to == TIME_CLEARED && s->starts_at == full.starts_at);
	assert_true(s->price.minor == 2500 && strcmp(s->price.currency, "SGD") == 0);
	assert_true(s->perhaps.set && s->perhaps.v == 0 && s->flag.set && !s->flag.v && s->share.set);
	assert_int_equal(s->tags.n, 3);
	assert_string_equal(s->tags.v[2], "z");
	assert_int_equal(s->items.n, 2);
	const struct item *i = s->items.items;
	assert_string_equal(i[0].sku, "A");
	assert_int_equal(i[0].price.minor, -1);
	assert_int_equal(i[0].parts.n, 2);
	assert_string_equal(((struct inner *)i[0].parts.items)[0].label, "bolt");
	assert_int_equal(((struct inner *)i[0].parts.items)[0].units, 3);
	assert_int_equal(i[1].parts.n, 0);
	assert_string_equal(s->given_name, given_name);
}

static void
every_kind_survives_packing(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf b = { 0 };
	struct sample back;
	struct error e = { 0 };
	shape_pack(&sample_shape, &full, &b, &sealing);
	assert_null(memmem(b.data, b.len, "Ada", 3));
	assert_true(shape_unpack(&sample_shape, b.data, b.len, a, &back, &sealing, &e));
	assert_same(&back, "Ada");
	assert_string_equal(back.pin, "1234");
	buf_clear(&b);
	shape_pack(&sample_shape, &full, &b, NULL);
	assert_true(shape_unpack(&sample_shape, b.data, b.len, a, &back, NULL, &e));
	assert_same(&back, "Ada");
	buf_free(&b);
	arena_free(a);
}

static void
integers_of_every_width_survive(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf b = { 0 };
	for (int bit = 0; bit < 64; bit++)
		for (int64_t d = -2; d <= 2; d++) {
			struct sample one = { .sample_id = "x", .count = (int64_t)((UINT64_C(1) << bit) + (uint64_t)d) }, back;
			buf_clear(&b);
			shape_pack(&sample_shape, &one, &b, NULL);
			assert_true(shape_unpack(&sample_shape, b.data, b.len, a, &back, NULL, NULL));
			assert_true(back.count == one.count);
		}
	buf_free(&b);
	arena_free(a);
}

static void
the_erased_read_as_erased_and_moved_boxes_do_not_open(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf b = { 0 };
	struct sample back;
	struct error e = { 0 };
	shape_pack(&sample_shape, &full, &b, &sealing);
	assert_true(shape_unpack(&sample_shape, b.data, b.len, a, &back, NULL, &e));
	assert_same(&back, "erased");
	struct sealing erased = { .key = NULL, .stream = "sample/S-1" };
	assert_true(shape_unpack(&sample_shape, b.data, b.len, a, &back, &erased, &e));
	assert_same(&back, "erased");
	struct sealing elsewhere = { .key = key, .stream = "sample/S-2" };
	assert_false(shape_unpack(&sample_shape, b.data, b.len, a, &back, &elsewhere, &e));
	assert_string_equal(e.rule, "codec.malformed");
	assert_null(back.sample_id);
	assert_true(shape_has_personal(&sample_shape) && !shape_has_personal(&item_shape));
	buf_free(&b);
	arena_free(a);
}

/* an event of tomorrow: a key in the middle that today's table does not have */
static void
unknown_keys_are_skipped_and_absent_fields_are_zero(void **state)
{
	(void)state;
	static const char bytes[] = "\x83\xA4note\xA2hi\xA6" "future\x82\x01\x93\x01\xC0\xC4\x01x\x02\xC7\x01\x05y\xA9sample_id\xA1S";
	struct arena *a = arena_new();
	struct sample back;
	struct error e = { 0 };
	assert_true(shape_unpack(&sample_shape, bytes, sizeof bytes - 1, a, &back, NULL, &e));
	assert_string_equal(back.note, "hi");
	assert_string_equal(back.sample_id, "S");
	assert_int_equal(back.count, 0);
	assert_false(shape_unpack(&sample_shape, "\x81\xA4note\x05", 7, a, &back, NULL, &e));
	assert_false(shape_unpack(&sample_shape, "\x81\xA4note\xA2x\0", 9, a, &back, NULL, &e));
	assert_false(shape_unpack(&sample_shape, "\x80\x80", 2, a, &back, NULL, &e));
	assert_false(shape_unpack(&sample_shape, "\x81\xA5items\xDD\xFF\xFF\xFF\xFF", 12, a, &back, NULL, &e));
	assert_true(shape_unpack(&sample_shape, "\x81\xA5note\0\x05", 8, a, &back, NULL, &e));   /* not "note" */
	assert_true(shape_unpack(&sample_shape, "\x80", 1, a, &back, NULL, &e));
	arena_free(a);
}

static void
every_truncation_is_refused(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf b = { 0 };
	struct sample back;
	shape_pack(&sample_shape, &full, &b, &sealing);
	for (size_t n = 0; n < b.len; n++) {
		char *exact = malloc(n ? n : 1);          /* so that the sanitizer sees a byte read too far */
		memcpy(exact, b.data, n);
		struct error e = { 0 };
		assert_false(shape_unpack(&sample_shape, exact, n, a, &back, &sealing, &e));
		assert_int_equal(e.kind, ERROR_INVALID);
		free(exact);
		arena_reset(a);
	}
	buf_free(&b);
	arena_free(a);
}

static void
damaged_bytes_never_do_more_than_fail(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf b = { 0 }, out = { 0 };
	struct sample back;
	shape_pack(&sample_shape, &full, &b, NULL);
	int accepted = 0;
	for (int round = 0; round < 20000; round++, arena_reset(a)) {
		char *copy = malloc(b.len);
		memcpy(copy, b.data, b.len);
		for (uint64_t k = dice() % 4 + 1; k > 0; k--)
			copy[dice() % b.len] = (char)dice();
		if (shape_unpack(&sample_shape, copy, b.len, a, &back, NULL, NULL)) {
			accepted++;
			shape_check(&sample_shape, &back, NULL);
			buf_clear(&out);
			shape_to_json(&sample_shape, &back, &out, false);
		}
		free(copy);
	}
	assert_true(accepted > 0);
	buf_free(&b);
	buf_free(&out);
	arena_free(a);
}

static void
json_round_trip_in_both_spellings(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	for (int camel = 0; camel < 2; camel++) {
		struct buf b = { 0 };
		struct sample back;
		struct error e = { 0 };
		shape_to_json(&sample_shape, &full, &b, camel);
		assert_null(strstr(b.data, "1234"));
		assert_true((strstr(b.data, "givenName") != NULL) == camel);
		/* an explicit null stands in for the cleared bound, which the writer shows by leaving nothing out */
		assert_true(shape_from_text(&sample_shape, b.data, b.len, a, &back, &e));
		assert_same(&back, "Ada");
		buf_free(&b);
	}
	arena_free(a);
}

static void
fails(const char *json, const char *field, const char *why)
{
	struct arena *a = arena_new();
	struct sample s;
	struct error e = { 0 };
	assert_false(shape_from_text(&sample_shape, json, strlen(json), a, &s, &e));
	assert_string_equal(e.rule, "arguments.invalid");
	assert_int_equal(e.kind, ERROR_INVALID);
	assert_string_equal(e.hint, "bss explain sample");
	char *context = arena_printf(a, "{%s}", e.context);
	const cJSON *tree = json_parse(a, context, strlen(context), NULL);
	assert_non_null(tree);
	const cJSON *said = cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "fields"), field);
	assert_non_null(said);
	assert_non_null(strstr(said->valuestring, why));
	assert_non_null(strstr(e.message, field));
	arena_free(a);
}

static void
all_mistakes_are_named_at_once(void **state)
{
	(void)state;
	const char *json = "{\"notee\":\"x\",\"count\":1.5,\"amount\":25,\"price\":{\"amount\":5,\"currency\":\"SGD\"},"
		"\"level\":\"middle\",\"items\":[{\"price\":null},{\"sku\":\"a b\"}]}";
	fails(json, "sample_id", "is required");
	fails(json, "notee", "did you mean note?");
	fails(json, "count", "whole number");
	fails(json, "amount", "not a number");
	fails(json, "price", "string");
	fails(json, "level", "low|high");
	fails(json, "items[0].sku", "is required");
	fails(json, "items[1].sku", "must be an id");
}

static void
each_kind_refuses_what_it_is_not(void **state)
{
	(void)state;
	static const char *const rows[][3] = {
		{ "{\"sample_id\":5}", "sample_id", "must be a text" }, { "{\"sample_id\":\"  \"}", "sample_id", "is required" },
		{ "{\"count\":\"5\"}", "count", "whole number" }, { "{\"count\":9007199254740994}", "count", "too large" },
		{ "{\"active\":\"true\"}", "active", "true or false" }, { "{\"chance\":\"0.5\"}", "chance", "number" },
		{ "{\"valid_to\":\"soon\"}", "valid_to", "must be a time" }, { "{\"born_on\":\"2026-02-30\"}", "born_on", "must be a date" },
		{ "{\"price\":{\"amount\":\"1.234\",\"currency\":\"SGD\"}}", "price", "must be an amount" },
		{ "{\"price\":\"25.00\"}", "price", "must be an object" }, { "{\"tags\":\"x\"}", "tags", "array" },
		{ "{\"tags\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}", "tags", "more than 4" }, { "{\"items\":{}}", "items", "array" },
		{ "{\"items\":[{},{},{},{}]}", "items", "too many" }, { "{\"items\":[5]}", "items[0]", "must be an object" },
		{ "{\"note\":\"01234567890123456789012345678901234567890\"}", "note", "longer than 40" },
		{ "{\"document\":\"{\"}", "document", "must be JSON" }, { "{\"amount\":\"1e5\"}", "amount", "decimal" },
		{ "{\"perhaps\":1.5}", "perhaps", "whole number" }, { "{\"flag\":1}", "flag", "true or false" } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		fails(rows[i][0], rows[i][1], rows[i][2]);
}

static void
nulls_are_absent_but_clear_a_clearable_time(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct sample s;
	struct error e = { 0 };
	const char *json = "{\"sampleId\":\"S\",\"note\":null,\"validTo\":null,\"startsAt\":null,\"count\":null}";
	assert_true(shape_from_text(&sample_shape, json, strlen(json), a, &s, &e));
	assert_null(s.note);
	assert_true(s.valid_to == TIME_CLEARED);
	assert_true(s.starts_at == 0);             /* its fallback "now" is words, not a value */
	assert_int_equal(s.count, 7);
	assert_string_equal(s.level, "low");
	arena_free(a);
}

static void
check_sees_what_bytes_can_say_and_json_cannot(void **state)
{
	(void)state;
	struct error e = { 0 };
	struct sample s = { .note = "\xFF", .starts_at = TIME_CLEARED, .price = { 1, "QQQ" }, .count = 3 };
	assert_false(shape_check(&sample_shape, &s, &e));
	assert_non_null(strstr(e.message, "sample_id is required"));
	assert_non_null(strstr(e.message, "note is not valid UTF-8"));
	assert_non_null(strstr(e.message, "starts_at cannot be removed"));
	assert_non_null(strstr(e.message, "price must name a currency"));
	assert_int_equal(s.count, 3);
	struct sample fine = { .sample_id = "S", .note = "" };
	assert_true(shape_check(&sample_shape, &fine, &e));
	assert_int_equal(fine.count, 7);
	assert_string_equal(fine.level, "low");
}

static void
fields_from_and_to_text(void **state)
{
	(void)state;
	static const char *const rows[][3] = {
		{ "count", "-5", "-5" }, { "active", "yes", "true" }, { "chance", "0.5", "0.5" }, { "price", "25 SGD", "SGD 25.00" },
		{ "price", "SGD 25.00", "SGD 25.00" }, { "valid_to", "none", "none" }, { "valid_to", "2026-02-15", "2026-02-15T00:00:00Z" },
		{ "tags", "a, b,c", "a, b, c" }, { "items", "[{\"sku\":\"A\"}]", "sku=A" }, { "perhaps", "0", "0" },
		{ "flag", "off", "false" }, { "level", "high", "high" }, { "document", "[1]", "[1]" } };
	static const char *const bad[][2] = { { "count", "5x" }, { "count", "" }, { "active", "maybe" }, { "chance", "nan" },
		{ "price", "25.00" }, { "starts_at", "none" }, { "tags", "1,2,3,4,5" }, { "items", "[" }, { "level", "x" },
		{ "born_on", "today" }, { "count", "99999999999999999999" }, { "sample_id", "a b" } };
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sample s = { 0 };
		struct buf out = { 0 };
		struct error e = { 0 };
		const struct field *f = shape_field(&sample_shape, rows[i][0]);
		assert_true(field_parse(f, rows[i][1], a, &s, &e));
		field_show(f, &s, &out);
		assert_string_equal(buf_text(&out), rows[i][2]);
		buf_free(&out);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct sample s = { 0 };
		struct error e = { 0 };
		assert_false(field_parse(shape_field(&sample_shape, bad[i][0]), bad[i][1], a, &s, &e));
		assert_true(e.message[0] != 0);
	}
	assert_string_equal(shape_target(&sample_shape)->name, "sample_id");
	arena_free(a);
}

static void
the_schema_is_json_and_says_what_is_required(void **state)
{
	(void)state;
	struct buf b = { 0 };
	struct arena *a = arena_new();
	shape_json_schema(&sample_shape, &b);
	const cJSON *tree = json_parse(a, b.data, b.len, NULL);
	assert_non_null(tree);
	assert_string_equal(json_path(tree, "required.0")->valuestring, "sample_id");
	assert_string_equal(json_path(tree, "properties.level.enum.1")->valuestring, "high");
	assert_int_equal(json_path(tree, "properties.count.default")->valueint, 7);
	assert_string_equal(json_path(tree, "properties.items.items.properties.parts.items.required.0")->valuestring, "label");
	buf_free(&b);
	arena_free(a);
}

int
main(void)
{
	crypt_start();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_survives_packing),
		cmocka_unit_test(integers_of_every_width_survive),
		cmocka_unit_test(the_erased_read_as_erased_and_moved_boxes_do_not_open),
		cmocka_unit_test(unknown_keys_are_skipped_and_absent_fields_are_zero),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(damaged_bytes_never_do_more_than_fail),
		cmocka_unit_test(json_round_trip_in_both_spellings),
		cmocka_unit_test(all_mistakes_are_named_at_once),
		cmocka_unit_test(each_kind_refuses_what_it_is_not),
		cmocka_unit_test(nulls_are_absent_but_clear_a_clearable_time),
		cmocka_unit_test(check_sees_what_bytes_can_say_and_json_cannot),
		cmocka_unit_test(fields_from_and_to_text),
		cmocka_unit_test(the_schema_is_json_and_says_what_is_required),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
