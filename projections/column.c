/* column.c -- from a row shape to columns, SQL and values, in one place: a field added to a shape is a column.
 *
 * JSON texts that the domain does not interpret are stored as json, not jsonb, because a row that is read back must be
 * the row that was written, byte for byte: a rebuild gives the same documents as the live projection. */
#include "projections/column.h"
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/must.h"

#define PG_EPOCH INT64_C(946684800000000)     /* 2000-01-01 in our microseconds */

static const struct { const char *type; uint32_t oid; } kinds[] = {
	[FIELD_TEXT] = { "text COLLATE \"C\"", PG_TEXT_OID }, [FIELD_ID] = { "text COLLATE \"C\"", PG_TEXT_OID },
	[FIELD_DATE] = { "text COLLATE \"C\"", PG_TEXT_OID }, [FIELD_DECIMAL] = { "text COLLATE \"C\"", PG_TEXT_OID },
	[FIELD_JSON] = { "json", PG_TEXT_OID }, [FIELD_INT] = { "bigint", PG_INT8_OID }, [FIELD_BOOL] = { "boolean", PG_BOOL_OID },
	[FIELD_REAL] = { "double precision", PG_FLOAT8_OID }, [FIELD_TIME] = { "timestamptz", PG_TIMESTAMPTZ_OID },
	[FIELD_OPTINT] = { "bigint", PG_INT8_OID }, [FIELD_OPTBOOL] = { "boolean", PG_BOOL_OID },
	[FIELD_OPTREAL] = { "double precision", PG_FLOAT8_OID }, [FIELD_TEXTS] = { "jsonb", PG_JSONB_OID },
	[FIELD_LIST] = { "jsonb", PG_JSONB_OID },
};

static void
add(struct columns *cs, enum column_part part, const struct field *f, const char *suffix, const char *type, uint32_t oid)
{
	must(cs->n < COLUMNS_MAX);
	struct column *c = &cs->c[cs->n++];
	struct buf name = { 0 };

	buf_printf(&name, "%s%s", f ? f->name : "", suffix);
	must(name.len < sizeof c->name);
	*c = (struct column){ .part = part, .field = f, .type = type, .oid = oid };
	memcpy(c->name, name.data, name.len + 1);
	buf_free(&name);
}

void
columns_of(const struct read_table *t, struct columns *cs)
{
	*cs = (struct columns){ .table = t };
	add(cs, PART_TENANT, NULL, "tenant_id", "text COLLATE \"C\"", PG_TEXT_OID);
	add(cs, PART_SEQ, NULL, "seq", "bigint", PG_INT8_OID);
	FOR_EACH_FIELD(f, t->row) {
		if (f->kind == FIELD_MONEY) {
			add(cs, PART_MINOR, f, "_minor", "bigint", PG_INT8_OID);
			add(cs, PART_CURRENCY, f, "_currency", "text COLLATE \"C\"", PG_TEXT_OID);
		} else {
			add(cs, PART_FIELD, f, "", kinds[f->kind].type, kinds[f->kind].oid);
		}
	}
	if (t->result)
		add(cs, PART_RESULT, NULL, "result", "json", PG_TEXT_OID);
	if (t->tmf)
		add(cs, PART_TMF, NULL, "tmf", "jsonb", PG_JSONB_OID);
}

/* values on their way out --------------------------------------------------------------------------- */

static struct value
text_value(const char *s)
{
	return s ? (struct value){ .bytes = s, .len = strlen(s) } : (struct value){ .null = true };
}

static struct value
buf_value(const struct buf *b)
{
	return (struct value){ .bytes = b->data, .len = b->len };
}

static struct value
texts_value(const struct texts *t, struct buf *scratch)
{
	struct json j = json_to(scratch);

	json_array(&j);
	for (int i = 0; i < t->n; i++)
		json_string(&j, t->v[i]);
	json_array_end(&j);
	return buf_value(scratch);
}

