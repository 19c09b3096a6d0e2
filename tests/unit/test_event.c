/* test_event.c -- an event's bytes: the canonical form never changes, hostile bytes are refused whole, and an
 * envelope is read by older and newer binaries alike. */
#include "tests/unit/check.h"
#include "core/eventstore/eventstore.h"
#include <stdio.h>
#include <stdlib.h>

static struct arena *arena;

static int
start(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct log_event
sample(void)
{
	return (struct log_event){ .position = 7,
		.stream = "case/CASE-1",
		.version = 3,
		.type = 301,
		.subject = "CUST-1",
		.occurred_at = INT64_C(1771146000000000),
		.recorded_at = INT64_C(1771146000000001),
		.body = (const uint8_t *)"\x90\x80",
		.body_len = 2 };
}

/* These digits are in every log ever written: when this test fails, the code is wrong, not the digits. */
static void
hash_is_pinned(void **state)
{
	uint8_t before[HASH_BYTES], hash[HASH_BYTES], again[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1], id[UUID_TEXT];
	(void)state;
	memset(before, 0x11, sizeof before);
	struct log_event e = sample();
	event_hash(before, &e, hash);
	assert_string_equal(
	    hash_hex(hash, hex), "23e14419a289e36a54b68f762c0e967951dafa719502e2bcc0d81cb8b82a10ef");
	assert_string_equal(event_id(hash, id), "23e14419-a289-836a-94b6-8f762c0e9679");
	e.subject = NULL;
	event_hash(before, &e, again);
	assert_memory_not_equal(hash, again, HASH_BYTES);
	e.subject = "";
	event_hash(before, &e, hash);
	assert_memory_not_equal(hash, again, HASH_BYTES); /* nobody is not somebody without a name */
}

static void
every_member_counts(void **state)
{
	uint8_t before[HASH_BYTES] = { 0 }, hash[HASH_BYTES], other[HASH_BYTES];
	struct log_event e = sample(), changed[10];
	(void)state;
	event_hash(before, &e, hash);
	for (int i = 0; i < 10; i++)
		changed[i] = e;
	changed[0].position++, changed[1].stream = "case/CASE-2", changed[2].version++, changed[3].type++;
	changed[4].subject = "CUST-2", changed[5].occurred_at++, changed[6].recorded_at++,
	changed[7].body_len = 1;
	changed[8].body = (const uint8_t *)"\x90\x81";
	changed[9].stream = "case/CASE-1C", changed[9].subject = "UST-1";
	for (int i = 0; i < 10; i++) {
		event_hash(before, &changed[i], other);
		assert_memory_not_equal(hash, other, HASH_BYTES);
	}
	before[31] = 1;
	event_hash(before, &e, other);
	assert_memory_not_equal(hash, other, HASH_BYTES);
}

static void
bus_form_there_and_back(void **state)
{
	struct buf b = { 0 };
	struct log_event e = sample(), got;
	(void)state;
	memset(e.hash, 0xAB, HASH_BYTES);
	event_write(&b, &e);
	e.subject = NULL;
	event_write(&b, &e);
	const uint8_t *at = (const uint8_t *)b.data, *end = at + b.len;
	assert_true(event_read(&at, end, arena, &got));
	assert_int_equal(got.position, 7);
	assert_string_equal(got.stream, "case/CASE-1");
	assert_int_equal(got.version, 3);
	assert_int_equal(got.type, 301);
	assert_string_equal(got.subject, "CUST-1");
	assert_true(got.occurred_at == e.occurred_at && got.recorded_at == e.recorded_at);
	assert_int_equal(got.body_len, 2);
	assert_memory_equal(got.body, e.body, 2);
	assert_memory_equal(got.hash, e.hash, HASH_BYTES);
	assert_true(event_read(&at, end, arena, &got));
	assert_null(got.subject);
	assert_ptr_equal(at, end);
	assert_false(event_read(&at, end, arena, &got));
	buf_free(&b);
}

/* each prefix is refused, each changed byte is read or refused, and nothing is read past the end (ASan watches) */
static void
hostile_bytes(void **state)
{
	struct buf b = { 0 };
	struct log_event e = sample(), got;
	(void)state;
	event_write(&b, &e);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		memcpy(copy, b.data, n);
		const uint8_t *at = copy;
		assert_false(event_read(&at, copy + n, arena, &got));
		assert_ptr_equal(at, copy);
		free(copy);
	}
	for (size_t i = 0; i < b.len * 8; i++) {
		uint8_t *copy = malloc(b.len);
		memcpy(copy, b.data, b.len);
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		const uint8_t *at = copy;
		event_read(&at, copy + b.len, arena, &got);
		free(copy);
	}
	buf_free(&b);
}

