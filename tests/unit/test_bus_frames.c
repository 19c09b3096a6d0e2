/* test_bus_frames.c -- frames that come back as they were, frames that nobody packed, and who a token
 * proves. */
#include "tests/unit/check.h"
#include "core/base/config.h"
#include "core/bus/bus.h"
#include "core/bus/frames.h"
#include "core/bus/identity.h"
#include <stdlib.h>

static const struct bus_header header = { .version = BUS_VERSION, .id = { 1, 2, 3 }, .token = "secret-token",
	.deadline = INT64_C(1771146000000000), .tenant = "DEFAULT", .actor = "Zo\xC3\xAB", .channel = "cli",
	.trace = "0af7651916cd43dd8448eb211c80319c", .span = "b7ad6b7169203331", .scenario = true };
static const struct bus_item item = { .op = "order.create", .key = "k-1",
	.args = (const uint8_t *)"\x81\xA1x\x01", .args_len = 4, .dry_run = true, .await = 5000000, .after = 4711,
	.as_of = "2026-02-15" };
static const struct bus_event events[] = {
	{ .type = 7, .id = "4b1d", .payload = (const uint8_t *)"\0\1\2", .len = 3 }, { .type = 300, .id = "4b1e" } };
static const struct bus_answer answer = { .status = ANSWER_OK, .position = 99, .id = "ORD-1",
	.correlation = "c-1", .repeat = true, .dry_run = true, .events = events, .n_events = 2,
	.result = (const uint8_t *)"{\"a\":1}",
	.result_len = 7 };

typedef bool reader(const void *, size_t, struct arena *, void *, struct error *);

static bool
read_header(const void *p, size_t n, struct arena *a, void *out, struct error *err)
{
	return bus_header_unpack(p, n, a, out, err);
}

static bool
read_item(const void *p, size_t n, struct arena *a, void *out, struct error *err)
{
	return bus_item_unpack(p, n, a, out, err);
}

static bool
read_answer(const void *p, size_t n, struct arena *a, void *out, struct error *err)
{
	return bus_answer_unpack(p, n, a, out, err);
}

/* every beginning of a frame is refused, and a byte too much as well; blocks of the exact size, for ASan */
static void
only_the_whole_is_read(const struct buf *b, reader *read)
{
	struct arena *a = arena_new();
	struct bus_answer out;                  /* the largest of them */
	for (size_t n = 0; n <= b->len + 1; n++) {
		struct error err = { 0 };
		char *copy = malloc(n ? n : 1);
		memcpy(copy, b->data, n);           /* one past the end is buf's NUL */
		bool ok = read(copy, n, a, &out, &err);
		assert_int_equal(ok, n == b->len);
		if (!ok) {
			assert_int_equal(err.kind, ERROR_INVALID);
			assert_true(*err.message);
		}
		free(copy);
		arena_reset(a);
	}
	arena_free(a);
}

static void
headers_come_back(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf b = { 0 };
	struct bus_header h;
	bus_header_pack(&header, &b);
	assert_true(bus_header_unpack(b.data, b.len, a, &h, NULL));
	assert_int_equal(h.version, BUS_VERSION);
	assert_memory_equal(h.id, header.id, 16);
	assert_int_equal(h.deadline, header.deadline);
	assert_string_equal(h.token, header.token);
	assert_string_equal(h.tenant, header.tenant);
	assert_string_equal(h.actor, header.actor);
	assert_string_equal(h.channel, header.channel);
	assert_string_equal(h.trace, header.trace);
	assert_string_equal(h.span, header.span);
	assert_true(h.scenario);
	only_the_whole_is_read(&b, read_header);
	buf_free(&b);
	arena_free(a);
}

