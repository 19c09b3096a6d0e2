/* ddl.c -- the SQL of a read table: its tables, indexes and statements, made of names in our own tables only.
 *
 * Text is compared bytewise (COLLATE "C"): orders are the same on every server and indexes are built in a fraction
 * of the time. */
#include <stdio.h>
#include <string.h>
#include "core/base/crypt.h"
#include "core/base/must.h"
#include "projections/column.h"
#include "projections/store.h"

static const char *
array_type(const struct column *c)
{
	switch (c->oid) {
	case PG_INT8_OID: return "int8[]";
	case PG_BOOL_OID: return "bool[]";
	case PG_FLOAT8_OID: return "float8[]";
	case PG_TIMESTAMPTZ_OID: return "timestamptz[]";
	case PG_JSONB_OID: return "jsonb[]";
	default: return "text[]";
	}
}

static bool
is_json(const struct column *c)
{
	return strcmp(c->type, "json") == 0;
}

static const char *
key_name(const struct columns *cs)
{
	return read_table_key(cs->table)->name;
}

static void
names(const struct columns *cs, struct buf *out)
{
	for (int i = 0; i < cs->n; i++)
		buf_printf(out, "%s%s", i ? ", " : "", cs->c[i].name);
}

void
sql_create_table(const struct columns *cs, const char *schema, struct buf *out)
{
	buf_printf(out, "CREATE TABLE %s.%s (", schema, cs->table->name);
	for (int i = 0; i < cs->n; i++) {
		const struct column *c = &cs->c[i];

		buf_printf(out, "%s%s %s%s", i ? ", " : "", c->name, c->type,
		    c->part <= PART_SEQ || (c->field && c->field->key) ? " NOT NULL" : "");
	}
	buf_str(out, ");\n");
	if (cs->table->view) {
		buf_printf(out, "CREATE VIEW %s.%s AS ", schema, cs->table->view_name);
		for (const char *p = cs->table->view; *p; p++) {
			if (p[0] == '%' && p[1] == 's')
				buf_str(out, schema), p++;
			else
				buf_byte(out, *p);
		}
		buf_str(out, ";\n");
	}
}

/* the key comes first in the primary key: all tenants' ids differ early, and "DEFAULT" need not be compared */
void
sql_create_indexes(const struct columns *cs, const char *schema, struct buf *out)
{
	const struct read_table *t = cs->table;

	buf_printf(out, "ALTER TABLE %s.%s ADD PRIMARY KEY (%s, tenant_id);\n", schema, t->name, key_name(cs));
	if (!t->append)
		buf_printf(out, "CREATE INDEX ON %s.%s (tenant_id, seq);\n", schema, t->name);
	FOR_EACH_FIELD(f, t->row)
		if (f->indexed && f->kind == FIELD_TEXTS)
			buf_printf(out, "CREATE INDEX ON %s.%s USING gin (%s);\n", schema, t->name, f->name);
		else if (f->indexed)
			buf_printf(out, "CREATE INDEX ON %s.%s (%s, tenant_id, seq);\n", schema, t->name, f->name);
	for (int i = 0; t->indexes[i]; i++)
		buf_printf(out, "CREATE INDEX ON %s.%s %s;\n", schema, t->name, t->indexes[i]);
}

/* documents are not read back: they follow from the row */
void
sql_select(const struct columns *cs, const char *schema, struct buf *out)
{
	buf_str(out, "SELECT ");
	for (int i = 0; i < cs->n; i++) {
		const struct column *c = &cs->c[i];

		if (c->part >= PART_RESULT)
			buf_printf(out, "%sNULL", i ? ", " : "");
		else if (c->oid == PG_TIMESTAMPTZ_OID)
			buf_printf(out, "%s(extract(epoch FROM t.%s) * 1000000)::bigint", i ? ", " : "", c->name);
		else
			buf_printf(out, "%st.%s", i ? ", " : "", c->name);
	}
	buf_printf(out, " FROM unnest($1::text[], $2::text[]) AS w(k, te) JOIN %s.%s t ON t.%s = w.k AND t.tenant_id = w.te",
	    schema, cs->table->name, key_name(cs));
}

void
sql_upsert(const struct columns *cs, const char *schema, struct buf *out)
{
	buf_printf(out, "INSERT INTO %s.%s (", schema, cs->table->name);
	names(cs, out);
	buf_str(out, ") SELECT ");
	for (int i = 0; i < cs->n; i++)
		buf_printf(out, "%su.c%d%s", i ? ", " : "", i, is_json(&cs->c[i]) ? "::json" : "");
	buf_str(out, " FROM unnest(");
	for (int i = 0; i < cs->n; i++)
		buf_printf(out, "%s$%d::%s", i ? ", " : "", i + 1, array_type(&cs->c[i]));
	buf_str(out, ") AS u(");
	for (int i = 0; i < cs->n; i++)
		buf_printf(out, "%sc%d", i ? ", " : "", i);
	buf_printf(out, ") ON CONFLICT (%s, tenant_id) DO UPDATE SET ", key_name(cs));
	for (int i = 0, n = 0; i < cs->n; i++)
		if (cs->c[i].part != PART_TENANT && !(cs->c[i].field && cs->c[i].field->key))
			buf_printf(out, "%s%s = EXCLUDED.%s", n++ ? ", " : "", cs->c[i].name, cs->c[i].name);
}

