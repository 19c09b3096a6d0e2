/* flush.c -- between a model's rows and Postgres: one SELECT for what a batch misses, one INSERT and one DELETE for each
 * table it touched, all in the transaction that moves the checkpoint. */
#include <stdio.h>
#include <string.h>
#include "core/base/must.h"
#include "projections/model.h"

/* ---- reading rows ------------------------------------------------------------------------------------------------ */

static bool
take_row(struct model *m, struct table *t, const struct pg_result *r, int i, struct arena *a, struct error *err)
{
	void *data = arena_alloc(a, t->columns.table->row->size);
	const char *tenant = model_tenant(m, pg_value(r, i, 0));
	struct entry *e;

	for (int c = 0; c < t->columns.n; c++)
		if (!value_from_text(&t->columns.c[c], pg_value(r, i, c), a, data, err))
			return false;
	e = entry_find(t, tenant, field_text(t->key, data));
	must(e && e->state == ENTRY_ABSENT && !e->listed);
	e->row.data = data;
	e->row.seq = pg_int(r, i, 1);
	e->state = ENTRY_CLEAN;
	return true;
}

static struct pg_result *
select_rows(struct model *m, struct table *t, const char *const *tenants, const char *const *keys, int n, struct error *err)
{
	struct pg_array k = { 0 }, te = { 0 };
	struct pg_result *r;

	pg_array_start(&k, PG_TEXT_OID);
	pg_array_start(&te, PG_TEXT_OID);
	for (int i = 0; i < n; i++) {
		pg_array_bytes(&k, keys[i], strlen(keys[i]));
		pg_array_bytes(&te, tenants[i], strlen(tenants[i]));
	}
	r = pg_query(m->pg, t->select_name, t->select.data, 2, (struct pg_param[]){ pg_array_param(&k), pg_array_param(&te) }, err);
	pg_array_free(&k);
	pg_array_free(&te);
	return r;
}

/* what is asked for is known afterwards, be it absent.  Rows that were read but not touched keep pointing into the
 * arena until they are settled, so they are settled here. */
bool
table_fetch(struct model *m, struct table *t, const char *const *tenants, const char *const *keys, int n, struct arena *a,
    struct error *err)
{
	struct pg_result *r;
	bool ok = true;

	if (n == 0)
		return true;
	for (int i = 0; i < n; i++)
		if (!entry_find(t, tenants[i], keys[i]))
			entry_add(m, t, tenants[i], keys[i]);
	if (!(r = select_rows(m, t, tenants, keys, n, err)))
		return false;
	for (int i = 0; ok && i < pg_rows(r); i++)
		ok = take_row(m, t, r, i, a, err);
	pg_free(r);
	for (int i = 0; ok && i < n; i++)
		entry_settle(m, t, entry_find(t, tenants[i], keys[i]));
	return ok;
}

struct wanted { const char **tenants, **keys; int n, cap; };

static void
want(struct wanted *w, struct model *m, struct table *t, const char *tenant, const char *key, struct arena *a)
{
	if (entry_find(t, tenant, key))
		return;
	entry_add(m, t, tenant, key);                    /* asked for once; absent until the answer says otherwise */
	if (w->n == w->cap) {
		int cap = w->cap ? w->cap * 2 : 64;
		const char **tenants = arena_array(a, const char *, cap), **keys = arena_array(a, const char *, cap);

		if (w->n) {
			memcpy(tenants, w->tenants, sizeof *tenants * (size_t)w->n);
			memcpy(keys, w->keys, sizeof *keys * (size_t)w->n);
		}
		w->tenants = tenants;
		w->keys = keys;
		w->cap = cap;
	}
	w->tenants[w->n] = tenant;
	w->keys[w->n++] = key;
}

/* rows that handlers say they need by the stream's id */
bool
model_prefetch(struct model *m, const struct happened *ev, int n, struct arena *a, struct error *err)
{
	struct wanted wanted[TABLES_MAX] = { 0 };

	for (int i = 0; i < n; i++)
		for (const struct handler **h = m->by_code[ev[i].shape->code]; h && *h; h++)
			if ((*h)->need == ROW_HAVE || (*h)->need == ROW_MAKE) {
				struct table *t = model_table(m, (*h)->table);

				want(&wanted[t - m->tables], m, t, model_tenant(m, ev[i].tenant), ev[i].id, a);
			}
	for (int i = 0; i < m->tables_n; i++)
		if (!table_fetch(m, &m->tables[i], wanted[i].tenants, wanted[i].keys, wanted[i].n, a, err))
			return false;
	return true;
}

/* ---- writing rows -------------------------------------------------------------------------------------------------- */

struct arrays { struct pg_array a[COLUMNS_MAX]; struct buf scratch; int rows; };

