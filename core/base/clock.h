/* clock.h -- the only place that asks the system for the time (a script proves it).
 *
 * Instants are microseconds since 1970-01-01 UTC in an int64_t; 0 means "no time given".
 * Business time (periods, holds, sale windows) is core/commands' business_now(): wall time plus
 * what the log says.  Retries, waits, leases and sessions use wall or monotonic time. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define SECOND  INT64_C(1000000)
#define MINUTE  (60 * SECOND)
#define HOUR    (60 * MINUTE)
#define DAY     (24 * HOUR)
#define TIME_CLEARED INT64_MIN            /* an explicit null: "remove the bound" */
#define TIME_FOREVER INT64_C(253402300799000000)   /* 9999-12-31T23:59:59Z */

int64_t wall_now(void);
int64_t mono_now(void);                   /* for intervals only */

#define TIME_TEXT 40
char *time_format(int64_t, char out[TIME_TEXT]);          /* 2026-02-15T09:00:00Z, micros only if not 0 */
char *time_format_ms(int64_t, char out[TIME_TEXT]);       /* 2026-02-15T09:00:00.000Z, for TMF bodies */
bool time_parse(const char *text, int64_t *out);          /* RFC 3339, also a bare date or minutes; naive = UTC;
                                                             a blank is taken where a '+' belongs (TMF CTK) */
bool date_valid(const char *text);                        /* YYYY-MM-DD */
bool duration_parse(const char *text, int64_t *out);      /* 90s 15m 24h 29d, >= 0 */
void sleep_for(int64_t micros);                           /* clients and tests; never in a serving loop */
