/* reader.c -- the log as a stream of events, by COPY in binary.
 *
 * COPY takes no parameters, so the values of a filter become settings of the session (by parameters) and the
 * statement, made of fixed pieces only, reads those.
 *
 * A long read comes in pieces of some ten thousand rows, each a statement of its own.  One statement over
 * millions of rows would hold a snapshot for minutes, and all that time no old version of the head row
 * could be cleaned away: the writer would crawl.  The log is gapless and never changes, so pieces
 * add up to the same. */
#include "core/base/clock.h"
#include "core/base/must.h"
#include "core/eventstore/eventstore.h"
#include <stdio.h>
#include <string.h>

#define PIECE 20000
#define POSTGRES_EPOCH INT64_C(946684800000000)

struct log_reader {
	struct arena *arena;
	struct pg *pg;
	struct log_filter f;                         /* after or upto moves as pieces are read */
	struct buf sql;
	char *types;                                 /* "{1,2}" */
	int64_t left;                                /* of the caller's limit; -1: all */
	int64_t asked, got;                          /* of this piece */
	bool open;                                   /* a COPY is running */
};

/* ---- the statement -------------------------------------------------------------------------- */

static void
build_sql(struct log_reader *r)
{
	const struct log_filter *f = &r->f;
	struct buf *b = &r->sql;
	buf_str(b, "COPY (SELECT position, stream, version, type, subject, occurred_at, recorded_at, body, hash"
		   " FROM log.event WHERE position > current_setting('bss.after')::bigint"
		   " AND position <= current_setting('bss.upto')::bigint");
	if (f->since)
		buf_str(b, " AND occurred_at >= current_setting('bss.since')::timestamptz");
	if (f->until)
		buf_str(b, " AND occurred_at <= current_setting('bss.until')::timestamptz");
	if (f->stream)
		buf_str(b, " AND stream = current_setting('bss.stream')");
	if (f->subject)
		buf_str(b, " AND subject = current_setting('bss.subject')");
	if (f->n_types)
		buf_str(b, " AND type = ANY (current_setting('bss.types')::smallint[])");
	/* within a stream both orders are one, and the index of streams has the second */
	buf_str(b, f->stream ? " ORDER BY version" : " ORDER BY position");
	buf_str(b, f->newest_first ? " DESC" : "");
	buf_str(b, " LIMIT current_setting('bss.limit')::bigint) TO STDOUT (FORMAT binary)");
}

static char *
types_text(struct arena *a, const int *types, int n)
{
	char *text = arena_strdup(a, "{");
	for (int i = 0; i < n; i++)
		text = arena_printf(a, "%s%s%d", text, i ? "," : "", types[i]);
	return arena_printf(a, "%s}", text);
}

static bool
set_values(struct log_reader *r, struct error *err)
{
	char after[24], upto[24], limit[24], since[TIME_TEXT], until[TIME_TEXT];
	snprintf(after, sizeof after, "%lld", (long long)r->f.after);
	snprintf(upto, sizeof upto, "%lld", (long long)(r->f.upto ? r->f.upto : INT64_MAX));
	snprintf(limit, sizeof limit, "%lld", (long long)r->asked);
	struct pg_param p[] = { PG_TEXT(after), PG_TEXT(upto), PG_TEXT(limit),
		PG_TEXT(time_format(r->f.since, since)), PG_TEXT(time_format(r->f.until, until)),
		PG_TEXT(r->f.stream ? r->f.stream : ""), PG_TEXT(r->f.subject ? r->f.subject : ""),
		PG_TEXT(r->types) };
	struct pg_result *set = pg_query(r->pg, "log_read_values",
	    "SELECT set_config('bss.after', $1, false),"
	    " set_config('bss.upto', $2, false), set_config('bss.limit', $3, false),"
	    " set_config('bss.since', $4, false), set_config('bss.until', $5, false),"
	    " set_config('bss.stream', $6, false), set_config('bss.subject', $7, false),"
	    " set_config('bss.types', $8, false)",
	    8, p, err);
	pg_free(set);
	return set != NULL;
}

static bool
open_piece(struct log_reader *r, struct error *err)
{
	r->asked = r->left >= 0 && r->left < PIECE ? r->left : PIECE;
	r->got = 0;
	r->open = set_values(r, err) && pg_copy_out(r->pg, r->sql.data, err);
	return r->open;
}

struct log_reader *
log_read(struct pg *pg, const struct log_filter *f, struct error *err)
{
	struct arena *arena = arena_new();
	struct log_reader *r = arena_new_of(arena, struct log_reader);
	*r = (struct log_reader){ .arena = arena, .pg = pg, .f = *f, .left = f->limit ? f->limit : -1 };
	r->f.stream = arena_strdup(arena, f->stream);
	r->f.subject = arena_strdup(arena, f->subject);
	r->types = types_text(arena, f->types, f->n_types);
	build_sql(r);
	if (open_piece(r, err))
		return r;
	log_read_end(r);
	return NULL;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static int64_t
number(const char *bytes, int len)
{
	uint64_t v = 0;
	for (int i = 0; i < len; i++)
		v = v << 8 | (unsigned char)bytes[i];
	return (int64_t)v;
}

static int64_t
take_number(const char **at)
{
	int len;
	const char *bytes = pg_copy_field(at, &len);
	must(bytes && len <= 8);
	return number(bytes, len);
}

/* Texts get their NUL where the next field's length stood: it has been read by then. */
static void
decode(char *row, struct log_event *e)
{
	const char *at = row + 2, *body, *hash;
	int stream_len, subject_len, body_len, hash_len;
	e->position = take_number(&at);
	e->stream = pg_copy_field(&at, &stream_len);
	e->version = take_number(&at);
	e->type = (int)take_number(&at);
	e->subject = pg_copy_field(&at, &subject_len);
	e->occurred_at = take_number(&at) + POSTGRES_EPOCH;
	e->recorded_at = take_number(&at) + POSTGRES_EPOCH;
	body = pg_copy_field(&at, &body_len);
	hash = pg_copy_field(&at, &hash_len);
	must(e->stream && body && hash);
	row[e->stream - row + stream_len] = 0;
	if (e->subject)
		row[e->subject - row + subject_len] = 0;
	e->body = (const uint8_t *)body;
	e->body_len = (size_t)body_len;
	memset(e->hash, 0, HASH_BYTES);               /* a hash that was cut short must not pass */
	memcpy(e->hash, hash, (size_t)(hash_len < HASH_BYTES ? hash_len : HASH_BYTES));
}

/* what the next piece starts behind */
static void
move(struct log_reader *r, int64_t position)
{
	r->got++;
	if (r->left > 0)
		r->left--;
	if (r->f.newest_first)
		r->f.upto = position - 1;
	else
		r->f.after = position;
}

static bool
another_piece(const struct log_reader *r)
{
	return r->got == r->asked && r->left != 0 && !(r->f.newest_first && r->f.upto == 0);
}

bool
log_next(struct log_reader *r, struct log_event *e, struct error *err)
{
	char *row;
	err->kind = ERROR_NONE;
	while (r->open) {
		int n = pg_copy_row(r->pg, &row, err);
		if (n > 0) {
			decode(row, e);
			move(r, e->position);
			return true;
		}
		r->open = false;
		if (n < 0)
			return false;
		if (another_piece(r) && !open_piece(r, err))
			return false;
	}
	return false;
}

void
log_read_end(struct log_reader *r)
{
	if (!r)
		return;
	if (r->open)
		pg_copy_abandon(r->pg);
	buf_free(&r->sql);
	arena_free(r->arena);
}
