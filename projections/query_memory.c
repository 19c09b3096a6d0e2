/* query_memory.c -- the same queries over rows in memory: time travel shows the card of then.
 *
 * Rows come from the same handlers as the live read model's, documents from the same renderers; what a plain query
 * filters and sorts by follows from its row, as its SQL does. */
#include "projections/query_memory.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "projections/model.h"

struct memory_models { struct model *models[32]; int n; };

static bool
listed(const char *reads, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = reads; at && (at = strstr(at, name)); at += n)
		if ((at == reads || at[-1] == ' ') && (at[n] == 0 || at[n] == ' '))
			return true;
	return reads == NULL;
}

struct memory_models *
memory_models_new(const char *reads)
{
	struct memory_models *m = mem_new(sizeof *m);

	for (const struct projection *const *p = projections; *p; p++)
		if (listed(reads, (*p)->name))
			m->models[m->n++] = model_in_memory(*p);
	return m;
}

void
memory_models_free(struct memory_models *m)
{
	for (int i = 0; m && i < m->n; i++)
		model_free(m->models[i]);
	mem_drop(m);
}

bool
memory_models_apply(struct memory_models *m, const struct happened *ev, int n, struct error *err)
{
	for (int i = 0; i < m->n; i++)
		if (!model_apply(m->models[i], ev, n, err))
			return false;
	return true;
}

/* ---- what special queries call -------------------------------------------------------------------------------------------- */

static struct table *
table_in(const struct memory_query *q, const struct read_table *of, struct model **model)
{
	for (int i = 0; i < q->models->n; i++)
		if (strcmp(q->models->models[i]->projection->name, of->schema) == 0) {
			*model = q->models->models[i];
			return model_table(*model, of);
		}
	never("the query says which read models it reads");
}

const char *
memory_text(const struct memory_query *q, const char *arg)
{
	const char *text = field_text(shape_field(q->query->op, arg), q->args);

	return text && *text ? text : NULL;
}

int64_t
memory_time(const struct memory_query *q, const char *arg)
{
	int64_t t = *(const int64_t *)field_at(shape_field(q->query->op, arg), q->args);

	return t ? t : q->now;
}

static bool
alive(const struct entry *e)
{
	return e && (e->state == ENTRY_CLEAN || e->state == ENTRY_DIRTY);
}

const struct row *
memory_find(const struct memory_query *q, const struct read_table *of, const char *key)
{
	struct model *m;
	struct table *t = table_in(q, of, &m);
	struct entry *e = key ? entry_find(t, model_tenant(m, q->tenant), key) : NULL;

	return alive(e) ? &e->row : NULL;
}

static int
by_creation(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

struct keyed { const struct row *row; const char *key; };

static int
by_creation_and_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = by_creation(&x->row, &y->row);

	return order ? order : strcmp(x->key, y->key);
}

const struct row **
memory_rows(const struct memory_query *q, const struct read_table *of, int *n)
{
	struct model *m;
	struct table *t = table_in(q, of, &m);
	const char *tenant = model_tenant(m, q->tenant);
	struct keyed *found = arena_array(q->arena, struct keyed, t->n + 1);
	const struct row **rows = arena_array(q->arena, const struct row *, t->n + 1);

	*n = 0;
	for (int i = 0; i < t->cap; i++)
		if (alive(t->slots[i]) && t->slots[i]->row.tenant == tenant)
			found[(*n)++] = (struct keyed){ &t->slots[i]->row, entry_key(t, &t->slots[i]->row) };
	qsort(found, (size_t)*n, sizeof *found, by_creation_and_key);
	for (int i = 0; i < *n; i++)
		rows[i] = found[i].row;
	return rows;
}

void
memory_result(const struct memory_query *q, const struct read_table *of, const struct row *r)
{
	struct json j = json_to(q->out);

	(of->result ? of->result : of->memory_result)(&j, r);
}

void
memory_results_of(const struct memory_query *q, const struct read_table *of, const char *column, const char *value, bool newest,
    int limit)
{
	const struct field *f = shape_field(of->row, column);
	int n, written = 0;
	const struct row **rows = memory_rows(q, of, &n);

	buf_byte(q->out, '[');
	for (int i = 0; i < n && written < limit; i++) {
		const struct row *r = rows[newest ? n - 1 - i : i];
		const char *text = field_text(f, r->data);

		if (!text || strcmp(text, value) != 0)
			continue;
		if (written++)
			buf_byte(q->out, ',');
		memory_result(q, of, r);
	}
	buf_byte(q->out, ']');
}

/* ---- plain queries ----------------------------------------------------------------------------------------------------------- */

