/* projection.h -- what a read model is made of: row shapes, handlers, documents, queries.
 *
 * A read model is one file.  It lists its rows as X-lists (the DDL follows from them), says in a table which function
 * edits which row when an event is read, and renders each row's finished documents: `result` is what operations
 * return, `tmf` is the TM Forum resource.  A handler edits plain C structs and assigns pointers freely: what it
 * assigns may live in the batch's arena, the framework keeps a copy of its own once the batch is over.
 *
 * The same handlers run live (rows cached, flushed to Postgres with the checkpoint in one transaction), in a rebuild
 * (flushed by COPY beside the live schema) and in memory (time travel, tests): no handler knows which.  Handlers are
 * total: an event about a row that is not there changes nothing, because time travel feeds one customer's events. */
#pragma once
#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/shape.h"
#include "core/eventstore/eventstore.h"
#include "schemas/registry.h"

/* ---- tables ------------------------------------------------------------------------------ */

/* a row as handlers and renderers see it; `data` is the struct of the table's row shape */
struct row {
	const char *tenant;
	int64_t seq;                         /* position of the event that made it: creation order */
	void *data;
};

/* a TMF attribute that is a column: filters on it need not look into the document */
struct tmf_column { const char *attribute, *column; };

struct read_table {
	const char *schema, *name;           /* "crm", "customer" */
	const struct shape *row;             /* one KEY field; INDEXED ones get an index */
	bool append;                         /* rows are written once and never edited (they may be dropped) */
	void (*result)(struct json *, const struct row *);   /* NULL: no column of that name */
	void (*tmf)(struct json *, const struct row *);
	/* documents of a large table are not stored but made when read: by SQL over the columns, and for memory by these */
	const char *result_sql, *tmf_sql;
	void (*memory_result)(struct json *, const struct row *), (*memory_tmf)(struct json *, const struct row *);
	const char *indexes[6];              /* more indexes: "(event_time)" */
	const char *view;                    /* SQL after CREATE VIEW schema.view_name AS, with %s for the schema */
	const char *view_name;
	const char *resource;                /* "productOffering": what the gateway serves from it */
	const char *href;                    /* "/tmf-api/productCatalogManagement/v4/productOffering/" */
	const struct tmf_column *search;     /* ends with a nameless one */
};
/* SQL of the document of a row: a column's name or an expression; its type is json or jsonb */
const char *read_table_tmf_sql(const struct read_table *);
const char *read_table_result_sql(const struct read_table *);
const struct field *read_table_key(const struct read_table *);
const struct read_table *read_table_of_resource(const char *resource);       /* NULL: none */

/* ---- handlers ------------------------------------------------------------------------------ */

/* what is known while an event is applied */
struct applying {
	struct model *model;
	int64_t position;
	int64_t at, recorded_at;             /* business clock; wall clock */
	const char *tenant, *aggregate, *id; /* of the stream */
	const char *subject;                 /* customer; NULL none */
	const struct envelope *env;
	const struct shape *event;
	const struct log_event *log;
	struct arena *arena;                 /* lives until the batch is flushed */
	struct error *err;                   /* set: the projection stops before this event */
};

enum row_need {
	ROW_NONE,                            /* the handler finds its rows itself; row is NULL */
	ROW_NEW,                             /* a fresh row with the id of the stream */
	ROW_HAVE,                            /* the row with the id of the stream; not there: nothing happens */
	ROW_MAKE,                            /* that row, made when it is not there */
	ROW_DROP                             /* that row goes; no function is needed */
};
struct handler {
	const struct shape *event;           /* NULL: every event */
	const struct read_table *table;
	enum row_need need;
	void (*apply)(struct applying *, void *row, const void *event);
};

void *row_new(struct applying *, const struct read_table *, const char *key);   /* append tables: key may be NULL */
void *row_get(struct applying *, const struct read_table *, const char *key);   /* to be edited; NULL: not there */
void *row_make(struct applying *, const struct read_table *, const char *key);  /* row_get or row_new */
const void *row_see(struct applying *, const struct read_table *, const char *key);   /* to be read only */
void row_drop(struct applying *, const struct read_table *, const char *key);
/* all rows whose text column has this value (used by resets; a statement of its own) */
void rows_drop(struct applying *, const struct read_table *, const char *column, const char *value);
/* says which rows are about to be asked for: one SELECT instead of one for each */
void rows_fetch(struct applying *, const struct read_table *, const char *const *keys, int n);
bool apply_failed(struct applying *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* an item more at the end of a LIST column, zeroed; the list is copied to the batch's arena first */
void *list_add(struct applying *, struct list *, const struct shape *of);
void list_remove(struct list *, const struct shape *of, int i);

/* ---- read models ---------------------------------------------------------------------------- */

struct query;
struct projection {
	const char *name;                    /* of the read model and its schema */
	int version;                         /* to be raised when handlers or documents mean something else */
	const struct read_table *const *tables;   /* ends with NULL */
	const struct handler *handlers;      /* ends with an all-zero row */
	const struct query *queries;         /* ends with an all-zero row; NULL: none */
};

/*  name */
#define PROJECTIONS(_) \
	_(crm) _(catalog) _(inventory) _(payment) _(order_mgmt) _(service_inventory) _(provisioning) \
	_(subscription) _(mediation) _(audit)
#define PROJECTION_DECLARE_(sym)  extern const struct projection sym##_projection;
PROJECTIONS(PROJECTION_DECLARE_)
extern const struct projection *const projections[];        /* ends with NULL */
const struct projection *projection_named(const char *name);  /* NULL: unknown */
