/* bench_codec.c -- what packing and unpacking one event of eight fields costs, printed; not a timed test.
 *
 * The number that matters is unpacking: the core's start and every projection pay it per event. */
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/must.h"
#include <stdio.h>

#define rated_fields(_, T) \
	_(T, ID,    usage_id,     REQ, "") \
	_(T, ID,    subscription, REQ, "") \
	_(T, ID,    allowance,    OPT, "") \
	_(T, TEXT,  service,      OPT, "") \
	_(T, INT,   quantity,     OPT, "") \
	_(T, INT,   remaining,    OPT, "") \
	_(T, TIME,  started_at,   OPT, "") \
	_(T, MONEY, charge,       OPT, "")
SHAPE_DECLARE_(rated, "")
SHAPE_DEFINE_(rated, "")

#define ROUNDS 2000000

int
main(void)
{
	const struct rated event = { .usage_id = "USG-00012345", .subscription = "SUB-0001234", .allowance = "data",
		.service = "data.domestic", .quantity = 104857, .remaining = 9999999, .started_at = 1771146000 * SECOND,
		.charge = { 125, "SGD" } };
	struct arena *a = arena_new();
	struct buf b = { 0 };
	struct rated back;
	int64_t start = mono_now();
	for (int i = 0; i < ROUNDS; i++) {
		buf_clear(&b);
		shape_pack(&rated_shape, &event, &b, NULL);
	}
	int64_t packed = mono_now();
	for (int i = 0; i < ROUNDS; i++) {
		arena_reset(a);
		must(shape_unpack(&rated_shape, b.data, b.len, a, &back, NULL, NULL));
	}
	int64_t done = mono_now();
	printf("%zu bytes; pack %.3f us, unpack %.3f us\n", b.len, (double)(packed - start) / ROUNDS,
		(double)(done - packed) / ROUNDS);
	buf_free(&b);
	arena_free(a);
	return 0;
}
