/* column.h -- the columns of a read table, derived from its row shape, and values on their way to and from Postgres.
 *
 * Physical order: tenant_id, seq, the shape's fields (money is two columns), then the finished documents. */
#pragma once
#include "core/base/pg.h"
#include "projections/projection.h"

#define COLUMNS_MAX 64

enum column_part { PART_TENANT, PART_SEQ, PART_FIELD, PART_MINOR, PART_CURRENCY, PART_RESULT, PART_TMF };
struct column {
	char name[64];
	enum column_part part;
	const struct field *field;
	const char *type;                    /* "timestamptz": as in the DDL */
	uint32_t oid;                        /* how a value travels: int8, text, bool, float8, timestamptz, jsonb */
};
struct columns { struct column c[COLUMNS_MAX]; int n; const struct read_table *table; };
void columns_of(const struct read_table *, struct columns *);

struct value { bool null; int64_t i; double r; const char *bytes; size_t len; };
/* scratch holds what has to be written for it; valid until scratch changes */
struct value column_value(const struct column *, const struct columns *, const struct row *, struct buf *scratch);
void value_to_array(const struct column *, const struct value *, struct pg_array *);
void value_to_copy(const struct column *, const struct value *, struct buf *);
/* a selected column's text into the row's struct; the texts live in the arena */
bool value_from_text(const struct column *, const char *text, struct arena *, void *data, struct error *);

/* SQL, all of it from names in our own tables */
void sql_create_table(const struct columns *, const char *schema, struct buf *);
void sql_create_indexes(const struct columns *, const char *schema, struct buf *);
void sql_select(const struct columns *, const char *schema, struct buf *);
void sql_upsert(const struct columns *, const char *schema, struct buf *);
void sql_delete(const struct columns *, const char *schema, struct buf *);
void sql_copy(const struct columns *, const char *schema, bool freeze, struct buf *);
