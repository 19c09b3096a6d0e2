/* wire.c -- the walker over rows of wire.h; total on hostile bytes.
 *
 * A count is never believed beyond the bytes that are left, a key never read twice, a text never taken
 * that is not UTF-8: what passes here is met by code that trusts its strings. */
#include "core/bus/wire.h"
#include "core/base/msgpack_read.h"
#include "core/base/must.h"
#include "core/base/text.h"
#include <msgpack.h>
#include <string.h>

/* packing ------------------------------------------------------------------------------------------ */

static int
append(void *data, const char *bytes, size_t n)
{
	buf_add(data, bytes, n);
	return 0;
}

static const void *
at(const struct wire_row *r, const void *obj)
{
	return (const char *)obj + r->at;
}

static size_t
bytes_len(const struct wire_row *r, const void *obj)
{
	return *(const size_t *)((const char *)obj + r->count);
}

static int
list_count(const struct wire_row *r, const void *obj)
{
	return *(const int *)((const char *)obj + r->count);
}

static bool
any_byte(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return true;
	return false;
}

static size_t present_rows(const struct wire_row *, const void *obj);

static bool
present(const struct wire_row *r, const void *obj)
{
	const void *p = at(r, obj);
	switch (r->kind) {
	case WIRE_TEXT: case WIRE_HEX: return *(const char *const *)p != NULL;
	case WIRE_CHARS: return *(const char *)p != 0;
	case WIRE_FIXED: return any_byte(p, r->room);
	case WIRE_BYTES: return bytes_len(r, obj) > 0;
	case WIRE_INT: case WIRE_NATURAL: return *(const int64_t *)p != 0;
	case WIRE_SMALL: return *(const int *)p != 0;
	case WIRE_BOOL: return *(const bool *)p;
	case WIRE_KIND: return *(const enum error_kind *)p != ERROR_NONE;
	case WIRE_STRUCT: return present_rows(r->of, p) > 0;
	case WIRE_LIST: return list_count(r, obj) > 0;
	}
	never("a kind without a case");
}

static size_t
present_rows(const struct wire_row *rows, const void *obj)
{
	size_t n = 0;
	for (const struct wire_row *r = rows; r->key; r++)
		n += present(r, obj);
	return n;
}

static void
pack_str(msgpack_packer *pk, const char *s, size_t n)
{
	msgpack_pack_str(pk, n);
	msgpack_pack_str_body(pk, s, n);
}

static void
pack_bin(msgpack_packer *pk, const void *p, size_t n)
{
	msgpack_pack_bin(pk, n);
	msgpack_pack_bin_body(pk, p, n);
}

static void pack_rows(msgpack_packer *, const struct wire_row *, const void *obj);

static void
pack_list(msgpack_packer *pk, const struct wire_row *r, const char *items, int n)
{
	msgpack_pack_array(pk, (size_t)n);
	for (int i = 0; i < n; i++)
		pack_rows(pk, r->of, items + (size_t)i * r->room);
}

static void
pack_value(msgpack_packer *pk, const struct wire_row *r, const void *obj)
{
	const void *p = at(r, obj);
	const char *s;
	switch (r->kind) {
	case WIRE_TEXT: case WIRE_HEX:
		s = *(const char *const *)p;
		pack_str(pk, s, strlen(s));
		break;
	case WIRE_CHARS: pack_str(pk, p, strnlen(p, r->room)); break;
	case WIRE_FIXED: pack_bin(pk, p, r->room); break;
	case WIRE_BYTES: pack_bin(pk, *(const void *const *)p, bytes_len(r, obj)); break;
	case WIRE_INT: case WIRE_NATURAL: msgpack_pack_int64(pk, *(const int64_t *)p); break;
	case WIRE_SMALL: msgpack_pack_int(pk, *(const int *)p); break;
	case WIRE_BOOL: msgpack_pack_true(pk); break;
	case WIRE_KIND:
		s = error_kind_name(*(const enum error_kind *)p);
		pack_str(pk, s, strlen(s));
		break;
	case WIRE_STRUCT: pack_rows(pk, r->of, p); break;
	case WIRE_LIST: pack_list(pk, r, *(const char *const *)p, list_count(r, obj)); break;
	}
}

static void
pack_rows(msgpack_packer *pk, const struct wire_row *rows, const void *obj)
{
	msgpack_pack_map(pk, present_rows(rows, obj));
	for (const struct wire_row *r = rows; r->key; r++)
		if (present(r, obj)) {
			pack_str(pk, &r->key, 1);
			pack_value(pk, r, obj);
		}
}

void
wire_pack(const struct wire_row *rows, const void *obj, struct buf *out)
{
	msgpack_packer pk;
	msgpack_packer_init(&pk, out, append);
	pack_rows(&pk, rows, obj);
}

/* unpacking ---------------------------------------------------------------------------------------- */

struct reading { struct mp m; struct arena *arena; const char *where; };

static bool
hex_only(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(s[i] >= '0' && s[i] <= '9') && !(s[i] >= 'a' && s[i] <= 'f'))
			return false;
	return true;
}