static bool
contains(const char *text, const char *part)
{
	return text && strcasestr(text, part) != NULL;
}

static bool
has(const struct texts *t, const char *wanted)
{
	for (int i = 0; i < t->n; i++)
		if (strcasecmp(t->v[i], wanted) == 0)
			return true;
	return false;
}

static bool
fits(const struct memory_query *q, const struct match *m, const struct row *r)
{
	const struct field *f = shape_field(q->query->table->row, m->column);
	const void *at = field_at(f, r->data);
	const char *text = f->kind <= FIELD_JSON ? *(const char *const *)at : NULL, *arg;

	if (m->op == MATCH_NOT || m->op == MATCH_IS)
		return text && (strcmp(text, m->arg) == 0) == (m->op == MATCH_IS);
	if (m->op == MATCH_SINCE) {
		int64_t since = *(const int64_t *)field_at(shape_field(q->query->op, m->arg), q->args);

		return !since || *(const int64_t *)at >= since;
	}
	arg = memory_text(q, m->arg);
	if (!arg || strcmp(arg, "any") == 0)
		return true;
	switch (m->op) {
	case MATCH_BEGINS: return text && strncmp(text, arg, strlen(arg)) == 0;
	case MATCH_CONTAINS: return contains(text, arg);
	case MATCH_HAS: return has(at, arg);
	default: return text && strcmp(text, arg) == 0;
	}
}

static bool
fits_all(const struct memory_query *q, const struct row *r)
{
	for (const struct match *m = q->query->where; m->column; m++)
		if (!fits(q, m, r))
			return false;
	return true;
}

static int
compare_column(const struct field *f, const struct row *a, const struct row *b)
{
	const void *x = field_at(f, a->data), *y = field_at(f, b->data);

	if (f->kind <= FIELD_JSON) {
		const char *s = *(const char *const *)x, *t = *(const char *const *)y;

		return strcmp(s ? s : "", t ? t : "");
	}
	return *(const int64_t *)x < *(const int64_t *)y ? -1 : *(const int64_t *)x > *(const int64_t *)y;
}

/* rows come oldest first: insertion keeps that order among equals (lists of time travel are short) */
static void
sort_by_column(const struct query *q, const struct row **rows, int n)
{
	const struct field *f = shape_field(q->table->row, q->order_by);

	for (int i = 1; i < n; i++) {
		const struct row *r = rows[i];
		int k = i;

		for (; k > 0 && compare_column(f, rows[k - 1], r) > 0; k--)
			rows[k] = rows[k - 1];
		rows[k] = r;
	}
}

static int64_t
number(const struct memory_query *q, const char *name, int64_t otherwise)
{
	const struct field *f = shape_field(q->query->op, name);
	int64_t v = f ? *(const int64_t *)field_at(f, q->args) : 0;

	return v > 0 ? v : otherwise;
}

static void
plain(struct memory_query *q)
{
	const struct query *row = q->query;
	bool newest = row->order == ORDER_NEWEST || row->order == ORDER_COLUMN_NEWEST;
	int64_t limit = row->kind == QUERY_ONE ? 1 : number(q, "limit", INT64_MAX), skip = number(q, "offset", 0), written = 0;
	int n, kept = 0;
	const struct row **rows = memory_rows(q, row->table, &n);

	for (int i = 0; i < n; i++)
		if (fits_all(q, rows[i]))
			rows[kept++] = rows[i];
	if (row->order == ORDER_COLUMN || row->order == ORDER_COLUMN_NEWEST)
		sort_by_column(row, rows, kept);
	if (row->kind == QUERY_LIST)
		buf_byte(q->out, '[');
	for (int64_t i = skip; i < kept && written < limit; i++) {
		if (written++)
			buf_byte(q->out, ',');
		memory_result(q, row->table, rows[newest ? kept - 1 - i : i]);
	}
	if (row->kind == QUERY_LIST)
		buf_byte(q->out, ']');
}

bool
query_memory(const struct memory_models *models, const struct shape *op, const void *args, const char *tenant, int64_t now,
    struct arena *a, struct buf *out, struct error *err)
{
	const struct query *row = query_of(op);
	const struct field *target = shape_target(op);
	struct memory_query q = { models, row, args, tenant, now, a, out };
	size_t before = out->len;

	if (!row)
		return error_set(err, ERROR_INVALID, "query.unknown", "%s is not answered by the read models", op->name);
	(row->memory ? row->memory : plain)(&q);
	if (out->len > before)
		return true;
	return query_nothing(row, target && target->kind <= FIELD_JSON ? field_text(target, args) : NULL, err);
}