void
sql_delete(const struct columns *cs, const char *schema, struct buf *out)
{
	buf_printf(out, "DELETE FROM %s.%s t USING unnest($1::text[], $2::text[]) AS w(k, te)"
	    " WHERE t.%s = w.k AND t.tenant_id = w.te", schema, cs->table->name, key_name(cs));
}

void
sql_copy(const struct columns *cs, const char *schema, bool freeze, struct buf *out)
{
	buf_printf(out, "COPY %s.%s (", schema, cs->table->name);
	names(cs, out);
	buf_printf(out, ") FROM STDIN WITH (FORMAT binary%s)", freeze ? ", FREEZE" : "");
}

/* ---- read models as a whole ------------------------------------------------------------------------------------ */

const struct field *
read_table_key(const struct read_table *t)
{
	FOR_EACH_FIELD(f, t->row)
		if (f->key)
			return f;
	never("a read table has a key");
}

const char *
read_table_result_sql(const struct read_table *t)
{
	return t->result_sql ? t->result_sql : "result";
}

const char *
read_table_tmf_sql(const struct read_table *t)
{
	return t->tmf_sql ? t->tmf_sql : "tmf";
}

const struct read_table *
read_table_of_resource(const char *resource)
{
	for (const struct projection *const *p = projections; *p; p++)
		for (const struct read_table *const *t = (*p)->tables; *t; t++)
			if ((*t)->resource && strcmp((*t)->resource, resource) == 0)
				return *t;
	return NULL;
}

#define PROJECTION_REF_(sym)  &sym##_projection,
const struct projection *const projections[] = { PROJECTIONS(PROJECTION_REF_) NULL };

const struct projection *
projection_named(const char *name)
{
	for (const struct projection *const *p = projections; *p; p++)
		if (strcmp((*p)->name, name) == 0)
			return *p;
	return NULL;
}

/* what of a shape a stored row depends on, items of lists included */
static void
describe_shape(const struct shape *s, struct buf *out)
{
	FOR_EACH_FIELD(f, s) {
		buf_printf(out, "%s %d %d%d;", f->name, (int)f->kind, f->key, f->indexed);
		if (f->of)
			describe_shape(f->of, out);
	}
}

char *
projection_fingerprint(const struct projection *p, char out[33])
{
	struct buf b = { 0 };
	char hex[65];

	buf_printf(&b, "%s %d 1\n", p->name, p->version);
	for (const struct read_table *const *t = p->tables; *t; t++) {
		buf_printf(&b, "%s %d%d%d ", (*t)->name, (*t)->append, (*t)->result != NULL, (*t)->tmf != NULL);
		describe_shape((*t)->row, &b);
		for (int i = 0; (*t)->indexes[i]; i++)
			buf_str(&b, (*t)->indexes[i]);
		buf_printf(&b, "%s\n", (*t)->view ? (*t)->view : "");
	}
	sha256_hex(b.data, b.len, hex);
	memcpy(out, hex, 32);
	out[32] = 0;
	buf_free(&b);
	return out;
}

/* ---- schema and checkpoint -------------------------------------------------------------------------------------- */

static bool
insert_checkpoint(const struct projection *p, const char *schema, struct pg *pg, const struct checkpoint *c, struct error *err)
{
	char id[65], hash[65], position[24], generation[24], shape[33];
	struct buf sql = { 0 };
	struct pg_result *r;

	snprintf(position, sizeof position, "%lld", (long long)c->position);
	snprintf(generation, sizeof generation, "%lld", (long long)c->generation);
	buf_printf(&sql, "INSERT INTO %s.checkpoint (name, position, log_id, hash, generation, shape)"
	    " VALUES ($1, $2::bigint, decode($3, 'hex'), decode($4, 'hex'), $5::bigint, $6)", schema);
	r = pg_query(pg, NULL, sql.data, 6, (struct pg_param[]){ PG_TEXT(p->name), PG_TEXT(position),
	    PG_TEXT(hash_hex(c->log_id, id)), PG_TEXT(hash_hex(c->hash, hash)), PG_TEXT(generation),
	    PG_TEXT(projection_fingerprint(p, shape)) }, err);
	buf_free(&sql);
	pg_free(r);
	return r != NULL;
}

/* readers are given their rights where the role exists (a test cluster may do without) */
static void
grants(const char *schema, struct buf *out)
{
	buf_printf(out, "DO $$ DECLARE reader text; BEGIN"
	    " FOREACH reader IN ARRAY ARRAY['bss_gateway', 'bss_portal'] LOOP"
	    "  IF EXISTS (SELECT FROM pg_roles WHERE rolname = reader) THEN"
	    "   EXECUTE format('GRANT USAGE ON SCHEMA %s TO %%I', reader);"
	    "   EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT SELECT ON TABLES TO %%I', reader);"
	    "  END IF;"
	    " END LOOP; END $$;\n", schema, schema);
}

