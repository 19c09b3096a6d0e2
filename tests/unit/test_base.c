/* test_base.c -- the small modules of the base: memory, errors, money, time, ids, crypto, text.
 *
 * Each test names the promise of the header it holds the module to. */
#include "tests/unit/check.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/crypt.h"
#include "core/base/error.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/money.h"
#include "core/base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int released[4], released_count;

static void
release(void *p)
{
	released[released_count++] = *(int *)p;
}

static void
arena_frees_what_it_adopted_newest_first(void **state)
{
	(void)state;
	int one = 1, two = 2;
	struct arena *a = arena_new();
	released_count = 0;
	arena_own(a, release, &one);
	arena_own(a, release, &two);
	arena_reset(a);
	assert_int_equal(released_count, 2);
	assert_int_equal(released[0], 2);
	assert_int_equal(arena_used(a), 0);
	arena_free(a);
	assert_int_equal(released_count, 2);
	arena_free(NULL);
}

static void
arena_memory_is_zeroed_and_aligned_again_after_reset(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	for (int turn = 0; turn < 3; turn++, arena_reset(a))
		for (size_t n = 1; n < 70000; n = n * 3 + 1) {
			unsigned char *p = arena_alloc(a, n);
			assert_int_equal((uintptr_t)p % 16, 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xAB, n);
		}
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
	assert_string_equal(arena_strndup(a, "abc", 2), "ab");
	arena_free(a);
}

static void
buf_is_always_a_string(void **state)
{
	(void)state;
	struct buf b = { 0 };
	assert_string_equal(buf_text(&b), "");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i);
	assert_int_equal(strlen(b.data), b.len);
	assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4);
	buf_clear(&b);
	buf_be16(&b, 0x0102);
	buf_be32(&b, 0x03040506);
	buf_be64(&b, UINT64_C(0x0708090A0B0C0D0E));
	for (size_t i = 0; i < 14; i++)
		assert_int_equal(b.data[i], i + 1);
	buf_free(&b);
}

static void
errors_escape_their_facts_and_drop_what_does_not_fit(void **state)
{
	(void)state;
	struct error e = { 0 };
	char big[2000];
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = 0;
	assert_false(error_set(&e, ERROR_REFUSED, "a.rule", "%s", "no"));
	error_fact(&e, "quote\"", "a\"b\\c\n");
	error_fact(&e, "big", big);
	error_fact_int(&e, "n", -5);
	error_fact(&e, "none", NULL);
	error_fact_list(&e, "l", (const char *const[]){ "a", "b\t" }, 2);
	assert_string_equal(e.context,
		"\"quote\\\"\":\"a\\\"b\\\\c\\n\",\"n\":-5,\"none\":null,\"l\":[\"a\",\"b\\t\"]");
	assert_int_equal(error_http_status(e.kind), 422);
	assert_int_equal(error_exit_code(e.kind), 2);
	assert_true(error_retry(ERROR_UNAVAILABLE));
	assert_int_equal(error_kind_of("CONFLICT"), ERROR_CONFLICT);
	assert_int_equal(error_kind_of("nonsense"), ERROR_NONE);
	assert_string_equal(error_kind_name((enum error_kind)99), "UNKNOWN");
}

static void
errors_never_end_in_half_a_character(void **state)
{
	(void)state;
	struct error e;
	for (int pad = 0; pad < 4; pad++) {
		char text[1000] = "";
		memset(text, 'x', (size_t)pad);
		for (int i = 0; i < 200; i++)
			strcat(text, "\xE2\x82\xAC");
		error_set(&e, ERROR_INVALID, "r", "%s", text);
		assert_true(utf8_valid(e.message, strlen(e.message)));
	}
}

