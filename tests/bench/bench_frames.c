/* bench_frames.c -- what the frames of one small command cost, printed; not a timed test.
 *
 * The core pays unpacking per request, in its one thread, so header and item together should stay under
 * 1.5 us. */
#include "core/base/clock.h"
#include "core/base/must.h"
#include "core/bus/bus.h"
#include <stdio.h>

#define ROUNDS 1000000

int
main(void)
{
	const struct bus_header header = { .version = BUS_VERSION, .id = { 1 }, .actor = "soak", .channel = "cli",
		.token = "0123456789abcdef0123456789abcdef0123", .deadline = 1771146000 * SECOND, .tenant = "DEFAULT" };
	const struct bus_item item = { .op = "usage.record", .key = "0f7c1d3e-9c55-4c2f-8a55-0c1d2e3f4a5b",
		.args = (const uint8_t *)"0123456789012345678901234567890123456789", .args_len = 40 };
	struct arena *a = arena_new();
	struct buf head = { 0 }, body = { 0 };
	struct bus_header h;
	struct bus_item i;
	int64_t start = mono_now();
	for (int k = 0; k < ROUNDS; k++) {
		buf_clear(&head);
		buf_clear(&body);
		bus_header_pack(&header, &head);
		bus_item_pack(&item, &body);
	}
	int64_t packed = mono_now();
	for (int k = 0; k < ROUNDS; k++) {
		arena_reset(a);
		must(bus_header_unpack(head.data, head.len, a, &h, NULL));
		must(bus_item_unpack(body.data, body.len, a, &i, NULL));
	}
	int64_t done = mono_now();
	printf("%zu + %zu bytes; pack %.3f us, unpack %.3f us\n", head.len, body.len,
		(double)(packed - start) / ROUNDS, (double)(done - packed) / ROUNDS);
	buf_free(&head);
	buf_free(&body);
	arena_free(a);
	return 0;
}
