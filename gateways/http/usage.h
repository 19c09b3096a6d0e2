/* usage.h -- usage records over HTTP, one or thousands in a request. */
#pragma once
#include "gateways/http/requests.h"

/* POST /usage-api/v1/usage: one object is answered 201 or with its refusal; a list is answered 200 with one answer for each
 * record, in order */
void usage_post(struct request *);

/* all that is wrong with one record, each field once; a nameless one: with the record as such */
#define USAGE_FAULTS 12
struct usage_faults { struct { const char *name, *why; int len; } v[USAGE_FAULTS]; int n; };

/* for tests and the fuzzer: reads one record; false with what is wrong */
struct scan;
struct usage_record;
bool usage_read(struct scan *, struct usage_record *, struct usage_faults *);
/* the result of one record as JSON */
void usage_write(struct buf *, const struct bus_answer *, struct arena *);
