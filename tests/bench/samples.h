/* samples.h -- latencies of one run: collected while it goes, sorted once, read as percentiles. */
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include "core/base/mem.h"

#define SAMPLES_MAX 4000000

struct samples { uint32_t *us; int64_t n; };

static inline struct samples
samples_new(void)
{
	return (struct samples){ mem_new(sizeof(uint32_t) * SAMPLES_MAX), 0 };
}

static inline void
samples_add(struct samples *s, int64_t micros)
{
	if (s->n < SAMPLES_MAX)
		s->us[s->n++] = (uint32_t)micros;
}

static inline int
samples_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static inline void
samples_sort(struct samples *s)
{
	qsort(s->us, (size_t)s->n, sizeof *s->us, samples_order);
}

/* of sorted ones; 0 when there are none */
static inline uint32_t
samples_at(const struct samples *s, int per_mille)
{
	return s->n ? s->us[(s->n - 1) * per_mille / 1000] : 0;
}
