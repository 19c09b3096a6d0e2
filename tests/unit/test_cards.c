/* test_cards.c -- cards are pure: the same JSON gives the same text, and every line of it is equally wide.
 *
 * tests/cards/OPERATION[--case].json is drawn at four widths, in UTF-8 and in ASCII, and compared with the
 * .txt beside it.  `test_cards --update` writes those anew; read the diff before you believe them. */
#include "check.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include "cockpit/card.h"
#include "core/base/json.h"
#include "core/base/text.h"

static bool update;
static const int widths[] = { 40, 80, 120, 200 };

static char *
file_text(const char *path)
{
	struct buf b = { 0 };
	FILE *f = fopen(path, "re");
	int c;

	while (f && (c = getc(f)) != EOF)
		buf_byte(&b, (char)c);
	if (f)
		fclose(f);
	return f ? b.data ? b.data : strdup("") : NULL;
}

static struct card_style
style_of(int width, bool ascii)
{
	return (struct card_style){ .width = width, .ascii = ascii, .now = INT64_C(1778313600000000) };
}

static void
draw_all(const char *op, const cJSON *json, struct buf *out)
{
	for (int ascii = 0; ascii < 2; ascii++)
		for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
			struct card_style s = style_of(widths[i], ascii);
			buf_printf(out, "== %d %s\n", widths[i], ascii ? "ASCII" : "UTF-8");
			assert_true(card_render(op, json, &s, out));
		}
}

static void
compare(const char *path, const char *expected_path, const char *op)
{
	struct arena *a = arena_new();
	struct error err;
	char *text = file_text(path), *expected;
	struct buf out = { 0 };
	cJSON *json = json_parse(a, text, strlen(text), &err);

	assert_non_null(json);
	draw_all(op, json, &out);
	if (update) {
		FILE *f = fopen(expected_path, "we");
		assert_non_null(f);
		fputs(buf_text(&out), f);
		fclose(f);
	}
	expected = file_text(expected_path);
	if (!expected || strcmp(expected, buf_text(&out)) != 0)
		fprintf(stderr, "%s differs:\n%s", expected_path, buf_text(&out));
	assert_non_null(expected);
	assert_string_equal(expected, buf_text(&out));
	free(expected);
	free(text);
	buf_free(&out);
	arena_free(a);
}

static int
each_sample(void (*f)(const char *path, const char *expected, const char *op))
{
	DIR *d = opendir(CARDS_DIR);
	struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char path[700], expected[700], op[300];
		char *end = strstr(e->d_name, ".json");
		if (!end)
			continue;
		snprintf(path, sizeof path, "%s/%s", CARDS_DIR, e->d_name);
		snprintf(expected, sizeof expected, "%s/%.*s.txt", CARDS_DIR, (int)(end - e->d_name),
			 e->d_name);
		snprintf(op, sizeof op, "%.*s", (int)(end - e->d_name), e->d_name);
		char *variant = strstr(op, "--");
		if (variant)
			*variant = 0;
		f(path, expected, op);
		n++;
	}
	closedir(d);
	return n;
}

static void
test_golden(void **state)
{
	(void)state;
	assert_true(each_sample(compare) > 40);
}

/* ---- every line as wide as the next --------------------------------------------------------- */

static uint64_t seed = 42;