static void
money_is_read_and_shown_exactly(void **state)
{
	(void)state;
	static const struct { const char *text, *currency; int64_t minor; const char *shown; } rows[] = {
		{ "25.00", "SGD", 2500, "SGD 25.00" }, { "25", "SGD", 2500, "SGD 25.00" },
		{ "0.5", "SGD", 50, "SGD 0.50" }, { "-0.05", "SGD", -5, "SGD -0.05" },
		{ "1.230", "SGD", 123, "SGD 1.23" }, { "1000", "JPY", 1000, "JPY 1000" },
		{ "1.234", "BHD", 1234, "BHD 1.234" }, { "92233720368547758.07", "SGD", INT64_MAX, "SGD 92233720368547758.07" } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct money m;
		char out[MONEY_TEXT];
		assert_true(money_parse(rows[i].text, rows[i].currency, &m, NULL));
		assert_int_equal(m.minor, rows[i].minor);
		assert_string_equal(money_show(m, out), rows[i].shown);
	}
	static const char *const bad[] = { "", "-", ".", ".5", "1.", "1.234", "1,5", "1e3", " 1", "1 ", "+1", "--1",
		"92233720368547758.08", "99999999999999999999", "nan" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct money m;
		struct error e = { 0 };
		assert_false(money_parse(bad[i], "SGD", &m, &e));
		assert_int_equal(e.kind, ERROR_INVALID);
	}
	assert_false(money_parse("1", "XYZ", &(struct money){ 0 }, NULL));
	assert_false(money_parse("1", "GD ", &(struct money){ 0 }, NULL));
	assert_false(currency_known("sgd"));
}

static void
money_arithmetic_refuses_overflow_and_mixed_currencies(void **state)
{
	(void)state;
	struct money a = { INT64_MAX, "SGD" }, one = { 1, "SGD" }, yen = { 1, "JPY" }, none = { 0 };
	assert_false(money_add(&a, one));
	assert_int_equal(a.minor, INT64_MAX);
	assert_true(money_sub(&a, one));
	assert_false(money_add(&a, yen));
	assert_true(money_add(&none, one));
	assert_string_equal(none.currency, "SGD");
	struct money low = { INT64_MIN, "SGD" };
	char out[MONEY_TEXT];
	assert_false(money_sub(&low, one));
	assert_string_equal(money_decimal(low, out), "-92233720368547758.08");
}

static void
percentages_round_half_away_from_zero(void **state)
{
	(void)state;
	static const struct { int64_t minor, percent, left; } rows[] = {
		{ 2500, 2000, 2000 }, { 999, 1250, 874 }, { 1, 5000, 1 }, { 3, 5000, 2 }, { -3, 5000, -2 },
		{ 2500, 10000, 0 }, { 2500, 0, 2500 }, { INT64_MAX, 0, INT64_MAX } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct money m = { rows[i].minor, "SGD" };
		assert_true(money_percent_off(&m, rows[i].percent));
		assert_int_equal(m.minor, rows[i].left);
	}
	assert_false(money_percent_off(&(struct money){ 1, "SGD" }, 10001));
	assert_false(money_percent_off(&(struct money){ 1, "SGD" }, -1));
}

