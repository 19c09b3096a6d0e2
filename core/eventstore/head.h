/* head.h -- what the files of the log share: the head row as text columns, and the refusal of a future. */
#pragma once
#include "core/eventstore/eventstore.h"

#define HEAD_COLUMNS "encode(log_id, 'hex'), epoch, position, encode(hash, 'hex'), holder," \
	" (extract(epoch FROM lease_until) * 1000000)::bigint"
void head_from(const struct pg_result *, struct log_head *);
bool refuse_newer(int version, struct error *);