static struct value
list_value(const struct list *l, const struct shape *of, struct buf *scratch)
{
	buf_byte(scratch, '[');
	for (int i = 0; i < l->n; i++) {
		if (i)
			buf_byte(scratch, ',');
		shape_to_json(of, (const char *)l->items + (size_t)i * of->size, scratch, false);
	}
	buf_byte(scratch, ']');
	return buf_value(scratch);
}

/* what is not JSON (the person was erased) becomes a JSON string */
static struct value
json_value(const char *text, struct buf *scratch)
{
	struct arena *a;
	const cJSON *tree;
	struct value v;

	if (!text)
		return (struct value){ .null = true };
	a = arena_new();
	tree = json_parse(a, text, strlen(text), NULL);
	if (tree)
		buf_str(scratch, json_print(a, tree));
	else
		json_quote(scratch, text, strlen(text));
	v = buf_value(scratch);
	arena_free(a);
	return v;
}

static struct value
field_value(const struct field *f, const void *data, struct buf *scratch)
{
	const void *at = field_at(f, data);

	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: return text_value(field_text(f, data));
	case FIELD_JSON: return json_value(field_text(f, data), scratch);
	case FIELD_INT: return (struct value){ .i = *(const int64_t *)at };
	case FIELD_BOOL: return (struct value){ .i = *(const bool *)at };
	case FIELD_REAL: return (struct value){ .r = *(const double *)at };
	case FIELD_TIME: return (struct value){ .i = *(const int64_t *)at, .null = *(const int64_t *)at == 0 };
	case FIELD_OPTINT: return (struct value){ .i = ((const struct opt_int *)at)->v,
		.null = !((const struct opt_int *)at)->set };
	case FIELD_OPTBOOL: return (struct value){ .i = ((const struct opt_bool *)at)->v,
		.null = !((const struct opt_bool *)at)->set };
	case FIELD_OPTREAL: return (struct value){ .r = ((const struct opt_real *)at)->v,
		.null = !((const struct opt_real *)at)->set };
	case FIELD_TEXTS: return texts_value(at, scratch);
	case FIELD_LIST: return list_value(at, f->of, scratch);
	case FIELD_MONEY: break;
	}
	never("a column of this kind");
}

static struct value
money_value(const struct column *c, const struct row *r)
{
	const struct money *m = field_at(c->field, r->data);

	if (!m->currency[0])
		return (struct value){ .null = true };
	return c->part == PART_MINOR ? (struct value){ .i = m->minor } : text_value(m->currency);
}

static struct value
document_value(void (*render)(struct json *, const struct row *), const struct row *r, struct buf *scratch)
{
	struct json j = json_to(scratch);

	render(&j, r);
	return scratch->len ? buf_value(scratch) : (struct value){ .null = true };
}

struct value
column_value(const struct column *c, const struct columns *cs, const struct row *r, struct buf *scratch)
{
	buf_clear(scratch);
	switch (c->part) {
	case PART_TENANT: return text_value(r->tenant);
	case PART_SEQ: return (struct value){ .i = r->seq };
	case PART_FIELD: return field_value(c->field, r->data, scratch);
	case PART_MINOR: case PART_CURRENCY: return money_value(c, r);
	case PART_RESULT: return document_value(cs->table->result, r, scratch);
	case PART_TMF: return document_value(cs->table->tmf, r, scratch);
	}
	never("a column of this part");
}

void
value_to_array(const struct column *c, const struct value *v, struct pg_array *a)
{
	if (v->null)
		pg_array_null(a);
	else if (c->oid == PG_TEXT_OID || c->oid == PG_JSONB_OID)
		pg_array_bytes(a, v->bytes, v->len);
	else if (c->oid == PG_FLOAT8_OID)
		pg_array_real(a, v->r);
	else
		pg_array_int(a, v->i);
}

