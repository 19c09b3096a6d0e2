/* msgpack_read.h -- a cursor over msgpack bytes; total on hostile input, allocates nothing.
 *
 * Packing uses msgpack-c.  Reading does not: msgpack-c builds a tree of objects in a zone before the
 * first field can be looked at, and the core reads millions of events when it starts.  A cursor reads an
 * event straight into its struct.  Every function returns false, and changes nothing that matters, when
 * bytes are missing or of another type; nothing here recurses, so depth costs no stack. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mp { const uint8_t *p, *end; };

static inline struct mp
mp_over(const void *bytes, size_t n)
{
	return (struct mp){ bytes, (const uint8_t *)bytes + n };
}

static inline size_t
mp_left(const struct mp *m)
{
	return (size_t)(m->end - m->p);
}

/* a big-endian number of n bytes behind the type byte */
static inline bool
mp_number_(struct mp *m, int n, uint64_t *v)
{
	if (mp_left(m) < (size_t)n + 1)
		return false;
	*v = 0;
	for (int i = 1; i <= n; i++)
		*v = *v << 8 | m->p[i];
	m->p += n + 1;
	return true;
}

static inline bool
mp_is_nil(const struct mp *m)
{
	return m->p < m->end && *m->p == 0xC0;
}

static inline bool
mp_is_bin(const struct mp *m)
{
	return m->p < m->end && *m->p >= 0xC4 && *m->p <= 0xC6;
}

static inline bool
mp_int(struct mp *m, int64_t *out)
{
	uint64_t v;
	if (m->p >= m->end)
		return false;
	uint8_t t = *m->p;
	if (t < 0x80 || t >= 0xE0) {
		*out = (int8_t)t;
		m->p++;
		return true;
	}
	if (t < 0xCC || t > 0xD3 || !mp_number_(m, 1 << (t & 3), &v))
		return false;
	switch (t) {
	case 0xD0: *out = (int8_t)v; return true;
	case 0xD1: *out = (int16_t)v; return true;
	case 0xD2: *out = (int32_t)v; return true;
	case 0xD3: *out = (int64_t)v; return true;
	default: *out = (int64_t)v; return v <= INT64_MAX;
	}
}

static inline bool
mp_real(struct mp *m, double *out)
{
	uint64_t v;
	int64_t whole;
	if (m->p < m->end && *m->p == 0xCB) {
		if (!mp_number_(m, 8, &v))
			return false;
		memcpy(out, &v, sizeof *out);
		return true;
	}
	if (m->p < m->end && *m->p == 0xCA) {
		float f;
		if (!mp_number_(m, 4, &v))
			return false;
		uint32_t half = (uint32_t)v;
		memcpy(&f, &half, sizeof f);
		*out = f;
		return true;
	}
	if (!mp_int(m, &whole))
		return false;
	*out = (double)whole;
	return true;
}

static inline bool
mp_bool(struct mp *m, bool *out)
{
	if (m->p >= m->end || (*m->p != 0xC2 && *m->p != 0xC3))
		return false;
	*out = *m->p++ == 0xC3;
	return true;
}

/* the n bytes of a body behind a header that was read */
static inline bool
mp_body_(struct mp *m, uint64_t n, const char **s, size_t *len)
{
	if (mp_left(m) < n)
		return false;
	*s = (const char *)m->p;
	*len = (size_t)n;
	m->p += n;
	return true;
}

static inline bool
mp_str(struct mp *m, const char **s, size_t *len)
{
	uint64_t n;
	if (m->p >= m->end)
		return false;
	uint8_t t = *m->p;
	if (t >= 0xA0 && t <= 0xBF) {
		m->p++;
		return mp_body_(m, t & 31, s, len);
	}
	return t >= 0xD9 && t <= 0xDB && mp_number_(m, 1 << (t - 0xD9), &n) && mp_body_(m, n, s, len);
}

static inline bool
mp_bin(struct mp *m, const uint8_t **s, size_t *len)
{
	uint64_t n;
	const char *body;
	if (!mp_is_bin(m))
		return false;
	if (!mp_number_(m, 1 << (*m->p - 0xC4), &n) || !mp_body_(m, n, &body, len))
		return false;
	*s = (const uint8_t *)body;
	return true;
}

/* an array's or map's count; never more than the bytes that are left could hold */
static inline bool
mp_count_(struct mp *m, uint8_t fix, uint8_t wide, size_t each, size_t *n)
{
	uint64_t v;
	if (m->p >= m->end)
		return false;
	uint8_t t = *m->p;
	if ((t & 0xF0) == fix) {
		v = t & 15;
		m->p++;
	} else if ((t != wide && t != wide + 1) || !mp_number_(m, t == wide ? 2 : 4, &v)) {
		return false;
	}
	*n = (size_t)v;
	return v * each <= mp_left(m);
}

static inline bool
mp_array(struct mp *m, size_t *n)
{
	return mp_count_(m, 0x90, 0xDC, 1, n);
}

static inline bool
mp_map(struct mp *m, size_t *n)
{
	return mp_count_(m, 0x80, 0xDE, 2, n);
}

/* one scalar, or the header of a container, whose items are added to *todo */
static inline bool
mp_skip_one_(struct mp *m, uint64_t *todo)
{
	static const uint8_t fixed[32] = {        /* bytes behind 0xC0+i that are not a length; 0xFF: special */
		0, 0xFF, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 4, 8, 1, 2, 4, 8,
		1, 2, 4, 8, 2, 3, 5, 9, 17, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
	const char *s;
	const uint8_t *b;
	size_t n;
	uint64_t v;
	if (m->p >= m->end)
		return false;
	uint8_t t = *m->p;
	if (t < 0x80 || t >= 0xE0) {
		m->p++;
		return true;
	}
	if (t < 0x90 || t == 0xDE || t == 0xDF)
		return mp_map(m, &n) && (*todo += 2 * (uint64_t)n, true);
	if (t < 0xA0 || t == 0xDC || t == 0xDD)
		return mp_array(m, &n) && (*todo += n, true);
	if (t < 0xC0 || (t >= 0xD9 && t <= 0xDB))
		return mp_str(m, &s, &n);
	if (t >= 0xC4 && t <= 0xC6)
		return mp_bin(m, &b, &n);
	if (t >= 0xC7 && t <= 0xC9)               /* ext: a length, a type byte, the bytes */
		return mp_number_(m, 1 << (t - 0xC7), &v) && mp_body_(m, v + 1, &s, &n);
	uint8_t behind = fixed[t - 0xC0];
	if (behind == 0xFF || mp_left(m) < (size_t)behind + 1)
		return false;
	m->p += behind + 1;
	return true;
}

/* any value, however nested; each step takes at least a byte, so it ends */
static inline bool
mp_skip(struct mp *m)
{
	for (uint64_t todo = 1; todo > 0; todo--)
		if (!mp_skip_one_(m, &todo))
			return false;
	return true;
}