static bool
read_text(struct reading *rd, const struct wire_row *r, const char **out)
{
	const char *s;
	size_t n;
	if (!mp_str(&rd->m, &s, &n) || n > r->room || !utf8_valid(s, n))
		return false;
	if (r->kind == WIRE_HEX && !hex_only(s, n))
		return false;
	*out = arena_strndup(rd->arena, s, n);
	return true;
}

static bool
read_chars(struct reading *rd, const struct wire_row *r, char *out)
{
	const char *s;
	size_t n;
	if (!mp_str(&rd->m, &s, &n) || n >= r->room || !utf8_valid(s, n))
		return false;
	memcpy(out, s, n);
	out[n] = 0;
	return true;
}

static bool
read_fixed(struct reading *rd, const struct wire_row *r, uint8_t *out)
{
	const uint8_t *b;
	size_t n;
	if (!mp_bin(&rd->m, &b, &n) || n != r->room)
		return false;
	memcpy(out, b, n);
	return true;
}

static bool
read_bytes(struct reading *rd, const struct wire_row *r, void *obj, const uint8_t **out)
{
	const uint8_t *b;
	size_t n;
	if (!mp_bin(&rd->m, &b, &n))
		return false;
	*out = arena_memdup(rd->arena, b, n);
	*(size_t *)(void *)((char *)obj + r->count) = n;
	return true;
}

static bool
read_small(struct reading *rd, int *out)
{
	int64_t v;
	if (!mp_int(&rd->m, &v) || v < INT32_MIN || v > INT32_MAX)
		return false;
	*out = (int)v;
	return true;
}

static bool
read_kind(struct reading *rd, enum error_kind *out)
{
	char name[32] = "";
	const char *s;
	size_t n;
	if (!mp_str(&rd->m, &s, &n) || n >= sizeof name)
		return false;
	memcpy(name, s, n);
	*out = error_kind_of(name);
	return *out != ERROR_NONE;
}

static bool read_rows(struct reading *, const struct wire_row *, void *obj);

static bool
read_list(struct reading *rd, const struct wire_row *r, void *obj, void **out)
{
	size_t n;
	if (!mp_array(&rd->m, &n) || n > WIRE_LIST_MAX)
		return false;
	char *items = arena_alloc(rd->arena, n * r->room);
	for (size_t i = 0; i < n; i++)
		if (!read_rows(rd, r->of, items + i * r->room))
			return false;
	*out = items;
	*(int *)(void *)((char *)obj + r->count) = (int)n;
	return true;
}

static bool
read_value(struct reading *rd, const struct wire_row *r, void *obj)
{
	void *p = (char *)obj + r->at;
	switch (r->kind) {
	case WIRE_TEXT: case WIRE_HEX: return read_text(rd, r, p);
	case WIRE_CHARS: return read_chars(rd, r, p);
	case WIRE_FIXED: return read_fixed(rd, r, p);
	case WIRE_BYTES: return read_bytes(rd, r, obj, p);
	case WIRE_INT: return mp_int(&rd->m, p);
	case WIRE_NATURAL: return mp_int(&rd->m, p) && *(int64_t *)p >= 0;
	case WIRE_SMALL: return read_small(rd, p);
	case WIRE_BOOL: return mp_bool(&rd->m, p);
	case WIRE_KIND: return read_kind(rd, p);
	case WIRE_STRUCT: return read_rows(rd, r->of, p);
	case WIRE_LIST: return read_list(rd, r, obj, p);
	}
	never("a kind without a case");
}

/* keys come in the order of the table, as they were packed; searched only when not */
static const struct wire_row *
row_of(const struct wire_row *rows, const struct wire_row *from, char key)
{
	for (const struct wire_row *r = from; r->key; r++)
		if (r->key == key)
			return r;
	for (const struct wire_row *r = rows; r < from; r++)
		if (r->key == key)
			return r;
	return NULL;
}

static bool
read_rows(struct reading *rd, const struct wire_row *rows, void *obj)
{
	size_t pairs, n;
	uint32_t seen = 0;
	const char *key;
	const struct wire_row *next = rows;
	if (!mp_map(&rd->m, &pairs))
		return false;
	while (pairs-- > 0) {
		if (!mp_str(&rd->m, &key, &n))
			return false;
		const struct wire_row *r = n == 1 ? row_of(rows, next, *key) : NULL;
		if (!r) {
			if (!mp_skip(&rd->m))
				return false;
			continue;
		}
		uint32_t bit = UINT32_C(1) << (r - rows);
		rd->where = r->name;
		if (seen & bit || !read_value(rd, r, obj))
			return false;
		seen |= bit;
		next = r + 1;
	}
	return true;
}

bool
wire_unpack(const struct wire_row *rows, size_t size, const char *what, const void *bytes, size_t n,
	struct arena *a, void *obj, struct error *err)
{
	struct reading rd = { .m = mp_over(bytes, n), .arena = a };
	memset(obj, 0, size);
	if (read_rows(&rd, rows, obj) && mp_left(&rd.m) == 0)
		return true;
	error_set(err, ERROR_INVALID, "bus.malformed", "The %s cannot be read%s%s", what, rd.where ? " near " : "",
		rd.where ? rd.where : "");
	error_fact(err, "field", rd.where);
	return false;
}