static void
times_are_read_in_all_their_forms(void **state)
{
	(void)state;
	static const struct { const char *text, *shown; } rows[] = {
		{ "2026-02-15T09:00:00Z", "2026-02-15T09:00:00Z" }, { "2026-02-15", "2026-02-15T00:00:00Z" },
		{ "2026-02-15T09:00", "2026-02-15T09:00:00Z" }, { "2026-02-15T09:00:00+08:00", "2026-02-15T01:00:00Z" },
		{ "2026-02-15T09:00:00 08:00", "2026-02-15T01:00:00Z" }, { "2026-02-15 09:00:00-0130", "2026-02-15T10:30:00Z" },
		{ "2026-02-15t09:00:00.25z", "2026-02-15T09:00:00.250000Z" },
		{ "2024-02-29T23:59:60Z", "2024-03-01T00:00:00Z" }, { "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
		{ "0001-01-01", "0001-01-01T00:00:00Z" }, { "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z" },
		{ "2026-02-15T09:00:00.1234567899Z", "2026-02-15T09:00:00.123456Z" } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t t;
		char out[TIME_TEXT];
		assert_true(time_parse(rows[i].text, &t));
		assert_string_equal(time_format(t, out), rows[i].shown);
	}
	static const char *const bad[] = { "", "2026", "2026-02-30", "2026-13-01", "2025-02-29", "2026-02-15T24:00",
		"2026-02-15T09:60", "2026-02-15T", "2026-02-15T09:00:00X", "2026-02-15T09:00:00+8", "2026-02-15T09:00:00.Z",
		"2026-02-15T09:00:00Zjunk", "0000-01-01", "26-02-15" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(time_parse(bad[i], &(int64_t){ 0 }));
	assert_false(time_parse(NULL, &(int64_t){ 0 }));
	int64_t forever;
	assert_true(time_parse("9999-12-31T23:59:59Z", &forever));
	assert_true(forever == TIME_FOREVER);
}

static void
formatted_times_read_back_the_same(void **state)
{
	(void)state;
	char out[TIME_TEXT];
	int64_t back, t = -62135596800 * SECOND;
	for (; t < TIME_FOREVER; t += 86399 * SECOND * 37 + 123457) {
		assert_true(time_parse(time_format(t, out), &back));
		assert_true(back == t);
	}
	assert_string_equal(time_format_ms(INT64_C(1771146000123456), out), "2026-02-15T09:00:00.123Z");
	time_format(TIME_CLEARED, out);
	time_format(INT64_MAX, out);
	assert_true(date_valid("2024-02-29") && !date_valid("2024-02-29T00:00") && !date_valid(NULL));
}

static void
durations(void **state)
{
	(void)state;
	int64_t t;
	assert_true(duration_parse("90s", &t) && t == 90 * SECOND);
	assert_true(duration_parse("29d", &t) && t == 29 * DAY);
	assert_true(duration_parse("0m", &t) && t == 0);
	assert_false(duration_parse("-1s", &t) || duration_parse("5", &t) || duration_parse("5w", &t) ||
		duration_parse("s", &t) || duration_parse("9223372036854775807d", &t) || duration_parse("1h ", &t));
	assert_true(mono_now() <= mono_now());
}

static void
ids_are_random_and_well_formed(void **state)
{
	(void)state;
	char a[UUID_TEXT], b[UUID_TEXT], hex[101];
	uuid_random(a);
	uuid_random(b);
	assert_int_equal(strlen(a), 36);
	assert_int_equal(a[14], '4');
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(random_hex(hex, 99)), 99);
	assert_int_equal(strspn(hex, "0123456789abcdef"), 99);
	assert_true(text_id_ok(a));
}

/* what was drawn ahead is the parent's alone */
static void
a_child_draws_its_own_random_bytes(void **state)
{
	char mine[17], theirs[17] = "";
	int ends[2];
	(void)state;
	random_hex(mine, 16);
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		random_hex(theirs, 16);
		_exit(write(ends[1], theirs, 16) != 16);
	}
	random_hex(mine, 16);
	assert_int_equal(read(ends[0], theirs, 16), 16);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_string_not_equal(mine, theirs);
	close(ends[0]);
	close(ends[1]);
}

static void
boxes_open_only_where_they_were_sealed(void **state)
{
	(void)state;
	uint8_t key[KEY_BYTES] = { 1 }, other[KEY_BYTES] = { 2 }, box[5 + SEAL_OVERHEAD], out[6] = { 0 };
	seal(key, "hello", 5, "here", 4, box);
	assert_true(unseal(key, box, sizeof box, "here", 4, out));
	assert_string_equal((char *)out, "hello");
	assert_false(unseal(key, box, sizeof box, "there", 5, out));
	assert_false(unseal(other, box, sizeof box, "here", 4, out));
	assert_false(unseal(key, box, SEAL_OVERHEAD - 1, "here", 4, out));
	for (size_t i = 0; i < sizeof box; i++) {
		box[i] ^= 1;
		assert_false(unseal(key, box, sizeof box, "here", 4, out));
		box[i] ^= 1;
	}
}

