/* batch.h -- what the writer sees of a batch beyond the contract. */
#pragma once
#include "core/eventstore/eventstore.h"

struct batch_key { const char *tenant, *subject; uint8_t wrapped[WRAPPED_KEY_BYTES]; };
int batch_keys(const struct log_batch *, const struct batch_key **);
