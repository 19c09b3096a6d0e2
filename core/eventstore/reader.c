/* reader.c -- the log as a stream of events, by COPY in binary.
 *
 * COPY takes no parameters, so the values of a filter become settings of the session (by parameters) and the
 * statement, made of fixed pieces only, reads those.
 *
 * A long read comes in pieces, each a statement of its own.  One statement over millions of rows would hold a
 * snapshot for minutes, and all that time no old version of the head row could be cleaned away: the writer
 * would crawl.  The log is gapless and never changes, so pieces add up to the same.  A piece is a range of
 * positions; with a subject or a stream, whose rows lie far apart but have an index, so many rows of it.
 * (Without the range a planner that knows no statistics yet sorts all the rest of the log, each time.) */
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
	struct log_filter f;                         /* after or upto moves with the pieces; upto is set */
	struct buf sql;
	char *types;                                 /* "{1,2}" */
	int64_t left;                                /* of the caller's limit; -1: all */
	int64_t low, high;                           /* this piece: low < position <= high */
	int64_t asked, got;                          /* rows of this piece */
	bool sparse;                                 /* by subject or stream: pieces by rows */
	bool open;                                   /* a COPY is running */
};

/* ---- the statement -------------------------------------------------------------------------- */

static void
build_sql(struct log_reader *r)
{
	const struct log_filter *f = &r->f;
	struct buf *b = &r->sql;
	buf_str(b,
	    "COPY (SELECT position, stream, version, type, subject, occurred_at, recorded_at, body, hash"
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
	snprintf(after, sizeof after, "%lld", (long long)r->low);
	snprintf(upto, sizeof upto, "%lld", (long long)r->high);
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

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* without any filter each position is a row, so a small limit is a small range */
static int64_t
piece_width(const struct log_reader *r)
{
	bool every_row = !r->f.since && !r->f.until && !r->f.n_types;
	return every_row && r->left > 0 ? least(r->left, PIECE) : PIECE;
}

static void
next_range(struct log_reader *r)
{
	r->low = r->f.after;
	r->high = r->f.upto;
	r->asked = r->left > 0 ? least(r->left, PIECE) : PIECE;
	r->got = 0;
	if (r->sparse)
		return;
	if (r->f.newest_first)
		r->low = r->high - least(r->high - r->low, piece_width(r));
	else
		r->high = r->low + least(r->high - r->low, piece_width(r));
}

static bool
open_piece(struct log_reader *r, struct error *err)
{
	next_range(r);
	r->open = set_values(r, err) && pg_copy_out(r->pg, r->sql.data, err);
	return r->open;
}

/* what this piece has covered need not be looked at again */
static bool
another_piece(struct log_reader *r)
{
	if (r->sparse && r->got < r->asked)
		return false;
	if (!r->sparse && r->f.newest_first)
		r->f.upto = r->low;
	if (!r->sparse && !r->f.newest_first)
		r->f.after = r->high;
	return r->left != 0 && r->f.after < r->f.upto;
}

/* the end is the head as it is now: pieces must not chase a log that grows */
static bool
find_end(struct log_reader *r, struct error *err)
{
	struct log_head head;
	if (!log_head_read(r->pg, &head, err))
		return false;
	r->f.upto = r->f.upto ? least(r->f.upto, head.position) : head.position;
	return true;
}

struct log_reader *
log_read(struct pg *pg, const struct log_filter *f, struct error *err)
{
	struct arena *arena = arena_new();
	struct log_reader *r = arena_new_of(arena, struct log_reader);
	*r = (struct log_reader){ .arena = arena, .pg = pg, .f = *f, .left = f->limit ? f->limit : -1,
		.sparse = f->stream || f->subject };
	r->f.stream = arena_strdup(arena, f->stream);
	r->f.subject = arena_strdup(arena, f->subject);
	r->types = types_text(arena, f->types, f->n_types);
	build_sql(r);
	if (find_end(r, err) && (r->f.after >= r->f.upto || open_piece(r, err)))
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

static void
count_row(struct log_reader *r, int64_t position)
{
	r->got++;
	if (r->left > 0)
		r->left--;
	if (r->f.newest_first)
		r->f.upto = position - 1;
	else
		r->f.after = position;
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
			count_row(r, e->position);
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
