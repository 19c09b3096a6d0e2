/* head.h -- the head row as text columns, shared by who reads it and who takes it. */
#pragma once
#include "core/eventstore/eventstore.h"

#define HEAD_COLUMNS "encode(log_id, 'hex'), epoch, position, encode(hash, 'hex'), holder," \
	" (extract(epoch FROM lease_until) * 1000000)::bigint"
void head_from(const struct pg_result *, struct log_head *);