static void
arrays_start(struct arrays *as, const struct columns *cs)
{
	*as = (struct arrays){ 0 };
	for (int c = 0; c < cs->n; c++)
		pg_array_start(&as->a[c], cs->c[c].oid);
}

static void
arrays_add(struct arrays *as, const struct columns *cs, const struct row *r)
{
	for (int c = 0; c < cs->n; c++) {
		struct value v = column_value(&cs->c[c], cs, r, &as->scratch);

		value_to_array(&cs->c[c], &v, &as->a[c]);
	}
	as->rows++;
}

static bool
arrays_send(struct arrays *as, struct table *t, struct pg *pg, struct error *err)
{
	struct pg_param p[COLUMNS_MAX];
	struct pg_result *r;

	if (!as->rows)
		return true;
	for (int c = 0; c < t->columns.n; c++)
		p[c] = pg_array_param(&as->a[c]);
	r = pg_query(pg, t->upsert_name, t->upsert.data, t->columns.n, p, err);
	pg_free(r);
	return r != NULL;
}

static void
arrays_end(struct arrays *as, const struct columns *cs)
{
	for (int c = 0; c < cs->n; c++)
		pg_array_free(&as->a[c]);
	buf_free(&as->scratch);
}

/* what is only appended goes by COPY, which costs a fraction of an INSERT */
static bool
append_rows(struct model *m, struct table *t, struct pg *pg, struct error *err)
{
	struct buf scratch = { 0 };
	bool ok = t->appended_n == 0 || copy_begin(m, t, pg, err);

	for (int i = 0; ok && i < t->appended_n; i++)
		ok = copy_row(m, t, &t->appended[i], pg, &scratch, err);
	buf_free(&scratch);
	return ok && (t->appended_n == 0 || copy_end(m, pg, err));
}

static bool
put_rows(struct table *t, struct pg *pg, struct error *err)
{
	struct arrays as;
	bool ok;

	arrays_start(&as, &t->columns);
	for (int i = 0; i < t->touched_n; i++)
		if (t->touched[i]->state == ENTRY_DIRTY)
			arrays_add(&as, &t->columns, &t->touched[i]->row);
	ok = arrays_send(&as, t, pg, err);
	arrays_end(&as, &t->columns);
	return ok;
}

static bool
delete_rows(struct table *t, struct pg *pg, struct error *err)
{
	struct pg_array k = { 0 }, te = { 0 };
	struct pg_result *r = NULL;
	int n = 0;

	pg_array_start(&k, PG_TEXT_OID);
	pg_array_start(&te, PG_TEXT_OID);
	for (int i = 0; i < t->touched_n; i++) {
		const struct entry *e = t->touched[i];

		if (e->state != ENTRY_GONE)
			continue;
		pg_array_bytes(&k, entry_key(t, &e->row), strlen(entry_key(t, &e->row)));
		pg_array_bytes(&te, e->row.tenant, strlen(e->row.tenant));
		n++;
	}
	if (n)
		r = pg_query(pg, t->delete_name, t->delete_.data, 2,
			(struct pg_param[]){ pg_array_param(&k), pg_array_param(&te) }, err);
	pg_array_free(&k);
	pg_array_free(&te);
	pg_free(r);
	return !n || r;
}

static bool
flush_drop(struct model *m, const struct drop *d, struct pg *pg, struct error *err)
{
	struct buf sql = { 0 }, name = { 0 };
	struct pg_result *r;
	char before[24];

	snprintf(before, sizeof before, "%lld", (long long)d->before);
	buf_printf(&sql, "DELETE FROM %s.%s WHERE %s = $1 AND tenant_id = $2 AND seq < $3::bigint", m->schema,
		d->table->name, d->column);
	buf_printf(&name, "drop_%s_%s_%s", m->schema, d->table->name, d->column);
	r = pg_query(pg, name.data, sql.data, 3, (struct pg_param[]){ PG_TEXT(d->value), PG_TEXT(d->tenant), PG_TEXT(before) },
	    err);
	buf_free(&sql);
	buf_free(&name);
	pg_free(r);
	return r != NULL;
}

bool
flush_drops(struct model *m, struct pg *pg, struct error *err)
{
	for (int i = 0; i < m->drops_n; i++)
		if (!flush_drop(m, &m->drops[i], pg, err))
			return false;
	return true;
}

bool
model_flush(struct model *m, struct pg *pg, struct error *err)
{
	for (int i = 0; i < m->tables_n; i++)
		if (!put_rows(&m->tables[i], pg, err) || !append_rows(m, &m->tables[i], pg, err) ||
		    !delete_rows(&m->tables[i], pg, err))
			return false;
	return flush_drops(m, pg, err);
}
