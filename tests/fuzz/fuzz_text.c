/* fuzz_text.c -- texts that people and files hold: amounts, instants, durations, JSON and merge patches, the file .env.  The
 * first byte picks the door.
 *
 * What was read and written again reads as the same; a patch applied twice is applied once; a setting is taken or refused by a
 * sentence.  LLVMFuzzerTestOneInput is what libFuzzer calls; without it main() makes inputs from a fixed seed.
 * `fuzz_text 1000000` runs longer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/base/money.h"
#include "core/base/must.h"
#include "core/base/text.h"
#include "tests/fuzz/damage.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct arena *arena;

static void
amount(const char *text)
{
	static const char *const currencies[] = { "SGD", "JPY", "KWD", "XXX", "" };
	char out[MONEY_TEXT], shown[MONEY_TEXT];

	for (int i = 0; i < 5; i++) {
		struct money m, back;
		struct error err = { 0 };
		if (!money_parse(text, currencies[i], &m, &err)) {
			must(err.kind && err.message[0]);
			continue;
		}
		must(money_parse(money_decimal(m, out), m.currency, &back, &err) && back.minor == m.minor);
		money_show(m, shown);
		money_percent_off(&back, 5000);
		money_add(&back, m);
		money_sub(&back, m);
	}
}

static void
instant(const char *text)
{
	char out[TIME_TEXT];
	int64_t t, back;

	if (time_parse(text, &t)) {
		must(time_parse(time_format(t, out), &back) && back == t);
		must(time_parse(time_format_ms(t, out), &back) && back <= t && t - back < 1000);
	}
	if (duration_parse(text, &t))
		must(t >= 0);
	date_valid(text);
	text_width(text);
	must(text_id_ok(text) || strlen(text) == 0 || strlen(text) > 63 || strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:+@-") < strlen(text));
}

static void
documents(const char *text)
{
	size_t n = strlen(text);
	const char *half = memchr(text, '|', n);
	struct error err = { 0 };

	cJSON *tree = json_parse_strictly(arena, text, n, &err);
	must(tree || (err.kind == ERROR_INVALID && err.message[0]));
	if (tree)
		must(json_parse(arena, json_print(arena, tree), strlen(json_print(arena, tree)), &err));
	if (!half)
		return;
	const char *target = arena_strndup(arena, text, (size_t)(half - text));
	const char *once = json_merge_patch(arena, target, half + 1, &err);
	if (!once)
		return;
	const char *twice = json_merge_patch(arena, once, half + 1, &err);
	must(twice && strcmp(once, twice) == 0);
}

/* in a folder of its own: .env is read from where the program stands */
static void
settings(const char *text)
{
	struct error err = { 0 };
	FILE *f = fopen(".env", "w");

	must(f);
	fputs(text, f);
	fclose(f);
	if (config_load(&err))
		must(config_int("BSS_HTTP_PORT") >= 0 && config_int("BSS_HTTP_PORT") <= 65535);
	else
		must(err.kind == ERROR_INVALID && err.message[0] && !strstr(err.message, "s3cr3t") &&
			!strstr(err.context, "s3cr3t"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static void (*const doors[])(const char *) = { amount, instant, documents, settings };

	if (n == 0)
		return 0;
	arena = arena_new();
	char *text = malloc(n);                      /* exactly: a byte too far is seen */
	memcpy(text, bytes + 1, n - 1);
	text[n - 1] = 0;
	doors[bytes[0] % 4](text);
	free(text);
	arena_free(arena);
	return 0;
}

#ifndef FUZZ_WITH_LIBFUZZER
static const char *const seeds[][4] = {
	{ "25.00", "-0.5", "999999999999999.99", "0000.10" },
	{ "2026-02-15T09:00:00.123456+08:00", "2026-02-29", "9999-12-31T23:59:59Z", "90m" },
	{ "{\"a\":{\"b\":[1,2.5,-3e4]},\"c\":\"\\u00e9\"}|{\"a\":{\"b\":null,\"d\":{}},\"c\":[]}", "[true,false,null]|{}", "{\"a\":1,\"A\":1}|{\"a\":2}",
	  "{\"x\":1e308}|{\"x\":{\"y\":null}}" },
	{ "BSS_HTTP_PORT=8001\nexport BSS_ENV='production'\n# x\nBSS_API_TOKEN=\"s3cr3t\"\n", "BSS_HTTP_PORT=s3cr3t\n", "BSS_REQUIRE_KYC = yes \r\n",
	  "A=b\nBSS_TENANT_DEFAULT=s3cr3t\n\n=\n" },
};
int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 20000;
	char folder[] = "/tmp/bss-fuzz-XXXXXX";

	must(mkdtemp(folder) && chdir(folder) == 0);
	for (long i = 0; i < rounds; i++) {
		uint8_t bytes[512];
		int door = i % 16 ? (int)(i % 3) : 3;    /* files are slow */
		const char *seed = seeds[door][dice() % 4];
		size_t n = 1 + strlen(seed);
		bytes[0] = (uint8_t)door;
		memcpy(bytes + 1, seed, n - 1);
		damage(bytes, &n, 1, "0123456789.-+:TZe{}[]\",|\\=_#'\n ");
		LLVMFuzzerTestOneInput(bytes, n);
	}
	unlink(".env");
	must(chdir("/") == 0 && rmdir(folder) == 0);
	printf("%ld inputs\n", rounds);
	return 0;
}
#endif
