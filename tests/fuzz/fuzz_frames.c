/* fuzz_frames.c -- bytes that nobody packed, through every door of the bus.
 *
 * LLVMFuzzerTestOneInput is what libFuzzer calls; built without it, main() makes its own inputs from a
 * fixed seed: valid frames with bytes changed, and noise.  `fuzz_frames 1000000` runs longer.  The
 * first byte picks the door. */
#include "core/base/must.h"
#include "core/bus/frames.h"
#include "tests/fuzz/damage.h"
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct arena *arena;

/* what was read packs into bytes that are read into the same: packed again they do not differ */
#define AGAIN(T, pack, unpack, bytes, n) do { \
	struct T one, two; \
	struct error err = { 0 }; \
	if (unpack(bytes, n, arena, &one, &err)) { \
		struct buf first = { 0 }, second = { 0 }; \
		pack(&one, &first); \
		must(unpack(first.data, first.len, arena, &two, &err)); \
		pack(&two, &second); \
		must(first.len == second.len && memcmp(first.data, second.data, first.len) == 0); \
		buf_free(&first); \
		buf_free(&second); \
	} else { \
		must(err.kind == ERROR_INVALID && err.message[0]); \
	} \
} while (0)

static bool
head_unpack(const void *bytes, size_t n, struct arena *a, struct reply_head *h, struct error *err)
{
	(void)a;
	return reply_head_unpack(bytes, n, h, err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return 0;
	arena = arena_new();
	switch (bytes[0] % 5) {
	case 0: AGAIN(bus_header, bus_header_pack, bus_header_unpack, bytes + 1, n - 1); break;
	case 1: AGAIN(bus_item, bus_item_pack, bus_item_unpack, bytes + 1, n - 1); break;
	case 2: AGAIN(bus_answer, bus_answer_pack, bus_answer_unpack, bytes + 1, n - 1); break;
	case 3: AGAIN(reply_head, reply_head_pack, head_unpack, bytes + 1, n - 1); break;
	default: AGAIN(bus_note, note_pack, note_unpack, bytes + 1, n - 1); break;
	}
	arena_free(arena);
	return 0;
}

#ifndef FUZZ_WITH_LIBFUZZER
static void
make_seeds(struct buf seeds[5])
{
	const struct bus_header header = { .version = BUS_VERSION, .id = { 1 }, .token = "t", .deadline = 5,
		.tenant = "D",
		.actor = "a", .channel = "cli", .trace = "ab", .span = "cd", .scenario = true };
	const struct bus_item item = { .op = "order.create", .key = "k", .args_len = 1,
		.args = (const uint8_t *)"\x80",
		.dry_run = true, .await = 3, .after = 4, .as_of = "9" };
	const struct bus_event event = { .type = 3, .id = "e", .payload = (const uint8_t *)"\x80", .len = 1 };
	const struct bus_answer answer = { .status = ANSWER_ERROR, .position = -1, .id = "i", .correlation = "c",
		.repeat = true, .events = &event, .n_events = 1, .result = (const uint8_t *)"1", .result_len = 1,
		.error = { .kind = ERROR_REFUSED, .rule = "r", .message = "m", .hint = "h", .context = "\"a\":1" } };
	const struct reply_head head = { .version = BUS_VERSION, .id = { 2 } };
	const struct bus_note note = { .first = 1, .last = 2, .log_id = { 3 }, .clock_now = 4, .clock_real = true,
		.name = "n", .id = "i", .open_requests = 5 };
	for (char i = 0; i < 5; i++)
		buf_byte(&seeds[(int)i], i);
	bus_header_pack(&header, &seeds[0]);
	bus_item_pack(&item, &seeds[1]);
	bus_answer_pack(&answer, &seeds[2]);
	reply_head_pack(&head, &seeds[3]);
	note_pack(&note, &seeds[4]);
}

int
main(int argc, char **argv)
{
	struct buf seeds[5] = { 0 };
	make_seeds(seeds);
	long rounds = argc > 1 ? atol(argv[1]) : 20000;
	for (long i = 0; i < rounds; i++) {
		const struct buf *from = &seeds[i % 5];
		bool noise = i % 7 == 0;
		size_t n = noise ? dice() % 64 : from->len;
		uint8_t *bytes = malloc(n + 1);
		for (size_t k = 0; k < n; k++)
			bytes[k] = noise ? (uint8_t)dice() : (uint8_t)from->data[k];
		damage(bytes, &n, 1, NULL);
		uint8_t *exact = realloc(bytes, n ? n : 1);
		LLVMFuzzerTestOneInput(exact, n);
		free(exact);
	}
	for (int i = 0; i < 5; i++)
		buf_free(&seeds[i]);
	printf("%ld inputs\n", rounds);
	return 0;
}
#endif
