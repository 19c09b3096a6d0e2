/* balance.h -- who pays for a unit of usage.  See balance.c for the order. */
#pragma once
#include "core/base/arena.h"
#include "core/commands/states.h"

struct payer { struct balance_state *balance; struct pass_state *pass; int64_t left; };   /* left -1: unlimited; all 0: nobody */
struct balance_state *balance_of(struct subscription_state *, const char *type);
struct payer payer_of(struct subscription_state *, const char *type, int64_t quantity, int64_t now);

/* allowances between an event's list and a state: the snapshot that orders and lines carry */
int allowances_keep(struct allowance_state out[ALLOWANCES_MAX], const struct list *);      /* returns how many */
struct list allowances_list(struct arena *, const struct allowance_state *, int n);
