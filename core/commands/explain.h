/* explain.h -- the tables, told: what an operation checks and causes, and how an aggregate's states follow each other.
 * The one header of core/commands that a client may include: it shows rules, it cannot decide. */
#pragma once
#include "core/base/buf.h"
#include "core/base/shape.h"

void explain_operation(const struct shape *, struct buf *);
/* false: it has no states */
bool graph_aggregate(int aggregate, struct buf *, bool dot);
/* calls f for each policy of an operation, in the order they are asked; for help and tool descriptions */
void each_policy(const struct shape *op, void (*f)(void *ctx, const char *rule, const char *text), void *ctx);
