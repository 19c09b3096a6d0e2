/* buf.c -- a growing run of bytes.
 *
 * It doubles, so adding is linear overall, and it keeps a NUL behind its length, so that text built in
 * it can be handed to anything that wants a C string. */
#include "core/base/buf.h"
#include "core/base/must.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = 0;
}

static void
grow(struct buf *b, size_t n)
{
	must(n < SIZE_MAX / 4 && b->len < SIZE_MAX / 4);
	size_t cap = b->cap ? b->cap : 64;
	while (cap < b->len + n + 1)
		cap *= 2;
	b->data = realloc(b->data, cap);
	must(b->data != NULL);
	b->cap = cap;
}

char *
buf_room(struct buf *b, size_t n)
{
	if (b->cap - b->len < n + 1 || !b->data || n >= SIZE_MAX - 1)
		grow(b, n);
	return b->data + b->len;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_room(b, n);
	if (n)
		memcpy(to, p, n);
	b->len += n;
	to[n] = 0;
}

void
buf_byte(struct buf *b, char c)
{
	char *to = buf_room(b, 1);
	to[0] = c;
	to[1] = 0;
	b->len++;
}

void
buf_str(struct buf *b, const char *s)
{
	if (s)
		buf_add(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	size_t room = b->cap - b->len;
	int n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, ap);
	must(n >= 0);
	if ((size_t)n >= room)
		vsnprintf(buf_room(b, (size_t)n), (size_t)n + 1, fmt, again);
	b->len += (size_t)n;
	va_end(again);
	va_end(ap);
}

void
buf_be16(struct buf *b, uint16_t v)
{
	v = __builtin_bswap16(v);
	buf_add(b, &v, sizeof v);
}

void
buf_be32(struct buf *b, uint32_t v)
{
	v = __builtin_bswap32(v);
	buf_add(b, &v, sizeof v);
}

void
buf_be64(struct buf *b, uint64_t v)
{
	v = __builtin_bswap64(v);
	buf_add(b, &v, sizeof v);
}

const char *
buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}
