/* select.h -- from criteria to one SQL statement over a read table: names from our own tables, values as parameters. */
#pragma once
#include "core/base/pg.h"
#include "gateways/tmf/criteria.h"
#include "projections/projection.h"

#define SELECT_PARAMS 60
struct select {
	struct buf sql;
	struct pg_param params[SELECT_PARAMS]; int n;
	struct arena *arena;
};

/* a page of documents; count: how many there are instead.  INVALID when there are too many values. */
bool select_list(struct select *, const struct read_table *, const struct criteria *, const char *tenant, bool count,
	struct error *);
/* does a page of these bring the total as its second column? */
bool select_counts(const struct criteria *);
/* one document; `id` is the parameter behind the tenant */
void select_one(struct buf *sql, const struct read_table *);
void select_done(struct select *);                /* its SQL text; parameters are the arena's */
