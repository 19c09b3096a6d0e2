/* fuzz_codec.c -- bytes that nobody packed, through every door that reads them.
 *
 * LLVMFuzzerTestOneInput is what libFuzzer calls; built without it, main() makes its own inputs from a
 * fixed seed: valid samples with bytes changed, and noise.  `fuzz_codec 1000000` runs longer. */
#define SAMPLE_DEFINE
#include "tests/unit/sample.h"
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/must.h"
#include "tests/fuzz/damage.h"
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const uint8_t key[32] = { 7 };
static const struct sealing sealing = { .key = key, .stream = "sample/S-1" };

/* what was read must survive being packed and read again */
static void
again(struct arena *a, const struct sample *s)
{
	struct buf b = { 0 };
	struct sample back;
	shape_pack(&sample_shape, s, &b, NULL);
	must(shape_unpack(&sample_shape, b.data, b.len, a, &back, NULL, NULL));
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *a = arena_new();
	struct buf out = { 0 };
	struct sample s;
	struct error err = { 0 };
	if (shape_unpack(&sample_shape, bytes, n, a, &s, &sealing, &err)) {
		again(a, &s);
		bool fine = shape_check(&sample_shape, &s, &err);
		shape_to_json(&sample_shape, &s, &out, false);
		must(!fine || json_parse(a, out.data, out.len, NULL) != NULL);
	}
	if (shape_from_text(&sample_shape, (const char *)bytes, n, a, &s, &err))
		again(a, &s);
	buf_free(&out);
	arena_free(a);
	return 0;
}

#ifndef FUZZ_WITH_LIBFUZZER
int
main(int argc, char **argv)
{
	const struct sample seed = { .sample_id = "S-1", .note = "n", .document = "[1]", .count = 5, .active = true,
		.starts_at = DAY, .price = { 1, "SGD" }, .flag = { true, true }, .tags = { (const char *[]){ "x" }, 1 },
		.items = { (struct item[]){ { .sku = "A", .parts = { (struct inner[]){ { "b", 1 } }, 1 } } }, 1 },
		.given_name = "Ada" };
	struct buf packed = { 0 }, sealed = { 0 }, json = { 0 };
	shape_pack(&sample_shape, &seed, &packed, NULL);
	shape_pack(&sample_shape, &seed, &sealed, &sealing);
	shape_to_json(&sample_shape, &seed, &json, false);
	long rounds = argc > 1 ? atol(argv[1]) : 20000;
	for (long i = 0; i < rounds; i++) {
		const struct buf *from = i % 4 == 0 ? &packed : i % 4 == 1 ? &sealed : &json;
		size_t n = i % 4 == 3 ? dice() % 64 : from->len;
		uint8_t *bytes = malloc(n + 1);
		for (size_t k = 0; k < n; k++)
			bytes[k] = i % 4 == 3 ? (uint8_t)dice() : (uint8_t)from->data[k];
		damage(bytes, &n, 0, NULL);
		uint8_t *exact = realloc(bytes, n ? n : 1);
		LLVMFuzzerTestOneInput(exact, n);
		free(exact);
	}
	buf_free(&packed);
	buf_free(&sealed);
	buf_free(&json);
	printf("%ld inputs\n", rounds);
	return 0;
}
#endif
