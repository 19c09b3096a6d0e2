/* balance.h -- who pays for a unit of usage.  See balance.c for the order. */
#pragma once
#include "core/base/arena.h"
#include "core/commands/states.h"

#define PAYERS_MAX (PASSES_MAX + 1)
/* either; how much it pays */
struct payer { const struct balance_state *balance; const struct pass_state *pass; int64_t share; };
struct balance_state *balance_of(struct subscription_state *, const char *type);
/* how many; 0: nothing is left */
int payers_of(struct subscription_state *, const char *type, int64_t quantity, int64_t now, struct payer out[PAYERS_MAX]);
int64_t units_add(int64_t, int64_t);         /* of quantities that are not negative: stops at the largest */

/* allowances between an event's list and a state: the snapshot that orders and lines carry */
int allowances_keep(struct allowance_state out[ALLOWANCES_MAX], const struct list *);      /* returns how many */
struct list allowances_list(struct arena *, const struct allowance_state *, int n);
