/* envelope.c -- who, through what, because of what: the first msgpack object of an event's body.
 *
 * An array, because every event carries one and names would double its size.  Hex texts travel as bytes,
 * what is absent as nil, and nils at the end not at all.  New members go at the end: an old reader skips
 * them, a new reader finds fewer. */
#include "core/base/msgpack_read.h"
#include "core/base/must.h"
#include "core/eventstore/eventstore.h"
#include <msgpack.h>
#include <stdio.h>
#include <string.h>

enum member {
	SCHEMA_VERSION,
	TENANT,
	ACTOR,
	CHANNEL,
	IDENTITY,
	CORRELATION,
	CAUSE,
	TRACE,
	SPAN,
	SCENARIO,
	KEY,
	ARGS_HASH,
	OP,
	MADE,
	LAST,
	REFUSED,
	SAID,
	MEMBERS
};

/* ---- hex ------------------------------------------------------------------------------- */

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* exactly n bytes of hex; dashes (of a UUID) are skipped */
static bool
from_hex(const char *text, uint8_t *out, size_t n)
{
	size_t got = 0;
	for (; *text && got < 2 * n; text++) {
		int d = digit(*text);
		if (*text == '-')
			continue;
		if (d < 0)
			return false;
		out[got / 2] = (uint8_t)(got % 2 ? out[got / 2] | d : d << 4);
		got++;
	}
	return got == 2 * n && !*text;
}

/* ---- packing ----------------------------------------------------------------------------- */

static int
append(void *out, const char *bytes, size_t n)
{
	buf_add(out, bytes, n);
	return 0;
}

static void
pack_text(msgpack_packer *pk, const char *s)
{
	if (!s) {
		msgpack_pack_nil(pk);
		return;
	}
	size_t n = strlen(s);
	msgpack_pack_str(pk, n);
	msgpack_pack_str_body(pk, s, n);
}

static void
pack_bytes(msgpack_packer *pk, const uint8_t *bytes, size_t n)
{
	msgpack_pack_bin(pk, n);
	msgpack_pack_bin_body(pk, bytes, n);
}

/* a trace that a client made up and that is not hex is not worth an error: it is not kept */
static void
pack_hex(msgpack_packer *pk, const char *text, size_t n)
{
	uint8_t bytes[16];
	must(n <= sizeof bytes);
	if (from_hex(text, bytes, n))
		pack_bytes(pk, bytes, n);
	else
		msgpack_pack_nil(pk);
}

static size_t
members_of(const struct envelope *e)
{
	if (e->key)
		return e->refused ? MEMBERS : LAST + 1;
	if (e->scenario)
		return SCENARIO + 1;
	if (e->span[0])
		return SPAN + 1;
	return e->trace[0] ? TRACE + 1 : e->cause[0] ? CAUSE + 1 : CORRELATION + 1;
}

static void
pack_member(msgpack_packer *pk, const struct envelope *e, enum member m)
{
	switch (m) {
	case SCHEMA_VERSION: msgpack_pack_int(pk, e->schema_version); break;
	case TENANT: pack_text(pk, e->tenant && strcmp(e->tenant, "DEFAULT") != 0 ? e->tenant : NULL); break;
	case ACTOR: pack_text(pk, e->actor); break;
	case CHANNEL: pack_text(pk, e->channel); break;
	case IDENTITY: pack_text(pk, e->identity); break;
	case CORRELATION: pack_hex(pk, e->correlation, 16); break;
	case CAUSE: pack_hex(pk, e->cause, 16); break;
	case TRACE: pack_hex(pk, e->trace, 16); break;
	case SPAN: pack_hex(pk, e->span, 8); break;
	case SCENARIO: e->scenario ? msgpack_pack_true(pk) : msgpack_pack_false(pk); break;
	case KEY: pack_text(pk, e->key); break;
	case ARGS_HASH: e->args_hash ? pack_bytes(pk, e->args_hash, 16) : (void)msgpack_pack_nil(pk); break;
	case OP: pack_text(pk, e->op); break;
	case MADE: pack_text(pk, e->made); break;
	case LAST: msgpack_pack_int64(pk, e->last); break;
	case REFUSED: pack_text(pk, e->refused); break;
	case SAID: pack_text(pk, e->said); break;
	case MEMBERS: never("a member of the envelope that is none");
	}
}

