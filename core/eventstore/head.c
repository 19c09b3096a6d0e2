/* head.c -- where the log ends, how large it is, and room for what comes. */
#include "core/eventstore/head.h"
#include "core/base/must.h"
#include <stdio.h>

void
head_from(const struct pg_result *r, struct log_head *head)
{
	*head = (struct log_head){
		.epoch = pg_int(r, 0, 1), .position = pg_int(r, 0, 2), .lease_until = pg_int(r, 0, 5)
	};
	must(hash_from_hex(pg_value(r, 0, 0), head->log_id) && hash_from_hex(pg_value(r, 0, 3), head->hash));
	snprintf(head->holder, sizeof head->holder, "%s", pg_value(r, 0, 4));
}

bool
log_head_read(struct pg *pg, struct log_head *head, struct error *err)
{
	struct pg_result *r = pg_query(pg, "log_head", "SELECT " HEAD_COLUMNS " FROM log.head", 0, NULL, err);
	if (!r)
		return false;
	bool one = pg_rows(r) == 1;
	if (one)
		head_from(r, head);
	pg_free(r);
	if (one)
		return true;
	error_set(err, ERROR_INVALID, "log.no_head", "The log has no head row");
	return error_hint(err, "Restore the database from a backup");
}

bool
log_size(struct pg *pg, struct log_size *size, struct error *err)
{
	struct pg_result *r = pg_query(pg, "log_size",
	    "SELECT (SELECT position FROM log.head), coalesce(sum(pg_total_relation_size(relid)), 0),"
	    " coalesce(sum(pg_indexes_size(relid)), 0), (SELECT count(*) FROM log.subject_key), count(*)"
	    " FROM pg_partition_tree('log.event') WHERE isleaf AND parentrelid IS NOT NULL", 0, NULL, err);
	if (!r)
		return false;
	*size = (struct log_size){ .events = pg_int(r, 0, 0),
		.bytes = pg_int(r, 0, 1),
		.index_bytes = pg_int(r, 0, 2),
		.keys = pg_int(r, 0, 3),
		.partitions = pg_int(r, 0, 4) };
	pg_free(r);
	return true;
}

bool
log_partition_ahead(struct pg *pg, struct error *err)
{
	struct pg_result *r = pg_query(
	    pg, "log_partition_ahead", "SELECT log.partition_ahead()", 0, NULL, err);
	pg_free(r);
	return r != NULL;
}
