/* query_memory.h -- for the queries that are more than a filter over one table: their answer from rows in memory. */
#pragma once
#include "projections/query.h"

struct memory_query {
	const struct memory_models *models;
	const struct query *query;
	const void *args;
	const char *tenant;
	int64_t now;
	struct arena *arena;
	struct buf *out;                     /* JSON text is appended; ONE: nothing appended is NOT_FOUND */
};
const char *memory_text(const struct memory_query *, const char *arg);       /* a text argument; NULL not given */
int64_t memory_time(const struct memory_query *, const char *arg);           /* business now when not given */
const struct row *memory_find(const struct memory_query *, const struct read_table *, const char *key);
/* the tenant's rows in order of creation */
const struct row **memory_rows(const struct memory_query *, const struct read_table *, int *n);
void memory_result(const struct memory_query *, const struct read_table *, const struct row *);
/* the result documents of rows whose text column has this value, as an array; newest: at most `limit`, newest first */
void memory_results_of(const struct memory_query *, const struct read_table *, const char *column, const char *value,
	bool newest, int limit);
/* the error of a query that found nothing; always false */
bool query_nothing(const struct query *, const char *id, struct error *);
