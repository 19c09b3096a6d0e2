/* world_inner.h -- for digest.c alone: walking everything. */
#pragma once
#include "core/commands/world.h"

struct ordered;
void tenant_each(const struct tenant *, int aggregate, void (*)(void *ctx, const struct entity *), void *ctx);
const struct ordered *tenant_index(const struct tenant *, enum world_index);
const struct ordered *world_timers(const struct world *, bool wall);