static void
streams(void **state)
{
	const char *tenant, *aggregate, *id;
	(void)state;
	assert_true(stream_split("case/CASE-1", arena, &tenant, &aggregate, &id));
	assert_string_equal(tenant, "DEFAULT");
	assert_string_equal(aggregate, "case");
	assert_string_equal(id, "CASE-1");
	assert_true(stream_split("@acme/case/CASE-1", arena, &tenant, &aggregate, &id));
	assert_string_equal(tenant, "acme");
	assert_string_equal(aggregate, "case");
	static const char *const bad[] = { "", "case", "/CASE-1", "case/", "@acme/case", "@/case/1", "@acme",
		"a/b/c" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(stream_split(bad[i], arena, &tenant, &aggregate, &id));
	assert_false(stream_split(NULL, arena, &tenant, &aggregate, &id));
}

/* ---- envelopes ---- */

static struct envelope
full(void)
{
	return (struct envelope){ .schema_version = 2,
		.tenant = "acme",
		.actor = "maria",
		.channel = "cli",
		.identity = "operator",
		.key = "K-1",
		.args_hash = (const uint8_t *)"0123456789abcdef",
		.op = "case.close",
		.made = "CASE-1",
		.last = 4711,
		.refused = "case.close.needs_a_reason",
		.said = "A case is closed with a reason",
		.correlation = "00112233445566778899aabbccddeeff",
		.cause = "01234567-89ab-8def-8123-456789abcdef",
		.trace = "4bf92f3577b34da6a3ce929d0e0e4736",
		.span = "00f067aa0ba902b7",
		.scenario = true };
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void
back_again(const struct envelope *e)
{
	struct buf b = { 0 };
	struct envelope got;
	struct error err;
	const uint8_t *payload;
	size_t n;
	envelope_pack(e, &b);
	buf_add(&b, "\x81\xa1x\x01", 4);
	assert_true(envelope_unpack(b.data, b.len, arena, &got, &payload, &n, &err));
	assert_int_equal(n, 4);
	assert_memory_equal(payload, "\x81\xa1x\x01", 4);
	assert_int_equal(got.schema_version, e->schema_version);
	assert_string_equal(got.tenant, e->tenant ? e->tenant : "DEFAULT");
	assert_true(same_text(got.actor, e->actor) && same_text(got.channel, e->channel));
	assert_true(
	    same_text(got.identity, e->identity) && same_text(got.key, e->key) && same_text(got.op, e->op));
	assert_true(same_text(got.made, e->made) && same_text(got.refused, e->refused) && same_text(got.said, e->said));
	assert_int_equal(got.last, e->last);
	assert_string_equal(got.correlation, e->correlation);
	assert_string_equal(got.cause, e->cause);
	assert_string_equal(got.trace, e->trace);
	assert_string_equal(got.span, e->span);
	assert_int_equal(got.scenario, e->scenario);
	if (e->args_hash)
		assert_memory_equal(got.args_hash, e->args_hash, 16);
	buf_free(&b);
}

static void
envelope_there_and_back(void **state)
{
	(void)state;
	struct envelope e = full();
	back_again(&e);
	e.refused = e.said = NULL;
	back_again(&e);
	e.key = e.op = e.made = NULL, e.args_hash = NULL, e.last = 0;
	back_again(&e);
	e.scenario = false;
	back_again(&e);
	e.span[0] = e.trace[0] = 0;
	back_again(&e);
	e.cause[0] = 0, e.tenant = "DEFAULT";
	back_again(&e);
	e = (struct envelope){ .schema_version = 1 };
	back_again(&e);
}

/* Envelopes as logs have them: when this fails, the code is wrong, not the digits. */
static void
old_envelopes_are_read(void **state)
{
	static const struct { const char *hex; int members; } frozen[] = {
		{ "9602a461636d65a56d61726961a3636c69a86f70657261746f72c41000112233445566778899aabbccddeeff", 6 },
		{ "9f02a461636d65a56d61726961a3636c69a86f70657261746f72c41000112233445566778899aabbccddeeff"
		  "c4100123456789ab8def8123456789abcdefc4104bf92f3577b34da6a3ce929d0e0e4736c40800f067aa0ba9"
		  "02b7c3a34b2d31c41030313233343536373839616263646566aa636173652e636c6f7365a6434153452d31cd"
		  "1267", 15 },
		{ "dc001102a461636d65a56d61726961a3636c69a86f70657261746f72c41000112233445566778899aabbccdd"
		  "eeffc4100123456789ab8def8123456789abcdefc4104bf92f3577b34da6a3ce929d0e0e4736c40800f067aa"
		  "0ba902b7c3a34b2d31c41030313233343536373839616263646566aa636173652e636c6f7365a6434153452d"
		  "31cd1267b9636173652e636c6f73652e6e656564735f615f726561736f6ebe41206361736520697320636c6f"
		  "7365642077697468206120726561736f6e", 17 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof frozen / sizeof frozen[0]; i++) {
		struct buf b = { 0 };
		struct envelope e = full(), got;
		struct error err;
		const uint8_t *payload;
		size_t n;
		for (const char *at = frozen[i].hex; *at; at += 2) {
			unsigned byte;
			assert_int_equal(sscanf(at, "%2x", &byte), 1);
			buf_byte(&b, (char)byte);
		}
		assert_true(envelope_unpack(b.data, b.len, arena, &got, &payload, &n, &err));
		assert_int_equal(n, 0);
		assert_string_equal(got.actor, e.actor);
		assert_string_equal(got.correlation, e.correlation);
		assert_string_equal(got.cause, frozen[i].members > 6 ? e.cause : "");
		assert_true(same_text(got.key, frozen[i].members > 6 ? e.key : NULL));
		assert_int_equal(got.last, frozen[i].members > 6 ? e.last : 0);
		assert_true(same_text(got.refused, frozen[i].members > 15 ? e.refused : NULL));
		assert_true(same_text(got.said, frozen[i].members > 15 ? e.said : NULL));
		buf_free(&b);
	}
}

static void
envelope_is_lean(void **state)
{
	struct buf b = { 0 };
	(void)state;
	struct envelope e = full();
	e.key = e.op = NULL, e.args_hash = NULL, e.scenario = false, e.trace[0] = e.span[0] = e.cause[0] = 0;
	e.tenant = "DEFAULT";
	envelope_pack(&e, &b);
	assert_true(b.len < 45);
	buf_free(&b);
}

static void
a_trace_that_is_none_is_dropped(void **state)
{
	struct buf b = { 0 };
	struct envelope got, e = full();
	struct error err;
	const uint8_t *payload;
	size_t n;
	(void)state;
	memset(e.trace, 'z', 32);
	envelope_pack(&e, &b);
	assert_true(envelope_unpack(b.data, b.len, arena, &got, &payload, &n, &err));
	assert_string_equal(got.trace, "");
	assert_string_equal(got.span, e.span);
	buf_free(&b);
}

static void
newer_and_broken_envelopes(void **state)
{
	struct envelope got;
	struct error err;
	const uint8_t *payload;
	size_t n;
	struct buf b = { 0 };
	(void)state;
	struct envelope e = full();
	envelope_pack(&e, &b);
	assert_memory_equal(b.data, "\xdc\x00\x11", 3);
	struct buf known = b;
	b = (struct buf){ 0 };
	buf_add(&b, "\xdc\x00\x12", 3);       /* one member more, of a type we do not know */
	buf_add(&b, known.data + 3, known.len - 3);
	buf_add(&b, "\x92\x01\xa1x", 4);
	buf_free(&known);
	assert_true(envelope_unpack(b.data, b.len, arena, &got, &payload, &n, &err));
	assert_string_equal(got.op, "case.close");
	assert_int_equal(n, 0);
	for (size_t cut = 0; cut < b.len; cut++) {
		uint8_t *copy = malloc(cut ? cut : 1);
		memcpy(copy, b.data, cut);
		assert_false(envelope_unpack(copy, cut, arena, &got, &payload, &n, &err));
		free(copy);
	}
	assert_string_equal(err.rule, "log.envelope");
	for (size_t i = 0; i < b.len * 8; i++) {
		uint8_t *copy = malloc(b.len);
		memcpy(copy, b.data, b.len);
		copy[i / 8] ^= (uint8_t)(1 << i % 8);
		envelope_unpack(copy, b.len, arena, &got, &payload, &n, &err);
		free(copy);
	}
	buf_free(&b);
}

/* ---- batches and keys in memory ---- */

static void
batch_owns_copies(void **state)
{
	char stream[] = "case/CASE-1";
	uint8_t body[] = { 1, 2, 3 };
	(void)state;
	struct log_batch *b = log_batch_new();
	assert_int_equal(log_batch_first(b), 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 500; i++) {
			struct log_event e = sample();
			e.position = 10 + i, e.stream = stream, e.body = body, e.body_len = 3;
			log_batch_add(b, &e);
		}
		assert_int_equal(log_batch_count(b), 500);
		assert_int_equal(log_batch_first(b), 10);
		assert_int_equal(log_batch_last(b), 509);
		assert_true(log_batch_bytes(b) > 500 * 40);
		stream[0] = 'X', body[0] = 9;
		assert_string_equal(log_batch_event(b, 499)->stream, "case/CASE-1");
		assert_int_equal(log_batch_event(b, 0)->body[0], 1);
		stream[0] = 'c', body[0] = 1;
		log_batch_clear(b);
		assert_int_equal(log_batch_count(b) + (int)log_batch_bytes(b), 0);
	}
	log_batch_free(b);
}

static void
ring_of_many(void **state)
{
	uint8_t master[KEY_BYTES] = { 1 }, wrapped[WRAPPED_KEY_BYTES], other[WRAPPED_KEY_BYTES];
	char subject[32];
	(void)state;
	struct key_ring *ring = key_ring_new(master);
	static uint8_t keys[5000][KEY_BYTES];
	for (int i = 0; i < 5000; i++) {
		snprintf(subject, sizeof subject, "CUST-%d", i);
		assert_null(key_ring_get(ring, "DEFAULT", subject));
		memcpy(keys[i], key_ring_make(ring, "DEFAULT", subject, wrapped), KEY_BYTES);
	}
	for (int i = 0; i < 5000; i += 2) {
		snprintf(subject, sizeof subject, "CUST-%d", i);
		key_ring_drop(ring, "DEFAULT", subject);
	}
	assert_int_equal(key_ring_count(ring), 2500);
	for (int i = 0; i < 100000; i++) {                   /* dropped places are used again */
		snprintf(subject, sizeof subject, "CUST-%d", 10000 + i);
		key_ring_make(ring, "DEFAULT", subject, wrapped);
		key_ring_drop(ring, "DEFAULT", subject);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(subject, sizeof subject, "CUST-%d", i);
		const uint8_t *key = key_ring_get(ring, "DEFAULT", subject);
		assert_true(i % 2 ? key && same_bytes(key, keys[i], KEY_BYTES) : key == NULL);
		assert_null(key_ring_get(ring, "acme", subject));
	}
	key_ring_make(ring, "acme", "CUST-1", wrapped);
	key_ring_make(ring, "acme", "CUST-2", other);
	assert_memory_not_equal(wrapped, other, sizeof wrapped);
	assert_null(memmem(wrapped, sizeof wrapped, key_ring_get(ring, "acme", "CUST-1"), 8));
	key_ring_free(ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_pinned),
		cmocka_unit_test(every_member_counts),
		cmocka_unit_test(bus_form_there_and_back),
		cmocka_unit_test(hostile_bytes),
		cmocka_unit_test(streams),
		cmocka_unit_test(envelope_there_and_back),
		cmocka_unit_test(old_envelopes_are_read),
		cmocka_unit_test(envelope_is_lean),
		cmocka_unit_test(a_trace_that_is_none_is_dropped),
		cmocka_unit_test(newer_and_broken_envelopes),
		cmocka_unit_test(batch_owns_copies),
		cmocka_unit_test(ring_of_many),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