static void
items_come_back(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf b = { 0 };
	struct bus_item i;
	bus_item_pack(&item, &b);
	assert_true(bus_item_unpack(b.data, b.len, a, &i, NULL));
	assert_string_equal(i.op, item.op);
	assert_string_equal(i.key, item.key);
	assert_int_equal(i.args_len, 4);
	assert_memory_equal(i.args, item.args, 4);
	assert_true(i.dry_run);
	assert_int_equal(i.await, item.await);
	assert_int_equal(i.after, item.after);
	assert_string_equal(i.as_of, item.as_of);
	only_the_whole_is_read(&b, read_item);
	buf_free(&b);
	arena_free(a);
}

static void
answers_come_back(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf b = { 0 };
	struct bus_answer w;
	bus_answer_pack(&answer, &b);
	assert_true(bus_answer_unpack(b.data, b.len, a, &w, NULL));
	assert_int_equal(w.status, ANSWER_OK);
	assert_int_equal(w.position, 99);
	assert_string_equal(w.id, "ORD-1");
	assert_string_equal(w.correlation, "c-1");
	assert_true(w.repeat && w.dry_run);
	assert_int_equal(w.n_events, 2);
	assert_int_equal(w.events[0].type, 7);
	assert_string_equal(w.events[0].id, "4b1d");
	assert_int_equal(w.events[0].len, 3);
	assert_memory_equal(w.events[0].payload, "\0\1\2", 3);
	assert_int_equal(w.events[1].type, 300);
	assert_int_equal(w.events[1].len, 0);
	assert_int_equal(w.result_len, 7);
	assert_memory_equal(w.result, answer.result, 7);
	only_the_whole_is_read(&b, read_answer);
	buf_free(&b);
	arena_free(a);
}

static void
refusals_come_back(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf b = { 0 };
	struct bus_answer w, no = { .status = ANSWER_ERROR, .position = 12 };
	error_set(&no.error, ERROR_REFUSED, "case.close.requires_all_tickets_resolved", "A case cannot be closed");
	error_hint(&no.error, "resolve the tickets");
	error_fact_int(&no.error, "open", 1);
	bus_answer_pack(&no, &b);
	assert_true(bus_answer_unpack(b.data, b.len, a, &w, NULL));
	assert_int_equal(w.status, ANSWER_ERROR);
	assert_int_equal(w.error.kind, ERROR_REFUSED);
	assert_string_equal(w.error.rule, no.error.rule);
	assert_string_equal(w.error.message, no.error.message);
	assert_string_equal(w.error.hint, no.error.hint);
	assert_string_equal(w.error.context, no.error.context);
	only_the_whole_is_read(&b, read_answer);
	/* an error without a kind, and a success with one, contradict themselves */
	buf_clear(&b);
	bus_answer_pack(&(struct bus_answer){ .status = ANSWER_ERROR }, &b);
	assert_false(bus_answer_unpack(b.data, b.len, a, &w, NULL));
	no.status = ANSWER_OK;
	buf_clear(&b);
	bus_answer_pack(&no, &b);
	assert_false(bus_answer_unpack(b.data, b.len, a, &w, NULL));
	buf_free(&b);
	arena_free(a);
}

