/* select.c -- see select.h.
 *
 * An attribute that is a text column is compared there, where an index may help; any other is looked for in the document
 * by a JSON path, which walks into lists by itself.  A value of a document is compared as the text it is written as, and
 * as a number when both are numbers: clients cannot know how an attribute is typed. */
#include "gateways/tmf/select.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"

static const char *
add_param(struct select *s, struct pg_param p)
{
	s->params[s->n++] = p;
	return arena_printf(s->arena, "$%d", s->n);
}

static bool
room(const struct select *s, int more, struct error *err)
{
	if (s->n + more + 4 <= SELECT_PARAMS)
		return true;
	return error_set(err, ERROR_INVALID, "query.too_many_conditions", "The query has too many conditions");
}

/* {"a","b"} as Postgres reads arrays */
static const char *
text_array(struct arena *a, const char *const *values, int n)
{
	struct buf b = { 0 };

	buf_byte(&b, '{');
	for (int i = 0; i < n; i++) {
		buf_str(&b, i ? ",\"" : "\"");
		for (const char *p = values[i]; *p; p++) {
			if (*p == '"' || *p == '\\')
				buf_byte(&b, '\\');
			buf_byte(&b, *p);
		}
		buf_byte(&b, '"');
	}
	buf_byte(&b, '}');
	char *out = arena_strdup(a, b.data);
	buf_free(&b);
	return out;
}

static const char *
column_of(const struct read_table *t, const char *attribute)
{
	for (const struct tmf_column *c = t->search; c && c->attribute; c++) {
		const struct field *f = shape_field(t->row, c->column);
		if (strcmp(c->attribute, attribute) == 0 && f && f->kind <= FIELD_ID)
			return c->column;
	}
	return strcmp(attribute, "id") == 0 ? read_table_key(t)->name : NULL;
}

/* a.b -> $."a"."b"[*]; criteria let only plain names through */
static const char *
json_path_text(struct arena *a, const char *attribute, const char *end)
{
	struct buf b = { 0 };

	buf_byte(&b, '$');
	for (const char *p = attribute; *p;) {
		size_t n = strcspn(p, ".");
		buf_printf(&b, ".\"%.*s\"", (int)n, p);
		p += n + (p[n] == '.');
	}
	buf_str(&b, end);
	char *out = arena_strdup(a, b.data);
	buf_free(&b);
	return out;
}

static bool
is_number(const char *v)
{
	size_t n = *v == '-', d = strspn(v + n, "0123456789"), e = n + d;

	if (v[e] == '.')
		e += 1 + strspn(v + e + 1, "0123456789");
	return d > 0 && !v[e] && v[e - 1] != '.' && strlen(v) < 30;
}

/* instants are written in one way only: what a client writes in another is compared as we would write it */
static const char *
comparable(struct arena *a, const char *value)
{
	char text[TIME_TEXT];
	int64_t at;

	if (strlen(value) < 10 || value[4] != '-' || !time_parse(value, &at))
		return value;
	return arena_strdup(a, time_format_ms(at, text));
}

static const char *const sql_ops[] = {
	[IS_EQ] = "=", [IS_GT] = ">", [IS_GTE] = ">=", [IS_LT] = "<", [IS_LTE] = "<=", [IS_REGEX] = "~"
};

static void
where_column(struct select *s, const char *column, const struct criterion *c)
{
	if (c->op == IS_EQ)
		buf_printf(&s->sql, "%s = ANY(%s::text[])", column,
		    add_param(s, PG_TEXT(text_array(s->arena, c->values, c->n))));
	else
		buf_printf(&s->sql, "%s %s %s", column, sql_ops[c->op], add_param(s, PG_TEXT(c->values[0])));
}

static void
each_value(struct select *s, const char *doc, const struct criterion *c, const char *not)
{
	buf_printf(&s->sql, "%sEXISTS (SELECT FROM jsonb_path_query(%s, %s::jsonpath) AS v(v) WHERE ", not, doc,
	    add_param(s, PG_TEXT(json_path_text(s->arena, c->attribute, "[*]"))));
}

/* "" is an attribute that is absent or says nothing */
static void
where_empty(struct select *s, const char *doc, const struct criterion *c)
{
	each_value(s, doc, c, "NOT ");
	buf_str(&s->sql, "v #>> '{}' <> '')");
}

static void
or_instants(struct select *s, const struct criterion *c)
{
	for (int i = 0; i < c->n; i++) {
		const char *other = comparable(s->arena, c->values[i]);
		if (other != c->values[i])
			buf_printf(&s->sql, " OR v #>> '{}' = %s", add_param(s, PG_TEXT(other)));
	}
}

