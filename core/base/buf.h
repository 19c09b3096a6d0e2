/* buf.h -- a growing run of bytes; always NUL-terminated behind its length, so it is a C string too. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf { char *data; size_t len, cap; };      /* {0} is an empty one */

void buf_free(struct buf *);
void buf_clear(struct buf *);                      /* keeps the memory */
char *buf_room(struct buf *, size_t n);            /* at least n writable bytes at the end */
void buf_add(struct buf *, const void *, size_t);
void buf_byte(struct buf *, char);
void buf_str(struct buf *, const char *);          /* NULL adds nothing */
void buf_printf(struct buf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_be16(struct buf *, uint16_t);             /* big endian, for Postgres' binary formats */
void buf_be32(struct buf *, uint32_t);
void buf_be64(struct buf *, uint64_t);
const char *buf_text(const struct buf *);          /* never NULL */
