/* frames.c -- the frames of requests, answers and notes, as rows of wire.h.
 *
 * A letter, once given, keeps its meaning within a BUS_VERSION; a new field takes a new letter. */
#include "core/bus/bus.h"
#include "core/bus/frames.h"
#include "core/bus/wire.h"
#include <string.h>

static const struct wire_row header_rows[] = {
	WIRE_('v', SMALL, bus_header, version),
	WIRE_('i', FIXED, bus_header, id, .room = 16),
	WIRE_('d', INT,   bus_header, deadline),
	WIRE_('t', TEXT,  bus_header, token, .room = 512),
	WIRE_('n', TEXT,  bus_header, tenant, .room = 63),
	WIRE_('a', TEXT,  bus_header, actor, .room = 255),
	WIRE_('c', TEXT,  bus_header, channel, .room = 63),
	WIRE_('w', HEX,   bus_header, trace, .room = 32),
	WIRE_('p', HEX,   bus_header, span, .room = 16),
	WIRE_('s', BOOL,  bus_header, scenario),
	{ 0 } };

static const struct wire_row item_rows[] = {
	WIRE_('o', TEXT,    bus_item, op, .room = 127),
	WIRE_('k', TEXT,    bus_item, key, .room = 255),
	WIRE_('a', BYTES,   bus_item, args, .count = offsetof(struct bus_item, args_len)),
	WIRE_('d', BOOL,    bus_item, dry_run),
	WIRE_('w', NATURAL, bus_item, await),
	WIRE_('f', NATURAL, bus_item, after),
	WIRE_('s', TEXT,    bus_item, as_of, .room = 63),
	{ 0 } };

static const struct wire_row event_rows[] = {
	WIRE_('t', SMALL, bus_event, type),
	WIRE_('i', TEXT,  bus_event, id, .room = 63),
	WIRE_('p', BYTES, bus_event, payload, .count = offsetof(struct bus_event, len)),
	{ 0 } };

static const struct wire_row error_rows[] = {
	WIRE_('k', KIND,  error, kind),
	WIRE_('r', CHARS, error, rule, .room = sizeof ((struct error *)0)->rule),
	WIRE_('m', CHARS, error, message, .room = sizeof ((struct error *)0)->message),
	WIRE_('h', CHARS, error, hint, .room = sizeof ((struct error *)0)->hint),
	WIRE_('c', CHARS, error, context, .room = sizeof ((struct error *)0)->context),
	{ 0 } };

static const struct wire_row answer_rows[] = {
	WIRE_('s', SMALL,  bus_answer, status),
	WIRE_('p', INT,    bus_answer, position),
	WIRE_('i', TEXT,   bus_answer, id, .room = 63),
	WIRE_('c', TEXT,   bus_answer, correlation, .room = 63),
	WIRE_('r', BOOL,   bus_answer, repeat),
	WIRE_('d', BOOL,   bus_answer, dry_run),
	WIRE_('e', LIST,   bus_answer, events, .count = offsetof(struct bus_answer, n_events),
		.room = sizeof(struct bus_event), .of = event_rows),
	WIRE_('b', BYTES,  bus_answer, result, .count = offsetof(struct bus_answer, result_len)),
	WIRE_('x', STRUCT, bus_answer, error, .of = error_rows),
	{ 0 } };
_Static_assert(sizeof(enum answer_status) == sizeof(int), "WIRE_SMALL reads the status");

static const struct wire_row reply_rows[] = {
	WIRE_('v', SMALL, reply_head, version),
	WIRE_('i', FIXED, reply_head, id, .room = 16),
	{ 0 } };

/* the topic travels as a frame of its own: ZeroMQ filters by it */
static const struct wire_row note_rows[] = {
	WIRE_('f', INT,   bus_note, first),
	WIRE_('l', INT,   bus_note, last),
	WIRE_('g', FIXED, bus_note, log_id, .room = 32),
	WIRE_('t', INT,   bus_note, clock_now),
	WIRE_('r', BOOL,  bus_note, clock_real),
	WIRE_('n', TEXT,  bus_note, name, .room = 127),
	WIRE_('i', TEXT,  bus_note, id, .room = 63),
	WIRE_('o', INT,   bus_note, open_requests),
	{ 0 } };

void
bus_header_pack(const struct bus_header *h, struct buf *out)
{
	wire_pack(header_rows, h, out);
}

bool
bus_header_unpack(const void *bytes, size_t n, struct arena *a, struct bus_header *h, struct error *err)
{
	static const uint8_t none[16];
	bool whole = wire_unpack(header_rows, sizeof *h, "request's header", bytes, n, a, h, err);
	/* before the damage: a peer of another version may well send what we cannot read */
	if (h->version != 0 && h->version != BUS_VERSION)
		return error_set(err, ERROR_INVALID, "bus.version",
			"The request speaks version %d of the bus; this process speaks %d", h->version, BUS_VERSION);
	if (whole && (h->version == 0 || memcmp(h->id, none, sizeof none) == 0))
		return error_set(err, ERROR_INVALID, "bus.malformed", "The request's header lacks its version or id");
	return whole;
}

void
bus_item_pack(const struct bus_item *i, struct buf *out)
{
	wire_pack(item_rows, i, out);
}

bool
bus_item_unpack(const void *bytes, size_t n, struct arena *a, struct bus_item *i, struct error *err)
{
	if (!wire_unpack(item_rows, sizeof *i, "request", bytes, n, a, i, err))
		return false;
	if (!i->op || !*i->op)
		return error_set(err, ERROR_INVALID, "bus.malformed", "The request names no operation");
	return true;
}

void
bus_answer_pack(const struct bus_answer *w, struct buf *out)
{
	wire_pack(answer_rows, w, out);
}

bool
bus_answer_unpack(const void *bytes, size_t n, struct arena *a, struct bus_answer *w, struct error *err)
{
	if (!wire_unpack(answer_rows, sizeof *w, "answer", bytes, n, a, w, err))
		return false;
	if ((unsigned)w->status > ANSWER_ERROR || (w->status == ANSWER_ERROR) != (w->error.kind != ERROR_NONE))
		return error_set(err, ERROR_INVALID, "bus.malformed", "The answer contradicts itself");
	return true;
}

void
reply_head_pack(const struct reply_head *h, struct buf *out)
{
	wire_pack(reply_rows, h, out);
}

bool
reply_head_unpack(const void *bytes, size_t n, struct reply_head *h, struct error *err)
{
	if (!wire_unpack(reply_rows, sizeof *h, "reply's header", bytes, n, NULL, h, err))
		return false;
	if (h->version != BUS_VERSION)
		return error_set(err, ERROR_INVALID, "bus.version",
			"The reply speaks version %d of the bus; this process speaks %d", h->version, BUS_VERSION);
	return true;
}

void
note_pack(const struct bus_note *n, struct buf *out)
{
	wire_pack(note_rows, n, out);
}

bool
note_unpack(const void *bytes, size_t n, struct arena *a, struct bus_note *note, struct error *err)
{
	return wire_unpack(note_rows, sizeof *note, "note", bytes, n, a, note, err);
}