static unsigned
pick(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

static void
random_text(char *out, size_t room)
{
	static const char *const parts[] = {
		"a",        "Wort ", "王",       "é",  "e\xCC\x81",    "🙂", "👨‍👩‍👧", "—",
		"…",        "█",     "\x1b[31m", "\t", "\n",           "\x07", "\xE2\x80\xAE",       "\xFF",
		"\xF0\x9F", "\x01",  "ค้",        "𠀀", "\xE2\x80\x8B", ""
	};
	size_t n = 0;

	out[0] = 0;
	for (unsigned i = pick(40); i > 0; i--) {
		const char *p = parts[pick(sizeof parts / sizeof parts[0])];
		if (n + strlen(p) + 1 >= room)
			return;
		strcpy(out + n, p);
		n += strlen(p);
	}
}

static void
scramble(cJSON *v)
{
	char text[400];

	for (cJSON *m = v->child; m; m = m->next)
		scramble(m);
	if (cJSON_IsString(v) && pick(3) == 0) {
		random_text(text, sizeof text);
		cJSON_SetValuestring(v, text);
	}
	if (cJSON_IsNumber(v) && pick(4) == 0)
		cJSON_SetNumberValue(v, (double)pick(2000000) - 5);
}

static void
check_lines(const char *text, const struct card_style *s, const char *op)
{
	int first = -1;

	for (const char *p = text; *p; p += strcspn(p, "\n") + 1) {
		char line[4096];
		snprintf(line, sizeof line, "%.*s", (int)strcspn(p, "\n"), p);
		int w = text_width(line);
		first = first < 0 ? w : first;
		if (w != first || w > s->width)
			fprintf(stderr, "%s at %d: a line of %d, the first had %d:\n%s", op, s->width, w,
				first, text);
		assert_int_equal(w, first);
		assert_true(w <= s->width);
		for (const char *c = line; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && (!s->ascii || (unsigned char)*c < 0x7F));
	}
	assert_true(first > 0);
}

static void
torment(const char *path, const char *expected, const char *op)
{
	struct error err;
	char *text = file_text(path);

	(void)expected;
	for (int i = 0; i < 60; i++) {
		struct arena *a = arena_new();
		struct buf out = { 0 };
		cJSON *json = json_parse(a, text, strlen(text), &err);
		struct card_style s = style_of(40 + (int)pick(161), pick(2));
		char clock[100];

		random_text(clock, sizeof clock);
		s.clock = pick(2) ? terminal_clean(a, clock) : NULL;
		if (i > 0)
			scramble(json);
		assert_true(card_render(op, json, &s, &out));
		check_lines(buf_text(&out), &s, op);
		buf_free(&out);
		arena_free(a);
	}
	free(text);
}

static void
test_every_line_is_equally_wide(void **state)
{
	(void)state;
	assert_true(each_sample(torment) > 40);
}

static void
wrong_kind(const char *op, const char *text)
{
	struct arena *a = arena_new();
	struct error err;
	struct buf out = { 0 };
	struct card_style s = style_of(80, false);

	card_render(op, json_parse(a, text, strlen(text), &err), &s, &out);
	check_lines(buf_text(&out), &s, op);
	buf_free(&out);
	arena_free(a);
}

/* a result of another kind than expected draws an empty card, never a crash */
static void
test_wrong_kinds(void **state)
{
	static const char *const texts[] = {
		"[]",
		"{}",
		"[[]]",
		"[{}]",
		"[null,1,\"x\"]",
		"3",
		"\"x\"",
		"true",
		"{\"balances\":3,\"items\":{},\"services\":[1],\"contactMedium\":\"x\",\"interactions\":{}}",
		"[{\"balances\":[[]],\"items\":[],\"productOfferingPrice\":[{}],\"bundleAllowance\":{"
		"\"data\":1},\"payload\":[]}]"
	};
	(void)state;

	for (int n = 0; card_operation(n); n++)
		for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
			wrong_kind(card_operation(n), texts[i]);
}

/* taking the colours out gives the card without colours */
static void
test_colours_have_no_width(void **state)
{
	struct arena *a = arena_new();
	struct error err;
	char *text = file_text(CARDS_DIR "/customer.get.json");
	cJSON *json = json_parse(a, text, strlen(text), &err);
	struct buf plain = { 0 }, inked = { 0 }, stripped = { 0 };
	struct card_style s = style_of(80, false);

	(void)state;
	card_render("customer.get", json, &s, &plain);
	s.colour = true;
	card_render("customer.get", json, &s, &inked);
	for (const char *p = buf_text(&inked); *p; p++) {
		if (*p == '\x1b')
			p += strcspn(p, "m");
		else
			buf_byte(&stripped, *p);
	}
	assert_true(inked.len > plain.len);
	assert_string_equal(buf_text(&stripped), buf_text(&plain));
	buf_free(&plain);
	buf_free(&inked);
	buf_free(&stripped);
	free(text);
	arena_free(a);
}

static void
test_bars(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(bar(a, 0, 100, 4), "[░░░░]");
	assert_string_equal(bar(a, 50, 100, 4), "[██░░]");
	assert_string_equal(bar(a, 100, 100, 4), "[████]");
	assert_string_equal(bar(a, 900, 100, 4), "[████]");
	assert_string_equal(bar(a, -5, 100, 4), "[░░░░]");
	assert_string_equal(bar(a, 3, -1, 4), "[────]");
	assert_string_equal(bar(a, 3, 32, 4), "[▍░░░]");
	arena_free(a);
}

static void
test_fitting(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(fit(a, "abc", 5), "abc  ");
	assert_string_equal(fit_right(a, "abc", 5), "  abc");
	assert_string_equal(fit(a, "abcdef", 4), "abc…");
	assert_string_equal(fit(a, "王小明", 4), "王… ");
	assert_string_equal(fit(a, "王小明", 6), "王小明");
	assert_string_equal(cut(a, "e\xCC\x81xyz", 2), "e\xCC\x81…");
	assert_string_equal(fit(a, "abc", 0), "");
	assert_string_equal(terminal_clean(a, "a\x1b[2Jb\nc\xE2\x80\xAE"), "a?[2Jb c?");
	assert_string_equal(terminal_clean(a, "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👍🏽"), "👨👩👧 ❤🔥 👍");
	assert_string_equal(terminal_clean(a, "ക്\u200dഷ"), "ക്\u200dഷ");
	arena_free(a);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden), cmocka_unit_test(test_every_line_is_equally_wide),
		cmocka_unit_test(test_wrong_kinds), cmocka_unit_test(test_colours_have_no_width),
		cmocka_unit_test(test_bars), cmocka_unit_test(test_fitting),
	};
	update = argc > 1 && strcmp(argv[1], "--update") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
