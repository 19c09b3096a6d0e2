/* usage_book.h -- which usage records were seen: the same reference is debited once.
 *
 * A reference is kept (as 128 bits of BLAKE2b) until its record is older than BSS_USAGE_DEDUP_WINDOW; older records are refused,
 * so the guarantee is exact.  Memory is bounded by BSS_USAGE_DEDUP_MAX. */
#pragma once
#include "core/commands/world.h"

struct usage_seen {
	struct usage_seen *next, *older; /* in its hash bucket; in its hour */
	uint8_t key[16];
	size_t added;                    /* the journal's mark then */
	int64_t event_time, number;      /* of the usage event: UE-number */
	uint8_t rejected;                /* by which rule (a place in usage.c's list); 0: served */
};
const struct usage_seen *usage_book_find(struct tenant *, const char *reference);
void usage_book_add(struct tenant *, const char *reference, const struct usage_seen *);
bool usage_book_full(struct world *);
int64_t usage_book_floor(struct world *);    /* a reference before this instant may have been forgotten: refuse it */
void usage_book_expire(struct world *, int64_t now);           /* forgets what is older than the window then */
void usage_book_free(struct world *);
