/* metrics.h -- counters of the gateway, as Prometheus text. */
#pragma once
#include <stdint.h>
#include "core/base/buf.h"

#define METRIC_ROUTES 512
#define METRIC_BUCKETS 12
#define METRIC_RULES 256
struct metric_route {
	const char *method, *route;          /* static texts */
	struct { int status; int64_t n; } statuses[24];
	int64_t buckets[METRIC_BUCKETS], sum, n;
};
struct metrics {
	struct metric_route routes[METRIC_ROUTES]; int n;
	int64_t answers[4];                  /* of commands: ok, accepted, refused, failed */
	struct { char rule[96]; int64_t n; } refusals[METRIC_RULES]; int n_refusals;
	int64_t unauthorised;
};
struct gateway;
void metrics_request(struct metrics *, const char *method, const char *route, int status, int64_t micros);
void metrics_refusal(struct metrics *, const char *rule);
void metrics_write(struct gateway *, struct buf *);