void
envelope_pack(const struct envelope *e, struct buf *out)
{
	msgpack_packer pk;
	size_t n = members_of(e);
	msgpack_packer_init(&pk, out, append);
	msgpack_pack_array(&pk, n);
	for (size_t m = 0; m < n; m++)
		pack_member(&pk, e, (enum member)m);
}

/* ---- unpacking ----------------------------------------------------------------------------- */

static bool
read_text(struct mp *m, struct arena *a, const char **out)
{
	size_t n;
	if (mp_is_nil(m))
		return mp_skip(m);
	if (!mp_str(m, out, &n) || memchr(*out, 0, n))
		return false;
	*out = arena_strndup(a, *out, n);
	return true;
}

static bool
read_hex(struct mp *m, char *out, size_t n)
{
	const uint8_t *bytes;
	size_t got;
	if (mp_is_nil(m))
		return mp_skip(m);
	if (!mp_bin(m, &bytes, &got) || got != n)
		return false;
	hex_format(bytes, n, out);
	return true;
}

static bool
read_cause(struct mp *m, char out[UUID_TEXT])
{
	const uint8_t *bytes;
	size_t got;
	if (mp_is_nil(m))
		return mp_skip(m);
	if (!mp_bin(m, &bytes, &got) || got != 16)
		return false;
	uuid_format(bytes, out);
	return true;
}

static bool
read_args_hash(struct mp *m, struct arena *a, const uint8_t **out)
{
	size_t n;
	if (mp_is_nil(m))
		return mp_skip(m);
	if (!mp_bin(m, out, &n) || n != 16)
		return false;
	*out = arena_memdup(a, *out, n);
	return true;
}

static bool
read_version(struct mp *m, int *out)
{
	int64_t v;
	if (!mp_int(m, &v) || v < 0 || v > INT16_MAX)
		return false;
	*out = (int)v;
	return true;
}

static bool
read_member(struct mp *m, struct arena *a, struct envelope *e, size_t member)
{
	switch (member) {
	case SCHEMA_VERSION: return read_version(m, &e->schema_version);
	case TENANT: return read_text(m, a, &e->tenant);
	case ACTOR: return read_text(m, a, &e->actor);
	case CHANNEL: return read_text(m, a, &e->channel);
	case IDENTITY: return read_text(m, a, &e->identity);
	case CORRELATION: return read_hex(m, e->correlation, 16);
	case CAUSE: return read_cause(m, e->cause);
	case TRACE: return read_hex(m, e->trace, 16);
	case SPAN: return read_hex(m, e->span, 8);
	case SCENARIO: return mp_bool(m, &e->scenario);
	case KEY: return read_text(m, a, &e->key);
	case ARGS_HASH: return read_args_hash(m, a, &e->args_hash);
	case OP: return read_text(m, a, &e->op);
	case MADE: return read_text(m, a, &e->made);
	case LAST: return mp_int(m, &e->last);
	case REFUSED: return read_text(m, a, &e->refused);
	case SAID: return read_text(m, a, &e->said);
	default: return mp_skip(m);                  /* written by a newer binary */
	}
}

bool
envelope_unpack(const void *body, size_t n, struct arena *a, struct envelope *e, const uint8_t **payload,
    size_t *payload_len, struct error *err)
{
	struct mp m = mp_over(body, n);
	size_t count = 0;
	*e = (struct envelope){ .tenant = "DEFAULT" };
	bool ok = mp_array(&m, &count);
	for (size_t i = 0; ok && i < count; i++)
		ok = read_member(&m, a, e, i);
	if (!ok || count <= CORRELATION)
		return error_set(err, ERROR_INVALID, "log.envelope", "An event's envelope cannot be read");
	*payload = m.p;
	*payload_len = mp_left(&m);
	return true;
}