/* bytes, and whether an item may be made of them */
static void
bytes_are_believed_only_when_right(void **state)
{
	(void)state;
	static const struct { const char *bytes; size_t n; bool fine; } cases[] = {
		{ "\x81\xA1o\xA1x", 5, true },
		{ "\x80", 1, false },                                      /* names nothing */
		{ "\x81\xA1o\xA0", 4, false },                             /* an empty name */
		{ "\x81\xA1o\x05", 4, false },                             /* a number for a name */
		{ "\x82\xA1o\xA1x\xA1o\xA1y", 9, false },                  /* a key twice */
		{ "\x82\xA1o\xA1x\xA1z\x93\x01\x02\x03", 11, true },       /* what we do not know is skipped */
		{ "\x82\xA1o\xA1x\xA3new\xC0", 10, true },
		{ "\x82\xA1z\xC0\xA1o\xA1x", 8, true },
		{ "\x82\xA1w\x01\xA1o\xA1x", 8, true },                    /* in another order */
		{ "\x82\xA1o\xA1x\xA1w\xFF", 8, false },                   /* waits less than nothing */
		{ "\x82\xA1o\xA1x\xA1" "d\x01", 8, false },                   /* a number for a yes */
		{ "\x81\xA1o\xA1\xFF", 5, false },                         /* not UTF-8 */
		{ "\x81\xA1o\xA1\0", 5, false },                           /* a NUL within */
		{ "\xDF\xFF\xFF\xFF\xFF\xA1o\xA1x", 9, false },            /* four billion pairs */
		{ "\x82\xA1o\xA1x\xA1" "a\xC6\xFF\xFF\xFF\xFF", 12, false },  /* four billion bytes */
		{ "\x82\xA1o\xA1x\xA1z\xDD\xFF\xFF\xFF\xFF", 12, false },  /* a list of four billion */
		{ "\x91\xA1o", 3, false },
		{ "\xC0", 1, false },
	};
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bus_item got;
		char *copy = malloc(cases[i].n);
		memcpy(copy, cases[i].bytes, cases[i].n);
		if (bus_item_unpack(copy, cases[i].n, a, &got, NULL) != cases[i].fine)
			fail_msg("case %zu", i);
		free(copy);
	}
	arena_free(a);
}

static bool
header_reads(struct bus_header h, struct error *err)
{
	struct arena *a = arena_new();
	struct buf b = { 0 };
	struct bus_header out;
	bus_header_pack(&h, &b);
	bool ok = bus_header_unpack(b.data, b.len, a, &out, err);
	buf_free(&b);
	arena_free(a);
	return ok;
}

static void
headers_have_a_version_an_id_and_limits(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct bus_header h = header;
	char wide[600];
	assert_true(header_reads(h, &err));
	h.version = BUS_VERSION + 1;
	assert_false(header_reads(h, &err));
	assert_string_equal(err.rule, "bus.version");
	h = header;
	memset(h.id, 0, sizeof h.id);
	assert_false(header_reads(h, &err));
	h = header;
	h.trace = "not hex";
	assert_false(header_reads(h, &err));
	assert_non_null(strstr(err.message, "trace"));
	memset(wide, 'a', sizeof wide - 1);
	wide[sizeof wide - 1] = 0;
	h = header;
	h.token = wide;
	assert_false(header_reads(h, &err));
	assert_null(strstr(err.message, "aaaa"));       /* what was presented is never repeated */
}

/* identities --------------------------------------------------------------------------------------- */

#define T1 "0123456789abcdefghijklmnopqrstuvwxyz-1"
#define T2 "0123456789abcdefghijklmnopqrstuvwxyz-2"
#define T3 "0123456789abcdefghijklmnopqrstuvwxyz-3"

static void
tokens(const char *first, const char *portal, const char *more)
{
	config_set("BSS_API_TOKEN", first);
	config_set("BSS_PORTAL_SELF_SERVE_API_TOKEN", portal);
	config_set("BSS_TOKENS", more);
}

static void
refused_naming(const char *rule, const char *variable)
{
	struct error err = { 0 };
	assert_false(identities_load(&err));
	assert_string_equal(err.rule, rule);
	assert_non_null(strstr(err.message, variable));
	assert_null(identity_of(T1));           /* half a list lets nobody in */
	assert_null(identity_of(T2));
}