static void
hashes(void **state)
{
	(void)state;
	uint8_t ab[HASH_BYTES], whole[HASH_BYTES], back[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1], sha[65];
	hash_2(ab, "abc", 3, "def", 3);
	hash_2(whole, "abcdef", 6, "", 0);
	assert_memory_equal(ab, whole, HASH_BYTES);
	assert_true(hash_from_hex(hash_hex(ab, hex), back) && same_bytes(ab, back, HASH_BYTES));
	hex[3] = 'x';
	assert_false(hash_from_hex(hex, back));
	sha256_hex("abc", 3, sha);
	assert_string_equal(sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void
the_master_key_is_kept_private(void **state)
{
	(void)state;
	char dir[] = "/tmp/bss-key-XXXXXX", path[64];
	uint8_t first[KEY_BYTES], again[KEY_BYTES];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/master.key", dir);
	assert_false(master_key_load(path, first, false));
	assert_true(master_key_load(path, first, true));
	assert_true(master_key_load(path, again, true));
	assert_memory_equal(first, again, KEY_BYTES);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	chmod(path, 0640);
	assert_false(master_key_load(path, again, false));
	chmod(path, 0600);
	assert_int_equal(truncate(path, 20), 0);
	assert_false(master_key_load(path, again, true));
	unlink(path);
	rmdir(dir);
}

static void
utf8_and_widths(void **state)
{
	(void)state;
	static const char *const bad[] = { "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80",
		"\xE0\x9F\xBF", "\xF4\x90\x80\x80", "12345678\xFF" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
	assert_false(utf8_valid("12345678\0", 9));
	assert_false(utf8_valid("1234\0" "5678", 9));
	assert_true(utf8_valid("na\xC3\xAFve \xE4\xB8\xAD \xF0\x9F\x98\x80", 15));
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("\xE4\xB8\xAD\xE6\x96\x87"), 4);
	assert_int_equal(text_width("e\xCC\x81"), 1);
	assert_int_equal(text_width("\xF0\x9F\x98\x80"), 2);
	assert_int_equal(text_width("\xE2\x94\x80\xE2\x94\x80"), 2);
	assert_int_equal(text_width(NULL), 0);
}

static void
names(void **state)
{
	(void)state;
	char out[64], small[5];
	assert_string_equal(camel_case("given_name", out, sizeof out), "givenName");
	assert_string_equal(snake_case("givenName", out, sizeof out), "given_name");
	assert_string_equal(camel_case("given_name", small, sizeof small), "give");
	assert_true(strlen(snake_case("givenName", small, sizeof small)) < sizeof small);
	assert_true(text_id_ok("CUST-0001") && text_id_ok("a@b.c:d+e_f"));
	assert_false(text_id_ok("") || text_id_ok("a b") || text_id_ok("a/b") || text_id_ok(NULL));
	char longest[65];
	memset(longest, 'a', 64);
	longest[64] = 0;
	assert_false(text_id_ok(longest));
	longest[63] = 0;
	assert_true(text_id_ok(longest));
	assert_true(text_blank(" \t") && text_blank(NULL) && !text_blank(" x"));
	assert_int_equal(text_distance("kitten", "sitting"), 3);
}

int
main(void)
{
	crypt_start();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_frees_what_it_adopted_newest_first),
		cmocka_unit_test(arena_memory_is_zeroed_and_aligned_again_after_reset),
		cmocka_unit_test(buf_is_always_a_string),
		cmocka_unit_test(errors_escape_their_facts_and_drop_what_does_not_fit),
		cmocka_unit_test(errors_never_end_in_half_a_character),
		cmocka_unit_test(money_is_read_and_shown_exactly),
		cmocka_unit_test(money_arithmetic_refuses_overflow_and_mixed_currencies),
		cmocka_unit_test(percentages_round_half_away_from_zero),
		cmocka_unit_test(times_are_read_in_all_their_forms),
		cmocka_unit_test(formatted_times_read_back_the_same),
		cmocka_unit_test(durations),
		cmocka_unit_test(ids_are_random_and_well_formed),
		cmocka_unit_test(a_child_draws_its_own_random_bytes),
		cmocka_unit_test(boxes_open_only_where_they_were_sealed),
		cmocka_unit_test(hashes),
		cmocka_unit_test(the_master_key_is_kept_private),
		cmocka_unit_test(utf8_and_widths),
		cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