void
value_to_copy(const struct column *c, const struct value *v, struct buf *out)
{
	uint64_t bits;

	if (v->null) {
		buf_be32(out, UINT32_MAX);
	} else if (c->oid == PG_TEXT_OID) {
		buf_be32(out, (uint32_t)v->len);
		buf_add(out, v->bytes, v->len);
	} else if (c->oid == PG_JSONB_OID) {
		buf_be32(out, (uint32_t)v->len + 1);
		buf_byte(out, 1);
		buf_add(out, v->bytes, v->len);
	} else if (c->oid == PG_BOOL_OID) {
		buf_be32(out, 1);
		buf_byte(out, v->i != 0);
	} else {
		memcpy(&bits, &v->r, sizeof bits);
		buf_be32(out, 8);
		buf_be64(out, c->oid == PG_FLOAT8_OID ? bits :
		    (uint64_t)(v->i - (c->oid == PG_TIMESTAMPTZ_OID ? PG_EPOCH : 0)));
	}
}

/* values on their way in ------------------------------------------------------------------------------ */

static bool
texts_from(const cJSON *tree, struct arena *a, struct texts *out)
{
	const cJSON *item;

	*out = (struct texts){ .v = arena_array(a, const char *, cJSON_GetArraySize(tree) + 1) };
	cJSON_ArrayForEach(item, tree)
		out->v[out->n++] = arena_strdup(a, cJSON_IsString(item) ? item->valuestring : "");
	return true;
}

static bool
list_from(const cJSON *tree, const struct shape *of, struct arena *a, struct list *out, struct error *err)
{
	const cJSON *item;

	*out = (struct list){ .items = arena_alloc(a, of->size * (size_t)(cJSON_GetArraySize(tree) + 1)) };
	cJSON_ArrayForEach(item, tree)
		if (!shape_from_json(of, item, a, (char *)out->items + of->size * (size_t)out->n++, err))
			return false;
	return true;
}

static bool
composite_from(const struct field *f, const char *text, struct arena *a, void *at, struct error *err)
{
	const cJSON *tree = json_parse(a, text, strlen(text), err);

	if (!tree)
		return false;
	return f->kind == FIELD_TEXTS ? texts_from(tree, a, at) : list_from(tree, f->of, a, at, err);
}

/* the way back of json_value() */
static const char *
json_from(const char *text, struct arena *a)
{
	const cJSON *tree = text[0] == '"' ? json_parse(a, text, strlen(text), NULL) : NULL;

	return arena_strdup(a, tree && cJSON_IsString(tree) ? tree->valuestring : text);
}

static void
money_from(const struct column *c, const char *text, struct money *m)
{
	if (c->part == PART_MINOR)
		m->minor = strtoll(text, NULL, 10);
	else
		snprintf(m->currency, sizeof m->currency, "%s", text);
}

bool
value_from_text(const struct column *c, const char *text, struct arena *a, void *data, struct error *err)
{
	void *at = c->field ? field_at(c->field, data) : NULL;

	if (!text || !c->field)
		return true;
	if (c->part != PART_FIELD) {
		money_from(c, text, at);
		return true;
	}
	switch (c->field->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: *(const char **)at = arena_strdup(a, text); break;
	case FIELD_JSON: *(const char **)at = json_from(text, a); break;
	case FIELD_INT: case FIELD_TIME: *(int64_t *)at = strtoll(text, NULL, 10); break;
	case FIELD_BOOL: *(bool *)at = text[0] == 't'; break;
	case FIELD_REAL: *(double *)at = strtod(text, NULL); break;
	case FIELD_OPTINT: *(struct opt_int *)at = (struct opt_int){ strtoll(text, NULL, 10), true }; break;
	case FIELD_OPTBOOL: *(struct opt_bool *)at = (struct opt_bool){ text[0] == 't', true }; break;
	case FIELD_OPTREAL: *(struct opt_real *)at = (struct opt_real){ strtod(text, NULL), true }; break;
	case FIELD_TEXTS: case FIELD_LIST: return composite_from(c->field, text, a, at, err);
	case FIELD_MONEY: never("money is two columns");
	}
	return true;
}
