/* bulk.c -- a rebuild's way into the database: everything in one transaction beside the live schema.
 *
 * Rows that are only appended (usage, audit) stream out by COPY while the log is read; rows that change stay in memory
 * and are written once, at the end, when they are finished.  Indexes are made over the finished tables.  The tables are
 * made in this very transaction, so their rows can be frozen at once and nobody else has to look at them twice. */
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/must.h"
#include "projections/model.h"

#define COPY_CHUNK ((size_t)64 << 10)

bool
copy_begin(struct model *m, struct table *t, struct pg *pg, struct error *err)
{
	static const char header[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";

	buf_clear(&m->copied);
	buf_add(&m->copied, header, sizeof header);
	return pg_copy_in(pg, m->bulk ? t->copy_frozen.data : t->copy.data, err);
}

static bool
copy_out(struct model *m, struct pg *pg, size_t at_least, struct error *err)
{
	bool ok = m->copied.len < at_least || m->copied.len == 0 || pg_copy_data(pg, m->copied.data, m->copied.len, err);

	if (m->copied.len >= at_least)
		buf_clear(&m->copied);
	return ok;
}

bool
copy_row(struct model *m, struct table *t, const struct row *r, struct pg *pg, struct buf *scratch, struct error *err)
{
	buf_be16(&m->copied, (uint16_t)t->columns.n);
	for (int c = 0; c < t->columns.n; c++) {
		struct value v = column_value(&t->columns.c[c], &t->columns, r, scratch);

		value_to_copy(&t->columns.c[c], &v, &m->copied);
	}
	return copy_out(m, pg, COPY_CHUNK, err);
}

bool
copy_end(struct model *m, struct pg *pg, struct error *err)
{
	int64_t rows;

	buf_be16(&m->copied, UINT16_MAX);
	return copy_out(m, pg, 0, err) && pg_copy_end(pg, &rows, err);
}

static struct table *
append_table(struct model *m)
{
	struct table *found = NULL;

	for (int i = 0; i < m->tables_n; i++)
		if (m->tables[i].columns.table->append) {
			must(!found);                    /* one COPY at a time on a connection */
			found = &m->tables[i];
		}
	return found;
}

bool
model_bulk_begin(struct model *m, struct pg *pg, const struct checkpoint *from, struct error *err)
{
	struct buf sql = { 0 };
	bool ok;

	must(m->bulk);
	buf_printf(&sql, "DROP SCHEMA IF EXISTS %s CASCADE; BEGIN", m->schema);
	ok = pg_exec(pg, sql.data, err) && model_create(m->projection, m->schema, pg, false, from, err);
	buf_free(&sql);
	m->streaming = append_table(m);
	m->based_on = *from;
	return ok && (!m->streaming || copy_begin(m, m->streaming, pg, err));
}

bool
model_bulk_apply(struct model *m, struct pg *pg, const struct happened *ev, int n, int64_t *stopped_at, struct error *err)
{
	struct table *t = m->streaming;
	struct buf scratch = { 0 };
	bool ok = model_run(m, ev, n, stopped_at, err);

	for (int i = 0; ok && t && i < t->appended_n; i++)
		ok = copy_row(m, t, &t->appended[i], pg, &scratch, err);
	buf_free(&scratch);
	model_settle(m);
	return ok;
}

/* in order of creation where the table has seen no deletions: rows that are read together lie together */
static bool
copy_table(struct model *m, struct table *t, struct pg *pg, struct error *err)
{
	struct buf scratch = { 0 };
	bool ok = copy_begin(m, t, pg, err);

	for (int i = 0; ok && i < t->cap; i++) {
		const struct entry *e = t->slots[i];

		if (e && e->state == ENTRY_CLEAN)
			ok = copy_row(m, t, &e->row, pg, &scratch, err);
	}
	buf_free(&scratch);
	return ok && copy_end(m, pg, err);
}

static bool
drop_late(struct model *m, struct pg *pg, struct error *err)
{
	bool ok = flush_drops(m, pg, err);

	for (int i = 0; i < m->drops_n; i++)
		mem_drop((void *)(uintptr_t)m->drops[i].value);
	m->drops_n = 0;
	return ok;
}

bool
model_bulk_end(struct model *m, struct pg *pg, const struct checkpoint *at, struct error *err)
{
	bool ok = !m->streaming || copy_end(m, pg, err);

	for (int i = 0; ok && i < m->tables_n; i++)
		if (!m->tables[i].columns.table->append)
			ok = copy_table(m, &m->tables[i], pg, err);
	ok = ok && model_indexes(m->projection, m->schema, pg, err) && drop_late(m, pg, err) && move_checkpoint(m, pg, at, err) &&
	    pg_exec(pg, "COMMIT", err);
	m->streaming = NULL;
	m->bulk = false;
	m->based_on = *at;
	return ok;
}

size_t
model_bytes(const struct model *m)
{
	return m->bytes;
}

bool
model_is_bulk(const struct model *m)
{
	return m->bulk;
}