bool
model_create(const struct projection *p, const char *schema, struct pg *pg, bool with_indexes, const struct checkpoint *c,
    struct error *err)
{
	struct buf sql = { 0 };
	struct columns cs;
	bool ok;

	buf_printf(&sql, "CREATE SCHEMA %s;\n", schema);
	grants(schema, &sql);
	buf_printf(&sql, "CREATE TABLE %s.checkpoint (name text PRIMARY KEY, position bigint NOT NULL, log_id bytea NOT NULL,"
	    " hash bytea NOT NULL, generation bigint NOT NULL, shape text NOT NULL, error text, error_position bigint,"
	    " updated_at timestamptz NOT NULL DEFAULT now());\n", schema);
	for (const struct read_table *const *t = p->tables; *t; t++) {
		columns_of(*t, &cs);
		sql_create_table(&cs, schema, &sql);
		if (with_indexes)
			sql_create_indexes(&cs, schema, &sql);
	}
	ok = pg_exec(pg, sql.data, err) && insert_checkpoint(p, schema, pg, c, err);
	buf_free(&sql);
	return ok;
}

bool
model_indexes(const struct projection *p, const char *schema, struct pg *pg, struct error *err)
{
	struct buf sql = { 0 };
	struct columns cs;
	bool ok;

	for (const struct read_table *const *t = p->tables; *t; t++) {
		columns_of(*t, &cs);
		sql_create_indexes(&cs, schema, &sql);
	}
	ok = pg_exec(pg, sql.data, err);
	buf_free(&sql);
	return ok;
}

static void
take_checkpoint(const struct pg_result *r, struct checkpoint *c, char fingerprint[33])
{
	c->position = pg_int(r, 0, 0);
	must(hash_from_hex(pg_value(r, 0, 1), c->log_id) && hash_from_hex(pg_value(r, 0, 2), c->hash));
	c->generation = pg_int(r, 0, 3);
	c->table = pg_int(r, 0, 5);
	if (fingerprint)
		snprintf(fingerprint, 33, "%s", pg_value(r, 0, 4));
}

bool
checkpoint_read(struct pg *pg, const char *schema, const struct projection *p, bool lock, struct checkpoint *c,
    char fingerprint[33], struct error *err)
{
	struct buf sql = { 0 }, name = { 0 };
	struct pg_result *r;
	bool ok = false;

	buf_printf(&sql, "SELECT position, encode(log_id, 'hex'), encode(hash, 'hex'), generation, shape, tableoid::bigint"
	    " FROM %s.checkpoint WHERE name = $1%s", schema, lock ? " FOR UPDATE" : "");
	buf_printf(&name, "checkpoint_%d_%s", lock, schema);
	r = pg_query(pg, name.data, sql.data, 1, (struct pg_param[]){ PG_TEXT(p->name) }, err);
	if (r && pg_rows(r) == 1) {
		take_checkpoint(r, c, fingerprint);
		ok = true;
	} else if (r || strcmp(pg_sqlstate(err), "42P01") == 0) {
		error_set(err, ERROR_NOT_FOUND, "projection.not_found", "The read model %s is not there", schema);
	}
	pg_free(r);
	buf_free(&sql);
	buf_free(&name);
	return ok;
}

bool
checkpoint_in_place(struct pg *pg, const char *schema, const struct checkpoint *c, bool *in_place, struct error *err)
{
	char table[24];
	struct pg_result *r;

	snprintf(table, sizeof table, "%lld", (long long)c->table);
	r = pg_query(pg, "checkpoint_in_place", "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    " WHERE c.oid = $1::oid AND n.nspname = $2", 2, (struct pg_param[]){ PG_TEXT(table), PG_TEXT(schema) }, err);
	*in_place = r && pg_rows(r) == 1;
	pg_free(r);
	return r != NULL;
}

bool
model_digest(const struct projection *p, const char *schema, struct pg *pg, struct arena *a, char **out, struct error *err)
{
	struct buf sql = { 0 }, all = { 0 };
	bool ok = true;

	for (const struct read_table *const *t = p->tables; ok && *t; t++) {
		struct pg_result *r;

		buf_clear(&sql);
		buf_printf(&sql, "SELECT count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)"
		    " FROM %s.%s t", schema, (*t)->name);
		r = pg_query(pg, NULL, sql.data, 0, NULL, err);
		ok = r != NULL;
		if (ok)
			buf_printf(&all, "%s=%s ", (*t)->name, pg_value(r, 0, 0));
		pg_free(r);
	}
	*out = ok ? arena_strdup(a, buf_text(&all)) : NULL;
	buf_free(&sql);
	buf_free(&all);
	return ok;
}