static void
or_numbers(struct select *s, const struct criterion *c)
{
	for (int i = 0; i < c->n; i++)
		if (is_number(c->values[i]))
			buf_printf(&s->sql, " OR CASE WHEN jsonb_typeof(v) = 'number' THEN (v #>> '{}')::numeric %s %s::numeric END",
			    sql_ops[c->op], add_param(s, PG_TEXT(c->values[i])));
}

static void
where_document(struct select *s, const char *doc, const struct criterion *c)
{
	if (c->op == IS_EQ && c->n == 1 && !*c->values[0]) {
		where_empty(s, doc, c);
		return;
	}
	each_value(s, doc, c, "");
	if (c->op == IS_EQ) {
		buf_printf(&s->sql, "v #>> '{}' = ANY(%s::text[])", add_param(s, PG_TEXT(text_array(s->arena, c->values, c->n))));
		or_instants(s, c);
		or_numbers(s, c);
	} else if (c->op == IS_REGEX) {
		buf_printf(&s->sql, "v #>> '{}' ~ %s", add_param(s, PG_TEXT(c->values[0])));
	} else if (is_number(c->values[0])) {
		buf_str(&s->sql, "false");
		or_numbers(s, c);
	} else {
		buf_printf(&s->sql, "jsonb_typeof(v) = 'string' AND (v #>> '{}') COLLATE \"C\" %s %s", sql_ops[c->op],
		    add_param(s, PG_TEXT(comparable(s->arena, c->values[0]))));
	}
	buf_byte(&s->sql, ')');
}

static bool
where_group(struct select *s, const struct read_table *t, const char *doc, const struct any_of *g, struct error *err)
{
	buf_str(&s->sql, " AND (");
	for (int i = 0; i < g->n; i++) {
		const char *column = column_of(t, g->v[i].attribute);
		if (!room(s, 2 + 2 * g->v[i].n, err))
			return false;
		buf_str(&s->sql, i ? " OR " : "");
		if (column)
			where_column(s, column, &g->v[i]);
		else
			where_document(s, doc, &g->v[i]);
	}
	buf_byte(&s->sql, ')');
	return true;
}

static const char *
document_sql(struct arena *a, const struct read_table *t)
{
	return t->tmf_sql ? arena_printf(a, "(%s)::jsonb", t->tmf_sql) : "tmf";
}

static bool
order_by(struct select *s, const struct read_table *t, const char *doc, const struct criteria *c, struct error *err)
{
	buf_str(&s->sql, " ORDER BY ");
	for (int i = 0; i < c->n_sort; i++) {
		const char *column = column_of(t, c->sort[i].attribute);
		if (!room(s, 1, err))
			return false;
		if (column)
			buf_str(&s->sql, column);
		else
			buf_printf(&s->sql, "jsonb_path_query_first(%s, %s::jsonpath)", doc,
			    add_param(s, PG_TEXT(json_path_text(s->arena, c->sort[i].attribute, ""))));
		buf_str(&s->sql, c->sort[i].down ? " DESC NULLS LAST, " : " ASC NULLS LAST, ");
	}
	buf_printf(&s->sql, "%s", t->append ? read_table_key(t)->name : "seq");
	return true;
}

/* without conditions nothing has to be looked for twice: how many there are comes with the page */
bool
select_counts(const struct criteria *c)
{
	return c->n == 0;
}

bool
select_list(struct select *s, const struct read_table *t, const struct criteria *c, const char *tenant, bool count,
    struct error *err)
{
	const char *doc = document_sql(s->arena, t), *of = add_param(s, PG_TEXT(tenant));
	const char *total = select_counts(c) ? arena_printf(s->arena,
		", (SELECT count(*) FROM %s.%s WHERE tenant_id = %s)", t->schema,
	    t->name, of) : "";

	buf_printf(&s->sql, "SELECT %s FROM %s.%s WHERE tenant_id = %s", count ? "count(*)" :
	    arena_printf(s->arena, "(%s)::text%s", doc, total), t->schema, t->name, of);
	for (int i = 0; i < c->n; i++)
		if (!where_group(s, t, doc, &c->all[i], err))
			return false;
	if (count)
		return true;
	if (!order_by(s, t, doc, c, err))
		return false;
	buf_printf(&s->sql, " LIMIT %s::bigint OFFSET %s::bigint",
	    add_param(s, PG_TEXT(arena_printf(s->arena, "%lld", (long long)c->limit))),
	    add_param(s, PG_TEXT(arena_printf(s->arena, "%lld", (long long)c->offset))));
	return true;
}

void
select_one(struct buf *sql, const struct read_table *t)
{
	buf_printf(sql, "SELECT (%s)::text FROM %s.%s WHERE tenant_id = $1 AND %s = $2", read_table_tmf_sql(t), t->schema,
	    t->name, read_table_key(t)->name);
}

void
select_done(struct select *s)
{
	buf_free(&s->sql);
}
