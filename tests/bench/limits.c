/* limits.c -- what the same Postgres does by itself, with rows like the log's: what the other benches divide by.
 *
 *   limits commit SECONDS BODY            one row, one transaction, one connection
 *   limits copy SECONDS BODY ROWS         COPY of ROWS rows, one transaction each
 *
 * BSS_DB_URL names the server; bench.event is a table made like log.event.  Prints one line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "core/base/pg.h"
#include "tests/bench/samples.h"

struct limit { struct pg *pg; int64_t until, position; int body; struct samples took; };
static struct error err;

static void
give_up(void)
{
	fprintf(stderr, "limits: %s\n", err.message);
	exit(1);
}

static int64_t
last_position(struct limit *l)
{
	struct pg_result *r = pg_query(l->pg, NULL, "SELECT coalesce(max(position), 0) FROM bench.event", 0, NULL, &err);
	int64_t last = r ? pg_int(r, 0, 0) : (give_up(), 0);

	pg_free(r);
	return last;
}

/* ---- one row a commit ------------------------------------------------------------------------------------ */

static void
commit_one(struct limit *l, const char *body)
{
	char position[24];
	struct pg_param p[] = { PG_TEXT(position), { .bytes = body, .len = l->body, .binary = true, .type = PG_BYTEA_OID } };
	int64_t began = mono_now();

	snprintf(position, sizeof position, "%lld", (long long)++l->position);
	struct pg_result *r = pg_query(l->pg, "one",
	    "INSERT INTO bench.event (position, stream, version, type, subject, occurred_at, recorded_at, body, hash)"
	    " VALUES ($1, 'interaction/INT-00000000', $1, 108, 'CUST-00000000', now(), now(), $2,"
	    " '\\x0000000000000000000000000000000000000000000000000000000000000000')", 2, p, &err);
	if (!r)
		give_up();
	pg_free(r);
	samples_add(&l->took, mono_now() - began);
}

static void
commits(struct limit *l, const char *body)
{
	while (mono_now() < l->until)
		commit_one(l, body);
	samples_sort(&l->took);
	printf("{\"commits\":%lld,\"p50_us\":%u,\"p99_us\":%u}\n", (long long)l->took.n, samples_at(&l->took, 500),
	    samples_at(&l->took, 990));
}

/* ---- COPY ------------------------------------------------------------------------------------------------ */

static void
put_bytes(struct buf *b, const void *bytes, int len)
{
	buf_be32(b, (uint32_t)len);
	buf_add(b, bytes, (size_t)len);
}

static void
put_int(struct buf *b, int64_t v)
{
	buf_be32(b, 8);
	buf_be64(b, (uint64_t)v);
}

static void
put_row(struct limit *l, struct buf *b, const char *body)
{
	static const char hash[32];

	buf_be16(b, 9);                      /* columns */
	put_int(b, ++l->position);
	put_bytes(b, "interaction/INT-00000000", 24);
	put_int(b, l->position);
	buf_be32(b, 2);
	buf_be16(b, 108);
	put_bytes(b, "CUST-00000000", 13);
	put_int(b, 0);
	put_int(b, 0);
	put_bytes(b, body, l->body);
	put_bytes(b, hash, sizeof hash);
}

static void
copy_batch(struct limit *l, const char *body, int rows)
{
	static const char head[19] = "PGCOPY\n\377\r\n", tail[2] = "\377\377";
	static struct buf b;
	int64_t taken;

	buf_clear(&b);
	buf_add(&b, head, sizeof head);
	for (int i = 0; i < rows; i++)
		put_row(l, &b, body);
	buf_add(&b, tail, sizeof tail);
	if (!pg_copy_in(l->pg, "COPY bench.event (position, stream, version, type, subject, occurred_at, recorded_at, body, hash)"
	    " FROM STDIN (FORMAT binary)", &err) || !pg_copy_data(l->pg, b.data, b.len, &err) || !pg_copy_end(l->pg, &taken, &err))
		give_up();
}

static void
copies(struct limit *l, const char *body, int rows)
{
	int64_t began = mono_now(), first = l->position;

	while (mono_now() < l->until)
		copy_batch(l, body, rows);
	printf("{\"per_second\":%lld}\n", (long long)((l->position - first) * SECOND / (mono_now() - began)));
}

int
main(int argc, char **argv)
{
	struct limit l = { 0 };

	if (argc < 4 || (strcmp(argv[1], "copy") == 0 && argc < 5) || !config_load(&err) || !config_text("BSS_DB_URL")) {
		fputs("usage: limits commit SECONDS BODY | limits copy SECONDS BODY ROWS   (and BSS_DB_URL)\n", stderr);
		return 2;
	}
	l.body = atoi(argv[3]);
	l.took = samples_new();
	char *body = mem_new((size_t)l.body + 1);
	l.pg = pg_connect(config_text("BSS_DB_URL"), "bench", &err);
	if (!l.pg)
		give_up();
	l.position = last_position(&l);
	l.until = mono_now() + atoi(argv[2]) * SECOND;
	if (strcmp(argv[1], "copy") == 0)
		copies(&l, body, atoi(argv[4]));
	else
		commits(&l, body);
	pg_close(l.pg);
	return 0;
}
