/* wire.h -- what travels, as rows: one table per struct serves packing and unpacking.
 *
 * A frame is a msgpack map with keys of one letter; what is absent (all-zero) is left out and unknown
 * keys are skipped, so a newer peer may say more.  Two hand-written halves that must agree byte for
 * byte would drift. Private to core/bus. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"

enum wire_kind {
	WIRE_TEXT,       /* const char *, UTF-8, at most .room bytes */
	WIRE_HEX,        /* the same, lower-case hex digits only */
	WIRE_CHARS,      /* char [.room], NUL included */
	WIRE_FIXED,      /* uint8_t [.room]; all-zero is absent */
	WIRE_BYTES,      /* pointer; its size_t length is at .count */
	WIRE_INT,        /* int64_t */
	WIRE_NATURAL,    /* int64_t, never below zero */
	WIRE_SMALL,      /* int */
	WIRE_BOOL,       /* bool */
	WIRE_KIND,       /* enum error_kind, by name: the list may grow in the middle */
	WIRE_STRUCT,     /* a struct in place, by the rows in .of */
	WIRE_LIST,       /* pointer to structs of .room bytes, by .of; its int count is at .count */
};

struct wire_row {
	char key;                       /* 0 ends a table */
	enum wire_kind kind;
	size_t at, count, room;
	const struct wire_row *of;
	const char *name;               /* for sentences */
};
#define WIRE_LIST_MAX 4096              /* the core never makes units of more than 1,000 events */

#define WIRE_(k_, kind_, T, member, ...) \
	{ .key = k_, .kind = WIRE_##kind_, .at = offsetof(struct T, member), .name = #member, __VA_ARGS__ }

void wire_pack(const struct wire_row *, const void *obj, struct buf *);
/* zeroes obj, then reads what it can: after a refusal the rows before the damage are filled in */
bool wire_unpack(const struct wire_row *, size_t size, const char *what, const void *bytes, size_t n,
	struct arena *, void *obj, struct error *);
