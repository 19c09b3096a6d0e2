/* query.c -- from a query's row to one SQL statement with bound parameters, and from its result to JSON.
 *
 * The SQL of a plain query follows from its row and is made once; every value is a parameter. */
#include "projections/query_memory.h"
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/must.h"

#define LIMIT_MAX 10000

const struct query *
query_of(const struct shape *op)
{
	for (const struct projection *const *p = projections; *p; p++)
		for (const struct query *q = (*p)->queries; q && q->op; q++)
			if (q->op == op)
				return q;
	return NULL;
}

/* ---- the statement of a plain query ----------------------------------------------------------------------------------- */

static void
condition(const struct match *m, const struct shape *op, int n, struct buf *out)
{
	const struct field *f = shape_field(op, m->arg);
	bool must_be_given = f && (f->required || f->target);

	buf_str(out, " AND ");
	switch (m->op) {
	case MATCH_NOT: buf_printf(out, "t.%s <> '%s'", m->column, m->arg); return;
	case MATCH_IS: buf_printf(out, "t.%s = '%s'", m->column, m->arg); return;
	case MATCH_HAS: buf_printf(out, "t.%s @> jsonb_build_array(lower($%d::text))", m->column, n); return;
	default: break;
	}
	if (!must_be_given)
		buf_printf(out, "($%d::%s IS NULL OR ", n, m->op == MATCH_SINCE ? "timestamptz" : "text");
	switch (m->op) {
	case MATCH_BEGINS: buf_printf(out, "starts_with(t.%s, $%d::text)", m->column, n); break;
	case MATCH_CONTAINS: buf_printf(out, "strpos(lower(t.%s), lower($%d::text)) > 0", m->column, n); break;
	case MATCH_SINCE: buf_printf(out, "t.%s >= $%d::timestamptz", m->column, n); break;
	default: buf_printf(out, "t.%s = $%d::text", m->column, n); break;
	}
	if (!must_be_given)
		buf_byte(out, ')');
}

static void
order_of(const struct query *q, struct buf *out)
{
	const char *key = read_table_key(q->table)->name;

	switch (q->order) {
	case ORDER_OLDEST: buf_printf(out, " ORDER BY t.seq, t.%s", key); break;
	case ORDER_NEWEST: buf_printf(out, " ORDER BY t.seq DESC, t.%s DESC", key); break;
	case ORDER_COLUMN: buf_printf(out, " ORDER BY t.%s, t.seq, t.%s", q->order_by, key); break;
	case ORDER_COLUMN_NEWEST: buf_printf(out, " ORDER BY t.%s DESC, t.seq DESC, t.%s DESC", q->order_by, key); break;
	}
}

static bool
has_parameter(const struct match *m)
{
	return m->op != MATCH_NOT && m->op != MATCH_IS;
}

static char *
plain_sql(const struct query *q)
{
	struct buf out = { 0 };
	char *text;
	int n = 1;

	buf_printf(&out, "SELECT %s AS document FROM %s.%s t WHERE t.tenant_id = $1", read_table_result_sql(q->table),
		q->table->schema,
	    q->table->name);
	for (const struct match *m = q->where; m->column; m++)
		condition(m, q->op, has_parameter(m) ? ++n : 0, &out);
	order_of(q, &out);
	if (q->kind == QUERY_ONE)
		buf_str(&out, " LIMIT 1");
	if (q->kind == QUERY_LIST && shape_field(q->op, "limit"))
		buf_printf(&out, " LIMIT $%d::bigint", ++n);
	if (q->kind == QUERY_LIST && shape_field(q->op, "offset"))
		buf_printf(&out, " OFFSET $%d::bigint", ++n);
	text = mem_text(out.data);
	buf_free(&out);
	return text;
}

struct made { const struct query *query; char *sql, *name; };

/* statements live as long as the process: connections have them prepared by name */
static const struct made *
statement_of(const struct query *q)
{
	static struct made made[128];
	static int n;

	for (int i = 0; i < n; i++)
		if (made[i].query == q)
			return &made[i];
	must(n < 128);
	made[n] = (struct made){ q, q->sql ? mem_text(q->sql) : plain_sql(q), mem_text(q->op->name) };
	return &made[n++];
}

/* ---- parameters -------------------------------------------------------------------------------------------------------- */

