/* fuzz_http.c -- what strangers put into a URL and a body: the query grammar, the lean JSON reader, usage records, the
 * choice of attributes.  The first byte picks the door.
 *
 * What the lean reader takes, cJSON takes as well, and the other way round (but for what only we refuse: depth, NUL); what a
 * query becomes never shows in the SQL.  LLVMFuzzerTestOneInput is what libFuzzer calls; without it main() makes inputs from
 * a fixed seed.  `fuzz_http 1000000` runs longer. */
#include <stdio.h>
#include <stdlib.h>
#include "core/base/json.h"
#include "core/base/must.h"
#include "core/base/text.h"
#include "gateways/http/scan.h"
#include "gateways/http/usage.h"
#include "gateways/tmf/fields.h"
#include "gateways/tmf/select.h"
#include "gateways/tmf/tmf.h"
#include "schemas/registry.h"
#include "tests/fuzz/damage.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct arena *arena;

static void
query(const char *text)
{
	struct criteria c;
	struct error err = { 0 };
	struct select s = { .arena = arena };

	if (!criteria_parse(text, NULL, arena, &c, &err)) {
		must(err.kind == ERROR_INVALID && err.message[0]);
		return;
	}
	must(c.n <= CRITERIA_MAX && c.limit <= PAGE_MAX);
	if (select_list(&s, read_table_of_resource("service"), &c, "T", false, &err))
		for (const char *p = buf_text(&s.sql); *p; p++)
			must(*p != ';' && *p != '\\' && (unsigned char)*p < 0x80);
	select_done(&s);
	page_links(arena, "/x", text, &c, 1000);
}

static void
body(char *text, size_t n)
{
	struct error err = { 0 };
	struct buf out = { 0 };
	bool utf8 = utf8_valid(text, n);
	struct scan s = scan_text(text, n);
	bool taken = utf8 && scan_skip(&s, NULL) && scan_end(&s);
	bool also = json_parse(arena, text, n, &err) != NULL;

	if (taken && !also)                          /* lone surrogates: skipped here, refused when decoded */
		must(memchr(text, '\\', n) || n > 60);
	if (taken) {
		fields_cut(text, n, (const char *const[]){ "a", "b.c", "usageCharacteristic.name" }, 3, &out);
		struct span raw;
		scan_find(text, n, "a.b", &raw);
	}
	buf_free(&out);
}

static void
records(char *text, size_t n)
{
	struct scan s = scan_text(text, n);

	if (!utf8_valid(text, n) || scan_peek(&s) != SCAN_ARRAY)
		return;
	scan_enter(&s);
	while (scan_item(&s)) {
		struct usage_record u = { 0 };
		struct usage_faults faults;
		if (usage_read(&s, &u, &faults))
			must(u.msisdn && text_id_ok(u.msisdn) && utf8_valid(u.event_type, strlen(u.event_type)));
		else if (s.bad)
			break;
		else
			must(faults.n > 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return 0;
	registry_start();
	arena = arena_new();
	char *text = malloc(n);                      /* exactly: a byte too far is seen */
	memcpy(text, bytes + 1, n - 1);
	switch (bytes[0] % 3) {
	case 0: query(arena_strndup(arena, text, n - 1)); break;
	case 1: body(text, n - 1); break;
	default: records(text, n - 1); break;
	}
	free(text);
	arena_free(arena);
	return 0;
}

#ifndef FUZZ_WITH_LIBFUZZER
static const char *const seeds[] = {
	"\0status=a,b;name=c&orderDate%3E%3D2013-04-20&sort=-name,+b&fields=a,b.c&limit=3&offset=1&relatedParty.id*=x.*y",
	"\1{\"id\":\"1\",\"a\":{\"b\":[1,2.50,-3e4]},\"b\":[{\"c\":\"\\u00e9\\ud83d\\ude00\\\"\"}],\"t\":[true,false,null]}",
	"\2[{\"msisdn\":\"6591234567\",\"eventType\":\"data\",\"eventTime\":\"2026-02-15T09:00:00Z\",\"quantity\":5,\"unit\":\"mb\","
	"\"reference\":\"r\\u0041\",\"roamingIndicator\":true,\"source\":null},{\"quantity\":1.5},7]",
};
int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 20000;

	for (long i = 0; i < rounds; i++) {
		uint8_t bytes[512];
		const char *seed = seeds[i % 3];
		size_t n = 1 + strlen(seed + 1);
		memcpy(bytes, seed, n);
		damage(bytes, &n, 1, "{}[]\",:;\\&=<>.*%0u+-");
		LLVMFuzzerTestOneInput(bytes, n);
	}
	printf("%ld inputs\n", rounds);
	return 0;
}
#endif
