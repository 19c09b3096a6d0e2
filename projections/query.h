/* query.h -- queries as data: what an operation of kind query reads, as one SQL statement or over rows in memory.
 *
 * For an asynchronous caller: query_plan() gives the statement and its parameters, the caller runs it when and where it
 * likes, query_finish() turns the result into JSON text.  For time travel: query_memory() answers the same query from
 * models in memory, to which the caller has applied the events up to the instant.
 * What the core answers (clock.now, core.status, effect.open) and the history role (log.*, why) is not here. */
#pragma once
#include "core/base/pg.h"
#include "projections/projection.h"

#define QUERY_PARAMS_MAX 16

/* a time as results show it: as json_put_time() writes it, microseconds only where there are some */
#define SQL_TIME(t) \
	"to_char(" t " AT TIME ZONE 'UTC', CASE WHEN " t " = date_trunc('second', " t ") THEN 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'" \
	" ELSE 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"' END)"
#define SQL_TIME_MS(t)  "to_char(" t " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

enum query_kind { QUERY_ONE, QUERY_LIST };
enum match_op {
	MATCH_EQUAL,                         /* text column = argument */
	MATCH_NOT,                           /* text column <> literal */
	MATCH_IS,                            /* text column = literal */
	MATCH_BEGINS,                        /* text column begins with the argument */
	MATCH_CONTAINS,                      /* text column contains the argument, any case */
	MATCH_HAS,                           /* TEXTS column has the argument, lower case */
	MATCH_SINCE                          /* time column >= argument */
};
/* an argument that is not given matches everything; of "any" too (CHOICE lists have it) */
struct match { const char *column; enum match_op op; const char *arg; };   /* MATCH_NOT, MATCH_IS: arg is the literal */

enum query_order { ORDER_OLDEST, ORDER_NEWEST, ORDER_COLUMN, ORDER_COLUMN_NEWEST };

struct memory_models;
struct memory_query;                         /* query_memory.c */
struct query {
	const struct shape *op;
	enum query_kind kind;
	const char *missing;                 /* ONE: rule when nothing is found: "customer.not_found" */
	const char *reads;                   /* read models it needs to be up to date: "crm subscription" */
	/* a plain query: the result documents of a table's rows */
	const struct read_table *table;
	struct match where[6];
	enum query_order order; const char *order_by;
	/* any other: parameters are $1 tenant, then those named in `args` ("@now": business time); one JSON column */
	const char *sql, *args;
	void (*memory)(struct memory_query *);
};

struct query_plan {
	const struct query *query;
	const char *statement;               /* to prepare it under */
	const char *sql;
	struct pg_param params[QUERY_PARAMS_MAX]; int n;
	const char *id;                      /* of what was asked for, for the error */
};
/* NULL: not a query of the read models */
const struct query *query_of(const struct shape *op);
/* args: the decoded struct of op; texts of the plan live in the arena.  now: business time, for "on sale now". */
bool query_plan(const struct shape *op, const void *args, const char *tenant, int64_t now, struct arena *,
	struct query_plan *, struct error *);
/* appends the JSON text: an array for LIST, else the object; NOT_FOUND with the rule of the query */
bool query_finish(const struct query_plan *, const struct pg_result *, struct buf *, struct error *);

/* ---- time travel ------------------------------------------------------------------------------ */

struct memory_models *memory_models_new(const char *reads);          /* "crm subscription"; NULL: all */
void memory_models_free(struct memory_models *);
struct happened;
bool memory_models_apply(struct memory_models *, const struct happened *, int n, struct error *);
bool query_memory(const struct memory_models *, const struct shape *op, const void *args, const char *tenant, int64_t now,
	struct arena *, struct buf *, struct error *);