static void
bad_tokens_stop_the_start(void **state)
{
	(void)state;
	tokens(NULL, T1, NULL);
	refused_naming("identity.missing", "BSS_API_TOKEN");
	tokens("short", NULL, NULL);
	refused_naming("identity.too_short", "BSS_API_TOKEN");
	tokens("0123456789012345678901234567890", NULL, NULL);
	refused_naming("identity.too_short", "BSS_API_TOKEN");
	tokens(T1, "changeme", NULL);
	refused_naming("identity.sentinel", "BSS_PORTAL_SELF_SERVE_API_TOKEN");
	tokens(T1, "CHANGEME-CHANGEME-CHANGEME-CHANGEME", NULL);
	refused_naming("identity.sentinel", "BSS_PORTAL_SELF_SERVE_API_TOKEN");
	tokens(T1, "00000000000000000000000000000000", NULL);
	refused_naming("identity.sentinel", "BSS_PORTAL_SELF_SERVE_API_TOKEN");
	tokens(T1, T1, NULL);
	refused_naming("identity.alike", "BSS_PORTAL_SELF_SERVE_API_TOKEN");
	tokens(T1, NULL, "partner_x=" T1);
	refused_naming("identity.alike", "BSS_TOKENS");
	tokens(T1, NULL, "default=" T2);
	refused_naming("identity.twice", "BSS_TOKENS");
	tokens(T1, NULL, "partner_x");
	refused_naming("identity.list", "BSS_TOKENS");
	tokens(T1, NULL, "partner x=" T2);
	refused_naming("identity.list", "BSS_TOKENS");
}

static void
tokens_prove_who_and_what(void **state)
{
	(void)state;
	struct error err = { 0 };
	tokens(T1, T2, "partner_x=" T3);
	assert_true(identities_load(&err));
	const struct identity *all = identity_of(T1), *portal = identity_of(T2), *partner = identity_of(T3);
	assert_string_equal(all->name, "default");
	assert_string_equal(portal->name, "portal_self_serve");
	assert_string_equal(partner->name, "partner_x");
	assert_null(identity_of(NULL));
	assert_null(identity_of(""));
	assert_null(identity_of(T1 "x"));
	assert_null(identity_of("0123456789abcdefghijklmnopqrstuvwxyz-"));
	assert_int_equal(portal->may, MAY_COMMAND | MAY_QUERY);
	assert_int_equal(partner->may, MAY_COMMAND | MAY_QUERY);
	assert_true(identity_may_claim(all, "anything"));
	assert_true(identity_may_claim(portal, "portal-self-serve"));
	assert_true(identity_may_claim(portal, "portal-chat"));
	assert_false(identity_may_claim(portal, "portal"));
	assert_false(identity_may_claim(portal, "portal-chat scenario"));
	assert_false(identity_may_claim(portal, "portal-csr"));
	assert_false(identity_may_claim(portal, ""));
	assert_true(identity_may_claim(portal, NULL));
	assert_true(identity_may_claim(partner, "partner_x"));
	assert_false(identity_may_claim(partner, "cli"));
	assert_false(identity_may_claim(NULL, "cli"));
	assert_string_equal(all->usual, "system");
	assert_string_equal(portal->usual, "portal-self-serve");
	assert_string_equal(partner->usual, "partner_x");
	assert_true(identity_may_act(all, "system:seed"));
	assert_true(identity_may_act(partner, "system"));
	assert_true(identity_may_act(partner, "systematic"));
	assert_false(identity_may_act(portal, "system:renewal_worker"));
	assert_false(identity_may_act(NULL, "anybody"));
	/* outbound secrets are no identities, whatever their names look like */
	config_set("BSS_LOYALTY_API_TOKEN", "0123456789abcdefghijklmnopqrstuvwxyz-L");
	assert_true(identities_load(&err));
	assert_null(identity_of("0123456789abcdefghijklmnopqrstuvwxyz-L"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_come_back),
		cmocka_unit_test(items_come_back),
		cmocka_unit_test(answers_come_back),
		cmocka_unit_test(refusals_come_back),
		cmocka_unit_test(bytes_are_believed_only_when_right),
		cmocka_unit_test(headers_have_a_version_an_id_and_limits),
		cmocka_unit_test(bad_tokens_stop_the_start),
		cmocka_unit_test(tokens_prove_who_and_what),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