static const char *
parameter(const struct shape *op, const void *args, const char *name, struct arena *a)
{
	const struct field *f = shape_field(op, name);
	char time[TIME_TEXT];
	const char *text;

	must(f != NULL);
	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL:
		text = field_text(f, args);
		return text && *text && strcmp(text, "any") != 0 ? text : NULL;
	case FIELD_INT: return arena_printf(a, "%lld", (long long)*(const int64_t *)field_at(f, args));
	case FIELD_TIME:
		if (*(const int64_t *)field_at(f, args) == 0)
			return NULL;
		return arena_strdup(a, time_format(*(const int64_t *)field_at(f, args), time));
	default: never("an argument of this kind in a query");
	}
}

static const char *
limit_of(const struct shape *op, const void *args, struct arena *a)
{
	int64_t n = *(const int64_t *)field_at(shape_field(op, "limit"), args);

	return arena_printf(a, "%lld", (long long)(n <= 0 || n > LIMIT_MAX ? LIMIT_MAX : n));
}

static void
bind(struct query_plan *p, const char *text)
{
	must(p->n < QUERY_PARAMS_MAX);
	p->params[p->n++] = PG_TEXT(text);
}

static void
bind_plain(const struct query *q, const void *args, struct arena *a, struct query_plan *p)
{
	for (const struct match *m = q->where; m->column; m++)
		if (has_parameter(m))
			bind(p, parameter(q->op, args, m->arg, a));
	if (q->kind == QUERY_LIST && shape_field(q->op, "limit"))
		bind(p, limit_of(q->op, args, a));
	if (q->kind == QUERY_LIST && shape_field(q->op, "offset"))
		bind(p, parameter(q->op, args, "offset", a));
}

static void
bind_named(const struct query *q, const void *args, int64_t now, struct arena *a, struct query_plan *p)
{
	char name[64], time[TIME_TEXT];

	for (const char *at = q->args ? q->args : ""; *at;) {
		size_t n = strcspn(at, " ");

		must(n < sizeof name);
		memcpy(name, at, n);
		name[n] = 0;
		bind(p, strcmp(name, "@now") == 0 ? arena_strdup(a, time_format(now, time)) : parameter(q->op, args, name, a));
		at += n + (at[n] == ' ');
	}
}

bool
query_plan(const struct shape *op, const void *args, const char *tenant, int64_t now, struct arena *a, struct query_plan *p,
    struct error *err)
{
	const struct query *q = query_of(op);
	const struct field *target = shape_target(op);
	const struct made *s;

	if (!q)
		return error_set(err, ERROR_INVALID, "query.unknown", "%s is not answered by the read models", op->name);
	s = statement_of(q);
	*p = (struct query_plan){ .query = q, .statement = s->name, .sql = s->sql };
	if (target && target->kind <= FIELD_JSON)
		p->id = field_text(target, args);
	bind(p, tenant);
	if (q->sql)
		bind_named(q, args, now, a, p);
	else
		bind_plain(q, args, a, p);
	return true;
}

/* ---- results ------------------------------------------------------------------------------------------------------------- */

bool
query_nothing(const struct query *q, const char *id, struct error *err)
{
	const struct field *target = shape_target(q->op);
	const char *name = target ? target->name : "id", *end = strrchr(q->missing, '.');
	size_t n = strlen(name);

	id = id ? id : "";
	if (strcmp(end, ".not_found") != 0)
		error_set(err, ERROR_NOT_FOUND, q->missing, "No price of %s is active then", id);
	else if (n > 3 && strcmp(name + n - 3, "_id") == 0)
		error_set(err, ERROR_NOT_FOUND, q->missing, "There is no %.*s %s", (int)n - 3, name, id);
	else
		error_set(err, ERROR_NOT_FOUND, q->missing, "Nothing was found for %s %s", name,
		    target && strcmp(name, "email") == 0 ? "" : id);
	if (strcmp(name, "email") != 0)
		error_fact(err, name, id);
	return false;
}

bool
query_finish(const struct query_plan *p, const struct pg_result *r, struct buf *out, struct error *err)
{
	int n = pg_rows(r);

	if (p->query->kind == QUERY_ONE) {
		if (n == 0 || !pg_value(r, 0, 0))
			return query_nothing(p->query, p->id, err);
		buf_add(out, pg_value(r, 0, 0), (size_t)pg_length(r, 0, 0));
		return true;
	}
	buf_byte(out, '[');
	for (int i = 0; i < n; i++) {
		if (i)
			buf_byte(out, ',');
		buf_add(out, pg_value(r, i, 0), (size_t)pg_length(r, i, 0));
	}
	buf_byte(out, ']');
	return true;
}
